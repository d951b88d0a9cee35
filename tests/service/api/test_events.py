"""Feedback: taken once, in any order, row by row, and only from those whom it concerns."""

from __future__ import annotations

from data.people import Role
from data.records import Event

from .conftest import Api

PATH = "/v1/events"


def event(api: Api, number: int, **changed) -> dict:
    offers = api.state.live.matcher.market.items.offer_ids.ids
    row = {
        "event_id": f"event_test_{number}",
        "kind": "save",
        "occurred_at": "2026-06-30T10:00:00Z",
        "firm_id": api.member(Role.FIRM).subject_id,
        "offer_id": offers[0],
    }
    return {**row, **changed}


def test_events_are_stored_once_whatever_the_order(own_api: Api):
    firm = own_api.as_(Role.FIRM)
    late = event(own_api, 1, occurred_at="2026-06-01T00:00:00Z")
    rows = [event(own_api, 2), late, event(own_api, 2)]
    answer = firm.post(PATH, json={"events": rows}).json()
    assert [r["outcome"] for r in answer["results"]] == ["accepted", "accepted", "duplicate"]
    again = firm.post(PATH, json={"events": rows}).json()
    assert (again["accepted"], again["duplicates"]) == (0, 3)
    stored = own_api.state.store.find_many(Event, ["event_test_1", "event_test_2"])
    assert len(stored) == 2
    assert stored["event_test_1"].source == "service:firm"


def test_a_bad_row_is_rejected_alone(own_api: Api):
    firm = own_api.as_(Role.FIRM)
    rows = [
        event(own_api, 1),
        event(own_api, 2, offer_id="offer_of_nobody"),
        event(own_api, 3, firm_id=own_api.member(Role.FIRM, "other").subject_id),
        event(own_api, 4, need_id="need_of_nobody"),
        event(own_api, 5, occurred_at="2027-01-01T00:00:00Z"),
        event(own_api, 6, kind="funded"),
        event(own_api, 7, kind="impression"),
        event(own_api, 1, kind="view"),
    ]
    answer = firm.post(PATH, json={"events": rows}).json()
    codes = [result["code"] for result in answer["results"]]
    assert codes == [
        None,
        "unknown_id",
        "unknown_id",
        "unknown_id",
        "bad_input",
        "forbidden",
        "forbidden",
        "bad_input",
    ]
    assert answer["accepted"] == 1
    assert set(own_api.state.store.find_many(Event, [r["event_id"] for r in rows])) == {
        "event_test_1"
    }


def test_an_institution_reports_on_its_own_offers_and_by_handle(own_api: Api):
    bank = own_api.as_(Role.INSTITUTION)
    path = f"/v1/institutions/{bank.member.subject_id}/candidates"
    row = bank.post(path, json={"n": 1}).json()["items"][0]
    mine = event(own_api, 1, kind="contact", firm_id=row["firm"]["key"], offer_id=row["offer_id"])
    others = own_api.state.store.offers_of(own_api.member(Role.INSTITUTION, "other").subject_id)
    theirs = {**mine, "event_id": "event_test_2", "offer_id": others[0].offer_id}
    answer = bank.post(PATH, json={"events": [mine, theirs]}).json()
    assert [result["outcome"] for result in answer["results"]] == ["accepted", "rejected"]
    stored = own_api.state.store.find_many(Event, ["event_test_1"])["event_test_1"]
    assert stored.firm_id.startswith("firm_demo")


def test_the_bounds_of_a_batch(api: Api):
    firm = api.as_(Role.FIRM)
    assert firm.post(PATH, json={"events": []}).status_code == 422
    many = [event(api, n) for n in range(1_001)]
    assert firm.post(PATH, json={"events": many}).status_code == 422
    naive = event(api, 1, occurred_at="2026-06-30T10:00:00")
    assert firm.post(PATH, json={"events": [naive]}).status_code == 422
    assert api.as_(Role.EVALUATOR).post(PATH, json={"events": [naive]}).status_code == 403


def test_a_row_names_a_list_that_its_sender_was_shown(own_api: Api):
    firm, other = own_api.as_(Role.FIRM), own_api.as_(Role.FIRM, "other")
    ask = "/v1/recommendations"
    mine, theirs = (
        one.post(ask, json={"firm_id": one.member.subject_id}).json()["recommendation_id"]
        for one in (firm, other)
    )
    rows = [
        event(own_api, at, recommendation_id=key)
        for at, key in enumerate((mine, theirs, "rec_of_nobody", None))
    ]
    answer = firm.post(PATH, json={"events": rows}).json()
    assert [row["code"] for row in answer["results"]] == [None, "unknown_id", "unknown_id", None]
    assert answer["results"][1]["field"] == "recommendation_id"


def test_a_batch_stands_in_the_audit_log_once(own_api: Api):
    firm, administrator = own_api.as_(Role.FIRM), own_api.as_(Role.ADMINISTRATOR)
    rows = [event(own_api, 1), event(own_api, 2, kind="view")]
    for _ in range(2):
        firm.post(PATH, json={"events": rows})
    logged = administrator.get("/v1/audit", params={"action": "events.write"}).json()["items"]
    assert [row["detail"] for row in logged] == [{"save": 1, "view": 1}]
    assert logged[0]["person_id"] == firm.member.person_id
