"""Handles: opaque names by which one recipient knows a firm or a need before it may know more.

A handle is an HMAC of recipient and id under a secret of the server: the same recipient always sees
the same one, two recipients cannot compare theirs, and nobody computes one from an id.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from data.store.consent_store import IDS_AT_ONCE
from data.store.consent_tables import SERVER_SECRETS, TEASER_HANDLES
from data.store.plain_rows import reading_of, writing_to
from data.store.tables import POSTGRESQL

SECRET = "teaser_handles"
SECRET_BYTES = 32
MOST_REMEMBERED = 200_000
"""Handles that are known to be stored; some 20 MB."""
HANDLE_HEX = 32
"""Hexadecimal digits of a handle: 128 bits do not collide among all firms and recipients."""


class HandleStore:
    """The part of the store that names what is not to be named; :attr:`data.store.Store.handles`.

    Keeps the secret, and which handles are stored, once it has read them: an instance belongs to
    one database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._key: bytes | None = None
        self._there: set[str] = set()

    def handles(
        self, recipient_id: str, subjects: Mapping[str, str | None], *, prefix: str
    ) -> dict[str, str]:
        """Return the handle of each id, known to :meth:`find` from now on.

        Parameters
        ----------
        subjects
            The firm that each id belongs to, ``None`` where it is none's; with that firm, the
            handle is erased.
        prefix
            What the handles begin with.
        """
        if not subjects:
            return {}
        key = self._secret()
        named = {one: _handle(key, prefix, recipient_id, one) for one in subjects}
        missing = self._missing(set(named.values()) - self._there)
        rows = [
            {
                "handle": handle,
                "recipient_id": recipient_id,
                "subject_id": one,
                "firm_id": subjects[one],
            }
            for one, handle in sorted(named.items())
            if handle in missing
        ]
        if rows:
            with writing_to(self._engine) as connection:
                connection.execute(_insert_new(connection, TEASER_HANDLES), rows)
        if len(self._there) > MOST_REMEMBERED:
            self._there.clear()
        self._there.update(named.values())
        return named

    def forget(self) -> None:
        """Look into the database again for every handle: some were erased."""
        self._there.clear()

    def find(self, recipient_id: str, handle: str) -> str | None:
        """Return the id behind a handle of this recipient, or ``None``."""
        return self.find_all(recipient_id, [handle]).get(handle)

    def find_all(self, recipient_id: str, handles: Iterable[str]) -> dict[str, str]:
        """Return the ids behind handles of this recipient; unknown ones are left out."""
        table = TEASER_HANDLES
        found: dict[str, str] = {}
        wanted = sorted(set(handles))
        with reading_of(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                some = wanted[start : start + IDS_AT_ONCE]
                query = sa.select(table.c.handle, table.c.subject_id).where(
                    table.c.recipient_id == recipient_id, table.c.handle.in_(some)
                )
                found.update({row.handle: row.subject_id for row in connection.execute(query)})
        return found

    def _missing(self, handles: set[str]) -> set[str]:
        there: set[str] = set()
        wanted = sorted(handles)
        if not wanted:
            return handles
        column = TEASER_HANDLES.c.handle
        with reading_of(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                query = sa.select(column).where(column.in_(wanted[start : start + IDS_AT_ONCE]))
                there.update(connection.execute(query).scalars())
        return handles - there

    def _secret(self) -> bytes:
        if self._key is None:
            self._key = bytes.fromhex(self._read_secret() or self._make_secret())
        return self._key

    def _read_secret(self) -> str | None:
        query = sa.select(SERVER_SECRETS.c.value).where(SERVER_SECRETS.c.name == SECRET)
        with reading_of(self._engine) as connection:
            value: str | None = connection.execute(query).scalar()
        return value

    def _make_secret(self) -> str:
        row = {"name": SECRET, "value": secrets.token_hex(SECRET_BYTES)}
        with writing_to(self._engine) as connection:
            connection.execute(_insert_new(connection, SERVER_SECRETS), [row])
        made = self._read_secret()  # perhaps another process was faster
        assert made is not None
        return made


def _handle(key: bytes, prefix: str, recipient_id: str, subject_id: str) -> str:
    message = "\0".join((prefix, recipient_id, subject_id)).encode()
    return prefix + hmac.digest(key, message, hashlib.sha256).hex()[:HANDLE_HEX]


def _insert_new(connection: Connection, table: sa.Table) -> Any:
    dialect = postgresql if connection.dialect.name == POSTGRESQL else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def erase_handles(connection: Connection, firm_id: str) -> None:
    """Forget by which handles a firm was known."""
    table = TEASER_HANDLES
    mine = (table.c.firm_id == firm_id) | (table.c.subject_id == firm_id)
    connection.execute(sa.delete(table).where(mine))
