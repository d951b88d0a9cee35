"""The tables under validation, with the small questions that checks ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.records import Record
from data.schema import ID_COLUMN, schema_of
from data.validation.report import MOST_EXAMPLES, Finding


@dataclass(frozen=True)
class Tables:
    """One Arrow table for each record type; absent types are empty, absent columns unknown."""

    tables: Mapping[type[Record], pa.Table]

    def n(self, record_type: type[Record]) -> int:
        """Return the number of rows."""
        return len(self.tables[record_type]) if record_type in self.tables else 0

    def column(self, record_type: type[Record], name: str) -> pa.Array:
        """Return a column in one piece and in the type of the schema."""
        kind = schema_of(record_type).field(name).type
        table = self.tables.get(record_type)
        if table is None or name not in table.column_names:
            return pa.nulls(self.n(record_type), kind)
        whole = table.column(name).combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.nulls(0, whole.type)
        return whole.cast(kind)

    def ids(self, record_type: type[Record]) -> pa.StringArray:
        """Return the ids."""
        return self.column(record_type, ID_COLUMN[record_type])

    def numbers(self, record_type: type[Record], name: str) -> NDArray[np.float64]:
        """Return a column of numbers or dates (days since 1970) as floats; unknown is NaN."""
        column = self.column(record_type, name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
        if pa.types.is_date(column.type):
            column = column.cast(pa.int32())
        numbers: NDArray[np.float64] = pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy()
        return numbers

    def looked_up(
        self, record_type: type[Record], reference: str, *, target: type[Record], wanted: str
    ) -> NDArray[np.float64]:
        """Return, as floats, column ``wanted`` of the record that each row refers to."""
        at = pc.index_in(self.column(record_type, reference), value_set=self.ids(target))
        values = self.numbers(target, wanted)
        rows = pc.fill_null(at, -1).to_numpy()
        found = np.full(len(rows), np.nan)
        found[rows >= 0] = values[rows[rows >= 0]]
        return found


@dataclass
class Tally:
    """Counts what is wrong and keeps the first examples."""

    count: int = 0
    total: int = 0
    examples: tuple[str, ...] = ()

    def add(self, n_checked: int, wrong: NDArray[np.intp], texts: Iterable[str]) -> None:
        """Count ``wrong`` rows of ``n_checked``; ``texts`` are read only as far as needed."""
        self.total += n_checked
        self.count += len(wrong)
        missing = MOST_EXAMPLES - len(self.examples)
        if missing > 0 and len(wrong):
            self.examples += tuple(text for text, _ in zip(texts, range(missing), strict=False))

    def finding(self, **details: float) -> Finding:
        """Return what was found."""
        return Finding(self.count, self.total, self.examples, details)


def rows_where(mask: pa.Array | NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the rows where ``mask`` holds; unknown does not."""
    if isinstance(mask, pa.Array | pa.ChunkedArray):
        mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return np.flatnonzero(mask)
