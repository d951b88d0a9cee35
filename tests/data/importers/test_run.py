"""Imports into a store: whole or not at all, once only, resumable."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.errors import ArgumentError, DuplicateIdError, EmptyInputError, InputError
from data.importers.mapping import mapping_of
from data.importers.run import import_into
from data.records import Event, Firm, Institution, Need, Offer, Record
from data.store import Counts, Store

Write = Callable[..., Path]
KILLED_IMPORT = Path(__file__).parent / "killed_import.py"
SOME, BATCH = 35, 10

EVENTS = {
    "date": [dt.datetime(2014, 1, 1), dt.datetime(2014, 1, 2)],
    "company": ["甲", "乙"],
    "investor": ["红杉", "IDG"],
    "amount": ["100万人民币", "坏"],
    "undisclosed": [False, False],
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Firms and the needs that name them, and one cell that cannot be read."""
    place = tmp_path / "tables"
    place.mkdir()
    firms = "".join(f"企业{i},苏州,{i if i != 3 else 'abc'}\n" for i in range(SOME))
    (place / "企业.csv").write_text(f"企业名称,城市,员工人数\n{firms}", encoding="gb18030")
    needs = "".join(f"企业{i},贷款,2024-01-01,{i + 1}万\n" for i in range(SOME))
    (place / "需求.csv").write_text(f"企业名称,需求类型,提出日期,金额\n{needs}", encoding="utf-8")
    return place


def counts_of(store: Store) -> dict[type[Record], int]:
    return {kind: store.count(kind) for kind in (Firm, Need, Institution, Offer, Event)}


class TestTables:
    def test_all_of_it_comes_in_and_a_second_time_changes_nothing(
        self, store: Store, folder: Path
    ) -> None:
        first = import_into(store, "tables", folder)
        assert first.counts == {Firm: Counts(new=SOME), Need: Counts(new=SOME)}
        assert first.n_rows == 2 * SOME
        assert (first.resumed_at, first.dry_run) == (0, False)
        again = import_into(store, "tables", folder)
        assert again.counts == {Firm: Counts(unchanged=SOME), Need: Counts(unchanged=SOME)}
        catalogue = store.load_catalogue()
        assert (catalogue.needs.references("firm_id", catalogue.firms.ids) >= 0).all()

    def test_a_changed_cell_changes_one_record(self, store: Store, folder: Path) -> None:
        import_into(store, "tables", folder)
        path = folder / "企业.csv"
        text = path.read_text(encoding="gb18030").replace("企业7,苏州", "企业7,南京")
        path.write_text(text, encoding="utf-8")
        report = import_into(store, "tables", folder)
        assert report.counts[Firm] == Counts(changed=1, unchanged=SOME - 1)

    def test_a_dry_run_counts_and_shows_and_writes_nothing(
        self, store: Store, folder: Path
    ) -> None:
        report = import_into(store, "tables", folder, dry_run=True)
        assert report.dry_run
        assert report.counts[Firm] == Counts(new=SOME)
        shown = report.preview[Firm]
        assert [firm.name for firm in shown] == [f"企业{i}" for i in range(5)]
        assert counts_of(store)[Firm] == 0
        notes = {note.place: note for note in report.notes}
        assert notes["需求.csv"].columns["金额"] == "amount"
        assert store.import_runs() == []

    def test_progress_tells_rows_done_and_about_how_many_there_are(
        self, store: Store, folder: Path
    ) -> None:
        told: list[tuple[int, int | None]] = []
        import_into(store, "tables", folder, progress=lambda *at: told.append(at), batch_rows=BATCH)
        done = [10, 20, 30, 35, 45, 55, 65, 70]
        assert told == [(rows, 2 * SOME) for rows in done]

    def test_rejects_are_written_and_counted(
        self, store: Store, folder: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "out" / "x.rejects.csv"
        report = import_into(store, "tables", folder, rejects_path=path)
        assert report.rejects_path == path
        assert "企业.csv,5,员工人数,abc" in path.read_text(encoding="utf-8-sig")
        described = report.as_dict()
        assert described["rejected_cells"] == 1
        assert described["rejected_rows"] == 0
        assert described["records"]["firm"] == {"new": SOME, "changed": 0, "unchanged": 0}
        assert json.loads(json.dumps(described)) == described

    def test_names_of_stored_records_are_found(self, store: Store, tmp_path: Path) -> None:
        first, second = tmp_path / "企业.csv", tmp_path / "需求.csv"
        first.write_text("企业编号,企业名称\nE1,甲\n", encoding="utf-8")
        second.write_text("企业名称,需求类型,提出日期\n甲,贷款,2024-01-01\n", encoding="utf-8")
        import_into(store, "tables", [first])
        import_into(store, "tables", [second])
        assert len(store.needs_of("firm_E1")) == 1

    def test_the_instant_is_noted(self, store: Store, folder: Path) -> None:
        at = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
        report = import_into(store, "tables", folder, imported_at=at)
        (finished,) = store.import_runs("tables")
        assert (finished.imported_at, finished.fingerprint) == (at, report.fingerprint)

    def test_the_fingerprint_follows_content_and_mapping(self, store: Store, folder: Path) -> None:
        prints = {import_into(store, "tables", folder, dry_run=True).fingerprint for _ in range(2)}
        assert len(prints) == 1
        mapping = mapping_of({"currency": "USD"})
        other = import_into(store, "tables", folder, dry_run=True, mapping=mapping).fingerprint
        (folder / "企业.csv").write_text("企业名称,城市\n甲,乙\n", encoding="utf-8")
        prints |= {other, import_into(store, "tables", folder, dry_run=True).fingerprint}
        assert len(prints) == 3


class TestFailures:
    def test_an_event_with_other_content_leaves_everything_as_before(
        self, store: Store, tmp_path: Path
    ) -> None:
        path = tmp_path / "行为.csv"
        header = "行为编号,企业编号,产品编号,行为类型,发生时间\n"
        path.write_text(header + "1,E,P,浏览,2024-01-01\n", encoding="utf-8")
        import_into(store, "tables", path)
        path.write_text(header + "1,E,P,收藏,2024-01-01\n2,E,P,收藏,2024-01-01\n", encoding="utf-8")
        rejects = tmp_path / "x.rejects.csv"
        with pytest.raises(DuplicateIdError, match="event_1"):
            import_into(store, "tables", path, rejects_path=rejects)
        assert store.count(Event) == 1
        assert not rejects.exists()

    def test_bad_files_are_told_before_anything_is_written(
        self, store: Store, tmp_path: Path, folder: Path
    ) -> None:
        (folder / "z.xlsx").write_bytes(b"no workbook")
        with pytest.raises(InputError, match=r"z\.xlsx"):
            import_into(store, "tables", folder)
        assert counts_of(store)[Firm] == 0
        with pytest.raises(InputError, match="no file or folder"):
            import_into(store, "tables", tmp_path / "absent")
        with pytest.raises(EmptyInputError):
            import_into(store, "itjuzi", tmp_path)

    def test_unknown_sources_and_several_folders(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(ArgumentError, match=r"'pitchbook'.*crunchbase, itjuzi, ppp, tables"):
            import_into(store, "pitchbook", tmp_path)
        with pytest.raises(ArgumentError, match="is one folder; got 2"):
            import_into(store, "ppp", [tmp_path, tmp_path])


class TestInterruptions:
    def test_an_interrupted_import_goes_on_where_it_stopped(
        self, store: Store, folder: Path
    ) -> None:
        whole = import_into(store, "tables", folder, dry_run=True)

        def stop(done: int, _total: int | None) -> None:
            if done >= BATCH * 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_into(store, "tables", folder, progress=stop, batch_rows=BATCH)
        assert set(counts_of(store).values()) == {0}
        report = import_into(store, "tables", folder, batch_rows=BATCH)
        assert report.resumed_at == 3
        assert report.counts == whole.counts
        assert len(report.rejects) == 1
        assert import_into(store, "tables", folder).counts[Firm] == Counts(unchanged=SOME)

    def test_a_killed_process_leaves_the_store_as_before(self, url: str, folder: Path) -> None:
        killed = subprocess.run(
            [sys.executable, str(KILLED_IMPORT), url, str(folder), "2"], check=False, timeout=60
        )
        assert killed.returncode == -signal.SIGKILL
        with Store.open(url) as store:
            assert set(counts_of(store).values()) == {0}
            report = import_into(store, "tables", folder, batch_rows=BATCH)
            assert report.resumed_at == 2
            assert report.counts == {Firm: Counts(new=SOME), Need: Counts(new=SOME)}


class TestSets:
    def test_a_set_comes_in_whole(self, store: Store, write: Write) -> None:
        folder = write("events.parquet", EVENTS)
        report = import_into(store, "itjuzi", folder)
        assert report.counts == {
            kind: Counts(new=2) for kind in (Firm, Need, Institution, Offer, Event)
        }
        assert [(r.line, r.value) for r in report.rejects] == [(2, "坏")]
        assert report.n_rows == 10

    def test_later_rows_add_only_what_is_new(self, store: Store, write: Write) -> None:
        folder = write("events.parquet", EVENTS)
        import_into(store, "itjuzi", folder)
        later = {**EVENTS, "investor": ["IDG", "IDG"], "amount": ["300万人民币", "5万"]}
        write("events_later.parquet", later)
        counts = import_into(store, "itjuzi", folder).counts
        assert counts[Event] == Counts(new=1, unchanged=2)
        assert counts[Need] == Counts(changed=2)
        assert counts[Firm] == Counts(unchanged=2)
