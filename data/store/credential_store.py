"""Keys, sessions and failed attempts to sign in, in the database; secrets only as digests."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from data.audit import Entry
from data.errors import UnknownIdError
from data.people import ApiKey, Organisation, Person, Role, Scope, SignedIn
from data.store.audit_store import append_entry
from data.store.database import explained, writing
from data.store.people_tables import API_KEYS, ORGANISATIONS, PEOPLE, SIGN_IN_FAILURES, SIGN_INS
from data.store.rows import to_instant, with_zone
from data.store.tables import POSTGRESQL, SQLITE

FAILURES_KEPT = dt.timedelta(days=1)
"""Attempts are forgotten when there was none for so long."""
SESSIONS_KEPT = dt.timedelta(days=30)
"""How long a session that is over stays, for those who look into what happened."""

_VERSIONS: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()


class KeyHolder(NamedTuple):
    """A key, who made it, and for whom that person acts."""

    key: ApiKey
    person: Person
    organisation: Organisation


class SessionHolder(NamedTuple):
    """A session, whose it is, and for whom that person acts."""

    session: SignedIn
    person: Person
    organisation: Organisation


class CredentialStore:
    """What :class:`data.store.people_store.PeopleStore` does with keys and sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def version(self) -> int:
        """Counts the writes of this process, so that what was read before one is not trusted."""
        return _VERSIONS.get(self._engine, 0)

    # -- keys ----------------------------------------------------------------------------------

    def add_key(self, key: ApiKey, *, entry: Entry | None = None) -> None:
        """Store a new key."""
        row = dataclasses.asdict(key) | {"scopes": json.dumps(sorted(key.scopes))}
        with self._writing(entry) as connection:
            connection.execute(sa.insert(API_KEYS).values(row))

    def find_key(self, key_id: str) -> ApiKey | None:
        """Return the key, or ``None``."""
        query = sa.select(API_KEYS).where(API_KEYS.c.key_id == key_id)
        row = self._first(query)
        return None if row is None else key_of(row)

    def get_key(self, key_id: str) -> ApiKey:
        """Return the key; raise :class:`~data.errors.UnknownIdError` without one."""
        found = self.find_key(key_id)
        if found is None:
            raise unknown("key_id", key_id, "List the keys.")
        return found

    def keys_of(self, organisation_id: str) -> list[ApiKey]:
        """Return the keys of an organisation, also those that hold no more, oldest first."""
        table = API_KEYS
        query = sa.select(table).where(table.c.organisation_id == organisation_id)
        return [
            key_of(row) for row in self._all(query.order_by(table.c.created_at, table.c.key_id))
        ]

    def revoke_key(self, key_id: str, *, at: dt.datetime, entry: Entry | None = None) -> None:
        """Let a key hold no more from now on; one that was revoked before keeps its instant."""
        with_zone(at, field="at")
        with self._writing(entry) as connection:
            revoked = revoke_keys(connection, API_KEYS.c.key_id == key_id, at=at)
            if not revoked and not _there(connection, API_KEYS.c.key_id == key_id):
                raise unknown("key_id", key_id, "List the keys.")

    def find_key_holder(self, key_id: str) -> KeyHolder | None:
        """Return a key with its person and organisation, or ``None``."""
        found = self._with_holder(API_KEYS, API_KEYS.c.key_id == key_id)
        return None if found is None else KeyHolder(key_of(found[0]), found[1], found[2])

    def note_key_used(self, key_id: str, *, at: dt.datetime) -> bool:
        """Note when a key was last used; return ``False`` where the database is busy."""
        with_zone(at, field="at")
        table = API_KEYS
        update = sa.update(table).where(table.c.key_id == key_id).values(last_used_at=at)
        return self._at_once(update)

    # -- sessions ------------------------------------------------------------------------------

    def open_session(self, session: SignedIn, *, entry: Entry | None = None) -> None:
        """Store a new session; those long over are removed."""
        over = SIGN_INS.c.expires_at < session.created_at - SESSIONS_KEPT
        with self._writing(entry) as connection:
            connection.execute(sa.delete(SIGN_INS).where(over))
            connection.execute(sa.insert(SIGN_INS).values(dataclasses.asdict(session)))

    def find_session(self, digest: str) -> SignedIn | None:
        """Return the session, or ``None``."""
        row = self._first(sa.select(SIGN_INS).where(SIGN_INS.c.digest == digest))
        return None if row is None else session_of(row)

    def find_session_holder(self, digest: str) -> SessionHolder | None:
        """Return a session with its person and organisation, or ``None``."""
        found = self._with_holder(SIGN_INS, SIGN_INS.c.digest == digest)
        return None if found is None else SessionHolder(session_of(found[0]), found[1], found[2])

    def extend_session(self, digest: str, *, expires_at: dt.datetime) -> bool:
        """Let a session that is not ended last longer; ``False`` where the database is busy."""
        with_zone(expires_at, field="expires_at")
        table = SIGN_INS
        update = sa.update(table).where((table.c.digest == digest) & table.c.ended_at.is_(None))
        return self._at_once(update.values(expires_at=expires_at))

    def end_session(self, digest: str, *, at: dt.datetime, entry: Entry | None = None) -> None:
        """End a session, if there is one and it is not ended."""
        with self._writing(entry) as connection:
            end_sessions(connection, SIGN_INS.c.digest == digest, at=at)

    def end_sessions_of(
        self, person_id: str, *, at: dt.datetime, entry: Entry | None = None
    ) -> int:
        """End every session of a person; return how many."""
        with self._writing(entry) as connection:
            return end_sessions(connection, SIGN_INS.c.person_id == person_id, at=at)

    # -- attempts ------------------------------------------------------------------------------

    def count_attempt(
        self, login_digest: str, *, at: dt.datetime, pause: Callable[[int], dt.timedelta]
    ) -> dt.datetime | None:
        """Count an attempt to sign in before it is checked, unless a pause is on.

        Counting first, in one transaction, leaves no gap for many attempts at the same moment.

        Parameters
        ----------
        pause
            How long to wait after so many failures.

        Returns
        -------
        datetime or None
            The end of the pause, and then nothing was counted; ``None`` to go on.
        """
        with_zone(at, field="at")
        table = SIGN_IN_FAILURES
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            connection.execute(sa.delete(table).where(table.c.last_at < at - FAILURES_KEPT))
            self._first_attempt(connection, login_digest, at)
            query = sa.select(table).where(table.c.login_digest == login_digest)
            row = connection.execute(query.with_for_update()).mappings().one()
            failures = int(row["failures"])
            last_at = min(_known(row["last_at"]), at)  # the clock may have been set back
            until = last_at + pause(failures)
            if failures and at < until:
                return until
            update = sa.update(table).where(table.c.login_digest == login_digest)
            connection.execute(update.values(failures=failures + 1, last_at=at))
        return None

    def _first_attempt(self, connection: Connection, login_digest: str, at: dt.datetime) -> None:
        insert: Any = (postgresql if connection.dialect.name == POSTGRESQL else sqlite).insert
        row = {"login_digest": login_digest, "failures": 0, "last_at": at}
        connection.execute(insert(SIGN_IN_FAILURES).values(row).on_conflict_do_nothing())

    def clear_attempts(self, login_digest: str) -> None:
        """Forget the attempts: one of them succeeded."""
        table = SIGN_IN_FAILURES
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            connection.execute(sa.delete(table).where(table.c.login_digest == login_digest))

    # -- how -----------------------------------------------------------------------------------

    def _first(self, query: sa.Select[Any]) -> Mapping[Any, Any] | None:
        with explained(self._engine), self._engine.connect() as connection:
            return connection.execute(query).mappings().first()

    def _all(self, query: sa.Select[Any]) -> list[Mapping[Any, Any]]:
        with explained(self._engine), self._engine.connect() as connection:
            return list(connection.execute(query).mappings().all())

    @contextmanager
    def _writing(self, entry: Entry | None) -> Iterator[Connection]:
        """One write transaction, with its entry in the audit log, which makes reads old."""
        try:
            with explained(self._engine), self._engine.connect() as connection, writing(connection):
                yield connection
                if entry is not None:
                    append_entry(connection, entry)
        finally:
            _VERSIONS[self._engine] = self.version + 1

    def _with_holder(
        self, table: sa.Table, condition: sa.ColumnElement[bool]
    ) -> tuple[Mapping[str, Any], Person, Organisation] | None:
        parts = (table, PEOPLE, ORGANISATIONS)
        joined = table.join(PEOPLE, PEOPLE.c.person_id == table.c.person_id).join(
            ORGANISATIONS, ORGANISATIONS.c.organisation_id == PEOPLE.c.organisation_id
        )
        columns = [
            column.label(f"{part.name}.{column.name}") for part in parts for column in part.c
        ]
        row = self._first(sa.select(*columns).select_from(joined).where(condition))
        if row is None:
            return None
        of = [{c.name: row[f"{part.name}.{c.name}"] for c in part.c} for part in parts]
        return of[0], person_of(of[1]), organisation_of(of[2])

    def _at_once(self, statement: sa.Update) -> bool:
        """Run a small update without waiting for other writers; say whether it was run."""
        with explained(self._engine), self._engine.connect() as connection:
            try:
                with _impatient(connection), writing(connection):
                    if connection.dialect.name == POSTGRESQL:
                        connection.exec_driver_sql("SET LOCAL lock_timeout = 50")
                    connection.execute(statement)
            except exc.OperationalError as error:
                if _is_busy(error):
                    return False
                raise
        return True


@contextmanager
def _impatient(connection: Connection) -> Iterator[None]:
    """Let a SQLite connection not wait for the write lock meanwhile."""
    if connection.dialect.name != SQLITE:
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    before = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    driver.execute("PRAGMA busy_timeout = 0").close()
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(before)}").close()


def _is_busy(error: exc.OperationalError) -> bool:
    """Return whether a lock was not to be had: SQLITE_BUSY, or lock_not_available."""
    code = getattr(error.orig, "sqlite_errorcode", 0) or 0
    return code & 0xFF == 5 or getattr(error.orig, "sqlstate", None) == "55P03"


def end_sessions(connection: Connection, which: sa.ColumnElement[bool], *, at: dt.datetime) -> int:
    """End the sessions that meet a condition, inside the caller's write transaction."""
    with_zone(at, field="at")
    update = sa.update(SIGN_INS).where(which & SIGN_INS.c.ended_at.is_(None))
    return connection.execute(update.values(ended_at=at)).rowcount


def revoke_keys(connection: Connection, which: sa.ColumnElement[bool], *, at: dt.datetime) -> int:
    """Revoke the keys that meet a condition, inside the caller's write transaction."""
    with_zone(at, field="at")
    update = sa.update(API_KEYS).where(which & API_KEYS.c.revoked_at.is_(None))
    return connection.execute(update.values(revoked_at=at)).rowcount


def _there(connection: Connection, condition: sa.ColumnElement[bool]) -> bool:
    return (
        connection.execute(sa.select(sa.literal(1)).where(condition).limit(1)).first() is not None
    )


def unknown(field: str, key: str, remedy: str) -> UnknownIdError:
    """Return the error for an id that nobody has."""
    return UnknownIdError(f"There is no {field} {key!r}.", field=field, remedy=remedy)


def organisation_of(row: Mapping[Any, Any]) -> Organisation:
    """Return a row of ``organisations``."""
    return Organisation(
        organisation_id=row["organisation_id"],
        name=row["name"],
        role=Role(row["role"]),
        subject_id=row["subject_id"],
        created_at=_known(row["created_at"]),
        closed_at=to_instant(row["closed_at"]),
        legal_hold=bool(row["legal_hold"]),
    )


def person_of(row: Mapping[Any, Any]) -> Person:
    """Return a row of ``people``."""
    return Person(
        person_id=row["person_id"],
        organisation_id=row["organisation_id"],
        login=row["login"],
        display_name=row["display_name"],
        password_hash=row["password_hash"],
        created_at=_known(row["created_at"]),
        disabled_at=to_instant(row["disabled_at"]),
    )


def key_of(row: Mapping[Any, Any]) -> ApiKey:
    """Return a row of ``api_keys``."""
    return ApiKey(
        key_id=row["key_id"],
        organisation_id=row["organisation_id"],
        person_id=row["person_id"],
        name=row["name"],
        digest=row["digest"],
        scopes=tuple(Scope(scope) for scope in json.loads(row["scopes"])),
        created_at=_known(row["created_at"]),
        expires_at=_known(row["expires_at"]),
        revoked_at=to_instant(row["revoked_at"]),
        last_used_at=to_instant(row["last_used_at"]),
    )


def session_of(row: Mapping[Any, Any]) -> SignedIn:
    """Return a row of ``sign_ins``."""
    return SignedIn(
        digest=row["digest"],
        person_id=row["person_id"],
        csrf_token=row["csrf_token"],
        created_at=_known(row["created_at"]),
        expires_at=_known(row["expires_at"]),
        ended_at=to_instant(row["ended_at"]),
    )


def _known(value: Any) -> dt.datetime:
    found = to_instant(value)
    assert found is not None
    return found
