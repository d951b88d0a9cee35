"""Pages of long lists in routes: their parameters and their body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from service.paging import read_cursor, write_cursor

__all__ = ["CursorParam", "Page", "PageOut", "PageSize", "read_cursor", "write_cursor"]

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
