"""Ridge: one linear regression from attribute tokens to all institutions, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.baselines.past import Attributes, Past, share_in_family
from features.queries import Queries

MAX_TOKENS = 6_000
"""Most frequent tokens that take part: the cost grows with the cube of their number."""


@dataclass(frozen=True, slots=True)
class RidgeSettings:
    """Settings of :class:`Ridge`.

    Attributes
    ----------
    l2
        Penalty on the squared weights, > 0.
    family_power
        Tokens of one family are divided by their number to this power.
    half_life_days
        Age at which a round weighs half.
    max_tokens
        Most frequent tokens that take part, at most :data:`MAX_TOKENS`.
    """

    attributes: Attributes = field(default_factory=lambda: Attributes(crosses=True))
    l2: float = 100.0
    family_power: float = 1.0
    half_life_days: float = 1095.0
    max_tokens: int = 4_000


class Ridge:
    """Multi-output ridge regression of first links on tokens, rounds weighted by recency.

    Relations
    ---------
    Learns all tokens jointly where :class:`~eval.baselines.lift_sum.LiftSum` treats each alone;
    full rank where :class:`~eval.baselines.lightfm.LightFMWarp` is low rank.
    """

    def __init__(self, settings: RidgeSettings | None = None) -> None:
        self.settings = settings or RidgeSettings()

    def fit(self, past: Past) -> Ridge:
        """Solve the normal equations."""
        settings = self.settings
        self.vocabulary_ = past.vocabulary(settings.attributes)
        tokens = past.tokens(settings.attributes)
        self.columns_ = _most_frequent(tokens, min(settings.max_tokens, MAX_TOKENS))
        rounds, links = past.links(np.inf)
        inputs = self._inputs(tokens[rounds])
        history = past.history
        age = (history.as_of - history.rounds.days[rounds]).astype(np.float64)
        weighted = sp.csr_matrix(sp.diags_array(0.5 ** (age / settings.half_life_days)) @ inputs)
        self.weights_ = _solve(inputs, weighted, links, l2=settings.l2)
        return self

    def _inputs(self, tokens: sp.csr_matrix) -> sp.csr_matrix:
        """Return the chosen tokens, scaled within families, and a column of ones."""
        power = self.settings.family_power
        scaled = share_in_family(tokens, self.vocabulary_.family_starts_, power=power)
        ones = np.ones((tokens.shape[0], 1), np.float32)
        return sp.csr_matrix(sp.hstack([scaled[:, self.columns_], ones], format="csr"))

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Return the fitted values. Shape ``(n_queries, n_items)``."""
        inputs = self._inputs(self.vocabulary_.transform(queries.tokens))
        return np.asarray(inputs @ self.weights_, np.float32)


def _most_frequent(tokens: sp.csr_matrix, n: int) -> NDArray[np.int64]:
    """Return the columns of the ``n`` tokens of most rounds, ascending; ties: the earlier one."""
    in_rounds = np.asarray(tokens.sum(axis=0)).ravel()
    return np.sort(np.argsort(-in_rounds, kind="stable")[:n])


def _solve(
    inputs: sp.csr_matrix, weighted: sp.csr_matrix, links: sp.csr_matrix, *, l2: float
) -> NDArray[np.float32]:
    """Return ``(XᵀDX + l2 · I)⁻¹ XᵀDY``. Shape ``(n_inputs, n_items)``."""
    gram = (weighted.T @ inputs).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += l2
    factor = scipy.linalg.cho_factor(gram, overwrite_a=True)
    moments = (weighted.T @ links).toarray().astype(np.float64)
    return np.asarray(scipy.linalg.cho_solve(factor, moments, overwrite_b=True), np.float32)
