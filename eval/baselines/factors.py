"""Matrix factorisation without attributes: implicit ALS and BPR from the package ``implicit``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from eval.baselines.extras import import_extra
from eval.baselines.firms import Fallback, FallbackSettings, warm_firms
from eval.baselines.past import Past
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class ALSSettings:
    """Settings of :class:`ALS`; ``confidence`` is the weight of a link against a missing one."""

    factors: int = 64
    regularisation: float = 10.0
    confidence: float = 10.0
    iterations: int = 15
    seed: int = 0
    fallback: FallbackSettings = field(default_factory=FallbackSettings)


@dataclass(frozen=True, slots=True)
class BPRSettings:
    """Settings of :class:`BPR`."""

    factors: int = 64
    regularisation: float = 0.03
    learning_rate: float = 0.1
    iterations: int = 200
    seed: int = 0
    fallback: FallbackSettings = field(default_factory=FallbackSettings)


class _Factors:
    """Vectors of warm firms and items, whose inner product is the score."""

    def _learn(self, past: Past, make: Callable[[], Any], fallback: FallbackSettings) -> None:
        self.position_, items = warm_firms(past)
        with threadpool_limits(1):  # implicit warns of more where a model is made
            model = make()
            model.fit(items, show_progress=False)
        self.firm_vectors_ = np.asarray(model.user_factors, np.float32)
        self.item_vectors_ = np.asarray(model.item_factors, np.float32)
        self.fallback_ = Fallback(fallback).fit(past)

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Return inner products; cold firms get popularity. ``(n_queries, n_items)``."""
        return self.fallback_.score(
            queries,
            lambda firms: self.firm_vectors_[self.position_[firms]] @ self.item_vectors_.T,
        )


class ALS(_Factors):
    """Alternating least squares on implicit feedback (Hu, Koren & Volinsky 2008).

    Relations
    ---------
    Fits links against everything else; :class:`BPR` only orders them.
    """

    def __init__(self, settings: ALSSettings | None = None) -> None:
        self.settings = settings or ALSSettings()

    def fit(self, past: Past) -> ALS:
        """Factorise firms × items; raise :class:`DependencyError` without the extra ``peers``."""
        settings = self.settings
        make = partial(
            import_extra("implicit.als", extra="peers").AlternatingLeastSquares,
            factors=settings.factors,
            regularization=settings.regularisation,
            alpha=settings.confidence,
            iterations=settings.iterations,
            num_threads=1,
            random_state=settings.seed,
        )
        self._learn(past, make, settings.fallback)
        return self


class BPR(_Factors):
    """Bayesian personalised ranking (Rendle et al. 2009).

    Relations
    ---------
    Orders pairs of items as :class:`~eval.baselines.lightfm.LightFMWarp` does, but sees no
    attributes.
    """

    def __init__(self, settings: BPRSettings | None = None) -> None:
        self.settings = settings or BPRSettings()

    def fit(self, past: Past) -> BPR:
        """Factorise firms × items; raise :class:`DependencyError` without the extra ``peers``."""
        settings = self.settings
        make = partial(
            import_extra("implicit.bpr", extra="peers").BayesianPersonalizedRanking,
            factors=settings.factors,
            regularization=settings.regularisation,
            learning_rate=settings.learning_rate,
            iterations=settings.iterations,
            num_threads=1,
            random_state=settings.seed,
        )
        self._learn(past, make, settings.fallback)
        return self
