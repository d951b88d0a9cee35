"""Jobs: ask for one, see how it goes, cancel it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from data.jobs import JobState
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import DEFAULT_N, CursorParam, PageOut, PageSize, read_cursor, write_cursor
from service.api.schemas.jobs import JobIn, JobOut, LogOut
from service.api.state import state_of
from service.serving import jobs as serving

router = APIRouter(prefix="/v1", tags=["jobs"], responses=ERROR_CASES)

MOST_LINES = 1_000
MOST_SEQ = 2**62

Reader = Annotated[Sight, allow(Action.READ_JOBS)]
Asker = Annotated[Sight, allow(Action.RUN_JOBS)]
Lines = Annotated[int, Query(ge=1, le=MOST_LINES, description="How many of the last lines.")]


@router.post("/jobs", response_model=JobOut, status_code=202, summary="Ask for a job")
def ask_for_job(request: Request, sight: Asker, body: JobIn) -> Any:
    """Put a job into the queue; it runs in a process of its own.

    The answer comes at once: look at the job for how it goes.
    """
    job = serving.ask_for_job(state_of(request), sight, body.kind, arguments=body.arguments)
    return serving.job_values(job)


@router.get("/jobs", response_model=PageOut[JobOut], summary="Jobs, the newest first")
def list_jobs(
    request: Request,
    sight: Reader,
    state: JobState | None = None,
    kind: Annotated[str | None, Query(max_length=50, pattern=r"^[a-z_]+$")] = None,
    n: PageSize = DEFAULT_N,
    cursor: CursorParam = None,
) -> Any:
    """List the jobs of the organisation; the administrator sees all."""
    after = read_cursor(cursor, int)
    before = None if after is None else min(max(after[0], 0), MOST_SEQ)
    jobs = serving.find_jobs(
        state_of(request), sight, job_state=state, kind=kind, before=before, n=n
    )
    last = (jobs[-1].seq,) if len(jobs) == n else None
    return {"items": [serving.job_values(job) for job in jobs], "next_cursor": write_cursor(last)}


@router.get("/jobs/{job_id}", response_model=JobOut, summary="One job")
def show_job(request: Request, sight: Reader, job_id: str) -> Any:
    """Show the state and progress of a job, and how it ended."""
    job = serving.get_job(state_of(request), sight, job_id, Action.READ_JOBS)
    return serving.job_values(job)


@router.get("/jobs/{job_id}/log", response_model=LogOut, summary="The end of a job's log")
def show_log(request: Request, sight: Reader, job_id: str, lines: Lines = 100) -> Any:
    """Show the last lines of what a job said."""
    found = serving.job_log(state_of(request), sight, job_id, n_lines=lines)
    return {"job_id": job_id, "lines": found}


@router.post("/jobs/{job_id}/cancel", response_model=JobOut, summary="Cancel a job")
def cancel_job(request: Request, sight: Asker, job_id: str) -> Any:
    """Cancel a job that waits; one that runs is ended within seconds; one that ended stays so."""
    return serving.job_values(serving.cancel_job(state_of(request), sight, job_id))
