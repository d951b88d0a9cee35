"""Item tokens in the content model: without them nothing changes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from features import content_model
from features.content_model import ContentModel, ContentSettings

SETTINGS = ContentSettings(members=2, dims=4, epochs=3, batch_size=8)


@pytest.fixture
def world() -> tuple[sp.csr_matrix, sp.csr_matrix, np.ndarray]:
    """Tokens, links and ages of 40 rounds over 3 tokens and 5 items; item 4 has no link."""
    rng = np.random.default_rng(3)
    tokens = sp.csr_matrix((rng.random((40, 3)) < 0.5).astype(np.float32))
    links = sp.csr_matrix(np.eye(5, dtype=np.float32)[rng.integers(0, 4, 40)])
    return tokens, links, rng.integers(1, 900, 40).astype(np.float64)


def plain_fit(tokens, links, ages, rng, settings=SETTINGS):
    """The model as it is defined for items without tokens, written out once more."""
    members = []
    weights = 0.5 ** (ages / np.median(ages))
    latest = np.column_stack([ages <= np.quantile(ages, s) for s in settings.latest_shares])
    tokens = sp.csr_matrix(np.hstack([tokens.toarray(), latest.astype(np.float32)]))
    n_links = np.asarray(links.sum(axis=1)).ravel()
    weight = (weights * n_links / np.mean(weights * n_links)).astype(np.float32)
    targets = sp.csr_matrix(sp.diags_array((1 / n_links).astype(np.float32)) @ links)
    counts = np.asarray((sp.diags_array(weight) @ links).sum(axis=0)).ravel()
    for _ in range(2 * settings.members):  # a short history has twice as many
        T = rng.standard_normal((tokens.shape[1], settings.dims)).astype(np.float32) * 0.1
        V = rng.standard_normal((links.shape[1], settings.dims)).astype(np.float32) * 0.1
        share = (counts + content_model.PRIOR_COUNT) / (counts + content_model.PRIOR_COUNT).sum()
        b = np.log(share).astype(np.float32)
        n_steps = settings.epochs * -(-len(weight) // settings.batch_size)
        adam = content_model._Adam([T, V, b], settings.learning_rate, n_steps)
        for _ in range(settings.epochs):
            order = rng.permutation(len(weight))
            for start in range(0, len(order), settings.batch_size):
                rows = order[start : start + settings.batch_size]
                x = tokens[rows]
                kept = rng.random(len(x.data), dtype=np.float32) >= settings.token_dropout
                x.data = x.data * kept / np.float32(1 - settings.token_dropout)
                z = x @ T
                p = z @ V.T + b
                p = np.exp(p - p.max(axis=1, keepdims=True))
                p = p / p.sum(axis=1, keepdims=True) - targets[rows].toarray()
                p = (p * (weight[rows] / len(rows))[:, None]).astype(np.float32)
                gradients = [x.T @ (p @ V), p.T @ z, p.sum(axis=0)]
                adam.step(gradients, settings.l2 / len(weight) ** 0.5)
        members.append((T, V, b))
    return members


def test_without_item_tokens_it_is_the_plain_low_rank_softmax(world):
    model = ContentModel(SETTINGS).fit(*world, rng=np.random.default_rng(5))
    members = plain_fit(*world, np.random.default_rng(5))
    token_vectors = np.hstack([m[0] for m in members])
    np.testing.assert_allclose(model.token_vectors_, token_vectors[:3], rtol=1e-4)
    item_vectors = np.hstack([m[1] for m in members]) / len(members)
    np.testing.assert_allclose(model.item_vectors_, item_vectors, rtol=1e-3, atol=1e-6)
    # a query is among the latest of every share, so those four tokens end up in the bias
    bias = np.mean([m[2] for m in members], axis=0) + item_vectors @ token_vectors[3:].sum(axis=0)
    np.testing.assert_allclose(model.item_bias_, bias, rtol=1e-3, atol=1e-5)


def test_no_item_tokens_and_an_empty_set_of_them_draw_the_same_numbers(world):
    tokens, links, ages = world
    without = ContentModel(SETTINGS).fit(tokens, links, ages, rng=np.random.default_rng(5))
    linked = np.flatnonzero(np.asarray(links.sum(axis=0)).ravel())
    narrow = links[:, linked]
    plain = ContentModel(SETTINGS).fit(tokens, narrow, ages, rng=np.random.default_rng(5))
    nothing = sp.csr_matrix((len(linked), 0), dtype=np.float32)
    empty = ContentModel(SETTINGS).fit(
        tokens, narrow, ages, rng=np.random.default_rng(5), item_tokens=nothing
    )
    np.testing.assert_array_equal(plain.item_vectors_, empty.item_vectors_)
    np.testing.assert_array_equal(plain.item_bias_, empty.item_bias_)
    assert without.item_vectors_.shape == (5, 2 * SETTINGS.members * SETTINGS.dims)


def test_an_item_without_links_has_the_vector_of_its_tokens_and_a_middling_bias(world):
    tokens, links, ages = world
    declared = sp.csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0]], np.float32))
    model = ContentModel(SETTINGS).fit(
        tokens, links, ages, rng=np.random.default_rng(5), item_tokens=declared
    )
    np.testing.assert_array_equal(model.item_vectors_[4], model.item_token_vectors_[0])
    assert model.item_bias_[4] == np.float32(np.median(model.item_bias_[:4]))


def test_what_is_wanted_lately_stands_above_what_was_wanted_long_ago():
    # one token for all; item 0 took every round of the older half, item 1 every one of the later
    tokens = sp.csr_matrix(np.ones((400, 1), np.float32))
    ages = np.arange(400, 0, -1).astype(np.float64)
    links = sp.csr_matrix(np.eye(2, dtype=np.float32)[(ages <= 200).astype(int)])
    settings = ContentSettings(members=2, dims=4, epochs=30, half_life=1e9)
    model = ContentModel(settings).fit(tokens, links, ages, rng=np.random.default_rng(0))
    score = model.score(model.encode(sp.csr_matrix(np.ones((1, 1), np.float32))))[0]
    assert score[1] > score[0] + 1  # both have 200 links of one weight


def test_a_short_history_is_cut_into_smaller_batches():
    settings = ContentSettings(batch_size=512)
    sizes = [content_model._batch_size(n, settings) for n in (100, 1_200, 6_144, 50_000)]
    assert sizes == [64, 100, 512, 512]
    assert content_model._batch_size(100, ContentSettings(batch_size=8)) == 8
