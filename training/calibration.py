"""Choice and calibration on a window that the ranker has not seen: whole pools, both directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval.protocol import EvaluationSet
from features.pairs import PairFeatures
from features.queries import Queries
from matcher.calibration import PoolCalibrator
from matcher.direction import Direction, typical_pool
from matcher.ranker import RankerEnsemble
from training.examples import chunks, content_log_shares
from training.pools import closed_pairs, pool_size, sparse_pairs
from training.scoring import PoolScores, score_firm_side, score_institution_side
from training.settings import TrainSettings

TOP = 10
"""Places of the list that the choice between rankers is judged by."""


def calibrate_firm_side(
    rankers: Sequence[RankerEnsemble],
    features: PairFeatures,
    queries: Queries,
    evaluation_set: EvaluationSet,
    settings: TrainSettings,
) -> tuple[int, Direction]:
    """Choose among some rankers, and learn the probability that an offer links with a need.

    Returns the position of the chosen ranker and the calibrated direction. The rankers are one
    ensemble after more and more rounds, the fewest first. A short or shifting history bears few,
    so the first is taken that is not clearly behind the best (:func:`choose_first`).
    """
    names = features.features.names
    sides = [Direction(ranker, PoolCalibrator(), names) for ranker in rankers]
    closed = closed_pairs(features, queries, evaluation_set)
    step = max(1, evaluation_set.n_queries // settings.max_queries)
    rows = np.arange(0, evaluation_set.n_queries, step)
    size = pool_size(evaluation_set.n_candidates, settings.pool_size)
    members, scores = [], []
    for places, batch in chunks(features, queries, rows):
        pools = score_firm_side(features, sides, batch, closed[rows[places]], size=size)
        members.append(pools[0].members)
        scores.append([pool.scores for pool in pools])
    found = [
        PoolScores(np.concatenate(members), np.concatenate([part[k] for part in scores]))
        for k in range(len(sides))
    ]
    truth = sparse_pairs(evaluation_set.positives)[rows]
    chosen = choose_first(np.stack([_ndcg(pool, truth) for pool in found]))
    row, item, score = found[chosen].flat()
    labels = np.asarray(truth[row, item]).ravel()
    calibrator = PoolCalibrator().fit(score, labels, groups=row)
    return chosen, Direction(rankers[chosen], calibrator, names)


def choose_first(values: NDArray[np.float64]) -> int:
    """Return the first line whose mean is within one standard error of the best line's.

    The one-standard-error rule (Breiman et al. 1984), with the error of the paired difference: of
    models that cannot be told apart, the plainest.

    Parameters
    ----------
    values
        A line for each model, plain ones first; a column for each query.
    """
    best = values[np.argmax(values.mean(axis=1))]
    behind = best - values
    error = behind.std(axis=1) / max(values.shape[1], 1) ** 0.5
    return int(np.argmax(behind.mean(axis=1) <= error))


def _ndcg(pool: PoolScores, truth: sp.csr_matrix) -> NDArray[np.float64]:
    """Return the NDCG@10 of each ranked pool."""
    order = np.argsort(-pool.scores, axis=1, kind="stable")[:, :TOP]
    top = np.take_along_axis(pool.members, order, axis=1)
    hits = np.asarray(truth[np.arange(len(top))[:, None], top].todense())
    discounts = 1 / np.log2(np.arange(TOP) + 2)
    ideal = np.cumsum(discounts)[np.minimum(np.diff(truth.indptr), TOP) - 1]
    return np.asarray(hits @ discounts[: top.shape[1]] / ideal)


def calibrate_institution_side(
    ranker: RankerEnsemble,
    features: PairFeatures,
    queries: Queries,
    evaluation_set: EvaluationSet,
    settings: TrainSettings,
) -> Direction:
    """Learn the probability that a need of an offer's pool links with it."""
    names = features.features.names
    side = Direction(ranker, PoolCalibrator(), names)
    truth = sparse_pairs(evaluation_set.positives)
    active = np.flatnonzero(evaluation_set.positives.transpose().counts)
    pool: PoolScores = score_institution_side(
        features,
        side,
        queries,
        content_log_shares(features, queries, evaluation_set),
        active,
        size=settings.reverse_pool_size,
    )
    row, query, score = pool.flat()
    labels = np.asarray(truth[query, active[row]]).ravel()
    calibrator = PoolCalibrator().fit(score, labels, groups=row)
    return Direction(ranker, calibrator, names, typical_pool=typical_pool(score, row))
