"""Pools: the candidates that are worth ordering."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


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
