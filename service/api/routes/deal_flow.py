"""The pipeline (项目库) of an institution: stages, notes, assignment, reminders."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from data.consent import Purpose
from data.deal_flow import Stage, next_stages
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import DOCUMENTED_SCHEMES, allow
from service.api.errors import ERROR_CASES
from service.api.paging import CursorParam, PageOut, PageSize, read_cursor, write_cursor
from service.api.schemas.deal_flow import (
    AssignmentIn,
    DealDetailsOut,
    DealIn,
    DealOut,
    MoveIn,
    NoteIn,
    NoteOut,
    ReminderIn,
    ReminderOut,
    RemindersOut,
    StageCountsOut,
)
from service.api.schemas.words import WORD
from service.serving import deal_flow as serving

router = APIRouter(
    prefix="/v1/institutions/{institution_id}",
    tags=["pipeline"],
    responses=ERROR_CASES,
    dependencies=DOCUMENTED_SCHEMES,
)

Reader = Annotated[Sight, allow(Action.READ_PIPELINE)]
Writer = Annotated[Sight, allow(Action.WRITE_PIPELINE)]
Key = Annotated[str, Path(max_length=200, pattern=WORD)]


@router.get("/pipeline", response_model=PageOut[DealOut], summary="Firms in the pipeline")
def list_deals(
    sight: Reader,
    institution_id: Key,
    stage: Annotated[list[Stage] | None, Query(max_length=len(Stage))] = None,
    assigned_to: Annotated[str | None, Query(max_length=200, pattern=WORD)] = None,
    n: PageSize = 50,
    cursor: CursorParam = None,
) -> Any:
    """Return the entries of an institution, in some stages or all, of one person or all."""
    values = read_cursor(cursor, str)
    listed = serving.deals(
        sight,
        institution_id,
        stages=stage,
        assigned_to=assigned_to,
        after=None if values is None else str(values[0]),
        n=n,
    )
    following = None if listed.after is None else (listed.after,)
    return {"items": [_deal(one) for one in listed.items], "next_cursor": write_cursor(following)}


@router.post(
    "/pipeline", response_model=DealOut, status_code=201, summary="Put a firm into the pipeline"
)
def open_deal(sight: Writer, institution_id: Key, body: DealIn) -> Any:
    """Begin an entry for a firm, as a whole or with one of its needs; each stands there once."""
    opened = serving.open_deal(
        sight, institution_id, body.firm, need_key=body.need, offer_id=body.offer_id
    )
    return _deal(opened)


@router.get("/pipeline/counts", response_model=StageCountsOut, summary="Entries in each stage")
def count_deals(sight: Reader, institution_id: Key) -> Any:
    """Return how many entries are in each stage."""
    counts = serving.stage_counts(sight, institution_id)
    return {"counts": {stage.value: counts.get(stage, 0) for stage in Stage}}


@router.get("/pipeline/{entry_id}", response_model=DealDetailsOut, summary="One entry in full")
def get_deal(
    sight: Reader,
    institution_id: Key,
    entry_id: Key,
    purpose: Annotated[
        Purpose | None, Query(description="A firm may show more for due diligence.")
    ] = None,
) -> Any:
    """Return an entry with its history, notes and reminders."""
    return _details(serving.deal(sight, institution_id, entry_id, purpose=purpose))


@router.post(
    "/pipeline/{entry_id}/moves", response_model=DealDetailsOut, summary="Move an entry on"
)
def move_deal(sight: Writer, institution_id: Key, entry_id: Key, body: MoveIn) -> Any:
    """Move an entry to a later stage, pass on it with a reason, or take it up again."""
    moved = serving.move_deal(
        sight,
        institution_id,
        entry_id,
        body.to,
        reason=body.reason,
        offer_id=body.offer_id,
        amount_minor=body.amount_minor,
        currency=body.currency,
    )
    return _details(moved)


@router.put(
    "/pipeline/{entry_id}/assignment", response_model=DealDetailsOut, summary="Assign an entry"
)
def assign_deal(sight: Writer, institution_id: Key, entry_id: Key, body: AssignmentIn) -> Any:
    """Give an entry to a colleague, or to nobody."""
    return _details(serving.assign_deal(sight, institution_id, entry_id, body.person_id))


@router.post(
    "/pipeline/{entry_id}/notes", response_model=NoteOut, status_code=201, summary="Add a note"
)
def add_note(sight: Writer, institution_id: Key, entry_id: Key, body: NoteIn) -> Any:
    """Write something down; only the institution reads it."""
    return dataclasses.asdict(serving.add_note(sight, institution_id, entry_id, body.text))


@router.post(
    "/pipeline/{entry_id}/reminders",
    response_model=ReminderOut,
    status_code=201,
    summary="Ask to be reminded",
)
def add_reminder(sight: Writer, institution_id: Key, entry_id: Key, body: ReminderIn) -> Any:
    """Note what is to be done by a day."""
    made = serving.add_reminder(
        sight,
        institution_id,
        entry_id,
        due_on=body.due_on,
        text=body.text,
        assigned_to=body.assigned_to,
    )
    return dataclasses.asdict(made)


@router.get("/reminders", response_model=RemindersOut, summary="What is to be done")
def list_reminders(
    sight: Reader,
    institution_id: Key,
    open_only: bool = True,
    due_by: dt.date | None = None,
    n: PageSize = 50,
) -> Any:
    """Return reminders of an institution, the one due first first."""
    found = serving.reminders(sight, institution_id, open_only=open_only, due_by=due_by, n=n)
    return {"items": [dataclasses.asdict(one) for one in found]}


@router.post(
    "/reminders/{reminder_id}/done", response_model=ReminderOut, summary="Mark a reminder as done"
)
def finish_reminder(sight: Writer, institution_id: Key, reminder_id: Key) -> Any:
    """Close a reminder."""
    return dataclasses.asdict(serving.finish_reminder(sight, institution_id, reminder_id))


def _deal(seen: serving.SeenDeal) -> dict[str, Any]:
    return {
        **dataclasses.asdict(seen.entry),
        "next_stages": list(next_stages(seen.entry.stage)),
        "firm": None if seen.firm is None else seen.firm.plain(),
        "need": seen.need_key,
    }


def _details(found: serving.DealDetails) -> dict[str, Any]:
    return {
        **_deal(found.deal),
        "moves": [dataclasses.asdict(one) for one in found.moves],
        "notes": [dataclasses.asdict(one) for one in found.notes],
        "reminders": [dataclasses.asdict(one) for one in found.reminders],
    }
