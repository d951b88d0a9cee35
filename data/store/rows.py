"""Rows between Arrow and SQL: checked on the way in, typed again on the way out.

The way in refuses what the records do not allow, so that both databases hold the same values:
missing ids, text with NUL characters, enumeration values that nobody declared, infinite numbers,
instants without a zone. NaN is unknown, an absent list is empty.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from data.errors import ArgumentError, InputError, MissingColumnError, ParseError
from data.records import Record
from data.schema import ID_COLUMN, Column, columns_of, schema_of
from data.store.tables import filled_default

CHUNK_ROWS = 20_000
"""Rows that are converted and sent at a time: a few tens of MB at most."""

Rows: TypeAlias = pa.Table | Iterable[Record]

_NAIVE = pa.timestamp("us")


def chunks(record_type: type[Record], rows: Rows) -> Iterator[pa.Table]:
    """Cut ``rows`` into checked tables of at most :data:`CHUNK_ROWS` rows."""
    if isinstance(rows, pa.Table):
        whole = conform(record_type, rows)
        for start in range(0, len(whole), CHUNK_ROWS):
            yield whole.slice(start, CHUNK_ROWS)
        return
    pending: Iterator[Record] = iter(rows)
    while block := list(islice(pending, CHUNK_ROWS)):
        wrong = next((row for row in block if not isinstance(row, record_type)), None)
        if wrong is not None:
            raise InputError(
                f"Records of type {record_type.__name__} expected; got a {type(wrong).__name__}.",
                remedy="Write each record type with a call of its own.",
            )
        yield conform(record_type, _laid_out(record_type, block))


def _laid_out(record_type: type[Record], block: list[Record]) -> pa.Table:
    arrays = [_array(c, [getattr(row, c.name) for row in block]) for c in columns_of(record_type)]
    return pa.table(arrays, names=schema_of(record_type).names)


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.python_type is dt.datetime:  # Arrow would take one without a zone for UTC
        for value in values:
            if isinstance(value, dt.datetime):
                with_zone(value, field=column.name)
    try:
        if column.python_type is int:  # Arrow would cut 1.5 down to 1
            return pa.array(values).cast(column.arrow_type)
        return pa.array(values, column.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise ParseError(
            f"{column.name} must be of type {column.arrow_type} ({error}).",
            field=column.name,
            remedy="Correct the value, or leave the record out.",
        ) from error


def conform(record_type: type[Record], table: pa.Table) -> pa.Table:
    """Bring ``table`` into the schema of ``record_type`` and check every value.

    Absent optional columns are unknown. Raises :class:`MissingColumnError`, :class:`ParseError` or
    :class:`InputError`, each naming the column and the first value at fault.
    """
    unknown = [name for name in table.column_names if name not in schema_of(record_type).names]
    if unknown:
        raise InputError(
            f"A {record_type.__name__} has no column {unknown[0]!r}.",
            field=unknown[0],
            remedy="Drop or rename the column.",
        )
    arrays = [_checked(record_type, column, table) for column in columns_of(record_type)]
    return pa.Table.from_arrays(arrays, schema=schema_of(record_type))


def _checked(record_type: type[Record], column: Column, table: pa.Table) -> pa.ChunkedArray:
    default = filled_default(record_type, column.name)
    if column.name not in table.column_names:
        if column.required:
            raise MissingColumnError(
                f"A table of {record_type.__name__} records needs the column {column.name!r}.",
                field=column.name,
                remedy="Add the column, or map one of the table's columns to it.",
            )
        values = pa.chunked_array([pa.nulls(len(table), column.arrow_type)])
    else:
        values = _cast(column, table.column(column.name))
    if column.python_type is float:
        values = _finite(column, values)
    if column.python_type is tuple:
        values = _whole_lists(column, values)
    elif default is not None and values.null_count:
        values = pc.fill_null(values, default)
    if column.required and values.null_count:
        row = pc.index(pc.is_null(values), True).as_py()
        raise InputError(
            f"{column.name} of a {record_type.__name__} must be known; row {row + 1} has none.",
            field=column.name,
            remedy="Fill the value, or leave the row out.",
        )
    if column.name == ID_COLUMN[record_type]:
        _refuse(column, values, pc.equal(values, ""), "must not be empty")
    _check_values(column, values)
    return values


def _cast(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.arrow_type) and getattr(values.type, "tz", "") is None:
        raise ParseError(
            f"{column.name} must carry a time zone; the column has none.",
            field=column.name,
            remedy="Convert the instants to UTC and mark them so.",
        )
    try:
        return values.cast(column.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ParseError(
            f"{column.name} must be of type {column.arrow_type}; got {values.type} ({error}).",
            field=column.name,
            remedy="Convert the column first.",
        ) from error


def _finite(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    _refuse(column, values, pc.is_inf(values), "must be a finite number")
    return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)


def _whole_lists(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    items = pc.list_flatten(values)
    if items.null_count:
        raise ParseError(
            f"{column.name} holds a list with an empty place.",
            field=column.name,
            remedy="Leave unknown items out of the list.",
        )
    _refuse(column, items, pc.match_substring(items, "\0"), "must not hold NUL characters")
    if not values.null_count:
        return values
    empty = pa.scalar([], type=column.arrow_type)
    return pc.coalesce(values, empty)


def _check_values(column: Column, values: pa.ChunkedArray) -> None:
    if issubclass(column.python_type, StrEnum):
        allowed = [member.value for member in column.python_type]
        known = pc.is_in(values, value_set=pa.array(allowed))
        bad = pc.and_(pc.invert(known), pc.is_valid(values))
        _refuse(column, values, bad, f"must be one of {', '.join(allowed)}")
    elif column.python_type is str:
        bad = pc.match_substring(values, "\0")
        _refuse(column, values, bad, "must not hold NUL characters")
    elif column.python_type in (dt.date, dt.datetime):
        kind = pa.date32() if column.python_type is dt.date else _NAIVE
        low, high = (
            pa.scalar(limit, kind) for limit in (column.python_type.min, column.python_type.max)
        )
        times = values.cast(kind)
        bad = pc.or_(pc.less(times, low), pc.greater(times, high))
        _refuse(column, times, bad, "must lie in the years 1 to 9999")


def _refuse(column: Column, values: Any, bad: Any, expectation: str) -> None:
    row = pc.index(bad, True).as_py()
    if row < 0:
        return
    shown = values[row].cast(pa.string()).as_py()  # as_py() alone fails for a date out of range
    raise ParseError(
        f"{column.name} {expectation}; got {shown!r}.",
        field=column.name,
        remedy="Correct the value, or leave the row out.",
    )


def _json_lists(lists: pa.ChunkedArray) -> pa.Array:
    written: dict[tuple[str, ...], str] = {(): "[]"}

    def write(items: list[str]) -> str:
        key = tuple(items)
        text = written.get(key)
        if text is None:
            text = written[key] = json.dumps(items, ensure_ascii=False)
        return text

    if pc.max(pc.list_value_length(lists)).as_py() in (None, 0):
        return pa.array(["[]"] * len(lists), pa.string())
    return pa.array([write(items) for items in lists.to_pylist()], pa.string())


def to_csv(table: pa.Table) -> bytes:
    """Write a checked table as headless CSV that ``COPY … (FORMAT csv)`` reads."""
    arrays = [
        _json_lists(column) if pa.types.is_list(column.type) else column for column in table.columns
    ]
    sink = io.BytesIO()
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    pa.csv.write_csv(pa.table(arrays, names=table.column_names), sink, options)
    return sink.getvalue()


def to_tuples(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return the rows of a checked table as SQLite stores them."""
    return list(zip(*(_sqlite_values(column) for column in table.columns), strict=True))


def _sqlite_values(values: pa.ChunkedArray) -> Sequence[Any]:
    kind = values.type
    if values.null_count == len(values):
        return [None] * len(values)
    if pa.types.is_list(kind):
        values = pa.chunked_array([_json_lists(values)])
    elif pa.types.is_timestamp(kind):
        # %S of a microsecond column carries six decimals: text of one width, which sorts by time
        values = pc.strftime(values.cast(_NAIVE), format="%Y-%m-%d %H:%M:%S")
    elif pa.types.is_date(kind):
        values = values.cast(pa.string())
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    # numpy would turn the nulls of a numeric column into NaN
    whole = pc.fill_null(values, 0) if numeric else values
    listed: list[Any] = whole.to_numpy().tolist()
    if numeric and values.null_count:
        for row in np.flatnonzero(pc.is_null(values).to_numpy()):
            listed[row] = None
    return listed


def to_table(record_type: type[Record], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return database rows, in the order of the record's fields, as a typed Arrow table."""
    schema = schema_of(record_type)
    if not rows:
        return schema.empty_table()
    by_column = zip(*rows, strict=True)
    arrays = [_typed(field.type, values) for field, values in zip(schema, by_column, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _typed(kind: pa.DataType, values: Sequence[Any]) -> pa.Array:
    if pa.types.is_list(kind):
        coded = pa.array(values, pa.string()).dictionary_encode()
        lists = pa.array([json.loads(text) for text in coded.dictionary.to_pylist()], kind)
        return lists.take(coded.indices)
    if pa.types.is_boolean(kind):
        return pa.array(values).cast(pa.bool_())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        found = pa.array(values)
        if pa.types.is_string(found.type) and pa.types.is_timestamp(kind):
            found = found.cast(_NAIVE)
        return found.cast(kind)
    return pa.array(values, kind)


def with_zone(instant: dt.datetime, *, field: str) -> dt.datetime:
    """Return ``instant``; raise :class:`ArgumentError` where it carries no time zone."""
    if instant.tzinfo is None:
        raise ArgumentError(
            f"{field} must carry a time zone; got {instant.isoformat()}.",
            field=field,
            remedy="Pass an instant in UTC.",
        )
    return instant


def to_instant(value: str | dt.datetime | None) -> dt.datetime | None:
    """Return an instant as either driver gives it as an aware datetime in UTC."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return None if value is None else value.astimezone(dt.UTC)
