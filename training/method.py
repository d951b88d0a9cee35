"""FinMatch itself as a method of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eval.method import OWN_METHOD
from eval.protocol import EvaluationSet
from features.history import Interactions
from features.pairs import CHUNK_QUERIES
from training.examples import content_log_shares
from training.fitting import FittedModel
from training.pools import closed_pairs, mask_scores, pool_size
from training.scoring import score_firm_side, score_institution_side
from training.settings import TrainSettings

GAP = 1.0
"""Log-odds between the last of a pool and the best outside it: pools are never interleaved."""


class FinMatchMethod:
    """The trained model over one evaluation set.

    Pairs inside a query's pool carry the log-odds of their calibrated probability; those outside
    follow in the order of the content model.
    """

    name = OWN_METHOD
    title: Mapping[str, str] = {"zh": "FinMatch（本系统）", "en": "FinMatch (this system)"}

    def __init__(
        self,
        model: FittedModel,
        interactions: Interactions,
        evaluation_set: EvaluationSet,
        settings: TrainSettings,
    ) -> None:
        self.model = model
        self.evaluation_set = evaluation_set
        self.settings = settings
        self._pool_size = pool_size(evaluation_set.n_candidates, settings.pool_size)
        self._queries = interactions.queries.take(evaluation_set.need_rows)
        self._closed = closed_pairs(model.features, self._queries, evaluation_set)
        # the evaluation asks for the scores of some queries, then for their probabilities
        self._last_queries = np.empty(0, np.int64)
        self._last_scores = np.empty((0, evaluation_set.n_candidates))

    def score(self, queries: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return log-odds of a link; see :class:`eval.method.Method`."""
        if np.array_equal(queries, self._last_queries):
            return self._last_scores.copy()
        result = np.empty((len(queries), self.evaluation_set.n_candidates))
        for start in range(0, len(queries), CHUNK_QUERIES):
            rows = queries[start : start + CHUNK_QUERIES]
            result[start : start + len(rows)] = self._score(rows)
        self._last_queries, self._last_scores = queries.copy(), result
        return result.copy()

    def _score(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        features, model = self.model.features, self.model
        batch = features.encode(self._queries.take(rows))
        closed = self._closed[rows]
        (pool,) = score_firm_side(features, [model.firm_side], batch, closed, size=self._pool_size)
        row, item, score = pool.flat()
        probability = model.firm_side.probability(score, groups=row)
        log_odds = np.log(probability) - np.log1p(-probability)
        content = mask_scores(batch.content_scores, closed)
        return _before_the_rest(content, row, item, log_odds)

    def probability(self, queries: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return calibrated probabilities; see :class:`eval.method.CalibratedMethod`."""
        return 1 / (1 + np.exp(-self.score(queries)))

    @cached_property
    def _log_share(self) -> NDArray[np.float32]:
        return content_log_shares(self.model.features, self._queries, self.evaluation_set)

    def score_institutions(self, candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """Score all queries for some candidates; see :class:`eval.method.TwoSidedMethod`."""
        pool = score_institution_side(
            self.model.features,
            self.model.institution_side,
            self._queries,
            self._log_share,
            candidates,
            size=self.settings.reverse_pool_size,
        )
        row, query, score = pool.flat()
        return _before_the_rest(self._log_share[:, candidates].T, row, query, score)


def _before_the_rest(
    rest: NDArray[np.float32],
    row: NDArray[np.int64],
    member: NDArray[np.int64],
    score: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the scores of pools, and behind them all other pairs in the order of ``rest``.

    ``rest`` is minus infinity where a pair is closed; such pairs become NaN. Shape of ``rest``.
    """
    scores = rest.astype(np.float64)
    scores[row, member] = -np.inf
    scores -= scores.max(axis=1, keepdims=True, initial=-1e9)
    lowest = np.full(len(scores), np.inf)
    np.minimum.at(lowest, row, score)
    scores += np.where(np.isfinite(lowest), lowest, 0.0)[:, None] - GAP
    scores[row, member] = score
    return np.where(np.isneginf(scores), np.nan, scores)
