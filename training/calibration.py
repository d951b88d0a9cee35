"""Calibration on a window that the ranker has not seen: whole pools, both directions."""

from __future__ import annotations

import numpy as np

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


def calibrate_firm_side(
    ranker: RankerEnsemble,
    features: PairFeatures,
    queries: Queries,
    evaluation_set: EvaluationSet,
    settings: TrainSettings,
) -> Direction:
    """Learn the probability that an offer of a need's pool links with it."""
    names = features.features.names
    side = Direction(ranker, PoolCalibrator(), names)
    truth = sparse_pairs(evaluation_set.positives)
    closed = closed_pairs(features, queries, evaluation_set)
    step = max(1, evaluation_set.n_queries // settings.max_queries)
    rows = np.arange(0, evaluation_set.n_queries, step)
    size = pool_size(evaluation_set.n_candidates, settings.pool_size)
    scores, labels, groups = [], [], []
    for places, batch in chunks(features, queries, rows):
        pool = score_firm_side(features, side, batch, closed[rows[places]], size=size)
        row, item, score = pool.flat()
        scores.append(score)
        labels.append(np.asarray(truth[rows[places][row], item]).ravel())
        groups.append(places[row])
    calibrator = PoolCalibrator().fit(
        np.concatenate(scores), np.concatenate(labels), groups=np.concatenate(groups)
    )
    return Direction(ranker, calibrator, names)


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
