"""Files of JSON lines as sheets: one object a line, its keys are the headers."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import EmptyInputError, InputError
from data.importers.sheets import BadRow, Batch, CellText, batch_of, checked_headers

LONGEST_LINE = 1 << 20
"""Characters; an object of a record has some hundreds."""

MOST_HEADERS = 1_000
LIST_MARK = ";"
"""Joins the items of a list, as a cell of a CSV file would write it."""

NO_OBJECT = "The line is no JSON object."


@dataclass(frozen=True)
class JsonSheet:
    """A file of JSON lines; lines are counted from 1."""

    file: Path
    headers: tuple[str, ...]
    n_rows: int | None
    name: str = ""

    def batches(self, size: int) -> Iterator[Batch]:
        """Give the rows, ``size`` at a time; blank lines are skipped, lines without object bad."""
        lines = _lines(self.file)
        while block := list(itertools.islice(lines, size)):
            objects = [(number, line, _object(line)) for number, line in block]
            good = [(number, found) for number, _, found in objects if found is not None]
            bad = [
                BadRow(number, line.strip(), NO_OBJECT)
                for number, line, found in objects
                if found is None
            ]
            rows = [[_text(found.get(header)) for header in self.headers] for _, found in good]
            batch = batch_of(rows, [number for number, _ in good], self.headers)
            yield dataclasses.replace(batch, bad=(*batch.bad, *bad))


def open_json_lines(path: Path) -> JsonSheet:
    """Collect the keys of all objects in a file of JSON lines.

    Raises
    ------
    EmptyInputError
        No line holds an object with a key.
    InputError
        There are more keys than a table has columns, or the file is not UTF-8.
    """
    headers: dict[str, None] = {}
    n_rows = 0
    for _, line in _lines(path):
        n_rows += 1
        headers |= dict.fromkeys(_object(line) or {})
        if len(headers) > MOST_HEADERS:
            raise InputError(
                f"{path.name} has more than {MOST_HEADERS} different keys.",
                field="data",
                remedy="Give one flat object a line, all with the same keys.",
            )
    if not headers:
        raise EmptyInputError(
            f"{path.name} holds no JSON object.",
            field="data",
            remedy='Give one object a line, such as {"name": "...", "city": "..."}.',
        )
    return JsonSheet(path, checked_headers(list(headers), path.name), n_rows)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give the lines that are not blank, with their numbers; what is too long is cut."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            number = 0
            while line := stream.readline(LONGEST_LINE + 1):
                number += 1
                whole = line
                while whole and not whole.endswith("\n") and len(whole) > LONGEST_LINE:
                    whole = stream.readline(LONGEST_LINE + 1)  # the rest of a line too long
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is not UTF-8.", field="data", remedy="Write JSON lines as UTF-8."
        ) from error


def _object(line: str) -> dict[str, Any] | None:
    """Return the object that a line holds; ``None`` where it holds none."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        content = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return {" ".join(key.split()): value for key, value in content.items()}


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _text(value: Any) -> CellText:
    """Return a value as a cell of a table would show it; what is nested is left as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return LIST_MARK.join(_text(item) or "" for item in value)
    return json.dumps(value, ensure_ascii=False)
