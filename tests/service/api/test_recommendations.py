"""Ranked offers over HTTP: for whom, what is kept, and what is refused."""

from __future__ import annotations

import pytest

from data.people import Role
from data.records import EventKind
from service.api.schemas.ranking import RecommendationOut

from .conftest import Api

PATH = "/v1/recommendations"


def test_a_firm_gets_ranked_offers_with_reasons(api: Api):
    firm = api.as_(Role.FIRM)
    answer = firm.post(PATH, json={"firm_id": firm.member.subject_id, "n": 5, "unblock": 2})
    assert answer.status_code == 200
    body = answer.json()
    RecommendationOut.model_validate(body, strict=False)
    assert body["disclaimer"] == "匹配度，非信用评价"
    assert body["firm_id"] == firm.member.subject_id
    assert [row["rank"] for row in body["items"]] == list(range(1, len(body["items"]) + 1))
    for row in body["items"]:
        assert row["reasons"]
        assert {rule["value"] for rule in row["eligibility"]} <= {"met", "unknown", "manual_review"}
        assert all(rule["version"] for rule in row["eligibility"])
    assert body["n_considered"] >= body["n_eligible"]


def test_what_was_shown_is_kept_with_its_impressions(api: Api):
    firm = api.as_(Role.FIRM)
    shown = firm.post(PATH, json={"firm_id": firm.member.subject_id, "n": 3}).json()
    key = shown["recommendation_id"]
    kept = firm.get(f"{PATH}/{key}").json()
    assert kept["content"]["items"] == shown["items"]
    assert kept["bundle"] == shown["bundle"]
    assert kept["person_id"] == firm.member.person_id
    assert [row["position"] for row in kept["impressions"]] == [1, 2, 3][: len(shown["items"])]
    events = api.state.store.shown.impressions_of(key)
    assert {event.kind for event in events} == {EventKind.IMPRESSION}
    assert {event.note for event in events} == {shown["bundle"]}
    listed = firm.get(PATH).json()["items"]
    assert key in {one["recommendation_id"] for one in listed}


def test_nobody_else_can_replay_it(api: Api):
    firm = api.as_(Role.FIRM)
    key = firm.post(PATH, json={"firm_id": firm.member.subject_id}).json()["recommendation_id"]
    assert api.as_(Role.FIRM, "other").get(f"{PATH}/{key}").status_code == 404
    assert api.as_(Role.INSTITUTION).get(f"{PATH}/{key}").status_code == 404
    assert api.as_(Role.EVALUATOR).get(f"{PATH}/{key}").status_code == 403
    assert api.as_(Role.ADMINISTRATOR).get(f"{PATH}/{key}").status_code == 200


def test_a_page_goes_on_where_the_last_one_ended(api: Api):
    firm = api.as_(Role.FIRM)
    somewhere = {"name": "某企业", "city": "苏州市", "province": "江苏省"}
    ask = {"profile": {"firm": somewhere}, "kinds": ["debt", "equity", "service", "guarantee"]}
    whole = firm.post(PATH, json={**ask, "n": 6}).json()
    assert len(whole["items"]) >= 4
    first = firm.post(PATH, json={**ask, "n": 2}).json()
    second = firm.post(PATH, json={**ask, "n": 2, "cursor": first["next_cursor"]}).json()
    ids = [row["offer_id"] for row in whole["items"]]
    assert [row["offer_id"] for row in first["items"] + second["items"]] == ids[:4]
    assert second["items"][0]["rank"] == 3


def test_a_profile_is_ranked_and_not_kept(own_api: Api):
    firm = own_api.as_(Role.FIRM)
    profile = {
        "firm": {"name": "只此一次有限公司", "city": "苏州市", "province": "江苏省"},
        "need": {"kind": "debt", "stated_on": "2026-06-01", "purpose": "流动资金周转"},
        "facts": {},
    }
    answer = firm.post(PATH, json={"profile": profile, "n": 3})
    assert answer.status_code == 200
    key = answer.json()["recommendation_id"]
    assert own_api.state.store.shown.get(key).firm_id is None
    assert own_api.state.store.shown.impressions_of(key) == []


def test_candidates_of_ones_own_are_ranked_alone(api: Api):
    firm = api.as_(Role.FIRM)
    ask = {"firm_id": firm.member.subject_id}
    ids = [row["offer_id"] for row in firm.post(PATH, json={**ask, "n": 10}).json()["items"]]
    wanted = ids[1:3]
    answer = firm.post("/v1/rank", json={**ask, "offer_ids": [*wanted, "offer_of_nobody"]})
    assert {row["offer_id"] for row in answer.json()["items"]} == set(wanted)


def test_another_firm_is_nobody_to_ask_for(api: Api):
    other = api.member(Role.FIRM, "other").subject_id
    for role in (Role.FIRM, Role.BASE_OPERATOR):
        assert api.as_(role).post(PATH, json={"firm_id": other}).status_code == 404
    unknown = api.as_(Role.FIRM).post(PATH, json={"firm_id": "firm_of_nobody"})
    assert unknown.status_code == 404
    known = api.as_(Role.FIRM).post(PATH, json={"firm_id": other})
    assert known.json()["error"]["message"].replace(other, "X") == unknown.json()["error"][
        "message"
    ].replace("firm_of_nobody", "X")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "firm_id"),
        ({"firm_id": "a", "need_id": "b"}, "firm_id"),
        ({"firm_id": "OWN", "n": 0}, "n"),
        ({"firm_id": "OWN", "n": 10**9}, "n"),
        ({"firm_id": "OWN", "diversity": 2}, "diversity"),
        ({"firm_id": "OWN", "kinds": ["money"]}, "kinds.0"),
        ({"firm_id": "OWN", "cursor": "????"}, "cursor"),
        ({"firm_id": "OWN", "cursor": "Wy01XQ"}, "cursor"),
        ({"firm_id": "OWN", "bogus": 1}, "bogus"),
        ({"profile": {"firm": {"name": "x", "employees": "many"}}}, "profile.firm.employees"),
        ({"profile": {"firm": {"name": "x"}, "facts": {"no_such_fact": 1}}}, "facts"),
    ],
)
def test_bad_input_names_the_field(api: Api, body, field):
    firm = api.as_(Role.FIRM)
    if body.get("firm_id") == "OWN":
        body = {**body, "firm_id": firm.member.subject_id}
    answer = firm.post(PATH, json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "field", "request_id"}
    assert error["field"] == field
    assert error["request_id"] == answer.headers["x-request-id"]
