"""Neighbours: who funded the past rounds that look most like this one.

Rounds are compared by the cosine of their content vectors (two members of the model: enough, and
a quarter of the cost). Votes of past rounds fall off with dissimilarity at three sharpnesses.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.follows import follows
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

    def votes(self, batch: QueryBatch, place: int) -> NDArray[np.float64]:
        """Return a query's sharpest votes for every item, for retrieval. ``(n_items,)``, ≥ 0."""
        if len(batch) == 1:
            similarity = self._similarity(batch)[1][0]
        else:
            similarity = self._compared(batch.vectors[place : place + 1])[1][0]
        weights = np.exp((similarity - 1) * np.float32(2 ** (N_SHARPNESSES - 1) / SOFTEST))
        return np.asarray(self._by_item @ weights, np.float64)

    def _similarity(self, batch: QueryBatch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the encoded queries and their similarity to every round; the last are kept."""
        kept: tuple[NDArray[np.float32], ...] | None = batch.kept.get(id(self.rounds_))
        if kept is None:
            kept = batch.kept[id(self.rounds_)] = self._compared(batch.vectors)
        return kept[0], kept[1]

    def _compared(
        self, vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        encoded = _unit(vectors[:, : self.dims_])
        return encoded, encoded @ self.rounds_.T

    @follows("links_")
    def _by_item(self) -> sp.csr_matrix:
        """Return the rounds of each item, in order. Shape ``(n_items, n_rounds)``."""
        return sp.csr_matrix(self.links_.T)

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item."""
        encoded, similarity = self._similarity(batch)
        weights = np.exp((similarity - 1) / np.float32(SOFTEST))
        popularity = self.popularity_[item]
        found = np.empty((len(self.features), len(item)), np.float32)
        share = np.zeros(len(query), np.float32)
        for k in range(N_SHARPNESSES):
            share = self._shares(weights, query, item)
            smooth = (1 - VOTE_PRIOR) * share + VOTE_PRIOR * popularity
            found[k] = np.log(smooth / popularity)
            weights *= weights
        found[N_SHARPNESSES] = share
        found[-3:-1] = _nearest_and_mean(similarity, query, self.last_deals_[item])
        queries = np.broadcast_to(encoded[0], (len(item), self.dims_))
        centroids = self.centroids_[item]
        found[-1] = np.einsum("pd,pd->p", queries if len(batch) == 1 else encoded[query], centroids)
        return found.T

    def _shares(
        self, weights: NDArray[np.float32], query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the share of each query's votes that goes to the item of each pair."""
        if len(weights) == 1:
            votes = np.asarray(self._by_item @ weights[0])[None]
            total = votes.sum(axis=1)
        elif (item == item[0]).all():  # the needs of one offer: no other offer's votes are counted
            votes = np.asarray(self._by_item[item[:1]] @ weights.T).T
            total = weights @ self._round_links
            item = np.zeros_like(item)
        else:
            votes = np.asarray(weights @ self.links_)
            total = votes.sum(axis=1)
        return np.asarray(votes[query, item] / np.maximum(total, 1e-12)[query], np.float32)

    @follows("links_")
    def _round_links(self) -> NDArray[np.float32]:
        """Return the votes that each round gives in all. Shape ``(n_rounds,)``."""
        return np.asarray(self.links_.sum(axis=1), np.float32).ravel()


def _nearest_and_mean(
    similarity: NDArray[np.float32], query: NDArray[np.int64], recent: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the largest and the mean similarity to each item's latest rounds; NaN without any."""
    held = recent >= 0
    n_held = held.sum(axis=1)
    near = similarity[query[:, None], recent]
    nearest = np.where(held, near, -np.inf).max(axis=1)
    nearest[n_held == 0] = np.nan
    total = np.where(held, near, np.float32(0)).sum(axis=1)
    mean = np.divide(total, n_held, out=np.full(len(query), np.nan), where=n_held > 0)
    return nearest, mean


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
