"""Eligibility: verdicts, policies, counts and the words of a demand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import Catalogue
from data.errors import ArgumentError
from data.records import Firm, Need, NeedKind, Offer, SizeClass
from features.conditions import CONDITION_NAMES
from features.items import Items
from features.queries import Queries
from features.rules.answers import Answer
from matcher.eligibility import (
    RULES,
    Eligibility,
    EligibilityRules,
    EligibilityTable,
    UnknownPolicy,
)
from matcher.requirements import requirement

ON = np.datetime64("2021-03-15")
ANSWERS = st.sampled_from(list(Answer))


def table_of(*rows: dict[str, Answer]) -> EligibilityTable:
    """Make a table from the answers that are not NOT_APPLICABLE."""
    answers = np.zeros((len(rows), len(CONDITION_NAMES)), np.int8)
    for place, row in enumerate(rows):
        for name, answer in row.items():
            answers[place, CONDITION_NAMES.index(name)] = answer
    return EligibilityTable(answers)


def store(offers: list[Offer], *, firm: Firm | None = None, need: Need | None = None) -> Catalogue:
    firm = firm or Firm(firm_id="f", name="企业", province="江苏省", city="苏州市")
    need = need or Need(
        need_id="n",
        firm_id="f",
        kind=NeedKind.DEBT,
        stated_on=dt.date(2021, 1, 1),
        amount_low_minor=100_000_000,
        amount_high_minor=100_000_000,
        currency="CNY",
    )
    return Catalogue.from_records([firm, need, *offers])


def loan(number: int, **fields) -> Offer:
    made = {"offer_id": f"o{number}", "institution_id": "i", "name": "贷", "kind": NeedKind.DEBT}
    return Offer(**{**made, **fields})


def rules_of(catalogue: Catalogue) -> tuple[EligibilityRules, Queries]:
    return EligibilityRules(Items.from_catalogue(catalogue)), Queries.from_catalogue(catalogue)


def test_every_condition_is_a_rule_with_its_own_id():
    assert tuple(RULES) == CONDITION_NAMES
    assert len({rule.rule_id for rule in RULES.values()}) == len(RULES)
    assert all(rule.version and rule.source for rule in RULES.values())


@given(st.lists(st.tuples(ANSWERS, ANSWERS, ANSWERS), min_size=1, max_size=5))
def test_the_weightiest_answer_decides_for_the_pair(rows):
    names = ("region", "amount", "stage")
    table = table_of(*(dict(zip(names, row, strict=True)) for row in rows))
    for place, row in enumerate(rows):
        if Answer.UNMET in row:
            expected = Eligibility.UNMET
        elif Answer.UNKNOWN in row:
            expected = Eligibility.UNKNOWN
        elif Answer.MANUAL_REVIEW in row:
            expected = Eligibility.MANUAL_REVIEW
        elif Answer.MET in row:
            expected = Eligibility.MET
        else:
            expected = Eligibility.NOT_APPLICABLE
        assert table.value(place) is expected
        assert table.allowed()[place] == (Answer.UNMET not in row)
        hidden = {Answer.UNMET, Answer.UNKNOWN, Answer.MANUAL_REVIEW} & set(row)
        assert table.allowed(UnknownPolicy.HIDE)[place] == (not hidden)


@given(st.lists(ANSWERS, min_size=3, max_size=3), st.integers(0, 2))
def test_one_more_rule_never_lets_more_through(answers, added):
    names = ("region", "amount", "stage")
    row = dict(zip(names, answers, strict=True))
    fewer = {name: answer for name, answer in row.items() if name != names[added]}
    for policy in UnknownPolicy:
        more, less = table_of(row).allowed(policy), table_of(fewer).allowed(policy)
        assert not (more & ~less).any()


def test_each_rule_counts_what_it_keeps_out():
    table = table_of(
        {"region": Answer.UNMET, "amount": Answer.UNMET},
        {"region": Answer.UNMET, "stage": Answer.UNKNOWN},
        {"amount": Answer.MET},
        {"kind": Answer.UNMET, "region": Answer.UNMET},
    )
    assert table.excluded() == {"offer.kind": 1, "offer.region": 2, "offer.amount": 1}
    hiding = table.excluded(UnknownPolicy.HIDE)
    assert hiding == {"offer.kind": 1, "offer.region": 2, "offer.amount": 1, "offer.stage": 1}


def test_only_rules_that_apply_are_listed_with_their_demand():
    catalogue = store([loan(0, regions=("苏州市",), amount_max_minor=50_000_000, currency="CNY")])
    rules, query = rules_of(catalogue)
    table = rules.offers_for(query, on=ON)
    found = {result.rule.rule_id: result for result in table.results(0, rules.items, 0)}
    assert set(found) == {"offer.kind", "offer.region", "offer.amount"}
    assert found["offer.region"].value is Eligibility.MET
    assert found["offer.amount"].value is Eligibility.UNMET
    assert found["offer.amount"].demand_zh == "不超过50万元"
    assert found["offer.amount"].demand_en == "up to CNY 500,000"
    assert table.value(0) is Eligibility.UNMET


def test_an_unknown_fact_is_shown_or_hidden_but_never_counts_as_unmet():
    rules, query = rules_of(store([loan(0, tax_grades=("A",)), loan(1)]))
    table = rules.offers_for(query, on=ON)
    assert table.allowed(UnknownPolicy.SHOW).tolist() == [True, True]
    assert table.allowed(UnknownPolicy.HIDE).tolist() == [False, True]
    assert table.excluded() == {}


def test_kinds_replace_the_needs_own():
    offers = [loan(0), loan(1, kind=NeedKind.EQUITY), loan(2, kind=NeedKind.GUARANTEE)]
    rules, query = rules_of(store(offers))
    assert rules.offers_for(query, on=ON).allowed().tolist() == [True, False, False]
    chosen = rules.offers_for(query, on=ON, kinds=frozenset({"equity", "guarantee"}))
    assert chosen.allowed().tolist() == [False, True, True]
    assert rules.offers_for(query, on=ON, kinds=frozenset()).allowed().all()


def test_an_offer_is_open_on_its_first_and_last_day():
    offers = [loan(0, valid_from=dt.date(2021, 3, 1), valid_to=dt.date(2021, 3, 15))]
    rules, query = rules_of(store(offers))
    for day, expected in (("2021-02-28", False), ("2021-03-01", True), ("2021-03-16", False)):
        assert rules.offers_for(query, on=np.datetime64(day)).allowed()[0] == expected


def test_one_offer_and_many_needs_answer_as_each_need_alone():
    firms = [Firm(firm_id=f"f{n}", name="企业", city=c, province="江苏省")
             for n, c in enumerate(("苏州市", "南京市", None))]  # fmt: skip
    needs = [
        Need(need_id=f"n{n}", firm_id=f"f{n}", kind=kind, stated_on=dt.date(2021, 1, 1))
        for n, kind in enumerate((NeedKind.DEBT, NeedKind.DEBT, NeedKind.EQUITY))
    ]
    catalogue = Catalogue.from_records([*firms, *needs, loan(0), loan(1, regions=("苏州",))])
    rules, queries = rules_of(catalogue)
    for item in range(2):
        together = rules.needs_for(item, queries, on=ON)
        for place in range(3):
            alone = rules.offers_for(queries.take(np.array([place])), on=ON)
            assert together.answers[place].tolist() == alone.answers[item].tolist()
    both = rules.pairs(queries, np.array([0, 2]), np.array([1, 0]), on=ON)
    assert both.verdicts.tolist() == [Answer.MET, Answer.UNMET]


def test_needs_of_no_kind_ask_for_any():
    catalogue = store([loan(0, kind=NeedKind.EQUITY)])
    rules, queries = rules_of(catalogue)
    assert not rules.needs_for(0, queries, on=ON).allowed()[0]
    open_to_any = rules.needs_for(0, queries, on=ON, any_kind=np.array([True]))
    assert open_to_any.allowed()[0]


def test_offers_are_checked_for_one_need_at_a_time():
    catalogue = store([loan(0)])
    rules, queries = rules_of(catalogue)
    with pytest.raises(ArgumentError, match="one need; got 2"):
        rules.offers_for(queries.take(np.array([0, 0])), on=ON)


@pytest.mark.parametrize(
    ("name", "fields", "zh", "en"),
    [
        ("kind", {}, "债权", "debt"),
        ("region", {"regions": ("苏州市", "南京市")}, "苏州市、南京市", "苏州市, 南京市"),
        ("size_class", {"size_classes": (SizeClass.MICRO,)}, "微型", "micro"),
        ("term", {"term_min_months": 6, "term_max_months": 12}, "6至12个月", "6 to 12 months"),
        ("employees", {"employees_min": 3}, "不少于3人", "at least 3 people"),
        ("class_one_ip", {"class_one_ip_min": 1}, "不少于1项", "at least 1 rights"),
        ("revenue", {"revenue_min_minor": 10**9}, "1,000万元起", "at least CNY 10 million"),
        ("validity", {"valid_from": dt.date(2021, 3, 1)}, "2021-03-01起", "from 2021-03-01"),
        ("validity", {"valid_to": dt.date(2021, 3, 1)}, "2021-03-01止", "to 2021-03-01"),
        ("stage", {}, None, None),
        ("term", {}, None, None),
        ("validity", {}, None, None),
    ],
)  # fmt: skip
def test_demands_in_words(name, fields, zh, en):
    items = Items.from_catalogue(store([loan(0, **fields)]))
    assert requirement(items, 0, name, "zh") == zh
    assert requirement(items, 0, name, "en") == en


def test_every_rule_can_say_its_demand():
    items = Items.from_catalogue(store([loan(0)]))
    assert {requirement(items, 0, name, "zh") for name in CONDITION_NAMES} == {None, "债权"}
