"""Fitting the ranker: an ensemble of LambdaMART models over the examples of several windows."""

from __future__ import annotations

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np

from matcher.head_start import HeadStart
from matcher.ranker import Ranker, RankerEnsemble
from training.examples import Examples
from training.settings import BoosterSettings

HEAD_START = "content.log_probability"
HEAD_START_WEIGHT = 0.5
"""Of 0, .5 and 1, the best or equal on all three val windows; docs/experiments.md."""
N_THREADS = 1  # two threads cost up to ten times more on small machines


def fit_ranker(
    examples: Examples, boosters: Sequence[BoosterSettings], *, seed: int
) -> RankerEnsemble:
    """Fit one model for each of ``boosters`` on top of the head start, and return their mean."""
    values = examples.x[:, examples.feature_names.index(HEAD_START)].astype(np.float64)
    head_start = HeadStart(HEAD_START, HEAD_START_WEIGHT, float(np.mean(values)))
    dataset = lgb.Dataset(
        examples.x,
        examples.y,
        group=examples.group_sizes,
        init_score=head_start.contribution(values),
        feature_name=list(examples.feature_names),
        free_raw_data=False,
    )
    return RankerEnsemble(
        [
            Ranker(lgb.train(_parameters(settings, seed + k), dataset, settings.rounds))
            for k, settings in enumerate(boosters)
        ],
        head_start=head_start,
    )


def cut_ranker(ranker: RankerEnsemble, share: float) -> RankerEnsemble:
    """Return the ensemble as it was after ``share`` of its boosting rounds, 0 < share ≤ 1."""
    if share == 1:
        return ranker
    cut = []
    for member in ranker.rankers:
        booster = lgb.Booster(model_str=member.to_text())
        rounds = max(1, round(booster.current_iteration() * share))
        cut.append(Ranker.from_text(booster.model_to_string(num_iteration=rounds)))
    return RankerEnsemble(cut, head_start=ranker.head_start)


def _parameters(settings: BoosterSettings, seed: int) -> dict[str, object]:
    return {
        "objective": "lambdarank",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_rows_in_leaf,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.row_fraction,
        "bagging_freq": 1,
        "lambda_l2": settings.l2,
        "lambdarank_truncation_level": settings.truncation,
        "num_threads": N_THREADS,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
        "seed": seed,
    }
