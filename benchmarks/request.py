"""What a request costs beside the ranker's prediction of its candidates.

    python -m benchmarks.request [--firms 3000] [--offers 1200]

A model is fitted on a generated world. Costs are processor time on one thread, medians over needs;
read the ratios, not the milliseconds. Features of 500 candidates shall cost at most three times
their prediction.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable
from functools import partial

import lightgbm
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from data.catalogue import Catalogue
from data.demo.world import generate
from features.history import History, Interactions
from features.pairs import PairFeatures
from features.queries import Queries
from matcher.calibration import PoolCalibrator
from matcher.direction import typical_pool
from matcher.matcher import Matcher
from matcher.model import MatchModel
from matcher.ranker import Ranker, RankerEnsemble
from matcher.retrieval import offer_texts
from training.settings import BoosterSettings, TrainSettings

TODAY = dt.date(2026, 6, 30)
SPLIT = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
POOL, SHOWN = 500, 20
N_QUERIES = 40
REPEATS = 40
SEED = 20_130_101
MOST = 3.0
"""Features of a pool may cost this many times their prediction."""


def boosted(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    settings: BoosterSettings,
    *,
    names: tuple[str, ...],
    seed: int,
) -> Ranker:
    """Train one model of the usual size over pools of :data:`POOL` rows."""
    parameters = {
        "objective": "lambdarank",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_rows_in_leaf,
        "feature_fraction": settings.feature_fraction,
        "num_threads": 1,
        "verbose": -1,
        "seed": seed,
    }
    data = lightgbm.Dataset(X, y, group=[POOL] * (len(X) // POOL), feature_name=list(names))
    return Ranker(lightgbm.train(parameters, data, settings.rounds))


def fit(catalogue: Catalogue) -> tuple[MatchModel, Queries, NDArray[np.int64]]:
    """Fit a model of the usual size; return it with the needs of the last half year."""
    interactions = Interactions.from_catalogue(catalogue)
    every = np.arange(len(catalogue.offers))
    history = History.before(interactions, SPLIT, offer_rows=every)
    features = PairFeatures().fit(history, rng=np.random.default_rng(SEED))
    queries = interactions.queries
    needs = np.flatnonzero((queries.days >= np.datetime64(SPLIT)) & (queries.firm_rows >= 0))
    X = pools(features, queries.take(needs[:N_QUERIES]))
    y = (X[:, 0] > np.quantile(X[:, 0], 0.98)).astype(np.int64)  # what is learned is no matter
    names, settings = features.features.names, TrainSettings()
    train = partial(boosted, X, y, names=names)
    firm_side = RankerEnsemble([train(s, seed=n) for n, s in enumerate(settings.boosters)])
    other = RankerEnsemble([train(s, seed=n) for n, s in enumerate(settings.reverse_boosters)])
    groups = np.repeat(np.arange(len(X) // POOL), POOL)
    model = MatchModel.from_parts(
        features,
        firm_side,
        PoolCalibrator().fit(firm_side.score(X), y, groups=groups),
        institution_ranker=other,
        institution_calibrator=PoolCalibrator().fit(other.score(X), y, groups=groups),
        institution_pool=typical_pool(other.score(X), groups),
        texts=offer_texts(catalogue, features.items_),
    )
    return model, queries, needs


def pools(features: PairFeatures, queries: Queries) -> NDArray[np.float32]:
    """Compute the features of the best :data:`POOL` items of each query by the content model."""
    batch = features.encode(queries)
    best = np.argsort(-batch.content_scores, axis=1)[:, :POOL]
    query = np.repeat(np.arange(len(batch)), best.shape[1])
    return features.compute(batch, query, best.ravel())


def seconds(run: Callable[[int], object]) -> float:
    """Return the median processor time of ``run`` over several needs."""
    run(0)
    times = []
    for number in range(REPEATS):
        started = time.process_time()
        run(number)
        times.append(time.process_time() - started)
    return float(np.median(times))


def main() -> None:
    """Fit, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=3000)
    parser.add_argument("--offers", type=int, default=1200)
    arguments = parser.parse_args()
    if arguments.offers < POOL:
        parser.error(f"--offers must be at least {POOL}")
    catalogue = generate((arguments.firms, arguments.offers), seed=1, today=TODAY).catalogue()
    with threadpool_limits(1):
        measure(catalogue)


def measure(catalogue: Catalogue) -> None:
    """Print what each step costs beside the prediction of :data:`POOL` rows."""
    model, queries, needs = fit(catalogue)
    features, side = model.features, model.firm_side
    some = [queries.take(needs[[n % len(needs)]]) for n in range(REPEATS)]
    rows = [pools(features, query) for query in some]
    predicted = seconds(lambda n: side.score(rows[n]))
    matcher = Matcher(model, catalogue)
    ids = [catalogue.needs.ids.ids[need] for need in needs[:REPEATS].tolist()]
    kinds = {
        f"features of {POOL}": lambda n: pools(features, some[n]),
        f"explain {SHOWN} rows": lambda n: side.contributions(rows[n][:SHOWN]),
        f"TreeSHAP {SHOWN} rows": lambda n: side.ranker.tree_shap(rows[n][:SHOWN]),
        "read the need": lambda n: matcher.market.seekers.read(ids[n], on=NOW.date()),
        "whole request": lambda n: matcher.match(ids[n], now=NOW, k=SHOWN),
    }
    print(f"{len(features.features)} features, {len(features.items_)} offers")
    print(f"predict {POOL} rows: {1e3 * predicted:.2f} ms")
    ratios = {name: seconds(run) / predicted for name, run in kinds.items()}
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f} x predict")
    eligible = [matcher.match(need, now=NOW).listed.n_eligible for need in ids]
    print(f"eligible offers of a need, median: {np.median(eligible):.0f}")
    verdict = "met" if ratios[f"features of {POOL}"] <= MOST else "MISSED"
    print(f"features <= {MOST:.0f} x predict: {verdict}")


if __name__ == "__main__":
    main()
