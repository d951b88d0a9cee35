"""The day itself: who came and what came of each meeting, told on a phone or by a workbook."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from data.errors import InputError
from matcher.roadshow.choices import State
from matcher.roadshow.lifecycle import Attendance, Outcome, Report
from matcher.roadshow.problem import Slot
from service.access.policy import Action
from service.pages.access import opens
from service.pages.faults import HX_REQUEST
from service.pages.receiving import receive
from service.pages.rendering import Page, render
from service.pages.typed import FormReader, status_fault
from service.pages.views.roadshow import words_of
from service.pages.views.roadshows import Sending, sight_of, trouble_page
from service.roadshow.grids import by_slot
from service.serving import roadshows as serving
from service.serving.roadshows import MOST_FILE_BYTES

MOST_NOTE = 500

router = APIRouter(prefix="/roadshows", include_in_schema=False)

Writing = Annotated[Page, opens(Action.WRITE_ROADSHOWS)]


@router.get("/{roadshow_id}/day", name="page_roadshow_day")
def show_day(
    page: Writing, roadshow_id: str, slot: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """Show the meetings of a slot, by default of the one under way."""
    sight = sight_of(page)
    kept = serving.load(sight, roadshow_id)
    words = words_of(page, kept)
    rows = by_slot(words)
    slots = [one for one, _ in rows]
    chosen = next((one for one in slots if one.slot_id == slot), None) or _under_way(page, slots)
    return render(
        page,
        "organizer/day.html.jinja",
        active="/roadshows",
        kept=kept,
        words=words,
        slots=slots,
        chosen=chosen,
        meetings=[] if chosen is None else {s.slot_id: m for s, m in rows}[chosen.slot_id],
        reports=serving.reports_of(sight, roadshow_id),
        open_for_reports=kept.state in (State.RUNNING, State.CLOSED),
        **_choices(),
    )


def _under_way(page: Page, slots: list[Slot]) -> Slot | None:
    """Return the slot that began last, else the first."""
    begun = [one for one in slots if one.starts_at <= sight_of(page).now]
    return begun[-1] if begun else next(iter(slots), None)


def _choices() -> dict[str, Any]:
    return {"attendances": list(Attendance), "outcomes": list(Outcome)}


@router.post("/{roadshow_id}/day", name="page_roadshow_reported")
async def take_report(request: Request, page: Writing, roadshow_id: str) -> Response:
    """Keep what came of one meeting."""
    read = FormReader(await request.form())
    return await run_in_threadpool(_report, page, roadshow_id, read)


def _report(page: Page, roadshow_id: str, read: FormReader) -> Response:
    sight = sight_of(page)
    firm, institution = read.typed("firm") or "", read.typed("institution") or ""
    came, became = read.typed("attendance"), read.typed("outcome")
    follow_up, on = read.day("follow_up_on"), read.day("outcome_on")
    note = read.typed("note", most=MOST_NOTE) or ""
    if came is None and (became or follow_up):
        came = Attendance.ATTENDED.value
    if came not in set(Attendance):
        read.faults["attendance"] = "typed.required"
    if became is not None and became not in set(Outcome):
        read.faults["outcome"] = "typed.required"
    back = f"/roadshows/{roadshow_id}/day"
    if not read.faults:
        report = Report(
            firm_id=firm,
            institution_id=institution,
            attendance=Attendance(came or ""),
            outcome=None if became is None else Outcome(became),
            outcome_on=on,
            follow_up_on=follow_up,
            note=note,
        )
        try:
            serving.record(sight, roadshow_id, [report])
        except InputError as error:
            return trouble_page(page, error, back=back)
    kept = serving.load(sight, roadshow_id)
    meeting = next((m for m in kept.plan.meetings if m.pair == (firm, institution)), None)
    if meeting is None or (not read.faults and HX_REQUEST not in page.request.headers):
        place = "" if meeting is None else f"?slot={meeting.slot_id}"
        return RedirectResponse(f"{back}{place}", status_code=303)
    return render(
        page,
        "organizer/report_answer.html.jinja",
        status=422 if read.faults else 200,
        active="/roadshows",
        kept=kept,
        words=words_of(page, kept),
        meeting=meeting,
        reports=serving.reports_of(sight, roadshow_id),
        faults=read.faults,
        typed=read.values if read.faults else None,
        whole=HX_REQUEST not in page.request.headers,
        saved=not read.faults,
        **_choices(),
    )


@router.post("/{roadshow_id}/outcomes", name="page_roadshow_outcomes")
async def take_outcomes(page: Sending, roadshow_id: str) -> Response:
    """Read outcomes from a filled-in workbook."""
    sight, back = sight_of(page), f"/roadshows/{roadshow_id}/day"
    folder = serving.drafts_of(page.state, sight).incoming
    try:
        async with receive(page, folder, most_bytes=MOST_FILE_BYTES) as incoming:
            await run_in_threadpool(
                serving.record_file, sight, roadshow_id, incoming.path, incoming.name or ""
            )
    except HTTPException as error:
        fault = InputError(page.say(status_fault(error)), field="file")
        return trouble_page(page, fault, back=back)
    except InputError as error:
        return trouble_page(page, error, back=back)
    return RedirectResponse(back, status_code=303)
