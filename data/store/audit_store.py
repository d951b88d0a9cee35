"""The audit log in the database: appended to, read, verified, never changed.

Appenders queue, so that each one continues the row before it: on SQLite for the write lock, on
PostgreSQL for an advisory lock that is held until the commit.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.audit import FIRST_HASH, Entry, Head, Logged, canonical, hash_of
from data.errors import ArgumentError
from data.store.database import explained, snapshot, writing
from data.store.people_tables import AUDIT_LOG
from data.store.rows import to_instant, with_zone
from data.store.tables import POSTGRESQL

MOST_FOUND = 1_000
"""The longest page of a search."""
_LOCK_KEY = 0x46696E41  # "FinA": the advisory lock of whoever appends
_ROWS_AT_ONCE = 2_000


class AuditStore:
    """The part of the store that holds the audit log; :attr:`data.store.Store.audit`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, entry: Entry) -> Logged:
        """Append one entry in a transaction of its own; return its row."""
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            return append_entry(connection, entry)

    def head(self) -> Head | None:
        """Return the newest row's number and hash, ``None`` for an empty log."""
        with explained(self._engine), self._engine.connect() as connection:
            seq, found = _last(connection)
        return Head(seq=seq, hash=found) if seq else None

    def verify(self, *, head: Head | None = None) -> int | None:
        """Return the number of the first row that is not as it was written, ``None`` if all are.

        Parameters
        ----------
        head
            A row that was noted elsewhere: rows missing at the end, or a chain that was computed
            anew, show by it only.
        """
        previous, expected = FIRST_HASH, 1
        with explained(self._engine), snapshot(self._engine) as connection:
            for row in _all_rows(connection):
                if row["seq"] != expected or row["hash"] != _hash_of_row(previous, row):
                    return expected
                if head is not None and row["seq"] == head.seq and row["hash"] != head.hash:
                    return expected
                previous, expected = row["hash"], expected + 1
        return expected if head is not None and head.seq >= expected else None

    def search(
        self,
        *,
        organisation_id: str | None = None,
        person_id: str | None = None,
        action: str | None = None,
        subject_type: str | None = None,
        subject_id: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        before: int | None = None,
        n: int = 50,
    ) -> list[Logged]:
        """Return the newest rows that meet all conditions, newest first.

        Parameters
        ----------
        since, until
            ``since`` is included, ``until`` is not.
        before
            The cursor: only rows with smaller numbers.
        n
            At most so many, from 1 to :data:`MOST_FOUND`.
        """
        if not 1 <= n <= MOST_FOUND:
            raise ArgumentError(f"n must be from 1 to {MOST_FOUND}; got {n}.", field="n")
        wanted = {
            "organisation_id": organisation_id,
            "person_id": person_id,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
        }
        table = AUDIT_LOG
        query = sa.select(table).order_by(table.c.seq.desc()).limit(n)
        query = query.where(*(table.c[name] == v for name, v in wanted.items() if v is not None))
        if since is not None:
            query = query.where(table.c.at >= with_zone(since, field="since"))
        if until is not None:
            query = query.where(table.c.at < with_zone(until, field="until"))
        if before is not None:
            query = query.where(table.c.seq < before)
        with explained(self._engine), self._engine.connect() as connection:
            return [_logged(row) for row in connection.execute(query).mappings()]


def append_entry(connection: Connection, entry: Entry) -> Logged:
    """Append one entry inside the caller's write transaction, best as its last statement.

    Until that commits, every other appender waits.
    """
    with_zone(entry.at, field="at")
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
    last, previous = _last(connection)
    row = Logged(seq=last + 1, entry=entry, hash=hash_of(previous, last + 1, entry))
    connection.execute(
        sa.insert(AUDIT_LOG).values(
            seq=row.seq,
            at=entry.at,
            organisation_id=entry.organisation_id,
            person_id=entry.person_id,
            key_id=entry.key_id,
            action=entry.action,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            detail=canonical(dict(entry.detail)),
            request_id=entry.request_id,
            hash=row.hash,
        )
    )
    return row


def _last(connection: Connection) -> tuple[int, str]:
    query = sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.hash).order_by(AUDIT_LOG.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return (0, FIRST_HASH) if row is None else (int(row[0]), str(row[1]))


def _all_rows(connection: Connection) -> Iterator[Mapping[Any, Any]]:
    """Yield every row by number, a page at a time, so that a long log needs no memory."""
    seen: int | None = None
    while True:
        query = sa.select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq).limit(_ROWS_AT_ONCE)
        page = connection.execute(query if seen is None else query.where(AUDIT_LOG.c.seq > seen))
        rows = page.mappings().all()
        yield from rows
        if len(rows) < _ROWS_AT_ONCE:
            return
        seen = rows[-1]["seq"]


def _hash_of_row(previous: str, row: Mapping[Any, Any]) -> str | None:
    """Return the hash that a row must have, ``None`` where its content cannot be read."""
    try:
        return hash_of(previous, int(row["seq"]), _entry(row))
    except (TypeError, ValueError):
        return None


def _logged(row: Mapping[Any, Any]) -> Logged:
    return Logged(seq=int(row["seq"]), entry=_entry(row), hash=row["hash"])


def _entry(row: Mapping[Any, Any]) -> Entry:
    at = to_instant(row["at"])
    if at is None:
        raise ValueError("a row without its instant")
    return Entry(
        at=at,
        organisation_id=row["organisation_id"],
        person_id=row["person_id"],
        key_id=row["key_id"],
        action=row["action"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        detail=json.loads(row["detail"]),
        request_id=row["request_id"],
    )
