"""Fitting the ranker: an ensemble of LambdaMART models over the examples of several windows."""

from __future__ import annotations

from collections.abc import Sequence

import lightgbm as lgb

from matcher.ranker import Ranker, RankerEnsemble
from training.examples import Examples
from training.settings import BoosterSettings

N_THREADS = 1  # two threads cost up to ten times more on small machines


def fit_ranker(
    examples: Examples, boosters: Sequence[BoosterSettings], *, seed: int
) -> RankerEnsemble:
    """Fit one model for each of ``boosters`` and return their mean."""
    dataset = lgb.Dataset(
        examples.x,
        examples.y,
        group=examples.group_sizes,
        feature_name=list(examples.feature_names),
        free_raw_data=False,
    )
    return RankerEnsemble(
        [
            Ranker(lgb.train(_parameters(settings, seed + k), dataset, settings.rounds))
            for k, settings in enumerate(boosters)
        ]
    )


def cut_ranker(ranker: RankerEnsemble, share: float) -> RankerEnsemble:
    """Return the ensemble as it was after ``share`` of its boosting rounds, 0 < share ≤ 1."""
    cut = []
    for member in ranker.rankers:
        booster = lgb.Booster(model_str=member.to_text())
        rounds = max(1, round(booster.current_iteration() * share))
        cut.append(Ranker.from_text(booster.model_to_string(num_iteration=rounds)))
    return RankerEnsemble(cut)


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
