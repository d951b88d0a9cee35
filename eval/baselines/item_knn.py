"""Item-kNN: institutions that fund the same firms as the firm's earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.baselines.firms import Fallback, FallbackSettings
from eval.baselines.past import Past
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class ItemKNNSettings:
    """Settings of :class:`ItemKNN`.

    Attributes
    ----------
    neighbours
        Most similar items that are kept for each item.
    shrink
        Added to the denominator of the cosine: pairs with few common firms count less.
    """

    neighbours: int = 100
    shrink: float = 20.0
    fallback: FallbackSettings = field(default_factory=FallbackSettings)


class ItemKNN:
    """Sum over the firm's earlier items of their shrunk cosine similarity (Sarwar et al. 2001).

    Relations
    ---------
    :class:`~eval.baselines.ease.Ease` learns the same item–item weights jointly.
    """

    def __init__(self, settings: ItemKNNSettings | None = None) -> None:
        self.settings = settings or ItemKNNSettings()

    def fit(self, past: Past) -> ItemKNN:
        """Compare the items by the firms that they share."""
        self.earlier_ = past.history.earlier_items
        together = sp.coo_matrix(self.earlier_.T @ self.earlier_)
        n_firms = np.asarray(self.earlier_.sum(axis=0)).ravel()
        row, column = together.row, together.col
        cosine = together.data / (np.sqrt(n_firms[row] * n_firms[column]) + self.settings.shrink)
        kept = row != column
        similarity = sp.csr_matrix((cosine[kept], (row[kept], column[kept])), together.shape)
        self.similarity_ = _nearest(similarity, self.settings.neighbours)
        self.fallback_ = Fallback(self.settings.fallback).fit(past)
        return self

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Add up the similarities; cold firms get popularity. ``(n_queries, n_items)``."""
        return self.fallback_.score(
            queries, lambda firms: (self.earlier_[firms] @ self.similarity_).toarray()
        )


def _nearest(similarity: sp.csr_matrix, k: int) -> sp.csr_matrix:
    """Keep the ``k`` largest entries of each row; equal ones by column."""
    rows = np.repeat(np.arange(similarity.shape[0]), np.diff(similarity.indptr))
    order = np.lexsort((similarity.indices, -similarity.data, rows))
    place = np.arange(len(order)) - similarity.indptr[rows[order]]
    kept = order[place < k]
    return sp.csr_matrix(
        (similarity.data[kept], (rows[kept], similarity.indices[kept])), similarity.shape
    )
