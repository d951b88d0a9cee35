"""People, organisations and keys over HTTP: own ones to read, all of them for administrators."""

from __future__ import annotations

import pytest

from data.people import Role
from tests.service.api.conftest import Api

ROLES = [role for role in Role if role is not Role.ADMINISTRATOR]
PERSON = {
    "organisation_id": "org_firm_own",
    "login": "wang.fang",
    "display_name": "王芳",
    "password": "four words of your own",
}


def last_action(desk: Api) -> tuple[str, str | None]:
    entry = desk.state.store.audit.search(n=1)[0].entry
    return entry.action, entry.subject_id


# -- organisations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_the_own_organisation_only(desk: Api, role: Role):
    caller = desk.as_(role)
    listed = caller.get("/v1/organisations").json()
    assert [one["organisation_id"] for one in listed["items"]] == [f"org_{role.value}_own"]
    assert listed["next_cursor"] is None
    assert caller.get(f"/v1/organisations/org_{role.value}_own").status_code == 200
    assert caller.get(f"/v1/organisations/org_{role.value}_other").status_code == 404
    assert caller.get("/v1/organisations/nobody").status_code == 404


def test_administrators_see_all_in_pages(desk: Api):
    caller = desk.as_(Role.ADMINISTRATOR)
    seen, cursor = [], None
    while True:
        query = {"n": 5} if cursor is None else {"n": 5, "cursor": cursor}
        page = caller.get("/v1/organisations", params=query).json()
        seen += [one["organisation_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 12
    firms = caller.get("/v1/organisations", params={"role": "firm"}).json()["items"]
    assert {one["role"] for one in firms} == {"firm"}


def test_an_administrator_makes_an_organisation_for_a_record_that_is_there(desk: Api):
    caller = desk.as_(Role.ADMINISTRATOR)
    body = {"name": "示例担保公司", "role": "institution", "subject_id": "inst_guard"}
    made = caller.post("/v1/organisations", json=body)
    assert made.status_code == 201
    assert made.json()["subject_id"] == "inst_guard"
    assert last_action(desk) == ("organisations.write", made.json()["organisation_id"])
    body["subject_id"] = "inst_nobody"
    assert caller.post("/v1/organisations", json=body).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "role": "institution"},
        {"name": "x", "role": "evaluator", "subject_id": "inst_bank"},
        {"name": " ", "role": "evaluator"},
        {"name": "a\0b", "role": "evaluator"},
        {"name": "x" * 201, "role": "evaluator"},
        {"name": "x", "role": "king"},
        {"name": "x", "role": "evaluator", "organisation_id": "org_mine"},
    ],
)
def test_an_organisation_of_another_form_is_refused(desk: Api, body: dict[str, str]):
    assert desk.as_(Role.ADMINISTRATOR).post("/v1/organisations", json=body).status_code == 422


def test_a_closed_organisation_has_nobody_any_more(desk: Api):
    caller = desk.as_(Role.ADMINISTRATOR)
    assert desk.as_(Role.FIRM).get("/v1/session").status_code == 200
    closed = caller.post("/v1/organisations/org_firm_own/close")
    assert closed.json()["closed_at"] is not None
    assert desk.as_(Role.FIRM).get("/v1/session").status_code == 401
    assert caller.post("/v1/people", json=PERSON).status_code == 409
    assert last_action(desk)[0] == "organisations.close"


def test_the_last_administrators_organisation_stays(desk: Api):
    caller = desk.as_(Role.ADMINISTRATOR)
    assert caller.post("/v1/organisations/org_administrator_other/close").status_code == 200
    assert caller.post("/v1/organisations/org_administrator_own/close").status_code == 409
    assert caller.get("/v1/session").status_code == 200


def test_an_organisation_is_renamed(desk: Api):
    path = "/v1/organisations/org_firm_own"
    renamed = desk.as_(Role.ADMINISTRATOR).patch(path, json={"name": "新名"})
    assert renamed.json()["name"] == "新名"
    assert desk.as_(Role.FIRM).patch(path, json={"name": "x"}).status_code == 403


# -- people ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_the_own_people_only(desk: Api, role: Role):
    caller = desk.as_(role)
    listed = caller.get("/v1/people").json()["items"]
    assert [one["person_id"] for one in listed] == [f"person_{role.value}_own"]
    assert "password_hash" not in listed[0]
    assert "argon2" not in caller.get("/v1/people").text
    other = {"organisation_id": f"org_{role.value}_other"}
    assert caller.get("/v1/people", params=other).status_code == 404
    assert caller.get(f"/v1/people/person_{role.value}_own").status_code == 200
    assert caller.get(f"/v1/people/person_{role.value}_other").status_code == 404


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("side", ["own", "other"])
def test_only_administrators_write_people(desk: Api, role: Role, side: str):
    caller = desk.as_(role)
    person = f"/v1/people/person_{role.value}_{side}"
    organisation = f"/v1/organisations/org_{role.value}_{side}"
    statuses = {
        caller.post("/v1/people", json=PERSON).status_code,
        caller.post("/v1/organisations", json={"name": "x", "role": "evaluator"}).status_code,
        caller.post(f"{organisation}/close").status_code,
        caller.patch(organisation, json={"name": "x"}).status_code,
        caller.put(f"{person}/password", json={"password": PERSON["password"]}).status_code,
        caller.post(f"{person}/disable").status_code,
        caller.post(f"{person}/enable").status_code,
    }
    assert statuses <= {403, 404}
    assert desk.state.store.people.find_login("wang.fang") is None
    assert caller.get("/v1/session").status_code == 200


def test_an_administrator_makes_a_person_who_signs_in(desk: Api):
    made = desk.as_(Role.ADMINISTRATOR).post("/v1/people", json=PERSON)
    assert made.status_code == 201
    assert last_action(desk) == ("people.write", made.json()["person_id"])
    signed_in = desk.client.post(
        "/v1/session", json={"login": "Wang.Fang", "password": PERSON["password"]}
    )
    assert signed_in.json()["organisation_id"] == "org_firm_own"
    again = desk.as_(Role.ADMINISTRATOR).post("/v1/people", json=PERSON)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"login": "a b"}, 422),
        ({"login": ""}, 422),
        ({"login": "x" * 129}, 422),
        ({"password": "short"}, 422),
        ({"password": "wang.fang!"}, 422),
        ({"display_name": "\u202e"}, 422),
        ({"organisation_id": "org_nobody"}, 404),
        ({"organisation_id": "a'b"}, 422),
        ({"person_id": "person_mine"}, 422),
    ],
)
def test_a_person_of_another_form_is_refused(desk: Api, change: dict[str, str], status: int):
    answer = desk.as_(Role.ADMINISTRATOR).post("/v1/people", json=PERSON | change)
    assert answer.status_code == status
    assert PERSON["password"] not in answer.text


def test_everybody_renames_oneself_and_nobody_else(desk: Api):
    caller = desk.as_(Role.FIRM)
    own = caller.patch("/v1/people/person_firm_own", json={"display_name": "李华"})
    assert own.json()["display_name"] == "李华"
    other = caller.patch("/v1/people/person_firm_other", json={"display_name": "x"})
    assert other.status_code == 404


def test_a_disabled_person_is_out_and_comes_back_without_keys(desk: Api):
    admin, firm = desk.as_(Role.ADMINISTRATOR), desk.as_(Role.FIRM)
    assert firm.get("/v1/session").status_code == 200
    disabled = admin.post("/v1/people/person_firm_own/disable")
    assert disabled.json()["disabled_at"] is not None
    assert firm.get("/v1/session").status_code == 401
    enabled = admin.post("/v1/people/person_firm_own/enable")
    assert enabled.json()["disabled_at"] is None
    assert firm.get("/v1/session").status_code == 401


def test_a_forgotten_password_is_replaced(desk: Api):
    body = {"password": "four words of your own"}
    path = "/v1/people/person_firm_own/password"
    assert desk.as_(Role.ADMINISTRATOR).put(path, json=body).status_code == 204
    signed_in = desk.client.post("/v1/session", json={"login": "firm_own", **body})
    assert signed_in.status_code == 200
    assert desk.as_(Role.ADMINISTRATOR).put(path, json={"password": "x"}).status_code == 422


# -- keys ------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_works(desk: Api):
    caller = desk.as_(Role.INSTITUTION)
    made = caller.post("/v1/keys", json={"name": "nightly", "scopes": ["read"], "days": 30})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    key = made.json()["key"]
    listed = caller.get("/v1/keys")
    assert made.json()["key_id"] in {one["key_id"] for one in listed.json()["items"]}
    assert key not in listed.text
    assert "digest" not in listed.text
    assert key not in repr(desk.state.store.audit.search())
    said = desk.client.get("/v1/session", headers={"X-API-Key": key}).json()
    assert said["scopes"] == ["read"]
    assert last_action(desk) == ("keys.make", made.json()["key_id"])


def test_a_key_is_good_for_its_scopes_only(desk: Api):
    made = desk.as_(Role.INSTITUTION).post("/v1/keys", json={"name": "k", "scopes": ["read"]})
    headers = {"X-API-Key": made.json()["key"]}
    assert desk.client.get("/v1/people", headers=headers).status_code == 200
    assert desk.client.get("/v1/keys", headers=headers).status_code == 403
    more = desk.client.post("/v1/keys", json={"name": "k", "scopes": ["admin"]}, headers=headers)
    assert more.status_code == 403


def test_a_key_makes_none_that_is_good_for_more(desk: Api):
    made = desk.as_(Role.FIRM).post("/v1/keys", json={"name": "k", "scopes": ["admin"]})
    headers = {"X-API-Key": made.json()["key"]}
    more = desk.client.post("/v1/keys", json={"name": "k", "scopes": ["write"]}, headers=headers)
    assert more.status_code == 403
    same = desk.client.post("/v1/keys", json={"name": "k", "scopes": ["admin"]}, headers=headers)
    assert same.status_code == 201


def test_a_revoked_or_expired_key_is_refused(desk: Api):
    caller = desk.as_(Role.FIRM)
    first, second = (
        caller.post("/v1/keys", json={"name": "k", "scopes": ["read"], "days": 1}).json()
        for _ in range(2)
    )
    headers = {"X-API-Key": first["key"]}
    assert desk.client.get("/v1/session", headers=headers).status_code == 200
    assert caller.delete(f"/v1/keys/{first['key_id']}").status_code == 204
    assert desk.client.get("/v1/session", headers=headers).status_code == 401
    desk.clock.forward(days=1)
    headers = {"X-API-Key": second["key"]}
    assert desk.client.get("/v1/session", headers=headers).status_code == 401


def test_another_organisations_keys_are_not_there(desk: Api):
    caller, admin = desk.as_(Role.FIRM), desk.as_(Role.ADMINISTRATOR)
    (other,) = desk.state.store.people.keys_of("org_firm_other")
    query = {"organisation_id": "org_firm_other"}
    assert caller.get("/v1/keys", params=query).status_code == 404
    assert caller.delete(f"/v1/keys/{other.key_id}").status_code == 404
    assert desk.as_(Role.FIRM, "other").get("/v1/session").status_code == 200
    assert len(admin.get("/v1/keys", params=query).json()["items"]) == 1
    assert admin.delete(f"/v1/keys/{other.key_id}").status_code == 204
    assert desk.as_(Role.FIRM, "other").get("/v1/session").status_code == 401


def test_a_colleagues_key_is_listed_and_not_revoked(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    admin.post("/v1/people", json=PERSON)
    signed_in = desk.client.post(
        "/v1/session", json={"login": "wang.fang", "password": PERSON["password"]}
    )
    headers = {"X-CSRF-Token": signed_in.json()["csrf_token"]}
    (colleagues,) = desk.client.get("/v1/keys").json()["items"]
    refused = desk.client.delete(f"/v1/keys/{colleagues['key_id']}", headers=headers)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "scopes": ["read"]},
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "scopes": ["read"], "days": 0},
        {"name": "k", "scopes": ["read"], "days": 367},
        {"name": "k", "scopes": ["read"], "days": 1.5},
        {"name": "k", "scopes": ["read"], "days": True},
        {"name": "k", "scopes": ["read"], "person_id": "person_firm_other"},
        {"name": "a\0b", "scopes": ["read"]},
    ],
)
def test_a_key_of_another_form_is_refused(desk: Api, body: dict[str, object]):
    assert desk.as_(Role.FIRM).post("/v1/keys", json=body).status_code == 422


# -- audit -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_the_log_is_for_administrators(desk: Api, role: Role):
    assert desk.as_(role).get("/v1/audit").status_code == 403
    assert desk.as_(role).get("/v1/audit/verify").status_code == 403


def test_the_log_is_searched_in_pages(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    for name in ("a", "b", "c"):
        admin.patch("/v1/organisations/org_firm_own", json={"name": name})
    query = {"action": "organisations.write", "n": 2}
    first = admin.get("/v1/audit", params=query).json()
    rest = admin.get("/v1/audit", params=query | {"cursor": first["next_cursor"]}).json()
    rows = first["items"] + rest["items"]
    assert [row["seq"] for row in rows] == sorted((row["seq"] for row in rows), reverse=True)
    assert len(rows) == 3
    assert rest["next_cursor"] is None
    assert {row["person_id"] for row in rows} == {"person_administrator_own"}
    assert all(row["request_id"].startswith("req_") for row in rows)
    later = {"since": "2027-01-01T00:00:00Z"}
    assert admin.get("/v1/audit", params=query | later).json()["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-01-01T00:00:00"},
        {"n": 0},
        {"n": 201},
        {"cursor": "nonsense"},
        {"cursor": "Wy0xXQ"},
        {"cursor": "WzFlOTld"},
        {"person_id": "a\0b"},
    ],
)
def test_a_search_of_another_form_is_refused(desk: Api, query: dict[str, object]):
    assert desk.as_(Role.ADMINISTRATOR).get("/v1/audit", params=query).status_code == 422


def test_the_log_proves_that_it_is_whole(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    verified = admin.get("/v1/audit/verify").json()
    assert (verified["intact"], verified["first_broken"]) == (True, None)
    head = verified["head"]
    assert admin.get("/v1/audit/verify", params=head).json()["intact"]
    forged = {"seq": head["seq"], "hash": "0" * 64}
    assert admin.get("/v1/audit/verify", params=forged).json()["first_broken"] == head["seq"]
    cut = {"seq": head["seq"] + 1, "hash": "0" * 64}
    assert not admin.get("/v1/audit/verify", params=cut).json()["intact"]
    assert admin.get("/v1/audit/verify", params={"seq": 1}).status_code == 422
