"""Frozen dataclasses as rows of a table with the same columns, and back.

For the small tables that are not records: tuples and mappings are JSON text, enumerations their
values, dates and instants as :mod:`data.store.tables` lays down.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
import typing
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy.engine import Connection, Engine

from data.audit import Entry
from data.store.audit_store import append_entry
from data.store.database import explained, writing
from data.store.rows import to_instant, with_zone

RowT = TypeVar("RowT")
_Restore = Callable[[Any], Any]


@contextmanager
def reading_of(engine: Engine) -> Iterator[Connection]:
    """Return a connection to read from; what the database says becomes a StoreError."""
    with explained(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing_to(engine: Engine, entry: Entry | None = None) -> Iterator[Connection]:
    """Return a connection inside one write transaction, at whose end ``entry`` is audited."""
    with explained(engine), engine.connect() as connection, writing(connection):
        yield connection
        if entry is not None:
            append_entry(connection, entry)


def to_row(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as values of columns.

    Raises :class:`~data.errors.ArgumentError` for an instant without time zone.
    """
    return {f.name: _written(f.name, getattr(record, f.name)) for f in dataclasses.fields(record)}


def _written(name: str, value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return with_zone(value, field=name)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple | Mapping):
        return to_json(value)
    return value


def to_json(value: object) -> str:
    """Return a document as text; equal ones are equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_row(kind: type[RowT], row: Mapping[Any, Any]) -> RowT:
    """Return the dataclass whose fields are the columns of ``row``."""
    key: Hashable = cast(Hashable, kind)
    return kind(**{name: restore(row[name]) for name, restore in _restores(key).items()})


@lru_cache(maxsize=64)
def _restores(kind: Hashable) -> dict[str, _Restore]:
    row_type: Any = kind
    hints = typing.get_type_hints(row_type)
    return {field.name: _restore_of(hints[field.name]) for field in dataclasses.fields(row_type)}


def _restore_of(hint: Any) -> _Restore:
    if isinstance(hint, types.UnionType):
        (inner,) = (part for part in typing.get_args(hint) if part is not type(None))
        restore = _restore_of(inner)
        return lambda value: None if value is None else restore(value)
    if hint is dt.datetime:
        return to_instant
    if hint is dt.date:
        return lambda value: dt.date.fromisoformat(value) if isinstance(value, str) else value
    origin = typing.get_origin(hint)
    if origin is tuple:
        item = _restore_of(typing.get_args(hint)[0])
        return lambda value: tuple(item(part) for part in json.loads(value))
    if origin is not None and issubclass(origin, Mapping):
        return lambda value: json.loads(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum | bool):
        return hint
    return lambda value: value
