"""The tables: migrations and code agree, go up and down, and refuse what they do not know."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.errors import StoreError
from data.records import Firm
from data.store import Counts, Store
from data.store.database import make_engine, writing
from data.store.migrating import (
    HEAD,
    VERSION_TABLE,
    downgrade,
    find_revision,
    known_revisions,
    upgrade,
)
from data.store.tables import METADATA


def engine_of(url: str) -> sa.Engine:
    return make_engine(url, create=True, lock_wait_s=5)


def execute(url: str, statement: str) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_the_newest_revision_is_the_codes() -> None:
    assert known_revisions()[0] == HEAD


def test_migrations_make_the_tables_of_the_code(store: Store) -> None:
    with store._engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "version_table": VERSION_TABLE,
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_migrations_make_the_checks_of_the_code(store: Store) -> None:
    # Alembic does not compare CHECK constraints: compare the values they allow
    inspector = sa.inspect(store._engine)
    for table in METADATA.sorted_tables:
        ours = {
            str(check.name): set(re.findall(r"'(\w+)'", str(check.sqltext)))
            for check in table.constraints
            if isinstance(check, sa.CheckConstraint)
        }
        theirs = {
            str(check["name"]): set(re.findall(r"'(\w+)'", check["sqltext"]))
            for check in inspector.get_check_constraints(table.name)
        }
        assert theirs == ours


def test_ids_compare_byte_by_byte(store: Store) -> None:
    if store._engine.dialect.name != "postgresql":
        return  # SQLite compares bytes unless told otherwise
    with store._engine.connect() as connection:
        query = (
            "SELECT table_name, column_name FROM information_schema.columns WHERE "
            "table_schema = 'public' AND collation_name = 'C'"
        )
        found = {tuple(row) for row in connection.exec_driver_sql(query)}
    assert {("firms", "firm_id"), ("events", "event_id"), ("needs", "firm_id")} <= found


def test_down_and_up_again(url: str) -> None:
    engine = engine_of(url)
    with engine.connect() as connection:
        with writing(connection):
            downgrade(connection, "base")
            assert not set(sa.inspect(connection).get_table_names()) & set(METADATA.tables)
        with writing(connection):
            upgrade(connection)
            assert find_revision(connection) == HEAD
    engine.dispose()
    with Store.open(url) as store:
        assert store.upsert(Firm, [Firm(firm_id="firm_a", name="a")]) == Counts(new=1)


def test_opening_makes_the_tables_once(new_url: Callable[[], str]) -> None:
    url = new_url()
    with Store.open(url) as store:
        store.upsert(Firm, [Firm(firm_id="firm_a", name="a")])
    with Store.open(url, migrate=False) as store:
        assert store.count(Firm) == 1


def test_several_processes_may_open_a_new_database(new_url: Callable[[], str]) -> None:
    url = new_url()
    code = "import sys; from data.store import Store; Store.open(sys.argv[1]).close()"
    openers = [
        subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outcomes = [(opener.communicate(timeout=120)[1], opener.returncode) for opener in openers]
    assert outcomes == [("", 0)] * 3


def test_a_database_without_tables_is_refused_unless_migrating(
    new_url: Callable[[], str], backend: str
) -> None:
    expected = "no database at" if backend == "sqlite" else "holds no FinMatch tables"
    with pytest.raises(StoreError, match=expected + r".*Import something first"):
        Store.open(new_url(), migrate=False)


@pytest.mark.parametrize("migrate", [True, False])
def test_a_newer_database_is_refused(new_url: Callable[[], str], migrate: bool) -> None:
    url = new_url()
    Store.open(url).close()
    execute(url, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"revision '9999'.*Install the FinMatch version"):
        Store.open(url, migrate=migrate)


def test_tables_of_somebody_else_are_not_touched(new_url: Callable[[], str]) -> None:
    url = new_url()
    execute(url, "CREATE TABLE events (id INTEGER)")
    with pytest.raises(StoreError, match=r"'events' of other origin.*database of its own"):
        Store.open(url)
    execute(url, "DROP TABLE events")
    Store.open(url).close()
