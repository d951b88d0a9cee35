from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import ArgumentError, BundleDamagedError
from matcher.calibration import PlattCalibrator
from matcher.direction import Direction
from matcher.head_start import FILE, HeadStart
from matcher.ranker import Ranker, RankerEnsemble
from tests.matcher.test_ranker import NAMES, fitted, world

START = HeadStart("affinity.sector", weight=2.0, middle=0.5)


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    return Ranker(fitted())


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return world(7)[0][:200]


def test_the_score_begins_at_a_multiple_of_one_feature(ranker, rows):
    score = RankerEnsemble([ranker], head_start=START).score(rows)
    known = np.where(np.isnan(rows[:, 1]), 0.5, rows[:, 1])
    np.testing.assert_allclose(score, ranker.score(rows) + 2 * known)


def test_it_counts_as_that_feature_and_the_contributions_still_sum(ranker, rows):
    with_start, without = RankerEnsemble([ranker], head_start=START), RankerEnsemble([ranker])
    for found in (with_start.contributions(rows), with_start.tree_shap(rows)):
        np.testing.assert_allclose(
            found.sum(axis=1) + with_start.base_value, with_start.score(rows), atol=1e-6
        )
    added = with_start.contributions(rows) - without.contributions(rows)
    assert np.flatnonzero(np.abs(added).sum(axis=0)).tolist() == [1]
    assert (added[np.isnan(rows[:, 1])] == 0).all(), "what is unknown speaks for nothing"


def test_a_column_that_is_absent_is_refused(ranker):
    with pytest.raises(ArgumentError, match=r"reads 'other', which is not among the columns"):
        RankerEnsemble([ranker], head_start=HeadStart("other", 1.0, 0.0))


def test_it_is_saved_and_loaded_with_its_direction(ranker, rows, tmp_path: Path):
    calibrator = PlattCalibrator.from_dict({"coefficients": [0.0, 1.0]})
    side = Direction(RankerEnsemble([ranker], head_start=START), calibrator, NAMES)
    side.save(tmp_path)
    loaded = Direction.load(tmp_path, NAMES)
    assert loaded.ranker.head_start == START
    np.testing.assert_array_equal(loaded.score(rows), side.score(rows))


@pytest.mark.parametrize("text", ["", "[]", '{"feature": "a"}', '{"feature": 1, "weight": "x"}'])
def test_a_damaged_one_is_told(text, tmp_path: Path):
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(BundleDamagedError, match="head start"):
        HeadStart.load(tmp_path)


def test_none_is_found_where_none_was_saved(tmp_path: Path):
    assert HeadStart.load(tmp_path) is None
