"""Rules beside the columns of offers: scope, versions, counts, replay, the reverse view."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import Firm, Institution, InstitutionKind, Need, NeedKind, Offer
from data.rules.book import RuleBook
from data.rules.effort import read_efforts
from data.rules.facts import Fact, Figure
from data.rules.files import rules_from_plain
from features.items import Items
from features.queries import Queries
from features.rules.answers import Answer
from features.rules.fact_table import FactTable
from matcher.eligibility import EligibilityRules, UnknownPolicy
from matcher.rules.checkup import check_up
from matcher.rules.openers import openers
from matcher.rules.replay import answer_content, replay, rules_of_offer
from matcher.rules.situation import Situation

DAY = dt.date(2026, 7, 1)
ON = np.datetime64(DAY, "D")
WAN = 1_000_000

FIRMS = [
    Firm(firm_id="f0", name="甲", employees=5, credentials=("tech_sme",), currency="CNY",
         revenue_minor=900 * WAN, founded_on=dt.date(2020, 1, 1)),
    Firm(firm_id="f1", name="乙", employees=50, currency="CNY", revenue_minor=2000 * WAN),
    Firm(firm_id="f2", name="丙"),
]  # fmt: skip
NEEDS = [
    Need(need_id=f"n{n}", firm_id=f"f{n}", kind=NeedKind.DEBT, stated_on=DAY,
         amount_low_minor=100 * WAN, amount_high_minor=100 * WAN, currency="CNY")
    for n in range(3)
]  # fmt: skip
OFFERS = [
    Offer(offer_id="o0", institution_id="i0", name="甲贷", kind=NeedKind.DEBT,
          amount_max_minor=500 * WAN, currency="CNY"),
    Offer(offer_id="o1", institution_id="i0", name="乙贷", kind=NeedKind.DEBT,
          amount_max_minor=50 * WAN, currency="CNY"),
    Offer(offer_id="o2", institution_id="i1", name="丙投", kind=NeedKind.EQUITY),
]  # fmt: skip
BANKS = [
    Institution(institution_id=f"i{n}", name="行", kind=InstitutionKind.BANK) for n in range(2)
]
CATALOGUE = Catalogue.from_records([*FIRMS, *NEEDS, *OFFERS, *BANKS])


def book(*rules):
    return RuleBook.with_national(rules_from_plain([{"version": "1", **rule} for rule in rules]))


def rules_with(*rules) -> EligibilityRules:
    return EligibilityRules(Items.from_catalogue(CATALOGUE), book(*rules))


def facts_of(*rows: int) -> FactTable:
    queries = Queries.from_catalogue(CATALOGUE).take(np.array(rows))
    return FactTable.from_queries(queries, np.full(len(rows), ON))


STAFF = {"id": "staff", "offers": ["o0"], "require": {"employees": {"min": 10}}}
TITLE = {"id": "title", "institutions": ["i0"], "require": {"credential": ["tech_sme"]}}
LOANS = {"id": "loans", "kinds": ["debt"], "require": {"revenue": {"min": "1000万元"}}}


def said(table, pair):
    return {rule.rule_id: answer.name for rule, answer, _ in table.attached.of(pair)}


def test_a_rule_restricts_the_offers_of_its_scope():
    table = rules_with(STAFF, TITLE, LOANS).offers_for_facts(facts_of(0), on=ON)
    assert said(table, 0) == {"loans": "UNMET", "staff": "UNMET", "title": "MET"}
    assert said(table, 1) == {"loans": "UNMET", "title": "MET"}
    assert said(table, 2) == {}
    named = {**STAFF, "id": "both", "institutions": ["i1"], "kinds": ["debt"]}
    assert said(rules_with(named).offers_for_facts(facts_of(0), on=ON), 0) == {"both": "UNMET"}
    assert said(rules_with(named).offers_for_facts(facts_of(0), on=ON), 2) == {}


def test_all_three_directions_answer_alike():
    rules = rules_with(STAFF, TITLE, LOANS)
    facts = facts_of(0, 1, 2)
    pairs = [(q, i) for q in range(3) for i in range(3)]
    query, item = (np.array(side) for side in zip(*pairs, strict=True))
    some = rules.pairs(facts, query, item, on=ON)
    for place, (q, i) in enumerate(pairs):
        by_firm = rules.offers_for_facts(facts.take(np.array([q])), on=ON)
        by_offer = rules.needs_for(i, facts, on=ON)
        expected = some.verdicts[place]
        assert by_firm.verdicts[i] == expected
        assert by_offer.verdicts[q] == expected
        assert said(some, place) == said(by_firm, i)
        found = {} if by_offer.attached is None else said(by_offer, q)
        assert found == said(some, place)


def test_rules_count_what_they_keep_out_and_unknown_is_never_unmet():
    rules = rules_with(STAFF, TITLE, LOANS)
    table = rules.offers_for_facts(facts_of(1), on=ON)
    assert table.excluded() == {"offer.kind": 1, "offer.amount": 1}
    hiding = table.excluded(UnknownPolicy.HIDE)
    assert hiding == {"offer.kind": 1, "offer.amount": 1, "title": 2}  # no titles known: open
    unknown = rules.offers_for_facts(facts_of(2), on=ON)
    assert unknown.verdicts[0] == Answer.UNKNOWN
    assert unknown.allowed()[0]
    assert not unknown.allowed(UnknownPolicy.HIDE)[0]


def test_results_carry_version_source_and_demand():
    rules = rules_with({**STAFF, "source": "第3条", "title": {"zh": "人数", "en": "Staff"}})
    table = rules.offers_for_facts(facts_of(0), on=ON)
    result = next(r for r in table.results(0, rules.items, 0) if r.rule.rule_id == "staff")
    assert (result.rule.version, result.rule.source) == ("1", "第3条")
    assert (result.demand_zh, result.demand_en) == ("职工人数≥10人", "staff ≥ 10 people")
    assert rules.titles(DAY) == {"staff": ("人数", "Staff")}


def test_the_version_of_the_day_counts():
    rules = rules_with(
        {**STAFF, "effective_to": "2026-06-30"},
        {**STAFF, "version": "2", "effective_from": "2026-07-01",
         "require": {"employees": {"min": 3}}},
    )  # fmt: skip
    before = np.datetime64("2026-06-30")
    assert said(rules.offers_for_facts(facts_of(0), on=before), 0) == {"staff": "UNMET"}
    assert said(rules.offers_for_facts(facts_of(0), on=ON), 0) == {"staff": "MET"}


def test_one_more_rule_never_lets_more_through():
    for policy in UnknownPolicy:
        fewer = rules_with(STAFF).offers_for_facts(facts_of(0), on=ON).allowed(policy)
        more = rules_with(STAFF, TITLE).offers_for_facts(facts_of(0), on=ON).allowed(policy)
        assert not (more & ~fewer).any()


@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_kept_answer_is_given_again_from_itself_alone(row):
    rules = rules_with(STAFF, TITLE, {**LOANS, "require": {"rule": "cn.high_tech.rd"}})
    facts = facts_of(row)
    own = rules_of_offer(rules.items, 0, rules.attached(DAY).rules_of(0))
    content = json.loads(json.dumps(answer_content(own, rules.book, facts, DAY)))
    assert [rule["id"] for rule in content["definitions"]] == ["cn.high_tech.rd"]
    again = replay(content)
    assert all(one.same for one in again)
    assert {one.rule_id for one in again} >= {"offer.kind", "offer.amount", "staff", "title"}
    content["facts"]["employees"] = {"low": 99.0, "high": 99.0, "currency": None}
    if row == 0:
        assert [one.rule_id for one in replay(content) if not one.same] == ["staff"]


# ---------------------------------------------------------------- reverse view and checkup


def situation(row: int) -> Situation:
    return Situation(facts_of(row), DAY, FIRMS[row].founded_on)


def test_the_change_that_opens_most_comes_first():
    rules = rules_with(STAFF, TITLE)
    # o0 lacks staff alone; o1 lacks nothing but the smaller amount
    found = openers(rules, situation(0), read_efforts(), k=5)
    assert {one.change.fact: one.items for one in found} == {"employees": (0,), "amount": (1,)}
    assert found[0].change.fact == "employees"  # 500 万元 before 50 万元
    assert found[0].cny == 500 * WAN
    before = rules.offers_for_facts(facts_of(0), on=ON).allowed()
    for one in found:
        after = rules.offers_for_facts(situation(0).with_changes((one.change,)).facts, on=ON)
        assert set(np.flatnonzero(after.allowed() & ~before)) == set(one.items)


def test_the_checkup_finds_gaps_near_misses_and_what_ends():
    rules = rules_with(STAFF, LOANS, {**TITLE, "require": {"hired_share": {"min": "5%"}}})
    ending = Fact(
        subject_id="f0", name="platform_score", value=Figure(60), known_on=dt.date(2026, 1, 1),
        expires_on=dt.date(2026, 8, 1),
    )  # fmt: skip
    found = check_up(
        rules, situation(0), read_efforts(), firm=FIRMS[0], statements={"platform_score": ending}
    )
    assert [(gap.fact, gap.n_offers) for gap in found.gaps] == [("hired_eligible", 2)]
    assert [(near.fact, near.n_offers) for near in found.near] == [("revenue", 2)]  # 900 of 1000
    assert [(one.fact, one.ended) for one in found.endings] == [("platform_score", False)]
    assert found.oddities == ()


def test_a_base_has_needs_and_rules_of_its_own():
    from data.records import Base, BaseLevel

    base = Base(
        base_id="b", name="基地", level=BaseLevel.NATIONAL, province="江苏省", city="苏州市"
    )
    need = Need(
        need_id="nb", base_id="b", kind=NeedKind.DEBT, stated_on=DAY, purpose="闲置厂房改造",
        amount_low_minor=100 * WAN, amount_high_minor=100 * WAN, currency="CNY",
    )  # fmt: skip
    catalogue = Catalogue.from_records([base, need, *OFFERS])
    rules = EligibilityRules(
        Items.from_catalogue(catalogue),
        book(
            {"id": "level", "offers": ["o0"], "require": {"base_level": ["national"]}},
            {"id": "place", "offers": ["o0"], "require": {"region": ["南京市"]}},
            {"id": "staff", "offers": ["o0"], "require": {"employees": {"min": 3}}},
        ),
    )
    table = rules.offers_for(Queries.from_catalogue(catalogue), on=ON)
    assert said(table, 0) == {"level": "MET", "place": "UNMET", "staff": "UNKNOWN"}
