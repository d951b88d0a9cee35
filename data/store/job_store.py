"""Jobs in the database: a queue in which every job has exactly one owner at a time.

A claim takes the oldest queued job in one write transaction: SQLite lets one writer in, PostgreSQL
skips rows that another claimant has locked. Whatever an owner says later counts only while it
still is the owner, so that a runner that was given up for dead cannot overwrite its successor.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.errors import ArgumentError, ConflictError, UnknownIdError
from data.jobs import Job, JobState, Outcome
from data.store.database import explained, writing
from data.store.job_tables import JOBS
from data.store.rows import to_instant, with_zone
from data.store.tables import POSTGRESQL

MOST_LISTED = 200
_INSTANTS = ("created_at", "started_at", "ended_at", "heartbeat_at")
_OF_REQUEST = ("kind", "arguments", "organisation_id", "person_id")
"""What must agree where a request comes again under its key."""


class JobStore:
    """The part of the store that holds jobs; reached by :attr:`data.store.Store.jobs`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- asking --------------------------------------------------------------------------------

    def enqueue(self, job: Job) -> Job:
        """Add a job to the queue and return it with its place there.

        Where a job with the same ``request_key`` is stored, that one is returned and none added.

        Raises
        ------
        ArgumentError
            ``created_at`` has no time zone.
        ConflictError
            The key came with another request before.
        """
        with_zone(job.created_at, field="created_at")
        values = {
            "job_id": job.job_id,
            "kind": job.kind,
            "arguments": _json(job.arguments),
            "organisation_id": job.organisation_id,
            "person_id": job.person_id,
            "request_key": job.request_key,
            "state": JobState.QUEUED.value,
            "progress": 0.0,
            "phrase": "",
            "created_at": job.created_at,
            "attempt": 0,
            "beats": 0,
            "cancel_requested": False,
        }
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            earlier = self._keyed(connection, job.request_key)
            if earlier is None:
                connection.execute(_insert(connection).values(values))
                stored = _find(connection, JOBS.c.job_id == job.job_id)
                if stored is not None:
                    return stored
                earlier = self._keyed(connection, job.request_key)  # stored in the meantime
            assert earlier is not None
            return _same_request(earlier, job)

    def request_cancel(self, job_id: str, *, now: dt.datetime) -> Job:
        """Cancel a job that waits; ask the runner to end one that runs; leave one that ended.

        Raises :class:`UnknownIdError` where there is none.
        """
        with_zone(now, field="now")
        mine = JOBS.c.job_id == job_id
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            job = _get(connection, job_id, lock=True)
            if job.state is JobState.QUEUED:
                ended = {"state": JobState.CANCELLED.value, "ended_at": _not_before(job, now)}
                connection.execute(
                    sa.update(JOBS).where(mine).values(cancel_requested=True, **ended)
                )
            elif job.state is JobState.RUNNING:
                connection.execute(sa.update(JOBS).where(mine).values(cancel_requested=True))
            return _get(connection, job_id)

    # -- working -------------------------------------------------------------------------------

    def claim(
        self, *, owner: str, now: dt.datetime, kinds: Collection[str] | None = None
    ) -> Job | None:
        """Take the oldest job that waits, of these kinds or any; ``None`` where there is none.

        Of any number of claimants in any number of processes, exactly one gets it.
        """
        with_zone(now, field="now")
        waiting = JOBS.c.state == JobState.QUEUED.value
        if kinds is not None:
            waiting &= JOBS.c.kind.in_(sorted(kinds))
        oldest = sa.select(JOBS.c.job_id).where(waiting).order_by(JOBS.c.seq).limit(1)
        with explained(self._engine), self._engine.connect() as connection:
            with connection.begin():  # a look takes no lock: most looks find nothing
                if connection.execute(oldest).scalar() is None:
                    return None
            with writing(connection):
                locked = oldest.with_for_update(skip_locked=True)
                job_id = connection.execute(locked).scalar()
                if job_id is None:
                    return None
                connection.execute(
                    sa.update(JOBS)
                    .where(JOBS.c.job_id == job_id)
                    .values(
                        state=JobState.RUNNING.value,
                        owner=owner,
                        attempt=JOBS.c.attempt + 1,
                        started_at=now,
                        heartbeat_at=now,
                        beats=JOBS.c.beats + 1,
                        process=None,
                        progress=0.0,
                        phrase="",
                    )
                )
                return _get(connection, job_id)

    def beat(
        self,
        job_id: str,
        *,
        owner: str,
        now: dt.datetime,
        progress: float | None = None,
        phrase: str | None = None,
        process: str | None = None,
        log_file: str | None = None,
    ) -> Job:
        """Show a sign of life, with what is known of the work, and return the job as it is now.

        Raises
        ------
        ConflictError
            The job is not held by ``owner`` any more: whatever it does for it must end.
        """
        with_zone(now, field="now")
        told = {"progress": progress, "phrase": phrase, "process": process, "log_file": log_file}
        values: dict[str, Any] = {k: v for k, v in told.items() if v is not None}
        values |= {"beats": JOBS.c.beats + 1, "heartbeat_at": now}
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            _as_owner(connection, job_id, owner, values)
            return _get(connection, job_id)

    def finish(self, job_id: str, *, owner: str, now: dt.datetime, outcome: Outcome) -> Job:
        """Note how a job ended.

        Raises :class:`ConflictError` where it is not held by ``owner`` any more.
        """
        with_zone(now, field="now")
        if outcome.state in (JobState.QUEUED, JobState.RUNNING):
            raise ArgumentError(
                f"A job ends as {JobState.SUCCEEDED}, failed, cancelled or lost; "
                f"got {outcome.state}.",
                field="state",
            )
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            job = _get(connection, job_id, lock=True)
            _as_owner(connection, job_id, owner, _end_values(job, outcome, now))
            return _get(connection, job_id)

    def give_back(
        self, job_id: str, *, owner: str, beats: int, now: dt.datetime, most_attempts: int
    ) -> Job | None:
        """Take a job from an owner that is gone: back into the queue, or to its end.

        Parameters
        ----------
        owner, beats
            As they were seen; where either changed since, its owner lives and nothing happens.
        most_attempts
            A job that was begun this often is :attr:`JobState.LOST`; one that was to be cancelled
            is cancelled.

        Returns
        -------
        The job as it is now, ``None`` where nothing happened.
        """
        with_zone(now, field="now")
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            job = _get(connection, job_id, lock=True)
            seen = job.owner == owner and job.beats == beats
            if job.state is not JobState.RUNNING or not seen:
                return None
            if job.cancel_requested:
                values = _end_values(job, Outcome(state=JobState.CANCELLED), now)
            elif job.attempt >= most_attempts:
                error = f"Its runner ended {job.attempt} times before the job did."
                values = _end_values(job, Outcome(state=JobState.LOST, error=error), now)
            else:
                values = {"state": JobState.QUEUED.value, "owner": None, "process": None}
            _as_owner(connection, job_id, owner, values)
            return _get(connection, job_id)

    # -- reading -------------------------------------------------------------------------------

    def find(self, job_id: str) -> Job | None:
        """Return the job, or ``None``."""
        with explained(self._engine), self._engine.connect() as connection, connection.begin():
            return _find(connection, JOBS.c.job_id == job_id)

    def find_by_key(self, request_key: str) -> Job | None:
        """Return the job that was asked for under a caller's key, or ``None``."""
        with explained(self._engine), self._engine.connect() as connection, connection.begin():
            return self._keyed(connection, request_key)

    def get(self, job_id: str) -> Job:
        """Return the job; raise :class:`UnknownIdError` where there is none."""
        with explained(self._engine), self._engine.connect() as connection, connection.begin():
            return _get(connection, job_id)

    def running(self) -> list[Job]:
        """Return the jobs that have an owner, oldest first."""
        query = sa.select(JOBS).where(JOBS.c.state == JobState.RUNNING.value).order_by(JOBS.c.seq)
        with explained(self._engine), self._engine.connect() as connection, connection.begin():
            return [_job(row) for row in connection.execute(query).mappings()]

    def listing(
        self,
        *,
        organisation_id: str | None = None,
        state: JobState | None = None,
        kind: str | None = None,
        before: int | None = None,
        n: int = 50,
    ) -> list[Job]:
        """Return jobs, the newest first.

        Parameters
        ----------
        organisation_id, state, kind
            Only those; ``None`` for all.
        before
            Only those with a smaller ``seq``: the last one of the page before.
        n
            From 1 to :data:`MOST_LISTED`.
        """
        if not 1 <= n <= MOST_LISTED:
            raise ArgumentError(f"n must be from 1 to {MOST_LISTED}; got {n}.", field="n")
        query = sa.select(JOBS).order_by(JOBS.c.seq.desc()).limit(n)
        if organisation_id is not None:
            query = query.where(JOBS.c.organisation_id == organisation_id)
        if state is not None:
            query = query.where(JOBS.c.state == state.value)
        if kind is not None:
            query = query.where(JOBS.c.kind == kind)
        if before is not None:
            query = query.where(JOBS.c.seq < before)
        with explained(self._engine), self._engine.connect() as connection, connection.begin():
            return [_job(row) for row in connection.execute(query).mappings()]

    def _keyed(self, connection: Connection, request_key: str | None) -> Job | None:
        if request_key is None:
            return None
        return _find(connection, JOBS.c.request_key == request_key)


def _insert(connection: Connection) -> Any:
    """Return an insert that leaves out a row whose key another process has just stored."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if connection.dialect.name == POSTGRESQL else sqlite
    return dialect.insert(JOBS).on_conflict_do_nothing(index_elements=["request_key"])


def _same_request(earlier: Job, job: Job) -> Job:
    asked = [(getattr(earlier, name), getattr(job, name)) for name in _OF_REQUEST]
    if any(_json(before) != _json(now) for before, now in asked):
        raise ConflictError(
            f"The key {job.request_key!r} came with another request before.",
            field="request_key",
            remedy="Use a new key for a new request.",
        )
    return earlier


def _find(
    connection: Connection, condition: sa.ColumnElement[bool], *, lock: bool = False
) -> Job | None:
    query = sa.select(JOBS).where(condition)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else _job(row)


def _get(connection: Connection, job_id: str, *, lock: bool = False) -> Job:
    job = _find(connection, JOBS.c.job_id == job_id, lock=lock)
    if job is None:
        raise UnknownIdError(
            f"There is no job {job_id!r}.",
            field="job_id",
            remedy="Check the job_id; finmatch jobs list shows the latest.",
        )
    return job


def _as_owner(connection: Connection, job_id: str, owner: str, values: Mapping[str, Any]) -> None:
    held = (JOBS.c.job_id == job_id) & (JOBS.c.owner == owner)
    held &= JOBS.c.state == JobState.RUNNING.value
    if connection.execute(sa.update(JOBS).where(held).values(**values)).rowcount != 1:
        raise ConflictError(
            f"The job {job_id!r} is not held by this runner any more.",
            field="owner",
            remedy="End what it does for it; another runner goes on.",
        )


def _end_values(job: Job, outcome: Outcome, now: dt.datetime) -> dict[str, Any]:
    return {
        "state": outcome.state.value,
        "ended_at": _not_before(job, now),
        "progress": 1.0 if outcome.state is JobState.SUCCEEDED else job.progress,
        "exit_code": outcome.exit_code,
        "result": None if outcome.result is None else _json(outcome.result),
        "error": outcome.error,
        "process": None,
        "heartbeat_at": now,
    }


def _not_before(job: Job, now: dt.datetime) -> dt.datetime:
    """Return the end of a job: where the clock was set back, not before its beginning."""
    return max(now, job.started_at or job.created_at)


def _job(row: Mapping[Any, Any]) -> Job:
    values = dict(row)
    values |= {name: to_instant(values[name]) for name in _INSTANTS}
    values["state"] = JobState(values["state"])
    values["arguments"] = json.loads(values["arguments"])
    values["result"] = None if values["result"] is None else json.loads(values["result"])
    values["cancel_requested"] = bool(values["cancel_requested"])
    return Job(**values)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)
