"""Pools: the candidates that may be shown and are worth ordering."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.pairs import PairSet
from eval.protocol import EvaluationSet
from features.conditions import Conditions
from features.pairs import CHUNK_QUERIES, PairFeatures
from features.queries import Queries
from features.rules.answers import Answer


def sparse_pairs(pairs: PairSet) -> sp.csr_matrix:
    """Return a pair set as a sparse matrix of ones."""
    ones = np.ones(len(pairs.columns), np.float32)
    shape = (len(pairs.offsets) - 1, pairs.n_columns)
    return sp.csr_matrix((ones, pairs.columns, pairs.offsets), shape=shape)


def closed_pairs(
    features: PairFeatures, queries: Queries, evaluation_set: EvaluationSet
) -> sp.csr_matrix:
    """Return the pairs that are never listed: the firm's earlier offers, and what is not met.

    Conditions are checked as of the day on which each need was stated; open questions do not close
    a pair. Shape ``(n_queries, n_candidates)``, ones.
    """
    earlier = sparse_pairs(evaluation_set.excluded)
    items = features.items_
    if items is None or not items.declares:
        return earlier
    conditions, every = Conditions(items), np.arange(len(items))
    parts = []
    for start in range(0, len(queries), CHUNK_QUERIES):
        rows = np.arange(start, min(start + CHUNK_QUERIES, len(queries)))
        chunk = queries.take(rows)
        query, item = np.repeat(np.arange(len(rows)), len(items)), np.tile(every, len(rows))
        answers = conditions.check(chunk, query, item, days=chunk.days)
        unmet = (answers == Answer.UNMET).any(axis=1).reshape(len(rows), len(items))
        parts.append(sp.csr_matrix(unmet.astype(np.float32)))
    closed = sp.csr_matrix(earlier + sp.vstack(parts))
    closed.data[:] = 1.0
    return closed


SMALLEST_POOL = 300
"""Fewer lost on IT桔子 val: .165 with 208 of its 417 candidates, .171 with 300."""
POOL_SHARE = 0.5
"""Share of few candidates that is ordered: the other half is never near the top."""


def pool_size(n_items: int, most: int) -> int:
    """Return how many of ``n_items`` candidates are ordered, ``most`` at the most."""
    return min(most, max(SMALLEST_POOL, int(n_items * POOL_SHARE)))


def mask_scores(scores: NDArray[np.float32], excluded: sp.csr_matrix) -> NDArray[np.float32]:
    """Return ``scores`` ``(n, n_items)`` with minus infinity where a pair is excluded."""
    masked = scores.copy()
    masked[excluded.nonzero()] = -np.inf
    return masked


def best_items(scores: NDArray[np.float32], size: int) -> NDArray[np.int64]:
    """Return the best items of each row, best first, ties by item. Shape ``(n, ≤ size)``.

    Items at minus infinity stand last; mask them again after ranking.
    """
    size = min(size, scores.shape[1])
    if size < scores.shape[1]:
        kept = np.sort(np.argpartition(-scores, size - 1, axis=1)[:, :size], axis=1)
    else:
        kept = np.broadcast_to(np.arange(size), (len(scores), size))
    order = np.argsort(-np.take_along_axis(scores, kept, axis=1), axis=1, kind="stable")
    return np.take_along_axis(kept, order, axis=1).astype(np.int64)
