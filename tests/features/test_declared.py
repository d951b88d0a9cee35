"""Declared-match features, and that they are there only where something is declared."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data.records import Base
from features.conditions import CONDITION_NAMES
from features.declared import THEME_OF, Declared
from features.item_tokens import ItemVocabulary, read_item_tokens
from features.themes import THEMES

from .conftest import build, camp_records, firm, institution, link, need, offer


def values_of(world, need_id, offer_id):
    """Return the declared features of one pair by name, without their prefix."""
    group = next(g for g in world.features.groups_ if isinstance(g, Declared))
    rows = world.catalogue.needs.ids.rows([need_id])
    batch = world.features.encode(world.interactions.queries.take(rows))
    found = group.compute(batch, np.zeros(1, np.int64), world.items(offer_id))[0]
    names = [feature.name.removeprefix("declared.") for feature in group.features]
    return dict(zip(names, found.tolist(), strict=True))


def world_of(offer_fields, *, firm_fields=(), need_fields=(), institution_fields=(), extra=()):
    """Two camps and one more offer, asked by one more firm."""
    asker = firm(100, **dict(firm_fields))
    asks = need(100, dt.date(2020, 3, 1), **dict(need_fields))
    return build(
        [
            *camp_records(),
            institution(50, **dict(institution_fields)),
            offer(50, **offer_fields),
            asker,
            asks,
            *extra,
        ]
    )


ASKS = "need_100@2020-03-01"


def test_offers_that_declare_nothing_have_no_such_features(camps, declaring_camps):
    assert not any(name.startswith("declared.") for name in camps.features.features.names)
    assert camps.features.item_vocabulary_ is None
    assert any(name.startswith("declared.") for name in declaring_camps.features.features.names)


def test_every_condition_has_a_feature_and_a_theme():
    names = [feature.name for feature in Declared.features]
    assert [f"declared.{name}" for name in CONDITION_NAMES] == names[: len(CONDITION_NAMES)]
    assert set(THEME_OF) == set(CONDITION_NAMES)
    assert {feature.theme for feature in Declared.features} <= set(THEMES)


def test_answers_are_flags_and_what_is_open_is_unknown():
    world = world_of({"stages": ("天使轮",), "tax_grades": ("A",), "purposes": ("研发",)})
    found = values_of(world, ASKS, "offer_50")
    assert found["stage"] == 1.0, "firm 100 is of camp 0, which asks at 天使轮"
    assert found["kind"] == 1.0
    assert np.isnan(found["tax_grade"])
    assert np.isnan(found["region"]), "nothing stated is not a mismatch"
    assert found["n_met"] == np.float32(np.log1p(2))
    assert found["n_open"] == np.float32(np.log1p(2))
    assert found["n_unmet"] == 0.0


def test_places_are_told_apart_by_how_near_they_are():
    world = world_of(
        {"regions": ("江苏省", "南京市")},
        institution_fields={"city": "苏州", "province": "江苏"},
    )
    found = values_of(world, ASKS, "offer_50")
    assert (found["province_named"], found["city_named"]) == (1.0, 0.0)
    assert (found["home_city"], found["home_province"]) == (1.0, 1.0)


def test_a_longer_code_is_a_closer_match():
    world = world_of({"industries": ("C", "C39", "I65")})
    assert values_of(world, ASKS, "offer_50")["industry_depth"] == 3.0
    assert values_of(world, "need_1@2020-02-01", "offer_50")["industry_depth"] == 1.0
    assert np.isnan(values_of(world, ASKS, "offer_0")["industry_depth"])


def test_sectors_count_by_the_share_that_is_declared():
    world = world_of({}, institution_fields={"sectors": ("芯片",)})
    assert values_of(world, ASKS, "offer_50")["sector_share"] == 1 / 2


def test_amounts_outside_the_range_are_measured_in_decades():
    bounds = {"amount_min_minor": 10_000_000, "amount_max_minor": 1_000_000_000, "currency": "CNY"}
    asked = {"amount_low_minor": 10_000_000_000, "amount_high_minor": 10_000_000_000}
    found = values_of(world_of(bounds, need_fields=asked), ASKS, "offer_50")
    np.testing.assert_allclose(found["amount_outside"], 1.0, atol=1e-6)
    np.testing.assert_allclose(found["amount_off_middle"], 2.0, atol=1e-6)
    inside = {"amount_low_minor": 100_000_000, "amount_high_minor": 100_000_000}
    found = values_of(world_of(bounds, need_fields=inside), ASKS, "offer_50")
    assert found["amount_outside"] == 0.0
    np.testing.assert_allclose(found["amount_off_middle"], 0.0, atol=1e-6)


def test_residents_first_is_a_preference_for_residents_of_the_named_bases():
    base = Base(base_id="base_1", name="基地")
    resident = {"base_id": "base_1"}
    clause = {"resident_first": True}
    for fields, offered, expected in (
        (resident, clause, 1.0),
        (resident, {**clause, "base_ids": ("base_1",)}, 1.0),
        (resident, {**clause, "base_ids": ("base_2",)}, 0.0),
        ({}, clause, 0.0),
    ):
        world = world_of(offered, firm_fields=fields, extra=[base])
        assert values_of(world, ASKS, "offer_50")["resident_first"] == expected
    plain = world_of({"stages": ("天使轮",)}, firm_fields=resident, extra=[base])
    assert np.isnan(values_of(plain, ASKS, "offer_50")["resident_first"])


def test_prices_are_compared_within_a_kind():
    world = build(
        [
            *camp_records(),
            offer(50, rate_low_pct=3.0),
            offer(51, rate_low_pct=5.0),
            offer(52, kind="service", fee_pct=20.0),
        ]
    )
    prices = [values_of(world, "need_1@2020-02-01", f"offer_{n}")["price"] for n in (50, 51, 52)]
    assert prices == [-1.0, 1.0, 0.0]


def test_an_offer_without_deals_stands_with_those_that_declare_the_same(declaring_camps):
    world = declaring_camps
    queries = world.interactions.queries
    ids = world.catalogue.needs.ids
    asked = queries.take(ids.rows(["need_0@2018-06-01", "need_1@2018-06-08"]))
    scores = world.features.encode(asked).content_scores[:, world.items("offer_9")].ravel()
    assert scores[0] > scores[1], "it declares the city and the sector of firm 0"


def test_what_an_offer_does_outweighs_what_it_declares():
    words = {"regions": ("杭州市",), "sectors": ("医药",)}
    records = [*camp_records(declares=True), institution(8), offer(8, **words)]
    records += [institution(9), offer(9, **words)]
    for number in range(100, 124, 2):  # it deals in the other camp
        asks = need(number, dt.date(2019, 1, 1) + dt.timedelta(days=number))
        records += [firm(number), asks, link(asks, "offer_8")]
    for number in (200, 201):
        records += [firm(number), need(number, dt.date(2020, 2, 1))]
    world = build(records)
    ids = world.catalogue.needs.ids
    asked = world.interactions.queries.take(
        ids.rows(["need_200@2020-02-01", "need_201@2020-02-01"])
    )
    scores = world.features.encode(asked).content_scores[:, world.items("offer_8", "offer_9")]
    assert scores[0, 0] > scores[0, 1], "offer 8 deals there, offer 9 says the same and does not"
    ahead = scores[:, 0] - scores[:, 1]
    assert ahead[1] < ahead[0] - 1, "offer 8 never deals there, of offer 9 it is not known"


def test_item_tokens_are_what_several_but_not_all_items_share(declaring_camps):
    tokens = read_item_tokens(declaring_camps.features.items_)
    vocabulary = ItemVocabulary().fit(tokens)
    known = dict(zip(vocabulary.families_, vocabulary.columns_, strict=True))
    assert set(known["regions"]) == {"苏州市", "杭州市"}
    assert not known["kind"], "all items are of one kind"
    assert not known["institution"], "each has its own"
    matrix = vocabulary.transform(tokens)
    assert matrix.shape == (len(declaring_camps.features.items_), vocabulary.n_columns)
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    families = sum(np.diff(tokens[f].offsets) > 0 for f in ("regions", "sectors"))
    assert (squares >= families - 1e-6).all(), "each family a row has weighs 1"
