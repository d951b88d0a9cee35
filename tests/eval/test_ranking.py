from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.errors import ArgumentError
from eval.pairs import PairSet
from eval.ranking import NO_CANDIDATE, RankedLists, best_columns


def pair_set(pairs: list[tuple[int, int]], shape: tuple[int, int]) -> PairSet:
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    return PairSet.from_pairs(rows, columns, shape=shape)


def test_best_first_and_equal_scores_by_candidate_index():
    scores = np.array([[1.0, 3.0, 3.0, 2.0]])
    lists = RankedLists.from_scores(scores, pair_set([], (1, 4)))
    assert lists.candidates.tolist() == [[1, 2, 3, 0]]
    assert lists.scores.tolist() == [[3.0, 3.0, 2.0, 1.0]]
    assert lists.candidates.dtype == np.int32


def test_ties_at_the_last_place_go_to_the_lower_index():
    scores = np.zeros((1, 6))
    lists = RankedLists.from_scores(scores, pair_set([], (1, 6)), depth=4)
    assert lists.candidates.tolist() == [[0, 1, 2, 3]]


def test_excluded_nan_and_minus_infinity_are_not_listed():
    scores = np.array([[9.0, np.nan, 1.0, -np.inf, 2.0]])
    lists = RankedLists.from_scores(scores, pair_set([(0, 0)], (1, 5)), depth=4)
    assert lists.candidates.tolist() == [[4, 2, NO_CANDIDATE, NO_CANDIDATE]]
    assert lists.lengths.tolist() == [2]
    assert lists.scores[0, 2:].tolist() == [-np.inf, -np.inf]


def test_the_callers_scores_are_left_alone():
    scores = np.array([[9.0, np.nan]])
    RankedLists.from_scores(scores, pair_set([(0, 0)], (1, 2)))
    assert scores[0, 0] == 9.0
    assert np.isnan(scores[0, 1])


def test_pieces_give_the_same_lists_as_the_whole():
    generator = np.random.default_rng(7)
    scores = generator.normal(size=(20, 30)).round(1)
    excluded = pair_set([(0, 3), (5, 7), (19, 0)], (20, 30))
    whole = RankedLists.from_scores(scores, excluded, depth=10)
    pieces = [(rows, scores[rows]) for rows in np.array_split(np.arange(20), 3)]
    parts = RankedLists.from_chunks(reversed(pieces), excluded, depth=10)
    assert parts.candidates.tolist() == whole.candidates.tolist()


def test_a_query_without_scores_has_an_empty_list():
    excluded = pair_set([], (2, 3))
    lists = RankedLists.from_chunks([(np.array([1]), np.ones((1, 3)))], excluded)
    assert lists.lengths.tolist() == [0, 3]


def test_depth_is_cut_to_the_number_of_candidates():
    lists = RankedLists.from_scores(np.ones((1, 3)), pair_set([], (1, 3)))
    assert lists.depth == 3
    assert lists.n_candidates == 3


def test_scores_of_the_wrong_shape_are_refused():
    with pytest.raises(ArgumentError, match=r"shape \(1, 3\); got \(1, 2\)"):
        RankedLists.from_scores(np.ones((1, 2)), pair_set([], (1, 3)))


def test_an_infinite_score_is_refused():
    with pytest.raises(ArgumentError, match="got inf"):
        RankedLists.from_scores(np.array([[np.inf, 0.0]]), pair_set([], (1, 2)))


few_values = st.sampled_from([0.0, 1.0, -1.0, 0.5, -np.inf])


@given(
    scores=st.integers(1, 12).flatmap(lambda m: arrays(np.float64, (4, m), elements=few_values)),
    depth=st.integers(1, 12),
)
def test_best_columns_equals_a_stable_full_sort(scores: np.ndarray, depth: int):
    depth = min(depth, scores.shape[1])
    best, values = best_columns(scores, depth)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    expected = np.take_along_axis(scores, order, axis=1)
    assert values.tolist() == expected.tolist()
    assert best.tolist() == np.where(expected > -np.inf, order, NO_CANDIDATE).tolist()


@given(
    scores=arrays(np.float64, (3, 8), elements=st.floats(-5, 5, width=16), unique=True),
    seed=st.integers(0, 99),
)
def test_the_order_of_candidates_does_not_matter_without_ties(scores: np.ndarray, seed: int):
    shuffle = np.random.default_rng(seed).permutation(8)
    plain, _ = best_columns(scores, 5)
    shuffled, _ = best_columns(scores[:, shuffle], 5)
    assert shuffle[shuffled].tolist() == plain.tolist()
