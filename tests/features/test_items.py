"""Items: what offers and their institutions declare."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from data import columns as col
from data.catalogue import Catalogue
from features.items import Items

from .conftest import institution, offer


def items_of(*records) -> Items:
    return Items.from_catalogue(Catalogue.from_records(records))


def test_own_lists_come_before_the_institutions():
    items = items_of(
        institution(1, regions=("江苏省",), sectors=("医药",), stages=("A轮",)),
        offer(1, regions=("苏州市",)),
    )
    assert items.preferences[col.REGIONS].lists() == [["苏州市"]]
    assert items.preferences[col.SECTORS].lists() == [["医药"]]
    assert items.preferences[col.STAGES].lists() == [["A轮"]]
    assert items.lists[col.SECTORS].lists() == [[]], "a preference is no condition"


def test_an_offer_of_an_unknown_institution_has_only_its_own():
    items = items_of(institution(1, city="苏州市"), offer(1), offer(2, institution_id="inst_gone"))
    assert items.institution_texts[col.CITY].tolist() == ["苏州市", None]
    assert items.institution_texts[col.NAME].tolist() == ["机构1", None]


def test_what_is_declared_later_is_not_known_before():
    declared = {"regions": ("江苏省",), "city": "苏州市", "declared_on": dt.date(2016, 9, 1)}
    items = items_of(institution(1, **declared), offer(1), institution(2, sectors=("医药",)))
    before = items.known_before(np.datetime64("2016-09-01"))
    assert before.preferences[col.REGIONS].lists() == [[]]
    assert before.institution_texts[col.CITY].tolist() == [None]
    assert not before.declares
    after = items.known_before(np.datetime64("2016-09-02"))
    assert after is items
    assert after.declares


@pytest.mark.parametrize(
    "fields",
    [
        {"regions": ("苏州市",)},
        {"term_max_months": 12},
        {"fee_pct": 1.0},
        {"resident_first": True},
    ],
)
def test_anything_but_kind_and_days_is_a_declaration(fields):
    assert not items_of(offer(1, valid_from=dt.date(2020, 1, 1))).declares
    assert items_of(offer(1, **fields)).declares


def test_the_price_is_the_middle_of_the_rate_else_the_fee():
    items = items_of(
        offer(1, rate_low_pct=3.0, rate_high_pct=4.0),
        offer(2, rate_low_pct=3.0),
        offer(3, fee_pct=1.5),
        offer(4),
    )
    assert items.price[:3].tolist() == [(3.0 + 4.0) / 2, 3.0, 1.5]
    assert np.isnan(items.price[3])


def test_taking_rows_keeps_each_offer_whole():
    items = items_of(
        institution(1, name="甲"),
        offer(1, regions=("苏州市",), amount_max_minor=5),
        offer(2, regions=("杭州市", "南京市"), amount_max_minor=7, valid_to=dt.date(2021, 1, 1)),
    )
    turned = items.take(np.array([1, 0]))
    assert turned.offer_ids.ids == ("offer_2", "offer_1")
    assert turned.lists[col.REGIONS].lists() == [["杭州市", "南京市"], ["苏州市"]]
    assert turned.bounds[col.AMOUNT_MAX_MINOR].tolist() == [7, 5]
    assert turned.valid_to[0] == np.datetime64("2021-01-01")
    assert turned.institution_texts[col.NAME].tolist() == [None, "甲"]


def test_items_follow_the_order_of_the_rows_they_are_read_by():
    catalogue = Catalogue.from_records([offer(1), offer(2), offer(3)])
    items = Items.from_catalogue(catalogue, np.array([2, 0]))
    assert items.offer_ids.ids == ("offer_3", "offer_1")
