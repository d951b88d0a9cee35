"""The other direction: how well an institution finds the firms it goes on to fund.

Each institution with a new link in the window ranks all query rounds of the window. The scores come
from the same method, but a score of one query is not comparable with that of another: they are
brought to one scale inside each query first (raw scores lose more than half of the quality).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from data.errors import ArgumentError
from eval.metrics import evaluate_lists
from eval.protocol import EvaluationSet
from eval.ranking import LIST_DEPTH, RankedLists, ScoreChunks, allowed_scores, best_columns

_ROWS_AT_ONCE = 32
"""Institutions ranked at once, so that the working copy of a large window stays small."""

Normaliser = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Brings scores ``(n, n_candidates)`` to one scale a row; minus infinity stays."""


def standardise(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subtract the mean of each row and divide by its standard deviation, over finite scores.

    A row whose scores are all equal becomes zero.

    Relations
    ---------
    The default. Keeps how far a candidate stands out; :func:`softmax` looks at the top only.
    """
    finite = np.isfinite(scores)
    counts = np.maximum(finite.sum(axis=1, keepdims=True), 1)
    values = np.where(finite, scores, 0.0)
    means = values.sum(axis=1, keepdims=True) / counts
    centred = np.where(finite, values - means, 0.0)
    spreads = np.sqrt((centred**2).sum(axis=1, keepdims=True) / counts)
    flat = spreads <= np.finfo(np.float64).eps * np.maximum(np.abs(means), 1)
    scaled = np.where(flat, 0.0, centred / np.where(flat, 1.0, spreads))
    return np.where(finite, scaled, -np.inf)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row into logarithms of shares that sum to one, over finite scores.

    Relations
    ---------
    For scores that are log-odds of a choice among the candidates; :func:`standardise` needs no
    such meaning.
    """
    finite = np.isfinite(scores)
    highest = np.where(finite, scores, -np.inf).max(axis=1, keepdims=True)
    shifted = np.where(finite, scores - np.where(np.isfinite(highest), highest, 0.0), -np.inf)
    totals = np.exp(shifted).sum(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.maximum(totals, 1.0)))


def keep_raw(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave the scores as they are, for methods whose scores are probabilities already."""
    return scores


NORMALISERS: dict[str, Normaliser] = {
    "standard": standardise,
    "softmax": softmax,
    "none": keep_raw,
}
"""The ways to bring queries to one scale, by the name of the option."""

DEFAULT_NORMALISER = "standard"


@dataclass(frozen=True, eq=False)
class ReverseResult:
    """Metrics of the direction institution → firms.

    Attributes
    ----------
    candidates
        Candidate index of each active offer. Shape ``(n_active,)``.
    groups
        Its institution: the unit that intervals resample.
    metrics
        One value an active offer for every metric.
    """

    candidates: NDArray[np.int64]
    groups: NDArray[np.int64]
    metrics: dict[str, NDArray[np.float64]]


class ReverseBuilder:
    """Collects the scores of the active institutions while a method is run."""

    def __init__(
        self, evaluation_set: EvaluationSet, *, normaliser: str = DEFAULT_NORMALISER
    ) -> None:
        if normaliser not in NORMALISERS:
            raise ArgumentError(
                f"There is no normaliser {normaliser!r}.",
                field="normaliser",
                remedy=f"Choose one of {', '.join(NORMALISERS)}.",
            )
        self.evaluation_set = evaluation_set
        self.normaliser = NORMALISERS[normaliser]
        by_candidate = evaluation_set.positives.transpose()
        self._active = np.flatnonzero(by_candidate.counts)
        self._scores = np.full((evaluation_set.n_queries, len(self._active)), -np.inf)

    def add(self, rows: NDArray[np.int64], allowed: NDArray[np.float64]) -> None:
        """Take scores ``(n, n_candidates)`` that hold minus infinity where a pair is not ranked."""
        self._scores[rows] = self.normaliser(allowed)[:, self._active]

    @property
    def active(self) -> NDArray[np.int64]:
        """Candidate index of every offer that is judged, ascending."""
        return self._active

    def take(self, scores: NDArray[np.floating]) -> None:
        """Take scores ``(n_active, n_queries)`` in place of those collected; NaN is not ranked.

        Raises
        ------
        ArgumentError
            The scores have another shape.
        """
        if scores.shape != self._scores.T.shape:
            raise ArgumentError(
                f"The scores of institutions must have the shape {self._scores.T.shape}; "
                f"got {scores.shape}.",
                field="score_institutions",
            )
        self._scores = np.where(np.isnan(scores), -np.inf, scores).T

    def result(self) -> ReverseResult:
        """Rank the query rounds for every active institution and judge the lists at 100."""
        evaluation_set = self.evaluation_set
        lists = _ranked_rows(self._scores.T)
        positives = evaluation_set.positives.transpose().take_rows(self._active)
        institutions = evaluation_set.institution_rows[self._active]
        alone = institutions == NO_ROW  # an offer of an unknown institution stands for itself
        return ReverseResult(
            candidates=self._active,
            groups=np.where(alone, -1 - self._active, institutions),
            metrics=evaluate_lists(lists, positives),
        )


def evaluate_reverse(
    chunks: ScoreChunks, evaluation_set: EvaluationSet, *, normaliser: str = DEFAULT_NORMALISER
) -> ReverseResult:
    """Judge the direction institution → firms of a score matrix that comes in pieces.

    A pair outside the method's pool (NaN) and a firm the institution funded before are not listed.
    """
    builder = ReverseBuilder(evaluation_set, normaliser=normaliser)
    for rows, scores in chunks:
        builder.add(rows, allowed_scores(rows, scores, evaluation_set.excluded))
    return builder.result()


def _ranked_rows(scores: NDArray[np.float64], *, depth: int = LIST_DEPTH) -> RankedLists:
    n_rows, n_columns = scores.shape
    depth = min(depth, n_columns)
    columns = np.empty((n_rows, depth), np.int32)
    values = np.empty((n_rows, depth))
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        columns[rows], values[rows] = best_columns(np.ascontiguousarray(scores[rows]), depth)
    return RankedLists(columns, values, n_columns)
