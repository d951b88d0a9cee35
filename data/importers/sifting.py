"""Which rows of a table become records, and what is told about the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.importers.assembly import Draft
from data.importers.headers import accepted_headers
from data.importers.planning import TablePlan
from data.importers.reach import RowGuard
from data.importers.record_tables import record_table
from data.importers.rejects import Reject, Rejects
from data.importers.sheets import Batch
from data.importers.targets import TARGETS
from data.records import Need, Record
from data.schema import ID_COLUMN, REFERENCES, columns_of, schema_of

TWO_ASKERS = "A need is asked for by a firm or by a base, not by both."
NO_ASKER = "The need names neither a firm nor a base."
OUTSIDE = "This record is not yours to write."
REPEATED = "An earlier row of this import is the same record."
MISSING = "Every {record} needs this; it is missing."


@dataclass(frozen=True)
class BadCell:
    """A cell that cannot be read: its row in the batch, its header, the columns it would fill."""

    row: int
    header: str
    fills: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Requirement:
    """Something that each row must have: by which columns, which rows miss it, and the reason."""

    columns: tuple[str, ...]
    missed: NDArray[np.bool_]
    reason: str


@dataclass
class SeenIds:
    """Which ids of each record type have come, as hashes of 64 bits."""

    _seen: dict[type[Record], set[int]] = field(default_factory=dict)

    def are_new(self, record_type: type[Record], ids: Iterable[str]) -> NDArray[np.bool_]:
        """Return which ids come for the first time, and remember them."""
        seen = self._seen.setdefault(record_type, set())
        fresh = []
        for record_id in ids:
            size = len(seen)
            seen.add(hash(record_id))
            fresh.append(len(seen) > size)
        return np.array(fresh, dtype=bool)


@dataclass
class Sieve:
    """Keeps the rows of one batch that are whole records, and rejects the rest."""

    plan: TablePlan
    batch: Batch
    draft: Draft
    rejects: Rejects
    guard: RowGuard | None = None

    def sift(self, bad: Sequence[BadCell], seen: SeenIds) -> pa.Table:
        """Return the records; ``bad`` cells and whole rows go to the rejects."""
        self._reject_unsplit()
        header_of, targets = self._headers(), TARGETS[self.plan.record_type]
        faults = [
            BadCell(
                row,
                header_of.get(name, name),
                targets[name].fills if name in targets else (name,),
                reason,
            )
            for row, name, reason in self.draft.faults
        ]
        dropped = self._lacking([*bad, *faults])
        dropped |= self._repeated(dropped, seen)
        kept = np.flatnonzero(~dropped)
        names = schema_of(self.plan.record_type).names
        at = pa.array(kept)
        table = record_table(
            self.plan.record_type, {name: self.draft.column(name).take(at) for name in names}
        )
        return table if self.guard is None else self._guarded(table, kept, self.guard)

    def _guarded(self, table: pa.Table, rows: NDArray[np.int64], guard: RowGuard) -> pa.Table:
        """Leave out the records that may not be written."""
        outside = guard.outside(self.plan.record_type, table)
        header = self._header(ID_COLUMN[self.plan.record_type])
        for row in rows[outside].tolist():
            self._reject(row, header, reason=OUTSIDE, whole_row=True)
        return table.filter(pa.array(~outside))

    def _reject_unsplit(self) -> None:
        for bad in self.batch.bad:
            self.rejects.add(
                Reject(self.plan.place, bad.line, "", bad.value, bad.reason, whole_row=True)
            )

    def _lacking(self, bad: Sequence[BadCell]) -> NDArray[np.bool_]:
        """Return the rows that miss a requirement; a bad cell that explains it is told once."""
        requirements = list(self._requirements())
        told = np.zeros(self.draft.n, dtype=bool)
        for cell in bad:
            fatal = any(
                bool(r.missed[cell.row]) and not set(r.columns).isdisjoint(cell.fills)
                for r in requirements
            )
            told[cell.row] |= fatal
            self._reject(cell.row, cell.header, reason=cell.reason, whole_row=fatal)
        dropped = np.zeros(self.draft.n, dtype=bool)
        for requirement in requirements:
            dropped |= requirement.missed
            header = self._header(requirement.columns[0])
            for row in np.flatnonzero(requirement.missed & ~told).tolist():
                told[row] = True
                self._reject(row, header, reason=requirement.reason, whole_row=True)
        return dropped

    def _requirements(self) -> Iterator[Requirement]:
        """Give what each row must have; the id comes last, as it derives from the rest."""
        record_type = self.plan.record_type
        id_name = ID_COLUMN[record_type]
        needed = [column.name for column in columns_of(record_type) if column.required]
        for name in sorted(needed, key=lambda name: name == id_name):
            reason = MISSING.format(record=record_type.__name__.lower())
            yield Requirement((name,), self._unknown(name), reason)
        if record_type is Need:
            askers = tuple(REFERENCES[Need])
            firm, base = (self._unknown(name) for name in askers)
            yield Requirement(askers, firm & base, NO_ASKER)
            yield Requirement(askers, ~firm & ~base, TWO_ASKERS)

    def _repeated(self, dropped: NDArray[np.bool_], seen: SeenIds) -> NDArray[np.bool_]:
        name = ID_COLUMN[self.plan.record_type]
        usable = np.flatnonzero(~dropped)
        ids = self.draft.column(name).take(pa.array(usable)).to_pylist()
        fresh = seen.are_new(self.plan.record_type, ids)
        repeated = np.zeros(self.draft.n, dtype=bool)
        repeated[usable[~fresh]] = True
        for row in np.flatnonzero(repeated).tolist():
            self._reject(row, self._header(name), reason=REPEATED, whole_row=True)
        return repeated

    def _unknown(self, name: str) -> NDArray[np.bool_]:
        unknown: NDArray[np.bool_] = pc.is_null(self.draft.column(name)).to_numpy(
            zero_copy_only=False
        )
        return unknown

    def _reject(self, row: int, header: str, *, reason: str, whole_row: bool) -> None:
        cells = self.batch.cells.get(header)
        value = None if cells is None else cells[row].as_py()
        shown = "" if value is None else str(value)
        line = int(self.batch.lines[row])
        self.rejects.add(Reject(self.plan.place, line, header, shown, reason, whole_row))

    def _headers(self) -> dict[str, str]:
        """Return the header of each target and filled column of the table."""
        found: dict[str, str] = {}
        for column in self.plan.columns:
            for name in (column.target.name, *column.target.fills):
                found.setdefault(name, column.header)
        return found

    def _header(self, column: str) -> str:
        """Return the header that fills ``column``, or the one that should."""
        accepted = accepted_headers(self.plan.record_type, column) or [column]
        return self._headers().get(column, accepted[0])
