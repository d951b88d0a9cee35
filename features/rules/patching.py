"""Columns with the values of some rows replaced, or of some added."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.rules.columns import Column, ListColumn, NumberColumn

Rows = NDArray[np.int64]


def patched(base: NDArray[Any], tail: NDArray[Any], rows: Rows) -> NDArray[Any]:
    """Return ``base`` with ``tail`` at ``rows``, longer where they lie beyond its end."""
    more = max(int(rows.max(initial=-1)) + 1 - len(base), 0)
    kind = np.promote_types(base.dtype, tail.dtype)
    found = np.concatenate([base, np.empty((more, *base.shape[1:]), kind)]).astype(kind, copy=False)
    found[rows] = tail
    return found


def patched_column(base: Column, tail: Column, rows: Rows) -> Column:
    """Return a column of facts with the values of ``tail`` at ``rows``."""
    if isinstance(base, ListColumn) and isinstance(tail, ListColumn):
        codes = patched(base.codes, tail.codes + len(base.rows), rows)
        known = np.concatenate([base.known, tail.known])
        return ListColumn(codes, base.rows + tail.rows, known)
    assert isinstance(base, NumberColumn)
    assert isinstance(tail, NumberColumn)
    low = patched(base.low, tail.low, rows)
    exact = base.high is base.low and tail.high is tail.low
    high = low if exact else patched(base.high, tail.high, rows)
    if base.currency is None and tail.currency is None:
        return NumberColumn(low, high)
    numbers = {code: number for number, code in enumerate(base.currencies)}
    for code in tail.currencies:
        numbers.setdefault(code, len(numbers))
    moved = np.array([numbers[code] for code in tail.currencies] + [-1], np.int32)
    none = np.full(1, -1, np.int32)
    early = np.repeat(none, len(base.low)) if base.currency is None else base.currency
    late = np.repeat(none, len(tail.low)) if tail.currency is None else moved[tail.currency]
    return NumberColumn(low, high, patched(early, late, rows), tuple(numbers))


def stated_over(record: Column, stated: Column) -> Column:
    """Return what is stated of each row, and where nothing is, what its record says."""
    if isinstance(stated, ListColumn):
        filled = np.array([bool(row) for row in stated.rows], np.bool_)
        known = (stated.known | filled)[stated.codes]
    else:
        known = ~np.isnan(stated.low)
    if known.all():
        return stated
    rows = np.flatnonzero(known)
    return patched_column(record, stated.take(rows), rows)
