"""Pages of records in the order of their ids, and many records at once by id."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data import columns as col
from data.errors import ArgumentError
from data.records import Firm, Need, Record
from data.schema import ID_COLUMN, columns_of
from data.store.consent_store import IDS_AT_ONCE
from data.store.reading import RecordT, read_records, select_records
from data.store.tables import LIVE

MOST_ROWS = 10_000
"""Rows of one page; more are read in batches."""

Wanted = Mapping[str, str | Collection[str]]


def read_page(
    connection: Connection,
    record_type: type[RecordT],
    wanted: Wanted,
    *,
    after: str | None,
    limit: int,
) -> list[RecordT]:
    """Return the first ``limit`` records whose id follows ``after`` and that have what is wanted.

    Raises :class:`~data.errors.ArgumentError` for a column that is no text, or a limit below 1.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise ArgumentError(f"limit must be from 1 to {MOST_ROWS}; got {limit}.", field="limit")
    key = LIVE[record_type].c[ID_COLUMN[record_type]]
    conditions = [_condition(record_type, name, value) for name, value in wanted.items()]
    if after is not None:
        conditions.append(key > after)
    query = select_records(record_type, *conditions).order_by(key).limit(limit)
    return read_records(connection, record_type, query)


def read_by_id(
    connection: Connection, record_type: type[RecordT], ids: Iterable[str], *, column: str
) -> list[RecordT]:
    """Return the records whose ``column`` holds one of ``ids``, sorted by id."""
    wanted, found = sorted(set(ids)), []
    table = LIVE[record_type]
    for start in range(0, len(wanted), IDS_AT_ONCE):
        some = wanted[start : start + IDS_AT_ONCE]
        query = select_records(record_type, table.c[column].in_(some))
        found += read_records(connection, record_type, query)
    return sorted(found, key=lambda record: str(getattr(record, ID_COLUMN[record_type])))


def _condition(
    record_type: type[Record], name: str, value: str | Collection[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column is a value, or one of several; a list holds one."""
    types = {column.name: column.python_type for column in columns_of(record_type)}
    values = [value] if isinstance(value, str) else list(value)
    if name == IN_BASE and record_type is Need:
        return _in_base(values)
    kind = types.get(name)
    if kind is None or not issubclass(kind, str | tuple):
        raise ArgumentError(
            f"A {record_type.__name__} cannot be chosen by {name!r}.",
            field=name,
            remedy="Choose by a column that holds text.",
        )
    column = LIVE[record_type].c[name]
    if kind is tuple:
        held = [json.dumps(one, ensure_ascii=False) for one in values]
        return sa.or_(sa.false(), *(column.contains(one, autoescape=True) for one in held))
    return column.in_(values)


IN_BASE = "in_base"
"""Needs of a base itself and of the firms in it."""


def _in_base(base_ids: list[str]) -> sa.ColumnElement[bool]:
    firms, needs = LIVE[Firm], LIVE[Need]
    residents = sa.select(firms.c[col.FIRM_ID]).where(firms.c[col.BASE_ID].in_(base_ids))
    return needs.c[col.FIRM_ID].in_(residents) | needs.c[col.BASE_ID].in_(base_ids)
