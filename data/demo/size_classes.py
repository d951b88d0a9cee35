"""企业划型: size class by industry code, staff, revenue and assets (工信部联企业〔2011〕300号)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from data.demo.arrays import Floats, Ints
from data.records import SizeClass

SIZE_CLASSES: tuple[SizeClass, ...] = (SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM)


class Thresholds(NamedTuple):
    """Lower bounds of small and of medium: persons and 万元; 0 where a class has no such bound."""

    small_staff: int
    small_revenue: int
    small_assets: int
    medium_staff: int
    medium_revenue: int
    medium_assets: int


_RULES: tuple[tuple[tuple[str, ...], Thresholds], ...] = (
    (("A",), Thresholds(0, 50, 0, 0, 500, 0)),
    (("B", "C", "D"), Thresholds(20, 300, 0, 300, 2000, 0)),
    (("E",), Thresholds(0, 300, 300, 0, 6000, 5000)),
    (("F51",), Thresholds(5, 1000, 0, 20, 5000, 0)),
    (("F52",), Thresholds(10, 100, 0, 50, 500, 0)),
    (("G59",), Thresholds(20, 100, 0, 100, 1000, 0)),
    (("G",), Thresholds(20, 200, 0, 300, 3000, 0)),
    (("H",), Thresholds(10, 100, 0, 100, 2000, 0)),
    (("I63", "I64"), Thresholds(10, 100, 0, 100, 1000, 0)),
    (("I65",), Thresholds(10, 50, 0, 100, 1000, 0)),
    (("L",), Thresholds(10, 0, 100, 100, 0, 8000)),
    (("M", "N", "O", "Q85", "R"), Thresholds(10, 0, 0, 100, 0, 0)),
)
"""First match counts; codes outside (J, P, Q84, S, T) have no class."""


def thresholds_of(code: str) -> Thresholds | None:
    """Return the bounds that hold for a GB/T 4754-2017 code, ``None`` where the table is silent."""
    return next((bounds for prefixes, bounds in _RULES if code.startswith(prefixes)), None)


def size_class_numbers(
    bounds: Ints,
    *,
    staff: Ints,
    revenue: Floats,
    assets: Floats,
) -> Ints:
    """Return 0 micro, 1 small, 2 medium or larger (positions in :data:`SIZE_CLASSES`).

    Parameters
    ----------
    bounds
        One row of :class:`Thresholds` for each firm. Shape ``(n, 6)``.
    staff, revenue, assets
        Persons and 万元. Shape ``(n,)``.

    Notes
    -----
    A class needs every one of its lower bounds; 以上 includes the number.
    """
    figures = np.stack([staff, revenue, assets], axis=1)
    small = (figures >= bounds[:, :3]).all(axis=1)
    medium = (figures >= bounds[:, 3:]).all(axis=1)
    return np.where(small & medium, 2, small.astype(np.int64))
