"""Bands of amounts: how closely an amount may be told to somebody who may not know it exactly.

What is told in bands is compared in bands: with exact comparisons, whoever narrows a filter step by
step would find the amount behind its band.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.records import Need

LEADS = (1, 3)
"""Leading digits of the edges of bands: 1, 3, 10, 30, … of the smallest unit of a currency."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range that holds an amount, from ``low_minor`` up to ``high_minor``, in hundredths.

    ``high_minor`` is ``None`` where only a least amount was stated.
    """

    low_minor: int
    high_minor: int | None
    currency: str | None


def band_of(need: Need) -> Band | None:
    """Return the band of a need's amount, ``None`` where nothing is known of it."""
    low, high = need.amount_low_minor, need.amount_high_minor
    if low is None and high is None:
        return None
    edge = 0 if low is None else edge_below(low)
    top = None if high is None else edge_above(high, least=edge)
    return Band(edge, top, need.currency)


def edge_below(amount: int) -> int:
    """Return the largest edge that is not above ``amount``; 0 below the smallest."""
    if amount < 1:
        return 0
    unit: int = 10 ** (len(str(amount)) - 1)
    return max(lead * unit for lead in LEADS if lead * unit <= amount)


def edge_above(amount: int, *, least: int = 0) -> int:
    """Return the smallest edge that is not below ``amount`` and is above ``least``."""
    unit: int = 10 ** (len(str(max(amount, least, 1))) - 1)
    edges = (lead * scale for scale in (unit, 10 * unit) for lead in LEADS)
    return next(edge for edge in edges if edge >= amount and edge > least)
