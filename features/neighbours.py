"""Neighbours: who funded the past rounds that look most like this one.

Rounds are compared by the cosine of their content vectors (two members of the model: enough, and
a quarter of the cost). Votes of past rounds fall off with dissimilarity at three sharpnesses.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.history import History
from features.spec import Feature, FeatureKind

HALF_LIFE_DAYS = 1095.0
SOFTEST = 0.2
"""1 - cosine over which the softest vote falls by e; the others are 2 and 4 times sharper."""
N_SHARPNESSES = 3
VOTE_PRIOR = 1e-3
"""Share of votes given out by popularity, so that an item without neighbours has a finite lift."""
N_LAST_DEALS = 5
MAX_ROUNDS = 30_000
"""Only the latest rounds vote: the cost of a query stays bounded as history grows."""


class Neighbours:
    """Votes of similar past rounds, and similarity to each item's latest deals and portfolio."""

    def fit(self, history: History, vectors: NDArray[np.float32], *, dims: int) -> Neighbours:
        """Keep the latest rounds with a link; ``vectors`` are those of ``history.rounds``."""
        self.dims_ = dims
        links = history.decayed_links(HALF_LIFE_DAYS)
        linked = np.flatnonzero(np.diff(links.indptr) > 0)[-MAX_ROUNDS:]
        self.links_ = links[linked]
        self.rounds_ = _unit(vectors[linked, :dims])
        self.popularity_ = self.popularity(self.links_)
        self.last_deals_ = _last_deals(self.links_)
        centroids = sp.csr_matrix(self.links_.T) @ self.rounds_
        self.centroids_ = _unit(centroids)
        return self

    @staticmethod
    def popularity(links: sp.csr_matrix) -> NDArray[np.float64]:
        """Return the share of all votes that each item would get from equal rounds."""
        votes = np.asarray(links.sum(axis=0)).ravel()
        return np.asarray((votes + 1e-6) / (votes.sum() + 1e-6 * len(votes)), np.float64)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Lift of the votes by sharpness, then similarity to the latest deals and the centroid."""
        return (
            *(
                Feature(f"neighbours.votes_{k}", FeatureKind.LOG_LIFT, "similar_deals")
                for k in range(N_SHARPNESSES)
            ),
            Feature("neighbours.vote_share", FeatureKind.SHARE, "similar_deals"),
            Feature("neighbours.nearest_recent", FeatureKind.SIMILARITY, "similar_deals"),
            Feature("neighbours.mean_recent", FeatureKind.SIMILARITY, "similar_deals"),
            Feature("neighbours.centroid", FeatureKind.SIMILARITY, "similar_deals"),
        )

    def votes(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the sharpest votes for every item, for retrieval. Shape ``(n, n_items)``, ≥ 0."""
        similarity = _unit(vectors[:, : self.dims_]) @ self.rounds_.T
        weights = np.exp((similarity - 1) * np.float32(2 ** (N_SHARPNESSES - 1) / SOFTEST))
        return np.asarray(weights @ self.links_, np.float64)

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item."""
        encoded = _unit(batch.vectors[:, : self.dims_])
        similarity = encoded @ self.rounds_.T
        weights = np.exp((similarity - 1) / np.float32(SOFTEST))
        popularity = self.popularity_[item]
        columns = []
        share = np.zeros(len(query))
        for _ in range(N_SHARPNESSES):
            votes = np.asarray(weights @ self.links_)
            total = np.maximum(votes.sum(axis=1), 1e-12)
            share = votes[query, item] / total[query]
            smooth = (1 - VOTE_PRIOR) * share + VOTE_PRIOR * popularity
            columns.append(np.log(smooth / popularity))
            weights *= weights
        columns.append(share)
        recent = self.last_deals_[item]
        near = np.where(recent >= 0, similarity[query[:, None], recent], np.nan)
        seen = (recent >= 0).any(axis=1)
        nearest, mean = np.full(len(query), np.nan), np.full(len(query), np.nan)
        nearest[seen], mean[seen] = np.nanmax(near[seen], axis=1), np.nanmean(near[seen], axis=1)
        centroid = np.einsum("pd,pd->p", encoded[query], self.centroids_[item])
        return np.stack([*columns, nearest, mean, centroid], axis=1).astype(np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)


def _last_deals(links: sp.csr_matrix) -> NDArray[np.int64]:
    """Return the positions of each item's latest rounds, -1 where fewer. ``(n_items, n)``."""
    by_item = sp.csc_matrix(links)
    by_item.sort_indices()
    found = np.full((links.shape[1], N_LAST_DEALS), -1, np.int64)
    for k in range(N_LAST_DEALS):
        place = by_item.indptr[1:] - 1 - k
        has = place >= by_item.indptr[:-1]
        found[has, k] = by_item.indices[place[has]]
    return found
