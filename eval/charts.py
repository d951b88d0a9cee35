"""The geometry of the report's plots; the templates draw them as inline SVG.

Plots of intervals are rows of a table with one shared :class:`Axis` in percent of the cell, so that
they grow and shrink with the page and their words stay text. Curves are paths in a unit square.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.intervals import Interval

INSET = 3.0
"""Percent of the width kept free at both ends of an axis, so that no marker is cut."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances between ticks that people read easily, times a power of ten."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from ``low`` to ``high`` with its ticks, in percent of the width."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def spanning(cls, intervals: Iterable[Interval], *, with_zero: bool = False) -> Axis:
        """Return the axis that holds all ``intervals``; ``with_zero`` also holds 0."""
        ends = [end for interval in intervals for end in (interval.low, interval.high)]
        if with_zero:
            ends.append(0.0)
        ends = ends or [0.0, 1.0]
        ticks = nice_ticks(min(ends), max(ends))
        return cls(ticks[0], ticks[-1], ticks)

    def percent(self, value: float) -> float:
        """Return the place of ``value`` from the left, 0 … 100."""
        width = (self.high - self.low) or 1.0
        inside = min(max((value - self.low) / width, 0.0), 1.0)
        return round(INSET + inside * (100 - 2 * INSET), 2)

    @property
    def digits(self) -> int:
        """Decimals that tell the ticks apart."""
        return tick_digits(self.ticks)


SMALLEST_SPAN = 1e-300
"""Narrower ranges are drawn as one point: their quarters are no longer ordinary floats."""


def nice_ticks(low: float, high: float, *, count: int = 5) -> tuple[float, ...]:
    """Return about ``count`` round numbers that enclose ``low`` … ``high``."""
    span = high - low
    if span < SMALLEST_SPAN:
        span = abs(high) if abs(high) >= SMALLEST_SPAN else 1.0
        low, high = low - span / 2, high + span / 2
    rough = span / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in _STEPS if s * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(place * step, 12) for place in range(first, last + 1))


def tick_digits(ticks: Sequence[float]) -> int:
    """Return the decimals that print ``ticks`` apart and exactly, at most 6."""
    for digits in range(7):
        if all(abs(round(tick, digits) - tick) < 1e-9 for tick in ticks):
            return digits
    return 6


def curve(xs: Sequence[float], ys: Sequence[float], *, size: float) -> str:
    """Return the points of a polyline through unit coordinates in a square of ``size``.

    The origin is at the lower left, as readers expect; SVG's is at the upper left.
    """
    return " ".join(f"{x * size:.1f},{(1 - y) * size:.1f}" for x, y in zip(xs, ys, strict=True))


def lorenz_curve(shares: Sequence[float], *, size: float) -> str:
    """Return the polyline of a Lorenz curve whose points are evenly spaced."""
    last = max(len(shares) - 1, 1)
    return curve([place / last for place in range(len(shares))], shares, size=size)
