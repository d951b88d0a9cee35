"""Reciprocal rank fusion: one ranking from several whose scores cannot be compared.

Each list adds ``weight / (RRF_K + rank)`` for the items it holds (Cormack, Clarke & Büttcher,
SIGIR 2009), so that one list's scale cannot drown another's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from data.errors import ArgumentError

RRF_K = 60  # Cormack et al. 2009: the gain is flat around it


def dense_ranks(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rank of each score in its line: 1 is best, equal scores share the best rank.

    Parameters
    ----------
    scores
        Shape ``(…, n)``; NaN and -inf mean "not in this list".

    Returns
    -------
    The same shape; ``inf`` where the item is not in the list.
    """
    scores = np.asarray(scores, dtype=np.float64)
    held = np.where(np.isnan(scores), -np.inf, scores)
    order = np.argsort(-held, axis=-1, kind="stable")
    ordered = np.take_along_axis(held, order, axis=-1)
    place = np.arange(1, held.shape[-1] + 1)
    starts = np.ones(held.shape, dtype=bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    ranks = np.maximum.accumulate(np.where(starts, place, 0), axis=-1).astype(np.float64)
    ranks[np.isneginf(ordered)] = np.inf
    out = np.empty_like(ranks)
    np.put_along_axis(out, order, ranks, axis=-1)
    return out


def fuse_scores(
    scores: NDArray[np.floating], weights: Sequence[float] | None = None, *, rrf_k: float = RRF_K
) -> NDArray[np.float64]:
    """Fuse several score lines over the same items.

    Parameters
    ----------
    scores
        Shape ``(lists, …, n)``, larger is better; NaN and -inf mean "not in this list".
    weights
        One for each list, ≥ 0; ``None`` weighs all alike.
    rrf_k
        The larger, the less the first places count over the later ones.

    Returns
    -------
    Fused scores of shape ``(…, n)``, ≥ 0; 0 for items that no list holds.

    Raises
    ------
    ArgumentError
        No list, another number of weights, a negative or non-finite weight, ``rrf_k`` below 0.

    Relations
    ---------
    :func:`fuse_rows` does the same for short lists of row numbers. A learned ranker over the
    same scores is better wherever there are links to learn from; this needs none.
    """
    lines = np.asarray(scores, dtype=np.float64)
    weight = _checked_weights(weights, len(lines), rrf_k=rrf_k)
    gains = 1.0 / (rrf_k + dense_ranks(lines))
    fused: NDArray[np.float64] = np.tensordot(weight, gains, axes=1)
    return fused


def fuse_rows(
    lists: Sequence[NDArray[np.integer]],
    n_items: int,
    *,
    weights: Sequence[float] | None = None,
    rrf_k: float = RRF_K,
) -> NDArray[np.float64]:
    """Fuse several ranked lists of row numbers.

    Parameters
    ----------
    lists
        Each a 1-d array of distinct rows, best first; ``NO_ROW`` entries are skipped.
    n_items
        Number of items that rows refer to.
    weights, rrf_k
        As in :func:`fuse_scores`.

    Returns
    -------
    Fused scores of shape ``(n_items,)``; 0 for items that no list holds.

    Raises
    ------
    ArgumentError
        As :func:`fuse_scores`; also a row outside ``0 … n_items - 1`` or held twice by one list.
    """
    weight = _checked_weights(weights, len(lists), rrf_k=rrf_k)
    fused = np.zeros(n_items, dtype=np.float64)
    for one, ranked in zip(weight, lists, strict=True):
        ranked = np.asarray(ranked)
        rows = ranked[ranked != NO_ROW]
        if len(rows) and (rows.min() < 0 or rows.max() >= n_items):
            raise ArgumentError(
                f"Rows must lie in 0 … {n_items - 1}; got {rows.min()} … {rows.max()}.",
                field="lists",
            )
        if len(np.unique(rows)) != len(rows):
            raise ArgumentError("A ranked list holds one row twice.", field="lists")
        fused[rows] += one / (rrf_k + np.arange(1, len(rows) + 1))
    return fused


def _checked_weights(
    weights: Sequence[float] | None, n_lists: int, *, rrf_k: float
) -> NDArray[np.float64]:
    if n_lists == 0:
        raise ArgumentError("Fusion needs at least one list; got none.", field="lists")
    if not rrf_k >= 0:
        raise ArgumentError(f"rrf_k must be at least 0; got {rrf_k}.", field="rrf_k")
    weight = np.ones(n_lists) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != (n_lists,) or not (np.isfinite(weight) & (weight >= 0)).all():
        raise ArgumentError(
            f"Fusion needs {n_lists} finite weights of at least 0; got {weight.tolist()}.",
            field="weights",
        )
    return weight
