"""Delimited text (CSV, TSV, text exports) as a sheet."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import EmptyInputError, ParseError
from data.importers.encodings import TextFile, detect
from data.importers.sheets import (
    HEADER_SEARCH_ROWS,
    Batch,
    HeaderScore,
    batch_of,
    checked_headers,
    find_header,
)

DELIMITERS = (",", "\t", ";", "|", "，", "；")
SNIFFED_LINES = 50


@dataclass(frozen=True)
class CsvSheet:
    """A delimited text file; lines are counted from 1 as an editor shows them."""

    text: TextFile
    delimiter: str
    headers: tuple[str, ...]
    header_line: int
    name: str = ""

    @property
    def file(self) -> Path:
        """The file."""
        return self.text.path

    @property
    def n_rows(self) -> int | None:
        """About how many rows there are."""
        return max(self.text.n_lines - self.header_line, 0)

    def batches(self, size: int) -> Iterator[Batch]:
        """Give the rows, ``size`` at a time; blank rows are skipped."""
        with self.text.lines() as lines:
            reader = csv.reader(lines, delimiter=self.delimiter)
            rows = self._rows(reader)
            while block := list(itertools.islice(rows, size)):
                yield batch_of([row for _, row in block], [line for line, _ in block], self.headers)

    def _rows(self, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
        """Give the rows below the header with the line on which each begins."""
        before = 0
        try:
            for row in reader:
                line, before = before + 1, reader.line_num  # type: ignore[attr-defined]
                if line > self.header_line and any(cell and not cell.isspace() for cell in row):
                    yield line, row
        except csv.Error as error:
            raise ParseError(
                f"{self.file.name}, line {before + 1}: {error}.",
                field="data",
                remedy="Look for a quotation mark that is not closed before that line.",
            ) from error


def open_csv(path: Path, score: HeaderScore) -> CsvSheet:
    """Find encoding, delimiter and header of a delimited text file.

    Raises
    ------
    EmptyInputError
        Where the file is empty.
    ParseError
        Where it is no text.
    """
    text = detect(path)
    with text.lines() as lines:
        sample = list(itertools.islice(lines, SNIFFED_LINES))
    if not any(line.strip("\ufeff \t\r\n") for line in sample):
        raise EmptyInputError(
            f"{path.name} is empty.",
            field="data",
            remedy="Give a table with a header line and at least one row.",
        )
    delimiter = max(DELIMITERS, key=lambda mark: _fit(sample, mark, score))
    rows = _parsed(sample, delimiter)
    at = find_header([row for _, row in rows], score)
    line, cells = rows[at]
    return CsvSheet(text, delimiter, checked_headers(cells, path.name), line)


def _fit(sample: Sequence[str], delimiter: str, score: HeaderScore) -> tuple[int, int, int]:
    """Return how well ``delimiter`` fits: known headers, rows of equal width, cells of a row."""
    rows = [row for _, row in _parsed(sample, delimiter)]
    known = max((score(row) for row in rows[:HEADER_SEARCH_ROWS]), default=0)
    widths = [len(row) for row in rows]
    usual = max(set(widths), key=widths.count, default=1)
    return known, widths.count(usual) if usual > 1 else 0, usual


def _parsed(sample: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the rows of the sample that have cells, with the last line of each."""
    reader = csv.reader(sample, delimiter=delimiter)
    try:
        return [
            (reader.line_num, row) for row in reader if any(cell.strip("\ufeff ") for cell in row)
        ]
    except csv.Error:
        return []
