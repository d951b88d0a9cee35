"""The engine: how a database is reached, what its connections are set to, what its errors mean.

SQLite runs in WAL mode, so that readers never wait for the writer. ``synchronous=FULL`` costs one
fsync a commit and is what keeps an acknowledged event through a power cut (NORMAL keeps it only
through a crash of the process). Writers begin with ``BEGIN IMMEDIATE``: two of them queue for the
lock, instead of both reading and one failing when it wants to write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Engine, make_url

from data.errors import ArgumentError, DependencyError, StoreError
from data.store.tables import POSTGRESQL, SQLITE

LOCK_WAIT_S = 60.0
"""How long a writer waits for another one: about as long as merging a million rows takes."""

_PAGE_CACHE_KIB = 65_536
_WAL_LIMIT_BYTES = 64 << 20
_WRITES = "finmatch_writes"
_OLDEST_SQLITE = (3, 33)  # UPDATE … FROM

_SQLITE_CAUSES: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "Wait until the other import or job ends, then try again.",
    ),
    sqlite3.SQLITE_LOCKED: ("is locked", "Wait until the other job ends, then try again."),
    sqlite3.SQLITE_READONLY: (
        "cannot be written",
        "Check the permissions of the file and of its directory.",
    ),
    sqlite3.SQLITE_FULL: ("has no room left on its disk", "Free some space, then try again."),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written",
        "Check the disk and the free space, then try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Check that the directory exists and that you may write to it.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        "Name a database made by FinMatch, or a new file.",
    ),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup."),
}

_POSTGRESQL_CAUSES: dict[str, tuple[str, str]] = {
    "55P03": (
        "is locked by another process",
        "Wait until the other import or job ends, then try again.",
    ),
    "40P01": ("is locked by another process", "Try again."),
    "53100": ("has no room left on its disk", "Free some space, then try again."),
    "25006": ("cannot be written", "Connect to the primary server, not to a replica."),
    "42501": ("does not permit this", "Give the role the right to create and write tables."),
    "3D000": ("does not exist", "Create the database, or correct its name."),
    "28P01": ("refused the password", "Correct the user and password of the URL."),
    "28000": ("refused the user", "Correct the user of the URL."),
}
_UNREACHABLE = ("cannot be reached", "Check the host, the port, and that the server is running.")


def make_engine(url: str, *, create: bool, lock_wait_s: float) -> Engine:
    """Return an engine for ``url``; nothing is connected yet.

    Raises :class:`ArgumentError` for a URL of another form, :class:`StoreError` where the file
    does not exist and ``create`` is false, :class:`DependencyError` without the driver.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == POSTGRESQL:
        return _postgresql_engine(parsed, lock_wait_s)
    return _sqlite_engine(parsed, create, lock_wait_s)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):  # ValueError: a port that is no number
        parsed = None
    if parsed is None or parsed.drivername not in (
        SQLITE,
        "sqlite+pysqlite",
        POSTGRESQL,
        "postgres",
        "postgresql+psycopg",
    ):
        scheme = url.partition(":")[0]  # never the whole URL: it may hold a password
        raise ArgumentError(
            f"The database URL must begin with sqlite:/// or postgresql://; got {scheme!r}.",
            field="url",
            remedy="Use for example sqlite:///finmatch.db.",
        )
    if parsed.drivername in (POSTGRESQL, "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _sqlite_engine(url: URL, create: bool, lock_wait_s: float) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise ArgumentError(
            "The store needs a file; the URL names a database in memory.",
            field="url",
            remedy="Use for example sqlite:///finmatch.db.",
        )
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise DependencyError(
            f"SQLite must be {'.'.join(map(str, _OLDEST_SQLITE))} or newer; this Python has "
            f"{sqlite3.sqlite_version}.",
            field="url",
            remedy="Use a newer Python, or PostgreSQL.",
        )
    path = Path(url.database)
    if not create and not path.exists():
        raise StoreError(
            f"There is no database at {path}.",
            field="url",
            remedy="Import something first, or correct the path.",
        )
    engine = sa.create_engine(url, connect_args={"timeout": lock_wait_s})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we write BEGIN ourselves, see _begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # REPLACE then fires the triggers that guard the events
        f"cache_size=-{_PAGE_CACHE_KIB}",
        f"journal_size_limit={_WAL_LIMIT_BYTES}",
        "temp_store=FILE",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _postgresql_engine(url: URL, lock_wait_s: float) -> Engine:
    try:
        engine = sa.create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise DependencyError(
            "PostgreSQL needs the package psycopg, which is not installed.",
            field="url",
            remedy="Run: pip install 'finmatch[postgres]'",
        ) from error

    def set_session(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(lock_wait_s * 1000)}")
            cursor.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    event.listen(engine, "connect", set_session)
    return engine


@contextmanager
def writing(connection: Connection) -> Iterator[Connection]:
    """One write transaction on ``connection``: committed whole or not at all."""
    connection.execution_options(**{_WRITES: True})
    try:
        with connection.begin():
            yield connection
    finally:
        connection.execution_options(**{_WRITES: False})


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One read transaction: every statement in it sees the database as it was at one moment."""
    with engine.connect() as connection:
        if engine.dialect.name == POSTGRESQL:
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what the database says into a :class:`StoreError` with its remedy."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _explain(engine, error.orig or error) from error
    except engine.dialect.loaded_dbapi.Error as error:  # from the driver itself, as COPY is
        raise _explain(engine, error) from error
    except exc.TimeoutError as error:
        raise StoreError(
            f"All connections to the database {place_of(engine)} are in use.",
            field="url",
            remedy="Try again, and finish or close what reads batches.",
        ) from error


def place_of(engine: Engine) -> str:
    """Return the URL of the database without its password."""
    return engine.url.render_as_string(hide_password=True)


def _explain(engine: Engine, error: BaseException) -> StoreError:
    reason = " ".join(str(error).split())
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None and "decode to UTF-8" in reason:  # from the driver, which has no code
            code = sqlite3.SQLITE_CORRUPT
        cause = None if code is None else _SQLITE_CAUSES.get(code & 0xFF)
    else:
        state = getattr(error, "sqlstate", None)
        cause = _POSTGRESQL_CAUSES.get(state or "")
        if cause is None and (state is None or state.startswith(("08", "57P"))):
            cause = _UNREACHABLE
    what, remedy = cause or ("refused a statement", None)
    return StoreError(
        f"The database {place_of(engine)} {what} ({reason}).", field="url", remedy=remedy
    )
