"""Roadshows: the list, and the way from participants to a first plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from data.errors import ArgumentError, FinMatchError, InputError, UnknownIdError
from matcher.roadshow.choices import Fairness
from service.access.policy import Action
from service.access.sight import Sight
from service.pages.access import opens
from service.pages.receiving import opens_upload, receive
from service.pages.rendering import Page, render
from service.pages.typed import FormReader, status_fault
from service.roadshow.carrying import is_scored
from service.roadshow.cells import RoadshowFileError
from service.roadshow.picking import LONGEST_MIN, MOST_SLOTS, SHORTEST_MIN, Hours, Session
from service.roadshow.template import write_template
from service.serving import roadshows as serving
from service.serving.roadshows import MOST_FILE_BYTES, Picks, PlanOptions
from service.settings import Language

DIAL = (Fairness.EFFICIENCY, Fairness.BALANCED, Fairness.EQUAL)
"""Positions of the dial, from value alone to equal shares."""
MOST_MEETINGS = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(prefix="/roadshows", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_ROADSHOWS)]
Writing = Annotated[Page, opens(Action.WRITE_ROADSHOWS)]
Sending = Annotated[Page, opens_upload(Action.WRITE_ROADSHOWS)]


def sight_of(page: Page) -> Sight:
    """Return what the reader sees; the pages of this room are never open to nobody."""
    assert page.sight is not None
    return page.sight


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """Return a file to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


@router.get("", name="page_roadshows")
def show_list(page: Reading) -> Response:
    """Show the roadshows of one's own organisation."""
    rows = serving.listing(sight_of(page))
    return render(page, "organizer/roadshows.html.jinja", rows=rows, active="/roadshows")


@router.get("/template.xlsx", name="page_roadshow_template")
def download_template(page: Writing) -> Response:
    """Give the workbook to fill in, in the language of the page."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roadshow.xlsx"
        write_template(path, chinese=page.language is Language.ZH)
        return attachment(path.read_bytes(), path.name, XLSX)


@router.get("/new", name="page_roadshow_new")
def show_new(page: Writing) -> Response:
    """Show how participants come in: by a workbook, or picked from the store."""
    return _new(page)


@router.post("/new/file", name="page_roadshow_sent")
async def take_file(page: Sending) -> Response:
    """Read a workbook: problems are shown in place, a sound one becomes a draft."""
    sight = sight_of(page)
    folder = serving.drafts_of(page.state, sight).incoming
    try:
        async with receive(page, folder, most_bytes=MOST_FILE_BYTES) as incoming:
            draft_id = await run_in_threadpool(
                serving.draft_from_file, page.state, sight, incoming.path, incoming.name or ""
            )
    except RoadshowFileError as error:
        return await run_in_threadpool(_new, page, troubles=error.troubles)
    except HTTPException as error:
        return await run_in_threadpool(_new, page, fault=status_fault(error))
    except InputError as error:
        return await run_in_threadpool(_new, page, detail=str(error))
    return RedirectResponse(f"/roadshows/drafts/{draft_id}", status_code=303)


@router.post("/new/picks", name="page_roadshow_picked")
async def take_picks(request: Request, page: Writing) -> Response:
    """Take participants of the store and the hours of the event."""
    form = await request.form()
    read = FormReader(form)
    firms = [key for key in form.getlist("firm") if isinstance(key, str)]
    institutions = [key for key in form.getlist("institution") if isinstance(key, str)]
    picks = _picks(read, firms, institutions)
    chosen = {"firms": firms, "institutions": institutions}
    if not firms:
        read.faults["firm"] = "roadshow.pick.nobody"
    if not institutions:
        read.faults["institution"] = "roadshow.pick.nobody"
    if picks is None or read.faults:
        return await run_in_threadpool(_new, page, read=read, chosen=chosen)
    try:
        draft_id = await run_in_threadpool(
            serving.draft_from_picks, page.state, sight_of(page), picks
        )
    except RoadshowFileError as error:
        return await run_in_threadpool(
            _new, page, read=read, chosen=chosen, troubles=error.troubles
        )
    except (ArgumentError, UnknownIdError) as error:
        return await run_in_threadpool(_new, page, read=read, chosen=chosen, detail=str(error))
    return RedirectResponse(f"/roadshows/drafts/{draft_id}", status_code=303)


def _picks(read: FormReader, firms: list[str], institutions: list[str]) -> Picks | None:
    name = read.typed("name", required=True)
    day = read.day("day", required=True)
    minutes = read.count("minutes", least=SHORTEST_MIN, most=LONGEST_MIN, required=True)
    tables = read.count("tables", most=1_000)
    sessions = []
    for part in ("morning", "afternoon"):
        begins = read.time(part)
        n_slots = read.count(f"{part}_slots", most=MOST_SLOTS)
        if begins is not None and n_slots:
            sessions.append(Session(title=part, begins=begins, n_slots=n_slots))
    if not sessions:
        read.faults.setdefault("morning", "roadshow.pick.no_slots")
    if read.faults or name is None or day is None or minutes is None:
        return None
    hours = Hours(day=day, sessions=tuple(sessions), slot_minutes=minutes)
    return Picks(
        name=name,
        firm_keys=firms,
        institution_ids=institutions,
        hours=hours,
        tables=tables or 0,
    )


def _new(page: Page, **found: Any) -> Response:
    """Return the page on which a roadshow begins, with what is wrong in place."""
    sight = sight_of(page)
    read = found.get("read")
    values = {
        "minutes": "20",
        "morning": "09:00",
        "morning_slots": "6",
        "afternoon": "13:30",
        "afternoon_slots": "6",
        "day": (sight.now.date() + dt.timedelta(days=30)).isoformat(),
    }
    return render(
        page,
        "organizer/new.html.jinja",
        status=422 if found else 200,
        active="/roadshows",
        firms=serving.pickable_firms(sight),
        institutions=serving.pickable_institutions(sight),
        chosen=found.get("chosen", {"firms": [], "institutions": []}),
        values=values if read is None else read.values,
        faults={} if read is None else read.faults,
        troubles=found.get("troubles", []),
        fault=found.get("fault"),
        detail=found.get("detail"),
        most_mib=MOST_FILE_BYTES >> 20,
    )


# -- drafts ----------------------------------------------------------------------------------------


@router.get("/drafts/{draft_id}", name="page_roadshow_draft")
def show_draft(page: Writing, draft_id: str) -> Response:
    """Show who takes part, and what can be chosen before planning."""
    return _draft(page, draft_id)


@router.get("/drafts/{draft_id}/dial", name="page_roadshow_dial")
def show_dial(page: Writing, draft_id: str) -> Response:
    """Show what each place of the dial would give: values, the firm with least, who is left out."""
    found = serving.dial_of(page.state, sight_of(page), draft_id)
    return render(page, "organizer/dial.html.jinja", found=found, dial=DIAL)


@router.post("/drafts/{draft_id}", name="page_roadshow_planned")
async def take_draft(request: Request, page: Writing, draft_id: str) -> Response:
    """Plan a draft, at once or as a job."""
    read = FormReader(await request.form())
    options = _options(read)
    if options is None:
        return await run_in_threadpool(_draft, page, draft_id, read=read)
    try:
        asked = await run_in_threadpool(
            serving.plan_draft, page.state, sight_of(page), draft_id, options
        )
    except RoadshowFileError as error:
        return await run_in_threadpool(_draft, page, draft_id, read=read, troubles=error.troubles)
    return asked_page(asked)


def asked_page(asked: serving.Asked, *, view: str = "") -> Response:
    """Lead to the plan, or to the job that makes it."""
    if asked.job is not None:
        return RedirectResponse(f"/roadshows/jobs/{asked.job.job_id}", status_code=303)
    return RedirectResponse(f"/roadshows/{asked.roadshow_id}{view}", status_code=303)


def _options(read: FormReader) -> PlanOptions | None:
    position = read.count("dial", most=len(DIAL) - 1)
    sides = {
        name: read.count(name, most=MOST_MEETINGS)
        for name in ("firm_min", "firm_max", "institution_min", "institution_max", "max_idle")
    }
    options = PlanOptions(
        name=read.typed("name", required=True),
        fairness=None if position is None else DIAL[position],
        seed=read.count("seed", most=2**31 - 1),
        **sides,
    )
    return None if read.faults else options


def _draft(
    page: Page, draft_id: str, *, read: FormReader | None = None, troubles: Any = ()
) -> Response:
    draft = serving.get_draft(page.state, sight_of(page), draft_id)
    problem = draft.problem
    values = {
        "name": problem.name,
        "dial": str(DIAL.index(problem.options.fairness)),
        "max_idle": "" if problem.options.max_idle is None else str(problem.options.max_idle),
        "seed": str(problem.options.seed),
    }
    return render(
        page,
        "organizer/draft.html.jinja",
        status=200 if read is None else 422,
        active="/roadshows",
        draft=draft,
        problem=problem,
        scored=is_scored(problem),
        small=serving.is_small(problem),
        values=values if read is None else read.values,
        faults={} if read is None else read.faults,
        troubles=troubles,
        dial=DIAL,
        most=MOST_MEETINGS,
    )


# -- jobs that plan --------------------------------------------------------------------------------


@router.get("/jobs/{job_id}", name="page_roadshow_job")
def show_job(request: Request, page: Writing, job_id: str) -> Response:
    """Show how far the planning is; htmx asks again until it is over."""
    job = serving.planning_job(page.state, sight_of(page), job_id)
    roadshow_id = str(job.arguments["roadshow_id"])
    by_htmx = "HX-Request" in request.headers
    if job.state.value == "succeeded":
        place = f"/roadshows/{roadshow_id}?view=changes"
        if by_htmx:
            return Response(status_code=204, headers={"HX-Redirect": place})
        return RedirectResponse(place, status_code=303)
    name = "organizer/progress.html.jinja" if by_htmx else "organizer/job.html.jinja"
    return render(page, name, job=job, active="/roadshows")


@router.post("/jobs/{job_id}/stop", name="page_roadshow_stopped")
def stop_job(page: Writing, job_id: str) -> Response:
    """End the planning; the roadshow stays as it was."""
    serving.stop_planning(page.state, sight_of(page), job_id)
    return RedirectResponse(f"/roadshows/jobs/{job_id}", status_code=303)


def trouble_page(page: Page, error: FinMatchError, *, back: str) -> Response:
    """Show why a change to a plan is not possible, and the way back."""
    troubles = error.troubles if isinstance(error, RoadshowFileError) else []
    return render(
        page,
        "organizer/troubles.html.jinja",
        status=422,
        active="/roadshows",
        troubles=troubles,
        code=error.code,
        detail=None if troubles else str(error),
        back=back,
    )
