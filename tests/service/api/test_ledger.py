"""The service ledger over HTTP: opened by those who take part, closed, rated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.people import Role

from .conftest import Api, make_api

PATH = "/v1/ledger"


@pytest.fixture(scope="module")
def api(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service of this module."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("ledger") / "home"))
    yield from make_api(home)


def offer_of(api: Api, side: str = "own") -> str:
    institution_id = api.member(Role.INSTITUTION, side).subject_id
    return api.state.store.offers_of(institution_id)[0].offer_id


def opened(api: Api, **changes: object) -> dict:
    body = {"firm": api.member(Role.FIRM).subject_id, "offer_id": offer_of(api), "subject": "记账"}
    answer = api.as_(Role.FIRM).post(PATH, json={**body, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_service_is_opened_closed_and_rated_once(api: Api):
    firm, bank = api.as_(Role.FIRM), api.as_(Role.INSTITUTION)
    entry = opened(api)
    path = f"{PATH}/{entry['entry_id']}"
    assert (entry["opened_on"], entry["rated"]) == ("2026-07-01", False)
    score = {"score": 5, "comment": "很及时"}
    assert firm.post(f"{path}/rating", json=score).status_code == 409  # not closed
    assert bank.post(f"{path}/close", json={"outcome": "completed"}).status_code == 200
    assert firm.post(f"{path}/close", json={"outcome": "failed"}).status_code == 409
    for wrong in (0, 6, 4.5, "5"):
        assert firm.post(f"{path}/rating", json={"score": wrong}).status_code == 422
    assert api.as_(Role.FIRM, "other").post(f"{path}/rating", json=score).status_code == 404
    for role in (Role.INSTITUTION, Role.BASE_OPERATOR, Role.ADMINISTRATOR):
        assert api.as_(role).post(f"{path}/rating", json=score).status_code == 403
    assert firm.post(f"{path}/rating", json=score).status_code == 201
    assert firm.post(f"{path}/rating", json=score).status_code == 409
    assert bank.get(path).json()["rated"] is True
    provider = bank.member.subject_id
    found = firm.get(f"{PATH}/satisfaction", params={"institution_id": provider}).json()["items"]
    assert (found[0]["n"], found[0]["mean"], found[0]["share_satisfied"]) == (1, 5.0, 1.0)


def test_the_ledger_is_read_by_those_who_take_part(api: Api):
    entry = opened(api)
    path = f"{PATH}/{entry['entry_id']}"
    for role in (Role.FIRM, Role.INSTITUTION, Role.BASE_OPERATOR, Role.ADMINISTRATOR):
        caller = api.as_(role)
        listed = caller.get(PATH, params={"open_only": True, "n": 200}).json()["items"]
        assert entry["entry_id"] in {one["entry_id"] for one in listed}
        assert caller.get(path).status_code == 200
    for role in (Role.FIRM, Role.INSTITUTION, Role.BASE_OPERATOR):
        other = api.as_(role, "other")
        assert other.get(path).status_code == 404
        assert other.post(f"{path}/close", json={"outcome": "failed"}).status_code == 404
        assert other.get(PATH).json()["items"] == []
    for role in (Role.EVALUATOR, Role.ORGANIZER):
        assert api.as_(role).get(path).status_code == 403
    shown = api.as_(Role.INSTITUTION).get(path).json()["firm"]
    assert shown.startswith("teaser_")  # a service does not tell who the firm is


def test_a_provider_opens_an_entry_for_a_firm_it_knows_by_its_handle(api: Api):
    bank, firm_id = api.as_(Role.INSTITUTION), api.member(Role.FIRM).subject_id
    handle = api.state.store.handles.handles(
        bank.member.subject_id, {firm_id: firm_id}, prefix="teaser_"
    )[firm_id]
    body = {"offer_id": offer_of(api), "subject": "授信辅导"}
    assert bank.post(PATH, json={**body, "firm": handle}).json()["firm"] == handle
    assert bank.post(PATH, json={**body, "firm": firm_id}).status_code == 404
    foreign = {**body, "firm": handle, "offer_id": offer_of(api, "other")}
    assert bank.post(PATH, json=foreign).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"offer_id": "offer_nobody"}, 404),
        ({"offer_id": None}, 422),
        ({"institution_id": "inst_nobody"}, 404),
        ({"firm": "firm_nobody"}, 404),
        ({"opened_on": "2026-07-02"}, 422),
        ({"subject": ""}, 422),
    ],
)
def test_a_wrong_entry_is_refused(api: Api, changes: dict[str, object], status: int):
    body = {"firm": api.member(Role.FIRM).subject_id, "offer_id": offer_of(api), "subject": "x"}
    answer = api.as_(Role.FIRM).post(PATH, json={**body, **changes})
    assert answer.status_code == status, answer.text


def test_a_provider_with_one_offer_is_enough(api: Api):
    store = api.state.store
    by_provider: dict[str, list[str]] = {}
    for offer in store.page(type(store.get_offer(offer_of(api))), limit=500):
        by_provider.setdefault(offer.institution_id, []).append(offer.offer_id)
    single = next((key, ids[0]) for key, ids in by_provider.items() if len(ids) == 1)
    several = next((key for key, ids in by_provider.items() if len(ids) > 1), None)
    entry = opened(api, offer_id=None, institution_id=single[0])
    assert entry["offer_id"] == single[1]
    if several is not None:
        body = {
            "firm": api.member(Role.FIRM).subject_id,
            "institution_id": several,
            "subject": "x",
        }
        answer = api.as_(Role.FIRM).post(PATH, json=body)
        assert answer.json()["error"]["field"] == "offer_id"
