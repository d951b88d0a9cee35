"""The audit log in every backend: one chain, append-only, and no change of it goes unseen."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.audit import FIRST_HASH, Entry, Head, hash_of
from data.errors import ArgumentError
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
WRITER = Path(__file__).parent / "audit_writer.py"
N_WRITERS = 3
N_ENTRIES = 12


def entry(**changes: object) -> Entry:
    fields: dict[str, object] = {
        "at": NOON,
        "organisation_id": "org_a",
        "person_id": "person_a",
        "key_id": None,
        "action": "firms.write",
        "subject_type": "firm",
        "subject_id": "firm_a",
        "detail": {"changed": ["name", "城市"], "version": 2},
        "request_id": "req_1",
    }
    return Entry(**{**fields, **changes})  # type: ignore[arg-type]


def execute(store: Store, statement: str) -> None:
    with store._engine.begin() as connection:
        connection.exec_driver_sql(statement)


def tamper(store: Store, statement: str) -> None:
    """Do what the triggers refuse, as somebody with the rights of the owner could."""
    with store._engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(statement)
            return
        found = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
        )
        guards = connection.exec_driver_sql(found).all()
        for guard in guards:
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name}")
        connection.exec_driver_sql(statement)
        for guard in guards:
            connection.exec_driver_sql(guard.sql)


@pytest.fixture
def filled(store: Store) -> Store:
    for n in range(5):
        store.audit.append(entry(subject_id=f"firm_{n}", at=NOON + dt.timedelta(minutes=n)))
    return store


def test_an_entry_comes_back_as_it_was(store: Store) -> None:
    assert store.audit.head() is None
    assert store.audit.verify() is None
    row = store.audit.append(entry())
    assert row.seq == 1
    assert row.hash == hash_of(FIRST_HASH, 1, entry())
    assert store.audit.search() == [row]
    assert store.audit.head() == Head(seq=1, hash=row.hash)


def test_every_row_continues_the_one_before_it(filled: Store) -> None:
    rows = list(reversed(filled.audit.search()))
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    previous = FIRST_HASH
    for row in rows:
        assert row.hash == hash_of(previous, row.seq, row.entry)
        previous = row.hash
    assert filled.audit.verify() is None
    assert filled.audit.verify(head=filled.audit.head()) is None


def test_instants_of_another_zone_are_the_same_instants(store: Store) -> None:
    east = NOON.astimezone(dt.timezone(dt.timedelta(hours=8)))
    store.audit.append(entry(at=east))
    assert store.audit.search()[0].entry == entry()
    assert store.audit.verify() is None


def test_an_instant_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(ArgumentError, match="at must carry a time zone"):
        store.audit.append(entry(at=NOON.replace(tzinfo=None)))
    assert store.audit.head() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'nothing' WHERE seq = 2",
        "DELETE FROM audit_log WHERE seq = 5",
        "DELETE FROM audit_log",
    ],
)
def test_the_database_refuses_changes(filled: Store, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        execute(filled, statement)
    assert len(filled.audit.search()) == 5


def test_replacing_and_truncating_are_refused(filled: Store, backend: str) -> None:
    statement = (
        "TRUNCATE audit_log"
        if backend == "postgresql"
        else "REPLACE INTO audit_log SELECT * FROM audit_log WHERE seq = 1"
    )
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        execute(filled, statement)


@pytest.mark.parametrize(
    ("statement", "first_broken"),
    [
        ("UPDATE audit_log SET action = 'firms.read' WHERE seq = 3", 3),
        ("UPDATE audit_log SET person_id = NULL WHERE seq = 1", 1),
        ("UPDATE audit_log SET detail = '{}' WHERE seq = 5", 5),
        ("UPDATE audit_log SET detail = 'no json' WHERE seq = 4", 4),
        ("UPDATE audit_log SET hash = 'x' WHERE seq = 2", 2),
        ("DELETE FROM audit_log WHERE seq = 2", 2),
        ("DELETE FROM audit_log WHERE seq = 1", 1),
        ("UPDATE audit_log SET seq = 9 WHERE seq = 5", 5),
    ],
)
def test_what_was_changed_behind_its_back_shows(
    filled: Store, statement: str, first_broken: int
) -> None:
    tamper(filled, statement)
    assert filled.audit.verify() == first_broken


def test_a_cut_end_shows_by_a_head_that_was_noted(filled: Store) -> None:
    noted = filled.audit.head()
    tamper(filled, "DELETE FROM audit_log WHERE seq > 3")
    assert filled.audit.verify() is None
    assert filled.audit.verify(head=noted) == 4


def test_a_chain_computed_anew_shows_by_a_head_that_was_noted(filled: Store) -> None:
    noted = filled.audit.head()
    tamper(filled, "DELETE FROM audit_log WHERE seq > 3")
    for n in range(3):
        filled.audit.append(entry(subject_id=f"other_{n}"))
    assert filled.audit.verify() is None
    assert filled.audit.verify(head=noted) == 5


def test_writers_at_the_same_moment_keep_one_chain(store: Store, url: str) -> None:
    arguments = [sys.executable, str(WRITER), url]
    writers = [
        subprocess.Popen([*arguments, f"w{n}", str(N_ENTRIES)], stderr=subprocess.PIPE, text=True)
        for n in range(N_WRITERS)
    ]
    outcomes = [(writer.communicate(timeout=120)[1], writer.returncode) for writer in writers]
    assert outcomes == [("", 0)] * N_WRITERS
    rows = store.audit.search(n=200)
    assert [row.seq for row in reversed(rows)] == list(range(1, N_WRITERS * N_ENTRIES + 1))
    assert len({row.entry.subject_id for row in rows}) == N_WRITERS * N_ENTRIES
    assert store.audit.verify() is None


def test_a_search_meets_all_conditions(store: Store) -> None:
    one = store.audit.append(entry())
    store.audit.append(entry(action="firms.delete"))
    store.audit.append(entry(organisation_id="org_b", person_id="person_b"))
    last = store.audit.append(entry(at=NOON + dt.timedelta(hours=1), subject_id="firm_b"))
    search = store.audit.search
    assert [row.seq for row in search(action="firms.write")] == [4, 3, 1]
    assert [row.seq for row in search(organisation_id="org_b")] == [3]
    assert [row.seq for row in search(person_id="person_b", action="firms.delete")] == []
    assert search(subject_type="firm", subject_id="firm_b") == [last]
    assert search(since=NOON + dt.timedelta(minutes=1)) == [last]
    assert [row.seq for row in search(until=NOON + dt.timedelta(minutes=1))] == [3, 2, 1]
    assert search(before=2) == [one]


def test_pages_follow_by_the_cursor(filled: Store) -> None:
    first = filled.audit.search(n=2)
    second = filled.audit.search(n=2, before=first[-1].seq)
    third = filled.audit.search(n=2, before=second[-1].seq)
    assert [row.seq for row in (*first, *second, *third)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("n", [0, -1, 1_001])
def test_a_page_has_bounds(store: Store, n: int) -> None:
    with pytest.raises(ArgumentError, match="n must be from 1 to 1000"):
        store.audit.search(n=n)


def test_a_detail_that_is_no_json_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        store.audit.append(entry(detail={"score": float("nan")}))
    assert store.audit.head() is None


def test_hashes_depend_on_every_field() -> None:
    changes: list[dict[str, object]] = [
        {"at": NOON + dt.timedelta(microseconds=1)},
        *(
            {field.name: "other"}
            for field in dataclasses.fields(Entry)
            if field.name not in ("at", "detail")
        ),
        {"detail": {}},
    ]
    hashes = {hash_of(FIRST_HASH, 1, entry(**change)) for change in changes}
    assert len(hashes) == len(dataclasses.fields(Entry))
    assert hash_of(FIRST_HASH, 1, entry()) not in hashes
    assert hash_of(FIRST_HASH, 2, entry()) != hash_of(FIRST_HASH, 1, entry())
