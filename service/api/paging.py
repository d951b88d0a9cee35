"""Pages of long lists: an opaque cursor says where the next one begins.

A cursor holds the sort values of the last row that was sent, so that rows which come or go in
between shift nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from data.errors import ArgumentError

DEFAULT_N = 50
MOST_N = 200
MOST_CURSOR = 1_000
"""Characters; ours are far shorter."""

T = TypeVar("T")

PageSize = Annotated[int, Query(ge=1, le=MOST_N, description="Rows of one page.")]
CursorParam = Annotated[
    str | None,
    Query(
        alias="cursor",
        max_length=MOST_CURSOR,
        description="`next_cursor` of the page before; leave it out for the first page.",
    ),
]


class PageOut(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Give it back for the next page; null on the last one."
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page, and where the next one begins: the sort values of the last row."""

    items: list[T]
    after: tuple[str | int | float, ...] | None = None


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
    ):
        raise ArgumentError(
            f"cursor is not one of this list; got {cursor[:40]!r}.",
            field="cursor",
            remedy="Give back next_cursor as it came, or leave it out.",
        )
    return tuple(values)
