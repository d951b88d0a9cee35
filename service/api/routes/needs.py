"""Needs: in full to who asks and to their base, else a teaser until the firm consents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.records import Need, NeedKind
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
from service.api.preconditions import set_tag
from service.api.schemas.records import NeedIn
from service.api.schemas.written import SeenNeedOut
from service.serving.writing import tag_of

router = APIRouter(prefix="/v1/needs", tags=["needs"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_NEEDS)]
Word = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$")]


@router.get("", response_model=PageOut[SeenNeedOut], summary="Needs as far as you may see them")
def list_needs(
    sight: Reader,
    firm_id: Word = None,
    base_id: Word = None,
    kind: NeedKind | None = None,
    stage: Word = None,
    cursor: CursorParam = None,
    n: PageSize = DEFAULT_N,
) -> Any:
    """List needs as far as you may see each; every filter that is given must be met.

    A filter on what a teaser does not show finds needs of firms that let you see it.
    """
    wanted = {"firm_id": firm_id, "base_id": base_id, "kind": kind, "stage": stage}
    after = read_cursor(cursor, str)
    filters = {name: value for name, value in wanted.items() if value is not None}
    page = sight.needs(filters, after=after[0] if after else None, n=n)
    following = None if page.after is None else (page.after,)
    return {
        "items": [row.plain() for row in page.items],
        "next_cursor": write_cursor(following),
    }


@router.get("/{record_id}", response_model=SeenNeedOut, summary="One need")
def show_need(response: Response, sight: Reader, record_id: RecordId) -> Any:
    """Return the need, by its id or your handle; in full it has an `ETag` for changes."""
    found = sight.need(record_id)
    if found.view is View.FULL:
        set_tag(response, tag_of(Need(**found.fields)))
    return found.plain()


add_writes(router, Noun(Need, "need", "needs", NeedIn))
