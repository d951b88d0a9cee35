"""The OpenAPI document is complete: summaries, examples that are valid, and every error case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.service.api.test_authorisation import ROUTES, Route
from tests.service.serving_world import Api

METHODS = ("get", "post", "put", "patch", "delete")
ERROR_REF = "#/components/schemas/ErrorAnswer"
OF_GUARDED = {"401", "403", "503"}
"""Error cases of every operation that somebody must be signed in for."""


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    return api.client.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def at(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a JSON body."""
    for name, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            yield name, schema["anyOf"][0] if "anyOf" in schema else schema


def test_every_route_is_in_the_document(document):
    named = {name for name, _ in operations(document)}
    assert {f"{route.method} {route.path}" for route in ROUTES} == named


def test_every_operation_says_what_it_is(document):
    ids = Counter(operation["operationId"] for _, operation in operations(document))
    assert [name for name, n in ids.items() if n > 1] == []
    for name, operation in operations(document):
        assert operation.get("summary"), name
        assert operation.get("description"), name
        assert operation.get("tags"), name


def test_every_body_has_examples_and_they_are_valid(document):
    for name, schema in bodies(document):
        examples = at(document, schema).get("examples")
        assert examples, f"{name} has no example of its body"
        check = Draft202012Validator({**schema, "components": document["components"]})
        for example in examples:
            assert not list(check.iter_errors(example)), f"{name}: {example}"


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_documents_its_errors_in_the_one_shape(document, route: Route):
    operation = document["paths"][route.path][route.method.lower()]
    answers = operation["responses"]
    wanted = set() if route.action is None else set(OF_GUARDED)
    if "{" in route.path:
        wanted.add("404")
    if operation.get("parameters") or "requestBody" in operation:
        wanted.add("422")
    if "requestBody" in operation:
        wanted |= {"400", "413"}
    assert wanted <= set(answers), f"{route}: {wanted - set(answers)}"
    for status, answer in answers.items():
        if status >= "400" and not route.path.startswith("/health"):
            schema = answer["content"]["application/json"]["schema"]
            assert schema["$ref"] == ERROR_REF, f"{route} {status}"
            assert answer["description"]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_documents_what_it_answers(document, route: Route):
    answers = document["paths"][route.path][route.method.lower()]["responses"]
    good = {status: answer for status, answer in answers.items() if status < "300"}
    assert good
    for status, answer in good.items():
        if status == "204":
            assert "content" not in answer
            continue
        for media, content in answer["content"].items():
            if media == "application/json":
                assert content["schema"], f"{route} {status}"


def test_every_score_goes_with_the_disclaimer(document):
    """Whatever schema an answer has: where there is a score inside, the text stands beside it."""

    def names(schema: Any, seen: frozenset[str]) -> set[str]:
        if isinstance(schema, list):
            return set().union(*(names(one, seen) for one in schema)) if schema else set()
        if not isinstance(schema, dict):
            return set()
        ref = schema.get("$ref")
        if ref is not None:
            return set() if ref in seen else names(at(document, schema), seen | {ref})
        found = set(schema.get("properties", {}))
        return found.union(*(names(one, seen) for one in schema.values()))

    scored = set()
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "300" or "content" not in answer:
                continue
            schema = answer["content"].get("application/json", {}).get("schema", {})
            found = names(schema, frozenset())
            if {"score", "probability"} <= found:
                scored.add(name)
                assert "disclaimer" in at(document, schema)["required"], name
    assert len(scored) >= 5
