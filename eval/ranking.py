"""Ranked lists: for each query the best candidates in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError
from eval.pairs import PairSet

LIST_DEPTH = 100
"""Places that are kept and judged in every list."""

NO_CANDIDATE = -1
"""Fills the places of a list that is shorter than the depth."""

ScoreChunks = Iterable[tuple[NDArray[np.int64], NDArray[np.floating]]]
"""Pieces of a score matrix: row numbers ``(n,)`` and their scores ``(n, n_columns)``."""


@dataclass(frozen=True, eq=False)
class RankedLists:
    """Lists of candidates, best first.

    Attributes
    ----------
    candidates
        Candidate indices, ``NO_CANDIDATE`` after the end of a list. Shape ``(n_queries, depth)``,
        int32.
    scores
        Their scores, not ascending along a list, ``-inf`` after its end. Same shape.
    n_candidates
        Number of candidates the lists were chosen from.
    """

    candidates: NDArray[np.int32]
    scores: NDArray[np.float64]
    n_candidates: int

    @property
    def n_queries(self) -> int:
        """Number of lists."""
        return len(self.candidates)

    @property
    def depth(self) -> int:
        """Places in each list."""
        return int(self.candidates.shape[1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of candidates in each list. Shape ``(n_queries,)``."""
        return np.asarray((self.candidates != NO_CANDIDATE).sum(axis=1), np.int64)

    @classmethod
    def from_scores(
        cls, scores: NDArray[np.floating], excluded: PairSet, *, depth: int = LIST_DEPTH
    ) -> RankedLists:
        """Rank the columns of one whole matrix ``(n_queries, n_candidates)``."""
        rows = np.arange(len(scores), dtype=np.int64)
        return cls.from_chunks([(rows, scores)], excluded, depth=depth)

    @classmethod
    def from_chunks(
        cls, chunks: ScoreChunks, excluded: PairSet, *, depth: int = LIST_DEPTH
    ) -> RankedLists:
        """Rank the columns of a matrix that comes in pieces, as :class:`ListBuilder` does."""
        builder = ListBuilder(excluded, depth=depth)
        for rows, scores in chunks:
            builder.add(rows, scores)
        return builder.lists()


class ListBuilder:
    """Ranks the columns of a score matrix that comes in pieces.

    Equal scores are ordered by candidate index. A pair of ``excluded`` and a pair whose score is
    NaN or minus infinity is not listed; a row that no piece brings has an empty list.
    """

    def __init__(self, excluded: PairSet, *, depth: int = LIST_DEPTH) -> None:
        self.excluded = excluded
        self.depth = min(depth, excluded.n_columns)
        shape = (excluded.n_rows, self.depth)
        self._candidates = np.full(shape, NO_CANDIDATE, np.int32)
        self._scores = np.full(shape, -np.inf)

    def add(
        self, rows: NDArray[np.int64], scores: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Rank one piece; return its allowed scores and its lists ``(n, depth)``.

        Raises
        ------
        ArgumentError
            The piece has another shape than ``(n, n_candidates)``, or an infinite score.
        """
        allowed = allowed_scores(rows, scores, self.excluded)
        candidates, best_scores = best_columns(allowed, self.depth)
        self._candidates[rows], self._scores[rows] = candidates, best_scores
        return allowed, candidates

    def lists(self) -> RankedLists:
        """Return the lists of all pieces so far."""
        return RankedLists(self._candidates.copy(), self._scores.copy(), self.excluded.n_columns)


def allowed_scores(
    rows: NDArray[np.int64], scores: NDArray[np.floating], excluded: PairSet
) -> NDArray[np.float64]:
    """Copy ``scores`` with minus infinity at every pair that may not be listed.

    Raises
    ------
    ArgumentError
        The shape is wrong or a score is plus infinity.
    """
    expected = (len(rows), excluded.n_columns)
    if np.shape(scores) != expected:
        raise ArgumentError(
            f"A method must return scores of shape {expected}; got {np.shape(scores)}.",
            field="scores",
            remedy="Return one row for each query asked and one column for each candidate.",
        )
    allowed = np.array(scores, np.float64)
    if np.isposinf(allowed).any():
        raise ArgumentError("A score must be finite, NaN or minus infinity; got inf.")
    allowed[np.isnan(allowed)] = -np.inf
    barred = excluded.take_rows(rows)
    allowed[barred.rows, barred.columns] = -np.inf
    return allowed


def best_columns(
    scores: NDArray[np.float64], depth: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the ``depth`` best columns of each row and their scores, best first.

    Equal scores keep the order of the columns; minus infinity is never taken. Only the columns that
    reach the ``depth``-th best score are sorted, which is several times faster than sorting all.
    """
    n_rows, n_columns = scores.shape
    best = np.full((n_rows, depth), NO_CANDIDATE, np.int32)
    best_scores = np.full((n_rows, depth), -np.inf)
    if not n_rows or not depth:
        return best, best_scores
    threshold = np.partition(scores, n_columns - depth, axis=1)[:, n_columns - depth, None]
    rows, columns = np.nonzero((scores >= threshold) & (scores > -np.inf))
    values = scores[rows, columns]
    order = np.lexsort((-values, rows))  # stable: columns ascend among equal scores
    rows, columns, values = rows[order], columns[order], values[order]
    starts = np.searchsorted(rows, np.arange(n_rows))
    places = np.arange(len(rows)) - starts[rows]
    kept = places < depth
    best[rows[kept], places[kept]] = columns[kept]
    best_scores[rows[kept], places[kept]] = values[kept]
    return best, best_scores
