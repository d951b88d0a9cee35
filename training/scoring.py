"""Scoring whole pools in either direction: what calibration and evaluation share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.pairs import PairFeatures
from features.queries import Queries
from matcher.direction import Direction
from training.examples import compute_pairs
from training.pools import best_items, mask_scores


@dataclass(frozen=True)
class PoolScores:
    """The pools of some rows and the ranker's scores of them.

    Attributes
    ----------
    members
        Items of each query, or queries of each item. Shape ``(n, size)``.
    scores
        Raw scores, minus infinity where the pair is excluded. Same shape.
    """

    members: NDArray[np.int64]
    scores: NDArray[np.float64]

    def flat(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return row, member and score of every pair that is not excluded."""
        kept = np.isfinite(self.scores)
        rows = np.broadcast_to(np.arange(len(self.members))[:, None], self.members.shape)
        return rows[kept], self.members[kept], self.scores[kept]


def score_firm_side(
    features: PairFeatures,
    sides: Sequence[Direction],
    batch: QueryBatch,
    closed: sp.csr_matrix,
    *,
    size: int,
) -> list[PoolScores]:
    """Rank the pool of every query of a batch, once by each of ``sides``.

    ``closed`` has one row a query.
    """
    masked = mask_scores(batch.content_scores, closed)
    pool = best_items(masked, size)
    out = np.isneginf(np.take_along_axis(masked, pool, axis=1))
    query = np.repeat(np.arange(len(batch)), pool.shape[1])
    x = features.compute(batch, query, pool.ravel())
    scored = (side.score(x).reshape(pool.shape) for side in sides)
    return [PoolScores(pool, np.where(out, -np.inf, scores)) for scores in scored]


def score_institution_side(
    features: PairFeatures,
    side: Direction,
    queries: Queries,
    log_share: NDArray[np.float32],
    items: NDArray[np.int64],
    *,
    size: int,
) -> PoolScores:
    """Rank for each of ``items`` the queries to which the content model gives it most.

    ``log_share`` is the content model's log-probability ``(n_queries, n_items)``, minus infinity
    where a pair is excluded.
    """
    shares = np.ascontiguousarray(log_share[:, items].T)
    pool = best_items(shares, size)
    item = np.repeat(items, pool.shape[1])
    x = compute_pairs(features, queries, pool.ravel(), item)
    scores = side.score(x).reshape(pool.shape)
    scores[np.isneginf(np.take_along_axis(shares, pool, axis=1))] = -np.inf
    return PoolScores(pool, scores)
