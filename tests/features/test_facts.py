"""Facts: what is looked up for the sentences of a shown pair."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from data.catalogue import Catalogue
from features.deals import DealBook
from features.facts import PLACEHOLDERS, FactFinder
from features.items import Items
from features.links import Links
from features.queries import Queries

from .conftest import firm, institution, link, need, offer

DEALS = (
    # firm, day, offer
    (0, dt.date(2017, 1, 5), 1),
    (2, dt.date(2018, 3, 9), 1),
    (4, dt.date(2019, 6, 1), 1),
    (1, dt.date(2018, 5, 5), 2),
    (0, dt.date(2019, 1, 1), 3),
    (2, dt.date(2019, 1, 2), 3),
)
TERMS = {
    "amount_min_minor": 50_000_000,
    "amount_max_minor": 300_000_000,
    "currency": "CNY",
    "rate_low_pct": 3.85,
    "rate_high_pct": 4.35,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    records = [firm(number) for number in range(6)]
    records += [institution(number) for number in (1, 2, 3, 4)]
    records += [offer(1, **TERMS), offer(2, fee_pct=1.0), offer(3), offer(4)]
    for number, day, given in DEALS:
        asks = need(number, day, amount_low_minor=400_000_000, amount_high_minor=400_000_000)
        records += [asks, link(asks, f"offer_{given}")]
    records += [need(0, dt.date(2020, 2, 1), purpose="研发投入"), need(5, dt.date(2020, 2, 1))]
    return Catalogue.from_records(records)


def find(catalogue, need_id, offer_id, *, earlier=(), before="2020-02-01"):
    items = Items.from_catalogue(catalogue)
    deals = DealBook.from_catalogue(catalogue, items, Links.from_catalogue(catalogue))
    rows = catalogue.needs.ids.rows([need_id])
    return FactFinder(items, deals).find(
        Queries.from_catalogue(catalogue, rows),
        items.offer_ids.rows([offer_id]),
        earlier=items.offer_ids.rows(earlier),
        before=np.datetime64(before),
    )[0]


ASKS = "need_0@2020-02-01"


def test_what_an_offer_did_is_counted_and_dated(catalogue):
    found = find(catalogue, ASKS, "offer_1")
    assert found["zh"]["n_deals"] == "3笔"
    assert found["en"]["n_deals"] == "3 deals"
    assert (found["zh"]["first_deal"], found["en"]["last_deal"]) == ("2017年1月", "Jun 2019")
    assert found["zh"]["usual_amount"] == "400万元"
    assert found["en"]["usual_amount"] == "CNY 4 million"


def test_records_are_of_the_place_and_sector_of_the_firm(catalogue):
    found = find(catalogue, ASKS, "offer_1")
    assert found["zh"]["place_record"] == "在苏州市已成交3笔"
    assert found["zh"]["sector_record"] == "在芯片行业已成交3笔"
    assert found["zh"]["stage_record"] == "在天使轮已成交3笔"
    assert found["en"]["place_record"] == "3 deals in 苏州市"


def test_a_record_that_is_not_there_is_not_stated(catalogue):
    found = find(catalogue, ASKS, "offer_2")
    assert "place_record" not in found["zh"]
    assert "sector_record" not in found["zh"]
    assert found["zh"]["n_deals"] == "1笔"
    assert "n_deals" not in find(catalogue, ASKS, "offer_4")["zh"]


def test_deals_of_the_day_itself_and_later_are_not_stated(catalogue):
    assert find(catalogue, ASKS, "offer_1", before="2019-06-01")["zh"]["n_deals"] == "2笔"
    assert "n_deals" not in find(catalogue, ASKS, "offer_1", before="2017-01-05")["zh"]


def test_the_query_states_itself(catalogue):
    found = find(catalogue, ASKS, "offer_4")
    assert found["zh"]["place"] == "苏州市"
    assert found["zh"]["sector"] == "芯片"
    assert found["zh"]["stage"] == "天使轮"
    assert found["zh"]["amount"] == "100万元"
    assert found["en"]["amount"] == "CNY 1 million"
    assert found["zh"]["purpose"] == "研发投入"
    assert "purpose" not in find(catalogue, "need_5@2020-02-01", "offer_4")["zh"]


def test_the_offer_states_itself(catalogue):
    found = find(catalogue, ASKS, "offer_1")
    assert (found["zh"]["institution"], found["zh"]["offer"]) == ("机构1", "产品1")
    assert found["zh"]["offer_amount"] == "50万元至300万元"
    assert found["en"]["offer_amount"] == "CNY 500,000 to CNY 3 million"
    assert found["zh"]["price"] == "年利率3.85%–4.35%"
    assert find(catalogue, ASKS, "offer_2")["en"]["price"] == "1% fee"
    assert "price" not in find(catalogue, ASKS, "offer_3")["zh"]


def test_a_partner_is_who_backed_the_same_firms(catalogue):
    with_partner = find(catalogue, ASKS, "offer_3", earlier=["offer_1", "offer_2"])
    assert with_partner["zh"]["partner"] == "机构1"
    assert "partner" not in find(catalogue, ASKS, "offer_2", earlier=["offer_1"])["zh"]
    assert "partner" not in find(catalogue, ASKS, "offer_1", earlier=["offer_1"])["zh"]


def test_nothing_is_stated_that_has_no_name(catalogue):
    for offer_id in ("offer_1", "offer_2", "offer_3", "offer_4"):
        for values in find(catalogue, ASKS, offer_id, earlier=["offer_1"]).values():
            assert set(values) <= set(PLACEHOLDERS)
            assert all(values.values())
