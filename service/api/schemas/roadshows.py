"""Bodies of roadshows."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.store.roadshow_store import StoredRoadshow
from matcher.roadshow.choices import Fairness, State
from matcher.roadshow.lifecycle import Attendance, Outcome, Report
from matcher.roadshow.problem import Pair
from matcher.roadshow.replanning import DEFAULT_INERTIA, Change
from service.api.schemas.ranking import STRICT
from service.roadshow.changes import Changes

MOST_ITEMS = 1_000
Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
_EXAMPLE_ID = "roadshow_5f0c1d2e3a4b5c6d"


class PairIn(BaseModel):
    """A firm and an institution, by their ids in the roadshow."""

    model_config = ConfigDict(**STRICT)

    firm_id: Id
    institution_id: Id

    def pair(self) -> Pair:
        """Return both ids."""
        return (self.firm_id, self.institution_id)


class MoveIn(PairIn):
    """A meeting to another slot."""

    slot_id: Id


class ExchangeIn(BaseModel):
    """Two meetings that change their times."""

    model_config = ConfigDict(**STRICT)

    first: PairIn
    second: PairIn


class LateIn(BaseModel):
    """A participant who arrives later."""

    model_config = ConfigDict(**STRICT)

    participant_id: Id
    arrives: dt.time = Field(examples=["10:30"])


Pairs = Annotated[list[PairIn], Field(max_length=MOST_ITEMS)]


class ChangesIn(BaseModel):
    """Changes to a plan; all of them hold together."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {"cancel": ["f12"], "version": 3},
                {"settle": [{"firm_id": "f1", "institution_id": "i2"}], "fill": True},
            ]
        },
    )

    version: int | None = Field(
        default=None, ge=1, le=2**31, description="Of the plan that you saw; another one is a 409."
    )
    cancel: Annotated[list[Id], Field(max_length=MOST_ITEMS)] = []
    late: Annotated[list[LateIn], Field(max_length=MOST_ITEMS)] = []
    settle: Pairs = []
    unsettle: Pairs = []
    rule_out: Pairs = []
    promise: Pairs = []
    unsay: Pairs = []
    move: Annotated[list[MoveIn], Field(max_length=MOST_ITEMS)] = []
    exchange: Annotated[list[ExchangeIn], Field(max_length=MOST_ITEMS)] = []
    fairness: Fairness | None = None
    fill: bool = Field(default=False, description="Move nothing; only fill what is empty.")
    max_changes: int | None = Field(default=None, ge=0, le=100_000)
    inertia: float = Field(default=DEFAULT_INERTIA, ge=0, le=100)

    def changes(self) -> Changes:
        """Return them as the planner's desk takes them."""
        return Changes(
            cancel=tuple(self.cancel),
            arrive_late={one.participant_id: one.arrives for one in self.late},
            settle=tuple(one.pair() for one in self.settle),
            unsettle=tuple(one.pair() for one in self.unsettle),
            rule_out=tuple(one.pair() for one in self.rule_out),
            promise=tuple(one.pair() for one in self.promise),
            unsay=tuple(one.pair() for one in self.unsay),
            move=tuple((one.pair(), one.slot_id) for one in self.move),
            exchange=tuple((one.first.pair(), one.second.pair()) for one in self.exchange),
            fairness=self.fairness,
        )

    def change(self) -> Change:
        """Return how much may change."""
        return Change(inertia=self.inertia, max_changes=self.max_changes, fill=self.fill)


class ReportIn(PairIn):
    """What is known of one meeting after it."""

    attendance: Attendance
    outcome: Outcome | None = None
    outcome_on: dt.date | None = None
    follow_up_on: dt.date | None = None
    note: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")

    def report(self) -> Report:
        """Return it as the desk takes it."""
        return Report(**self.model_dump())


class ReportsIn(BaseModel):
    """What came of meetings; sent twice it counts once."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {
                    "reports": [
                        {
                            "firm_id": "f1",
                            "institution_id": "i2",
                            "attendance": "attended",
                            "outcome": "interested",
                        }
                    ]
                }
            ]
        },
    )

    reports: Annotated[list[ReportIn], Field(min_length=1, max_length=MOST_ITEMS)]


class StateIn(BaseModel):
    """The next state: draft, published, running, closed."""

    model_config = ConfigDict(**STRICT, json_schema_extra={"examples": [{"state": "published"}]})

    state: Literal[State.PUBLISHED, State.RUNNING, State.CLOSED]


class RoadshowOut(BaseModel):
    """A roadshow in short."""

    roadshow_id: str = Field(examples=[_EXAMPLE_ID])
    name: str = Field(examples=["2026 秋季对接会"])
    state: State
    changed_at: dt.datetime
    version: int = Field(ge=1)
    organisation_id: str | None = Field(description="None for one of the command line.")

    @classmethod
    def of(cls, one: StoredRoadshow) -> RoadshowOut:
        """Return what is told of a stored roadshow."""
        return cls(
            roadshow_id=one.roadshow_id,
            name=one.name,
            state=State(one.state),
            changed_at=one.changed_at,
            version=one.version,
            organisation_id=one.organisation_id,
        )


class PlanOut(RoadshowOut):
    """A version of a plan with everything that is said of it."""

    disclaimer: dict[str, str]
    created_at: dt.datetime
    score_source: str = Field(description="`file`, or the model that gave the scores.")
    plan: dict[str, Any] = Field(
        description="Meetings, quality, missed requirements and who is unmatched, as "
        "`finmatch roadshow show --json` prints them."
    )


class AskedOut(BaseModel):
    """What came of asking for a plan: a version, or the job that makes it."""

    roadshow_id: str = Field(examples=[_EXAMPLE_ID])
    version: int | None = Field(description="None while a job plans.")
    job_id: str | None = Field(description="Look at it with GET /v1/jobs/{job_id}.")
    difference: dict[str, Any] | None = Field(
        description="Meetings added, removed and moved since the version before."
    )


class RecordedOut(BaseModel):
    """How many events the rankers got from reports."""

    reports: int
    events: int
