"""The whole matrix: every route × every role × own or another organisation × consent.

The routes come from the application itself, so a new one is in the matrix the day it is written.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from data.consent import DataClass, Purpose
from data.people import Role
from data.records import Firm
from service.access.policy import Action, Reach, reach
from service.access.sight import FIRM_HANDLE
from service.api.dependencies import Allow, is_public
from service.api.routes import ROUTERS
from service.pages.access import Opens
from service.pages.views import ROUTERS as PAGE_ROUTERS
from tests.service.api.granting import grant, revoke
from tests.service.serving_world import Api, make_api

REFUSED = {403, 404}
WRITES = ("POST", "PUT", "PATCH")
FILLED = {
    "/v1/roadshows/{roadshow_id}/files/{name}": "/v1/roadshows/{roadshow_id}/files/roadshow.xlsx"
}
"""Paths in which a part has one of a few values."""
ENDS_THE_CALLER = {
    (method, noun)
    for method in ("POST", "PUT", "DELETE")
    for noun in ("keys", "people", "organisations", "session")
}


@dataclass(frozen=True)
class Route:
    """One operation and the action that it is; none for a public one."""

    method: str
    path: str
    action: Action | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def noun(self) -> str:
        return self.path.split("/")[2] if self.path.startswith("/v1/") else ""


def dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from dependants(inner)


def routes(routers) -> Iterator[Route]:
    for route in itertools.chain.from_iterable(router.routes for router in routers):
        if not isinstance(route, APIRoute):
            continue
        calls = [found.call for found in dependants(route.dependant)]
        actions = [call.action for call in calls if isinstance(call, Allow | Opens)]
        public = any(is_public(call) for call in calls)
        assert len(actions) + public == 1, f"{route.path} names one action, or is public"
        for method in sorted(route.methods):
            yield Route(method, route.path, actions[0] if actions else None)


ROUTES = list(routes(ROUTERS))
GUARDED = [route for route in ROUTES if route.action is not None]
PAGES = list(routes(PAGE_ROUTERS))


def test_every_action_is_used_and_every_role_has_something():
    used = {route.action for route in (*ROUTES, *PAGES)} - {None}
    assert set(Action) - used == set(), "an action that no route is"
    for role in Role:
        assert any(reach(role, route.action) is not Reach.NONE for route in GUARDED)


def known_ids(api: Api) -> dict[tuple, str]:
    """What stands in a path for a side, by noun."""
    store = api.state.store
    found: dict[tuple, str] = {}
    for side in ("own", "other"):
        firm = api.member(Role.FIRM, side).subject_id
        institution = api.member(Role.INSTITUTION, side).subject_id
        found["firms", side] = firm
        found["needs", side] = store.needs_of(firm)[-1].need_id
        found["institutions", side] = institution
        found["offers", side] = store.offers_of(institution)[0].offer_id
        found["bases", side] = api.member(Role.BASE_OPERATOR, side).subject_id
        for role in Role:
            member = api.member(role, side)
            found["organisations", side, role] = member.organisation_id
            found["people", side, role] = member.person_id
            found["keys", side, role] = member.key.split("_")[1]
    return found


@pytest.fixture(scope="module")
def ids(api: Api) -> dict[tuple, str]:
    return known_ids(api)


def path_for(route: Route, ids: dict, side: str, role: Role) -> str:
    """Fill the path with what belongs to a side; what cannot be named is nobody's."""
    path = FILLED.get(route.path, route.path)
    key = ids.get((route.noun, side)) or ids.get((route.noun, side, role)) or "nobodys_id"
    parts = [
        key if place == 3 and part.startswith("{") else "nobodys" if part.startswith("{") else part
        for place, part in enumerate(path.split("/"))
    ]
    return "/".join(parts)


def ask(client: TestClient, route: Route, path: str, headers: dict[str, str]) -> Any:
    """Send the example of the documentation: a body that would pass."""
    body = example_of(client.app, route) if route.method in WRITES else None
    params = {"firm": "teaser_of_nobody"} if path.endswith("/similar") else None
    return client.request(route.method, path, headers=headers, json=body, params=params)


def example_of(app: FastAPI, route: Route) -> Any:
    document = app.openapi()
    operation = document["paths"][route.path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return (schema.get("examples") or [{}])[0]


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_nobody_signed_in_gets_nothing(api: Api, ids, route: Route):
    path = path_for(route, ids, "own", Role.FIRM)
    for headers in ({}, {"X-API-Key": "fm_0000000000000000_" + "0" * 64}):
        answer = ask(api.client, route, path, headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "not_signed_in"


def pairs(
    *limits: Reach, named: bool | None = None, method: str | None = None, harmless: bool = False
) -> list:
    """Every route with every role that may go so far with it.

    ``harmless`` leaves out what would end the caller's own session, key, person or organisation.
    """
    return [
        pytest.param(route, role, id=f"{route} {role}")
        for route in GUARDED
        for role in Role
        if reach(role, route.action) in limits
        and (named is None or named == ("{" in route.path))
        and method in (None, route.method)
        and not (harmless and (route.method, route.noun) in ENDS_THE_CALLER)
    ]


@pytest.mark.parametrize(("route", "role"), pairs(Reach.NONE))
def test_what_the_policy_denies_is_forbidden(api: Api, ids, route: Route, role: Role):
    answer = ask(
        api.client, route, path_for(route, ids, "own", role), {"X-API-Key": api.member(role).key}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(("route", "role"), pairs(Reach.OWN, Reach.BASE, Reach.SHOWN, named=True))
def test_what_is_anothers_cannot_be_touched(
    own_api_shared: Api, own_ids: dict, route: Route, role: Role
):
    api = own_api_shared
    limit = reach(role, route.action)
    path = path_for(route, own_ids, "other", role)
    answer = ask(api.client, route, path, {"X-API-Key": api.member(role).key})
    if limit is Reach.SHOWN and route.method == "GET" and answer.status_code == 200:
        assert_hidden(api, answer.text)
    else:
        assert answer.status_code in REFUSED, answer.text
        assert_hidden(api, answer.text.replace(own_ids["firms", "other"], ""))


@pytest.mark.parametrize(
    ("route", "role"), pairs(Reach.OWN, Reach.BASE, Reach.SHOWN, Reach.ALL, harmless=True)
)
def test_what_is_permitted_is_not_refused(
    spoilt_api: Api, spoilt_ids: dict, route: Route, role: Role
):
    path = path_for(route, spoilt_ids, "own", role)
    answer = ask(spoilt_api.client, route, path, {"X-API-Key": spoilt_api.member(role).key})
    assert answer.status_code not in (401, 500), answer.text
    if answer.status_code == 403:  # a finer rule of the action itself; never the policy's
        assert "may not do" not in answer.text


@pytest.fixture(scope="module")
def spoilt_api(demo_home, tmp_path_factory) -> Iterator[Api]:
    """A service on which everything permitted is done, deletions too."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("spoilt") / "home"))
    yield from make_api(home)


@pytest.fixture(scope="module")
def spoilt_ids(spoilt_api: Api) -> dict[tuple, str]:
    return known_ids(spoilt_api)


@pytest.fixture(scope="module")
def own_ids(own_api_shared: Api) -> dict[tuple, str]:
    """Read before anything is written: some routes delete what they are asked to."""
    return known_ids(own_api_shared)


@pytest.fixture(scope="module")
def own_api_shared(demo_home, tmp_path_factory) -> Iterator[Api]:
    """A service of this module's own: a route that wrongly writes must not spoil other tests."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("matrix") / "home"))
    yield from make_api(home)


def assert_hidden(api: Api, text: str) -> None:
    """Nothing in ``text`` tells who another firm is."""
    firm = api.state.store.get_firm(api.member(Role.FIRM, "other").subject_id)
    for value in (firm.firm_id, firm.name, firm.company_code, firm.description):
        assert not value or value not in text


@pytest.mark.parametrize(
    ("route", "role"), pairs(Reach.OWN, Reach.BASE, Reach.SHOWN, named=False, method="GET")
)
def test_lists_hold_nothing_of_other_firms(api: Api, route: Route, role: Role):
    answer = api.as_(role).get(route.path)
    assert answer.status_code in (200, 422)
    assert_hidden(api, answer.text)


CONSENTS = {
    "none": False,
    "granted": True,
    "revoked": False,
    "expired": False,
    "for another purpose": False,
    "to another institution": False,
    "for another class": False,
}
"""States of consent, and whether the institution then learns the firm's name."""


@pytest.mark.parametrize(("state", "named"), CONSENTS.items(), ids=CONSENTS)
def test_consent_decides_what_an_institution_sees(own_api: Api, state: str, named: bool):
    store, clock = own_api.state.store, own_api.clock
    firm, bank = own_api.as_(Role.FIRM), own_api.as_(Role.INSTITUTION)
    record = store.get_firm(firm.member.subject_id)
    recipient = bank.member.subject_id
    handle = store.handles.handles(recipient, {record.firm_id: record.firm_id}, prefix=FIRM_HANDLE)[
        record.firm_id
    ]
    if state != "none":
        other = own_api.member(Role.INSTITUTION, "other").subject_id
        other_class = state == "for another class"
        grant(
            own_api,
            [DataClass.PROFILE if other_class else DataClass.IDENTITY],
            recipient=other if state == "to another institution" else recipient,
            purpose=Purpose.SERVICE if state == "for another purpose" else Purpose.MATCHING,
        )
    if state == "revoked":
        revoke(own_api, recipient=recipient)
    if state == "expired":
        clock.forward(days=2)
    seen = bank.get(f"/v1/firms/{handle}")
    assert seen.status_code == 200
    assert (record.name in seen.text) == named
    listed = bank.get("/v1/firms", params={"n": 200})
    assert (record.name in listed.text) == named
    log = firm.get("/v1/provisions").json()["items"]
    assert any("identity" in row["data_classes"] for row in log) == named


def test_a_firm_named_other_is_there(api: Api):
    """The trespass tests would pass for nothing if the other organisations had no records."""
    for side in ("own", "other"):
        firm = api.state.store.get_firm(api.member(Role.FIRM, side).subject_id)
        assert isinstance(firm, Firm)
        assert api.state.store.needs_of(firm.firm_id)
