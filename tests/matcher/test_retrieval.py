"""Retrieval: pools of eligible offers from fused lanes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.catalogue import NO_ROW
from data.errors import ArgumentError
from matcher.retrieval import LaneWeights, Retriever, content_rows, offer_texts


@pytest.fixture(scope="module")
def batch(served):
    rows = served.catalogue.needs.ids.rows(served.open_need_ids()[:6])
    return served.model.features.encode(served.interactions.queries.take(rows))


def test_the_index_holds_the_log_odds_of_the_content_model(served, batch):
    rows = content_rows(served.model.features.content_model_)
    vectors = np.hstack([batch.vectors, np.ones((len(batch), 1), np.float32)])
    np.testing.assert_allclose(vectors @ rows.T, batch.content_scores, rtol=1e-4, atol=1e-4)


def test_the_content_lane_alone_is_the_order_of_its_scores(served, batch):
    retriever = Retriever.build(served.model.features, weights=LaneWeights(1, 0, 0))
    everything = np.ones((len(batch), len(served.model.items)), np.bool_)
    pools = retriever.pool(batch, 5, allowed=everything)
    expected = np.argsort(-batch.content_scores, axis=1)[:, :5]
    np.testing.assert_array_equal(pools, expected)


def test_only_allowed_items_are_chosen(served, batch, rng):
    allowed = rng.random((len(batch), len(served.model.items))) < 0.4
    pools = served.model.retriever.pool(batch, 10, allowed=allowed)
    for place, pool in enumerate(pools):
        found = pool[pool != NO_ROW]
        assert len(found) == 10
        assert len(set(found.tolist())) == len(found)
        assert allowed[place, found].all()


def test_few_allowed_items_are_all_chosen_and_the_rest_is_padded(served, batch):
    allowed = np.zeros((len(batch), len(served.model.items)), np.bool_)
    allowed[:, [3, 7]] = True
    pools = served.model.retriever.pool(batch, 4, allowed=allowed)
    assert all(set(pool[:2].tolist()) == {3, 7} for pool in pools)
    assert (pools[:, 2:] == NO_ROW).all()


def test_nothing_allowed_gives_an_empty_pool(served, batch):
    nothing = np.zeros((len(batch), len(served.model.items)), np.bool_)
    assert (served.model.retriever.pool(batch, 4, allowed=nothing) == NO_ROW).all()


def test_by_default_a_firms_earlier_offers_are_left_out(served, batch):
    pools = served.model.retriever.pool(batch, len(served.model.items))
    for place, pool in enumerate(pools):
        had = set(batch.earlier[place].indices.tolist())
        assert not had & set(pool.tolist())


def test_wording_finds_an_offer_that_the_past_does_not_know(served, batch):
    features = served.model.features
    texts = ["" for _ in range(len(features.items_))]
    last = int(np.argmin(batch.content_scores[0]))
    texts[last] = "量子点显示屏检测专项贷款"
    retriever = Retriever.build(features, texts, weights=LaneWeights(1, 0, 10))
    everything = np.ones((len(batch), len(texts)), np.bool_)
    said = ["我们做量子点显示屏检测"] + [""] * (len(batch) - 1)
    pools = retriever.pool(batch, 5, allowed=everything, texts=said)
    assert last in pools[0]
    assert last not in retriever.pool(batch, 5, allowed=everything)[0]


def test_what_is_loaded_chooses_the_same(served, batch, tmp_path: Path):
    served.model.retriever.save(tmp_path)
    loaded = Retriever.load(served.model.features, tmp_path)
    texts = ["研发投入"] * len(batch)
    ours = served.model.retriever.pool(batch, 9, texts=texts)
    np.testing.assert_array_equal(loaded.pool(batch, 9, texts=texts), ours)


@pytest.mark.parametrize(
    ("size", "mask", "texts"), [(0, None, None), (3, (2, 2), None), (3, None, ["eins"])]
)
def test_bad_arguments_are_told(served, batch, size, mask, texts):
    allowed = None if mask is None else np.ones(mask, np.bool_)
    with pytest.raises(ArgumentError):
        served.model.retriever.pool(batch, size, allowed=allowed, texts=texts)


def test_offers_without_a_description_say_nothing(served):
    texts = offer_texts(served.catalogue, served.model.items)
    assert len(texts) == len(served.model.items)
    assert all(texts)
    name = served.model.items.texts["name"][0]
    assert name in texts[0]
