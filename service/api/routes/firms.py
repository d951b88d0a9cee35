"""Firms: in full to themselves and their base, else a teaser until they consent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.records import Firm, SizeClass
from service.access.policy import Action
from service.access.seen import View
from service.access.sight import Sight
from service.api.crud import Noun, RecordId, add_writes
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import (
    DEFAULT_N,
    CursorParam,
    PageOut,
    PageSize,
    read_cursor,
    write_cursor,
)
from service.api.preconditions import CHANGED, Expected, set_tag
from service.api.schemas.records import FirmIn
from service.api.schemas.written import ErasedOut, SeenFirmOut
from service.serving.writing import erase_firm, tag_of

router = APIRouter(prefix="/v1/firms", tags=["firms"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_FIRMS)]
Word = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$")]


@router.get("", response_model=PageOut[SeenFirmOut], summary="Firms as far as you may see them")
def list_firms(
    sight: Reader,
    base_id: Word = None,
    province: Word = None,
    city: Word = None,
    industry: Word = None,
    sectors: Word = None,
    size_class: SizeClass | None = None,
    cursor: CursorParam = None,
    n: PageSize = DEFAULT_N,
) -> Any:
    """List firms as far as you may see each; every filter that is given must be met.

    A filter on what a teaser does not show finds firms that let you see it.
    """
    wanted = {
        "base_id": base_id,
        "province": province,
        "city": city,
        "industry": industry,
        "sectors": sectors,
        "size_class": size_class,
    }
    after = read_cursor(cursor, str)
    filters = {name: value for name, value in wanted.items() if value is not None}
    page = sight.firms(filters, after=after[0] if after else None, n=n)
    following = None if page.after is None else (page.after,)
    return {
        "items": [row.plain() for row in page.items],
        "next_cursor": write_cursor(following),
    }


@router.get("/{record_id}", response_model=SeenFirmOut, summary="One firm")
def show_firm(response: Response, sight: Reader, record_id: RecordId) -> Any:
    """Return the firm, by its id or your handle; in full it has an `ETag` for changes."""
    found = sight.firm(record_id)
    if found.view is View.FULL:
        set_tag(response, tag_of(Firm(**found.fields)))
    return found.plain()


@router.delete(
    "/{record_id}", response_model=ErasedOut, responses=CHANGED, summary="Erase a firm for good"
)
def delete_firm(
    sight: Annotated[Sight, allow(Action.DELETE_DATA)], record_id: RecordId, expected: Expected
) -> ErasedOut:
    """Delete a firm with its needs, events and ratings; refused (409) under a legal hold."""
    return ErasedOut(erased=erase_firm(sight, record_id, condition=expected))


add_writes(router, Noun(Firm, "firm", "firms", FirmIn), deletable=False)
