"""Finding the record that somebody means: by id, by name, or else the nearest ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from data.errors import UnknownIdError

if TYPE_CHECKING:
    import pyarrow as pa

    from data.catalogue import Side
    from service.console import Terminal

MOST_NEAR = 3
MOST_COMPARED = 50_000
"""Ids compared letter by letter: about a second; of larger sides the first ones are."""

LEAST_LIKENESS = 0.6


def find_record(sides: Sequence[Side], text: str, *, terminal: Terminal) -> tuple[Side, str]:
    """Return the side and the id that ``text`` means: an id, or a name that one record has.

    Where records of two sides have the name, that of the first side is meant.

    Raises
    ------
    UnknownIdError
        Nobody has this id or name, or several have the name; the message names the nearest.
    """
    for side in sides:
        if text in side.ids:
            return side, text
    for side in sides:
        named = _rows_named(side, text)
        if len(named) == 1:
            return side, side.ids.ids[named[0]]
        if named:
            near = [_shown(side, row) for row in named[:MOST_NEAR]]
            message = terminal.text("lookup.several", text=text, count=len(named))
            raise _unknown(terminal, message, near)
    near = [_shown(side, row) for side in sides for row in near_rows(side, text)]
    raise _unknown(terminal, terminal.text("lookup.none", text=text), near[:MOST_NEAR])


def _unknown(terminal: Terminal, message: str, near: Sequence[str]) -> UnknownIdError:
    listed = terminal.text("lookup.mark").join(near)
    remedy = "lookup.near" if near else "lookup.check"
    return UnknownIdError(message, field="id", remedy=terminal.text(remedy, near=listed))


def near_rows(side: Side, text: str) -> list[int]:
    """Return up to ``MOST_NEAR`` rows whose id or name holds ``text``, or is spelled like it."""
    for texts in _columns(side):
        rows = _holding(texts, text)
        if rows:
            return rows
    for texts in _columns(side):
        rows = _spelled_like(texts.slice(0, MOST_COMPARED).to_pylist(), text)
        if rows:
            return rows
    return []


def _columns(side: Side) -> Iterable[pa.ChunkedArray]:
    from data import columns as col
    from data.schema import ID_COLUMN

    yield side.table.column(ID_COLUMN[side.record_type])
    if col.NAME in side.table.column_names:
        yield side.table.column(col.NAME)


def _holding(texts: pa.ChunkedArray, text: str) -> list[int]:
    import pyarrow.compute as pc

    held = pc.fill_null(pc.match_substring(texts, text, ignore_case=True), False)
    return [int(row) for row in pc.indices_nonzero(held).slice(0, MOST_NEAR).to_pylist()]


def _spelled_like(texts: Sequence[str | None], text: str) -> list[int]:
    rows = {known: row for row, known in enumerate(texts) if known}
    found = difflib.get_close_matches(text, list(rows), n=MOST_NEAR, cutoff=LEAST_LIKENESS)
    return [rows[known] for known in found]


def _rows_named(side: Side, text: str) -> list[int]:
    import pyarrow.compute as pc

    from data import columns as col

    if col.NAME not in side.table.column_names:
        return []
    same = pc.fill_null(pc.equal(side.table.column(col.NAME), text), False)
    return [int(row) for row in pc.indices_nonzero(same).to_pylist()]


def _shown(side: Side, row: int) -> str:
    record = side.record(row)
    name = getattr(record, "name", None)
    return side.ids.ids[row] + (f" ({name})" if name else "")
