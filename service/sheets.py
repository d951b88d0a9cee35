"""Tables on their way out: CSV, Excel and Parquet files that appear whole or not at all.

CSV and Excel are for people, and can be imported again: translated headings and values, amounts in
units of the currency. Parquet is for programs: the columns of the records as they are.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ArgumentError, InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from data.records import Record

CSV, EXCEL, PARQUET = ".csv", ".xlsx", ".parquet"
SUFFIXES = (CSV, EXCEL, PARQUET)

EXCEL_ROWS = 1_048_576
"""Rows of a sheet, the heading included (Excel specifications and limits, Microsoft)."""

LIST_MARK = "、"
MINOR_SUFFIX = "_minor"

Rows = Iterable[Sequence[object]]
Write = Callable[[Rows], None]


def check_suffix(path: Path) -> None:
    """Raise :class:`ArgumentError` unless ``path`` names a format that can be written."""
    if path.suffix.lower() not in SUFFIXES:
        raise ArgumentError(
            f"{path.name} is of no format that can be written.",
            field="out",
            remedy=f"Give a file that ends in {', '.join(SUFFIXES)}.",
        )


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; it becomes ``path``, flushed to the disk, when the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        with aside.open("rb+") as handle:
            os.fsync(handle.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def open_sheet(path: Path, headings: Sequence[str]) -> Iterator[Write]:
    """Yield a function that appends rows to the CSV or Excel file ``path``.

    Raises
    ------
    InputError
        More rows than a sheet of Excel holds.
    """
    with whole_file(path) as aside:
        opened = _open_excel if path.suffix.lower() == EXCEL else _open_csv
        with opened(aside, headings) as write:
            yield write


@contextmanager
def _open_csv(path: Path, headings: Sequence[str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:  # the mark is for Excel
        writer = csv.writer(stream)
        writer.writerow(headings)
        yield writer.writerows


@contextmanager
def _open_excel(path: Path, headings: Sequence[str]) -> Iterator[Write]:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("FinMatch")
    sheet.freeze_panes = "A2"
    sheet.append(list(headings))
    n_rows = 1

    def cell(value: object) -> object:
        if not isinstance(value, str):
            return value
        text = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        text.data_type = "s"  # a name that begins with = is a name, not a formula
        return text

    def write(rows: Rows) -> None:
        nonlocal n_rows
        for row in rows:
            n_rows += 1
            if n_rows > EXCEL_ROWS:
                raise InputError(
                    f"A sheet of Excel holds {EXCEL_ROWS:,} rows; there are more.",
                    field="out",
                    remedy="Write a .csv or .parquet file.",
                )
            sheet.append([cell(value) for value in row])

    yield write
    book.save(path)
    book.close()


def export_records(
    path: Path,
    record_type: type[Record],
    batches: Iterable[pa.Table],
    *,
    chinese: bool,
    wrote: Callable[[int], None],
) -> int:
    """Write records to ``path`` in the format of its name; return how many there are.

    Parameters
    ----------
    batches
        Tables in the schema of ``record_type``.
    chinese
        Language of headings and values in CSV and Excel.
    wrote
        Told the rows written so far.
    """
    n_rows = 0
    if path.suffix.lower() == PARQUET:
        import pyarrow.parquet as pq

        from data.schema import schema_of

        with whole_file(path) as aside, pq.ParquetWriter(aside, schema_of(record_type)) as writer:
            for batch in batches:
                writer.write_table(batch)
                n_rows += len(batch)
                wrote(n_rows)
        return n_rows
    readers = _readers(record_type, chinese=chinese)
    with open_sheet(path, list(readers)) as write:
        for batch in batches:
            columns = [
                [None if value is None else read(value) for value in column.to_pylist()]
                for column, read in zip(batch.columns, readers.values(), strict=True)
            ]
            write(zip(*columns, strict=True))
            n_rows += len(batch)
            wrote(n_rows)
    return n_rows


def _readers(record_type: type[Record], *, chinese: bool) -> dict[str, Callable[[Any], object]]:
    """Return for each heading how the values of its column are written."""
    from data.importers.headers import headers_of
    from data.labels import CHOICES, WORDS
    from data.schema import columns_of

    headings = headers_of(record_type, chinese=chinese)
    found: dict[str, Callable[[Any], object]] = {}
    for column in columns_of(record_type):
        choice = CHOICES.get((record_type, column.name))
        words = {member.value: WORDS[member][0] for member in choice} if choice and chinese else {}
        name = column.name.removesuffix(MINOR_SUFFIX)
        read: Callable[[Any], object] = _written(column.python_type, words, chinese=chinese)
        found[headings[name]] = _in_units if name != column.name else read
    return found


def _written(python_type: type, words: dict[str, str], *, chinese: bool) -> Callable[[Any], object]:
    if python_type is tuple:
        return lambda items: LIST_MARK.join(words.get(item, item) for item in items)
    if python_type is bool:
        yes, no = ("是", "否") if chinese else ("yes", "no")
        return lambda value: yes if value else no
    if python_type in (int, float):
        return lambda value: value
    if words:
        return lambda value: words.get(value, value)
    return lambda value: value.isoformat() if hasattr(value, "isoformat") else value


def _in_units(minor: int) -> Decimal:
    """Return an amount in units of its currency."""
    return Decimal(minor).scaleb(-2)
