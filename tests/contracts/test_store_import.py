"""What every backend promises of an import: whole or not at all, resumed where it was killed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from data.errors import ArgumentError, DuplicateIdError, InputError, ParseError, StoreError
from data.records import Event, EventKind, Firm, Need, Record
from data.schema import table_from_records
from data.store import Counts, ImportRun, ImportSession, Store

NEW_YEAR = dt.datetime(2013, 1, 1, tzinfo=dt.UTC)
SCRIPT = Path(__file__).with_name("killed_import.py")
MOMENTS = ("staging", "scratch", "merging", "committing")


def firm(key: str, city: str | None = None) -> Firm:
    return Firm(firm_id=f"firm_{key}", name=key, city=city)


def viewed(key: str, note: str | None = None) -> Event:
    return Event(
        event_id=f"event_{key}",
        kind=EventKind.VIEW,
        occurred_at=NEW_YEAR,
        firm_id="firm_a",
        offer_id="offer_a",
        note=note,
    )


def session_of(store: Store, fingerprint: str = "1") -> ImportSession:
    return store.import_session(source="s", fingerprint=fingerprint, imported_at=NEW_YEAR)


def staged_rows(store: Store) -> int:
    with store._engine.connect() as connection:
        query = "SELECT (SELECT count(*) FROM staged_batches) + count(*) FROM import_staging"
        return int(connection.exec_driver_sql(query).scalar_one())


def batches_done(store: Store) -> int:
    with store._engine.connect() as connection:
        query = "SELECT batches_done FROM import_staging"
        return int(connection.exec_driver_sql(query).scalar_one())


def killed(store: Store, rows: list[Record], fingerprint: str = "1") -> ImportSession:
    """A session with one checkpoint whose process is gone: it never ends."""
    session = session_of(store, fingerprint)
    session.__enter__()
    for row in rows:
        session.stage(type(row), [row])
    session.checkpoint(1)
    return session


def import_and_fail(store: Store, error: BaseException) -> None:
    with session_of(store) as session:
        session.stage(Firm, [firm("a", "南京"), firm("b")])
        session.checkpoint(1)
        raise error


class TestCleanEnd:
    def test_everything_is_merged_and_counted(self, store: Store) -> None:
        store.upsert(Firm, [firm("a"), firm("b")])
        store.append_events([viewed("a")])
        with session_of(store) as session:
            assert session.resume_at == 0
            session.stage(Firm, [firm("a"), firm("b", "南京"), firm("c")])
            session.checkpoint(1)
            session.stage(Event, table_from_records(Event, [viewed("a"), viewed("b")]))
            assert store.count(Event) == 1  # nothing is live yet
        assert session.counts == {
            Firm: Counts(new=1, changed=1, unchanged=1),
            Event: Counts(new=1, unchanged=1),
        }
        assert [store.count(Firm), store.count(Event)] == [3, 2]
        assert staged_rows(store) == 0

    def test_the_run_is_recorded(self, store: Store) -> None:
        with session_of(store) as session:
            session.stage(Firm, [firm("a")])
        with store.import_session(source="other", fingerprint="2"):
            pass
        first = ImportRun("s", "1", NEW_YEAR, {Firm: Counts(new=1)})
        assert store.import_runs() == [first, ImportRun("other", "2", None, {})]
        assert store.import_runs("s") == [first]

    def test_a_second_run_adds_nothing(self, store: Store) -> None:
        for expected in (Counts(new=2), Counts(unchanged=2)):
            with session_of(store) as session:
                session.stage(Firm, [firm("a"), firm("b")])
                session.checkpoint(1)
            assert session.counts == {Firm: expected}

    def test_the_last_of_several_contents_counts(self, store: Store) -> None:
        with session_of(store) as session:
            session.stage(Firm, [firm("a", "南京"), firm("b")])
            session.checkpoint(1)
            session.stage(Firm, [firm("a", "苏州"), firm("b")])
        assert store.get_firm("firm_a").city == "苏州"
        assert session.counts == {Firm: Counts(new=2)}
        assert session.superseded == {Firm: 1}

    def test_many_payloads(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("data.store.import_session._FLUSH_BYTES", 1)
        monkeypatch.setattr("data.store.rows.CHUNK_ROWS", 2)
        with session_of(store) as session:
            session.stage(Firm, [firm(str(n)) for n in range(5)])
        assert session.counts == {Firm: Counts(new=5)}

    def test_no_step_compares_every_row_with_every_row(self, store: Store) -> None:
        # a plan that does so for one of the statements takes minutes instead of seconds here
        n = 10_000
        firms = table_from_records(Firm, [firm(str(k)) for k in range(n)])
        moved = table_from_records(Firm, [firm(str(k), "南京") for k in range(n)])
        events = table_from_records(Event, [viewed(str(k)) for k in range(n)])
        store.upsert(Firm, firms)
        with session_of(store) as session:
            for table in (moved, firms, moved):
                session.stage(Firm, table)
            for _ in range(2):
                session.stage(Event, events)
            assert session.preview()[Firm] == Counts(changed=n)
        assert session.counts == {Firm: Counts(changed=n), Event: Counts(new=n)}
        assert session.superseded == {Firm: n, Event: 0}
        assert store.append_events(events) == Counts(unchanged=n)


class TestFailure:
    def test_an_exception_leaves_nothing(self, store: Store) -> None:
        store.upsert(Firm, [firm("a")])
        with pytest.raises(ZeroDivisionError):
            import_and_fail(store, ZeroDivisionError())
        assert store.get_firm("firm_a") == firm("a")
        assert store.count(Firm) == 1
        assert staged_rows(store) == 0

    def test_a_bad_value_is_refused_when_staged(self, store: Store) -> None:
        bad = table_from_records(Need, [])
        with session_of(store) as session:
            session.stage(Need, bad)
            with pytest.raises(ParseError, match="firm_id must not be empty"):
                session.stage(Firm, [dataclasses.replace(firm("a"), firm_id="")])
        assert session.counts == {}

    def test_a_refused_call_stages_nothing(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("data.store.rows.CHUNK_ROWS", 1)
        with session_of(store) as session:
            with pytest.raises(ParseError, match="firm_id must not be empty"):
                session.stage(Firm, [firm("a"), dataclasses.replace(firm("b"), firm_id="")])
            session.stage(Firm, [firm("c")])
        assert session.counts == {Firm: Counts(new=1)}

    def test_an_event_that_contradicts_the_store(self, store: Store) -> None:
        store.append_events([viewed("a")])
        session = session_of(store).__enter__()
        session.stage(Firm, [firm("a")])
        session.stage(Event, [viewed("a", "forged")])
        with pytest.raises(DuplicateIdError, match="'event_a' is stored already"):
            session.__exit__(None, None, None)
        assert store.count(Firm) == 0
        assert staged_rows(store) == 0

    def test_an_event_that_contradicts_itself(self, store: Store) -> None:
        session = session_of(store).__enter__()
        session.stage(Event, [viewed("a")])
        session.checkpoint(1)
        session.stage(Event, [viewed("a", "forged")])
        with pytest.raises(DuplicateIdError, match="'event_a' comes twice"):
            session.__exit__(None, None, None)
        assert staged_rows(store) == 0

    def test_an_interrupt_can_be_resumed(self, store: Store) -> None:
        with pytest.raises(KeyboardInterrupt):
            import_and_fail(store, KeyboardInterrupt())
        assert store.count(Firm) == 0
        with session_of(store) as session:
            assert session.resume_at == 1
        assert session.counts == {Firm: Counts(new=2)}

    def test_a_store_that_is_away_for_a_moment(self, store: Store) -> None:
        session = session_of(store).__enter__()
        session.stage(Firm, [firm("a")])
        session.checkpoint(1)

        def refuse(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            if statement.startswith("INSERT INTO firms"):
                raise StoreError("locked")

        sa.event.listen(store._engine, "before_cursor_execute", refuse)
        with pytest.raises(StoreError, match="locked"):
            session.__exit__(None, None, None)
        sa.event.remove(store._engine, "before_cursor_execute", refuse)
        assert store.count(Firm) == 0
        with session_of(store) as again:
            assert again.resume_at == 1
        assert again.counts == {Firm: Counts(new=1)}

    def test_a_server_that_ends_the_connection(self, store: Store, backend: str) -> None:
        if backend != "postgresql":
            pytest.skip("SQLite has no server")
        session = killed(store, [firm("a")])
        end_connection = "SELECT pg_terminate_backend(pg_backend_pid())"

        def end(connection: sa.Connection, _cursor: object, statement: str, *_more: object) -> None:
            if statement.startswith("INSERT INTO firms"):
                connection.exec_driver_sql(end_connection)

        sa.event.listen(store._engine, "before_cursor_execute", end)
        with pytest.raises(StoreError, match=r"cannot be reached.*Check the host"):
            session.__exit__(None, None, None)
        sa.event.remove(store._engine, "before_cursor_execute", end)
        with session_of(store) as again:
            assert again.resume_at == 1
        assert again.counts == {Firm: Counts(new=1)}

    @pytest.mark.parametrize("n", [1, 0, -1])
    def test_checkpoints_rise(self, store: Store, n: int) -> None:
        session = killed(store, [firm("a")])
        with pytest.raises(ArgumentError, match=f"rise above 1; got {n}"):
            session.checkpoint(n)


class TestResuming:
    def test_the_same_content_goes_on(self, store: Store) -> None:
        killed(store, [firm("a"), viewed("a")])
        with session_of(store) as session:
            assert session.resume_at == 1
            session.stage(Firm, [firm("b")])
            session.checkpoint(2)
        assert session.counts == {Firm: Counts(new=2), Event: Counts(new=1)}

    def test_other_content_starts_anew(self, store: Store) -> None:
        killed(store, [firm("a")])
        with session_of(store, fingerprint="2") as session:
            assert session.resume_at == 0
            session.stage(Firm, [firm("b")])
        assert session.counts == {Firm: Counts(new=1)}
        assert store.find_firm("firm_a") is None

    def test_another_source_is_left_alone(self, store: Store) -> None:
        killed(store, [firm("a")])
        with store.import_session(source="t", fingerprint="1") as session:
            assert session.resume_at == 0
        with session_of(store) as session:
            assert session.resume_at == 1

    def test_rows_after_the_last_checkpoint_are_staged_again(self, store: Store) -> None:
        session = killed(store, [firm("a")])
        session.stage(Firm, [firm("lost")])
        session.preview()  # writes what is pending
        with session_of(store) as session:
            assert session.resume_at == 1
        assert store.find_firm("firm_lost") is None

    def test_a_run_that_was_thought_dead_is_told(self, store: Store) -> None:
        slow = killed(store, [firm("a")])
        with session_of(store) as session:
            session.stage(Firm, [firm("b")])
            with pytest.raises(StoreError, match="'s' was taken over or discarded"):
                slow.checkpoint(2)
        with pytest.raises(StoreError, match="taken over"):
            slow.__exit__(None, None, None)
        assert session.counts == {Firm: Counts(new=2)}
        assert len(store.import_runs()) == 1


class TestDryRun:
    def test_preview(self, store: Store) -> None:
        store.upsert(Firm, [firm("a"), firm("b")])
        store.append_events([viewed("a")])
        with session_of(store) as session:
            session.stage(Firm, [firm("a"), firm("b", "南京"), firm("c")])
            session.stage(Event, [viewed("a"), viewed("b")])
            foreseen = session.preview()
            assert store.count(Firm) == 2
        assert foreseen == session.counts
        assert foreseen[Firm] == Counts(new=1, changed=1, unchanged=1)

    def test_a_plan_merges_nothing(self, store: Store) -> None:
        store.upsert(Firm, [firm("a")])
        with store.plan_import(source="s", fingerprint="1") as plan:
            plan.stage(Firm, [firm("a", "南京"), firm("b")])
            plan.checkpoint(1)
        assert plan.counts == {Firm: Counts(new=1, changed=1)}
        assert store.get_firm("firm_a") == firm("a")
        assert store.import_runs() == []
        assert staged_rows(store) == 0

    def test_a_plan_leaves_a_killed_import_alone(self, store: Store) -> None:
        killed(store, [firm("a")])
        with store.plan_import(source="s", fingerprint="1") as plan:
            assert plan.resume_at == 0
        with session_of(store) as session:
            assert session.resume_at == 1

    def test_a_failing_plan_leaves_nothing(self, store: Store) -> None:
        store.append_events([viewed("a")])
        plan = store.plan_import(source="s", fingerprint="1").__enter__()
        plan.stage(Event, [viewed("a", "forged")])
        with pytest.raises(InputError, match="stored already"):
            plan.__exit__(None, None, None)
        assert staged_rows(store) == 0


@pytest.fixture(scope="module")
def killed_import() -> ModuleType:
    spec = importlib.util.spec_from_file_location("killed_import", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_until_killed(url: str, moment: str) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, url, moment], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


class TestKilled:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_the_store_is_as_before_and_the_next_run_completes_it(
        self,
        store: Store,
        url: str,
        moment: str,
        new_url: Callable[[], str],
        killed_import: ModuleType,
    ) -> None:
        store.upsert(Firm, killed_import.batch_rows(0)[0])
        before = store.load_catalogue().fingerprint()
        run_until_killed(url, moment)
        assert store.load_catalogue().fingerprint() == before
        assert store.import_runs() == []
        assert batches_done(store) == (2 if moment == "staging" else killed_import.N_BATCHES)
        session = killed_import.run(store, "never")
        # firms 0 … 4, two of them stored before; an event for each batch and a shared one
        assert session.counts == {Firm: Counts(new=3, unchanged=2), Event: Counts(new=4 + 1)}
        assert [store.count(Firm), store.count(Event)] == [5, 5]
        assert staged_rows(store) == 0
        with Store.open(new_url()) as fresh:
            killed_import.run(fresh, "never")
            assert store.load_catalogue().fingerprint() == fresh.load_catalogue().fingerprint()

    def test_killed_after_the_commit(
        self, store: Store, url: str, killed_import: ModuleType
    ) -> None:
        run_until_killed(url, "committed")
        assert [store.count(Firm), store.count(Event)] == [5, 5]
        session = killed_import.run(store, "never")
        assert session.counts == {Firm: Counts(unchanged=5), Event: Counts(unchanged=5)}
