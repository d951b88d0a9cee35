from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleForeignError,
    EmptyInputError,
    NotFittedError,
)
from matcher.calibration import (
    CALIBRATORS,
    MIN_PROBABILITY,
    IsotonicCalibrator,
    PlattCalibrator,
    PoolCalibrator,
    calibrator_from_dict,
)
from matcher.logistic import fit_logistic, log_odds_to_probability

SIGMAS = 3
N_QUERIES = 600
POOL = 300


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def assert_calibrated(probabilities, labels, *, bins: int = 8, slack: float = 0.0):
    """In each bin of equal expected links the links lie within 3σ of what was promised."""
    order = np.argsort(probabilities)
    share = np.cumsum(probabilities[order]) / probabilities.sum()
    for part in np.split(order, np.searchsorted(share, np.arange(1, bins) / bins)):
        expected = probabilities[part].sum()
        sigma = math.sqrt((probabilities[part] * (1 - probabilities[part])).sum())
        assert abs(labels[part].sum() - expected) < SIGMAS * sigma + slack * expected


def log_loss(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log1p(-p))


def sampled(labels, rng, *, share: float):
    """Keep all links and a share of the rest, with the weights that make up for it."""
    kept = (labels == 1) | (rng.random(len(labels)) < share)
    return kept, np.where(labels[kept] == 1, 1.0, 1 / share)


@pytest.fixture(scope="module")
def logistic_world():
    """Log-odds 1.3 · score - 6.5: about 3 links in 1,000 pairs."""
    rng = np.random.default_rng(5)
    scores = rng.normal(0, 1, size=400_000)
    truth = sigmoid(1.3 * scores - 6.5)
    return scores, truth, (rng.random(len(truth)) < truth).astype(int)


@pytest.fixture(scope="module")
def pool_world():
    """One link for each query on average, drawn by softmax; each query's scores are shifted."""
    rng = np.random.default_rng(6)
    taste = rng.normal(0, 1.5, size=(N_QUERIES, POOL))
    truth = np.exp(taste) / np.exp(taste).sum(axis=1, keepdims=True)
    labels = (rng.random(truth.shape) < truth).astype(int)
    scores = taste + rng.normal(0, 2, size=(N_QUERIES, 1))
    groups = np.repeat(np.arange(N_QUERIES), POOL)
    return scores.ravel(), truth.ravel(), labels.ravel(), groups


def test_platt_recovers_the_curve(logistic_world):
    scores, truth, labels = logistic_world
    intercept, slope = PlattCalibrator().fit(scores, labels).coefficients_
    information = np.zeros((2, 2))
    design = np.column_stack([np.ones_like(scores), scores])
    information = (design * (truth * (1 - truth))[:, None]).T @ design
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    assert abs(intercept - -6.5) < SIGMAS * errors[0]
    assert abs(slope - 1.3) < SIGMAS * errors[1]


@pytest.mark.parametrize("kind", CALIBRATORS)
@pytest.mark.parametrize("share", [1.0, 0.05])
def test_every_kind_is_calibrated_on_unseen_pairs(kind, share, logistic_world):
    scores, truth, labels = logistic_world
    half = len(scores) // 2
    kept, weights = sampled(labels[:half], np.random.default_rng(1), share=share)
    calibrator = CALIBRATORS[kind]()
    groups = np.arange(half) // 1_000
    calibrator.fit(scores[:half][kept], labels[:half][kept], groups=groups[kept], weights=weights)
    shown = calibrator.apply(scores[half:], groups=groups)
    assert_calibrated(shown, labels[half:], slack=0.15)  # the fit saw about 600 links itself
    assert abs(shown.mean() / truth.mean() - 1) < 0.15


def test_isotonic_follows_a_curve_that_platt_cannot(logistic_world):
    scores, _, _ = logistic_world
    rng = np.random.default_rng(8)
    truth = np.where(scores < 0, 0.001, np.where(scores < 1, 0.02, 0.2))
    labels = (rng.random(len(truth)) < truth).astype(int)
    half = len(scores) // 2
    isotonic = IsotonicCalibrator().fit(scores[:half], labels[:half]).apply(scores[half:])
    platt = PlattCalibrator().fit(scores[:half], labels[:half]).apply(scores[half:])
    for low, high in [(-9, 0), (0, 1), (1, 9)]:
        part = (scores[half:] > low) & (scores[half:] < high)
        assert isotonic[part].mean() == pytest.approx(truth[half:][part].mean(), rel=0.1)
    assert log_loss(isotonic, labels[half:]) < log_loss(platt, labels[half:])


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_only_the_pool_calibrator_sees_through_shifts_between_queries(pool_world, share):
    scores, _, labels, groups = pool_world
    half = len(scores) // 2
    kept, weights = sampled(labels[:half], np.random.default_rng(2), share=share)
    shown = {}
    for kind in CALIBRATORS:
        calibrator = CALIBRATORS[kind]().fit(
            scores[:half][kept], labels[:half][kept], groups=groups[:half][kept], weights=weights
        )
        shown[kind] = calibrator.apply(scores[half:], groups=groups[half:])
    assert_calibrated(shown["pool"], labels[half:], slack=0.15)
    losses = {kind: log_loss(p, labels[half:]) for kind, p in shown.items()}
    assert losses["pool"] < 0.95 * min(losses["platt"], losses["isotonic"])


def test_shifting_a_pool_calibrated_on_shifts_changes_little(pool_world):
    scores, _, labels, groups = pool_world
    calibrator = PoolCalibrator().fit(scores, labels, groups=groups)
    _, slope, total = calibrator.coefficients_
    assert abs(slope + total) < 0.1  # what a shift adds to the log-odds
    assert slope == pytest.approx(1, abs=0.15)


def test_hopeless_candidates_added_to_a_pool_change_little(pool_world):
    scores, _, labels, groups = pool_world
    calibrator = PoolCalibrator().fit(scores, labels, groups=groups)
    pool = scores[groups == groups[0]]
    larger = np.concatenate([pool, np.full(3 * len(pool), pool.max() - 30)])
    before, after = calibrator.apply(pool), calibrator.apply(larger)[: len(pool)]
    assert after == pytest.approx(before, rel=1e-6)


SCORES = st.lists(st.floats(-50, 50, allow_nan=False, width=32), min_size=2, max_size=40).map(
    np.array
)


@pytest.mark.parametrize("kind", CALIBRATORS)
@given(scores=SCORES, data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_better_score_never_gets_a_smaller_probability(kind, scores, data):
    labels = data.draw(
        st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)).filter(
            lambda values: 0 < sum(values) < len(values)
        )
    )
    calibrator = CALIBRATORS[kind]().fit(scores, labels)
    shown = calibrator.apply(np.concatenate([scores, scores[:1], [-1e6, 1e6]]))
    order = np.argsort(np.concatenate([scores, scores[:1], [-1e6, 1e6]]), kind="stable")
    assert (np.diff(shown[order]) >= -1e-12).all()
    assert shown[0] == shown[len(scores)]
    assert (shown > 0).all()
    assert (shown < 1).all()


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_scores_that_rank_the_wrong_way_are_held_level(kind):
    scores = np.arange(100.0)
    labels = scores < 10
    shown = CALIBRATORS[kind]().fit(scores, labels).apply(scores)
    np.testing.assert_allclose(shown, shown[0])
    assert shown[0] == pytest.approx(0.1, rel=0.15)


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_separable_and_constant_scores_are_survived(kind):
    labels = np.repeat([0, 1], 50)
    shown = CALIBRATORS[kind]().fit(labels * 100.0, labels).apply(labels * 100.0)
    assert shown[0] < 0.1
    assert shown[-1] > 0.9
    flat = CALIBRATORS[kind]().fit(np.full(100, 7.0), labels).apply(np.array([7.0, -3.0]))
    np.testing.assert_allclose(flat, 0.5, atol=0.01)


def test_one_tie_weighs_as_much_as_its_rows():
    """At score 0 one link of four rows, at 1 three of four: the knots are smoothed shares."""
    scores = np.repeat([0.0, 1.0], 4)
    labels = [1, 0, 0, 0, 1, 1, 1, 0]
    calibrator = IsotonicCalibrator().fit(scores, labels)
    np.testing.assert_allclose(
        calibrator.apply([0.0, 0.5, 1.0]), [(1 + 0.5) / 5, 0.5, (3 + 0.5) / 5]
    )


def test_violators_are_pooled_at_the_centre_of_their_step():
    scores = np.array([0.0, 1.0, 2.0, 3.0])
    calibrator = IsotonicCalibrator().fit(scores, [0, 1, 0, 1])
    np.testing.assert_allclose(calibrator.scores_, [0.0, 1.5, 3.0])
    np.testing.assert_allclose(
        calibrator.probabilities_, [(0 + 0.5) / 2, (1 + 0.5) / 3, (1 + 0.5) / 2]
    )


def test_weights_stand_for_rows():
    scores, labels = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 1, 0, 1])
    times = np.array([5, 1, 4, 2])
    for kind in ("platt", "isotonic", "pool"):
        weighted = CALIBRATORS[kind]().fit(scores, labels, weights=times)
        repeated = CALIBRATORS[kind]().fit(np.repeat(scores, times), np.repeat(labels, times))
        np.testing.assert_allclose(weighted.apply(scores), repeated.apply(scores), rtol=1e-6)


def test_the_names_of_the_groups_do_not_matter(pool_world):
    scores, _, labels, groups = pool_world
    calibrator = PoolCalibrator().fit(scores, labels, groups=groups)
    np.testing.assert_array_equal(
        calibrator.apply(scores, groups=groups), calibrator.apply(scores, groups=groups * -7 + 3)
    )


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_storing_changes_nothing(kind, pool_world):
    scores, _, labels, groups = pool_world
    calibrator = CALIBRATORS[kind]().fit(scores, labels, groups=groups)
    loaded = calibrator_from_dict(json.loads(json.dumps(calibrator.to_dict())))
    assert loaded.kind == kind
    np.testing.assert_array_equal(
        loaded.apply(scores, groups=groups), calibrator.apply(scores, groups=groups)
    )


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_an_unfitted_calibrator_says_so(kind):
    with pytest.raises(NotFittedError, match=f"{kind} calibrator isn't fitted"):
        CALIBRATORS[kind]().apply([0.0])
    with pytest.raises(NotFittedError):
        CALIBRATORS[kind]().to_dict()


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_no_scores_give_no_probabilities(kind):
    assert CALIBRATORS[kind]().fit([0.0, 1.0], [0, 1]).apply([]).shape == (0,)


@pytest.mark.parametrize("labels", [[], [0, 0], [1, 1]])
def test_one_class_alone_cannot_calibrate(labels):
    with pytest.raises(EmptyInputError, match=f"among {len(labels)} pairs"):
        PlattCalibrator().fit(np.zeros(len(labels)), labels)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"scores": [0.0, np.nan]}, "1 of 2 are not"),
        ({"scores": [[0.0, 1.0]]}, r"got shapes \(1, 2\)"),
        ({"labels": [0, 1, 1]}, r"\(2,\), \(3,\)"),
        ({"labels": [0, 2]}, "must be 0 or 1"),
        ({"groups": [1]}, r"got shapes \(2,\) and \(1,\)"),
        ({"weights": [1.0, 0.0]}, "Weights must be positive"),
    ],
)
def test_bad_arguments_are_named(arguments, says):
    good = {"scores": [0.0, 1.0], "labels": [0, 1], "groups": None, "weights": None}
    good |= arguments
    scores, labels = good.pop("scores"), good.pop("labels")
    with pytest.raises(ArgumentError, match=says):
        PoolCalibrator().fit(scores, labels, **good)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ({"kind": "magic"}, BundleForeignError, "'magic'; known are isotonic, platt, pool"),
        ({}, BundleForeignError, "kind None"),
        ({"kind": "platt"}, BundleDamagedError, "coefficients must be 2 finite numbers; got None"),
        ({"kind": "platt", "coefficients": [1.0]}, BundleDamagedError, "2 finite"),
        ({"kind": "pool", "coefficients": [1, 2, math.inf]}, BundleDamagedError, "3 finite"),
        ({"kind": "isotonic", "scores": []}, BundleDamagedError, "scores must be some"),
        (
            {"kind": "isotonic", "scores": [0, 1], "probabilities": [0.2]},
            BundleDamagedError,
            "probabilities must be 2",
        ),
        (
            {"kind": "isotonic", "scores": [0, 1], "probabilities": [0.2, 0.1]},
            BundleDamagedError,
            "do not rise",
        ),
    ],
)
def test_foreign_and_damaged_calibrators_are_refused(content, error, says):
    with pytest.raises(error, match=says):
        calibrator_from_dict(content)


def test_probabilities_stay_off_the_ends():
    calibrator = PlattCalibrator.from_dict({"coefficients": [0.0, 1000.0]})
    assert calibrator.apply([-1e9, 1e9]).tolist() == [MIN_PROBABILITY, 1 - MIN_PROBABILITY]


def test_the_regression_agrees_with_scikit_learn(rng):
    from sklearn.linear_model import LogisticRegression

    X = rng.normal(size=(5_000, 3)) * [1, 50, 0.01] + [0, 100, 3]
    y = rng.random(5_000) < sigmoid(X[:, 0] + 0.02 * (X[:, 1] - 100) - 3)
    weights = rng.integers(1, 20, size=5_000).astype(float)
    ours = fit_logistic(X, y.astype(float), weights=weights)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = LogisticRegression(C=1e9, tol=1e-10).fit(scaled, y, sample_weight=weights)
    np.testing.assert_allclose(
        log_odds_to_probability(ours[0] + X @ ours[1:]),
        theirs.predict_proba(scaled)[:, 1],
        rtol=5e-3,
    )
