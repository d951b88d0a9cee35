"""Checks on values: what enumerations do not have, and what is missing."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import columns as col
from data.labels import CHOICES
from data.records import Base, Firm, Need, Offer, Record
from data.schema import columns_of
from data.validation.report import MOST_EXAMPLES, Finding
from data.validation.tables import Tables, Tally, rows_where

MUCH_MISSING = 0.3
"""Matching loses much where more than this share of an important column is unknown."""

IMPORTANT: dict[type[Record], tuple[tuple[str, ...], ...]] = {
    Base: ((col.CITY, col.PROVINCE),),
    Firm: ((col.PROVINCE, col.CITY, col.METRO), (col.SECTORS, col.INDUSTRY), (col.FOUNDED_ON,)),
    Need: ((col.AMOUNT_HIGH_MINOR,), (col.STAGE, col.PURPOSE, col.TEXT)),
    Offer: ((col.DESCRIPTION, col.SECTORS, col.REGIONS, col.AMOUNT_MAX_MINOR),),
}
"""What matching needs of each record type; one known column of a group will do."""


def unknown_values(tables: Tables, _today: dt.date) -> Finding:
    """Find values, or items of lists, that their enumeration does not have."""
    tally = Tally()
    for (record_type, name), choice in CHOICES.items():
        values = tables.column(record_type, name)
        if pa.types.is_list(values.type):
            values = pc.list_flatten(values)
        _add_unknown(tally, values, choice, label=f"{record_type.__name__.lower()}.{name}")
    return tally.finding()


def _add_unknown(tally: Tally, values: pa.Array, choice: type[StrEnum], *, label: str) -> None:
    allowed = pa.array([member.value for member in choice])
    known = pc.or_(pc.is_in(values, value_set=allowed), pc.is_null(values))
    wrong = rows_where(pc.invert(known))
    tally.add(
        len(values) - values.null_count, wrong, (f"{label} {values[int(row)]}" for row in wrong)
    )


def missing_values(tables: Tables, _today: dt.date) -> Finding:
    """Count the gaps in what matching needs; the details hold the share of every column.

    ``count`` and ``total`` are of the groups of columns with too many gaps.
    """
    details: dict[str, float] = {}
    worst: list[tuple[float, str]] = []
    total = 0
    for record_type, groups in IMPORTANT.items():
        n = tables.n(record_type)
        if not n:
            continue
        label = record_type.__name__.lower()
        gaps = {c.name: _unknown(tables, record_type, c.name) for c in columns_of(record_type)}
        details |= {f"{label}.{name}": float(gap.mean()) for name, gap in gaps.items()}
        for group in groups:
            total += 1
            share = float(np.logical_and.reduce([gaps[name] for name in group]).mean())
            worst.append((share, f"{label}.{' / '.join(group)}: {share:.0%}"))
    bad = sorted((pair for pair in worst if pair[0] > MUCH_MISSING), reverse=True)
    examples = tuple(text for _, text in bad[:MOST_EXAMPLES])
    return Finding(len(bad), total, examples, details)


def _unknown(tables: Tables, record_type: type[Record], name: str) -> NDArray[np.bool_]:
    column = tables.column(record_type, name)
    gap = pc.is_null(column)
    if pa.types.is_list(column.type):
        gap = pc.equal(pc.fill_null(pc.list_value_length(column), 0), 0)
    unknown: NDArray[np.bool_] = gap.to_numpy(zero_copy_only=False)
    return unknown
