"""An import from files into the store: whole or not at all, and once only."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ArgumentError
from data.importers.mapping import ImportMapping
from data.importers.opening import find_tables
from data.importers.parquet_sets import find_files
from data.importers.reach import RowReach, StoreGuard
from data.importers.rejects import Rejects, RejectsFile
from data.importers.sources import SOURCES
from data.importers.tables import BATCH_ROWS, SOURCE, RecordBatch, TableReader
from data.records import Record
from data.schema import records_from_table

if TYPE_CHECKING:
    from data.store import Counts, ImportSession, Store

FORMAT = "1"
"""Changes with the way in which files become records: no import goes on with older batches."""

PREVIEW_ROWS = 5
CHUNK_BYTES = 1 << 20

Progress = Callable[[int, int | None], None]
"""Told the rows done so far and, where it is known, about how many there are."""


@dataclass(frozen=True)
class TableNote:
    """What was made of one table of a user: its columns, and the headers that were left out."""

    place: str
    record_type: type[Record]
    columns: dict[str, str]
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do in a dry run.

    ``counts`` tells for each record type how many are new, changed and unchanged in the store;
    ``preview`` holds the first records of each type; ``resumed_at`` is the number of batches that
    an earlier, interrupted run had finished.
    """

    source: str
    fingerprint: str
    dry_run: bool
    n_rows: int
    counts: dict[type[Record], Counts]
    rejects: Rejects
    rejects_path: Path | None
    resumed_at: int
    preview: dict[type[Record], list[Record]]
    notes: tuple[TableNote, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "source": self.source,
            "fingerprint": self.fingerprint,
            "dry_run": self.dry_run,
            "rows": self.n_rows,
            "records": {
                kind.__name__.lower(): {
                    "new": counts.new,
                    "changed": counts.changed,
                    "unchanged": counts.unchanged,
                }
                for kind, counts in self.counts.items()
            },
            "rejected_cells": self.rejects.total - self.rejects.rows,
            "rejected_rows": self.rejects.rows,
            "rejects_file": None if self.rejects_path is None else str(self.rejects_path),
            "tables": [
                {
                    "place": note.place,
                    "record_type": note.record_type.__name__.lower(),
                    "columns": note.columns,
                    "left_out": list(note.left_out),
                    "unknown": list(note.unknown),
                }
                for note in self.notes
            ],
        }


@dataclass(frozen=True)
class _Input:
    """An opened source: its batches, about how many rows they have, and the notes on its tables."""

    batches: Iterator[RecordBatch]
    total: int | None
    notes: tuple[TableNote, ...] = ()


@dataclass
class _Tally:
    """What has passed so far."""

    n_rows: int = 0
    preview: dict[type[Record], list[Record]] = field(default_factory=dict)

    def take(self, batch: RecordBatch) -> None:
        self.n_rows += batch.n_rows
        shown = self.preview.setdefault(batch.record_type, [])
        if len(shown) < PREVIEW_ROWS:
            head = batch.table.slice(0, PREVIEW_ROWS - len(shown))
            shown.extend(records_from_table(batch.record_type, head))


def import_into(
    store: Store,
    source: str,
    places: Path | Sequence[Path],
    *,
    mapping: ImportMapping | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    rejects_path: Path | None = None,
    imported_at: dt.datetime | None = None,
    batch_rows: int = BATCH_ROWS,
    label: str | None = None,
    reach: RowReach | None = None,
) -> ImportReport:
    """Import files into ``store``.

    The store stays as it was until everything is read; then one transaction takes it all. A run
    that is killed goes on where it stopped when the same files come again; files that came before
    change nothing.

    Parameters
    ----------
    store
        Where to.
    source
        ``crunchbase``, ``itjuzi``, ``ppp`` or ``tables``.
    places
        The folder of a real set; for ``tables`` files and folders.
    mapping
        What the headers of ``tables`` mean that do not say it themselves.
    dry_run
        Read everything and count, but write nothing.
    progress
        Told how far it is.
    rejects_path
        Where to write what could not be used (CSV); appears only when something was rejected.
    imported_at
        The instant to note beside the import.
    batch_rows
        Rows that are read, staged and made durable at a time.
    label
        Under which the import is noted and resumed, instead of the source: imports of different
        labels can run side by side.
    reach
        Whose records ``tables`` may write; rows of others are rejected.

    Raises
    ------
    InputError
        Where the files cannot be used; nothing is written then.
    StoreError
        Where the database cannot be written.
    """
    listed = [places] if isinstance(places, Path) else list(places)
    mapping = mapping or ImportMapping()
    if reach is not None and source != SOURCE:
        raise ArgumentError(
            f"Only the source {SOURCE!r} can be limited to one owner.", field="reach"
        )
    limited = "" if reach is None else f" {reach!r}"
    options = f"{mapping!r} {batch_rows}{limited}"
    fingerprint = _fingerprint(source, _files(source, listed), options)
    rejects, tally = Rejects(), _Tally()
    with ExitStack() as stack:
        if rejects_path is not None:
            rejects.sink = stack.enter_context(RejectsFile(rejects_path))
        opened = (
            _open_tables(
                store, listed, mapping, rejects=rejects, batch_rows=batch_rows, reach=reach
            )
            if source == SOURCE
            else _open_set(source, listed[0], rejects=rejects, batch_rows=batch_rows)
        )
        session = stack.enter_context(
            store.plan_import(source=label or source, fingerprint=fingerprint)
            if dry_run
            else store.import_session(
                source=label or source, fingerprint=fingerprint, imported_at=imported_at
            )
        )
        resumed_at = session.resume_at
        _stage(session, opened, tally, progress=progress)
    return ImportReport(
        source=source,
        fingerprint=fingerprint,
        dry_run=dry_run,
        n_rows=tally.n_rows,
        counts=session.counts,
        rejects=rejects,
        rejects_path=rejects_path if len(rejects) else None,
        resumed_at=resumed_at,
        preview=tally.preview,
        notes=opened.notes,
    )


def _stage(
    session: ImportSession, opened: _Input, tally: _Tally, *, progress: Progress | None
) -> None:
    """Stage all batches that an earlier run has not staged."""
    for number, batch in enumerate(opened.batches, start=1):
        if number > session.resume_at:
            session.stage(batch.record_type, batch.table)
            session.checkpoint(number)
        tally.take(batch)
        if progress is not None:
            progress(tally.n_rows, opened.total)


def _open_tables(
    store: Store,
    places: Sequence[Path],
    mapping: ImportMapping,
    *,
    rejects: Rejects,
    batch_rows: int,
    reach: RowReach | None,
) -> _Input:
    """Plan a user's tables; names that they refer to are looked up in the store, too."""
    guard = None
    if reach is not None:
        guard, mapping = StoreGuard(reach, store), reach.with_owner(mapping)
    reader = TableReader.open(places, mapping, rejects=rejects, guard=guard)
    for kind in reader.index.wanted:
        for table in store.batches(kind):
            reader.index.learn(kind, table, stored=True)
    notes = tuple(
        TableNote(
            plan.place,
            plan.record_type,
            {column.header: column.target.name for column in plan.columns},
            plan.left_out,
            plan.unknown,
        )
        for plan in reader.plans
    )
    return _Input(reader.batches(batch_rows), reader.n_rows(), notes)


def _open_set(source: str, folder: Path, *, rejects: Rejects, batch_rows: int) -> _Input:
    """Read a real set and cut its tables into batches."""
    result = SOURCES[source].read(folder)
    rejects.extend(result.rejects)
    slices = (
        RecordBatch(kind, part, len(part))
        for kind, table in result.tables.items()
        for start in range(0, len(table), batch_rows)
        for part in (table.slice(start, batch_rows),)
    )
    return _Input(slices, result.n_records())


def _files(source: str, places: Sequence[Path]) -> list[Path]:
    """Return the files that an import reads."""
    if source == SOURCE:
        return list(find_tables(places))
    if source not in SOURCES:
        raise ArgumentError(
            f"There is no source {source!r}.",
            field="source",
            remedy=f"Use one of {', '.join([*SOURCES, SOURCE])}.",
        )
    if len(places) != 1:
        raise ArgumentError(
            f"The source {source!r} is one folder; got {len(places)} places.",
            field="data",
            remedy="Give the folder that holds the files of the set.",
        )
    return [file for pattern in SOURCES[source].patterns for file in find_files(places[0], pattern)]


def _fingerprint(source: str, files: Sequence[Path], options: str) -> str:
    """Return the SHA-256 of what decides on the records of an import and on its batches."""
    digest = hashlib.sha256(f"{FORMAT}\n{source}\n{options}\n".encode())
    for file in files:
        digest.update(f"{file.name}\n{file.stat().st_size}\n".encode())
        with file.open("rb") as raw:
            while chunk := raw.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()
