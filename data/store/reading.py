"""Queries: one record, some records, one table in batches, everything as a catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data import columns as col
from data.catalogue import Catalogue
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record
from data.schema import ID_COLUMN, records_from_table, schema_of
from data.store.rows import CHUNK_ROWS, to_table, with_zone
from data.store.tables import LIVE, POSTGRESQL

RecordT = TypeVar("RecordT", Base, Firm, Need, Institution, Offer, Event, Rating)

_MIDNIGHT = dt.time(0)


def select_records(record_type: type[Record], *conditions: Any) -> sa.Select[Any]:
    """Return the query for the rows of ``record_type`` that meet all conditions."""
    table = LIVE[record_type]
    names = schema_of(record_type).names
    return sa.select(*(table.c[name] for name in names)).where(*conditions)


def read_records(
    connection: Connection, record_type: type[RecordT], query: sa.Select[Any]
) -> list[RecordT]:
    """Run a query of :func:`select_records` and return its rows as records."""
    rows = connection.execute(query).all()
    table = to_table(record_type, rows)
    return cast(list[RecordT], list(records_from_table(record_type, table)))


def read_batches(
    connection: Connection, record_type: type[Record], query: sa.Select[Any], *, size: int
) -> Iterator[pa.Table]:
    """Run a query of :func:`select_records` and yield Arrow tables of ``size`` rows."""
    if connection.dialect.name == POSTGRESQL:  # SQLite streams by itself
        query = query.execution_options(stream_results=True, max_row_buffer=size)
    with connection.execute(query) as result:
        while rows := result.fetchmany(size):
            yield to_table(record_type, rows)


def read_table(
    connection: Connection, record_type: type[Record], query: sa.Select[Any]
) -> pa.Table:
    """Return the rows of ``query`` as one Arrow table."""
    batches = list(read_batches(connection, record_type, query, size=CHUNK_ROWS))
    return pa.concat_tables(batches) if batches else schema_of(record_type).empty_table()


def first_day_at_or_after(instant: dt.datetime) -> dt.date:
    """Return the first day that begins, in UTC, at ``instant`` or later."""
    moment = instant.astimezone(dt.UTC)
    day = moment.date()
    return day if moment.time() == _MIDNIGHT else day + dt.timedelta(days=1)


def before_condition(record_type: type[Record], column: str, instant: dt.datetime | None) -> Any:
    """Return the condition that ``column`` lies strictly before ``instant``; a day is its start."""
    if instant is None:
        return sa.true()
    with_zone(instant, field="before")
    field = LIVE[record_type].c[column]
    by_day = schema_of(record_type).field(column).type == pa.date32()
    return field < (first_day_at_or_after(instant) if by_day else instant)


def read_catalogue(
    connection: Connection, before: dt.datetime | None, *, without_events: Sequence[str] = ()
) -> Catalogue:
    """Return all rows, sorted by id, without the events and needs at or after ``before``.

    ``without_events`` names kinds of event that are left out.
    """
    conditions: dict[type[Record], Any] = {
        Need: before_condition(Need, col.STATED_ON, before),
        Event: before_condition(Event, col.OCCURRED_AT, before)
        & LIVE[Event].c[col.KIND].not_in(without_events),
    }
    tables: dict[type[Record], pa.Table] = {}
    for kind in (Base, Firm, Need, Institution, Offer, Event):
        query = select_records(kind, conditions.get(kind, sa.true()))
        table = read_table(connection, kind, query)
        # the catalogue sorts events itself; Arrow sorts faster than the database does
        tables[kind] = table if kind is Event else table.sort_by(ID_COLUMN[kind])
    return Catalogue.from_tables(tables)
