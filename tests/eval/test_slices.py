from __future__ import annotations

from collections.abc import Callable
from math import log2

import numpy as np
import pytest

from data.catalogue import Catalogue
from eval.protocol import EvaluationSet, Protocol
from eval.run import Results, run_methods
from eval.slices import (
    DIMENSIONS,
    OTHER,
    UNKNOWN,
    Slice,
    compare_slices,
    evaluate_slice,
    find_slices,
    popularity_bands,
)


def by_level(slices: list[Slice], dimension: str) -> dict[str, Slice]:
    return {part.level: part for part in slices if part.dimension == dimension}


def test_bands_hold_a_third_of_the_rounds_each():
    # 9 rounds in all: 4 alone is over a third, 4 + 2 are two thirds
    bands = popularity_bands(np.array([1, 4, 2, 1, 1]))
    assert bands.tolist() == ["tail", "head", "torso", "tail", "tail"]


def test_bands_of_equals_follow_the_candidate_order():
    assert popularity_bands(np.ones(3, int)).tolist() == ["head", "torso", "tail"]


def test_every_query_is_in_one_slice_of_each_label(
    wide_set: EvaluationSet, wide_catalogue: Catalogue
):
    slices = find_slices(wide_set, wide_catalogue)
    assert {part.dimension for part in slices} <= set(DIMENSIONS)
    for dimension in ("cold", "region", "sector", "month"):
        masks = [part.mask for part in slices if part.dimension == dimension]
        assert np.sum(masks, axis=0).tolist() == [1] * wide_set.n_queries


def test_levels_come_from_the_records(wide_set: EvaluationSet, wide_catalogue: Catalogue):
    slices = find_slices(wide_set, wide_catalogue)
    assert set(by_level(slices, "region")) == {"江苏", "浙江", UNKNOWN}
    assert set(by_level(slices, "sector")) == {"机器人", "医疗", "农业", "软件"}
    assert list(by_level(slices, "month")) == sorted(by_level(slices, "month"))
    assert not by_level(slices, "stage")  # no need states one: a single level is no slice


def test_rare_levels_are_added_up(wide_set: EvaluationSet, wide_catalogue: Catalogue):
    parts = by_level(find_slices(wide_set, wide_catalogue, most_levels=2), "sector")
    assert list(parts)[-1] == OTHER
    assert len(parts) == 3
    assert sum(part.mask.sum() for part in parts.values()) == wide_set.n_queries


def test_sectors_fall_back_to_the_industry_code(
    make_catalogue: Callable[..., Catalogue], small_protocol: Protocol
):
    firms: dict[str, dict[str, object]] = {
        "b": {"industry": "541511", "industry_system": "naics-2017"},
        "d": {"industry": "I6513", "industry_system": "gb4754-2017"},
        "e": {"industry": "biotech", "industry_system": "crunchbase-2013"},
    }
    catalogue = make_catalogue(firms=firms)
    found = EvaluationSet.from_catalogue(catalogue, small_protocol)
    assert set(by_level(find_slices(found, catalogue), "sector")) == {"54", "I", "biotech"}


def test_a_band_judges_by_its_own_institutions_only(small_set: EvaluationSet, fixed_scores: type):
    scores = np.array([[2.0, 1.0], [9.0, 1.0], [1.0, 2.0], [2.0, 1.0]])
    results = run_methods(small_set, [fixed_scores("own", scores)])
    only_y = small_set.positives.keep_columns(np.array([False, True]))
    part = Slice("popularity", "tail", only_y.counts > 0, only_y)
    # e1 ranks x, y with both right: x is another band's, so y stands first; b ranks y first
    assert evaluate_slice(part, results, "own").tolist() == [1.0, 1.0]
    only_x = small_set.positives.keep_columns(np.array([True, False]))
    part = Slice("popularity", "head", only_x.counts > 0, only_x)
    # d ranks y above x, and y is wrong for d: it keeps its place
    assert evaluate_slice(part, results, "own") == pytest.approx([1, 1 / log2(3), 1])


def test_slices_agree_with_the_metric_of_their_queries(
    wide_set: EvaluationSet, wide_catalogue: Catalogue, wide_results: Results
):
    cold = by_level(find_slices(wide_set, wide_catalogue), "cold")["cold"]
    compared = compare_slices(
        [cold], wide_results, ["finmatch", "popularity"], reference="popularity", n_draws=100
    )[0]
    row = compared.comparison.row("finmatch")
    metric = wide_results.methods["finmatch"].metrics["ndcg@10"]
    assert row.score.mean == pytest.approx(metric[wide_set.cold].mean())
    assert compared.comparison.n_queries == wide_set.cold.sum()


def test_small_slices_are_marked(wide_results: Results, wide_set: EvaluationSet):
    few = np.arange(wide_set.n_queries) < 29
    enough = np.arange(wide_set.n_queries) < 30
    parts = [Slice("month", "few", few), Slice("month", "enough", enough)]
    compared = compare_slices(parts, wide_results, ["finmatch"], reference="finmatch", n_draws=50)
    assert [part.small for part in compared] == [True, False]
