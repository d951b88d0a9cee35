"""Proposals: applied, each makes the pair eligible; what nobody can change is never proposed."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.rules.conditions import Band, Bounds, Group, Mode, Never, OneOf, Op, Score, When
from data.rules.effort import read_efforts
from data.rules.facts import Figure
from features.rules.answers import Answer
from features.rules.fact_table import whole_months
from features.rules.stated import table_of
from matcher.rules.advice import change_text
from matcher.rules.counterfactual import Counterfactuals
from matcher.rules.situation import WAITED, Situation


def _load(name: str):
    path = Path(__file__).parents[2] / "features" / "rules" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"shared_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


slow, worlds = _load("slow_rules"), _load("worlds")

TODAY, FOUNDED = dt.date(2026, 7, 1), dt.date(2025, 3, 10)
EFFORTS = read_efforts()
WAN = 1_000_000


def find(condition, facts, *, k=3, founded=FOUNDED):
    at = Situation(table_of(facts), TODAY, founded)
    return Counterfactuals([condition], EFFORTS).proposals(at, k=k)


def applied(facts, proposal):
    """The facts of a firm after a proposal, by name: nothing of the engine is used."""
    import numpy as np

    after = dict(facts)
    for change in proposal.changes:
        if change.fact not in WAITED:
            after[change.fact] = change.after
            after |= dict(change.also)
    days = [np.array([day], "datetime64[D]") for day in (TODAY, proposal.on)]
    passed = whole_months(days[0], days[1])[0]
    if "age" in after and proposal.on > TODAY:
        founded = np.array([FOUNDED], "datetime64[D]")
        after["age"] = Figure(float(whole_months(founded, days[1])[0]))
    for fact in ("operating_months", "niche_months"):
        if fact in after:
            after[fact] = Figure(after[fact].number + passed)
    return after


@settings(max_examples=400, deadline=None)
@given(worlds.CONDITIONS, worlds.firms())
def test_every_proposal_makes_the_pair_eligible(condition, facts):
    was = slow.answer(condition, facts)
    for proposal in find(condition, facts):
        assert was == "UNMET"
        then = applied(facts, proposal)
        found = slow.answer(condition, then)
        assert found != "UNMET", (proposal, then)
        assert found == proposal.verdict.name
        assert proposal.on >= TODAY
        for change in proposal.changes:
            assert change.fact not in ("veto", "industry", "stage", "founded_on")
            assert change_text(change, "zh")
            assert change_text(change, "en")


@settings(max_examples=200, deadline=None)
@given(worlds.CONDITIONS, worlds.firms())
def test_no_change_of_a_proposal_can_be_left_out(condition, facts):
    at = Situation(table_of(facts), TODAY, FOUNDED)
    search = Counterfactuals([condition], EFFORTS)
    for proposal in search.proposals(at):
        for change in proposal.changes:
            fewer = tuple(other for other in proposal.changes if other is not change)
            assert search.verdict(at.with_changes(fewer)) == Answer.UNMET


def only(condition, facts, **options):
    (proposal,) = find(condition, facts, k=1, **options)
    (change,) = proposal.changes
    return change


def test_the_share_of_research_says_the_money_that_is_missing():
    facts = {"rd_expense": Figure(207 * WAN, "CNY"), "revenue": Figure(4500 * WAN, "CNY")}
    change = only(Bounds("rd_share", least=5.0), facts)
    assert change.after == Figure(225 * WAN, "CNY")  # 4500 × 5 % = 225
    assert change_text(change, "zh") == "研发费用占比 4.6% → 5%，研发费用增加约18万元"
    assert change_text(change, "en") == (
        "R&D share of revenue 4.6% → 5%: raise R&D expense by CNY 180,000"
    )


def test_hired_people_count_among_the_staff_as_well():
    facts = {"hired_eligible": Figure(0), "employees": Figure(18)}
    change = only(Bounds("hired_share", least=10.0), facts)
    assert change.after == Figure(2)  # 2 / (18 + 2) = 10 %
    assert dict(change.also) == {"employees": Figure(20)}
    assert "hire 2 eligible people" in change_text(change, "en")
    facts = {"hired_eligible": Figure(0), "employees": Figure(20)}
    assert only(Bounds("hired_share", least=10.0), facts).after == Figure(3)  # 2 / 22 < 10 %


def test_a_grade_comes_in_the_april_after_a_full_year():
    condition = OneOf("tax_grade", ("A", "B"))
    change = only(condition, {"tax_grade": ("M",)}, founded=dt.date(2025, 8, 1))
    assert (change.added, change.on) == ("B", dt.date(2027, 4, 1))  # 2026 is the full year
    assert change_text(change, "en") == "tax credit grade B (earliest rating date 2027-04-01)"
    assert find(condition, {"tax_grade": ("D",)}) == []
    grade_a = only(OneOf("tax_grade", ("A",)), {"tax_grade": ("B",)}, founded=dt.date(2025, 8, 1))
    assert grade_a.on == dt.date(2029, 4, 1)  # three years of operation on 2028-08-01


def test_an_age_is_waited_for_and_names_its_day():
    change = only(Bounds("age", least=24.0), {"age": Figure(15)})
    assert change.on == dt.date(2027, 3, 10)
    assert find(Bounds("age", most=12.0), {"age": Figure(15)}) == []


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        (OneOf("veto", ("dishonest_debtor",), Mode.NONE), {"veto": ("dishonest_debtor",)}),
        (OneOf("industry", ("I65",)), {"industry": ("C39",)}),
        (Never("用完", "used up"), {}),
        (OneOf("stage", ("A轮",)), {"stage": ("种子轮",)}),
    ],
)
def test_what_nobody_can_change_is_never_proposed(condition, facts):
    assert find(condition, facts) == []


def test_the_easier_of_two_ways_comes_first():
    condition = Group(
        Op.ANY, (OneOf("credential", ("high_tech",)), OneOf("collateral", ("房产抵押",)))
    )
    found = find(condition, {"credential": (), "collateral": ()})
    assert [proposal.changes[0].fact for proposal in found] == ["collateral", "credential"]


def test_two_bounds_on_one_fact_become_one_change():
    condition = Group(
        Op.ALL, (Bounds("class_one_ip", least=1.0), Bounds("class_one_ip", least=4.0))
    )
    assert only(condition, {"class_one_ip": Figure(0)}).after == Figure(4)


def test_a_score_is_lifted_by_its_cheapest_item():
    score = Score(
        30,
        (
            (Band(20, Bounds("rd_share", least=5.0)),),
            (
                Band(10, Bounds("class_two_ip", least=1.0)),
                Band(30, Bounds("class_one_ip", least=1.0)),
            ),
        ),
    )  # fmt: skip
    facts = {"rd_share": Figure(5), "class_two_ip": Figure(0), "class_one_ip": Figure(0)}
    assert only(score, facts).fact == "class_two_ip"  # 20 + 10 suffices


def test_leaving_a_group_to_which_a_rule_applies_is_a_way_out():
    condition = When(Bounds("amount", least=500.0 * WAN), OneOf("veto", ("x",)))
    facts = {"amount": Figure(600 * WAN, "CNY"), "veto": ()}
    change = only(condition, facts)
    assert change.fact == "amount"
    assert change.after == Figure(499 * WAN, "CNY")


def test_changes_that_disturb_each_other_are_mended():
    condition = Group(Op.ALL, (Bounds("hired_share", least=10.0), Bounds("employees", least=40.0)))
    facts = {"hired_eligible": Figure(0), "employees": Figure(30)}
    for proposal in find(condition, facts):
        after = applied(facts, proposal)
        assert after["employees"].number >= 40
        assert after["hired_eligible"].number / after["employees"].number >= 0.1


def test_unknown_facts_are_questions_and_no_obstacles():
    condition = Group(Op.ALL, (Bounds("age", least=1.0), OneOf("collateral", ("房产抵押",))))
    (proposal,) = find(condition, {"collateral": ()})
    assert proposal.verdict is Answer.UNKNOWN
    assert find(Bounds("age", least=1.0), {}) == []


@given(st.integers(0, 400), st.integers(1, 400))
def test_staff_is_raised_exactly_to_its_bound(now, least):
    found = find(Bounds("employees", least=float(least)), {"employees": Figure(now)})
    assert [p.changes[0].after for p in found] == ([] if now >= least else [Figure(float(least))])
