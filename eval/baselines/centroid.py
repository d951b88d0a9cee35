"""TF-IDF centroid: the cosine between the firm's attributes and the middle of each portfolio."""

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


@dataclass(frozen=True, slots=True)
class CentroidSettings:
    """Settings of :class:`PortfolioCentroid`.

    Attributes
    ----------
    idf_power
        Power of the inverse document frequency: 0 ignores how rare a token is.
    length_power
        Power of the length by which a portfolio is divided: 1 gives the cosine, 0 the plain sum,
        which favours large portfolios (pivoted normalisation, Singhal et al. 1996).
    half_life_days
        Age at which a deal counts half.
    """

    attributes: Attributes = field(default_factory=lambda: Attributes(crosses=True))
    idf_power: float = 1.0
    length_power: float = 0.6
    half_life_days: float = 1095.0


class PortfolioCentroid:
    """Cosine to the recency-weighted mean of the TF-IDF vectors of past deals (Rocchio 1971).

    Relations
    ---------
    :class:`~eval.baselines.firm_knn.FirmKNN` compares with single deals instead of their mean.
    """

    def __init__(self, settings: CentroidSettings | None = None) -> None:
        self.settings = settings or CentroidSettings()

    def fit(self, past: Past) -> PortfolioCentroid:
        """Add up the vectors of each item's deals."""
        settings = self.settings
        self.vocabulary_ = past.vocabulary(settings.attributes)
        tokens = past.tokens(settings.attributes)
        self.idf_ = inverse_document_frequency(tokens) ** np.float32(settings.idf_power)
        rounds, links = past.links(settings.half_life_days)
        portfolios = sp.csr_matrix(links.T @ self._vectors(tokens[rounds]))
        self.centroids_ = sp.csr_matrix(unit_rows(portfolios, power=settings.length_power).T)
        self.popularity_ = past.popularity(settings.half_life_days)
        return self

    def _vectors(self, tokens: sp.csr_matrix) -> sp.csr_matrix:
        return unit_rows(sp.csr_matrix(tokens @ sp.diags_array(self.idf_)))

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Return the cosines; a firm without attributes gets popularity."""
        asked = self._vectors(self.vocabulary_.transform(queries.tokens))
        scores = np.asarray((asked @ self.centroids_).toarray(), np.float32)
        return fill_blank_rows(scores, self.popularity_)
