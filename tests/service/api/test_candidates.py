"""Ranked firms for institutions: teasers until a firm agrees, and nothing of others' pipelines."""

from __future__ import annotations

import json

from data.people import Role
from data.records import Firm
from service.api.schemas.ranking import CandidatesOut

from .conftest import Api


def path_of(api: Api, side: str = "own") -> str:
    return f"/v1/institutions/{api.member(Role.INSTITUTION, side).subject_id}/candidates"


def test_firms_are_teasers_until_they_agree(api: Api):
    answer = api.as_(Role.INSTITUTION).post(path_of(api), json={"n": 10})
    assert answer.status_code == 200
    body = answer.json()
    CandidatesOut.model_validate(body)
    firms = {firm.firm_id: firm for firm in api.state.store.page(Firm, limit=1_000)}
    text = json.dumps(body, ensure_ascii=False)
    for firm in firms.values():
        assert firm.firm_id not in text
        assert firm.name not in text
        assert not firm.company_code or firm.company_code not in text
    for row in body["items"]:
        assert "firm_id" not in row
        if row["firm"] is not None:
            assert row["firm"]["view"] == "teaser"
            assert row["firm"]["fields"] == {}
            assert row["firm"]["key"].startswith("teaser_")
            assert row["eligibility"] is None if "eligibility" in row else True
            assert row["eligibility_counts"]


def test_filters_and_pages(api: Api):
    bank = api.as_(Role.INSTITUTION)
    whole = bank.post(path_of(api), json={"n": 6}).json()["items"]
    first = bank.post(path_of(api), json={"n": 3}).json()
    second = bank.post(path_of(api), json={"n": 3, "cursor": first["next_cursor"]}).json()
    keys = [row["firm"]["key"] for row in whole if row["firm"]]
    pages = [row["firm"]["key"] for row in first["items"] + second["items"] if row["firm"]]
    assert pages == keys
    city = whole[0]["firm"]["teaser"]["city"]
    answer = bank.get(path_of(api), params={"regions": [city], "n": 50}).json()
    assert {row["firm"]["teaser"]["city"] for row in answer["items"]} == {city}


def test_similar_firms_are_teasers_as_well(api: Api):
    bank = api.as_(Role.INSTITUTION)
    first = bank.post(path_of(api), json={"n": 1}).json()["items"][0]
    path = path_of(api).replace("candidates", "similar")
    answer = bank.get(path, params={"firm": first["firm"]["key"], "n": 4})
    assert answer.status_code == 200
    found = answer.json()["items"]
    assert len(found) == 4
    assert first["firm"]["key"] not in {one["firm"]["key"] for one in found}


def test_a_list_keeps_nothing_that_names_a_firm(api: Api):
    bank = api.as_(Role.INSTITUTION)
    key = bank.post(path_of(api), json={"n": 5}).json()["recommendation_id"]
    kept = bank.get(f"/v1/recommendations/{key}").json()
    assert all(row["firm"].startswith("teaser_") for row in kept["impressions"])
    text = json.dumps(kept["content"], ensure_ascii=False)
    assert "firm_demo" not in text


def test_another_institution_has_its_own(api: Api):
    assert api.as_(Role.INSTITUTION).post(path_of(api, "other"), json={}).status_code == 404
    assert api.as_(Role.FIRM).post(path_of(api), json={}).status_code == 403


def test_an_explanation_of_a_teaser_tells_what_the_list_tells(api: Api):
    bank = api.as_(Role.INSTITUTION)
    row = bank.post(path_of(api), json={"n": 1}).json()["items"][0]
    ask = {"firm_id": row["firm"]["key"], "offer_id": row["offer_id"]}
    told = bank.post("/v1/explanations", json=ask).json()
    assert told["view"] == "teaser"
    assert "features" not in told
    assert "answer_id" not in told
    others = api.as_(Role.INSTITUTION, "other").post("/v1/explanations", json=ask)
    assert others.status_code == 404


def test_a_firm_gets_its_pair_in_full(api: Api):
    firm = api.as_(Role.FIRM)
    ask = {"firm_id": firm.member.subject_id}
    offer_id = firm.post("/v1/recommendations", json=ask).json()["items"][0]["offer_id"]
    told = firm.post("/v1/explanations", json={**ask, "offer_id": offer_id}).json()
    assert told["view"] == "full"
    assert told["features"]
    total = told["base"] + sum(told["themes"].values())
    assert abs(total - told["raw_score"]) < 1e-6
    answer = api.state.store.rules.get_answer(told["answer_id"])
    assert answer.offer_id == offer_id


def test_a_saved_thesis_filters(own_api: Api):
    bank = own_api.as_(Role.INSTITUTION)
    base = f"/v1/institutions/{bank.member.subject_id}"
    whole = bank.post(path_of(own_api), json={"n": 20}).json()["items"]
    city = next(row["firm"]["teaser"]["city"] for row in whole if row["firm"])
    saved = bank.post(f"{base}/theses", json={"name": "同城", "filters": {"regions": [city]}})
    assert saved.status_code in (200, 201), saved.text
    ask = {"n": 50, "thesis_id": saved.json()["thesis_id"]}
    found = bank.post(path_of(own_api), json=ask).json()["items"]
    assert {row["firm"]["teaser"]["city"] for row in found} == {city}
    both = bank.post(path_of(own_api), json={**ask, "filters": {}})
    assert both.status_code == 422
    others = own_api.as_(Role.INSTITUTION, "other")
    assert others.post(path_of(own_api, "other"), json=ask).status_code == 404
