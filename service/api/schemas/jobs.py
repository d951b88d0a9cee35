"""Bodies of jobs and uploads."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.jobs import JobState
from service.api.schemas.ranking import STRICT
from service.jobs.kinds import BY_OTHER_ROUTES, KINDS

ASKED_BY_NAME = tuple(kind for kind in KINDS if kind not in BY_OTHER_ROUTES)
JobKindName = Literal["import", "validate", "train", "train_encoder", "evaluate", "reindex"]
"""Kinds that are asked for by name; a test compares them with those that there are."""

_EXAMPLE_ID = "job_5f0c1d2e3a4b5c6d7e8f9a0b"


class JobIn(BaseModel):
    """A job to be done."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {"kind": "train", "arguments": {"promote": False}},
                {
                    "kind": "evaluate",
                    "arguments": {
                        "source": "crunchbase",
                        "place": "crunchbase",
                        "split_at": "2013-01-01",
                        "until": "2013-06-30",
                    },
                },
            ]
        },
    )

    kind: JobKindName
    arguments: dict[Annotated[str, Field(max_length=50)], str | int | bool | None] = Field(
        default_factory=dict,
        max_length=20,
        description="What the kind takes; `place` is a folder below `sets/` of the home.",
    )


class JobOut(BaseModel):
    """A job and what became of it."""

    job_id: str = Field(examples=[_EXAMPLE_ID])
    kind: str = Field(examples=["train"])
    arguments: dict[str, Any]
    organisation_id: str | None
    person_id: str | None
    state: JobState
    progress: float = Field(ge=0, le=1, examples=[0.42])
    phrase: str = Field(description="The step that it is at.", examples=["rank"])
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    attempt: int = Field(ge=0, description="More than one where the service was interrupted.")
    cancel_requested: bool
    exit_code: int | None
    result: dict[str, Any] | None = Field(
        description="What the job reports, as its verb prints it."
    )
    error: str | None = Field(description="One line, where it failed.")


class LogOut(BaseModel):
    """The end of what a job said."""

    job_id: str = Field(examples=[_EXAMPLE_ID])
    lines: list[str]


class RejectOut(BaseModel):
    """One cell or row that an upload could not use."""

    file: str = Field(examples=["firms.csv"])
    line: int = Field(examples=[17], description="As a person counts; the header is line 1.")
    column: str = Field(examples=["employees"])
    value: str = Field(examples=["twelve"])
    reason: str
