"""Jobs: work that takes longer than a request may, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """What became of a job so far."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.LOST})
"""States that do not change any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job.

    Attributes
    ----------
    kind
        What is to be done; the service knows which kinds there are.
    arguments
        What the kind needs, as JSON values.
    organisation_id, person_id
        On whose behalf; ``None`` for the operator of the installation.
    request_key
        A caller's key: of two jobs with one key, the second is the first.
    seq
        Its place in the order of asking; 0 before it is stored.
    progress, phrase
        How far it is, from 0 to 1, and the step that it is at: the key of a message, or words.
    attempt
        How many times it was begun; more than one where its runner died.
    owner
        The token of the runner that holds it.
    beats
        Signs of life of the owner, counted: whoever watches times them with a watch of its own,
        so that no clock that is set back or differs can make a job look lost.
    process
        The process that does the work, as the owner names it.
    exit_code, result, error
        How it ended: of the process, its document (JSON values), and one line where it failed.
    log_file
        Name of the file, below the folder of logs, that holds what it said.
    """

    job_id: str
    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    organisation_id: str | None = None
    person_id: str | None = None
    request_key: str | None = None
    created_at: dt.datetime
    seq: int = 0
    state: JobState = JobState.QUEUED
    progress: float = 0.0
    phrase: str = ""
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    attempt: int = 0
    owner: str | None = None
    beats: int = 0
    heartbeat_at: dt.datetime | None = None
    process: str | None = None
    cancel_requested: bool = False
    exit_code: int | None = None
    result: Mapping[str, Any] | None = None
    error: str | None = None
    log_file: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one run of a job ended."""

    state: JobState
    exit_code: int | None = None
    result: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered to a request that may come again."""

    status: int
    media_type: str
    body: bytes
