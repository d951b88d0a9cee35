"""BM25: the firm's attributes as a query against a document of each portfolio's attributes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.baselines.past import Attributes, Past, fill_blank_rows
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class BM25Settings:
    """Settings of :class:`PortfolioBM25`.

    Attributes
    ----------
    saturation
        ``k1``: how slowly repeated occurrences stop counting.
    length_penalty
        ``b``: 0 ignores the length of a document, 1 divides by it.
    half_life_days
        Age at which a deal adds half an occurrence.
    """

    attributes: Attributes = field(default_factory=lambda: Attributes(crosses=True))
    saturation: float = 15.0
    length_penalty: float = 0.1
    half_life_days: float = 730.0


class PortfolioBM25:
    """Okapi BM25 (Robertson & Zaragoza 2009) over token counts.

    The document of an institution holds the tokens of its past deals. Written out on sparse
    matrices because occurrences are weighted by recency and so are no whole numbers.

    Relations
    ---------
    Saturates repeated tokens where :class:`~eval.baselines.centroid.PortfolioCentroid` averages.
    """

    def __init__(self, settings: BM25Settings | None = None) -> None:
        self.settings = settings or BM25Settings()

    def fit(self, past: Past) -> PortfolioBM25:
        """Write the documents and weigh their tokens."""
        settings = self.settings
        self.vocabulary_ = past.vocabulary(settings.attributes)
        rounds, links = past.links(settings.half_life_days)
        tokens = past.tokens(settings.attributes)[rounds]
        self.weights_ = sp.csr_matrix(
            _weights(sp.csr_matrix(links.T @ tokens, dtype=np.float64), settings).T,
            dtype=np.float32,
        )
        self.popularity_ = past.popularity(settings.half_life_days)
        return self

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Add up the weights of the firm's tokens; without any: popularity."""
        tokens = self.vocabulary_.transform(queries.tokens)
        scores = np.asarray((tokens @ self.weights_).toarray(), np.float32)
        return fill_blank_rows(scores, self.popularity_)


def _weights(documents: sp.csr_matrix, settings: BM25Settings) -> sp.csr_matrix:
    """Return the score that each token gives to each document. Shape ``(n_items, n_tokens)``."""
    n_documents = documents.shape[0]
    with_token = np.diff(sp.csc_matrix(documents).indptr)
    idf = np.log(1 + (n_documents - with_token + 0.5) / (with_token + 0.5))
    lengths = np.asarray(documents.sum(axis=1)).ravel()
    relative = lengths / max(float(lengths.mean()), np.finfo(np.float64).tiny)
    b, k1 = settings.length_penalty, settings.saturation
    damping = k1 * (1 - b + b * relative)
    rows = np.repeat(np.arange(n_documents), np.diff(documents.indptr))
    saturated = documents.data * (k1 + 1) / (documents.data + damping[rows])
    data = saturated * idf[documents.indices]
    return sp.csr_matrix((data, documents.indices, documents.indptr), shape=documents.shape)
