from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.catalogue import NO_ROW
from data.errors import ArgumentError
from matcher.fusion import RRF_K, dense_ranks, fuse_rows, fuse_scores


def test_ranks_share_the_best_place_and_leave_out_what_is_missing():
    ranks = dense_ranks(np.array([0.5, 0.9, 0.5, np.nan, -np.inf, 0.1]))
    assert ranks.tolist() == [2, 1, 2, np.inf, np.inf, 4]


def test_two_lists_by_hand():
    fused = fuse_rows([np.array([2, 0]), np.array([0, 1, 2])], 4)
    want = [
        1 / (RRF_K + 2) + 1 / (RRF_K + 1),
        1 / (RRF_K + 2),
        1 / (RRF_K + 1) + 1 / (RRF_K + 3),
        0,
    ]
    np.testing.assert_allclose(fused, want)


def test_scores_and_rows_fuse_alike():
    scores = np.array([[0.9, np.nan, 1.0], [3.0, 2.0, 1.0]])
    fused = fuse_scores(scores, [2.0, 0.5])
    np.testing.assert_allclose(
        fused, fuse_rows([np.array([2, 0]), np.array([0, 1, 2])], 3, weights=[2.0, 0.5])
    )


def test_many_queries_at_once_give_what_one_gives(rng):
    scores = rng.normal(size=(3, 5, 20))
    together = fuse_scores(scores)
    for query in range(5):
        np.testing.assert_allclose(together[query], fuse_scores(scores[:, query]))


def test_padding_is_skipped_and_does_not_take_a_place():
    padded = fuse_rows([np.array([1, NO_ROW, NO_ROW])], 2)
    np.testing.assert_allclose(padded, [0, 1 / (RRF_K + 1)])


def test_a_weight_of_zero_silences_a_list():
    alone = fuse_rows([np.array([0, 1])], 3)
    np.testing.assert_array_equal(
        fuse_rows([np.array([0, 1]), np.array([2])], 3, weights=[1, 0]), alone
    )


SCORES = arrays(np.float64, (2, 12), elements=st.integers(-3, 3).map(float))


@given(SCORES, st.permutations(range(12)))
def test_permuting_the_items_permutes_the_result(scores, order):
    order = list(order)
    np.testing.assert_allclose(fuse_scores(scores[:, order]), fuse_scores(scores)[order])


@given(SCORES)
def test_only_the_order_of_scores_counts(scores):
    np.testing.assert_array_equal(fuse_scores(np.exp(scores) * 7), fuse_scores(scores))


@given(arrays(np.float64, 12, elements=st.integers(-3, 3).map(float)))
def test_one_list_keeps_its_order(scores):
    fused = fuse_scores(scores[None])
    a, b = np.meshgrid(np.arange(12), np.arange(12))
    assert ((fused[a] > fused[b]) == (scores[a] > scores[b])).all()


def test_bad_arguments_are_named():
    with pytest.raises(ArgumentError, match="at least one list"):
        fuse_rows([], 3)
    with pytest.raises(ArgumentError, match=r"2 finite weights of at least 0; got \[1\.0\]"):
        fuse_rows([np.array([0]), np.array([1])], 3, weights=[1])
    with pytest.raises(ArgumentError, match="1 finite weights"):
        fuse_scores(np.zeros((1, 3)), [-1])
    with pytest.raises(ArgumentError, match="rrf_k must be at least 0; got -1"):
        fuse_scores(np.zeros((1, 3)), rrf_k=-1)
    with pytest.raises(ArgumentError, match="0 … 2; got 1 … 3"):
        fuse_rows([np.array([1, 3])], 3)
    with pytest.raises(ArgumentError, match="one row twice"):
        fuse_rows([np.array([1, 1])], 3)
