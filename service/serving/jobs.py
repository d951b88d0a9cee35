"""Asking for jobs, looking at them and cancelling them, limited to who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.errors import ForbiddenError, OverloadError, UnknownIdError
from data.jobs import Job, JobState
from service.access.logbook import Actor
from service.access.policy import Action, Reach
from service.access.sight import Sight
from service.jobs.folders import ID_PATTERN, JobFolders, new_job_id
from service.jobs.kinds import BY_OTHER_ROUTES, checked_arguments, get_kind
from service.jobs.logs import log_tail
from service.serving.state import ServiceState

MOST_WAITING = 20
"""Jobs of one organisation that may wait at a time."""

HIDDEN_ARGUMENTS = frozenset({"file", "sha256"})
"""What only the runner needs to know."""


def ask_for_job(
    state: ServiceState,
    sight: Sight,
    kind: str,
    *,
    arguments: Mapping[str, Any],
    request_key: str | None = None,
    job_id: str | None = None,
    action: Action = Action.RUN_JOBS,
) -> Job:
    """Put a job into the queue.

    Parameters
    ----------
    request_key
        The caller's own: the same key asks once.
    job_id
        Where files already lie under it.
    action
        What the job is to the policy.

    Raises
    ------
    ArgumentError
        There is no such kind, or an argument is wrong.
    ForbiddenError
        The kind is not for this role.
    OverloadError
        Too many jobs of the organisation wait.
    ConflictError
        The key came with another request before.
    """
    limit, mine = sight.require(action), sight.principal
    found = get_kind(kind)
    if limit is not Reach.ALL and kind not in BY_OTHER_ROUTES and mine.role not in found.roles:
        raise ForbiddenError(
            f"{mine.role.value!r} may not run a job {kind!r}.",
            field="kind",
            remedy="Ask the administrator of the service.",
        )
    checked = checked_arguments(kind, arguments)
    key = None if request_key is None else f"{mine.organisation_id}/{request_key}"
    if key is None or state.store.jobs.find_by_key(key) is None:
        _check_queue(state, mine.organisation_id)
    asked = Job(
        job_id=job_id or new_job_id(),
        kind=kind,
        arguments=checked,
        organisation_id=mine.organisation_id,
        person_id=mine.person_id,
        request_key=key,
        created_at=sight.now,
    )
    stored = state.store.jobs.enqueue(asked)
    if stored.job_id == asked.job_id:
        detail = {"kind": kind}
        entry = Actor.of(sight).entry(action.value, "job", stored.job_id, detail=detail)
        state.store.audit.append(entry)
    return stored


def _check_queue(state: ServiceState, organisation_id: str) -> None:
    waiting = state.store.jobs.listing(
        organisation_id=organisation_id, state=JobState.QUEUED, n=MOST_WAITING
    )
    if len(waiting) == MOST_WAITING:
        raise OverloadError(
            f"{MOST_WAITING} jobs of your organisation wait already.",
            remedy="Wait until one has begun, or cancel one.",
        )


def find_jobs(
    state: ServiceState,
    sight: Sight,
    *,
    job_state: JobState | None = None,
    kind: str | None = None,
    before: int | None = None,
    n: int,
) -> list[Job]:
    """Return jobs that the caller may see, the newest first."""
    everything = sight.require(Action.READ_JOBS) is Reach.ALL
    return state.store.jobs.listing(
        organisation_id=None if everything else sight.principal.organisation_id,
        state=job_state,
        kind=kind,
        before=before,
        n=n,
    )


def get_job(state: ServiceState, sight: Sight, job_id: str, action: Action) -> Job:
    """Return a job within reach of an action; what is not within reach does not exist."""
    limit = sight.require(action)
    job = state.store.jobs.find(job_id) if ID_PATTERN.fullmatch(job_id) else None
    if job is None or (
        limit is not Reach.ALL and job.organisation_id != sight.principal.organisation_id
    ):
        raise UnknownIdError(
            f"There is no job {job_id!r}.", field="job_id", remedy="Check the job_id."
        )
    return job


def cancel_job(state: ServiceState, sight: Sight, job_id: str) -> Job:
    """Cancel a job that waits, or have one that runs ended; raises as :func:`get_job`."""
    job = get_job(state, sight, job_id, Action.RUN_JOBS)
    cancelled = state.store.jobs.request_cancel(job.job_id, now=sight.now)
    state.store.audit.append(Actor.of(sight).entry("jobs.cancel", "job", job.job_id))
    return cancelled


def job_log(state: ServiceState, sight: Sight, job_id: str, *, n_lines: int) -> list[str]:
    """Return the end of what a job said; raises as :func:`get_job`."""
    job = get_job(state, sight, job_id, Action.READ_JOBS)
    return log_tail(JobFolders(state.settings.home).log(job.job_id), n_lines)


def job_values(job: Job) -> dict[str, Any]:
    """Return a job as its people see it."""
    result = None if job.result is None else dict(job.result)
    if result is not None:  # paths of this machine are nobody's business
        for name in ("rejects_file", "path", "folder"):
            result.pop(name, None)
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "arguments": {k: v for k, v in job.arguments.items() if k not in HIDDEN_ARGUMENTS},
        "organisation_id": job.organisation_id,
        "person_id": job.person_id,
        "state": job.state,
        "progress": job.progress,
        "phrase": job.phrase,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "attempt": job.attempt,
        "cancel_requested": job.cancel_requested,
        "exit_code": job.exit_code,
        "result": result,
        "error": job.error,
    }
