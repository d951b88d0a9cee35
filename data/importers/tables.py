"""A user's own tables: CSV, Parquet and Excel with Chinese or English headers.

The cells are read in batches of bounded size. A cell that cannot be read is unknown and goes to the
rejects; a row goes there as a whole where it lacks what every record of its type needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from data.errors import InputError
from data.importers.assembly import Draft, complete
from data.importers.conversions import Converted, Reading, convert
from data.importers.mapping import ImportMapping
from data.importers.opening import find_tables
from data.importers.planning import PlannedColumn, TablePlan, plan_tables
from data.importers.reach import RowGuard
from data.importers.references import NameIndex
from data.importers.rejects import Rejects
from data.importers.result import ImportResult
from data.importers.sheets import Batch
from data.importers.sifting import BadCell, SeenIds, Sieve
from data.importers.targets import AMOUNT_FORMS, TARGETS, Form
from data.records import Record

SOURCE = "tables"
BATCH_ROWS = 20_000


@dataclass(frozen=True)
class RecordBatch:
    """Records of one type from consecutive rows, and how many rows were read for them."""

    record_type: type[Record]
    table: pa.Table
    n_rows: int


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
    guard
        Says which records may be written; all by default.
    """

    plans: Sequence[TablePlan]
    mapping: ImportMapping
    rejects: Rejects
    index: NameIndex
    guard: RowGuard | None = None
    seen: SeenIds = field(default_factory=SeenIds)

    @classmethod
    def open(
        cls,
        places: Iterable[Path],
        mapping: ImportMapping | None = None,
        *,
        rejects: Rejects,
        guard: RowGuard | None = None,
    ) -> TableReader:
        """Plan the tables at ``places``; see :func:`data.importers.planning.plan_tables`."""
        mapping = mapping or ImportMapping()
        plans = plan_tables(find_tables(places), mapping)
        if guard is not None:
            plans = [guard.limited(plan) for plan in plans]
        wanted = {kind for plan in plans for kind in plan.refers_by_name()}
        return cls(plans, mapping, rejects, NameIndex(wanted), guard)

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
        draft = Draft(plan.record_type, len(batch))
        bad = [
            BadCell(row, column.header, column.target.fills, reason)
            for column in plan.columns
            for row, reason in self._fill(draft, column, batch)
        ]
        for default in defaults:
            for name, array in default.arrays.items():
                draft.add(name, pa.repeat(array[0], draft.n))
                if default.currency is not None:
                    draft.note_currency(name, pa.repeat(default.currency[0], draft.n))
        complete(draft, self.index, currency=self.mapping.currency, source=SOURCE)
        return Sieve(plan, batch, draft, self.rejects, self.guard).sift(bad, self.seen)

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
