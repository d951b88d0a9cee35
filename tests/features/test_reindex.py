"""Features over a store that changed: known offers keep everything, new ones have what none has."""

from __future__ import annotations

import numpy as np
import pytest

from features.activity import Activity
from features.items import Items
from features.reindex import cold_activity, with_items

from .conftest import build, camp_records, institution, offer


def compute(features, queries, items):
    n = len(queries)
    query, item = np.repeat(np.arange(n), len(items)), np.tile(items, n)
    return features.compute(features.encode(queries), query, item)


def asked(world):
    return world.interactions.queries.take(np.arange(len(world.catalogue.needs))[-8:])


@pytest.fixture(params=["camps", "declaring_camps"])
def world(request):
    return request.getfixturevalue(request.param)


def test_the_same_items_change_nothing(world):
    same = with_items(world.features, world.features.items_)
    every = np.arange(len(world.features.items_))
    before, after = (compute(f, asked(world), every) for f in (world.features, same))
    assert before.tobytes() == after.tobytes()


def test_another_order_of_items_changes_only_their_numbers(world):
    n = len(world.features.items_)
    order = np.arange(n)[::-1]
    turned = with_items(world.features, world.features.items_.take(order))
    before = compute(world.features, asked(world), np.arange(n))
    after = compute(turned, asked(world), np.argsort(order))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-5)


def test_a_new_offer_has_the_features_of_one_that_never_dealt():
    records = [*camp_records(declares=True), institution(9), offer(9, sectors=("芯片",))]
    fitted_with = build(records)
    fitted_without = build(records, offer_ids=[f"offer_{n}" for n in range(4)])
    moved = with_items(fitted_without.features, fitted_with.features.items_)
    queries, new = asked(fitted_with), fitted_with.items("offer_9")
    expected = compute(fitted_with.features, queries, new)
    found = compute(moved, queries, new)
    names = np.array(moved.features.names)
    assert list(names) == list(fitted_with.features.features.names)
    # two fits of the content model draw other numbers; the rest is counting
    learned = ("content.", "asker.certainty", "neighbours.")
    counted = np.array([not name.startswith(learned) for name in names])
    np.testing.assert_allclose(found[:, counted], expected[:, counted], rtol=1e-4, atol=1e-5)


def test_a_new_offer_stands_where_its_declarations_put_it():
    records = [*camp_records(declares=True), institution(9), offer(9, sectors=("芯片",))]
    fitted = build(records, offer_ids=[f"offer_{n}" for n in range(4)])
    moved = with_items(fitted.features, Items.from_catalogue(fitted.catalogue))
    needs = fitted.catalogue.needs.ids.rows(["need_0@2018-06-01", "need_1@2018-06-08"])
    batch = moved.encode(fitted.interactions.queries.take(needs))
    new = moved.items_.offer_ids.get_row("offer_9")
    assert batch.content_scores[0, new] > batch.content_scores[1, new]


def test_without_declarations_a_new_offer_has_the_middle_bias_alone(camps):
    store = Items.from_catalogue(build([*camp_records(), offer(9)]).catalogue)
    moved = with_items(camps.features, store)
    new = store.offer_ids.get_row("offer_9")
    assert not moved.content_model_.item_vectors_[new].any()
    assert moved.content_model_.item_bias_[new] == np.float32(
        camps.features.content_model_.cold_bias_
    )


def test_an_offer_that_is_gone_is_forgotten_in_the_past_of_firms(camps):
    kept = np.array([1, 2, 3])
    moved = with_items(camps.features, camps.features.items_.take(kept))
    before = camps.features.firm_history_.earlier_items_of(asked(camps)).toarray()
    after = moved.firm_history_.earlier_items_of(asked(camps)).toarray()
    np.testing.assert_array_equal(after, before[:, kept])


def test_the_row_of_an_offer_without_deals_is_the_one_that_fitting_gives(declaring_camps):
    group = next(g for g in declaring_camps.features.groups_ if isinstance(g, Activity))
    row = group.table_[declaring_camps.items("offer_9")[0]]
    np.testing.assert_array_equal(cold_activity(group), row)
