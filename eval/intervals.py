"""Confidence intervals: the percentile bootstrap that resamples firms.

All queries of a firm stay together, because they are not independent. Two methods are compared with
the same draws (paired), which removes the differences between queries that both share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, EmptyInputError

N_DRAWS = 2000
"""Draws of the bootstrap; the ends of a 95 % interval then rest on 50 draws each."""

LEVEL = 0.95

_CHUNK_CELLS = 4_000_000
"""Weights drawn or multiplied at once: 32 MB of floats."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its confidence interval."""

    mean: float
    low: float
    high: float

    def negated(self) -> Interval:
        """Return the interval of the opposite difference."""
        return Interval(-self.mean, -self.high, -self.low)

    @property
    def above_zero(self) -> bool:
        """True where the whole interval is positive."""
        return self.low > 0

    @property
    def below_zero(self) -> bool:
        """True where the whole interval is negative."""
        return self.high < 0


@dataclass(frozen=True, eq=False)
class Resampling:
    """Bootstrap draws of groups, reusable for any number of values over the same queries.

    Attributes
    ----------
    weights
        How often each group is drawn. Shape ``(n_draws, n_groups)``, uint16.
    members
        Group of each query. Shape ``(n_queries,)``.
    """

    weights: NDArray[np.uint16]
    members: NDArray[np.int64]

    @property
    def n_groups(self) -> int:
        """Number of distinct groups."""
        return int(self.weights.shape[1])

    @classmethod
    def draw(
        cls, groups: NDArray[np.generic], *, n_draws: int = N_DRAWS, seed: int = 0
    ) -> Resampling:
        """Draw ``n_draws`` samples of the distinct ``groups``, with replacement.

        The same seed and the same order of group labels give the same draws, whatever the values.

        Raises
        ------
        EmptyInputError
            There is no group.
        """
        labels, members = np.unique(groups, return_inverse=True)
        n_groups = len(labels)
        if not n_groups:
            raise EmptyInputError("An interval needs at least one query; got none.")
        if n_draws < 1:
            raise ArgumentError(f"n_draws must be a positive integer; got {n_draws}.")
        generator = np.random.default_rng(seed)
        chances = np.full(n_groups, 1 / n_groups)
        weights = np.empty((n_draws, n_groups), np.uint16)
        for rows in _row_chunks(n_draws, n_groups):
            weights[rows] = generator.multinomial(n_groups, chances, size=rows.stop - rows.start)
        return cls(weights, members.astype(np.int64))

    def means(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean of ``values`` in every draw.

        Parameters
        ----------
        values
            One value a query, or several in columns. Shape ``(n_queries,)`` or ``(n_queries, m)``.

        Returns
        -------
        array
            Shape ``(n_draws,)`` or ``(n_draws, m)``.
        """
        columns = np.asarray(values, np.float64).reshape(len(values), -1)
        n_groups = self.n_groups
        sums = [np.bincount(self.members, column, n_groups) for column in columns.T]
        sizes = np.bincount(self.members, minlength=n_groups).astype(np.float64)
        totals = self.totals(np.stack([*sums, sizes], axis=1))
        means = totals[:, :-1] / totals[:, -1:]
        return means[:, 0] if np.ndim(values) == 1 else means

    def totals(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up sums of groups ``(n_groups, m)`` in every draw. Shape ``(n_draws, m)``."""
        totals = np.empty((len(self.weights), sums.shape[1]))
        for rows in _row_chunks(*self.weights.shape):
            totals[rows] = self.weights[rows].astype(np.float64) @ sums
        return totals

    def interval(self, values: NDArray[np.floating], *, level: float = LEVEL) -> Interval:
        """Return the mean of ``values`` ``(n_queries,)`` with its percentile interval."""
        low, high = percentile_ends(self.means(values), level=level)
        return Interval(float(np.mean(values)), float(low), float(high))

    def intervals(self, values: NDArray[np.floating], *, level: float = LEVEL) -> list[Interval]:
        """Return one interval for each column of ``values`` ``(n_queries, m)``."""
        low, high = percentile_ends(self.means(values), level=level)
        means = np.mean(values, axis=0)
        return [Interval(*map(float, ends)) for ends in zip(means, low, high, strict=True)]


def percentile_ends(
    draws: NDArray[np.float64], *, level: float = LEVEL
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two ends that hold the middle ``level`` of ``draws`` along the first axis."""
    if not 0 < level < 1:
        raise ArgumentError(f"level must lie between 0 and 1; got {level}.")
    low, high = np.percentile(draws, [50 * (1 - level), 50 * (1 + level)], axis=0)
    return low, high


def bootstrap_interval(
    values: NDArray[np.floating],
    groups: NDArray[np.generic],
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Interval:
    """Return the mean of ``values`` with the interval that resamples ``groups``.

    Relations
    ---------
    For several values over the same queries draw once: :meth:`Resampling.draw`.
    """
    return Resampling.draw(groups, n_draws=n_draws, seed=seed).interval(values)


def paired_interval(
    values: NDArray[np.floating],
    reference: NDArray[np.floating],
    groups: NDArray[np.generic],
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Interval:
    """Return the mean difference ``values - reference`` with its paired interval."""
    return bootstrap_interval(values - reference, groups, n_draws=n_draws, seed=seed)


def _row_chunks(n_rows: int, n_columns: int) -> list[slice]:
    step = max(1, _CHUNK_CELLS // max(n_columns, 1))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]
