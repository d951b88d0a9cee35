"""Roadshows in every backend: versions, states and reports, and a firm that is erased from them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from data.audit import Entry
from data.errors import ArgumentError, UnknownIdError
from data.records import Firm
from data.store import Store
from data.store.roadshow_store import StoredPlan, StoredReport

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)


def stored(version: int = 1, **changes: object) -> StoredPlan:
    fields = {
        "roadshow_id": "r1",
        "version": version,
        "input_hash": "abc",
        "seed": 7,
        "solver_version": "1",
        "created_at": NOON,
        "problem": {
            "firms": [{"participant_id": "firm_a", "name": "甲"}, {"participant_id": "firm_b"}],
            "kind_rules": [{"rule_id": "k", "firm_ids": ["firm_a", "firm_b"]}],
            "scores": [["firm_a", "inst_x", 1.5], ["firm_b", "inst_x", 2.0]],
        },
        "plan": {
            "meetings": [{"firm_id": "firm_a", "institution_id": "inst_x"}],
            "violations": [{"who": ["firm_a"], "rule": "firm_minimum"}],
        },
    }
    return StoredPlan(**{**fields, **changes})  # type: ignore[arg-type]


def report(**changes: object) -> StoredReport:
    fields = {
        "roadshow_id": "r1",
        "firm_id": "firm_a",
        "institution_id": "inst_x",
        "attendance": "attended",
        "outcome": "application",
        "outcome_on": dt.date(2026, 9, 3),
        "follow_up_on": None,
        "note": "带材料",
        "recorded_at": NOON,
    }
    return StoredReport(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_plan_comes_back_as_it_was(store: Store) -> None:
    store.roadshows.add_plan(stored(), name="秋季对接会")
    assert store.roadshows.get_plan("r1") == stored()
    found = store.roadshows.get("r1")
    assert (found.name, found.state, found.version, found.changed_at) == (
        "秋季对接会",
        "draft",
        1,
        NOON,
    )


def test_versions_count_up_and_all_stay(store: Store) -> None:
    store.roadshows.add_plan(stored(), name="a")
    store.roadshows.add_plan(stored(2, input_hash="def"), name="b")
    assert store.roadshows.get_plan("r1").input_hash == "def"
    assert store.roadshows.get_plan("r1", version=1).input_hash == "abc"
    assert store.roadshows.get("r1").name == "b"
    with pytest.raises(ArgumentError, match=r"next version of 'r1' is 3; got 2"):
        store.roadshows.add_plan(stored(2), name="c")


def test_what_is_not_there_is_none_or_refused(store: Store) -> None:
    assert store.roadshows.find("r1") is None
    assert store.roadshows.find_plan("r1") is None
    assert store.roadshows.list_all() == []
    with pytest.raises(UnknownIdError, match="no roadshow 'r1'"):
        store.roadshows.get("r1")
    with pytest.raises(UnknownIdError, match="no plan of version 3"):
        store.roadshows.get_plan("r1", version=3)


def test_the_state_changes_only_from_what_it_is(store: Store) -> None:
    store.roadshows.add_plan(stored(), name="a")
    later = NOON + dt.timedelta(hours=1)
    store.roadshows.set_state("r1", before="draft", after="published", changed_at=later)
    assert store.roadshows.get("r1").state == "published"
    assert store.roadshows.get("r1").changed_at == later
    with pytest.raises(ArgumentError, match="not draft any more"):
        store.roadshows.set_state("r1", before="draft", after="published", changed_at=later)


def test_the_one_changed_last_is_listed_first(store: Store) -> None:
    store.roadshows.add_plan(stored(), name="a")
    store.roadshows.add_plan(
        stored(roadshow_id="r2", created_at=NOON + dt.timedelta(days=1)), name="b"
    )
    assert [one.roadshow_id for one in store.roadshows.list_all()] == ["r2", "r1"]


def test_the_later_report_wins(store: Store) -> None:
    assert store.roadshows.put_reports([report(), report(firm_id="firm_b")]) == 2
    assert store.roadshows.put_reports([report(outcome="funded")]) == 1
    assert store.roadshows.reports_of("r1") == [
        report(outcome="funded"),
        report(firm_id="firm_b"),
    ]


def test_an_erased_firm_leaves_plans_and_reports(store: Store) -> None:
    store.upsert(Firm, [Firm(firm_id="firm_a", name="甲")])
    store.roadshows.add_plan(stored(), name="a")
    store.roadshows.put_reports([report(), report(firm_id="firm_b")])
    store.erase_firm("firm_a", erased_at=NOON, reason="asked")
    found = store.roadshows.get_plan("r1")
    assert "firm_a" not in str(dataclasses.asdict(found))
    assert found.problem["kind_rules"] == [{"rule_id": "k", "firm_ids": ["firm_b"]}]
    assert found.plan == {"meetings": [], "violations": []}
    assert found.input_hash == ""
    assert [one.firm_id for one in store.roadshows.reports_of("r1")] == ["firm_b"]


def test_a_roadshow_keeps_its_owner(store: Store) -> None:
    store.roadshows.add_plan(stored(), name="a", organisation_id="org_a")
    store.roadshows.add_plan(stored(2), name="b", organisation_id="org_b")
    store.roadshows.add_plan(stored(roadshow_id="r2"), name="c")
    assert store.roadshows.get("r1").organisation_id == "org_a"
    assert store.roadshows.get("r2").organisation_id is None
    assert [one.roadshow_id for one in store.roadshows.list_all(organisation_id="org_a")] == ["r1"]
    assert store.roadshows.list_all(organisation_id="org_b") == []
    assert len(store.roadshows.list_all()) == 2


def test_changes_stand_in_the_audit_log_with_their_entry_or_not_at_all(store: Store) -> None:
    def entry(action: str) -> Entry:
        return Entry(at=NOON, action=action, subject_type="roadshow", subject_id="r1")

    store.roadshows.add_plan(stored(), name="a", entry=entry("plan"))
    store.roadshows.set_state(
        "r1", before="draft", after="published", changed_at=NOON, entry=entry("advance")
    )
    with pytest.raises(ArgumentError):
        store.roadshows.add_plan(stored(), name="a", entry=entry("twice"))
    with pytest.raises(ArgumentError):
        store.roadshows.set_state(
            "r1", before="draft", after="published", changed_at=NOON, entry=entry("twice")
        )
    assert [row.entry.action for row in store.audit.search()] == ["advance", "plan"]
