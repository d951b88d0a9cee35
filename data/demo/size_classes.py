"""企业划型: size class by industry code, staff, revenue and assets (工信部联企业〔2011〕300号)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from data.demo.arrays import Floats, Ints
from data.records import SizeClass
from data.rules.size_classes import WAN_MINOR, size_rows

SIZE_CLASSES: tuple[SizeClass, ...] = (SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM)


class Thresholds(NamedTuple):
    """Lower bounds of small and of medium: persons and 万元; 0 where a class has no such bound."""

    small_staff: int
    small_revenue: int
    small_assets: int
    medium_staff: int
    medium_revenue: int
    medium_assets: int


def thresholds_of(code: str) -> Thresholds | None:
    """Return the bounds that hold for a GB/T 4754-2017 code, ``None`` where the table is silent."""
    fitting = [prefix for prefix in _by_prefix() if code.startswith(prefix)]
    return _by_prefix()[max(fitting, key=len)] if fitting else None


@cache
def _by_prefix() -> dict[str, Thresholds]:
    """Return the bounds of each prefix of a code, from the table of :mod:`data.rules`."""
    return {
        code: Thresholds(*_lower(row.small), *_lower(row.medium))
        for row in size_rows()
        for code in row.codes
    }


def _lower(bounds: Mapping[str, int]) -> tuple[int, int, int]:
    """Return persons, and revenue and assets in 万元; 0 where there is no such bound."""
    revenue, assets = (bounds.get(name, 0) // WAN_MINOR for name in ("revenue", "assets"))
    return bounds.get("employees", 0), revenue, assets


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
