"""Calibration: whether a stated probability of 20 % comes true in 20 of 100 cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, EmptyInputError
from eval.intervals import Interval, Resampling, percentile_ends

N_BINS = 15
"""Bins of the expected calibration error (Guo et al. 2017 use 15)."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The pairs whose probability lies between ``low`` and ``high``."""

    low: float
    high: float
    n_pairs: int
    mean_probability: float
    rate: Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well probabilities agree with outcomes.

    Attributes
    ----------
    n_pairs, base_rate
        Number of judged pairs and the share of them that came true.
    error_equal_mass, error_equal_width
        Expected calibration error over bins that hold equally many pairs, and over bins of equal
        width: mean distance between stated and true rate. 0 is perfect.
    brier, base_rate_brier
        Mean squared error of the probabilities, and of stating the base rate for every pair.
    brier_gain
        ``base_rate_brier - brier``, paired: positive is better than stating the base rate.
    bins
        The equal-mass bins, for the reliability plot.
    """

    n_pairs: int
    base_rate: float
    error_equal_mass: Interval
    error_equal_width: Interval
    brier: Interval
    base_rate_brier: float
    brier_gain: Interval
    bins: tuple[ReliabilityBin, ...]


def equal_width_edges(n_bins: int = N_BINS) -> NDArray[np.float64]:
    """Return the edges of ``n_bins`` bins of equal width from 0 to 1."""
    return np.linspace(0, 1, n_bins + 1)


def equal_mass_edges(
    probabilities: NDArray[np.float64], n_bins: int = N_BINS
) -> NDArray[np.float64]:
    """Return edges from 0 that give every bin equally many pairs; equal edges are merged."""
    upper = np.quantile(probabilities, np.arange(1, n_bins + 1) / n_bins)
    edges = np.unique(np.concatenate([[0.0], upper]))
    return edges if len(edges) > 1 else np.array([0.0, 1.0])


def bin_of(probabilities: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each probability; a bin holds its upper edge, the first one also 0."""
    return np.clip(np.searchsorted(edges, probabilities, side="left") - 1, 0, len(edges) - 2)


def expected_calibration_error(
    probabilities: NDArray[np.float64],
    outcomes: NDArray[np.bool_],
    edges: NDArray[np.float64],
) -> float:
    """Mean over pairs of |stated - true rate| of the pair's bin. 0 … 1.

    Relations
    ---------
    Equal-mass edges look where the pairs are; equal-width edges also weigh rare high
    probabilities. :func:`brier_score` rewards sharpness too, calibration error does not.
    """
    bins = bin_of(probabilities, edges)
    gaps = np.bincount(bins, probabilities - outcomes, len(edges) - 1)
    return float(np.abs(gaps).sum() / len(probabilities))


def brier_score(probabilities: NDArray[np.float64], outcomes: NDArray[np.bool_]) -> float:
    """Mean squared difference between probability and outcome. 0 perfect … 1."""
    return float(np.mean((probabilities - outcomes) ** 2))


def check_calibration(
    probabilities: NDArray[np.float64],
    outcomes: NDArray[np.bool_],
    queries: NDArray[np.int64],
    resampling: Resampling,
    *,
    n_bins: int = N_BINS,
) -> Calibration:
    """Compare stated probabilities with what came true, with intervals that resample firms.

    Parameters
    ----------
    probabilities, outcomes
        One entry a pair. Shape ``(n_pairs,)``.
    queries
        Query of each pair, a position among the queries that ``resampling`` was drawn for.
    resampling
        The draws.
    n_bins
        Bins of the calibration error and of the reliability table.

    Raises
    ------
    EmptyInputError
        There is no pair.
    ArgumentError
        A probability lies outside 0 … 1 or is NaN.
    """
    probabilities = np.asarray(probabilities, np.float64)
    if not len(probabilities):
        raise EmptyInputError("Calibration needs at least one pair; got none.")
    inside = (probabilities >= 0) & (probabilities <= 1)
    if not inside.all():
        raise ArgumentError(
            f"A probability must lie between 0 and 1; got {probabilities[~inside][0]}."
        )
    sums = _FirmSums(resampling, resampling.members[queries])
    by_mass = equal_mass_edges(probabilities, n_bins)
    by_width = equal_width_edges(n_bins)
    base_rate = float(outcomes.mean())
    squared = (probabilities - outcomes) ** 2
    constant = (base_rate - outcomes) ** 2
    brier, gain = sums.means(np.stack([squared, constant - squared], axis=1))
    return Calibration(
        n_pairs=len(probabilities),
        base_rate=base_rate,
        error_equal_mass=_error(probabilities, outcomes, by_mass, sums),
        error_equal_width=_error(probabilities, outcomes, by_width, sums),
        brier=brier,
        base_rate_brier=float(constant.mean()),
        brier_gain=gain,
        bins=_reliability(probabilities, outcomes, by_mass, sums),
    )


@dataclass(frozen=True, eq=False)
class _FirmSums:
    """Sums of pairs within firms, in every draw."""

    resampling: Resampling
    members: NDArray[np.int64]

    def binned(
        self, values: NDArray[np.float64], bins: NDArray[np.int64], n_bins: int
    ) -> NDArray[np.float64]:
        """Return the total of ``values`` in each bin of each draw. Shape ``(n_draws, n_bins)``."""
        cells = self.members * n_bins + bins
        n_cells = self.resampling.n_groups * n_bins
        sums = np.bincount(cells, values, n_cells).astype(np.float64)
        return self.resampling.totals(sums.reshape(-1, n_bins))

    def sizes(self) -> NDArray[np.float64]:
        """Return the number of pairs in every draw. Shape ``(n_draws, 1)``."""
        return self.binned(np.ones(len(self.members)), np.zeros(len(self.members), np.int64), 1)

    def means(self, values: NDArray[np.float64]) -> list[Interval]:
        """Return the mean over pairs of each column of ``values`` ``(n_pairs, m)``."""
        first = np.zeros(len(values), np.int64)
        totals = np.hstack([self.binned(column, first, 1) for column in values.T])
        low, high = _ratio_ends(totals, self.sizes())
        points = values.mean(axis=0)
        return [Interval(*map(float, ends)) for ends in zip(points, low, high, strict=True)]


def _ratio_ends(
    totals: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the interval of ``totals / sizes`` over the draws that hold any pair.

    A draw of few firms may miss all pairs, as no firm need have one.
    """
    held = sizes.reshape(len(sizes), -1)[:, 0] > 0
    if not held.any():
        return np.zeros(totals.shape[1:]), np.ones(totals.shape[1:])
    return percentile_ends(totals[held] / sizes[held])


def _error(
    probabilities: NDArray[np.float64],
    outcomes: NDArray[np.bool_],
    edges: NDArray[np.float64],
    sums: _FirmSums,
) -> Interval:
    bins = bin_of(probabilities, edges)
    gaps = np.abs(sums.binned(probabilities - outcomes, bins, len(edges) - 1)).sum(axis=1)
    low, high = _ratio_ends(gaps, sums.sizes()[:, 0])
    point = expected_calibration_error(probabilities, outcomes, edges)
    return Interval(point, float(low), float(high))


def _reliability(
    probabilities: NDArray[np.float64],
    outcomes: NDArray[np.bool_],
    edges: NDArray[np.float64],
    sums: _FirmSums,
) -> tuple[ReliabilityBin, ...]:
    bins, n_bins = bin_of(probabilities, edges), len(edges) - 1
    counts = np.bincount(bins, minlength=n_bins)
    divisors = np.maximum(counts, 1)
    stated = np.bincount(bins, probabilities, n_bins) / divisors
    true = np.bincount(bins, outcomes, n_bins) / divisors
    hits = sums.binned(outcomes.astype(np.float64), bins, n_bins)
    sizes = sums.binned(np.ones(len(bins)), bins, n_bins)
    table = []
    for place in np.flatnonzero(counts).tolist():
        low, high = _ratio_ends(hits[:, place], sizes[:, place])
        table.append(
            ReliabilityBin(
                low=float(edges[place]),
                high=float(edges[place + 1]),
                n_pairs=int(counts[place]),
                mean_probability=float(stated[place]),
                rate=Interval(float(true[place]), float(low), float(high)),
            )
        )
    return tuple(table)
