"""What an import could not use, cell by cell: file, line, column, value and reason."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

REJECT_COLUMNS = ("file", "line", "column", "value", "reason")
"""Header of a rejects file."""

MOST_KEPT = 10_000
"""Rejects kept in memory; all are counted, and all go to the rejects file if there is one."""

LONGEST_VALUE = 200
"""Longer values are cut, so that a damaged file does not fill the report."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One cell or row that was not used.

    ``line`` counts from 1 in the file as a person sees it: the header of a CSV or Excel table is
    line 1, the first row of a Parquet file is line 1. ``whole_row`` tells whether the row was
    left out or only this value.
    """

    file: str
    line: int
    column: str
    value: str
    reason: str
    whole_row: bool = False


@dataclass
class Rejects:
    """A growing list of rejects, in the order in which they were met.

    ``total`` counts all, ``rows`` those of whole rows, ``by_column`` those of each file and column;
    ``kept`` holds the first :data:`MOST_KEPT`.
    """

    kept: list[Reject] = field(default_factory=list)
    total: int = 0
    rows: int = 0
    by_column: Counter[tuple[str, str]] = field(default_factory=Counter)
    sink: RejectsFile | None = None

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Reject]:
        return iter(self.kept)

    def add(self, reject: Reject) -> None:
        """Append ``reject``."""
        self.total += 1
        self.rows += reject.whole_row
        self.by_column[reject.file, reject.column] += 1
        if len(self.kept) < MOST_KEPT:
            self.kept.append(reject)
        if self.sink is not None:
            self.sink.write(reject)

    def extend(self, rejects: Iterable[Reject]) -> None:
        """Append all of ``rejects``."""
        for reject in rejects:
            self.add(reject)


class RejectsFile:
    """A rejects file (CSV, UTF-8 with a byte-order mark for Excel) that appears when complete.

    Where nothing was rejected there is no file, and one of an earlier import is removed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        self._stream: IO[str] | None = None

    def __enter__(self) -> RejectsFile:
        return self

    def write(self, reject: Reject) -> None:
        """Append one line."""
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._partial.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._stream).writerow(REJECT_COLUMNS)
        csv.writer(self._stream).writerow(
            (reject.file, reject.line, reject.column, reject.value[:LONGEST_VALUE], reject.reason)
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is None:
            if kind is None:
                self.path.unlink(missing_ok=True)
            return
        if kind is None:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        self._stream.close()
        self._stream = None
        if kind is None:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)
