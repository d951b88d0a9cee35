"""Cursors: an opaque text that says where the next page of a long list begins.

A cursor holds the sort values of the last row that was sent, so that rows which come or go in
between shift nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
from typing import Any

from data.errors import ArgumentError


def write_cursor(after: tuple[str | int | float, ...] | None) -> str | None:
    """Return sort values as an opaque text, ``None`` for none."""
    if after is None:
        return None
    text = json.dumps(list(after), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(
    cursor: str | None, *types: type[str] | type[int] | type[float]
) -> tuple[Any, ...] | None:
    """Return the sort values inside a cursor; ``types`` are theirs, in order.

    Raises
    ------
    ArgumentError
        It is not a cursor of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if not (
        isinstance(values, list)
        and len(values) == len(types)
        and all(type(v) is kind for v, kind in zip(values, types, strict=True))
        and all(map(_storable, values))
    ):
        raise _foreign(cursor)
    return tuple(values)


def _storable(value: str | int | float) -> bool:
    """Return whether a database can compare with a value that somebody made up."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    return math.isfinite(value) and abs(value) < 2**63


def read_instant(text: str) -> dt.datetime:
    """Return an instant inside a cursor; raises as :func:`read_cursor` does."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _foreign(text)
    return instant


def _foreign(cursor: str) -> ArgumentError:
    return ArgumentError(
        f"cursor is not one of this list; got {cursor[:40]!r}.",
        field="cursor",
        remedy="Give back next_cursor as it came, or leave it out.",
    )
