"""The conditions of offers: the fast answers are those of the slow, obvious evaluator."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import Catalogue
from data.records import (
    Base,
    BaseLevel,
    Credential,
    Firm,
    Need,
    NeedKind,
    Offer,
    SizeClass,
    TaxGrade,
)
from features.conditions import CONDITION_NAMES, Conditions
from features.items import Items
from features.list_index import place_key
from features.queries import Queries
from features.rules.answers import Answer
from features.rules.fact_table import whole_months

from .slow_conditions import check_all

ON = dt.date(2021, 3, 15)


def maybe(values):
    return st.none() | values


def some(values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2022, 12, 31))
SMALL = st.integers(0, 4)
CURRENCIES = maybe(st.sampled_from(["CNY", "USD"]))
PLACES = ["江苏省", "江苏", "浙江省", "苏州市", "苏州", "杭州市", "Boston", "CHN"]
CODES = ["C", "C39", "C3971", "C27", "I", "I65", "39", "3971", "52"]

BASES = st.builds(
    Base,
    base_id=st.just("base_1"),
    name=st.just("基地"),
    level=maybe(st.sampled_from(BaseLevel)),
    province=maybe(st.sampled_from(PLACES)),
    city=maybe(st.sampled_from(PLACES)),
)
FIRMS = st.builds(
    Firm,
    firm_id=st.just("firm_1"),
    name=st.just("企业"),
    base_id=maybe(st.sampled_from(["base_1", "base_2"])),
    country=maybe(st.just("CHN")),
    province=maybe(st.sampled_from(PLACES)),
    metro=maybe(st.sampled_from(PLACES)),
    city=maybe(st.sampled_from(PLACES)),
    district=maybe(st.sampled_from(PLACES)),
    industry=maybe(st.sampled_from([code.lower() for code in CODES])),
    sectors=some(["芯片", "医药"]),
    founded_on=maybe(DAYS),
    employees=maybe(SMALL),
    size_class=maybe(st.sampled_from(SizeClass)),
    revenue_minor=maybe(SMALL),
    currency=CURRENCIES,
    credentials=some(list(Credential)[:3]),
    tax_grade=maybe(st.sampled_from(TaxGrade)),
    class_one_ip=maybe(SMALL),
)
OFFERS = st.builds(
    Offer,
    offer_id=st.just("offer"),
    institution_id=st.just("inst"),
    name=st.just("产品"),
    kind=st.sampled_from(NeedKind),
    amount_min_minor=maybe(SMALL),
    amount_max_minor=maybe(SMALL),
    currency=CURRENCIES,
    term_min_months=maybe(SMALL),
    term_max_months=maybe(SMALL),
    regions=some([*PLACES, "全国"]),
    base_ids=some(["base_1", "base_3"]),
    base_levels=some(list(BaseLevel)),
    industries=some(CODES),
    industries_excluded=some(CODES),
    sectors=some(["芯片", "材料"]),
    stages=some(["A轮", "B轮"]),
    size_classes=some(list(SizeClass)),
    credentials_any=some(list(Credential)[:3]),
    tax_grades=some(list(TaxGrade)),
    collateral_any=some(["房产抵押", "个人保证"]),
    purposes=some(["流动资金周转", "购置设备"]),
    firm_age_min_months=maybe(st.integers(0, 20)),
    firm_age_max_months=maybe(st.integers(0, 20)),
    employees_min=maybe(SMALL),
    employees_max=maybe(SMALL),
    revenue_min_minor=maybe(SMALL),
    revenue_max_minor=maybe(SMALL),
    class_one_ip_min=maybe(SMALL),
    valid_from=maybe(DAYS),
    valid_to=maybe(DAYS),
)


@st.composite
def askers(draw):
    """A need with its firm or of a base, and the base where the firm resides, if it is known."""
    firm = draw(maybe(FIRMS))
    base = draw(BASES if firm is None else maybe(BASES))
    amounts = (draw(maybe(SMALL)), draw(maybe(SMALL)))
    if None not in amounts:
        amounts = tuple(sorted(amounts))
    need = Need(
        need_id="need",
        firm_id=None if firm is None else firm.firm_id,
        base_id="base_1" if firm is None else None,
        kind=draw(st.sampled_from(NeedKind)),
        stated_on=draw(DAYS),
        stage=draw(maybe(st.sampled_from(["A轮", "C轮"]))),
        amount_low_minor=amounts[0],
        amount_high_minor=amounts[1],
        currency=draw(CURRENCIES),
        purpose=draw(maybe(st.sampled_from(["流动资金周转", "研发投入"]))),
        term_months=draw(maybe(SMALL)),
        collateral=draw(some(["房产抵押", "设备抵押"])),
        employees=draw(maybe(SMALL)),
    )
    return need, firm, base


def catalogue_of(asker, offers):
    need, firm, base = asker
    numbered = [
        Offer(**{**{n: getattr(offer, n) for n in offer.__slots__}, "offer_id": f"offer_{i}"})
        for i, offer in enumerate(offers)
    ]
    return Catalogue.from_records([r for r in (base, firm, need, *numbered) if r is not None])


@settings(max_examples=150, deadline=None)
@given(asker=askers(), offers=st.lists(OFFERS, min_size=1, max_size=4))
def test_every_answer_is_the_slow_evaluators(asker, offers):
    catalogue = catalogue_of(asker, offers)
    queries, n = Queries.from_catalogue(catalogue), len(offers)
    table = Conditions(Items.from_catalogue(catalogue)).check(
        queries, np.zeros(n, np.int64), np.arange(n), days=np.array([ON], "datetime64[D]")
    )
    need, firm, base = asker
    resides = firm is None or firm.base_id == "base_1"
    for row, offer in enumerate(offers):
        expected = check_all(need, firm, base if resides else None, offer, ON)
        found = dict(zip(CONDITION_NAMES, (Answer(int(a)).name for a in table[row]), strict=True))
        assert found == expected


def answers(need_fields=(), firm_fields=(), offer_fields=()):
    """Answer the conditions of one made pair, by name."""
    firm = Firm(firm_id="firm_1", name="企业", **dict(firm_fields))
    need = Need(
        need_id="n", firm_id="firm_1", kind=NeedKind.DEBT, stated_on=ON, **dict(need_fields)
    )
    made = {"offer_id": "o", "institution_id": "i", "name": "产品", "kind": NeedKind.DEBT}
    catalogue = Catalogue.from_records([firm, need, Offer(**{**made, **dict(offer_fields)})])
    zero = np.zeros(1, np.int64)
    found = Conditions(Items.from_catalogue(catalogue)).check(
        Queries.from_catalogue(catalogue), zero, zero, days=np.array([ON], "datetime64[D]")
    )
    return dict(zip(CONDITION_NAMES, (Answer(int(a)).name for a in found[0]), strict=True))


def test_an_offer_that_states_nothing_asks_for_its_kind_alone():
    found = answers()
    assert found.pop("kind") == "MET"
    assert set(found.values()) == {"NOT_APPLICABLE"}


@pytest.mark.parametrize(
    ("firm", "regions", "expected"),
    [
        ({"province": "江苏省", "city": "苏州市"}, ("苏州",), "MET"),
        ({"province": "江苏", "city": "昆山市"}, ("江苏省",), "MET"),
        ({"province": "江苏省", "city": "苏州市", "district": "昆山市"}, ("昆山",), "MET"),
        ({"province": "江苏省", "city": "苏州市"}, ("杭州市",), "UNMET"),
        ({"province": "江苏省"}, ("苏州市",), "UNKNOWN"),
        ({}, ("苏州市",), "UNKNOWN"),
        ({}, ("全国",), "NOT_APPLICABLE"),
    ],
)
def test_places_match_in_any_spelling_and_unknown_is_not_elsewhere(firm, regions, expected):
    assert answers(firm_fields=firm, offer_fields={"regions": regions})["region"] == expected


@pytest.mark.parametrize(
    ("own", "listed", "accepted", "refused"),
    [
        ("C3971", ("C39",), "MET", "UNMET"),
        ("C3971", ("I",), "UNMET", "MET"),
        ("C", ("C39",), "UNKNOWN", "UNKNOWN"),
        ("5415", ("C39",), "UNKNOWN", "UNKNOWN"),
        (None, ("C39",), "UNKNOWN", "UNKNOWN"),
    ],
)
def test_industry_codes_hold_what_begins_with_them(own, listed, accepted, refused):
    found = answers(
        firm_fields={"industry": own},
        offer_fields={"industries": listed, "industries_excluded": listed},
    )
    assert (found["industry"], found["industry_excluded"]) == (accepted, refused)


def test_another_currency_is_for_a_person_to_judge():
    need = {"amount_low_minor": 5, "amount_high_minor": 5, "currency": "USD"}
    assert answers(need, (), {"amount_max_minor": 4, "currency": "CNY"})["amount"] == (
        "MANUAL_REVIEW"
    )
    assert answers(need, (), {"amount_max_minor": 4, "currency": "USD"})["amount"] == "UNMET"
    assert answers(need, (), {"amount_max_minor": 4})["amount"] == "UNMET"


def test_amount_bands_match_where_they_overlap():
    bounds = {"amount_min_minor": 10, "amount_max_minor": 20}
    for band, expected in (
        ((1, 9), "UNMET"),
        ((1, 10), "MET"),
        ((20, 90), "MET"),
        ((21, 90), "UNMET"),
    ):
        need = {"amount_low_minor": band[0], "amount_high_minor": band[1]}
        assert answers(need, (), bounds)["amount"] == expected


def test_a_month_is_complete_on_the_day_it_began():
    start = np.array(["2020-01-31", "2020-01-15", "2020-01-15", "NaT"], "datetime64[D]")
    end = np.array(["2020-02-29", "2020-02-15", "2020-02-14", "2020-02-14"], "datetime64[D]")
    assert whole_months(start, end)[:3].tolist() == [0, 1, 0]
    assert np.isnan(whole_months(start, end)[3])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("江苏省", "江苏"),
        (" 苏州市", "苏州"),
        ("BOSTON", "boston"),
        ("沙市", "沙市"),
        ("内蒙古自治区", "内蒙古"),
    ],
)
def test_place_keys(name, key):
    assert place_key(name) == key
