"""Building a table of records from the columns that a source knows."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from data.records import Record
from data.schema import schema_of


def record_table(record_type: type[Record], arrays: Mapping[str, pa.Array]) -> pa.Table:
    """Return ``arrays`` in the schema of ``record_type``; absent columns are unknown."""
    n = len(next(iter(arrays.values())))
    schema = schema_of(record_type)
    return pa.Table.from_arrays(
        [
            arrays[field.name].cast(field.type) if field.name in arrays else pa.nulls(n, field.type)
            for field in schema
        ],
        schema=schema,
    )


def constant(value: str | bool, n: int) -> pa.Array:
    """Return an array of ``n`` times ``value``."""
    return pa.repeat(value, n)


def column_of(table: pa.Table, name: str) -> pa.Array:
    """Return a column of ``table`` in one piece."""
    whole = table.column(name).combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
