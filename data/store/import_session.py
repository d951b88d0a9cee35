"""Large imports that may be killed at any moment: stage, checkpoint, merge once.

Staged rows wait as compressed Arrow streams in ``staged_batches``. A checkpoint makes them durable
and says how many batches of the source they stand for; a run that is killed leaves the live tables
alone, and the next run of the same source and fingerprint goes on after the last checkpoint. A
clean end merges everything in one transaction. A second process that opens the same import takes
it over, and the first one is told so at its next write.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.errors import ArgumentError, StoreError
from data.records import Record
from data.store.change_log import ChangeKind, note_changes
from data.store.database import explained, writing
from data.store.merging import Counts, Scratch
from data.store.rows import CHUNK_ROWS, Rows, chunks, conform, to_instant, with_zone
from data.store.tables import IMPORT_RUNS, IMPORT_STAGING, POSTGRESQL, STAGED_BATCHES, TABLE_NAME

_FLUSH_BYTES = 32 << 20
_TYPE_OF = {name: kind for kind, name in TABLE_NAME.items()}


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A finished import."""

    source: str
    fingerprint: str
    imported_at: dt.datetime | None
    counts: dict[type[Record], Counts]


class ImportSession:
    """One import of one source; made by :meth:`data.store.Store.import_session`.

    Attributes
    ----------
    resume_at
        Batches of the source that an earlier, killed run has staged durably; 0 otherwise.
    counts
        After the end: what was new, changed and unchanged, for each record type staged.
    superseded
        After the end: ids that came several times with different content; the last one counts.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        source: str,
        fingerprint: str,
        imported_at: dt.datetime | None = None,
        dry_run: bool = False,
    ) -> None:
        self.source = source
        self.fingerprint = fingerprint
        self.imported_at = (
            None if imported_at is None else with_zone(imported_at, field="imported_at")
        )
        self.dry_run = dry_run
        self.resume_at = 0
        self.counts: dict[type[Record], Counts] = {}
        self.superseded: dict[type[Record], int] = {}
        self._engine = engine
        self._owner = secrets.token_hex(8)
        self._run_id = 0
        self._pending: list[dict[str, Any]] = []
        self._pending_bytes = 0

    def __enter__(self) -> ImportSession:
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            if connection.dialect.name == POSTGRESQL:
                connection.exec_driver_sql(
                    f"LOCK TABLE {IMPORT_STAGING.name} IN SHARE ROW EXCLUSIVE MODE"
                )
            self._claim(connection)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            try:
                self._finish()
            except StoreError:
                raise  # the staging stays: the next run needs to merge only
            except BaseException as failure:
                self._give_up(failure)
                raise
        elif error is not None:
            self._give_up(error)

    def stage(self, record_type: type[Record], rows: Rows) -> None:
        """Add an Arrow table, or records, of one type; durable from the next checkpoint on.

        Raises an :class:`~data.errors.InputError` that names the column and value at fault; none of
        the rows are staged then.
        """
        staged: list[dict[str, Any]] = [
            {
                "run_id": self._run_id,
                "batch": self.resume_at + 1,
                "record_type": TABLE_NAME[record_type],
                "payload": _pack(chunk),
            }
            for chunk in chunks(record_type, rows)
        ]
        self._pending += staged
        self._pending_bytes += sum(len(row["payload"]) for row in staged)
        if self._pending_bytes > _FLUSH_BYTES:
            self._write(batches_done=None)

    def checkpoint(self, n_batches_done: int) -> None:
        """Make what is staged durable as the first ``n_batches_done`` batches of the source."""
        if n_batches_done <= self.resume_at:
            raise ArgumentError(
                f"Checkpoints must rise above {self.resume_at}; got {n_batches_done}.",
                field="n_batches_done",
                remedy="Skip the batches that resume_at counts.",
            )
        self._write(batches_done=n_batches_done)
        self.resume_at = n_batches_done

    def preview(self) -> dict[type[Record], Counts]:
        """Return what a merge of the rows staged so far would count; nothing is merged."""
        self._write(batches_done=None)
        with self._scratches() as (_, scratches):
            return {scratch.record_type: scratch.preview() for scratch in scratches}

    def _claim(self, connection: Connection) -> None:
        staging = IMPORT_STAGING
        same = sa.and_(staging.c.source == self.source, staging.c.dry_run == self.dry_run)
        found = connection.execute(sa.select(staging).where(same)).mappings().first()
        if found is not None and found["fingerprint"] == self.fingerprint and not self.dry_run:
            self._run_id = found["run_id"]
            self.resume_at = found["batches_done"]
            connection.execute(sa.update(staging).where(same).values(owner=self._owner))
            connection.execute(
                sa.delete(STAGED_BATCHES).where(
                    STAGED_BATCHES.c.run_id == self._run_id,
                    STAGED_BATCHES.c.batch > self.resume_at,
                )
            )
            return
        connection.execute(sa.delete(staging).where(same))
        inserted = connection.execute(
            sa.insert(staging).values(
                source=self.source,
                fingerprint=self.fingerprint,
                dry_run=self.dry_run,
                batches_done=0,
                owner=self._owner,
            )
        )
        assert inserted.inserted_primary_key is not None
        self._run_id = inserted.inserted_primary_key[0]

    def _is_mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            IMPORT_STAGING.c.run_id == self._run_id, IMPORT_STAGING.c.owner == self._owner
        )

    def _write(self, *, batches_done: int | None) -> None:
        if not self._pending and batches_done is None:
            return
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            done = self.resume_at if batches_done is None else batches_done
            self._assert_mine(connection, batches_done=done)
            if self._pending:
                connection.execute(sa.insert(STAGED_BATCHES), self._pending)
        self._pending = []
        self._pending_bytes = 0

    def _assert_mine(self, connection: Connection, *, batches_done: int) -> None:
        claim = sa.update(IMPORT_STAGING).where(self._is_mine())
        if connection.execute(claim.values(batches_done=batches_done)).rowcount != 1:
            raise StoreError(
                f"The import of {self.source!r} was taken over or discarded by another process.",
                field="source",
                remedy="Nothing of it was merged: run it again after the other one has ended.",
            )

    @contextmanager
    def _scratches(self) -> Iterator[tuple[Connection, list[Scratch]]]:
        with explained(self._engine), self._engine.connect() as connection:
            connection.detach()  # closed afterwards: its temporary tables give back their room
            with connection.begin():
                scratches = [self._fill(connection, kind) for kind in self._kinds(connection)]
            yield connection, scratches

    def _kinds(self, connection: Connection) -> list[type[Record]]:
        mine = STAGED_BATCHES.c.run_id == self._run_id
        names = connection.execute(
            sa.select(STAGED_BATCHES.c.record_type).where(mine).distinct()
        ).scalars()
        staged = {_TYPE_OF[name] for name in names}
        return [kind for kind in TABLE_NAME if kind in staged]

    def _fill(self, connection: Connection, record_type: type[Record]) -> Scratch:
        scratch = Scratch(connection, record_type)
        scratch.clear()
        mine = sa.and_(
            STAGED_BATCHES.c.run_id == self._run_id,
            STAGED_BATCHES.c.record_type == TABLE_NAME[record_type],
        )
        seqs = connection.execute(
            sa.select(STAGED_BATCHES.c.seq).where(mine).order_by(STAGED_BATCHES.c.seq)
        ).scalars()
        for seq in seqs.all():  # one payload in memory at a time
            payload = connection.execute(
                sa.select(STAGED_BATCHES.c.payload).where(STAGED_BATCHES.c.seq == seq)
            ).scalar_one()
            scratch.add(conform(record_type, _unpack(payload)))
        self.superseded[record_type] = scratch.settle(last_wins=True)
        return scratch

    def _finish(self) -> None:
        self._write(batches_done=None)
        if self.dry_run:
            self.counts = self.preview()
            self._discard()
            return
        with self._scratches() as (connection, scratches), writing(connection):
            self._assert_mine(connection, batches_done=self.resume_at)
            counts = {scratch.record_type: scratch.merge() for scratch in scratches}
            self._record(connection, counts)
            connection.execute(sa.delete(IMPORT_STAGING).where(self._is_mine()))
            changed: dict[ChangeKind, list[str] | None] = {}
            for scratch in scratches:
                changed |= scratch.changed
            note_changes(connection, changed)
        self.counts = counts

    def _record(self, connection: Connection, counts: dict[type[Record], Counts]) -> None:
        listed = {TABLE_NAME[k]: [c.new, c.changed, c.unchanged] for k, c in counts.items()}
        connection.execute(
            sa.insert(IMPORT_RUNS).values(
                source=self.source,
                fingerprint=self.fingerprint,
                imported_at=self.imported_at,
                counts=json.dumps(listed),
            )
        )

    def _give_up(self, error: BaseException) -> None:
        """Remove the staging, unless a later run can go on with it: interrupted, or store away."""
        if self.dry_run or (isinstance(error, Exception) and not isinstance(error, StoreError)):
            self._discard()

    def _discard(self) -> None:
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            connection.execute(sa.delete(IMPORT_STAGING).where(self._is_mine()))


def discard_staging(connection: Connection, source: str) -> None:
    """Remove the staged rows of a source, in a transaction of its own."""
    with writing(connection):
        connection.execute(sa.delete(IMPORT_STAGING).where(IMPORT_STAGING.c.source == source))


def finished_runs(connection: Connection, source: str | None) -> list[ImportRun]:
    """Return the finished imports, of one source or all, oldest first."""
    query = sa.select(IMPORT_RUNS).order_by(IMPORT_RUNS.c.run_id)
    if source is not None:
        query = query.where(IMPORT_RUNS.c.source == source)
    return [
        ImportRun(
            source=row["source"],
            fingerprint=row["fingerprint"],
            imported_at=to_instant(row["imported_at"]),
            counts={_TYPE_OF[n]: Counts(*c) for n, c in json.loads(row["counts"]).items()},
        )
        for row in connection.execute(query).mappings()
    ]


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=CHUNK_ROWS)
    payload: bytes = sink.getvalue().to_pybytes()
    return payload


def _unpack(payload: bytes) -> pa.Table:
    with pa.ipc.open_stream(payload) as reader:
        return reader.read_all()
