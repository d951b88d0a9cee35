"""Which revision a database is of, and how it gets to this software's."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.errors import StoreError
from data.store.database import place_of, writing
from data.store.tables import METADATA, POSTGRESQL

HEAD = "0009"
"""The revision that :mod:`data.store.tables` describes; a test compares it with the migrations."""

VERSION_TABLE = "finmatch_version"
"""Not Alembic's own name, so that FinMatch can share a PostgreSQL database."""

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x46696E4D  # "FinM": the advisory lock of whoever migrates
_UPGRADE = "Install the FinMatch version that wrote it, or a newer one."


def find_revision(connection: Connection) -> str | None:
    """Return the revision of the database, ``None`` where FinMatch has made no tables."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.execute(
        sa.text(f"SELECT version_num FROM {VERSION_TABLE}")
    ).scalar()
    return revision


def prepare(engine: Engine, *, migrate: bool) -> None:
    """Make sure that the database is of revision :data:`HEAD`.

    Raises :class:`StoreError` where it is of an unknown revision, of an older one and ``migrate``
    is false, or where tables of the same names belong to somebody else.
    """
    with engine.connect() as connection:
        with connection.begin():
            revision = find_revision(connection)
        if revision == HEAD:
            return
        if not migrate:
            raise _not_current(engine, revision)
        with writing(connection):
            if engine.dialect.name == POSTGRESQL:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
            revision = find_revision(connection)  # another process may have been faster
            if revision != HEAD:
                _check_origin(engine, connection, revision)
                upgrade(connection)


def _not_current(engine: Engine, revision: str | None) -> StoreError:
    if revision is None:
        return StoreError(
            f"The database {place_of(engine)} holds no FinMatch tables.",
            field="url",
            remedy="Import something first, or correct the URL.",
        )
    return StoreError(
        f"The database {place_of(engine)} is of revision {revision!r}; expected {HEAD!r}.",
        field="url",
        remedy=f"Open it once with migrate=True. If that fails: {_UPGRADE}",
    )


def _check_origin(engine: Engine, connection: Connection, revision: str | None) -> None:
    if revision is None:
        ours = set(METADATA.tables) & set(sa.inspect(connection).get_table_names())
        if ours:
            raise StoreError(
                f"The database {place_of(engine)} has a table {min(ours)!r} of other origin.",
                field="url",
                remedy="Give FinMatch a database of its own.",
            )
        return
    if revision not in known_revisions():
        raise StoreError(
            f"The database {place_of(engine)} is of revision {revision!r}, which this version of "
            f"FinMatch does not know (its own is {HEAD!r}).",
            field="url",
            remedy=_UPGRADE,
        )


def _config(connection: Connection | None = None) -> object:
    from alembic.config import Config  # a quarter of a second; only where there is work to do

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> list[str]:
    """Return the revisions of this software, newest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())  # type: ignore[arg-type]
    return [script.revision for script in scripts.walk_revisions()]


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database up to ``revision`` inside the transaction of ``connection``."""
    from alembic import command

    command.upgrade(_config(connection), revision)  # type: ignore[arg-type]


def downgrade(connection: Connection, revision: str) -> None:
    """Take the database back to ``revision`` (``base`` removes every table and its rows)."""
    from alembic import command

    command.downgrade(_config(connection), revision)  # type: ignore[arg-type]
