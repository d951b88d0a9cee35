"""Whole columns of amounts: every distinct text is read once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.amounts import MINOR_PER_UNIT, UNKNOWN_AMOUNT, Amount, largest_amount, parse_amount
from data.errors import ParseError

NEGATIVE = "The amount is negative."
TOO_LARGE = "The amount is more than {ceiling:,} {currency}; check the unit of the column."


@dataclass(frozen=True)
class AmountColumn:
    """A column of ``n`` amounts, and the cells that could not be read.

    ``low_minor`` and ``high_minor`` are Arrow arrays of hundredths, ``currency`` of ISO codes.
    ``bad`` lists row and reason of the cells that could not be read; they are unknown.
    """

    low_minor: pa.Int64Array
    high_minor: pa.Int64Array
    currency: pa.StringArray
    bad: tuple[tuple[int, str], ...] = ()

    def exact_minor(self) -> pa.Int64Array:
        """Return the amounts that are exact; bands are unknown."""
        exact = pc.equal(self.low_minor, self.high_minor)
        return pc.if_else(exact, self.low_minor, pa.scalar(None, pa.int64()))


def read_amounts(cells: pa.Array, *, unit: int = 1, currency: str | None = None) -> AmountColumn:
    """Read a column of amounts, written as text or as numbers.

    Parameters
    ----------
    cells
        Text or numbers. Numbers count ``unit`` units of ``currency``.
    unit, currency
        As in :func:`data.amounts.parse_amount`.
    """
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_null(cells.type):
        cells = cells.cast(pa.string())
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        return _from_texts(cells.cast(pa.string()), unit, currency)
    return _from_numbers(cells.cast(pa.float64()), unit, currency)


def _from_texts(cells: pa.StringArray, unit: int, currency: str | None) -> AmountColumn:
    coded = cells.dictionary_encode()
    amounts: list[Amount] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            amounts.append(parse_amount(text, unit=unit, currency=currency))
        except ParseError as error:
            reasons[code] = str(error)
            amounts.append(UNKNOWN_AMOUNT)
    bad: tuple[tuple[int, str], ...] = ()
    if reasons:
        codes = coded.indices.fill_null(-1).to_numpy()
        rows = np.flatnonzero(np.isin(codes, list(reasons)))
        bad = tuple((int(row), reasons[int(codes[row])]) for row in rows)
    return AmountColumn(
        _taken([a.low_minor for a in amounts], pa.int64(), coded.indices),
        _taken([a.high_minor for a in amounts], pa.int64(), coded.indices),
        _taken([a.currency for a in amounts], pa.string(), coded.indices),
        bad,
    )


def _taken(
    values: list[int | None] | list[str | None], kind: pa.DataType, at: pa.Array
) -> pa.Array:
    return pa.array(values, type=kind).take(at)


def _from_numbers(cells: pa.DoubleArray, unit: int, currency: str | None) -> AmountColumn:
    values: NDArray[np.float64] = cells.to_numpy(zero_copy_only=False)
    ceiling = largest_amount(currency)
    negative = values < 0
    too_large = values * unit > ceiling
    known = np.isfinite(values) & ~negative & ~too_large
    minor = np.rint(np.where(known, values, 0) * (unit * MINOR_PER_UNIT)).astype(np.int64)
    amounts = pa.array(minor, mask=~known)
    reason = TOO_LARGE.format(ceiling=ceiling, currency=currency or "units")
    bad = tuple(
        (int(row), NEGATIVE if negative[row] else reason)
        for row in np.flatnonzero(negative | too_large)
    )
    codes = pa.array(np.where(known, 0, 1), mask=~known)
    return AmountColumn(amounts, amounts, pa.array([currency], pa.string()).take(codes), bad)
