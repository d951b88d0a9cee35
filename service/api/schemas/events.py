"""Bodies of feedback."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from data.records import EventKind
from service.api.schemas.ranking import STRICT, Amount, Id
from service.serving.events import MOST_EVENTS, Taken

Note = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
"""Nothing in the data is older; a wrong unit of time is."""

EXAMPLE: dict[str, Any] = {
    "event_id": "event_crm_20260701_17",
    "kind": "save",
    "occurred_at": "2026-07-01T09:30:00Z",
    "firm_id": "firm_demo_0000017",
    "offer_id": "offer_demo_00030",
    "recommendation_id": "rec_5f0c1d",
    "position": 2,
}


class EventIn(BaseModel):
    """Something that happened between a firm and an offer."""

    model_config = ConfigDict(**STRICT, json_schema_extra={"examples": [EXAMPLE]})

    event_id: Id = Field(description="Yours; the same id twice counts once.")
    kind: EventKind
    occurred_at: AwareDatetime = Field(ge=EARLIEST)
    firm_id: Id = Field(description="Id of the firm, or its handle where you see a teaser.")
    offer_id: Id
    need_id: Id | None = None
    amount_minor: Amount | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    recommendation_id: Id | None = Field(default=None, description="Of the list it came from.")
    position: Annotated[int, Field(ge=1, le=100_000)] | None = None
    note: Note | None = None


class EventsIn(BaseModel):
    """A batch; rows may come late and in any order."""

    model_config = ConfigDict(**STRICT, json_schema_extra={"examples": [{"events": [EXAMPLE]}]})

    events: Annotated[list[EventIn], Field(min_length=1, max_length=MOST_EVENTS)]


class EventResultOut(BaseModel):
    """What became of one row."""

    event_id: str
    outcome: Taken
    code: str | None = None
    message: str | None = None
    field: str | None = None


class EventsOut(BaseModel):
    """What became of the rows, in their order. Accepted ones are stored."""

    accepted: int
    duplicates: int
    rejected: int
    results: list[EventResultOut]
