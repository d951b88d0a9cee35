"""A side of a catalogue with some records changed, added or gone, without copying the others.

Rows keep their numbers: a changed record stays in its row, a new one gets the next. A record that
is gone is not found by its id any more; its row stays until the catalogue is read anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from data.catalogue import IdMap, Side
from data.records import Record
from data.schema import ID_COLUMN, schema_of, table_from_records

MOST_SLICES = 64
"""Changed rows up to which the table is laid out in slices; with more it is copied whole."""


class LongerTexts(Sequence[str]):
    """A tuple of texts and some more after it, without a copy of the first."""

    def __init__(self, first: Sequence[str], more: tuple[str, ...]) -> None:
        self.first, self.more = first, more

    def __len__(self) -> int:
        return len(self.first) + len(self.more)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return tuple(self)[at]
        n = len(self.first)
        place = at + len(self) if at < 0 else at
        return self.first[place] if place < n else self.more[place - n]

    def __iter__(self) -> Iterator[str]:
        return chain(self.first, self.more)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))


class PatchedIds(IdMap):
    """The ids of another map, less those that are gone, and some after them.

    Parameters
    ----------
    base
        The other map.
    more
        Ids of the rows after its own; none of them is among them.
    gone
        Ids that are not found any more.
    """

    def __init__(
        self, base: IdMap, more: Sequence[str], *, gone: frozenset[str] = frozenset()
    ) -> None:
        self.label = base.label
        self.ids = LongerTexts(base.ids, tuple(more))  # type: ignore[assignment]
        self._base = base
        self._gone = gone
        self._row = {key: len(base) + place for place, key in enumerate(more) if key not in gone}

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.find_row(key) is not None

    def find_row(self, key: str) -> int | None:
        """Return the row of ``key``, or ``None``."""
        if key in self._gone:
            return None
        found = self._row.get(key)
        return self._base.find_row(key) if found is None else found

    def get_row(self, key: str) -> int:
        """Return the row of ``key``; raise :class:`UnknownIdError` where there is none."""
        found = self.find_row(key)
        if found is not None:
            return found
        return super().get_row(key)

    def rows(self, keys: Any) -> Any:
        """Return the row of each key, ``NO_ROW`` for unknown or missing ones."""
        found = (None if key is None else self.find_row(key) for key in keys)
        return np.fromiter((-1 if row is None else row for row in found), dtype=np.int64)


class PatchedSide(Side):
    """A side with some records changed, added or gone.

    Parameters
    ----------
    base
        The other side.
    records
        Changed and new records by id, new ones in the order of their rows.
    gone
        Ids of records that are no more, whether of ``base`` or of ``records``.
    """

    def __init__(
        self, base: Side, records: Mapping[str, Record], gone: frozenset[str] = frozenset()
    ) -> None:
        put = object.__setattr__
        put(self, "record_type", base.record_type)
        more = [key for key in records if base.ids.find_row(key) is None]
        put(self, "base", base)
        put(self, "ids", PatchedIds(base.ids, more, gone=gone))
        changed = {base.ids.find_row(key): record for key, record in records.items()}
        changed.pop(None, None)
        put(self, "changed", changed)
        put(self, "added", [records[key] for key in more])

    base: Side
    changed: dict[int, Record]
    added: list[Record]

    def record(self, row: int) -> Record:
        """Return the record at ``row``."""
        n = len(self.base)
        if row >= n:
            return self.added[row - n]
        found = self.changed.get(row)
        return self.base.record(row) if found is None else found

    def rows_table(self, rows: Sequence[int]) -> pa.Table:
        """Return the records at ``rows`` as a table, in that order."""
        n = len(self.base)
        held = [row for row in rows if row < n and row not in self.changed]
        others = [row for row in rows if row >= n or row in self.changed]
        made = table_from_records(self.record_type, [self.record(row) for row in others])
        both = pa.concat_tables([self.base.table.take(pa.array(held, pa.int64())), made])
        place = {row: at for at, row in enumerate([*held, *others])}
        return both.take(pa.array([place[row] for row in rows], pa.int64()))

    @cached_property
    def table(self) -> pa.Table:
        """All rows as one table; those that did not change are not copied."""
        rows = sorted(self.changed)
        tail = table_from_records(
            self.record_type, [*(self.changed[row] for row in rows), *self.added]
        )
        return patched_table(self.base.table, tail, rows)


def patched_table(table: pa.Table, tail: pa.Table, rows: Sequence[int]) -> pa.Table:
    """Return ``table`` with the first rows of ``tail`` at ``rows``, the others after it.

    ``rows`` are ascending.
    """
    if len(rows) > MOST_SLICES:
        order = np.arange(len(table) + len(tail) - len(rows))
        order[len(table) :] += len(rows)
        order[rows] = len(table) + np.arange(len(rows))
        return pa.concat_tables([table, tail]).take(pa.array(order)).combine_chunks()
    parts = []
    for place, (start, end) in enumerate(pairwise([-1, *rows, len(table)])):
        parts.append(table.slice(start + 1, end - start - 1))
        parts.append(tail.slice(place, 1 if place < len(rows) else len(tail)))
    return pa.concat_tables(parts)


def rows_table(side: Side, rows: Sequence[int]) -> pa.Table:
    """Return the records of any side at ``rows`` as a table, in that order."""
    if isinstance(side, PatchedSide):
        return side.rows_table(rows)
    return side.table.take(pa.array(rows, pa.int64()))


def nothing_of(side: Side) -> Side:
    """Return a side of the same type without records."""
    return Side.from_table(side.record_type, schema_of(side.record_type).empty_table())


def id_of(record: Record) -> str:
    """Return the id of a record."""
    found: str = getattr(record, ID_COLUMN[type(record)])
    return found
