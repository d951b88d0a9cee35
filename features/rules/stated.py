"""What is kept beside the records as columns, and any values as a table of facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from data.rules.facts import FactBook, Figure, Value
from data.rules.vocabulary import FACTS, FactKind
from features.list_index import code_key, place_key
from features.rules.columns import Column, ListColumn, NumberColumn, numbered
from features.rules.fact_table import FactTable


def stated_columns(
    book: FactBook, subject_ids: Sequence[str | None], *, on: dt.date
) -> dict[str, Column]:
    """Return a column for every fact that is known on a day of any of the subjects."""
    if not len(book):
        return {}
    rows: dict[str, list[int]] = {}
    for row, subject_id in enumerate(subject_ids):
        if subject_id is not None:
            rows.setdefault(subject_id, []).append(row)
    found: dict[str, dict[int, Value]] = {}
    for subject_id in book.subjects:
        places = rows.get(subject_id)
        if places:
            for name, value in book.known(subject_id, on=on).items():
                found.setdefault(name, {}).update(dict.fromkeys(places, value))
    return {name: column_of(name, values, len(subject_ids)) for name, values in found.items()}


def column_of(name: str, values: Mapping[int, Value], n: int) -> Column:
    """Return a column of ``n`` rows with the given values; the others are unknown."""
    if FACTS[name].numeric:
        numbers, currency = np.full(n, np.nan), np.full(n, None, object)
        for row, value in values.items():
            assert isinstance(value, Figure)
            numbers[row], currency[row] = value.number, value.currency
        if FACTS[name].kind is FactKind.MONEY:
            return NumberColumn(numbers, numbers, *numbered(currency))
        return NumberColumn.exact(numbers)
    key = _KEYS.get(FACTS[name].kind, str)
    lists: list[Sequence[str]] = [()] * n
    known = [False] * n
    for row, value in values.items():
        assert isinstance(value, tuple)
        lists[row], known[row] = [key(item) for item in value], True
    return ListColumn.from_lists(lists, known)


_KEYS: Mapping[FactKind, Callable[[str], str]] = {
    FactKind.CODE: code_key,
    FactKind.PLACES: place_key,
}


def table_of(values: Mapping[str, Value]) -> FactTable:
    """Return one row of facts."""
    made = {name: column_of(name, {0: value}, 1) for name, value in values.items()}
    return FactTable(1, {}).with_columns(made)


def value_at(table: FactTable, name: str, row: int = 0) -> Value | None:
    """Return what a table knows of a fact in one row; a band as its lower end."""
    column = table.column(name)
    if isinstance(column, ListColumn):
        return column.of(row)
    low = float(column.low[row])
    if low != low:
        return None
    code = -1 if column.currency is None else int(column.currency[row])
    return Figure(low, column.currencies[code] if code >= 0 else None)
