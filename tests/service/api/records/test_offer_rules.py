"""Rules of one offer over HTTP: versions, faults all at once, and nobody else's rules."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from data.people import Role
from tests.service.api.conftest import Api

PATH = "/v1/offers/offer_bank/rules"
RULE: dict[str, Any] = {
    "version": "1",
    "title": {"zh": "人数", "en": "Employees"},
    "source": "产品手册",
    "require": {"employees": {"min": 3}},
}


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RULE), **changes}


def listed(desk: Api, role: Role = Role.INSTITUTION) -> list[dict[str, Any]]:
    return desk.as_(role).get(PATH).json()["items"]


def days(desk: Api) -> list[tuple[Any, ...]]:
    rules = [item["rule"] for item in listed(desk)]
    return [(r["version"], r.get("effective_from"), r.get("effective_to")) for r in rules]


def test_a_rule_is_added_and_read_by_everybody_signed_in(desk: Api):
    answer = desk.as_(Role.INSTITUTION).put(f"{PATH}/size", json=RULE)
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "size"
    assert answer.json()["in_force"]
    assert answer.json()["rule"]["offers"] == ["offer_bank"]
    assert answer.json()["rule"]["effective_from"] == "2026-07-01"
    for role in Role:
        assert [item["name"] for item in listed(desk, role)] == ["size"]
    entry = desk.state.store.audit.search(n=1)[0].entry
    assert (entry.action, entry.subject_id) == ("rules.write", "offer_bank")


def test_a_new_version_ends_the_one_before(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    bank.put(f"{PATH}/size", json=RULE)
    later = changed(version="2", effective_from="2026-08-01", require={"employees": {"min": 9}})
    assert bank.put(f"{PATH}/size", json=later).status_code == 200
    assert days(desk) == [("1", "2026-07-01", "2026-07-31"), ("2", "2026-08-01", None)]
    assert [item["in_force"] for item in listed(desk)] == [True, False]


def test_a_version_never_changes_and_the_same_again_is_nothing(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    bank.put(f"{PATH}/size", json=RULE)
    head = desk.state.store.audit.head()
    assert bank.put(f"{PATH}/size", json=RULE).status_code == 200
    assert desk.state.store.audit.head() == head
    other = bank.put(f"{PATH}/size", json=changed(require={"employees": {"min": 9}}))
    assert other.status_code == 409
    same_day = bank.put(f"{PATH}/size", json=changed(version="2"))
    assert same_day.status_code == 422
    assert "common days" in same_day.json()["error"]["message"]


def test_checking_stores_nothing(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    assert bank.put(f"{PATH}/size", params={"dry_run": True}, json=RULE).status_code == 200
    wrong = changed(require={"employees": {"min": 3}, "wizardry": True, "rule": "cn.nowhere"})
    refused = bank.put(f"{PATH}/size", params={"dry_run": True}, json=wrong)
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "bad_rules"
    assert listed(desk) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        changed(require={}),
        changed(require=None),
        changed(require={"employees": {"min": 9, "max": 3}}),
        changed(version=""),
        changed(require={"rule": "cn.nowhere"}),
        changed(surprise=1),
        changed(effective_from="2020-01-01"),
        changed(effective_from="someday"),
        changed(effective_from="2026-09-01", effective_to="2026-08-01"),
        changed(id="cn.high_tech"),
        changed(offers=["offer_fund"]),
        changed(institutions=["inst_fund"]),
        changed(kinds=["equity"]),
        [],
        "text",
        7,
    ],
)
def test_what_is_wrong_is_refused(desk: Api, body: object):
    answer = desk.as_(Role.INSTITUTION).put(f"{PATH}/size", json=body)
    assert answer.status_code == 422, answer.text
    assert listed(desk) == []


def test_deep_nesting_is_refused(desk: Api):
    deep: Any = {"employees": {"min": 1}}
    for _ in range(300):
        deep = {"all": [deep]}
    answer = desk.as_(Role.INSTITUTION).put(f"{PATH}/size", json=changed(require=deep))
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("name", ["a b", "a%2Fb", "a'b", "x" * 81, "%00"])
def test_names_are_plain(desk: Api, name: str):
    answer = desk.as_(Role.INSTITUTION).put(f"{PATH}/{name}", json=RULE)
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_writes_the_rules_of_another_offer(desk: Api, role: Role):
    caller = desk.as_(role, "other")
    refused = 404 if role is Role.INSTITUTION else 403
    assert caller.put(f"{PATH}/size", json=RULE).status_code == refused
    assert caller.delete(f"{PATH}/size").status_code == refused
    assert desk.state.store.rules.load() == []


def test_offers_have_rooms_of_their_own(desk: Api):
    for role, side, offer in (
        (Role.INSTITUTION, "own", "offer_bank"),
        (Role.INSTITUTION, "other", "offer_fund"),
    ):
        answer = desk.as_(role, side).put(f"/v1/offers/{offer}/rules/size", json=RULE)
        assert answer.status_code == 200
    assert len({rule.rule_id for rule in desk.state.store.rules.load()}) == 2
    assert len(listed(desk)) == 1


def test_a_rule_ends(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    bank.put(f"{PATH}/size", json=RULE)
    bank.put(f"{PATH}/size", json=changed(version="2", effective_from="2026-08-01"))
    desk.clock.forward(days=40)
    bank.put(f"{PATH}/size", json=changed(version="3", effective_from="2026-12-01"))
    assert bank.delete(f"{PATH}/size").status_code == 204
    assert days(desk) == [("1", "2026-07-01", "2026-07-31"), ("2", "2026-08-01", "2026-11-30")]
    assert bank.delete(f"{PATH}/nothing").status_code == 404


def test_a_rule_without_end_held_yesterday_for_the_last_time(desk: Api):
    bank = desk.as_(Role.INSTITUTION)
    bank.put(f"{PATH}/size", json=RULE)
    desk.clock.forward(days=3)
    assert bank.delete(f"{PATH}/size").status_code == 204
    assert days(desk) == [("1", "2026-07-01", "2026-07-03")]
    assert bank.delete(f"{PATH}/size").status_code == 404
