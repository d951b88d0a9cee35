"""Jobs and the board of data quality, which shows what the last check found."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from data.errors import FinMatchError, ForbiddenError, InputError, OverloadError
from data.jobs import JobState
from service.access.policy import Action, Reach, reach
from service.access.sight import Sight
from service.jobs.folders import JobFolders
from service.jobs.kinds import BY_OTHER_ROUTES, DATA_SETS, KINDS
from service.messages import MESSAGES
from service.pages.access import opens
from service.pages.faults import HX_REQUEST
from service.pages.rendering import Page, render
from service.pages.typed import FormReader
from service.pages.views.roadshows import sight_of
from service.serving import jobs as serving
from service.settings import Language

PER_PAGE = 30
LOG_LINES = 200
MOST_SEQ = 2**62
OFFERED = ("train", "evaluate", "import", "validate", "reindex")
"""Kinds that have a form here."""
VALIDATE = "validate"

router = APIRouter(include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_JOBS)]
Running = Annotated[Page, opens(Action.RUN_JOBS)]
Checking = Annotated[Page, opens(Action.READ_QUALITY)]


@router.get("/jobs", name="page_jobs")
def show_list(
    page: Reading, before: Annotated[int | None, Query(ge=1, le=MOST_SEQ)] = None
) -> Response:
    """Show jobs, the newest first; rows that run ask for themselves again."""
    return _list(page, before=before)


@router.post("/jobs", name="page_job_asked")
async def ask(request: Request, page: Running) -> Response:
    """Start a job."""
    read = FormReader(await request.form())
    return await run_in_threadpool(_ask, page, read)


def _ask(page: Page, read: FormReader) -> Response:
    kind = read.typed("kind", required=True) or ""
    arguments: dict[str, Any] = {}
    for name in ("source", "place", "name"):
        arguments[name] = read.typed(name)
    for name in ("as_of", "split_at", "until"):
        day = read.day(name)
        arguments[name] = None if day is None else day.isoformat()
    for name in ("promote", "baselines", "dry_run"):
        if f"has_{name}" in read.values:
            arguments[name] = read.values.get(name) == "true"
    given = {k: v for k, v in arguments.items() if v is not None}
    if read.faults or kind not in OFFERED:
        return _list(page, read=read)
    try:
        job = serving.ask_for_job(page.state, sight_of(page), kind, arguments=given)
    except ForbiddenError:
        raise
    except (InputError, OverloadError) as error:
        return _list(page, read=read, fault=error)
    place = "/quality" if read.values.get("back") == "quality" else f"/jobs/{job.job_id}"
    return RedirectResponse(place, status_code=303)


def _list(
    page: Page,
    *,
    before: int | None = None,
    read: FormReader | None = None,
    fault: FinMatchError | None = None,
) -> Response:
    sight = sight_of(page)
    jobs = serving.find_jobs(page.state, sight, before=before, n=PER_PAGE + 1)
    by_htmx = HX_REQUEST in page.request.headers
    return render(
        page,
        "evaluator/job_rows.html.jinja" if by_htmx else "evaluator/jobs.html.jinja",
        status=200 if read is None else 422,
        active="/jobs",
        jobs=jobs[:PER_PAGE],
        following=jobs[PER_PAGE - 1].seq if len(jobs) > PER_PAGE else None,
        before=before,
        busy=any(not one.ended for one in jobs),
        startable=startable(sight),
        cancels=reach(sight.principal.role, Action.RUN_JOBS) is not Reach.NONE,
        sets=DATA_SETS,
        places=_places(page),
        values={} if read is None else read.values,
        faults={} if read is None else read.faults,
        fault=fault,
        step=lambda phrase: step_words(page, phrase),
    )


def startable(sight: Sight) -> list[str]:
    """Return the kinds that the reader may start here."""
    limit = reach(sight.principal.role, Action.RUN_JOBS)
    if limit is Reach.NONE:
        return []
    return [
        kind
        for kind in OFFERED
        if kind not in BY_OTHER_ROUTES
        and (limit is Reach.ALL or sight.principal.role in KINDS[kind].roles)
    ]


def step_words(page: Page, phrase: str) -> str:
    """Return the words for a step of a job."""
    message = MESSAGES.get(f"step.{phrase}")
    if message is None:
        return ""
    return message.zh if page.language is Language.ZH else message.en


def _places(page: Page) -> list[str]:
    """Return the folders of sets that jobs may read."""
    root = JobFolders(page.state.settings.home).data_sets
    if not root.is_dir():
        return []
    return sorted(one.name for one in root.iterdir() if one.is_dir())


@router.get("/jobs/{job_id}", name="page_job")
def show_one(page: Reading, job_id: str) -> Response:
    """Show one job with the end of its log; htmx asks again while it runs."""
    sight = sight_of(page)
    job = serving.get_job(page.state, sight, job_id, Action.READ_JOBS)
    by_htmx = HX_REQUEST in page.request.headers
    return render(
        page,
        "evaluator/job_state.html.jinja" if by_htmx else "evaluator/job.html.jinja",
        active="/jobs",
        job=job,
        values=serving.job_values(job),
        log=serving.job_log(page.state, sight, job_id, n_lines=LOG_LINES),
        cancels=reach(sight.principal.role, Action.RUN_JOBS) is not Reach.NONE,
        step=lambda phrase: step_words(page, phrase),
    )


@router.post("/jobs/{job_id}/cancel", name="page_job_cancelled")
def cancel(page: Running, job_id: str) -> Response:
    """End a job that waits or runs."""
    serving.cancel_job(page.state, sight_of(page), job_id)
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@router.get("/quality", name="page_quality")
def show_quality(page: Checking) -> Response:
    """Show what the last check of the data found, and start another."""
    sight = sight_of(page)
    jobs = serving.find_jobs(page.state, sight, kind=VALIDATE, n=PER_PAGE)
    done = next((one for one in jobs if one.state is JobState.SUCCEEDED and one.result), None)
    checks = [] if done is None or done.result is None else list(done.result.get("checks", ()))
    return render(
        page,
        "evaluator/quality.html.jinja",
        job=done,
        running=next((one for one in jobs if not one.ended), None),
        checks=sorted(
            checks, key=lambda one: ("fail", "warn", "pass").index(one["status"].lower())
        ),
        may_start=VALIDATE in startable(sight),
    )
