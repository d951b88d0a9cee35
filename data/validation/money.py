"""Checks on amounts and limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import columns as col
from data.amounts import MINOR_PER_UNIT, largest_amount
from data.records import Event, Firm, Need, NeedKind, Offer, Record
from data.validation.report import Finding
from data.validation.tables import Tables, Tally, rows_where

AMOUNTS: dict[type[Record], tuple[str, ...]] = {
    Firm: (
        *(col.REVENUE_MINOR, col.ASSETS_MINOR),
        *(col.LIABILITIES_MINOR, col.RD_EXPENSE_MINOR),
    ),
    Need: (col.AMOUNT_LOW_MINOR, col.AMOUNT_HIGH_MINOR),
    Offer: (
        *(col.AMOUNT_MIN_MINOR, col.AMOUNT_MAX_MINOR),
        *(col.REVENUE_MIN_MINOR, col.REVENUE_MAX_MINOR),
    ),
    Event: (col.AMOUNT_MINOR,),
}
"""Columns of money."""

NEVER_ZERO = frozenset({col.AMOUNT_HIGH_MINOR, col.AMOUNT_MAX_MINOR, col.AMOUNT_MINOR})
"""A need or an offer of nothing is a slip; a firm without revenue is not."""

LIMITS: dict[type[Record], tuple[tuple[str, str], ...]] = {
    Need: ((col.AMOUNT_LOW_MINOR, col.AMOUNT_HIGH_MINOR),),
    Offer: (
        (col.AMOUNT_MIN_MINOR, col.AMOUNT_MAX_MINOR),
        (col.TERM_MIN_MONTHS, col.TERM_MAX_MONTHS),
        (col.RATE_LOW_PCT, col.RATE_HIGH_PCT),
        (col.FIRM_AGE_MIN_MONTHS, col.FIRM_AGE_MAX_MONTHS),
        (col.EMPLOYEES_MIN, col.EMPLOYEES_MAX),
        (col.REVENUE_MIN_MINOR, col.REVENUE_MAX_MINOR),
        (col.VALID_FROM, col.VALID_TO),
    ),
}
"""Lower and upper limits that belong together."""

SLIP_DECADES = 4
"""万元 taken for 元, or the other way round, is a factor of ten thousand."""

SLIP_WIDTH = 0.75
"""Decades around the slipped median within which a value counts as slipped."""

MOST_GUARANTEE_FEE_PCT = 1.0
"""Of government-backed guarantees (财金〔2024〕60号: no more than 1 %); others may ask for more."""

LEAST_VALUES = 20
"""With fewer values there is no median to slip from."""

LARGEST_SLIP_SHARE = 0.2
"""Where more than this lies off, the column is spread wide by nature."""

Amounts = tuple[type[Record], str, NDArray[np.float64]]


def impossible_amounts(tables: Tables, _today: dt.date) -> Finding:
    """Find amounts that are negative, zero where that means nothing, or absurdly large."""
    tally = Tally()
    for record_type, name, amounts in _amounts(tables):
        wrong_mask = (amounts < 0) | (amounts > _ceilings(tables, record_type))
        if name in NEVER_ZERO:
            wrong_mask |= amounts == 0
        wrong = rows_where(wrong_mask)
        ids = tables.ids(record_type)
        tally.add(
            int(np.isfinite(amounts).sum()),
            wrong,
            (f"{ids[int(row)]}: {name} {_money(amounts[row])}" for row in wrong),
        )
    return tally.finding()


def unit_slips(tables: Tables, _today: dt.date) -> Finding:
    """Find clusters of amounts ten thousand times above or below the median of their column.

    They count only where they stand apart: more values there than half way to the median.
    """
    tally = Tally()
    for record_type, name, amounts in _amounts(tables):
        positive = np.isfinite(amounts) & (amounts > 0)
        tally.total += int(positive.sum())
        ids = tables.ids(record_type)
        for rows in _slipped(tables, record_type, amounts, positive=positive):
            tally.add(0, rows, (f"{ids[int(row)]}: {name} {_money(amounts[row])}" for row in rows))
    return tally.finding()


def crossed_limits(tables: Tables, _today: dt.date) -> Finding:
    """Find lower limits above their upper limits."""
    tally = Tally()
    for record_type, pairs in LIMITS.items():
        ids = tables.ids(record_type)
        for low_name, high_name in pairs:
            low, high = (tables.numbers(record_type, name) for name in (low_name, high_name))
            wrong = rows_where(low > high)
            tally.add(
                int((np.isfinite(low) & np.isfinite(high)).sum()),
                wrong,
                (f"{ids[int(row)]}: {low_name} > {high_name}" for row in wrong),
            )
    return tally.finding()


def guarantee_fees(tables: Tables, _today: dt.date) -> Finding:
    """Find guarantees that cost more a year than government guarantors may take."""
    kinds = tables.column(Offer, col.KIND)
    fees = tables.numbers(Offer, col.FEE_PCT)
    is_guarantee = pc.fill_null(pc.equal(kinds, NeedKind.GUARANTEE.value), False)
    of_guarantees = is_guarantee.to_numpy(zero_copy_only=False) & np.isfinite(fees)
    wrong = rows_where(of_guarantees & (fees > MOST_GUARANTEE_FEE_PCT))
    ids = tables.ids(Offer)
    tally = Tally()
    tally.add(
        int(of_guarantees.sum()),
        wrong,
        (f"{ids[int(row)]}: {col.FEE_PCT} {fees[row]:g}" for row in wrong),
    )
    return tally.finding()


def _amounts(tables: Tables) -> Iterator[Amounts]:
    for record_type, names in AMOUNTS.items():
        for name in names:
            yield record_type, name, tables.numbers(record_type, name)


def _ceilings(tables: Tables, record_type: type[Record]) -> NDArray[np.float64]:
    """Return the largest possible amount of each row, in hundredths."""
    coded = pc.fill_null(tables.column(record_type, col.CURRENCY), "").dictionary_encode()
    of_code = np.array(
        [largest_amount(code) * MINOR_PER_UNIT for code in coded.dictionary.to_pylist()],
        dtype=np.float64,
    )
    return of_code[coded.indices.to_numpy()] if len(of_code) else np.empty(0)


def _slipped(
    tables: Tables,
    record_type: type[Record],
    amounts: NDArray[np.float64],
    *,
    positive: NDArray[np.bool_],
) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each cluster that slipped, by currency."""
    currencies = pc.fill_null(tables.column(record_type, col.CURRENCY), "")
    codes = currencies.dictionary_encode().indices.to_numpy()
    for code in np.unique(codes[positive]):
        rows = np.flatnonzero(positive & (codes == code))
        if len(rows) < LEAST_VALUES:
            continue
        decades = np.log10(amounts[rows])
        off = decades - np.median(decades)
        for sign in (-1, 1):
            there = np.abs(off - sign * SLIP_DECADES) < SLIP_WIDTH
            between = np.abs(off - sign * SLIP_DECADES / 2) < SLIP_WIDTH
            apart = there.sum() > between.sum()
            if apart and there.sum() <= LARGEST_SLIP_SHARE * len(rows):
                yield rows[there]


def _money(minor: float) -> str:
    return f"{minor / MINOR_PER_UNIT:,.2f}"
