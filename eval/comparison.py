"""Comparing methods over the same queries: means, ratios, paired differences and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.errors import UnknownIdError
from eval.intervals import Interval, Resampling, percentile_ends


class Verdict(StrEnum):
    """What the paired interval allows to say about a method against the reference."""

    REFERENCE = "reference"
    BETTER = "better"
    NO_DIFFERENCE = "no_difference"
    WORSE = "worse"


VERDICT_WORDS: dict[Verdict, Mapping[str, str]] = {
    Verdict.REFERENCE: {"zh": "参照", "en": "reference"},
    Verdict.BETTER: {"zh": "更好", "en": "better"},
    Verdict.NO_DIFFERENCE: {"zh": "看不出差别", "en": "no difference"},
    Verdict.WORSE: {"zh": "更差", "en": "worse"},
}


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One method against the reference; ``ratio`` is ``None`` where the reference scores 0."""

    method: str
    score: Interval
    ratio: Interval | None
    difference: Interval
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """All methods against one reference on one metric, in the order they were given."""

    metric: str
    reference: str
    n_queries: int
    n_groups: int
    rows: tuple[ComparisonRow, ...]

    def row(self, method: str) -> ComparisonRow:
        """Return the row of ``method``; raise :class:`UnknownIdError` where there is none."""
        for row in self.rows:
            if row.method == method:
                return row
        raise _unknown_method(method, [row.method for row in self.rows])


def judge(difference: Interval) -> Verdict:
    """Turn a paired interval into a verdict: a difference counts if the interval excludes 0."""
    if difference.above_zero:
        return Verdict.BETTER
    return Verdict.WORSE if difference.below_zero else Verdict.NO_DIFFERENCE


def compare(
    values: Mapping[str, NDArray[np.float64]],
    resampling: Resampling,
    *,
    metric: str,
    reference: str,
) -> Comparison:
    """Compare every method with ``reference`` over the queries that ``resampling`` was drawn for.

    Parameters
    ----------
    values
        The metric of every query, by method. Each of shape ``(n_queries,)``.
    resampling
        Draws of the firms of these queries; all methods share them, which makes differences paired.
    metric
        Name of the metric, kept in the result.
    reference
        The method that the others are compared with.

    Raises
    ------
    UnknownIdError
        ``reference`` is none of the methods.
    """
    if reference not in values:
        raise _unknown_method(reference, list(values))
    names = list(values)
    table = np.stack([values[name] for name in names], axis=1)
    means, draws = table.mean(axis=0), resampling.means(table)
    pivot = names.index(reference)
    rows = []
    for place, name in enumerate(names):
        difference = _interval(means[place] - means[pivot], draws[:, place] - draws[:, pivot])
        rows.append(
            ComparisonRow(
                method=name,
                score=_interval(means[place], draws[:, place]),
                ratio=_ratio(means[place], means[pivot], draws[:, place], draws[:, pivot]),
                difference=difference,
                verdict=Verdict.REFERENCE if place == pivot else judge(difference),
            )
        )
    return Comparison(metric, reference, len(table), resampling.n_groups, tuple(rows))


def best_method(values: Mapping[str, NDArray[np.float64]], *, without: str | None = None) -> str:
    """Return the method with the highest mean, leaving out ``without``; ties go to the first."""
    rivals = {name: float(np.mean(column)) for name, column in values.items() if name != without}
    if not rivals:
        return next(iter(values))
    return max(rivals, key=rivals.__getitem__)


def _interval(point: float, draws: NDArray[np.float64]) -> Interval:
    low, high = percentile_ends(draws)
    return Interval(float(point), float(low), float(high))


def _ratio(
    mean: float, pivot: float, draws: NDArray[np.float64], pivots: NDArray[np.float64]
) -> Interval | None:
    if pivot <= 0 or not (pivots > 0).all():
        return None
    return _interval(mean / pivot, draws / pivots)


def _unknown_method(method: str, known: list[str]) -> UnknownIdError:
    return UnknownIdError(
        f"There is no method {method!r} in this comparison.",
        field="method",
        remedy=f"Choose one of {', '.join(known)}.",
    )
