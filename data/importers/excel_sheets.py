"""Excel workbooks (``.xlsx``) as sheets, read as a stream."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError as XmlError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from data.errors import InputError
from data.importers.archives import check_workbook, has_formulas
from data.importers.sheets import (
    HEADER_SEARCH_ROWS,
    BadRow,
    Batch,
    CellText,
    HeaderScore,
    batch_of,
    checked_headers,
    find_header,
)

PERCENT_PROBE_ROWS = 20
"""Rows after the header in which the number formats are looked at."""

ERROR_VALUES = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
"""What formulas leave in a cell when they fail; there is no value to import."""

NOTE_SHEETS = frozenset(
    {"说明", "填写说明", "填表说明", "字典", "数据字典", "readme", "notes", "help"}
)
"""Names of sheets that explain the others and hold no rows."""

FORMULA = "f"
"""Type of a cell that holds a formula, where formulas are read instead of their results."""

UNCOMPUTED = (
    "The row has a formula whose result was not saved: open the workbook in a spreadsheet program "
    "and save it."
)

_PERCENT_DIGITS = 10
_EXACT_FLOAT = 1e15

SPARE_COLUMNS = 16
"""Cells read beyond the header, to tell rows with a stray cell. A row may name a cell in the last
of 16,384 columns: reading them all would fill the memory with nothing."""


@dataclass(frozen=True)
class ExcelSheet:
    """One sheet of a workbook; lines are the row numbers that Excel shows."""

    file: Path
    name: str
    headers: tuple[str, ...]
    header_line: int
    n_rows: int | None
    percent_columns: frozenset[int]

    def batches(self, size: int) -> Iterator[Batch]:
        """Give the rows, ``size`` at a time; blank rows are skipped."""
        with _workbook(self.file) as book:
            sheet = book[self.name]
            sheet.reset_dimensions()
            raw = sheet.iter_rows(
                min_row=self.header_line + 1,
                max_col=len(self.headers) + SPARE_COLUMNS,
                values_only=True,
            )
            numbered = enumerate(raw, start=self.header_line + 1)
            unsaved = uncomputed_rows(self.file, self.name, len(self.headers))
            rows = (
                (line, row)
                for line, row in numbered
                if line in unsaved or any(cell is not None for cell in row)
            )
            while block := list(itertools.islice(rows, size)):
                good = [(line, row) for line, row in block if line not in unsaved]
                texts = [self._texts(row) for _, row in good]
                batch = batch_of(texts, [line for line, _ in good], self.headers)
                bad = [
                    BadRow(line, unsaved[line], UNCOMPUTED) for line, _ in block if line in unsaved
                ]
                yield dataclasses.replace(batch, bad=(*batch.bad, *bad))

    def _texts(self, row: Sequence[Any]) -> list[CellText]:
        texts = [cell_text(value) for value in row]
        for at in self.percent_columns:
            if at < len(row) and isinstance(row[at], int | float):
                texts[at] = f"{round(row[at] * 100, _PERCENT_DIGITS):.12g}%"
        return texts


def uncomputed_rows(path: Path, name: str, width: int) -> dict[int, str]:
    """Return the lines of a sheet that have a formula without a saved result, with the formula.

    Programs that write workbooks leave results out; a spreadsheet program saves them. Without one
    the cell would look empty.
    """
    if not has_formulas(path):
        return {}
    found: dict[int, str] = {}
    with _workbook(path) as values, _workbook(path, results=False) as formulas:
        pairs = zip(
            *(_rows(book[name], width, values_only=False) for book in (values, formulas)),
            strict=True,
        )
        for line, (result, written) in enumerate(pairs, start=1):
            for value, cell in zip(result, written, strict=True):
                if cell.data_type == FORMULA and value.value is None:
                    found.setdefault(line, str(cell.value))
    return found


def _rows(sheet: Any, width: int, *, values_only: bool) -> Iterator[Any]:
    sheet.reset_dimensions()
    rows: Iterator[Any] = sheet.iter_rows(max_col=width, values_only=values_only)
    return rows


def open_excel(
    path: Path, score: HeaderScore, wanted: Callable[[str], bool] | None = None
) -> list[ExcelSheet]:
    """Return the sheets of a workbook that hold a table, or of those only whose name is wanted.

    Raises
    ------
    InputError
        Where the file is no workbook.
    """
    with _workbook(path) as book:
        sheets = [
            _open_sheet(path, sheet, score)
            for sheet in book.worksheets
            if sheet.title.strip().lower() not in NOTE_SHEETS
            and (wanted is None or wanted(sheet.title))
        ]
    return [sheet for sheet in sheets if sheet is not None]


def cell_text(value: Any) -> CellText:
    """Return a cell of a workbook as text; ``None`` where it is empty or a failed formula."""
    if value is None or (isinstance(value, str) and value in ERROR_VALUES):
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return str(int(value))
    return str(value)


def _open_sheet(path: Path, sheet: Any, score: HeaderScore) -> ExcelSheet | None:
    last = sheet.max_row
    sheet.reset_dimensions()
    head = list(itertools.islice(sheet.iter_rows(), HEADER_SEARCH_ROWS + PERCENT_PROBE_ROWS))
    texts = [[cell_text(cell.value) or "" for cell in row] for row in head]
    if not any(any(row) for row in texts):
        return None
    at = find_header(texts, score)
    percent = frozenset(
        column
        for row in head[at + 1 :]
        for column, cell in enumerate(row)
        if cell.value is not None and "%" in (cell.number_format or "")
    )
    headers = checked_headers(texts[at], f"{path.name}, sheet {sheet.title}")
    n_rows = last - at - 1 if last and last > at + 1 else None
    return ExcelSheet(path, sheet.title, headers, at + 1, n_rows, percent)


@contextmanager
def _workbook(path: Path, *, results: bool = True) -> Iterator[Any]:
    """Open a workbook; whatever is wrong with it, now or while it is read, is told as one error."""
    try:
        check_workbook(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # styles and extensions it does not know
            book = load_workbook(path, read_only=True, data_only=results)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, XmlError) as error:
        raise _unreadable(path, error) from error
    try:
        yield book
    except (zipfile.BadZipFile, zlib.error, EOFError, XmlError) as error:
        raise _unreadable(path, error) from error
    finally:
        book.close()


def _unreadable(path: Path, error: BaseException) -> InputError:
    return InputError(
        f"{path.name} cannot be read as an Excel workbook: {error}.",
        field="data",
        remedy="Open it in a spreadsheet program and save it as .xlsx, or export CSV.",
    )
