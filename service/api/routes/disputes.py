"""Disputes about records and scores, and whom to turn to at a firm."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from data.consent import Dispute
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import DOCUMENTED_SCHEMES, allow
from service.api.errors import ERROR_CASES
from service.api.paging import CursorParam, PageOut, PageSize, read_cursor, write_cursor
from service.api.schemas.consents import ContactsOut, DisputeAnswerIn, DisputeIn, DisputeOut
from service.api.schemas.words import WORD
from service.serving import disputes as serving
from service.serving.naming import contacts

router = APIRouter(
    prefix="/v1", tags=["disputes"], responses=ERROR_CASES, dependencies=DOCUMENTED_SCHEMES
)

Key = Annotated[str, Path(max_length=200, pattern=WORD)]


@router.post(
    "/firms/{firm_id}/disputes",
    response_model=DisputeOut,
    status_code=201,
    summary="Say that a record or a score is wrong",
)
def add_dispute(
    sight: Annotated[Sight, allow(Action.WRITE_DISPUTES)], firm_id: Key, body: DisputeIn
) -> Any:
    """Mark what is disputed; it is answered within 20 days."""
    opened = serving.open_dispute(
        sight,
        firm_id,
        kind=body.kind,
        subject_id=body.subject_id,
        field=body.field,
        statement=body.statement,
    )
    return _dispute(sight, opened)


@router.get("/disputes", response_model=PageOut[DisputeOut], summary="Disputes")
def list_disputes(
    sight: Annotated[Sight, allow(Action.READ_DISPUTES)],
    open_only: bool = False,
    overdue: Annotated[bool, Query(description="Only open ones past their last day.")] = False,
    n: PageSize = 50,
    cursor: CursorParam = None,
) -> Any:
    """Return a firm's own disputes, those about an institution's scores, or all."""
    values = read_cursor(cursor, str)
    after = None if values is None else str(values[0])
    listed = serving.disputes(sight, open_only=open_only, overdue=overdue, after=after, n=n)
    following = None if listed.after is None else (listed.after,)
    items = [_dispute(sight, one) for one in listed.items]
    return {"items": items, "next_cursor": write_cursor(following)}


@router.post("/disputes/{dispute_id}/answer", response_model=DisputeOut, summary="Answer a dispute")
def answer_dispute(
    sight: Annotated[Sight, allow(Action.ANSWER_DISPUTES)], dispute_id: Key, body: DisputeAnswerIn
) -> Any:
    """Close a dispute and take its mark away."""
    closed = serving.answer_dispute(sight, dispute_id, outcome=body.outcome, answer=body.answer)
    return _dispute(sight, closed)


@router.get(
    "/firms/{firm_id}/contacts",
    response_model=ContactsOut,
    tags=["firms"],
    summary="Whom to turn to at a firm",
)
def list_contacts(sight: Annotated[Sight, allow(Action.READ_FIRMS)], firm_id: Key) -> Any:
    """Return the people of a firm that consented to be contacted; the firm reads who asked."""
    return {"items": contacts(sight, firm_id)}


def _dispute(sight: Sight, dispute: Dispute) -> dict[str, Any]:
    values = {f.name: getattr(dispute, f.name) for f in dataclasses.fields(dispute)}
    late = dispute.answered_at is None and dispute.due_on < sight.now.date()
    return {**values, "firm": dispute.firm_id or None, "overdue": late}
