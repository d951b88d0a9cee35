"""Slices: the same metric over parts of the queries, to see where a method fails."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import Catalogue
from eval.comparison import Comparison, compare
from eval.intervals import N_DRAWS, Resampling
from eval.metrics import HEADLINE, METRICS
from eval.pairs import PairSet
from eval.protocol import EvaluationSet
from eval.run import Results

SMALL_SLICE = 30
"""Below this many queries a slice is marked: its interval says little."""

MOST_LEVELS = 12
"""Levels of a dimension that are shown; the rarer ones are added up as ``other``."""

OTHER, UNKNOWN = "other", "unknown"

BAND_SHARES = {"head": 1 / 3, "torso": 2 / 3, "tail": 1.0}
"""Popularity bands: institutions in order of their rounds, cut where they hold these shares."""

DIMENSIONS: dict[str, Mapping[str, str]] = {
    "cold": {"zh": "企业是否首次出现", "en": "Whether the firm was seen before"},
    "region": {"zh": "地区", "en": "Region"},
    "sector": {"zh": "行业", "en": "Sector"},
    "stage": {"zh": "轮次或阶段", "en": "Round or stage"},
    "popularity": {"zh": "成交机构的热门程度", "en": "Popularity of the right institution"},
    "month": {"zh": "月份", "en": "Month"},
}
"""The dimensions of slices by name."""

_NAICS_SECTOR_DIGITS = 2
_INDUSTRY_DIGITS = {"naics-2017": _NAICS_SECTOR_DIGITS, "gb4754-2017": 1}
"""How much of an industry code names the sector, by system; elsewhere the whole code does."""


@dataclass(frozen=True, eq=False)
class Slice:
    """Some queries: those true in ``mask`` ``(n_queries,)``.

    Where ``positives`` is set, only these count as right and the query's other positives are taken
    out of the lists.
    """

    dimension: str
    level: str
    mask: NDArray[np.bool_]
    positives: PairSet | None = None


@dataclass(frozen=True, slots=True)
class SliceResult:
    """The methods over one slice. ``small`` marks fewer than :data:`SMALL_SLICE` queries."""

    dimension: str
    level: str
    small: bool
    comparison: Comparison


def find_slices(
    evaluation_set: EvaluationSet, catalogue: Catalogue, *, most_levels: int = MOST_LEVELS
) -> list[Slice]:
    """Cut the queries along every dimension; dimensions with a single level are left out."""
    labels = {
        "cold": np.where(evaluation_set.cold, "cold", "warm").astype(object),
        "region": _labels(catalogue.firms.strings(col.PROVINCE)[evaluation_set.firm_rows]),
        "sector": _labels(_sectors(catalogue)[evaluation_set.firm_rows]),
        "stage": _labels(catalogue.needs.strings(col.STAGE)[evaluation_set.need_rows]),
        "popularity": None,
        "month": evaluation_set.dates.astype("datetime64[M]").astype(str).astype(object),
    }
    slices: list[Slice] = []
    for dimension, values in labels.items():
        if values is None:
            slices += _band_slices(evaluation_set)
        else:
            slices += _label_slices(dimension, values, most_levels, by_count=dimension != "month")
    return slices


def popularity_bands(n_rounds: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return ``head``, ``torso`` or ``tail`` for each candidate ``(n_candidates,)``.

    The head is the fewest institutions that together hold a third of all rounds, the torso those
    that hold the next third.
    """
    order = np.argsort(-n_rounds, kind="stable")
    before = (np.cumsum(n_rounds[order]) - n_rounds[order]) / max(n_rounds.sum(), 1)
    place = np.searchsorted(np.array(list(BAND_SHARES.values())), before, side="right")
    bands = np.empty(len(n_rounds), object)
    bands[order] = np.array(list(BAND_SHARES), object)[np.minimum(place, len(BAND_SHARES) - 1)]
    return bands


def evaluate_slice(
    part: Slice, results: Results, method: str, *, metric: str = HEADLINE
) -> NDArray[np.float64]:
    """Return a method's metric over the queries of ``part``. Shape ``(part.mask.sum(),)``."""
    result = results.methods[method]
    if part.positives is None:
        return result.metrics[metric][part.mask]
    kept = part.mask
    lists = result.lists.candidates[kept]
    rows = np.flatnonzero(kept)[:, None]
    right = part.positives.contains(rows, lists)
    aside = results.evaluation_set.positives.contains(rows, lists) & ~right
    closed_up = np.argsort(aside, axis=1, kind="stable")  # closes the gaps they leave
    hits = np.take_along_axis(right, closed_up, axis=1)
    return METRICS[metric].of(hits, part.positives.counts[kept])


def compare_slices(
    slices: Sequence[Slice],
    results: Results,
    methods: Sequence[str],
    *,
    reference: str,
    metric: str = HEADLINE,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> list[SliceResult]:
    """Compare ``methods`` inside every slice, each with its own draws of the slice's firms."""
    compared = []
    for part in slices:
        groups = results.evaluation_set.firm_groups[part.mask]
        draws = Resampling.draw(groups, n_draws=n_draws, seed=seed)
        values = {name: evaluate_slice(part, results, name, metric=metric) for name in methods}
        comparison = compare(values, draws, metric=metric, reference=reference)
        small = comparison.n_queries < SMALL_SLICE
        compared.append(SliceResult(part.dimension, part.level, small, comparison))
    return compared


def _labels(values: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array([value or UNKNOWN for value in values], object)


def _sectors(catalogue: Catalogue) -> NDArray[np.object_]:
    """Return each firm's first sector label, else the sector part of its industry code."""
    offsets, labels = catalogue.firms.lists(col.SECTORS)
    industries = catalogue.firms.strings(col.INDUSTRY)
    systems = catalogue.firms.strings(col.INDUSTRY_SYSTEM)
    sectors = np.empty(len(catalogue.firms), object)
    for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        if end > start:
            sectors[row] = labels[start]
        elif industries[row]:
            sectors[row] = industries[row][: _INDUSTRY_DIGITS.get(systems[row])]
    return sectors


def _label_slices(
    dimension: str, labels: NDArray[np.object_], most_levels: int, *, by_count: bool
) -> list[Slice]:
    levels, counts = np.unique(labels.astype(str), return_counts=True)
    if len(levels) < 2:
        return []
    order = np.argsort(-counts, kind="stable") if by_count else np.arange(len(levels))
    named = [level for level in levels[order].tolist() if level not in (OTHER, UNKNOWN)]
    rare = set(named[most_levels:]) if by_count else set()
    merged = np.array([OTHER if label in rare else label for label in labels], object)
    shown = [level for level in named if level not in rare]
    shown += [level for level in (OTHER, UNKNOWN) if (merged == level).any()]
    return [Slice(dimension, level, merged == level) for level in shown]


def _band_slices(evaluation_set: EvaluationSet) -> list[Slice]:
    bands = popularity_bands(evaluation_set.n_rounds)
    slices = []
    for band in BAND_SHARES:
        positives = evaluation_set.positives.keep_columns(bands == band)
        mask = positives.counts > 0
        if mask.any():
            slices.append(Slice("popularity", band, mask, positives))
    return slices
