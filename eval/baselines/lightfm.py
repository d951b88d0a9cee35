"""LightFM: low-rank vectors of attribute tokens and institutions, learned by the WARP loss."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.baselines.extras import import_extra
from eval.baselines.past import Attributes, Past, share_in_family
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class LightFMSettings:
    """Settings of :class:`LightFMWarp`.

    Attributes
    ----------
    token_penalty, item_penalty
        L2 penalties on the vectors of tokens and of items.
    max_sampled
        Negatives tried before a step is given up: more looks deeper into the list's top.
    half_life_days
        Age at which a link weighs half.
    family_power
        Tokens of one family are divided by their number to this power.
    """

    attributes: Attributes = field(default_factory=lambda: Attributes(crosses=True))
    components: int = 64
    learning_rate: float = 0.02
    epochs: int = 20
    token_penalty: float = 1e-5
    item_penalty: float = 0.0
    max_sampled: int = 30
    half_life_days: float = 1095.0
    family_power: float = 1.0
    seed: int = 0


class LightFMWarp:
    """Factorisation with attributes (Kula 2015) under WARP (Weston, Bengio & Usunier 2011).

    A round is the sum of the vectors of its tokens, without a vector of its own, so that a cold
    firm is scored like any other; an institution has its own vector and bias.

    Relations
    ---------
    Optimises the top of the list where :class:`~eval.baselines.ridge.Ridge` fits squared errors.
    """

    def __init__(self, settings: LightFMSettings | None = None) -> None:
        self.settings = settings or LightFMSettings()

    def fit(self, past: Past) -> LightFMWarp:
        """Learn the vectors; raise :class:`DependencyError` without the extra ``peers``."""
        settings = self.settings
        model = import_extra("lightfm", extra="peers").LightFM(
            loss="warp",
            no_components=settings.components,
            learning_rate=settings.learning_rate,
            user_alpha=settings.token_penalty,
            item_alpha=settings.item_penalty,
            max_sampled=settings.max_sampled,
            random_state=settings.seed,
        )
        self.vocabulary_ = past.vocabulary(settings.attributes)
        rounds, links = past.links(settings.half_life_days)
        weights = sp.coo_matrix(links, dtype=np.float32)
        ones = sp.coo_matrix((np.ones_like(weights.data), weights.coords), shape=weights.shape)
        model.fit(
            ones,
            user_features=self._inputs(past.tokens(settings.attributes)[rounds]),
            sample_weight=weights,
            epochs=settings.epochs,
            num_threads=1,
        )
        self.token_vectors_ = model.user_embeddings
        self.item_vectors_ = model.item_embeddings
        self.item_bias_ = model.item_biases
        return self

    def _inputs(self, tokens: sp.csr_matrix) -> sp.csr_matrix:
        if not tokens.shape[1]:  # LightFM needs one feature at least
            return sp.csr_matrix(np.ones((tokens.shape[0], 1), np.float32))
        power = self.settings.family_power
        return share_in_family(tokens, self.vocabulary_.family_starts_, power=power)

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Return inner products and biases. Shape ``(n_queries, n_items)``."""
        inputs = self._inputs(self.vocabulary_.transform(queries.tokens))
        asked = np.asarray(inputs @ self.token_vectors_, np.float32)
        return np.asarray(asked @ self.item_vectors_.T + self.item_bias_, np.float32)
