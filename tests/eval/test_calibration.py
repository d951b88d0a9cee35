from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from data.errors import ArgumentError, EmptyInputError
from eval.calibration import (
    bin_of,
    brier_score,
    check_calibration,
    equal_mass_edges,
    equal_width_edges,
    expected_calibration_error,
)
from eval.intervals import Resampling


def test_a_perfect_forecast_has_no_error():
    stated = np.array([0.0, 0.0, 1.0, 1.0])
    true = stated == 1
    assert expected_calibration_error(stated, true, equal_width_edges()) == 0
    assert brier_score(stated, true) == 0


def test_the_error_is_the_mean_gap_of_the_bins():
    stated = np.array([0.1, 0.1, 0.9, 0.9])
    true = np.array([True, False, True, True])
    # lower bin: stated .1, true .5; upper bin: stated .9, true 1; half of the pairs each
    expected = 0.5 * abs(0.1 - 0.5) + 0.5 * abs(0.9 - 1.0)
    assert expected_calibration_error(stated, true, equal_width_edges(2)) == pytest.approx(expected)


def test_brier_agrees_with_scikit_learn():
    generator = np.random.default_rng(3)
    stated, true = generator.random(500), generator.random(500) < 0.3
    assert brier_score(stated, true) == pytest.approx(brier_score_loss(true, stated))


def test_equal_mass_bins_hold_equally_many():
    stated = np.random.default_rng(0).random(1500) ** 4
    bins = bin_of(stated, equal_mass_edges(stated, 15))
    assert np.bincount(bins).tolist() == [100] * 15


def test_equal_probabilities_fall_into_one_bin():
    stated = np.full(10, 0.25)
    assert bin_of(stated, equal_mass_edges(stated)).tolist() == [0] * 10
    assert bin_of(np.zeros(3), equal_mass_edges(np.zeros(3))).tolist() == [0, 0, 0]


@pytest.mark.parametrize("n_low", [10, 50, 90])
def test_two_probabilities_fall_into_two_bins_however_they_are_shared(n_low: int):
    stated = np.array([0.1] * n_low + [0.2] * (100 - n_low))
    bins = bin_of(stated, equal_mass_edges(stated))
    assert len(set(bins[:n_low].tolist())) == len(set(bins[n_low:].tolist())) == 1
    assert bins[0] != bins[-1]


def test_a_bin_holds_its_upper_edge_and_the_first_one_zero():
    assert bin_of(np.array([0.0, 0.5, 0.51, 1.0]), equal_width_edges(2)).tolist() == [0, 0, 1, 1]


@pytest.fixture
def honest() -> tuple[np.ndarray, np.ndarray, np.ndarray, Resampling]:
    """Ten pairs each of 600 queries whose outcomes follow the stated probabilities."""
    generator = np.random.default_rng(11)
    stated = generator.beta(1, 6, 6000)
    true = generator.random(6000) < stated
    queries = np.repeat(np.arange(600), 10)
    return stated, true, queries, Resampling.draw(np.arange(600) // 2, n_draws=500)


def test_an_honest_forecast_passes(honest: tuple[np.ndarray, np.ndarray, np.ndarray, Resampling]):
    stated, true, queries, draws = honest
    found = check_calibration(stated, true, queries, draws)
    assert found.error_equal_mass.mean < 0.02
    assert found.error_equal_width.mean < 0.02
    assert found.base_rate == true.mean()
    assert found.base_rate_brier == pytest.approx(true.mean() * (1 - true.mean()))
    assert found.brier_gain.above_zero
    assert found.brier_gain.mean == pytest.approx(found.base_rate_brier - found.brier.mean)
    assert found.brier.low < found.brier.mean < found.brier.high


def test_the_reliability_table_holds_every_pair(
    honest: tuple[np.ndarray, np.ndarray, np.ndarray, Resampling],
):
    stated, true, queries, draws = honest
    bins = check_calibration(stated, true, queries, draws).bins
    assert sum(b.n_pairs for b in bins) == 6000
    assert sum(b.n_pairs * b.rate.mean for b in bins) == pytest.approx(true.sum())
    assert all(b.low <= b.mean_probability <= b.high for b in bins)
    covered = [b.rate.low <= b.mean_probability <= b.rate.high for b in bins]
    assert np.mean(covered) >= 0.7  # an honest forecast lies inside most intervals


def test_an_overconfident_forecast_fails(
    honest: tuple[np.ndarray, np.ndarray, np.ndarray, Resampling],
):
    stated, true, queries, draws = honest
    found = check_calibration(np.minimum(stated * 3, 1), true, queries, draws)
    assert found.error_equal_mass.low > 0.1
    assert found.brier_gain.below_zero


def test_a_firm_without_pairs_does_no_harm():
    draws = Resampling.draw(np.arange(5), n_draws=200)
    found = check_calibration(
        np.array([0.2, 0.8, 0.5]), np.array([False, True, True]), np.array([0, 1, 1]), draws
    )
    assert found.n_pairs == 3


def test_no_pairs_are_refused():
    draws = Resampling.draw(np.arange(2), n_draws=10)
    with pytest.raises(EmptyInputError, match="at least one pair"):
        check_calibration(np.array([]), np.array([], bool), np.array([], int), draws)


@pytest.mark.parametrize("bad", [-0.1, 1.2, np.nan])
def test_what_is_no_probability_is_refused(bad: float):
    draws = Resampling.draw(np.arange(2), n_draws=10)
    with pytest.raises(ArgumentError, match="between 0 and 1; got"):
        check_calibration(np.array([0.5, bad]), np.array([True, False]), np.arange(2), draws)
