"""Bases, firms, needs, institutions and offers over HTTP: who may write what, and only as read."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from data.people import Role
from data.records import Firm, Offer
from tests.service.api.conftest import Api

BASE = {"name": "丙众创空间", "level": "municipal", "city": "常州市", "founded_on": "2019-05-01",
        "focus_sectors": ["软件"]}  # fmt: skip
FIRM = {"name": "丙一电子", "base_id": "base_a", "city": "苏州市", "sectors": ["电子"],
        "founded_on": "2020-01-01", "employees": 12}  # fmt: skip
NEED = {"firm_id": "firm_a1", "kind": "debt", "stated_on": "2026-06-20", "purpose": "周转",
        "amount_low_minor": 100, "amount_high_minor": 200, "currency": "CNY"}  # fmt: skip
INSTITUTION = {"name": "示例保险", "kind": "insurer", "city": "南京市"}
OFFER = {"institution_id": "inst_bank", "name": "税信贷", "kind": "debt", "currency": "CNY",
         "amount_max_minor": 500_000_000, "regions": ["江苏省"],
         "description": "凭纳税记录"}  # fmt: skip

BODIES = {
    "bases": BASE,
    "firms": FIRM,
    "needs": NEED,
    "institutions": INSTITUTION,
    "offers": OFFER,
}
THERE = {
    "bases": "base_a",
    "firms": "firm_a1",
    "needs": "need_a1",
    "institutions": "inst_bank",
    "offers": "offer_bank",
}

# members: firm_a1 and firm_b1 are the own and the other firm, and so on; see add_members
WRITERS = {
    "bases": {Role.ADMINISTRATOR, Role.BASE_OPERATOR},
    "firms": {Role.ADMINISTRATOR, Role.BASE_OPERATOR, Role.FIRM},
    "needs": {Role.ADMINISTRATOR, Role.BASE_OPERATOR, Role.FIRM},
    "institutions": {Role.ADMINISTRATOR, Role.INSTITUTION},
    "offers": {Role.ADMINISTRATOR, Role.INSTITUTION},
}


def snapshot(desk: Api) -> list[Any]:
    store = desk.state.store
    catalogue = store.load_catalogue()
    return [side.table.to_pylist() for side in catalogue.sides()]


def last_entry(desk: Api) -> Any:
    return desk.state.store.audit.search(n=1)[0].entry


# -- who -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plural", list(BODIES))
@pytest.mark.parametrize("role", list(Role))
def test_who_may_replace_their_own(desk: Api, role: Role, plural: str):
    caller = desk.as_(role)
    before = snapshot(desk)
    answer = caller.put(f"/v1/{plural}/{THERE[plural]}", json=BODIES[plural])
    if role in WRITERS[plural]:
        assert answer.status_code == 200, answer.text
        assert answer.json()["created"] is False
        assert last_entry(desk).subject_id == THERE[plural]
        assert last_entry(desk).person_id == caller.member.person_id
    else:
        assert answer.status_code == 403
        assert snapshot(desk) == before


@pytest.mark.parametrize("plural", list(BODIES))
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_writes_what_is_somebody_elses(desk: Api, role: Role, plural: str):
    caller = desk.as_(role, "other")
    before = snapshot(desk)
    path = f"/v1/{plural}/{THERE[plural]}"
    refused = 404 if role in WRITERS[plural] else 403
    assert caller.put(path, json=BODIES[plural]).status_code == refused
    if plural != "firms":
        assert caller.delete(path).status_code == refused
    assert caller.post(f"/v1/{plural}", json=BODIES[plural]).status_code == 403
    assert snapshot(desk) == before


def test_the_answer_for_what_is_not_there_and_not_yours_is_the_same(desk: Api):
    caller = desk.as_(Role.INSTITUTION)
    answers = [
        caller.put(f"/v1/offers/{key}", json=OFFER).json()["error"]
        for key in ("offer_fund", "offer_none")
    ]
    said = [
        answer["message"].replace("offer_fund", "offer_none") + answer["code"] for answer in answers
    ]
    assert said[0] == said[1]


def test_a_record_cannot_be_taken_over_or_given_away(desk: Api):
    bank, firm, operator = (
        desk.as_(role) for role in (Role.INSTITUTION, Role.FIRM, Role.BASE_OPERATOR)
    )
    given = bank.put("/v1/offers/offer_bank", json=OFFER | {"institution_id": "inst_fund"})
    assert given.status_code == 403
    moved = operator.put("/v1/firms/firm_a1", json=FIRM | {"base_id": "base_b"})
    assert moved.status_code == 403
    need = firm.put("/v1/needs/need_a1", json=NEED | {"firm_id": "firm_b1"})
    assert need.status_code == 403
    joined = firm.put("/v1/firms/firm_a1", json=FIRM | {"base_id": "base_b"})
    assert joined.status_code == 403
    left = firm.put("/v1/firms/firm_a1", json={k: v for k, v in FIRM.items() if k != "base_id"})
    assert left.status_code == 200


@pytest.mark.parametrize("plural", list(BODIES))
def test_without_a_key_nothing_is_read_or_written(desk: Api, plural: str):
    path = f"/v1/{plural}/{THERE[plural]}"
    for method, where in (("GET", path), ("GET", f"/v1/{plural}"), ("PUT", path), ("DELETE", path)):
        assert desk.client.request(method, where).status_code == 401
    assert desk.client.post(f"/v1/{plural}", json=BODIES[plural]).status_code == 401


def test_a_key_that_may_only_read_does_not_write(desk: Api):
    caller = desk.as_(Role.ADMINISTRATOR)
    made = caller.post("/v1/keys", json={"name": "k", "scopes": ["read"]}).json()
    headers = {"X-API-Key": made["key"]}
    assert desk.client.get("/v1/bases", headers=headers).status_code == 200
    assert desk.client.post("/v1/bases", headers=headers, json=BASE).status_code == 403


# -- storing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("plural", list(BODIES))
def test_a_new_record_gets_an_id_and_is_there(desk: Api, plural: str):
    caller = desk.as_(Role.ADMINISTRATOR)
    made = caller.post(f"/v1/{plural}", json=BODIES[plural])
    assert made.status_code == 201, made.text
    said = made.json()
    assert said["created"]
    assert made.headers["location"] == f"/v1/{plural}/{said['id']}"
    assert made.headers["etag"] == said["etag"]
    found = caller.get(made.headers["location"])
    assert found.headers["etag"] == said["etag"]
    fields = found.json().get("fields", found.json())
    assert {name: fields[name] for name in BODIES[plural]} == BODIES[plural]


def test_an_administrator_chooses_ids_and_others_only_their_own(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    made = admin.put("/v1/institutions/inst_new", json=INSTITUTION)
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = admin.put("/v1/institutions/inst_new", json=INSTITUTION)
    assert (again.status_code, again.json()["created"]) == (200, False)
    refused = desk.as_(Role.INSTITUTION).put("/v1/institutions/inst_mine", json=INSTITUTION)
    assert refused.status_code == 404


@pytest.mark.parametrize(
    "key", ["teaser_abc", "asked_abc", "x" * 201, "a%00b", "a%0Ab", "%E2%80%AE"]
)
def test_some_ids_cannot_be_chosen(desk: Api, key: str):
    answer = desk.as_(Role.ADMINISTRATOR).put(f"/v1/bases/{key}", json=BASE)
    assert answer.status_code == 422


def test_an_id_with_signs_is_an_id(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    made = admin.put("/v1/bases/o'neil%22;--", json=BASE)
    assert made.status_code == 201
    assert made.json()["id"] == "o'neil\";--"
    assert admin.get(made.headers["location"]).json()["name"] == BASE["name"]


def test_what_importers_wrote_stays(desk: Api):
    store = desk.state.store
    firm = dataclasses.replace(store.get_firm("firm_a1"), source="tables", source_key="7")
    store.upsert(Firm, [firm])
    assert desk.as_(Role.FIRM).put("/v1/firms/firm_a1", json=FIRM).status_code == 200
    assert store.get_firm("firm_a1").source == "tables"
    assert store.get_firm("firm_a1").employees == 12


def test_what_is_left_out_becomes_unknown(desk: Api):
    assert desk.as_(Role.FIRM).put("/v1/firms/firm_a1", json={"name": "甲"}).status_code == 200
    assert desk.state.store.get_firm("firm_a1") == Firm(firm_id="firm_a1", name="甲")


# -- as read ---------------------------------------------------------------------------------------


def test_a_change_of_what_was_read_succeeds_and_of_anything_else_does_not(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    tag = bank.get("/v1/offers/offer_bank").headers["etag"]
    first = bank.put("/v1/offers/offer_bank", json=OFFER, headers={"If-Match": tag})
    assert first.status_code == 200
    stale = bank.put("/v1/offers/offer_bank", json=OFFER | {"name": "x"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json()["error"]["code"] == "changed"
    fresh = {"If-Match": f'"nothing", {first.headers["etag"]}'}
    assert bank.put("/v1/offers/offer_bank", json=OFFER, headers=fresh).status_code == 200


def test_only_what_is_not_there_yet(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    headers = {"If-None-Match": "*"}
    assert admin.put("/v1/bases/base_a", json=BASE, headers=headers).status_code == 412
    assert admin.put("/v1/bases/base_new", json=BASE, headers=headers).status_code == 201
    gone = {"If-Match": "*"}
    assert admin.put("/v1/bases/base_new", json=BASE, headers=gone).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"If-Match": "bare"}, {"If-Match": ""}, {"If-Match": '"a" "b"'}, {"If-None-Match": '"a"'}],
)
def test_conditions_of_another_form_are_refused(desk: Api, headers: dict[str, str]):
    answer = desk.as_(Role.ADMINISTRATOR).put("/v1/bases/base_a", json=BASE, headers=headers)
    assert answer.status_code == 422


def test_an_unchanged_record_leaves_no_entry(desk: Api):
    admin = desk.as_(Role.ADMINISTRATOR)
    admin.put("/v1/bases/base_a", json=BASE)
    head = desk.state.store.audit.head()
    assert admin.put("/v1/bases/base_a", json=BASE).status_code == 200
    assert desk.state.store.audit.head() == head


def test_the_log_names_the_fields_and_not_their_values(desk: Api):
    desk.as_(Role.FIRM).put("/v1/firms/firm_a1", json=FIRM | {"description": "我们的秘密"})
    entry = last_entry(desk)
    assert entry.action == "firms.write"
    assert "description" in entry.detail["fields"]
    assert "秘密" not in repr(entry)


# -- checks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plural", "change", "field"),
    [
        ("firms", {"base_id": "base_none"}, "base_id"),
        ("firms", {"name": "  "}, "name"),
        ("firms", {"name": "a\u0007b"}, "name"),
        ("firms", {"employees": -1}, "employees"),
        ("firms", {"revenue_minor": 100}, "currency"),
        ("firms", {"revenue_minor": 100, "currency": "yuan"}, "currency"),
        ("firms", {"founded_on": "2030-01-01"}, "founded_on"),
        ("firms", {"credentials": ["wizard"]}, None),
        ("needs", {"firm_id": None, "base_id": None}, None),
        ("needs", {"base_id": "base_a"}, None),
        ("needs", {"amount_low_minor": 300}, "amount_low_minor"),
        ("needs", {"amount_low_minor": 0, "amount_high_minor": 0}, "amount_high_minor"),
        ("needs", {"stated_on": "2031-01-01"}, "stated_on"),
        ("offers", {"institution_id": "inst_none"}, "institution_id"),
        ("offers", {"base_ids": ["base_none"]}, None),
        ("offers", {"rate_low_pct": 5.0, "rate_high_pct": 4.0}, "rate_low_pct"),
        ("offers", {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_from"),
        ("offers", {"amount_max_minor": 10**18}, "amount_max_minor"),
        ("offers", {"size_classes": ["giant"]}, None),
        ("offers", {"amount_max_minor": 2**63}, "amount_max_minor"),
        ("offers", {"term_max_months": 1.5}, "term_max_months"),
        ("offers", {"description": "a\0b"}, "description"),
        ("offers", {"description": "x" * 20_001}, "description"),
        ("offers", {"regions": ["x"] * 501}, "regions"),
        ("offers", {"kind": "gift"}, "kind"),
        ("offers", {"kind": None}, "kind"),
        ("offers", {"offer_id": "offer_mine"}, "offer_id"),
        ("offers", {"source": "crunchbase"}, "source"),
    ],
)
def test_what_is_wrong_is_refused_and_named(
    desk: Api, plural: str, change: dict[str, Any], field: str | None
):
    before = snapshot(desk)
    body = BODIES[plural] | change
    answer = desk.as_(Role.ADMINISTRATOR).post(f"/v1/{plural}", json=body)
    assert answer.status_code == 422, answer.text
    if field is not None:
        assert answer.json()["error"]["field"] == field
    assert snapshot(desk) == before


@pytest.mark.parametrize("text", ['{"name": NaN}', '{"name": 1e999}', "[" * 5_000, "{", "nul", ""])
def test_what_is_no_json_of_ours_is_refused(desk: Api, text: str):
    answer = desk.as_(Role.ADMINISTRATOR).post(
        "/v1/bases", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)


def test_a_rate_that_is_no_number_is_refused(desk: Api):
    text = '{"institution_id": "inst_bank", "name": "x", "kind": "debt", "rate_low_pct": NaN}'
    answer = desk.as_(Role.INSTITUTION).post(
        "/v1/offers", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)


def test_what_may_be_a_mistake_is_stored_and_told(desk: Api):
    body = FIRM | {"company_code": "91320500MA1MU00000"}
    made = desk.as_(Role.ADMINISTRATOR).post("/v1/firms", json=body)
    assert made.status_code == 201
    assert "company_codes" in [hint["check"] for hint in made.json()["hints"]]


def test_a_founding_date_checks_the_need(desk: Api):
    firm = desk.as_(Role.FIRM)
    firm.put("/v1/firms/firm_a1", json=FIRM)
    early = firm.post("/v1/needs", json=NEED | {"stated_on": "2019-12-31"})
    assert early.status_code == 422
    assert "before the firm was founded" in early.json()["error"]["message"]


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("plural", ["bases", "institutions", "offers"])
def test_what_is_open_is_open_to_everybody_signed_in(desk: Api, role: Role, plural: str):
    caller = desk.as_(role)
    assert caller.get(f"/v1/{plural}/{THERE[plural]}").status_code == 200
    assert len(caller.get(f"/v1/{plural}").json()["items"]) in (2, 3)


def test_lists_come_in_pages_and_by_filters(desk: Api):
    caller = desk.as_(Role.FIRM)
    first = caller.get("/v1/offers", params={"n": 2}).json()
    rest = caller.get("/v1/offers", params={"n": 2, "cursor": first["next_cursor"]}).json()
    ids = [one["offer_id"] for one in first["items"] + rest["items"]]
    assert ids == ["offer_bank", "offer_fund", "offer_guard"]
    assert rest["next_cursor"] is None
    by_kind = caller.get("/v1/offers", params={"kind": "equity"}).json()["items"]
    assert [one["offer_id"] for one in by_kind] == ["offer_fund"]
    assert (
        caller.get("/v1/bases", params={"city": "无锡市"}).json()["items"][0]["base_id"] == "base_b"
    )
    assert caller.get("/v1/offers", params={"kind": "gift"}).status_code == 422


CURSORS = (
    "x",
    "W10",
    "WzFd",
    "WyJhXHUwMDAwYiJd",
    "WyJcdWQ4MDAiXQ",
    "WzFlOTk5XQ",
    "e30",
    "A" * 2_000,
)


@pytest.mark.parametrize("plural", list(BODIES))
@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_somebody_made_up_is_refused(desk: Api, plural: str, cursor: str):
    answer = desk.as_(Role.ADMINISTRATOR).get(f"/v1/{plural}", params={"cursor": cursor})
    assert answer.status_code == 422


def test_an_institution_sees_a_firm_as_a_teaser_only(desk: Api):
    caller = desk.as_(Role.INSTITUTION)
    listed = caller.get("/v1/firms").json()["items"]
    assert len(listed) == 4
    assert {one["view"] for one in listed} == {"teaser"}
    text = caller.get("/v1/firms").text + caller.get("/v1/needs").text
    for secret in ("firm_a1", "甲一机械", "need_a1", "123456700"):
        assert secret not in text
    one = caller.get(f"/v1/firms/{listed[0]['key']}")
    assert one.status_code == 200
    assert one.json()["fields"] == {}
    assert "etag" not in one.headers
    assert caller.get("/v1/firms/firm_a1").status_code == 404
    assert caller.get("/v1/needs/need_a1").status_code == 404


@pytest.mark.parametrize(
    ("role", "firms"),
    [
        (Role.FIRM, ["firm_a1"]),
        (Role.BASE_OPERATOR, ["firm_a1", "firm_a2"]),
        (Role.ADMINISTRATOR, ["firm_a1", "firm_a2", "firm_b1", "firm_b2"]),
    ],
)
def test_firms_and_their_bases_see_their_own_in_full(desk: Api, role: Role, firms: list[str]):
    caller = desk.as_(role)
    listed = caller.get("/v1/firms").json()["items"]
    assert [one["firm_id"] for one in listed] == firms
    assert {one["view"] for one in listed} == {"full"}
    needs = caller.get("/v1/needs").json()["items"]
    assert [one["fields"]["firm_id"] for one in needs] == firms


def test_an_evaluator_sees_no_firm(desk: Api):
    caller = desk.as_(Role.EVALUATOR)
    assert caller.get("/v1/firms").status_code == 403
    assert caller.get("/v1/firms/firm_a1").status_code == 403


# -- deleting --------------------------------------------------------------------------------------


def test_what_nothing_refers_to_is_deleted(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    made = bank.post("/v1/offers", json=OFFER).json()
    path = f"/v1/offers/{made['id']}"
    assert bank.delete(path, headers={"If-Match": '"other"'}).status_code == 412
    assert bank.delete(path, headers={"If-Match": made["etag"]}).status_code == 204
    assert last_entry(desk).action == "offers.delete"
    assert bank.get(path).status_code == 404
    assert bank.delete(path).status_code == 404


def test_what_history_refers_to_stays(desk: Api):
    assert desk.as_(Role.INSTITUTION).delete("/v1/offers/offer_bank").status_code == 409
    assert desk.as_(Role.FIRM).delete("/v1/needs/need_a1").status_code == 409
    assert desk.as_(Role.ADMINISTRATOR).delete("/v1/bases/base_a").status_code == 409
    assert desk.state.store.find(Offer, "offer_bank") is not None


def test_a_firm_is_erased_with_everything_about_it(desk: Api):
    answer = desk.as_(Role.FIRM).delete("/v1/firms/firm_a1")
    assert answer.status_code == 200
    assert answer.json()["erased"] == {"event": 1, "rating": 0, "need": 1, "firm": 1}
    assert desk.state.store.find_firm("firm_a1") is None
    assert desk.state.store.find_need("need_a1") is None
    entry = last_entry(desk)
    assert (entry.action, entry.subject_id) == ("data.delete", "firm_a1")
    assert desk.state.store.audit.verify() is None


@pytest.mark.parametrize(
    ("role", "side", "status"),
    [
        (Role.FIRM, "other", 404),
        (Role.BASE_OPERATOR, "own", 403),
        (Role.INSTITUTION, "own", 403),
        (Role.ORGANIZER, "own", 403),
        (Role.EVALUATOR, "own", 403),
    ],
)
def test_nobody_else_erases_a_firm(desk: Api, role: Role, side: str, status: int):
    assert desk.as_(role, side).delete("/v1/firms/firm_a1").status_code == status
    assert desk.state.store.find_firm("firm_a1") is not None


def test_a_legal_hold_keeps_a_firm(desk: Api):
    people = desk.state.store.people
    people.set_legal_hold("org_firm_own", held=True)
    for role in (Role.FIRM, Role.ADMINISTRATOR):
        held = desk.as_(role).delete("/v1/firms/firm_a1")
        assert held.status_code == 409
        assert "legal hold" in held.json()["error"]["message"]
    assert desk.state.store.find_firm("firm_a1") is not None
    people.set_legal_hold("org_firm_own", held=False)
    assert desk.as_(Role.FIRM).delete("/v1/firms/firm_a1").status_code == 200
