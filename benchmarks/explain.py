"""What explaining a list costs beside scoring its pool, and how often two ways of it agree.

    python -m benchmarks.explain [--model ranker.txt --rows features.npy]

Without arguments a ranker is trained on a made world of 20 themes with five correlated features
each. With a model text and the feature rows of a pool, that model is measured; its themes are
then the parts of the feature names before the first dot. Costs are processor time, one thread,
medians; read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from features.spec import Feature, FeatureKind, FeatureList, Theme
from matcher.explain import Explainer
from matcher.ranker import Ranker
from matcher.rerank import Likeness, RerankSettings, rerank

POOL = 500
SHOWN = 20
N_THEMES = 20
PER_THEME = 5
N_QUERIES = 200
ROUNDS = 150
REPEATS = 30
SEED = 20_130_101


def made_rows(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Draw rows of ``N_THEMES`` latent tastes, each seen through ``PER_THEME`` noisy features."""
    taste = rng.normal(size=(n, N_THEMES, 1))
    seen = taste + 0.6 * rng.normal(size=(n, N_THEMES, PER_THEME))
    return seen.reshape(n, N_THEMES * PER_THEME).astype(np.float32)


def made_ranker(rng: np.random.Generator) -> Ranker:
    """Train a ranker of the usual size whose truth weighs the themes unequally, with crosses."""
    X = made_rows(rng, N_QUERIES * POOL)
    means = X.reshape(-1, N_THEMES, PER_THEME).mean(axis=2)
    gain = means @ np.geomspace(1.0, 0.05, N_THEMES) + means[:, 0] * means[:, 1]
    gain = (gain + rng.normal(size=len(gain))).reshape(N_QUERIES, POOL)
    label = (gain >= np.sort(gain, axis=1)[:, -3:-2]).astype(int).ravel()
    names = [f"theme{i:02d}.feature{j}" for i in range(N_THEMES) for j in range(PER_THEME)]
    data = lightgbm.Dataset(X, label, group=[POOL] * N_QUERIES, feature_name=names)
    parameters = {
        "objective": "lambdarank",
        "num_leaves": 8,
        "learning_rate": 0.1,
        "num_threads": 1,
        "verbose": -1,
        "seed": SEED,
    }
    return Ranker(lightgbm.train(parameters, data, ROUNDS))


def explainer_of(names: tuple[str, ...]) -> Explainer:
    """Return an explainer whose themes are the parts of the names before the first dot."""
    features = FeatureList(Feature(n, FeatureKind.SCORE, n.partition(".")[0]) for n in names)
    themes = {
        theme: Theme(theme, "合", "不合", "Fits {city}", "Unlike {city}", "记录", "Record")
        for theme in {feature.theme for feature in features}
    }
    return Explainer(features, themes)


def milliseconds(action: Callable[[], object]) -> float:
    """Return the median processor time of ``action``."""
    action()
    costs = []
    for _ in range(REPEATS):
        start = time.process_time_ns()
        action()
        costs.append(time.process_time_ns() - start)
    return float(np.median(costs)) / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", type=Path, help="a LightGBM model text")
    parser.add_argument("--rows", type=Path, help="feature rows of a pool, .npy")
    given = parser.parse_args()
    if (given.model is None) != (given.rows is None):
        parser.error("give both --model and --rows, or neither")
    rng = np.random.default_rng(SEED)
    ranker = Ranker.load(given.model) if given.model else made_ranker(rng)
    pool = np.load(given.rows, allow_pickle=False) if given.rows else made_rows(rng, POOL)
    shown = pool[np.argsort(-ranker.score(pool))[:SHOWN]]
    explainer = explainer_of(ranker.feature_names)
    facts = [{"zh": {}, "en": {"city": "Suzhou"}}] * len(shown)
    contributions = ranker.contributions(shown)
    probabilities = np.exp(ranker.score(pool)) / np.exp(ranker.score(pool)).sum()
    alike = Likeness(groups=rng.integers(40, size=(len(pool), 2)), weights=(1.0, 0.5))
    dials = RerankSettings(diversity=0.3, guard=0.5)
    penalty = rng.random(len(pool)) / 2

    scoring = milliseconds(lambda: ranker.score(pool))
    print(f"scoring {len(pool)} rows of {pool.shape[1]}: {scoring:.2f} ms = 1")
    for label, action in [
        (f"path contributions of {len(shown)}", lambda: ranker.contributions(shown)),
        (f"TreeSHAP of {len(shown)}", lambda: ranker.tree_shap(shown)),
        (f"reasons of {len(shown)}", lambda: explainer.explain(contributions, facts, base=0.0)),
        (
            f"re-ranking {len(pool)} to {len(shown)}",
            lambda: rerank(
                probabilities, len(shown), settings=dials, likeness=alike, penalty=penalty
            ),
        ),
    ]:
        cost = milliseconds(action)
        print(f"{label}: {cost:.2f} ms = {cost / scoring:.2f}")
    gap = contributions.sum(axis=1) + ranker.base_value - ranker.score(shown)
    print(f"largest difference between a score and its sum: {np.abs(gap).max():.1e}")
    for label, rows in [("shown", shown), ("whole pool", pool)]:
        ours, reference = ranker.contributions(rows), ranker.tree_shap(rows)
        agreement = explainer.agreement(ours, reference)
        sums = np.corrcoef(
            explainer.theme_sums(ours).ravel(), explainer.theme_sums(reference).ravel()
        )
        print(
            f"against TreeSHAP, {label}: same first theme {agreement.same_top:.0%}, "
            f"overlap of the first three {agreement.overlap:.0%}, correlation {sums[0, 1]:.2f}"
        )


if __name__ == "__main__":
    main()
