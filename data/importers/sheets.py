"""Tables as they lie in files: headers, and rows in batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.errors import EmptyInputError, InputError
from data.importers.encodings import UNDECODABLE

HEADER_SEARCH_ROWS = 10
"""Titles and remarks may stand above the header; it is looked for in this many rows."""

HeaderScore = Callable[[Sequence[str]], int]
"""How many cells of a row are headers that somebody knows."""

CellText = str | None


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be split into cells or characters."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """Consecutive rows of a sheet: their lines in the file, and the cells of each header."""

    lines: NDArray[np.int64]
    cells: dict[str, pa.Array]
    bad: tuple[BadRow, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)


class Sheet(Protocol):
    """One table of one file."""

    @property
    def file(self) -> Path:
        """The file."""

    @property
    def name(self) -> str:
        """Name of the sheet in its workbook; empty for files of one table."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers as written."""

    @property
    def n_rows(self) -> int | None:
        """About how many rows there are, for progress; ``None`` where nobody knows."""

    def batches(self, size: int) -> Iterator[Batch]:
        """Give the rows, ``size`` at a time."""


def find_header(rows: Sequence[Sequence[str]], score: HeaderScore) -> int:
    """Return the position of the header: the first of ``rows`` with most known headers.

    Where no row has a known header, it is the first row with more than one cell, else the first.
    """
    scores = [score(row) for row in rows[:HEADER_SEARCH_ROWS]]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    filled = [sum(bool(cell) for cell in row) for row in rows]
    wide = next((i for i, n in enumerate(filled) if n > 1), None)
    if wide is not None:
        return wide
    return next((i for i, n in enumerate(filled) if n), 0)


def checked_headers(cells: Sequence[str], place: str) -> tuple[str, ...]:
    """Return the headers of a table; empty ones at the end fall away.

    Raises
    ------
    EmptyInputError
        Where there is none.
    InputError
        Where one occurs twice.
    """
    headers = [" ".join(cell.split()) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise EmptyInputError(
            f"{place} is empty.",
            field="data",
            remedy="Give a table with a header line and at least one row.",
        )
    twice = next((h for i, h in enumerate(headers) if h and h in headers[:i]), None)
    if twice is not None:
        raise InputError(
            f"{place} has the header {twice!r} more than once.",
            field=twice,
            remedy="Rename or remove one of the columns.",
        )
    return tuple(headers)


def batch_of(
    rows: Sequence[Sequence[CellText]], lines: Sequence[int], headers: Sequence[str]
) -> Batch:
    """Turn rows of texts into a batch; damaged rows and rows with too many cells are bad."""
    width = len(headers)
    good: list[Sequence[CellText]] = []
    kept: list[int] = []
    bad: list[BadRow] = []
    for line, row in zip(lines, rows, strict=True):
        reason = _fault(row, width)
        if reason is not None:
            bad.append(BadRow(line, " | ".join(cell or "" for cell in row), reason))
            continue
        good.append(row if len(row) == width else [*row, *([None] * width)][:width])
        kept.append(line)
    columns = list(zip(*good, strict=True)) if good else [()] * width
    cells = {
        header: pa.array(column, type=pa.string())
        for header, column in zip(headers, columns, strict=True)
        if header
    }
    return Batch(np.array(kept, dtype=np.int64), cells, tuple(bad))


def _fault(row: Sequence[CellText], width: int) -> str | None:
    if len(row) > width and any(row[width:]):
        return f"The row has {len(row)} cells, the header {width}: look for a stray separator."
    if any(cell is not None and UNDECODABLE in cell for cell in row):
        return "The row has bytes that are no text: it is in another encoding than the file."
    return None
