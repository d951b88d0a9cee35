"""Reading the Parquet files of a real data set: which files, which columns, which types."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.amount_columns import AmountColumn, read_amounts
from data.errors import EmptyInputError, InputError, MissingColumnError, ParseError
from data.importers.keys import texts
from data.importers.record_tables import column_of
from data.importers.rejects import Reject, Rejects

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y%m%d")
"""Ways to write a date that the files of a set may use instead of a date type."""


@dataclass(frozen=True)
class SetTable:
    """The rows of all files of one pattern, in the order of the file names.

    ``starts[i]`` is the first row of ``files[i]``; rows are numbered from 0 over all files.
    """

    files: tuple[Path, ...]
    starts: tuple[int, ...]
    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.Array:
        """Return a column in one piece; all unknown where an optional column is absent."""
        if name not in self.table.column_names:
            return pa.nulls(len(self), pa.string())
        return column_of(self.table, name)

    def reject(
        self, row: int, column: str, value: object, *, reason: str, whole_row: bool = False
    ) -> Reject:
        """Return a reject that names the file and the line of ``row``."""
        file = int(np.searchsorted(self.starts, row, side="right")) - 1
        line = row - self.starts[file] + 1
        shown = "" if value is None else str(value)
        return Reject(self.files[file].name, line, column, shown, reason, whole_row)

    def reject_unread(self, name: str, values: pa.Array, rejects: Rejects, *, reason: str) -> None:
        """Reject the cells of column ``name`` that hold something and gave no value."""
        given = texts(self.column(name).cast(pa.string()))
        lost = pc.and_(pc.is_valid(given), pc.is_null(values))
        for row in np.flatnonzero(lost.to_numpy(zero_copy_only=False)).tolist():
            rejects.add(self.reject(row, name, given[row].as_py(), reason=reason))

    def dates(self, name: str) -> pa.Date32Array:
        """Return a column of dates; unreadable ones are unknown.

        Raises
        ------
        ParseError
            Where the column holds numbers or anything else that is no date.
        """
        cells = self.column(name)
        if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
            return cells.cast(pa.date32(), safe=False)
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            return _dates_from_texts(cells.cast(pa.string()))
        if cells.null_count == len(cells):
            return pa.nulls(len(cells), pa.date32())
        raise ParseError(
            f"The column {name!r} of {self.files[0].name} holds {cells.type}, not dates.",
            field=name,
            remedy="Write it as a Parquet date or timestamp, or as text like 2013-01-31.",
        )

    def amounts(self, name: str, rejects: Rejects, *, currency: str | None = None) -> AmountColumn:
        """Return a column of amounts; unreadable ones are unknown and rejected."""
        cells = self.column(name)
        if pa.types.is_temporal(cells.type) or pa.types.is_nested(cells.type):
            raise ParseError(
                f"The column {name!r} of {self.files[0].name} holds {cells.type}, not amounts.",
                field=name,
                remedy="Write amounts as numbers or as text like 1.35亿美元.",
            )
        amounts = read_amounts(cells, currency=currency)
        rejects.extend(
            self.reject(row, name, cells[row].as_py(), reason=reason) for row, reason in amounts.bad
        )
        return amounts


def _dates_from_texts(cells: pa.StringArray) -> pa.Date32Array:
    trimmed = pc.utf8_trim_whitespace(cells)
    found = pa.nulls(len(cells), pa.date32())
    for form in DATE_FORMATS:
        parsed = pc.strptime(trimmed, format=form, unit="s", error_is_null=True)
        found = pc.coalesce(found, parsed.cast(pa.date32(), safe=False))
    return found


def unique_rows(
    key: pa.StringArray, *, table: SetTable, column: str, rejects: Rejects
) -> pa.Int64Array:
    """Return the first row of each key that is not empty, and reject the others."""
    codes = key.dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    kept = np.zeros(len(codes), dtype=bool)
    kept[first] = True
    kept &= pc.not_equal(key, "").to_numpy(zero_copy_only=False)
    cells = table.column(column)
    for row in np.flatnonzero(~kept):
        value = cells[int(row)].as_py()
        reason = "An earlier row has this key." if key[int(row)].as_py() else "The key is missing."
        rejects.add(table.reject(int(row), column, value, reason=reason, whole_row=True))
    return pa.array(np.flatnonzero(kept))


def find_files(folder: Path, pattern: str) -> tuple[Path, ...]:
    """Return the files of ``pattern`` in ``folder``, sorted by name; possibly none."""
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {folder}.",
            field="data",
            remedy="Give the folder that holds the files of the set.",
        )
    return tuple(sorted(folder.glob(pattern)))


def read_set(
    folder: Path, pattern: str, *, required: Sequence[str], optional: Sequence[str] = ()
) -> SetTable:
    """Read all files of ``pattern`` in ``folder`` as one table of the named columns.

    Raises
    ------
    EmptyInputError
        Where no file matches, or no file has a row.
    MissingColumnError
        Where a file lacks a required column; names similar columns that it has.
    InputError
        Where a file is no readable Parquet file.
    """
    files = find_files(folder, pattern)
    if not files:
        raise EmptyInputError(
            f"There is no file {pattern} in {folder}.",
            field="data",
            remedy=f"Put the files of the set there; their names match {pattern}.",
        )
    tables = [_read_file(file, required, optional) for file in files]
    starts = np.cumsum([0] + [len(table) for table in tables])
    if starts[-1] == 0:
        raise EmptyInputError(
            f"{', '.join(file.name for file in files)} in {folder}: there are no rows.",
            field="data",
            remedy="Give a file with at least one row.",
        )
    filled = [table for table in tables if len(table)]
    try:
        whole = pa.concat_tables(filled, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(
            f"The files {pattern} in {folder} hold different types in one column: {error}",
            field="data",
            remedy="Write the files with the same column types.",
        ) from error
    return SetTable(files, tuple(int(start) for start in starts[:-1]), whole)


def _read_file(file: Path, required: Sequence[str], optional: Sequence[str]) -> pa.Table:
    try:
        with pq.ParquetFile(file) as parquet:
            present = parquet.schema_arrow.names
            for name in required:
                if name not in present:
                    raise _missing(file, name, present)
            wanted = [name for name in (*required, *optional) if name in present]
            for name in wanted:
                _check_type(file, parquet.schema_arrow.field(name))
            return parquet.read(columns=wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError(
            f"{file.name} cannot be read as a Parquet file: {_first_line(error)}",
            field="data",
            remedy="Copy the file again, or write it anew; it is damaged or of another format.",
        ) from error


def _check_type(file: Path, column: pa.Field) -> None:
    """Raise where a column holds lists, structures or raw bytes: no column of a set does."""
    if pa.types.is_nested(column.type) or column.type in (pa.binary(), pa.large_binary()):
        raise ParseError(
            f"The column {column.name!r} of {file.name} holds {column.type}, not single values.",
            field=column.name,
            remedy="Write it as text or numbers.",
        )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".") + "."


def _missing(file: Path, name: str, present: Sequence[str]) -> MissingColumnError:
    near = difflib.get_close_matches(name, present, n=3)
    hint = f"Rename {' or '.join(near)} to {name}." if near else f"Add the column {name}."
    return MissingColumnError(
        f"{file.name} lacks the column {name!r}; it has {', '.join(present)}.",
        field=name,
        remedy=hint,
    )
