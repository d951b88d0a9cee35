"""Institutions: open to everybody who is signed in, kept by themselves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.records import Institution, InstitutionKind
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
from service.api.schemas.records import InstitutionIn, InstitutionOut
from service.serving.writing import tag_of

router = APIRouter(prefix="/v1/institutions", tags=["institutions"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_INSTITUTIONS)]
Word = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$")]


@router.get(
    "",
    response_model=PageOut[InstitutionOut],  # type: ignore[valid-type]
    summary="Institutions",
)
def list_institutions(
    sight: Reader,
    kind: InstitutionKind | None = None,
    province: Word = None,
    city: Word = None,
    cursor: CursorParam = None,
    n: PageSize = DEFAULT_N,
) -> Any:
    """List institutions by id; every filter that is given must be met."""
    wanted = {"kind": kind, "province": province, "city": city}
    after = read_cursor(cursor, str)
    filters = {name: value for name, value in wanted.items() if value is not None}
    page = sight.institutions(filters, after=after[0] if after else None, n=n)
    following = None if page.after is None else (page.after,)
    return {
        "items": [asdict(row) for row in page.items],
        "next_cursor": write_cursor(following),
    }


@router.get("/{record_id}", response_model=InstitutionOut, summary="One institution")
def show_institution(response: Response, sight: Reader, record_id: RecordId) -> Any:
    """Return the record; its `ETag` goes back in `If-Match` with a change."""
    found = sight.institution(record_id)
    set_tag(response, tag_of(found))
    return asdict(found)


add_writes(router, Noun(Institution, "institution", "institutions", InstitutionIn))
