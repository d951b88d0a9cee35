"""A few records as a side of a catalogue, read straight from their fields.

An Arrow table of one row costs more to build and to read than everything that is done with it: who
asks is one need with its firm and base, and is read for every request.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.catalogue import IdMap, Side
from data.records import Record
from data.schema import ID_COLUMN, table_from_records


class RecordSide(Side):
    """Records of one type that read as the side that :meth:`Side.from_table` makes of them."""

    def __init__(self, record_type: type[Record], records: Sequence[Record]) -> None:
        self._records = records
        name = ID_COLUMN[record_type]
        ids = IdMap([getattr(record, name) for record in records], label=name)
        for field, value in (("record_type", record_type), ("ids", ids)):
            object.__setattr__(self, field, value)  # a side is frozen

    @property
    def table(self) -> pa.Table:
        """The records as a table; made anew each time."""
        return table_from_records(self.record_type, self._records)

    def record(self, row: int) -> Record:
        """Return the record at ``row``."""
        return self._records[row]

    def _values(self, name: str) -> list[Any]:
        return [getattr(record, name) for record in self._records]

    def strings(self, name: str) -> NDArray[np.object_]:
        """Return a text column; see :meth:`Side.strings`."""
        found = np.empty(len(self._records), object)
        found[:] = [None if value is None else str(value) for value in self._values(name)]
        return found

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a numeric or Boolean column; see :meth:`Side.numbers`."""
        values = [np.nan if value is None else value for value in self._values(name)]
        return np.array(values, np.float64)

    def dates(self, name: str) -> NDArray[np.datetime64]:
        """Return a date column; see :meth:`Side.dates`."""
        return np.array(self._values(name), "datetime64[D]")

    def lists(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """Return a list column as offsets and flat values; see :meth:`Side.lists`."""
        rows = self._values(name)
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        values = np.empty(offsets[-1], object)
        values[:] = [str(value) for value in chain.from_iterable(rows)]
        return offsets, values

    def references(self, name: str, target: IdMap) -> NDArray[np.int64]:
        """Return a column as row numbers in ``target``; see :meth:`Side.references`."""
        return target.rows(self._values(name))
