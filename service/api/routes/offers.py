"""Offers and their terms: for everybody who is signed in and for nobody else."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.records import NeedKind, Offer
from service.access.policy import Action
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
from service.api.schemas.records import OfferIn, OfferOut
from service.serving.writing import tag_of

router = APIRouter(prefix="/v1/offers", tags=["offers"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_OFFERS)]
Word = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$")]


@router.get(
    "",
    response_model=PageOut[OfferOut],  # type: ignore[valid-type]
    summary="Offers",
)
def list_offers(
    sight: Reader,
    institution_id: Word = None,
    kind: NeedKind | None = None,
    cursor: CursorParam = None,
    n: PageSize = DEFAULT_N,
) -> Any:
    """List offers by id; every filter that is given must be met."""
    wanted = {"institution_id": institution_id, "kind": kind}
    after = read_cursor(cursor, str)
    filters = {name: value for name, value in wanted.items() if value is not None}
    page = sight.offers(filters, after=after[0] if after else None, n=n)
    following = None if page.after is None else (page.after,)
    return {
        "items": [asdict(row) for row in page.items],
        "next_cursor": write_cursor(following),
    }


@router.get("/{record_id}", response_model=OfferOut, summary="One offer with its terms")
def show_offer(response: Response, sight: Reader, record_id: RecordId) -> Any:
    """Return the record; its `ETag` goes back in `If-Match` with a change."""
    found = sight.offer(record_id)
    set_tag(response, tag_of(found))
    return asdict(found)


add_writes(router, Noun(Offer, "offer", "offers", OfferIn))
