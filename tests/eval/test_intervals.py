from __future__ import annotations

import numpy as np
import pytest

import eval.intervals
from data.errors import ArgumentError, EmptyInputError
from eval.intervals import (
    Interval,
    Resampling,
    bootstrap_interval,
    paired_interval,
    percentile_ends,
)


def test_a_constant_has_an_interval_of_no_width():
    assert bootstrap_interval(np.full(9, 0.5), np.arange(9)) == Interval(0.5, 0.5, 0.5)


def test_one_firm_has_no_uncertainty_to_resample():
    found = bootstrap_interval(np.array([0.0, 1.0]), np.array(["a", "a"]))
    assert found == Interval(0.5, 0.5, 0.5)


def test_the_interval_is_near_the_normal_one():
    values = np.random.default_rng(1).random(4000)
    found = bootstrap_interval(values, np.arange(4000))
    half = 1.96 * values.std() / np.sqrt(4000)
    assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_queries_of_one_firm_are_resampled_together():
    """Copies of a query add no information: the interval must not shrink."""
    values = np.random.default_rng(2).random(300)
    alone = bootstrap_interval(values, np.arange(300))
    copied = bootstrap_interval(np.repeat(values, 10), np.repeat(np.arange(300), 10))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    apart = bootstrap_interval(np.repeat(values, 10), np.arange(3000))
    assert apart.high - apart.low < 0.5 * (alone.high - alone.low)


def test_draws_are_those_of_a_plain_multinomial():
    values = np.random.default_rng(3).random(50)
    firms = np.array([f"f{i % 17}" for i in range(50)])
    labels, members = np.unique(firms, return_inverse=True)
    weights = np.random.default_rng(0).multinomial(17, np.full(17, 1 / 17), size=2000)
    means = (weights @ np.bincount(members, values)) / (weights @ np.bincount(members))
    low, high = np.percentile(means, [2.5, 97.5])
    found = bootstrap_interval(values, firms)
    assert len(labels) == 17
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_drawing_in_pieces_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    firms = np.arange(40)
    whole = Resampling.draw(firms, n_draws=30).weights
    monkeypatch.setattr(eval.intervals, "_CHUNK_CELLS", 100)
    assert Resampling.draw(firms, n_draws=30).weights.tolist() == whole.tolist()


def test_the_same_seed_gives_the_same_interval_and_another_another():
    values, firms = np.random.default_rng(4).random(30), np.arange(30)
    assert bootstrap_interval(values, firms) == bootstrap_interval(values, firms)
    assert bootstrap_interval(values, firms, seed=1) != bootstrap_interval(values, firms)


def test_a_paired_difference_is_surer_than_its_parts():
    generator = np.random.default_rng(6)
    hardness = generator.random(200)
    better, worse = hardness + 0.02, hardness + generator.normal(0, 0.01, 200)
    paired = paired_interval(better, worse, np.arange(200))
    assert paired.above_zero
    alone = bootstrap_interval(better, np.arange(200))
    assert alone.low < worse.mean() < alone.high  # unpaired intervals overlap


def test_several_columns_share_their_draws():
    values = np.random.default_rng(8).random((60, 3))
    draws = Resampling.draw(np.arange(60))
    together = draws.intervals(values)
    apart = [draws.interval(column) for column in values.T]
    for one, other in zip(together, apart, strict=True):
        assert (one.mean, one.low, one.high) == pytest.approx((other.mean, other.low, other.high))


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        values = np.random.default_rng(100 + seed).normal(size=80)
        found = bootstrap_interval(values, np.arange(80), n_draws=400, seed=seed)
        covered += found.low <= 0 <= found.high
    assert (
        0.89 <= covered / 200 <= 0.99
    )  # 0.95 within three standard errors of 200 trials, less bias


def test_signs_and_negation():
    assert Interval(2, 1, 3).above_zero
    assert Interval(2, 1, 3).negated() == Interval(-2, -3, -1)
    assert Interval(2, 1, 3).negated().below_zero
    assert not Interval(0, -1, 1).above_zero
    assert not Interval(0, -1, 1).below_zero


def test_nothing_to_resample_is_refused():
    with pytest.raises(EmptyInputError, match="at least one query"):
        bootstrap_interval(np.array([]), np.array([]))


def test_parameters_are_checked():
    with pytest.raises(ArgumentError, match="n_draws must be a positive integer; got 0"):
        Resampling.draw(np.arange(3), n_draws=0)
    with pytest.raises(ArgumentError, match="level must lie between 0 and 1; got 95"):
        percentile_ends(np.arange(3.0), level=95)
