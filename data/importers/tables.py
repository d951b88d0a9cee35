"""A user's own tables: CSV, Parquet and Excel with Chinese or English headers.

The cells are read in batches of bounded size. A cell that cannot be read is unknown and goes to the
rejects; a row goes there as a whole where it lacks what every record of its type needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.errors import InputError
from data.importers.assembly import Draft, complete
from data.importers.conversions import Converted, Reading, convert
from data.importers.headers import accepted_headers
from data.importers.mapping import ImportMapping
from data.importers.opening import find_tables
from data.importers.planning import PlannedColumn, TablePlan, plan_tables
from data.importers.record_tables import record_table
from data.importers.references import NameIndex
from data.importers.rejects import Reject, Rejects
from data.importers.result import ImportResult
from data.importers.sheets import Batch
from data.importers.targets import AMOUNT_FORMS, REFERENCES, TARGETS, Form
from data.records import Need, Record
from data.schema import ID_COLUMN, columns_of, schema_of

SOURCE = "tables"
BATCH_ROWS = 20_000

TWO_ASKERS = "A need is asked for by a firm or by a base, not by both."
NO_ASKER = "The need names neither a firm nor a base."
REPEATED = "An earlier row of this import has the same id."


@dataclass(frozen=True)
class RecordBatch:
    """Records of one type from consecutive rows, and how many rows were read for them."""

    record_type: type[Record]
    table: pa.Table
    n_rows: int


@dataclass
class SeenIds:
    """Which ids of each record type have come, as hashes of 64 bits."""

    _seen: dict[type[Record], set[int]] = field(default_factory=dict)

    def are_new(self, record_type: type[Record], ids: Iterable[str | None]) -> NDArray[np.bool_]:
        """Return which ids come for the first time, and remember them."""
        seen = self._seen.setdefault(record_type, set())
        fresh = []
        for record_id in ids:
            size = len(seen)
            seen.add(hash(record_id))
            fresh.append(len(seen) > size)
        return np.array(fresh, dtype=bool)


@dataclass
class TableReader:
    """Reads planned tables into records.

    Parameters
    ----------
    plans
        The tables, in an order in which references resolve.
    mapping
        What the mapping file says.
    rejects
        Where cells and rows go that cannot be used.
    index
        Knows the records that the tables refer to by name; learns those that they hold.
    """

    plans: Sequence[TablePlan]
    mapping: ImportMapping
    rejects: Rejects
    index: NameIndex
    seen: SeenIds = field(default_factory=SeenIds)

    @classmethod
    def open(
        cls, places: Iterable[Path], mapping: ImportMapping | None = None, *, rejects: Rejects
    ) -> TableReader:
        """Plan the tables at ``places``; see :func:`data.importers.planning.plan_tables`."""
        mapping = mapping or ImportMapping()
        plans = plan_tables(find_tables(places), mapping)
        wanted = {kind for plan in plans for kind in plan.refers_by_name()}
        return cls(plans, mapping, rejects, NameIndex(wanted))

    def n_rows(self) -> int | None:
        """Return about how many rows there are, ``None`` where a file does not tell."""
        counts = [plan.sheet.n_rows for plan in self.plans]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def batches(self, size: int = BATCH_ROWS) -> Iterator[RecordBatch]:
        """Read everything, ``size`` rows at a time."""
        for plan in self.plans:
            defaults = _defaults(plan, self.mapping)
            for batch in plan.sheet.batches(size):
                table = self._records(plan, batch, defaults)
                self.index.learn(plan.record_type, table)
                yield RecordBatch(plan.record_type, table, len(batch) + len(batch.bad))

    def _records(self, plan: TablePlan, batch: Batch, defaults: Sequence[Converted]) -> pa.Table:
        self._reject_bad_rows(plan, batch)
        draft = Draft(plan.record_type, len(batch))
        bad = [
            (row, column.header, column.target.fills, reason)
            for column in plan.columns
            for row, reason in self._fill(draft, column, batch)
        ]
        for default in defaults:
            for name, array in default.arrays.items():
                draft.add(name, pa.repeat(array[0], draft.n))
                if default.currency is not None:
                    draft.note_currency(name, pa.repeat(default.currency[0], draft.n))
        complete(draft, self.index, currency=self.mapping.currency, source=SOURCE)
        header_of = _headers_by_name(plan)
        bad += [
            (row, header_of.get(name, name), (name,), reason) for row, name, reason in draft.faults
        ]
        return self._usable(plan, batch, draft, bad=bad)

    def _fill(self, draft: Draft, column: PlannedColumn, batch: Batch) -> list[tuple[int, str]]:
        """Add what one column of the table gives, and return the cells that are unreadable."""
        converted = convert(
            batch.cells[column.header],
            column.target,
            unit=column.unit,
            reading=Reading(self.mapping.zone),
        )
        for name, array in converted.arrays.items():
            draft.add(name, array)
            if converted.currency is not None:
                draft.note_currency(name, converted.currency)
            elif column.target.form is Form.MINOR:
                draft.note_currency(name, pa.nulls(draft.n, pa.string()))
        return list(converted.bad)

    def _usable(
        self,
        plan: TablePlan,
        batch: Batch,
        draft: Draft,
        *,
        bad: Sequence[tuple[int, str, tuple[str, ...], str]],
    ) -> pa.Table:
        """Return the records of the rows that have all that they need, and reject the others."""
        lacking = {
            column.name: pc.is_null(draft.column(column.name)).to_numpy(zero_copy_only=False)
            for column in columns_of(plan.record_type)
            if column.required
        }
        dropped = np.zeros(draft.n, dtype=bool)
        for lacks in lacking.values():
            dropped |= lacks
        told = np.zeros(draft.n, dtype=bool)
        for row, header, fills, reason in bad:
            fatal = any(name in lacking and lacking[name][row] for name in fills)
            told[row] |= fatal
            self._reject(plan, batch, row, header, reason=reason, whole_row=fatal)
        for name, lacks in lacking.items():
            if name == ID_COLUMN[plan.record_type]:
                continue
            for row in np.flatnonzero(lacks & ~told).tolist():
                told[row] = True
                reason = f"Every {plan.record_type.__name__.lower()} needs this; it is missing."
                header = _header_for(plan, name)
                self._reject(plan, batch, row, header, reason=reason, whole_row=True)
        if plan.record_type is Need:
            dropped |= self._wrong_askers(plan, batch, draft, dropped=dropped)
        dropped |= self._repeated(plan, batch, draft, dropped=dropped)
        kept = pa.array(np.flatnonzero(~dropped))
        known = {name: draft.column(name) for name in schema_of(plan.record_type).names}
        arrays = {name: array.take(kept) for name, array in known.items()}
        return record_table(plan.record_type, arrays)

    def _wrong_askers(
        self, plan: TablePlan, batch: Batch, draft: Draft, *, dropped: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        firm, base = (
            pc.is_valid(draft.column(name)).to_numpy(zero_copy_only=False)
            for name in REFERENCES[Need]
        )
        wrong: NDArray[np.bool_] = (firm == base) & ~dropped
        column = next(iter(REFERENCES[Need]))
        for row in np.flatnonzero(wrong).tolist():
            reason = TWO_ASKERS if firm[row] else NO_ASKER
            header = _header_for(plan, column)
            self._reject(plan, batch, row, header, reason=reason, whole_row=True)
        return wrong

    def _repeated(
        self, plan: TablePlan, batch: Batch, draft: Draft, *, dropped: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        name = ID_COLUMN[plan.record_type]
        usable = np.flatnonzero(~dropped)
        ids = draft.column(name).take(pa.array(usable)).to_pylist()
        fresh = self.seen.are_new(plan.record_type, ids)
        repeated = np.zeros(draft.n, dtype=bool)
        repeated[usable[~fresh]] = True
        header = _header_for(plan, name)
        for row, record_id in zip(usable[~fresh], np.array(ids, dtype=object)[~fresh], strict=True):
            self.rejects.add(
                Reject(plan.place, int(batch.lines[row]), header, record_id, REPEATED, True)
            )
        return repeated

    def _reject(
        self,
        plan: TablePlan,
        batch: Batch,
        row: int,
        header: str,
        *,
        reason: str,
        whole_row: bool,
    ) -> None:
        cells = batch.cells.get(header)
        value = None if cells is None else cells[row].as_py()
        shown = "" if value is None else str(value)
        self.rejects.add(
            Reject(plan.place, int(batch.lines[row]), header, shown, reason, whole_row)
        )

    def _reject_bad_rows(self, plan: TablePlan, batch: Batch) -> None:
        for bad in batch.bad:
            self.rejects.add(Reject(plan.place, bad.line, "", bad.value, bad.reason, True))


def read(
    places: Iterable[Path], mapping: ImportMapping | None = None, *, rejects: Rejects | None = None
) -> ImportResult:
    """Read a user's tables into memory.

    Parameters
    ----------
    places
        Files, and folders whose tables are all read.
    mapping
        What headers mean that do not say it themselves.
    rejects
        Where to add what cannot be used; a new list by default.

    Raises
    ------
    InputError
        As :func:`data.importers.opening.find_tables` and
        :func:`data.importers.planning.plan_tables` do.
    """
    rejects = Rejects() if rejects is None else rejects
    reader = TableReader.open(places, mapping, rejects=rejects)
    parts: dict[type[Record], list[pa.Table]] = {}
    for batch in reader.batches():
        parts.setdefault(batch.record_type, []).append(batch.table)
    tables = {kind: pa.concat_tables(tables) for kind, tables in parts.items()}
    return ImportResult(SOURCE, tables, rejects)


def _defaults(plan: TablePlan, mapping: ImportMapping) -> list[Converted]:
    """Read the defaults that a mapping gives a table."""
    found = []
    for name, text in plan.defaults.items():
        target = TARGETS[plan.record_type][name]
        unit = (1, mapping.currency) if target.form in AMOUNT_FORMS else (1, None)
        converted = convert(pa.array([text]), target, unit=unit, reading=Reading(mapping.zone))
        if converted.bad:
            raise InputError(
                f"The default {text!r} of {name!r} for {plan.place} cannot be read: "
                f"{converted.bad[0][1]}",
                field=name,
                remedy="Correct the mapping file.",
            )
        found.append(converted)
    return found


def _headers_by_name(plan: TablePlan) -> dict[str, str]:
    """Return the header of each target and filled column of a table."""
    found: dict[str, str] = {}
    for column in plan.columns:
        for name in (column.target.name, *column.target.fills):
            found.setdefault(name, column.header)
    return found


def _header_for(plan: TablePlan, column: str) -> str:
    """Return the header that fills ``column``, or the one that should."""
    found = _headers_by_name(plan).get(column)
    return found or (accepted_headers(plan.record_type, column) or [column])[0]
