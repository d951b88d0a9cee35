"""Reaching a database, and what is said where that fails."""

from __future__ import annotations

import datetime as dt
import secrets
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from data.errors import ArgumentError, DependencyError, StoreError
from data.records import Event, EventKind, Firm
from data.store import Counts, Store
from data.store.database import make_engine
from data.store.tables import Instant


def firm(key: str, name: str = "a") -> Firm:
    return Firm(firm_id=f"firm_{key}", name=name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{path}") as opened:
        yield opened


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        ["", "finmatch.db", "mysql://u:secret@h/d", "sqlite+aiosqlite:///x", "postgresql://h:p/"],
    )
    def test_other_forms(self, url: str) -> None:
        with pytest.raises(ArgumentError, match=r"sqlite:/// or postgresql://") as caught:
            Store.open(url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_no_database_in_memory(self, url: str) -> None:
        with pytest.raises(ArgumentError, match="needs a file"):
            Store.open(url)

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_postgresql_goes_by_psycopg(self, scheme: str) -> None:
        pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")
        engine = make_engine(f"{scheme}://u:p@host/name", create=True, lock_wait_s=1)
        assert engine.url.drivername == "postgresql+psycopg"

    def test_postgresql_without_its_driver(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(DependencyError, match=r"pip install 'finmatch\[postgres\]'"):
            Store.open("postgresql://u@host/name")

    def test_a_server_that_is_not_there(self) -> None:
        pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")
        with socket.socket() as held:  # bound, but nobody listens
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            with pytest.raises(StoreError, match=r"cannot be reached.*Check the host") as caught:
                Store.open(f"postgresql://u:secret@127.0.0.1:{port}/name")
        assert "secret" not in str(caught.value)

    def test_sqlite_that_is_too_old(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
        with pytest.raises(DependencyError, match=r"SQLite must be 3\.33 or newer"):
            Store.open("sqlite:///absent.db")


class TestSqliteFiles:
    def test_settings_of_a_connection(self, store: Store) -> None:
        with store._engine.connect() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
            }
        full = 2
        assert found == {
            "journal_mode": "wal",
            "synchronous": full,
            "foreign_keys": 1,
            "recursive_triggers": 1,
        }

    def test_something_that_is_no_database(self, path: Path) -> None:
        path.write_bytes(b"firm_id,name\n" * 100)
        with pytest.raises(StoreError, match=r"is not a SQLite database.*Name a database"):
            Store.open(f"sqlite:///{path}")
        assert path.read_bytes() == b"firm_id,name\n" * 100

    def test_a_directory_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=r"cannot be opened.*directory exists"):
            Store.open(f"sqlite:///{tmp_path}/absent/store.db")

    def test_a_directory(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.open(f"sqlite:///{tmp_path}")

    def test_without_migrating_no_file_is_made(self, path: Path) -> None:
        with pytest.raises(StoreError, match="There is no database at"):
            Store.open(f"sqlite:///{path}", migrate=False)
        assert not path.exists()

    def test_an_empty_file_is_a_new_database(self, path: Path) -> None:
        path.touch()
        with pytest.raises(StoreError, match="holds no FinMatch tables"):
            Store.open(f"sqlite:///{path}", migrate=False)
        with Store.open(f"sqlite:///{path}") as store:
            assert store.count(Firm) == 0

    def test_a_read_only_store_can_be_read(self, store: Store, path: Path) -> None:
        store.upsert(Firm, [firm("a")])
        with Store.open(f"sqlite:///file:{path}?mode=ro&uri=true") as reader:
            assert reader.get_firm("firm_a") == firm("a")
            with pytest.raises(StoreError, match=r"cannot be written.*permissions"):
                reader.upsert(Firm, [firm("b")])

    def test_a_full_disk(self, store: Store) -> None:
        store.upsert(Firm, [firm("a")])

        def limit_pages(connection: sqlite3.Connection, _record: object) -> None:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")

        store._engine.dispose()
        sa.event.listen(store._engine, "connect", limit_pages)
        with pytest.raises(StoreError, match=r"no room left on its disk.*Free some space"):
            store.upsert(Firm, [firm(str(n), "long" * 1000) for n in range(50)])
        assert store.count(Firm) == 1
        with pytest.raises(StoreError, match="no room left"):
            stage_too_much(store)

    @pytest.mark.parametrize("kept", [0.1, 0.6])  # damage to the tree, damage to texts
    def test_a_damaged_file(self, store: Store, path: Path, kept: float) -> None:
        store.upsert(Firm, [firm(str(n), "long" * 5000) for n in range(50)])
        store.close()
        size = path.stat().st_size
        start = int(size * kept)
        with path.open("r+b") as file:
            file.seek(start)
            file.write(b"\xff" * (size - start))
        with pytest.raises(StoreError, match=r"is damaged.*backup"):
            read_all(path)

    def test_threads_may_share_a_store(self, store: Store) -> None:
        def write(number: int) -> None:
            for n in range(5):
                store.upsert(Firm, [firm(f"{number}_{n}")])

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.count(Firm) == 4 * 5

    def test_readers_do_not_wait_for_a_long_write(self, store: Store) -> None:
        store.upsert(Firm, [firm("a")])
        with store._engine.connect() as writer:
            writer.exec_driver_sql("UPDATE firms SET name = 'b'")
            assert store.get_firm("firm_a").name == "a"
            writer.commit()
        assert store.get_firm("firm_a").name == "b"

    def test_an_erased_firm_is_nowhere_in_the_files(self, store: Store, path: Path) -> None:
        secret = "a name that nobody else has"
        now = dt.datetime(2013, 1, 1, tzinfo=dt.UTC)
        store.upsert(Firm, [firm("a", secret), firm("b")])
        event = Event(
            event_id="event_a",
            kind=EventKind.CONTACT,
            occurred_at=now,
            firm_id="firm_a",
            offer_id="offer_a",
            note=secret,
        )
        store.append_events([event])
        store.erase_firm("firm_a", erased_at=now, reason="asked")
        for file in path.parent.iterdir():
            assert secret.encode() not in file.read_bytes(), file


def read_all(path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        list(store.batches(Firm))


def stage_too_much(store: Store) -> None:
    with store.import_session(source="s", fingerprint="1") as session:
        session.stage(Firm, [firm(str(n), secrets.token_hex(5000)) for n in range(50)])
        session.checkpoint(1)


def test_an_unfinished_reader_gives_its_connection_back(store: Store) -> None:
    store.upsert(Firm, [firm("a"), firm("b")])
    for _ in range(30):  # more often than the pool has connections
        batches = store.batches(Firm, size=1)
        next(batches)
        batches.close()  # type: ignore[attr-defined]
    assert store.upsert(Firm, [firm("c")]) == Counts(new=1)


def test_more_readers_than_connections(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store._engine.pool, "_timeout", 0.01)
    store.upsert(Firm, [firm("a"), firm("b")])
    readers = [store.batches(Firm, size=1) for _ in range(30)]
    with pytest.raises(StoreError, match=r"connections .* are in use.*finish or close"):
        list(map(next, readers))
    for reader in readers:
        reader.close()  # type: ignore[attr-defined]


def test_counts_add_up() -> None:
    assert Counts(1, 2, 3) + Counts(10, 20, 30) == Counts(11, 22, 33)
    assert Counts(1, 2, 3).total == 1 + 2 + 3


def test_instants_are_text_of_one_width_on_sqlite() -> None:
    beijing = dt.timezone(dt.timedelta(hours=8))
    early, late = dt.datetime(1, 1, 2, tzinfo=dt.UTC), dt.datetime(2013, 1, 1, 8, tzinfo=beijing)
    texts = [Instant().process_bind_param(moment, sqlite.dialect()) for moment in (early, late)]
    assert texts == ["0001-01-02 00:00:00.000000", "2013-01-01 00:00:00.000000"]
    assert Instant().process_bind_param(None, sqlite.dialect()) is None
