"""The catalogue: an immutable columnar snapshot of everything known, with id maps.

A *row number* inside a catalogue is not an id and never leaves the process; the types below keep
the two apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import columns as col
from data.errors import DuplicateIdError, MissingColumnError, UnknownIdError
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record
from data.schema import ID_COLUMN, records_from_table, schema_of, table_from_records

FirmRow = NewType("FirmRow", int)
NeedRow = NewType("NeedRow", int)
InstitutionRow = NewType("InstitutionRow", int)
OfferRow = NewType("OfferRow", int)

NO_ROW = -1
"""Row number that stands for "none" in integer arrays."""


class IdMap:
    """A bijection between the ids of one side and the row numbers 0 … n - 1."""

    def __init__(self, ids: Sequence[str], *, label: str) -> None:
        self.label = label
        self.ids: tuple[str, ...] = tuple(ids)
        self._row = {key: row for row, key in enumerate(self.ids)}
        if len(self._row) != len(self.ids):
            twice = next(key for row, key in enumerate(self.ids) if self._row[key] != row)
            raise DuplicateIdError(
                f"{label} {twice!r} occurs more than once.",
                field=label,
                remedy="Keep one record for each id.",
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, key: object) -> bool:
        return key in self._row

    def find_row(self, key: str) -> int | None:
        """Return the row of ``key``, or ``None``."""
        return self._row.get(key)

    def get_row(self, key: str) -> int:
        """Return the row of ``key``; raise :class:`UnknownIdError` where there is none."""
        row = self._row.get(key)
        if row is None:
            raise UnknownIdError(
                f"There is no {self.label} {key!r}.",
                field=self.label,
                remedy=f"Check the {self.label}, or import the record first.",
            )
        return row

    def rows(self, keys: Iterable[str | None]) -> NDArray[np.int64]:
        """Return the row of each key, ``NO_ROW`` for unknown or missing ones."""
        find = self._row.get
        return np.fromiter((find(key, NO_ROW) for key in keys), dtype=np.int64)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Side:
    """All records of one type as an Arrow table, with their id map."""

    record_type: type[Record]
    table: pa.Table
    ids: IdMap

    @classmethod
    def from_table(cls, record_type: type[Record], table: pa.Table) -> Side:
        """Bring ``table`` into the schema of ``record_type``; absent optional columns: unknown."""
        schema = schema_of(record_type)
        arrays = []
        for field in schema:
            if field.name in table.column_names:
                arrays.append(table.column(field.name).combine_chunks().cast(field.type))
            elif field.nullable:
                arrays.append(pa.nulls(len(table), field.type))
            else:
                raise MissingColumnError(
                    f"A table of {record_type.__name__} records needs the column {field.name!r}.",
                    field=field.name,
                )
        whole = pa.Table.from_arrays(arrays, schema=schema)
        id_column = ID_COLUMN[record_type]
        return cls(record_type, whole, IdMap(whole.column(id_column).to_pylist(), label=id_column))

    def __len__(self) -> int:
        return len(self.ids)

    def get(self, key: str) -> Record:
        """Return the record with the id ``key``; raise :class:`UnknownIdError` without one."""
        return self.record(self.ids.get_row(key))

    def find(self, key: str) -> Record | None:
        """Return the record with the id ``key``, or ``None``."""
        row = self.ids.find_row(key)
        return None if row is None else self.record(row)

    def record(self, row: int) -> Record:
        """Return the record at ``row``."""
        return next(records_from_table(self.record_type, self.table.slice(row, 1)))

    def strings(self, name: str) -> NDArray[np.object_]:
        """Return a text column as an object array; unknown is ``None``. Shape ``(n,)``."""
        values = self.table.column(name).to_numpy(zero_copy_only=False)
        return np.asarray(values, dtype=object)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a numeric or Boolean column as floats; unknown is NaN. Shape ``(n,)``."""
        column = self.table.column(name).cast(pa.float64())
        return np.asarray(pc.fill_null(column, np.nan).to_numpy(), dtype=np.float64)

    def dates(self, name: str) -> NDArray[np.datetime64]:
        """Return a date or instant column as days; unknown is NaT. Shape ``(n,)``."""
        values = self.table.column(name).to_numpy(zero_copy_only=False)
        return np.asarray(values).astype("datetime64[D]")

    def lists(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """Return a list column as CSR offsets ``(n + 1,)`` and flat values."""
        column = self.table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = (
                pa.concat_arrays(column.chunks)
                if column.num_chunks
                else pa.array([], type=pa.list_(pa.string()))
            )
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        values = pc.list_flatten(column).to_numpy(zero_copy_only=False).astype(object)
        return offsets, values

    def references(self, name: str, target: IdMap) -> NDArray[np.int64]:
        """Return column ``name`` as row numbers in ``target``; ``NO_ROW`` where unknown."""
        return target.rows(self.table.column(name).to_pylist())


@dataclass(frozen=True)
class Catalogue:
    """An immutable snapshot: bases, firms, needs, institutions, offers and events.

    Events are sorted by instant, then id.
    """

    bases: Side
    firms: Side
    needs: Side
    institutions: Side
    offers: Side
    events: Side

    @classmethod
    def from_tables(cls, tables: dict[type[Record], pa.Table]) -> Catalogue:
        """Build a catalogue from one Arrow table for each record type; absent ones are empty."""
        sides = {
            kind: Side.from_table(kind, tables.get(kind, schema_of(kind).empty_table()))
            for kind in (Base, Firm, Need, Institution, Offer)
        }
        events = tables.get(Event, schema_of(Event).empty_table())
        events = events.sort_by([(col.OCCURRED_AT, "ascending"), (col.EVENT_ID, "ascending")])
        return cls(
            bases=sides[Base],
            firms=sides[Firm],
            needs=sides[Need],
            institutions=sides[Institution],
            offers=sides[Offer],
            events=Side.from_table(Event, events),
        )

    @classmethod
    def from_records(cls, records: Iterable[Record]) -> Catalogue:
        """Build a catalogue from records of any types, in any order."""
        grouped: dict[type[Record], list[Record]] = {}
        for record in records:
            grouped.setdefault(type(record), []).append(record)
        grouped.pop(Rating, None)
        return cls.from_tables(
            {kind: table_from_records(kind, rows) for kind, rows in grouped.items()}
        )

    def sides(self) -> tuple[Side, ...]:
        """Return all sides, those that others refer to first."""
        return (self.bases, self.firms, self.needs, self.institutions, self.offers, self.events)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the content, equal for equal rows in equal order."""
        digest = hashlib.sha256()
        for side in self.sides():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, side.table.schema) as writer:
                writer.write_table(side.table.combine_chunks())
            digest.update(sink.getvalue())
        return digest.hexdigest()
