from __future__ import annotations

from math import log2

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from data.errors import ArgumentError
from eval.metrics import (
    HEADLINE,
    METRICS,
    coverage,
    evaluate_lists,
    exposure,
    get_metric,
    gini,
    mrr,
    ndcg,
    recall,
)
from eval.pairs import PairSet
from eval.ranking import RankedLists


def hits(*places: int, length: int = 100) -> np.ndarray:
    row = np.zeros((1, length), bool)
    row[0, [place - 1 for place in places]] = True
    return row


def n(*counts: int) -> np.ndarray:
    return np.array(counts)


def test_ndcg_of_a_perfect_list_is_one():
    assert ndcg(hits(1, 2), n(2)).tolist() == [1.0]


def test_ndcg_discounts_by_the_logarithm_of_the_place():
    assert ndcg(hits(2), n(1)) == pytest.approx(1 / log2(3))
    assert ndcg(hits(1, 4), n(3)) == pytest.approx(
        (1 / log2(2) + 1 / log2(5)) / (1 / log2(2) + 1 / log2(3) + 1 / log2(4))
    )


def test_ndcg_divides_by_at_most_ten_positives():
    """RecTools divides by all k places by default; the ideal here is min(10, positives)."""
    assert ndcg(hits(*range(1, 11)), n(25)) == pytest.approx(1)
    assert ndcg(hits(1), n(1)) == pytest.approx(1)


def test_ndcg_ignores_hits_beyond_ten():
    assert ndcg(hits(11), n(1)).tolist() == [0.0]


def test_recall_counts_the_share_of_positives():
    assert recall(hits(1, 10, 11), n(4)).tolist() == [2 / 4]
    assert recall(hits(1, 10, 11, 100), n(4), k=100).tolist() == [4 / 4]


def test_mrr_looks_at_the_first_hit_only():
    assert mrr(hits(4, 5), n(2)).tolist() == [1 / 4]
    assert mrr(hits(), n(1)).tolist() == [0.0]


def test_a_query_without_positives_scores_zero_not_nan():
    assert ndcg(hits(), n(0)).tolist() == [0.0]
    assert recall(hits(), n(0)).tolist() == [0.0]


def test_lists_shorter_than_ten_are_judged():
    short = hits(2, length=3)
    assert ndcg(short, n(1)) == pytest.approx(1 / log2(3))
    assert recall(short, n(1), k=100).tolist() == [1.0]


def test_ndcg_agrees_with_scikit_learn():
    generator = np.random.default_rng(5)
    scores = generator.normal(size=(200, 40))
    truth = generator.random((200, 40)) < 0.1
    truth[~truth.any(axis=1), 0] = True
    rows, columns = np.nonzero(truth)
    positives = PairSet.from_pairs(rows, columns, shape=truth.shape)
    lists = RankedLists.from_scores(scores, positives.keep_columns(np.zeros(40, bool)))
    ours = evaluate_lists(lists, positives)[HEADLINE]
    theirs = [ndcg_score(truth[[q]], scores[[q]], k=10) for q in range(200)]
    assert ours == pytest.approx(np.array(theirs), abs=1e-12)


def lists_of(rows: list[list[int]], n_candidates: int) -> RankedLists:
    table = np.array(rows, np.int32)
    return RankedLists(table, np.zeros(table.shape), n_candidates)


def test_coverage_counts_the_candidates_shown_in_the_first_ten():
    lists = lists_of([[0, 1, *range(2, 12)], [0, 1, *range(2, 12)]], 40)
    assert coverage(exposure(lists)) == 10 / 40  # the places 11 and 12 do not count


def test_the_filler_is_no_candidate():
    counts = exposure(lists_of([[3, -1], [-1, -1]], 4))
    assert counts.tolist() == [0, 0, 0, 1]


def test_gini_is_zero_when_even_and_near_one_when_one_has_all():
    assert gini(np.array([5, 5, 5, 5])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 7])) == pytest.approx(3 / 4)  # (n - 1) / n
    assert gini(np.array([0, 0])) == 0.0


def test_gini_is_half_the_relative_mean_difference():
    counts = np.array([1, 2, 5, 0])
    differences = np.abs(counts[:, None] - counts[None, :]).mean()
    assert gini(counts) == pytest.approx(differences / (2 * counts.mean()))


def test_an_unknown_metric_names_the_known_ones():
    with pytest.raises(ArgumentError) as caught:
        get_metric("map")
    assert all(name in str(caught.value) for name in METRICS)


def test_every_metric_has_a_title_and_a_meaning_in_both_languages():
    for metric in METRICS.values():
        assert set(metric.title) == set(metric.meaning) == {"zh", "en"}


def test_every_metric_is_documented(repository):
    text = (repository / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for name in [*METRICS, "coverage@10", "gini@10"]:
        assert f"`{name}`" in text
