from __future__ import annotations

from dataclasses import replace
from math import log2

import numpy as np
import pytest

from data.catalogue import NO_ROW
from data.errors import ArgumentError
from eval.protocol import EvaluationSet
from eval.reverse import (
    NORMALISERS,
    ReverseBuilder,
    evaluate_reverse,
    keep_raw,
    softmax,
    standardise,
)

# small_set: queries e@01-01, b@03-01, d@03-01, e@07-01; candidates x, y
# positives: x ← e1, d, e2;  y ← e1, b


def scores_of(*rows: tuple[float, float]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.arange(len(rows)), np.array(rows))]


def test_every_institution_ranks_all_query_rounds(small_set: EvaluationSet):
    chunks = scores_of((4, 9), (1, 8), (3, 2), (2, 1))
    found = evaluate_reverse(chunks, small_set, normaliser="none")
    assert found.candidates.tolist() == [0, 1]
    # x ranks e1, d, e2 (b is out: x had funded it); all three are right
    # y ranks e1, b first; both are right
    assert found.metrics["ndcg@10"] == pytest.approx([1, 1])
    assert found.metrics["recall@10"] == pytest.approx([1, 1])


def test_a_wrong_order_is_judged_by_place(small_set: EvaluationSet):
    chunks = scores_of((4, 1), (1, 2), (3, 8), (2, 9))
    found = evaluate_reverse(chunks, small_set, normaliser="none")
    # y ranks e2, d, b, e1: right are places 3 and 4
    expected = (1 / log2(4) + 1 / log2(5)) / (1 / log2(2) + 1 / log2(3))
    assert found.metrics["ndcg@10"][1] == pytest.approx(expected)
    assert found.metrics["mrr"].tolist() == [1.0, 1 / 3]


def test_a_firm_the_institution_had_before_takes_no_place(small_set: EvaluationSet):
    chunks = scores_of((1, 0), (99, 0), (1, 0), (1, 0))
    found = evaluate_reverse(chunks, small_set, normaliser="none")
    assert found.metrics["mrr"][0] == 1.0  # b would have been first for x


def test_standardising_undoes_the_scale_of_each_query(small_set: EvaluationSet):
    """Queries on wildly different scales: raw scores rank by scale, not by fit."""
    chunks = scores_of((1001, 1000), (0, 1), (1, 0), (2000, 1999))
    raw = evaluate_reverse(chunks, small_set, normaliser="none")
    scaled = evaluate_reverse(chunks, small_set, normaliser="standard")
    assert scaled.metrics["ndcg@10"].mean() > raw.metrics["ndcg@10"].mean()


def test_pairs_outside_the_pool_are_never_listed(small_set: EvaluationSet):
    nan = np.nan
    found = evaluate_reverse(scores_of((nan, 1), (nan, 2), (nan, 0), (nan, 0)), small_set)
    assert found.metrics["mrr"][0] == 0
    assert found.metrics["mrr"][1] == 1


def test_only_institutions_with_new_links_take_part(small_set: EvaluationSet):
    only_y = replace(small_set, positives=small_set.positives.keep_columns(np.array([False, True])))
    found = evaluate_reverse(scores_of((0, 0), (0, 0), (0, 0), (0, 0)), only_y)
    assert found.candidates.tolist() == [1]


def test_pieces_give_the_same_as_the_whole(small_set: EvaluationSet):
    scores = np.random.default_rng(0).normal(size=(4, 2))
    whole = evaluate_reverse([(np.arange(4), scores)], small_set)
    pieces = [(np.array([2, 3]), scores[2:]), (np.array([0, 1]), scores[:2])]
    parts = evaluate_reverse(pieces, small_set)
    for metric, values in whole.metrics.items():
        assert parts.metrics[metric].tolist() == values.tolist()


def test_intervals_resample_institutions(small_set: EvaluationSet):
    found = evaluate_reverse(scores_of((0, 0), (0, 0), (0, 0), (0, 0)), small_set)
    assert found.groups.tolist() == small_set.institution_rows.tolist()
    orphans = replace(small_set, institution_rows=np.full(2, NO_ROW))
    found = evaluate_reverse(scores_of((0, 0), (0, 0), (0, 0), (0, 0)), orphans)
    assert len(set(found.groups.tolist())) == 2  # each stands for itself


def test_standardise_gives_mean_zero_and_deviation_one():
    scaled = standardise(np.array([[1.0, 2.0, 3.0, -np.inf]]))
    assert scaled[0, :3].mean() == pytest.approx(0)
    assert scaled[0, :3].std() == pytest.approx(1)
    assert scaled[0, 3] == -np.inf


def test_standardise_of_equal_scores_is_zero():
    assert standardise(np.array([[0.1 + 0.2, 0.3, 0.3], [7, 7, 7]]))[1].tolist() == [0, 0, 0]
    assert standardise(np.full((1, 3), -np.inf)).tolist() == [[-np.inf] * 3]


def test_softmax_gives_logarithms_of_shares():
    shares = np.exp(softmax(np.array([[1.0, 2.0, -np.inf], [1000.0, 1000.0, -np.inf]])))
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[1].tolist() == pytest.approx([0.5, 0.5, 0])
    assert softmax(np.full((1, 2), -np.inf)).tolist() == [[-np.inf, -np.inf]]


def test_every_normaliser_keeps_the_order_inside_a_query():
    scores = np.array([[3.0, -1.0, 2.0, -np.inf, 0.5]])
    for normaliser in NORMALISERS.values():
        assert np.argsort(normaliser(scores)).tolist() == np.argsort(scores).tolist()
    assert keep_raw(scores) is scores


def test_an_unknown_normaliser_names_the_known_ones(small_set: EvaluationSet):
    with pytest.raises(ArgumentError, match=r"no normaliser 'rank'.*standard, softmax, none"):
        evaluate_reverse([], small_set, normaliser="rank")


def test_scores_of_institutions_replace_those_collected(small_set: EvaluationSet):
    builder = ReverseBuilder(small_set)
    truth = np.zeros((small_set.n_queries, small_set.n_candidates))
    truth[small_set.positives.rows, small_set.positives.columns] = 1.0
    builder.take(truth[:, builder.active].T)
    assert builder.result().metrics["mrr"].min() == 1.0


def test_scores_of_institutions_must_cover_every_query(small_set: EvaluationSet):
    builder = ReverseBuilder(small_set)
    with pytest.raises(ArgumentError, match="shape"):
        builder.take(np.zeros((len(builder.active), small_set.n_queries + 1)))
