"""Scores of the content model and of the plain text-like centroid, as features of a pair."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.follows import follows
from features.history import History
from features.spec import Feature, FeatureKind
from features.value_table import ValueTable

HALF_LIFE_DAYS = 1095.0
THEME = "similar_deals"


class Content:
    """Log-probability by the content model, and TF-IDF similarity to the item's portfolio."""

    features = (
        Feature("content.log_probability", FeatureKind.SCORE, THEME),
        Feature("content.behind_best", FeatureKind.SCORE, THEME),
        Feature("content.lift", FeatureKind.LOG_LIFT, THEME),
        Feature("content.tfidf_centroid", FeatureKind.SIMILARITY, THEME),
    )

    def fit(self, history: History, tokens: sp.csr_matrix, bias: NDArray[np.float32]) -> Content:
        """Weigh tokens by rarity and add them up over each item's deals."""
        links = history.decayed_links(HALF_LIFE_DAYS)
        in_rounds = np.asarray((tokens > 0).sum(axis=0)).ravel()
        self.idf_ = np.log((1 + tokens.shape[0]) / (1 + in_rounds)).astype(np.float32)
        rounds = _unit_rows(sp.csr_matrix(tokens.multiply(self.idf_)))
        self.centroids_ = sp.csr_matrix(_unit_rows(sp.csr_matrix(links.T @ rounds)).T)
        self.bias_ = bias
        return self

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item."""
        if len(batch) == 1:
            return self._compute_one(batch, item)
        score = batch.content_scores[query, item]
        best = batch.content_best[query, 0]
        log_probability = score - batch.content_log_total[query, 0]
        asked = _unit_rows(sp.csr_matrix(batch.tokens.multiply(self.idf_)))
        centroid = (asked @ self.centroids_).toarray()[query, item]
        lift = log_probability - self.bias_[item]
        return np.stack([log_probability, score - best, lift, centroid], axis=1).astype(np.float32)

    def _compute_one(self, batch: QueryBatch, item: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the features of pairs of a single query."""
        score = batch.content_scores[0, item]
        log_probability = score - batch.content_log_total[0, 0]
        tokens = batch.tokens.indices
        weights = self.idf_[tokens]
        if len(tokens):
            norm = np.sqrt(np.cumsum(weights * weights)[-1])  # as sparse rows add up
            weights = weights * (1 / np.maximum(norm, 1e-9))
        values = self._values.at(tokens, item)
        values *= weights[:, None]
        columns = (
            log_probability,
            score - batch.content_best[0, 0],
            log_probability - self.bias_[item],
            values.sum(axis=0),
        )
        return np.stack(columns).astype(np.float32).T

    @follows("centroids_")
    def _values(self) -> ValueTable:
        return ValueTable(self.centroids_)


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.csr_matrix(sp.diags_array(1 / np.maximum(norms, 1e-9)) @ matrix, dtype=np.float32)
