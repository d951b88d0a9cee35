"""EASE: the linear item–item model with a zero diagonal, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from eval.baselines.firms import Fallback, FallbackSettings
from eval.baselines.past import Past
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class EaseSettings:
    """Settings of :class:`Ease`; ``l2`` is the ridge penalty on the weights, > 0."""

    l2: float = 1000.0
    fallback: FallbackSettings = field(default_factory=FallbackSettings)


class Ease:
    """Embarrassingly shallow autoencoder (Steck 2019, equation 8).

    With ``P`` the inverse of ``XᵀX + l2 · I``, the weights are ``-P / diag(P)`` off the diagonal.

    Relations
    ---------
    A regression where :class:`~eval.baselines.item_knn.ItemKNN` counts; its cost grows with the
    cube of the number of items.
    """

    def __init__(self, settings: EaseSettings | None = None) -> None:
        self.settings = settings or EaseSettings()

    def fit(self, past: Past) -> Ease:
        """Solve for the weights."""
        self.earlier_ = past.history.earlier_items
        gram = (self.earlier_.T @ self.earlier_).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.settings.l2
        factor = scipy.linalg.cho_factor(gram, overwrite_a=True)
        inverse = scipy.linalg.cho_solve(factor, np.eye(len(gram)))
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        self.weights_ = weights.astype(np.float32)
        self.fallback_ = Fallback(self.settings.fallback).fit(past)
        return self

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Multiply earlier items by the weights; cold firms get popularity."""
        return self.fallback_.score(queries, lambda firms: self.earlier_[firms] @ self.weights_)
