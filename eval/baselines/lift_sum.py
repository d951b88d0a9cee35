"""Lift sum: how much more often an item links with each attribute of the firm, weighed by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.baselines.past import Attributes, Past, share_in_family
from features.affinity import theme_of
from features.queries import Queries

ONE_TENTH_LINK = 0.1
"""Added to the links of each item, so that the logarithm of its popularity is finite."""


@dataclass(frozen=True, slots=True)
class ThemeWeights:
    """Weight of each theme of attributes (:func:`features.affinity.theme_of`)."""

    place: float = 1.0
    sector: float = 1.0
    stage: float = 1.0
    amount: float = 0.5
    firm_profile: float = 0.5
    purpose: float = 0.5
    combination: float = 0.5


@dataclass(frozen=True, slots=True)
class LiftSumSettings:
    """Settings of :class:`LiftSum`.

    Attributes
    ----------
    weights
        By theme; set by hand or by the search, never learned.
    popularity
        Weight of the logarithm of the item's share of all links.
    prior
        Links of the whole population that are added to each attribute's.
    half_life_days
        Age at which a link counts half.
    """

    attributes: Attributes = field(default_factory=lambda: Attributes(crosses=True))
    weights: ThemeWeights = field(default_factory=ThemeWeights)
    popularity: float = 2.0
    prior: float = 60.0
    half_life_days: float = 1095.0


class LiftSum:
    """Weighted sum of smoothed log-lifts, a naive Bayes with one weight a theme.

    For an attribute with ``N`` links of which an item has ``A``, and with the item's share ``p`` of
    all links, the log-lift is ``log((A + prior · p) / ((N + prior) · p))``; tokens of one family
    count by their mean.

    Relations
    ---------
    The affinity features of the ranker without learned weights.
    """

    def __init__(self, settings: LiftSumSettings | None = None) -> None:
        self.settings = settings or LiftSumSettings()

    def fit(self, past: Past) -> LiftSum:
        """Count the links of each attribute."""
        settings = self.settings
        self.vocabulary_ = past.vocabulary(settings.attributes)
        rounds, links = past.links(settings.half_life_days)
        votes = np.asarray(links.sum(axis=0), np.float64).ravel() + ONE_TENTH_LINK
        share = votes / votes.sum()
        counts = sp.csr_matrix(past.tokens(settings.attributes)[rounds].T @ links, dtype=np.float64)
        inside = np.asarray(counts.sum(axis=1)).ravel()
        # log of the lift = log(1 + A / (prior · p)) - log(1 + N / prior); the first is sparse
        lifts = sp.csr_matrix(counts @ sp.diags_array(1 / (settings.prior * share))).log1p()
        self.lifts_ = sp.csr_matrix(lifts, dtype=np.float32)
        self.lowering_ = np.log1p(inside / settings.prior).astype(np.float32)
        self.log_share_ = (settings.popularity * np.log(share)).astype(np.float32)
        families = self.vocabulary_.families_
        weights = [getattr(settings.weights, theme_of(family)) for family in families]
        n_tokens = np.diff(self.vocabulary_.family_starts_)
        self.weights_ = np.repeat(np.array(weights, np.float32), n_tokens)
        return self

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Add up the lifts that the firm's attributes give. ``(n_queries, n_items)``."""
        tokens = self.vocabulary_.transform(queries.tokens)
        tokens = share_in_family(tokens, self.vocabulary_.family_starts_, power=1.0)
        tokens = sp.csr_matrix(tokens @ sp.diags_array(self.weights_))
        lifts = (tokens @ self.lifts_).toarray() - (tokens @ self.lowering_)[:, None]
        return np.asarray(lifts + self.log_share_, np.float32)
