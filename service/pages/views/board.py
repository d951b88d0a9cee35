"""The board of an institution's deal flow: every stage a column, every firm a card."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from data.deal_flow import EVENT_OF, ORDER, Stage, next_stages
from data.errors import ArgumentError, ConflictError
from service.access.policy import Action
from service.pages.access import opens
from service.pages.institution import (
    colleagues,
    done,
    institution_of,
    names_of,
    nobodys,
    own_offers,
    said,
    sight_of,
)
from service.pages.rendering import Page, render
from service.pages.views.account import safe_path
from service.serving import deal_flow
from service.serving.deal_flow import SeenDeal

MOST_CARDS = 500
MOST_REMINDERS = 50
DUE_DAYS = 7
"""How far ahead reminders are shown."""
BOARD = "/pipeline/board"
FAULTS = {"to": "board.cannot_follow", "reason": "board.needs_reason", "offer_id": "board.which"}
"""What is said of a move that cannot be, by the field that is at fault."""

router = APIRouter(prefix="/pipeline", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_PIPELINE)]
Writing = Annotated[Page, opens(Action.WRITE_PIPELINE)]
Text = Annotated[str, Form(max_length=5_000)]
Back = Annotated[str, Form(max_length=2_000)]


@router.get("/board", name="page_board")
def show_board(page: Reading, mine: bool = False, fault: str = "", entry: str = "") -> Response:
    """Show every firm of the pipeline by stage, and what is due."""
    if institution_of(page) is None:
        return nobodys(page)
    return board(page, mine=mine, fault=FAULTS.get(fault), entry_id=entry)


def board(
    page: Page, *, mine: bool = False, fault: str | None = None, entry_id: str = "",
    status: int = 200, typed: str = "",
) -> Response:  # fmt: skip
    """Return the board, with a fault beside the card of an entry."""
    sight, institution_id = sight_of(page), institution_of(page) or ""
    listed = deal_flow.deals(
        sight,
        institution_id,
        assigned_to=sight.principal.person_id if mine else None,
        n=MOST_CARDS,
    )
    by_stage: dict[Stage, list[SeenDeal]] = {stage: [] for stage in Stage}
    for one in sorted(listed.items, key=lambda one: one.entry.changed_at, reverse=True):
        by_stage[one.entry.stage].append(one)
    by = page.state.clock().date() + dt.timedelta(days=DUE_DAYS)
    due = deal_flow.reminders(sight, institution_id, open_only=True, due_by=by, n=MOST_REMINDERS)
    return render(
        page,
        "institution/board.html.jinja",
        status=status,
        active=BOARD,
        by_stage=by_stage,
        order=ORDER,
        counts=deal_flow.stage_counts(sight, institution_id),
        more=listed.after is not None,
        due=due,
        today=page.state.clock().date(),
        of_entry={one.entry.entry_id: one for one in listed.items},
        mine=mine,
        fault=fault,
        fault_entry=entry_id,
        typed=typed,
        said=said(page),
        **choices(page),
    )


def choices(page: Page) -> dict[str, Any]:
    """Return what the forms of an entry offer to choose from."""
    return {
        "offers": own_offers(page),
        "names": names_of(page),
        "colleagues": colleagues(page),
        "next_stages": next_stages,
        "with_offer": {stage.value for stage in EVENT_OF},
    }


@router.post("/deals/{entry_id}/move", name="page_deal_move")
def move(
    page: Writing,
    entry_id: str,
    to: Annotated[Stage, Form()],
    reason: Text = "",
    offer_id: Annotated[str, Form(max_length=200)] = "",
    back: Back = BOARD,
) -> Response:
    """Move an entry on; a move that cannot be comes back beside its card."""
    institution_id = institution_of(page) or ""
    try:
        deal_flow.move_deal(
            sight_of(page), institution_id, entry_id, to, reason=reason, offer_id=offer_id or None
        )
    except (ArgumentError, ConflictError) as error:
        key = FAULTS.get(error.field or "", "board.moved_meanwhile")
        return board(page, fault=key, entry_id=entry_id, status=422, typed=reason)
    return done(safe_path(back), "moved")


@router.post("/deals/{entry_id}/assignment", name="page_deal_assign")
def assign(
    page: Writing, entry_id: str, person: Annotated[str, Form(max_length=200)], back: Back = BOARD
) -> Response:
    """Give an entry to a colleague, or to nobody."""
    deal_flow.assign_deal(sight_of(page), institution_of(page) or "", entry_id, person or None)
    return done(safe_path(back), "assigned", n=1)


@router.post("/deals/{entry_id}/notes", name="page_deal_note")
def add_note(page: Writing, entry_id: str, text: Text, back: Back = BOARD) -> Response:
    """Write something down."""
    if text.strip():
        deal_flow.add_note(sight_of(page), institution_of(page) or "", entry_id, text.strip())
    return done(safe_path(back), "noted" if text.strip() else "nothing")


@router.post("/deals/{entry_id}/reminders", name="page_deal_remind")
def add_reminder(
    page: Writing,
    entry_id: str,
    due_on: Annotated[dt.date, Form()],
    text: Annotated[str, Form(max_length=200)],
    person: Annotated[str, Form(max_length=200)] = "",
    back: Back = BOARD,
) -> Response:
    """Ask to be reminded by a day."""
    deal_flow.add_reminder(
        sight_of(page),
        institution_of(page) or "",
        entry_id,
        due_on=due_on,
        text=text.strip(),
        assigned_to=person or None,
    )
    return done(safe_path(back), "reminded")


@router.post("/reminders/{reminder_id}/done", name="page_reminder_done")
def finish_reminder(page: Writing, reminder_id: str, back: Back = BOARD) -> Response:
    """Close a reminder; one that a colleague closed just now is closed."""
    try:
        deal_flow.finish_reminder(sight_of(page), institution_of(page) or "", reminder_id)
    except ConflictError:
        return done(safe_path(back), "finished")
    return done(safe_path(back), "finished")
