from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleForeignError,
    BundleMissingError,
)
from matcher.ranker import Ranker, RankerEnsemble

NAMES = ("affinity.city", "affinity.sector", "distance.amount", "popularity", "noise")
N_ROWS = 3_000


def world(seed: int):
    """Rows whose gain is a step in the first feature, a slope in the second, a cross of others."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_ROWS, len(NAMES)))
    X[rng.random(X.shape) < 0.1] = np.nan
    known = np.nan_to_num(X)
    gain = 2 * (known[:, 0] > 0.5) + known[:, 1] + known[:, 2] * known[:, 3]
    return X, gain + rng.normal(size=N_ROWS)


def fitted(seed: int = 0, *, rounds: int = 30, **parameters) -> lightgbm.Booster:
    X, gain = world(seed)
    parameters = {
        "objective": "lambdarank",
        "num_leaves": 8,
        "verbose": -1,
        "num_threads": 1,
        "seed": seed,
    } | parameters
    ranked = parameters["objective"] == "lambdarank"
    label = (gain > np.quantile(gain, 0.9)).astype(int) if ranked else gain
    data = lightgbm.Dataset(
        X, label, group=[100] * (N_ROWS // 100) if ranked else None, feature_name=list(NAMES)
    )
    return lightgbm.train(parameters, data, num_boost_round=rounds)


@pytest.fixture(scope="module")
def booster() -> lightgbm.Booster:
    return fitted()


@pytest.fixture(scope="module")
def ranker(booster) -> Ranker:
    return Ranker.from_text(booster.model_to_string(), feature_names=NAMES)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return world(7)[0][:200]


def test_scores_are_those_of_the_booster(booster, ranker, rows):
    np.testing.assert_array_equal(ranker.score(rows), booster.predict(rows, raw_score=True))
    np.testing.assert_array_equal(
        ranker.score(rows.astype(np.float32)), booster.predict(rows.astype(np.float32))
    )


def test_the_order_of_the_candidates_does_not_change_their_scores(ranker, rows, rng):
    order = rng.permutation(len(rows))
    np.testing.assert_array_equal(ranker.score(rows[order]), ranker.score(rows)[order])


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"objective": "l2"},
        {"objective": "l2", "lambda_l2": 50.0, "learning_rate": 0.3},
        {"objective": "l2", "boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
        {"objective": "l2", "boosting": "dart"},
        {"min_gain_to_split": 1e9},
        {"rounds": 1},
    ],
    ids=["lambdarank", "l2", "regularised", "forest", "dart", "no split", "one tree"],
)
def test_contributions_sum_to_the_score_and_the_base_is_that_of_tree_shap(parameters, rows):
    booster = fitted(**parameters)
    ranker = Ranker.from_text(booster.model_to_string())
    contributions = ranker.contributions(rows)
    assert contributions.shape == rows.shape
    np.testing.assert_allclose(
        contributions.sum(axis=1) + ranker.base_value, ranker.score(rows), atol=1e-9
    )
    shap = ranker.tree_shap(rows)
    np.testing.assert_allclose(shap.sum(axis=1) + ranker.base_value, ranker.score(rows), atol=1e-6)


def test_splits_on_categories_are_followed_too(rng):
    X = np.column_stack([rng.integers(5, size=N_ROWS), rng.normal(size=N_ROWS)]).astype(float)
    y = np.isin(X[:, 0], [1, 3]) * 2.0 + X[:, 1]
    data = lightgbm.Dataset(X, y, categorical_feature=[0])
    parameters = {"objective": "l2", "verbose": -1, "num_threads": 1, "num_leaves": 6}
    ranker = Ranker.from_text(lightgbm.train(parameters, data, 10).model_to_string())
    total = ranker.contributions(X[:50]).sum(axis=1) + ranker.base_value
    np.testing.assert_allclose(total, ranker.score(X[:50]), atol=1e-9)


def test_the_stated_node_values_are_the_means_we_recompute():
    """Without regularisation LightGBM's own values, printed to six digits, must be ours."""
    from matcher.attribution import _expected

    def splits(node):
        if "left_child" in node:
            yield node
            yield from splits(node["left_child"])
            yield from splits(node["right_child"])

    dump = fitted(objective="l2").dump_model()
    nodes = [n for tree in dump["tree_info"] for n in splits(tree["tree_structure"])]
    assert len(nodes) == 30 * 7
    for node in nodes:
        assert node["internal_value"] == pytest.approx(_expected(node)[0], rel=1e-4, abs=1e-6)


def test_a_column_no_tree_uses_contributes_nothing():
    X, gain = world(0)
    X[:, 4] = 1.0
    data = lightgbm.Dataset(X, gain)
    parameters = {"objective": "l2", "verbose": -1, "num_threads": 1}
    ranker = Ranker.from_text(lightgbm.train(parameters, data, 5).model_to_string())
    assert not ranker.contributions(X[:20])[:, 4].any()


def test_the_step_is_credited_to_the_feature_that_makes_it(ranker):
    low, high = np.zeros((1, 5)), np.zeros((1, 5))
    high[0, 0] = 2.0
    change = ranker.contributions(high) - ranker.contributions(low)
    assert change[0].argmax() == 0
    assert change[0, 0] > 0


def test_text_round_trip_changes_nothing(ranker, rows, tmp_path):
    path = tmp_path / "ranker.txt"
    path.write_text(ranker.to_text(), encoding="utf-8")
    loaded = Ranker.load(path, feature_names=NAMES)
    np.testing.assert_array_equal(loaded.score(rows), ranker.score(rows))
    np.testing.assert_array_equal(loaded.contributions(rows), ranker.contributions(rows))
    assert loaded.feature_names == NAMES


def test_an_ensemble_is_the_mean_of_its_members(rows, tmp_path):
    members = [Ranker(fitted(seed)) for seed in (1, 2, 3)]
    paths = []
    for seed, member in enumerate(members):
        paths.append(tmp_path / f"ranker-{seed}.txt")
        paths[-1].write_text(member.to_text(), encoding="utf-8")
    ensemble = RankerEnsemble.load(paths, feature_names=NAMES)
    np.testing.assert_allclose(
        ensemble.score(rows), (sum(member.score(rows) for member in members)) / 3
    )
    for values in (ensemble.contributions(rows), ensemble.tree_shap(rows)):
        np.testing.assert_allclose(
            values.sum(axis=1) + ensemble.base_value, ensemble.score(rows), atol=1e-6
        )
    assert ensemble.feature_names == NAMES


def test_no_rows_give_no_scores(ranker):
    nothing = np.zeros((0, 5))
    assert ranker.score(nothing).shape == (0,)
    assert ranker.contributions(nothing).shape == (0, 5)
    assert ranker.tree_shap(nothing).shape == (0, 5)
    assert RankerEnsemble([ranker]).score(nothing).shape == (0,)


@pytest.mark.parametrize("shape", [(3, 4), (3, 6), (5,)])
def test_another_number_of_columns_is_refused(ranker, shape):
    for call in (ranker.score, ranker.contributions, ranker.tree_shap):
        with pytest.raises(ArgumentError, match=r"shape \(n, 5\); got"):
            call(np.zeros(shape))


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (NAMES[:4], "5 features, this feature list has 4; .* column 4: 'noise' against 'nothing'"),
        (("other", *NAMES[1:]), "column 0: 'affinity.city' against 'other'"),
        ((*NAMES, "more"), "column 5: 'nothing' against 'more'"),
    ],
)
def test_a_ranker_of_other_features_is_refused(ranker, names, says):
    with pytest.raises(BundleForeignError, match=says):
        Ranker.from_text(ranker.to_text(), feature_names=names)


def test_an_ensemble_of_unlike_or_no_members_is_refused(ranker):
    X, gain = world(0)
    parameters = {"objective": "l2", "verbose": -1, "num_threads": 1}
    other = Ranker(lightgbm.train(parameters, lightgbm.Dataset(X, gain), 2))
    with pytest.raises(BundleForeignError, match="column 0"):
        RankerEnsemble([ranker, other])
    with pytest.raises(ArgumentError, match="at least one ranker"):
        RankerEnsemble([])


@pytest.mark.parametrize(
    "parameters", [{"objective": "multiclass", "num_class": 3}, {"linear_tree": True}]
)
def test_models_that_are_no_rankers_are_refused(parameters):
    X, gain = world(0)
    y = np.digitize(gain, [-1, 1]) if "num_class" in parameters else gain
    parameters = {"objective": "l2", "verbose": -1, "num_threads": 1} | parameters
    booster = lightgbm.train(parameters, lightgbm.Dataset(np.nan_to_num(X), y), 2)
    with pytest.raises(BundleForeignError, match="one output with constant leaves"):
        Ranker.from_text(booster.model_to_string())


def test_missing_and_damaged_files_are_named(ranker, tmp_path):
    path = tmp_path / "ranker.txt"
    with pytest.raises(BundleMissingError, match=r"ranker\.txt"):
        Ranker.load(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BundleDamagedError, match=r"ranker\.txt is not text"):
        Ranker.load(path)
    for text in ("", "tree\n", ranker.to_text()[:2000], "tree\nend of trees"):
        with pytest.raises(BundleDamagedError, match="not a whole LightGBM model"):
            Ranker.from_text(text)
