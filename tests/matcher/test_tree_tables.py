from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.ranker import Ranker, RankerEnsemble
from matcher.tree_tables import MOST_SPLITS, TreeTables, read_trees

NAMES = [f"f{n}" for n in range(12)]


def world(
    rng: np.random.Generator, n: int = 3000
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Rows with unknown values in half of the columns, equal values, zeros and huge ones."""
    X = rng.standard_normal((n, len(NAMES))).astype(np.float32)
    X[:, 3] = np.round(X[:, 3])
    X[:, 4] *= 1e30
    X[:, 5][rng.random(n) < 0.4] = 0.0
    X[:, 6:][rng.random((n, len(NAMES) - 6)) < 0.3] = np.nan
    y = np.nan_to_num(X[:, 0] * X[:, 6]) + np.sign(X[:, 4]) + np.nan_to_num(X[:, 7] > 0.5, nan=2.0)
    return X, y


def booster(
    rng: np.random.Generator, *, leaves: int, rounds: int = 40, **parameters: object
) -> lightgbm.Booster:
    X, y = world(rng)
    data = lightgbm.Dataset(X, y, feature_name=NAMES)
    settings = {"num_leaves": leaves, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    return lightgbm.train({**settings, **parameters}, data, rounds)


def unseen(rng: np.random.Generator) -> NDArray[np.float32]:
    """Other rows, with unknown values everywhere, infinities and values on thresholds."""
    X, _ = world(rng, 501)
    X[rng.random(X.shape) < 0.2] = np.nan
    X[0], X[1], X[2] = np.inf, -np.inf, 0.0
    return X


@pytest.mark.parametrize("leaves", [2, 4, 8, 9, 10, MOST_SPLITS + 1])
def test_scores_and_leaves_are_those_of_lightgbm_to_the_last_bit(leaves, rng):
    model = booster(rng, leaves=leaves)
    X = unseen(rng)
    trees = read_trees([t["tree_structure"] for t in model.dump_model()["tree_info"]])
    tables = TreeTables(trees)
    assert np.array_equal(tables.values(X).sum(axis=0), model.predict(X, raw_score=True))
    assert np.array_equal(tables.leaves(X), model.predict(X, pred_leaf=True))


def test_rows_on_a_threshold_go_left_as_in_lightgbm(rng):
    model = booster(rng, leaves=8)
    trees = read_trees([t["tree_structure"] for t in model.dump_model()["tree_info"]])
    tests = [test for tree in trees for test in tree.tests]
    X = np.zeros((len(tests), len(NAMES)), np.float32)
    for row, (feature, _, threshold) in enumerate(tests):
        X[row, feature] = threshold
    for way in (-np.inf, np.inf):
        beside = np.nextafter(X, np.float32(way), dtype=np.float32)
        for rows in (X, beside):
            found = TreeTables(trees).values(rows).sum(axis=0)
            assert np.array_equal(found, model.predict(rows, raw_score=True))


@pytest.mark.parametrize("n", [1, 7, 8, 9])
def test_any_number_of_rows(n, rng):
    model = booster(rng, leaves=12)
    X = unseen(rng)[:n]
    assert np.array_equal(
        RankerEnsemble([Ranker(model)]).score(X), model.predict(X, raw_score=True)
    )


def test_an_ensemble_scores_and_explains_as_without_tables(rng):
    rankers = [Ranker(booster(rng, leaves=leaves)) for leaves in (15, 4, 8)]
    tables, plain = RankerEnsemble(rankers), RankerEnsemble(rankers, compiled=False)
    X = unseen(rng)
    assert tables._tables is not None
    assert np.array_equal(tables.score(X), plain.score(X))
    assert np.array_equal(tables.contributions(X), plain.contributions(X))
    assert tables.score(X[:0]).shape == (0,)
    assert tables.contributions(X[:0]).shape == (0, len(NAMES))


def test_double_precision_is_left_to_lightgbm(rng):
    model = booster(rng, leaves=8)
    ensemble = RankerEnsemble([Ranker(model)])
    test = ensemble.rankers[0].trees[0].tests[0]
    X = np.full((1, len(NAMES)), np.nextafter(test[2], np.inf))
    assert np.array_equal(ensemble.score(X), model.predict(X, raw_score=True))


def test_trees_that_tables_cannot_hold_are_left_to_lightgbm(rng):
    large = Ranker(booster(rng, leaves=40))
    zero = Ranker(booster(rng, leaves=8, zero_as_missing=True))
    X = unseen(rng)
    for ranker in (large, zero):
        assert ranker.trees is None
        ensemble = RankerEnsemble([ranker])
        assert ensemble._tables is None
        assert np.array_equal(ensemble.score(X), ranker.score(X))


def test_splits_by_category_are_left_to_lightgbm(rng):
    X = rng.integers(0, 6, (2000, 2)).astype(np.float32)
    y = np.isin(X[:, 0], [1, 4]) * 1.0
    data = lightgbm.Dataset(X, y, categorical_feature=[0])
    model = lightgbm.train({"num_leaves": 4, "verbose": -1, "num_threads": 1}, data, 5)
    assert Ranker(model).trees is None


def test_a_model_that_learned_nothing_is_one_leaf_a_tree(rng):
    X = rng.standard_normal((50, 3)).astype(np.float32)
    data = lightgbm.Dataset(X, np.ones(50))
    model = lightgbm.train({"verbose": -1, "num_threads": 1, "min_data_in_leaf": 40}, data, 2)
    assert np.array_equal(RankerEnsemble([Ranker(model)]).score(X), model.predict(X))
