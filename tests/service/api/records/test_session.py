"""Sessions over HTTP: the cookie, the token for writes, and everything that must not work."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from data.people import Role
from service.access.authentication import SESSION_COOKIE
from tests.service.api.conftest import PASSWORD, Api

LOGIN = "institution_own"
WRONG = "not_signed_in"
NEW = "another long passphrase"


def sign_in(desk: Api, login: str = LOGIN, password: str = PASSWORD, **arguments):
    return desk.client.post("/v1/session", json={"login": login, "password": password}, **arguments)


@pytest.fixture
def signed_in(desk: Api) -> dict[str, str]:
    """Headers of writes with the session that the client's cookie stands for."""
    return {"X-CSRF-Token": sign_in(desk).json()["csrf_token"]}


def code(answer) -> str:
    return answer.json()["error"]["code"]


def test_signing_in_says_who_one_is(desk: Api):
    answer = sign_in(desk)
    assert answer.status_code == 200
    said = answer.json()
    assert said["person_id"] == "person_institution_own"
    assert said["role"] == "institution"
    assert said["subject_id"] == "inst_bank"
    assert said["key_id"] is None
    assert len(said["csrf_token"]) > 40
    assert desk.client.get("/v1/session").json() == said


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Api):
    answer = sign_in(desk)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # http on this machine
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["csrf_token"] not in cookie


@pytest.mark.parametrize("origin", ["https://localhost", "http://finmatch.example.org"])
def test_elsewhere_the_cookie_never_travels_in_the_open(desk: Api, origin: str):
    client = TestClient(desk.client.app, base_url=origin)
    answer = client.post("/v1/session", json={"login": LOGIN, "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


def test_everything_wrong_gets_the_same_answer(desk: Api):
    answers = [
        sign_in(desk, password="wrong"),
        sign_in(desk, login="unknown"),
        sign_in(desk, login="a\0b"),
        sign_in(desk, login="' OR '1'='1"),
        sign_in(desk, password="x" * 1_000),
    ]
    assert {answer.status_code for answer in answers} == {401}
    messages = {answer.json()["error"]["message"] for answer in answers}
    assert len(messages) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": LOGIN},
        {"login": LOGIN, "password": None},
        {"login": LOGIN, "password": 7},
        {"login": LOGIN, "password": ["x"]},
        {"login": LOGIN, "password": "x" * 1_001},
        {"login": LOGIN, "password": PASSWORD, "role": "administrator"},
        [],
        "text",
    ],
)
def test_a_body_of_another_form_is_refused(desk: Api, body: object):
    answer = desk.client.post("/v1/session", json=body)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_a_form_of_another_site_cannot_sign_in(desk: Api):
    fields = {"login": LOGIN, "password": PASSWORD}
    assert desk.client.post("/v1/session", data=fields).status_code in (415, 422)
    text = '{"login": "institution_own", "password": "a long enough passphrase"}'
    plain = desk.client.post("/v1/session", content=text, headers={"Content-Type": "text/plain"})
    assert plain.status_code in (415, 422)


def test_five_failures_bring_a_pause_that_ends(desk: Api):
    for _ in range(5):
        assert sign_in(desk, password="wrong").status_code == 401
    paused = sign_in(desk)
    assert paused.status_code == 429
    assert code(paused) == "sign_in_paused"
    assert sign_in(desk, login="firm_own").status_code == 200
    desk.clock.forward(seconds=30)
    assert sign_in(desk).status_code == 200


def test_a_write_needs_the_token_and_a_read_does_not(desk: Api, signed_in: dict[str, str]):
    path, body = "/v1/keys", {"name": "k", "scopes": ["read"]}
    assert desk.client.get(path).status_code == 200
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": "é"}):
        refused = desk.client.post(
            path, json=body, headers={k: v.encode() for k, v in headers.items()}
        )
        assert refused.status_code == 403, headers
    assert desk.client.post(path, json=body, headers=signed_in).status_code == 201


def test_the_token_of_another_session_does_not_help(desk: Api):
    other = sign_in(desk, login="firm_own").json()["csrf_token"]
    sign_in(desk)
    refused = desk.client.post(
        "/v1/keys", json={"name": "k", "scopes": ["read"]}, headers={"X-CSRF-Token": other}
    )
    assert refused.status_code == 403


def test_signing_in_again_ends_the_session_before(desk: Api):
    sign_in(desk)
    before = desk.client.cookies[SESSION_COOKIE]
    sign_in(desk)
    assert desk.client.cookies[SESSION_COOKIE] != before
    stale = TestClient(desk.client.app, base_url="http://localhost")
    stale.cookies.set(SESSION_COOKIE, before)
    assert stale.get("/v1/session").status_code == 401


def test_a_cookie_that_somebody_planted_is_not_taken_over(desk: Api):
    desk.client.cookies.set(SESSION_COOKIE, "planted")
    answer = sign_in(desk)
    assert answer.status_code == 200
    assert f"{SESSION_COOKIE}=planted" not in answer.headers["set-cookie"]
    thief = TestClient(desk.client.app, base_url="http://localhost")
    thief.cookies.set(SESSION_COOKIE, "planted")
    assert thief.get("/v1/session").status_code == 401


def test_signing_out_ends_the_session(desk: Api, signed_in: dict[str, str]):
    token = desk.client.cookies[SESSION_COOKIE]
    assert desk.client.delete("/v1/session").status_code == 403
    answer = desk.client.delete("/v1/session", headers=signed_in)
    assert answer.status_code == 204
    assert SESSION_COOKIE not in desk.client.cookies
    stale = TestClient(desk.client.app, base_url="http://localhost")
    stale.cookies.set(SESSION_COOKIE, token)
    assert stale.get("/v1/session").status_code == 401


def test_an_idle_session_is_over(desk: Api):
    sign_in(desk)
    desk.clock.forward(minutes=31)
    assert desk.client.get("/v1/session").status_code == 401


def test_without_anything_nobody_is_signed_in(desk: Api):
    answer = desk.client.get("/v1/session")
    assert answer.status_code == 401
    assert code(answer) == "not_signed_in"


def test_a_new_password_ends_the_old_sessions(desk: Api, signed_in: dict[str, str]):
    token = desk.client.cookies[SESSION_COOKIE]
    body = {"old_password": PASSWORD, "new_password": NEW}
    answer = desk.client.post("/v1/session/password", json=body, headers=signed_in)
    assert answer.status_code == 200
    assert desk.client.get("/v1/session").json()["csrf_token"] == answer.json()["csrf_token"]
    stale = TestClient(desk.client.app, base_url="http://localhost")
    stale.cookies.set(SESSION_COOKIE, token)
    assert stale.get("/v1/session").status_code == 401
    assert sign_in(desk).status_code == 401
    assert sign_in(desk, password=NEW).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"old_password": "wrong", "new_password": NEW}, 401),
        ({"old_password": PASSWORD, "new_password": "short"}, 422),
        ({"old_password": PASSWORD, "new_password": PASSWORD}, 422),
        ({"new_password": NEW}, 422),
    ],
)
def test_the_old_password_and_a_good_new_one_are_needed(
    desk: Api, signed_in: dict[str, str], body: dict[str, str], status: int
):
    answer = desk.client.post("/v1/session/password", json=body, headers=signed_in)
    assert answer.status_code == status
    assert sign_in(desk).status_code == 200


def test_a_key_cannot_change_a_password(desk: Api):
    body = {"old_password": PASSWORD, "new_password": NEW}
    answer = desk.as_(Role.INSTITUTION).post("/v1/session/password", json=body)
    assert answer.status_code == 403


def test_a_key_has_no_token_and_signing_out_leaves_it(desk: Api):
    caller = desk.as_(Role.FIRM)
    said = caller.get("/v1/session").json()
    assert said["csrf_token"] is None
    assert said["key_id"] is not None
    assert caller.delete("/v1/session").status_code == 204
    assert caller.get("/v1/session").status_code == 200
