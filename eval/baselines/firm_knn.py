"""Firm-kNN: who funded the past rounds whose attributes look most like this one's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.baselines.past import (
    Attributes,
    Past,
    fill_blank_rows,
    inverse_document_frequency,
    unit_rows,
)
from features.queries import Queries

CHUNK_CELLS = 8_000_000
"""Similarities held at once: 32 MB of floats."""


@dataclass(frozen=True, slots=True)
class FirmKNNSettings:
    """Settings of :class:`FirmKNN`.

    Attributes
    ----------
    neighbours
        Most similar rounds that vote.
    sharpness
        A vote weighs its cosine to this power.
    half_life_days
        Age at which a link counts half.
    """

    attributes: Attributes = field(default_factory=lambda: Attributes(crosses=True))
    neighbours: int = 400
    sharpness: float = 1.0
    half_life_days: float = 1095.0


class FirmKNN:
    """Votes of the nearest rounds by the cosine of their TF-IDF vectors.

    Relations
    ---------
    Looks at single deals; :class:`~eval.baselines.centroid.PortfolioCentroid` looks at the middle
    of a portfolio, which is steadier for an institution of one taste and blurred for one of many.
    """

    def __init__(self, settings: FirmKNNSettings | None = None) -> None:
        self.settings = settings or FirmKNNSettings()

    def fit(self, past: Past) -> FirmKNN:
        """Keep the vectors of the rounds that led to a link."""
        attributes = self.settings.attributes
        self.vocabulary_ = past.vocabulary(attributes)
        tokens = past.tokens(attributes)
        self.idf_ = inverse_document_frequency(tokens)
        rounds, self.links_ = past.links(self.settings.half_life_days)
        self.rounds_ = sp.csr_matrix(self._vectors(tokens[rounds]).T)
        self.popularity_ = past.popularity(self.settings.half_life_days)
        return self

    def _vectors(self, tokens: sp.csr_matrix) -> sp.csr_matrix:
        return unit_rows(sp.csr_matrix(tokens @ sp.diags_array(self.idf_)))

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Add up the votes; a firm like none gets popularity. ``(n_queries, n_items)``."""
        asked = self._vectors(self.vocabulary_.transform(queries.tokens))
        step = max(1, CHUNK_CELLS // self.rounds_.shape[1])
        pieces = [self._votes(asked[a : a + step]) for a in range(0, len(queries), step)]
        nothing = np.zeros((0, self.links_.shape[1]), np.float32)
        return fill_blank_rows(np.concatenate([nothing, *pieces]), self.popularity_)

    def _votes(self, asked: sp.csr_matrix) -> NDArray[np.float32]:
        similarity = (asked @ self.rounds_).toarray()
        k = min(self.settings.neighbours, similarity.shape[1])
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        weights = np.take_along_axis(similarity, nearest, axis=1) ** self.settings.sharpness
        offsets = np.arange(0, weights.size + 1, k)
        votes = sp.csr_matrix((weights.ravel(), nearest.ravel(), offsets), shape=similarity.shape)
        return np.asarray((votes @ self.links_).toarray(), np.float32)
