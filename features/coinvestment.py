"""Co-investment: whether those who fund a firm already usually fund beside the item.

Two items are close when they fund the same firms: the cosine of their rows in the firm × item
matrix. Only for firms with earlier links; zero for the others.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.history import History
from features.spec import Feature, FeatureKind

PRIOR_FIRMS = 3.0


class Coinvestment:
    """Closeness of an item to the firm's earlier items."""

    features = (
        Feature("coinvestment.cosine", FeatureKind.SIMILARITY, "coinvestors"),
        Feature("coinvestment.lift", FeatureKind.LOG_LIFT, "coinvestors"),
        Feature("coinvestment.rare_partners", FeatureKind.SCORE, "coinvestors"),
    )

    def fit(self, history: History) -> Coinvestment:
        """Count the firms that two items share."""
        firms = history.earlier_items
        shared = sp.csr_matrix(firms.T @ firms)
        self.n_firms_ = np.maximum(shared.diagonal(), 1.0)
        shared.setdiag(0)
        shared.eliminate_zeros()
        self.shared_ = shared
        scale = sp.diags_array(self.n_firms_**-0.5)
        self.cosine_ = sp.csr_matrix(scale @ shared @ scale, dtype=np.float32)
        partners = np.maximum(np.diff(shared.indptr), 2)
        adjacent = sp.csr_matrix(
            (np.ones_like(shared.data), shared.indices, shared.indptr), shape=shared.shape
        )
        # Adamic & Adar 2003: a shared partner counts the more, the fewer partners it has
        rare = sp.diags_array(1 / np.log(partners))
        self.rare_ = sp.csr_matrix(adjacent @ rare, dtype=np.float32)
        self.adjacent_ = adjacent
        return self

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item."""
        n_earlier = np.diff(batch.earlier.indptr)
        result = np.zeros((len(query), len(self.features)), np.float32)
        warm = n_earlier[query] > 0
        if not warm.any():
            return result
        q, i = query[warm], item[warm]
        used, q = np.unique(q, return_inverse=True)
        earlier = batch.earlier[used]
        cosine = (earlier @ self.cosine_).toarray()[q, i] / np.sqrt(n_earlier[used][q])
        shared = (earlier @ self.shared_).toarray()[q, i]
        total = (earlier @ self.n_firms_)[q]
        share = self.n_firms_[i] / self.n_firms_.sum()
        lift = np.log((shared + PRIOR_FIRMS * share) / ((total + PRIOR_FIRMS) * share))
        rare = ((earlier @ self.rare_) @ self.adjacent_).toarray()[q, i]
        result[warm] = np.stack([cosine, lift, np.log1p(rare)], axis=1)
        return result
