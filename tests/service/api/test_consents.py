"""Consents over HTTP: nothing beyond a teaser without one, everything on record, gone at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.people import Role

from .conftest import NOW, Api, make_api

TEXT = "您的信息将提供给您选定的机构，用于融资对接。"
SHA = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture(scope="module")
def api(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service of this module, with a notice in force."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("consents") / "home"))
    for made in make_api(home):
        admin = made.as_(Role.ADMINISTRATOR)
        answer = admin.post("/v1/consent-notices", json={"version": "2026-07", "text": TEXT})
        assert (answer.status_code, answer.json()["sha256"]) == (201, SHA)
        yield made


def terms(**changes: object) -> dict[str, object]:
    fields = {
        "purpose": "matching",
        "data_classes": ["identity", "profile"],
        "notice_version": "2026-07",
        "notice_sha256": SHA,
        "expires_at": (NOW + dt.timedelta(days=90)).isoformat(),
    }
    return {**fields, **changes}


def grant(api: Api, **changes: object):
    firm = api.as_(Role.FIRM)
    recipient_id = api.member(Role.INSTITUTION).subject_id
    body = {"recipient_id": recipient_id, **terms(**changes)}
    return firm.post(f"/v1/firms/{firm.member.subject_id}/consents", json=body)


def revoke_everything(api: Api) -> None:
    firm = api.as_(Role.FIRM)
    firm.post(f"/v1/firms/{firm.member.subject_id}/consents/revocation", json={})


def test_the_newest_notice_comes_first(api: Api):
    items = api.as_(Role.FIRM).get("/v1/consent-notices").json()["items"]
    assert items[0]["version"] == "2026-07"
    again = {"version": "2026-07", "text": "另一份"}
    answer = api.as_(Role.ADMINISTRATOR).post("/v1/consent-notices", json=again)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert api.as_(Role.FIRM).post("/v1/consent-notices", json=again).status_code == 403


def test_a_consent_is_given_listed_and_taken_back_in_one_call_each(api: Api):
    given = grant(api)
    assert given.status_code == 201
    ids = {one["consent_id"] for one in given.json()["items"]}
    firm, bank = api.as_(Role.FIRM), api.as_(Role.INSTITUTION)
    for caller in (firm, bank, api.as_(Role.ADMINISTRATOR)):
        held = caller.get("/v1/consents", params={"in_force": True}).json()["items"]
        assert ids <= {one["consent_id"] for one in held}
    mine = [one for one in bank.get("/v1/consents").json()["items"] if one["consent_id"] in ids]
    assert {one["firm"] for one in mine} == {firm.member.subject_id}  # it may know who it is
    for caller in (api.as_(Role.FIRM, "other"), api.as_(Role.INSTITUTION, "other")):
        assert not caller.get("/v1/consents").json()["items"]

    path = f"/v1/firms/{firm.member.subject_id}/consents/revocation"
    body = {"recipient_id": bank.member.subject_id}
    assert set(firm.post(path, json=body).json()["revoked"]) == ids
    assert firm.post(path, json=body).json() == {"revoked": []}
    assert not bank.get("/v1/consents", params={"in_force": True}).json()["items"]
    past = [o for o in bank.get("/v1/consents").json()["items"] if o["consent_id"] in ids]
    assert all(one["firm"].startswith("teaser_") for one in past)  # and now it may not


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"notice_version": "2020"}, 409),
        ({"notice_sha256": "0" * 64}, 409),
        ({"expires_at": NOW.isoformat()}, 422),
        ({"expires_at": "2099-01-01T00:00:00Z"}, 422),
        ({"expires_at": "2026-08-01T00:00:00"}, 422),  # no time zone
        ({"data_classes": []}, 422),
        ({"data_classes": ["secrets"]}, 422),
        ({"recipient_id": "inst_nobody"}, 404),
        ({"recipient_id": "org_firm_other"}, 404),  # a firm is no recipient
        ({"extra": 1}, 422),
    ],
)
def test_a_consent_with_wrong_terms_is_refused(api: Api, changes: dict[str, object], status: int):
    before = len(api.state.store.consents.of())
    assert grant(api, **changes).status_code == status
    assert len(api.state.store.consents.of()) == before


def test_nobody_consents_for_another_firm(api: Api):
    firm = api.member(Role.FIRM).subject_id
    body = {"recipient_id": api.member(Role.INSTITUTION).subject_id, **terms()}
    path = f"/v1/firms/{firm}/consents"
    assert api.as_(Role.FIRM, "other").post(path, json=body).status_code == 404
    for role in (Role.INSTITUTION, Role.BASE_OPERATOR, Role.ADMINISTRATOR, Role.ORGANIZER):
        assert api.as_(role).post(path, json=body).status_code == 403
        assert api.as_(role).post(path + "/revocation", json={}).status_code == 403
    mine = grant(api).json()["items"][0]["consent_id"]
    other = api.as_(Role.FIRM, "other")
    path = f"/v1/firms/{other.member.subject_id}/consents/revocation"
    assert other.post(path, json={"consent_ids": [mine]}).status_code == 404
    both = {"consent_ids": [mine], "recipient_id": "inst_x"}
    assert other.post(path, json=both).status_code == 422
    revoke_everything(api)


def test_a_recipient_asks_and_the_firm_answers(api: Api):
    firm, bank = api.as_(Role.FIRM), api.as_(Role.INSTITUTION)
    firm_id = firm.member.subject_id
    handle = api.state.store.handles.handles(
        bank.member.subject_id, {firm_id: firm_id}, prefix="teaser_"
    )[firm_id]
    wish = {"purpose": "due_diligence", "data_classes": ["identity", "financials"]}
    assert bank.post("/v1/consent-requests", json={"firm": firm_id, **wish}).status_code == 404
    asked = bank.post("/v1/consent-requests", json={"firm": handle, **wish})
    assert asked.status_code == 201
    assert asked.json()["firm"] == handle
    again = bank.post("/v1/consent-requests", json={"firm": handle, **wish})
    assert again.status_code == 409
    assert firm.post("/v1/consent-requests", json={"firm": firm_id, **wish}).status_code == 403

    waiting = firm.get("/v1/consent-requests", params={"waiting": True}).json()["items"]
    assert [one["request_id"] for one in waiting] == [asked.json()["request_id"]]
    assert waiting[0]["recipient_name"]
    assert not api.as_(Role.FIRM, "other").get("/v1/consent-requests").json()["items"]

    path = f"/v1/consent-requests/{asked.json()['request_id']}/answer"
    agreed = terms(purpose="due_diligence", data_classes=["identity"])
    assert api.as_(Role.FIRM, "other").post(path, json={"terms": agreed}).status_code == 404
    beyond = terms(purpose="due_diligence", data_classes=["contact"])
    assert firm.post(path, json={"terms": beyond}).status_code == 422
    assert firm.post(path, json={"terms": terms()}).status_code == 422  # another purpose
    assert [o["data_class"] for o in firm.post(path, json={"terms": agreed}).json()["items"]] == [
        "identity"
    ]
    assert firm.post(path, json={}).status_code == 409
    (seen,) = bank.get("/v1/consent-requests").json()["items"]
    assert (seen["granted"], seen["firm"]) == (True, firm_id)
    revoke_everything(api)


def test_contacts_need_their_consent_and_are_on_record(api: Api):
    firm, bank = api.as_(Role.FIRM), api.as_(Role.INSTITUTION)
    firm_id = firm.member.subject_id
    grant(api, data_classes=["identity"])
    path = f"/v1/firms/{firm_id}/contacts"
    assert bank.get(path).status_code == 403
    grant(api, data_classes=["contact"])
    assert bank.get(path).json()["items"] == [{"display_name": "firm_own", "email": None}]
    newest = firm.get("/v1/provisions", params={"n": 1}).json()["items"][0]
    assert (newest["data_classes"], newest["context"]) == (["contact"], "contacts.read")
    assert newest["recipient_id"] == bank.member.subject_id
    assert newest["request_id"].startswith("req_")
    revoke_everything(api)
    assert bank.get(path).status_code == 404


def test_provisions_are_read_by_both_sides_and_by_nobody_else(api: Api):
    firm, bank = api.as_(Role.FIRM), api.as_(Role.INSTITUTION)
    firm_id = firm.member.subject_id
    grant(api, data_classes=["identity", "contact"])
    for _ in range(3):
        bank.get(f"/v1/firms/{firm_id}/contacts")
    for caller in (firm, bank, api.as_(Role.ADMINISTRATOR)):
        seen, cursor = [], None
        while True:
            page = caller.get(
                "/v1/provisions", params={"n": 2, **({"cursor": cursor} if cursor else {})}
            )
            seen += page.json()["items"]
            cursor = page.json()["next_cursor"]
            if cursor is None:
                break
        mine = [row for row in seen if row["firm"] == firm_id]
        assert len(mine) >= 3
        assert [row["seq"] for row in seen] == sorted({row["seq"] for row in seen}, reverse=True)
    assert bank.get("/v1/provisions", params={"firm": firm_id}).json()["items"]
    for caller in (api.as_(Role.FIRM, "other"), api.as_(Role.INSTITUTION, "other")):
        assert not caller.get("/v1/provisions").json()["items"]
        assert caller.get("/v1/provisions", params={"firm": firm_id}).status_code == 404
    for role in (Role.EVALUATOR, Role.BASE_OPERATOR):
        assert api.as_(role).get("/v1/provisions").status_code == 403
    revoke_everything(api)


def test_a_dispute_marks_is_overdue_after_twenty_days_and_is_answered(own_api: Api):
    api = own_api
    firm, admin = api.as_(Role.FIRM), api.as_(Role.ADMINISTRATOR)
    firm_id = firm.member.subject_id
    path = f"/v1/firms/{firm_id}/disputes"
    body = {"kind": "record", "subject_id": firm_id, "field": "employees", "statement": "应为36人"}
    opened = firm.post(path, json=body)
    assert opened.status_code == 201
    assert opened.json()["due_on"] == "2026-07-21"
    assert firm.post(path, json=body).status_code == 409
    assert firm.post(path, json={**body, "field": "nonsense"}).status_code == 404
    other = api.member(Role.FIRM, "other").subject_id
    assert firm.post(path, json={**body, "subject_id": other}).status_code == 404
    score = {"kind": "score", "subject_id": "rec_nobody", "statement": "x"}
    assert firm.post(path, json=score).status_code == 404
    assert api.state.store.disputes.disputed([firm_id]) == {firm_id}

    def overdue() -> list[str]:
        found = admin.get("/v1/disputes", params={"overdue": True}).json()["items"]
        return [one["dispute_id"] for one in found]

    api.clock.forward(days=20)
    assert overdue() == []
    api.clock.forward(days=1)
    key = opened.json()["dispute_id"]
    assert overdue() == [key]
    answer = {"outcome": "corrected", "answer": "已更正"}
    assert firm.post(f"/v1/disputes/{key}/answer", json=answer).status_code == 403
    assert admin.post("/v1/disputes/dispute_0/answer", json=answer).status_code == 404
    assert admin.post(f"/v1/disputes/{key}/answer", json=answer).json()["outcome"] == "corrected"
    assert admin.post(f"/v1/disputes/{key}/answer", json=answer).status_code == 409
    assert overdue() == []
    (mine,) = firm.get("/v1/disputes").json()["items"]
    assert mine["answer"] == "已更正"
    assert not api.as_(Role.FIRM, "other").get("/v1/disputes").json()["items"]
    assert not api.as_(Role.INSTITUTION).get("/v1/disputes").json()["items"]
    actions = [
        logged.entry.action for logged in api.state.store.audit.search(subject_type="dispute")
    ]
    assert actions == ["disputes.answer", "disputes.write"]


def test_a_score_is_disputed_by_whom_it_was_shown_to(own_api: Api):
    firm = own_api.as_(Role.FIRM)
    firm_id = firm.member.subject_id
    shown = firm.get(f"/v1/firms/{firm_id}/recommendations").json()["recommendation_id"]
    body = {"kind": "score", "subject_id": shown, "statement": "评分不合理"}
    assert firm.post(f"/v1/firms/{firm_id}/disputes", json=body).status_code == 201
    other = own_api.as_(Role.FIRM, "other")
    path = f"/v1/firms/{other.member.subject_id}/disputes"
    assert other.post(path, json=body).status_code == 404


@pytest.mark.parametrize("odd", ["%00", "a%0Ab", "x' OR '1'='1", "..%2F..", "𠮷" * 60, "x" * 300])
def test_odd_names_in_paths_and_queries_are_nobodys(api: Api, odd: str):
    admin, bank, firm = (
        api.as_(role) for role in (Role.ADMINISTRATOR, Role.INSTITUTION, Role.FIRM)
    )
    institution = bank.member.subject_id
    for caller, method, path in (
        (firm, "POST", f"/v1/firms/{odd}/consents/revocation"),
        (bank, "GET", f"/v1/firms/{odd}/contacts"),
        (bank, "GET", f"/v1/ledger/{odd}"),
        (bank, "GET", f"/v1/institutions/{odd}/pipeline"),
        (bank, "GET", f"/v1/institutions/{institution}/pipeline/{odd}"),
        (bank, "GET", f"/v1/institutions/{institution}/theses/{odd}"),
        (bank, "GET", f"/v1/provisions?firm={odd}"),
        (admin, "GET", f"/v1/organisations/{odd}/export"),
    ):
        answer = caller.request(method, path, **({"json": {}} if method == "POST" else {}))
        assert answer.status_code in (404, 422), path
        assert "error" in answer.json()
