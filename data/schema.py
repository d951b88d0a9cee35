"""Arrow schemas of the records, derived from their fields and annotations."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import pyarrow as pa

from data import columns as col
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record

ID_COLUMN: dict[type[Record], str] = {
    Base: col.BASE_ID,
    Firm: col.FIRM_ID,
    Need: col.NEED_ID,
    Institution: col.INSTITUTION_ID,
    Offer: col.OFFER_ID,
    Event: col.EVENT_ID,
    Rating: col.RATING_ID,
}
"""The identifying column of every record type, in an order in which references resolve."""

REFERENCES: dict[type[Record], dict[str, type[Record]]] = {
    Firm: {col.BASE_ID: Base},
    Need: {col.FIRM_ID: Firm, col.BASE_ID: Base},
    Offer: {col.INSTITUTION_ID: Institution},
    Event: {col.FIRM_ID: Firm, col.OFFER_ID: Offer, col.NEED_ID: Need},
    Rating: {col.FIRM_ID: Firm, col.OFFER_ID: Offer},
}
"""The columns of each record type that hold the id of another record."""

_ARROW_TYPES: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    dt.datetime: pa.timestamp("us", tz="UTC"),
    dt.date: pa.date32(),
    tuple: pa.list_(pa.string()),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One field of a record: its Python type, whether it may be unknown, its Arrow type."""

    name: str
    python_type: type
    required: bool
    arrow_type: pa.DataType


def _read_columns(record_type: type[Record]) -> tuple[Column, ...]:
    hints = typing.get_type_hints(record_type)
    found = []
    for field in dataclasses.fields(record_type):
        hint = hints[field.name]
        required = field.default is dataclasses.MISSING
        if isinstance(hint, types.UnionType):
            hint = next(part for part in typing.get_args(hint) if part is not type(None))
        python_type = typing.get_origin(hint) or hint
        arrow_key = str if issubclass(python_type, StrEnum) else python_type
        found.append(Column(field.name, python_type, required, _ARROW_TYPES[arrow_key]))
    return tuple(found)


_COLUMNS = {record_type: _read_columns(record_type) for record_type in ID_COLUMN}

_RESTORED: dict[type[Record], dict[str, Any]] = {
    record_type: {
        c.name: c.python_type
        for c in columns
        if c.python_type is tuple or issubclass(c.python_type, StrEnum)
    }
    for record_type, columns in _COLUMNS.items()
}
"""The columns whose values Arrow keeps in another form."""

_SCHEMAS = {
    record_type: pa.schema(
        [pa.field(c.name, c.arrow_type, nullable=not c.required) for c in columns]
    )
    for record_type, columns in _COLUMNS.items()
}


def columns_of(record_type: type[Record]) -> tuple[Column, ...]:
    """Return the columns of ``record_type`` in field order."""
    return _COLUMNS[record_type]


def schema_of(record_type: type[Record]) -> pa.Schema:
    """Return the Arrow schema of ``record_type``; required fields are not nullable."""
    return _SCHEMAS[record_type]


def table_from_records(record_type: type[Record], records: Iterable[Record]) -> pa.Table:
    """Lay ``records`` out as one Arrow table of :func:`schema_of` its type."""
    rows = list(records)
    schema = schema_of(record_type)
    arrays = [
        pa.array([getattr(row, field.name) for row in rows], type=field.type) for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def records_from_table(record_type: type[Record], table: pa.Table) -> Iterator[Record]:
    """Yield the rows of ``table`` as records, with enums and tuples restored."""
    restore = _RESTORED[record_type]
    for row in table.to_pylist():
        for name, python_type in restore.items():
            value = row[name]
            if python_type is tuple:
                row[name] = tuple(value or ())
            elif value is not None:
                row[name] = python_type(value)
        yield record_type(**row)
