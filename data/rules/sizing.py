"""The size class that a firm's figures give, as far as they are known (企业划型)."""

from __future__ import annotations

from collections.abc import Mapping

from data.records import SizeClass
from data.rules.size_classes import SizeRow, size_rows


def size_class_of(industry: str, figures: Mapping[str, int | None]) -> SizeClass | None:
    """Return the size class of a firm, ``None`` where the figures leave it open.

    Parameters
    ----------
    industry
        Code of GB/T 4754-2017.
    figures
        ``employees`` in persons, ``revenue`` and ``assets`` in fen; ``None`` where unknown.
    """
    row = _row_of(industry)
    if row is None:
        return None
    below = {
        SizeClass.MICRO: _falls_short(row.small, figures),
        SizeClass.SMALL: _falls_short(row.medium, figures),
        SizeClass.MEDIUM: _falls_short(row.sme, figures),
    }
    for size, short in below.items():
        if short is None:
            return None
        if short:
            return size
    return SizeClass.LARGE


def _row_of(industry: str) -> SizeRow | None:
    fitting = [
        (len(code), row.number, row)
        for row in size_rows()
        for code in row.codes
        if industry.startswith(code)
    ]
    return max(fitting, key=lambda found: found[:2])[2] if fitting else None


def _falls_short(bounds: Mapping[str, int], figures: Mapping[str, int | None]) -> bool | None:
    """Return whether some bound is not reached; ``None`` where that depends on the unknown."""
    known = {name: value for name in bounds if (value := figures.get(name)) is not None}
    if any(value < bounds[name] for name, value in known.items()):
        return True
    return None if len(known) < len(bounds) else False
