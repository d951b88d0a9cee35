"""One direction: columns found by name, probabilities in a pool and outside one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import BundleDamagedError, BundleMissingError, EmptyInputError
from matcher.calibration import PlattCalibrator, PoolCalibrator
from matcher.direction import CALIBRATOR_FILE, Direction, typical_pool

from .serving import fit_ranker

NAMES = ("a", "b", "c")


@pytest.fixture
def parts(rng):
    """A ranker that reads a and b, labels and groups of 40 pools of 20."""
    X = rng.normal(size=(800, 3)).astype(np.float32)
    y = (X[:, 0] + 0.3 * rng.normal(size=800) > 1.2).astype(np.int64)
    groups = np.repeat(np.arange(40), 20)
    ranker = fit_ranker(X[:, :2], y, groups, NAMES[:2])
    return X, ranker, PoolCalibrator().fit(ranker.score(X[:, :2]), y, groups=groups), groups


def test_columns_are_found_by_name_whatever_their_order(parts):
    X, ranker, calibrator, _ = parts
    side = Direction(ranker, calibrator, ("c", "b", "a"))
    np.testing.assert_array_equal(side.score(X[:, ::-1]), ranker.score(X[:, :2]))
    found = side.contributions(X[:5, ::-1])
    np.testing.assert_array_equal(found[:, 0], 0)
    np.testing.assert_allclose(found[:, ::-1][:, :2], ranker.contributions(X[:5, :2]))


def test_a_column_that_is_not_computed_is_unknown_and_told_apart(parts):
    X, ranker, calibrator, _ = parts
    side = Direction(ranker, calibrator, ("a",))
    unknown = np.column_stack([X[:, 0], np.full(len(X), np.nan, np.float32)])
    np.testing.assert_array_equal(side.score(X[:, :1]), ranker.score(unknown))
    whole = ranker.base_value + side.contributions(X[:9, :1]).sum(axis=1) + side.lost(X[:9, :1])
    np.testing.assert_allclose(whole, side.score(X[:9, :1]))


def test_nothing_is_lost_where_all_columns_are_computed(parts):
    X, ranker, calibrator, _ = parts
    assert not Direction(ranker, calibrator, NAMES).lost(X[:4]).any()


def test_a_pair_outside_its_pool_counts_as_in_a_typical_one(parts):
    X, ranker, calibrator, groups = parts
    scores = ranker.score(X[:, :2])
    pool = typical_pool(scores, groups)
    assert len(pool) == 20
    side = Direction(ranker, calibrator, NAMES, typical_pool=pool)
    for score in (pool.min(), float(np.median(pool)), pool.max()):
        expected = calibrator.apply(np.append(pool[1:], score))[-1]
        np.testing.assert_allclose(side.probability_alone(np.array([score])), expected, rtol=0.02)
    assert (np.diff(side.probability_alone(np.sort(scores))) >= 0).all()


def test_without_a_typical_pool_the_pairs_are_their_own(parts):
    X, ranker, calibrator, _ = parts
    scores = ranker.score(X[:20, :2])
    alone = Direction(ranker, calibrator, NAMES).probability_alone(scores)
    np.testing.assert_array_equal(alone, calibrator.apply(scores))


def test_what_is_loaded_scores_the_same(parts, tmp_path: Path):
    X, ranker, calibrator, groups = parts
    pool = typical_pool(ranker.score(X[:, :2]), groups)
    side = Direction(ranker, calibrator, NAMES, typical_pool=pool)
    side.save(tmp_path)
    loaded = Direction.load(tmp_path, NAMES)
    np.testing.assert_array_equal(loaded.score(X), side.score(X))
    scores = side.score(X[:30])
    np.testing.assert_array_equal(loaded.probability(scores), side.probability(scores))
    np.testing.assert_array_equal(loaded.probability_alone(scores), side.probability_alone(scores))


def test_an_empty_folder_holds_no_direction(tmp_path: Path):
    with pytest.raises(BundleMissingError, match="no ranker"):
        Direction.load(tmp_path, NAMES)


def test_a_damaged_calibration_is_told(parts, tmp_path: Path):
    _, ranker, _, _ = parts
    Direction(ranker, PlattCalibrator.from_dict({"coefficients": [0.0, 1.0]}), NAMES).save(tmp_path)
    (tmp_path / CALIBRATOR_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(BundleDamagedError, match="calibration"):
        Direction.load(tmp_path, NAMES)


def test_a_typical_pool_needs_scores():
    with pytest.raises(EmptyInputError):
        typical_pool(np.empty(0), np.empty(0, np.int64))
