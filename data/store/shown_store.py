"""Shown lists in the database: written many at once, read one by one.

Impressions go straight into the table of events: their ids are new, so nothing has to be compared,
and they change nothing that ranks, so the change feed does not hear of them.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data import columns as col
from data.errors import UnknownIdError
from data.records import Event
from data.shown import Showing, ShownList
from data.store.database import explained, writing
from data.store.reading import read_records, select_records
from data.store.rows import to_instant
from data.store.tables import LIVE, SHOWN_LISTS

COMPRESSION = 1
"""Of zlib: five times smaller at a tenth of a millisecond; more gains little."""

IDS_AT_ONCE = 500

_EVENT_FIELDS = tuple(field.name for field in fields(Event))


class ShownStore:
    """Lists that were shown."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, showings: Sequence[Showing]) -> None:
        """Keep lists and their impressions, all in one transaction."""
        if not showings:
            return
        rows = [_row(one.shown) for one in showings]
        events = [
            {name: getattr(event, name) for name in _EVENT_FIELDS}
            for one in showings
            for event in one.impressions
        ]
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            connection.execute(sa.insert(SHOWN_LISTS), rows)
            if events:
                connection.execute(sa.insert(LIVE[Event]), events)

    def find(self, recommendation_id: str) -> ShownList | None:
        """Return a list, or ``None``."""
        query = sa.select(SHOWN_LISTS).where(SHOWN_LISTS.c.recommendation_id == recommendation_id)
        with explained(self._engine), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _read(row)

    def get(self, recommendation_id: str) -> ShownList:
        """Return a list; raise :class:`~data.errors.UnknownIdError` without."""
        found = self.find(recommendation_id)
        if found is None:
            raise UnknownIdError(
                f"There is no recommendation {recommendation_id!r}.",
                field=col.RECOMMENDATION_ID,
                remedy="Give the recommendation_id of an answer.",
            )
        return found

    def owners(self, recommendation_ids: Iterable[str]) -> dict[str, str]:
        """Return which organisation saw each list, of those that there are."""
        wanted = sorted(set(recommendation_ids))
        found: dict[str, str] = {}
        table = SHOWN_LISTS.c
        with explained(self._engine), self._engine.connect() as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                some = wanted[start : start + IDS_AT_ONCE]
                query = sa.select(table.recommendation_id, table.organisation_id)
                rows = connection.execute(query.where(table.recommendation_id.in_(some)))
                found |= {row.recommendation_id: row.organisation_id for row in rows}
        return found

    def impressions_of(self, recommendation_id: str) -> list[Event]:
        """Return what a list showed, by position; rows of erased firms are gone."""
        table = LIVE[Event]
        query = select_records(Event, table.c[col.RECOMMENDATION_ID] == recommendation_id)
        with explained(self._engine), self._engine.connect() as connection:
            found = read_records(connection, Event, query.order_by(table.c[col.POSITION]))
        return [event for event in found if event.kind == "impression"]

    def of_organisation(
        self, organisation_id: str, *, before: tuple[dt.datetime, str] | None = None, n: int = 50
    ) -> list[ShownList]:
        """Return the latest lists that an organisation saw, the latest first.

        ``before`` is the instant and id of the last one of the page before.
        """
        table = SHOWN_LISTS.c
        query = sa.select(SHOWN_LISTS).where(table.organisation_id == organisation_id)
        if before is not None:
            at, key = before
            earlier = (table.shown_at == at) & (table.recommendation_id < key)
            query = query.where((table.shown_at < at) | earlier)
        query = query.order_by(table.shown_at.desc(), table.recommendation_id.desc()).limit(n)
        with explained(self._engine), self._engine.connect() as connection:
            return [_read(row) for row in connection.execute(query).mappings()]


def erase_shown(connection: Connection, firm_id: str) -> None:
    """Forget the lists that a firm asked for; those of institutions hold nothing of it."""
    connection.execute(sa.delete(SHOWN_LISTS).where(SHOWN_LISTS.c.firm_id == firm_id))


def _row(shown: ShownList) -> dict[str, Any]:
    row = {f.name: getattr(shown, f.name) for f in fields(shown) if f.name != "content"}
    return {**row, "content": zlib.compress(orjson.dumps(shown.content), COMPRESSION)}


def _read(row: Any) -> ShownList:
    values = {f.name: row[f.name] for f in fields(ShownList)}
    values["shown_at"] = to_instant(values["shown_at"])
    values["content"] = orjson.loads(zlib.decompress(values["content"]))
    return ShownList(**values)
