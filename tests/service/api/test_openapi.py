"""Every route under every role against its own documentation, with generated requests.

Schemathesis sends what the OpenAPI document allows and what it does not; no answer may be a 5xx or
differ from what is documented.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from data.people import Role
from tests.service.serving_world import Api, make_api

ENDS_THE_CALLER = {
    ("DELETE", "/v1/keys/{key_id}"),
    ("POST", "/v1/organisations/{organisation_id}/close"),
    ("POST", "/v1/people/{person_id}/disable"),
}
"""Would end the key that asks, were its id guessed."""

EXAMPLES = 4
"""Generated requests for each operation and role; the roles together send six times as many."""

LEAST_GOOD = 20
"""Answers that are good ones, at least: requests that are all refused would prove nothing."""

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def fuzzed(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that may be written to at will."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("fuzzed") / "home"))
    yield from make_api(home)


@pytest.fixture(scope="module")
def document(fuzzed: Api):
    return schemathesis.openapi.from_asgi("/openapi.json", fuzzed.client.app)


GENERATED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.parametrize("role", Role, ids=str)
def test_every_operation_keeps_to_its_documentation(role: Role, document, fuzzed: Api):
    headers = {"X-API-Key": fuzzed.member(role).key}
    faults: list[str] = []
    statuses: Counter[int] = Counter()
    for found in document.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in ENDS_THE_CALLER:
            continue

        @GENERATED
        @given(case=operation.as_strategy())
        def keeps(case):
            response = case.call(headers=headers)
            statuses[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        try:
            keeps()
        except (FailureGroup, Failure) as error:
            faults.append(f"{operation.label}: {error}")
    assert not faults, "\n\n".join(faults)
    assert statuses[200] >= LEAST_GOOD, statuses
