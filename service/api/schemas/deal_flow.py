"""Bodies of the pipelines of institutions and of their theses."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from data.deal_flow import Stage
from service.api.schemas.consents import Message
from service.api.schemas.ledger import Line
from service.api.schemas.ranking import STRICT, Amount, Id, NeedFilters

NoteText = Annotated[str, StringConstraints(min_length=1, max_length=5_000, pattern=r"^[^\x00]*$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class DealIn(BaseModel):
    """A firm for the pipeline, as a whole or with one of its needs."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"firm": "teaser_5b0c", "need": "asked_77aa"}]}
    )

    firm: Id = Field(description="Id of the firm, or its handle where you see a teaser.")
    need: Id | None = Field(default=None, description="Id or handle of the need.")
    offer_id: Id | None = None


class MoveIn(BaseModel):
    """A step to another stage; passing needs a reason."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {"to": "contacted", "offer_id": "offer_example"},
                {"to": "passed", "reason": "超出授信范围"},
            ]
        },
    )

    to: Stage
    reason: Message = ""
    offer_id: Id | None = Field(
        default=None, description="What the firm would get; once, where you have several offers."
    )
    amount_minor: Amount | None = None
    currency: Currency | None = None


class AssignmentIn(BaseModel):
    """Whose entry it is; null for nobody's."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"person_id": "person_example"}]}
    )

    person_id: Id | None


class NoteIn(BaseModel):
    """Something to write down."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"text": "下周约谈财务负责人"}]}
    )

    text: NoteText


class ReminderIn(BaseModel):
    """Something to be done by a day."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"due_on": "2026-09-15", "text": "回访"}]}
    )

    due_on: dt.date
    text: Line
    assigned_to: Id | None = None


class DealOut(BaseModel):
    """An entry; ``firm`` is as much of the firm as it lets you see."""

    entry_id: str
    stage: Stage
    next_stages: list[Stage]
    firm: dict[str, Any] | None
    need: str | None
    offer_id: str | None
    assigned_to: str | None
    amount_minor: int | None
    currency: str | None
    opened_at: dt.datetime
    changed_at: dt.datetime


class MoveOut(BaseModel):
    """A step of an entry."""

    at: dt.datetime
    person_id: str
    before: Stage | None
    after: Stage
    reason: str


class NoteOut(BaseModel):
    """A note."""

    note_id: str
    at: dt.datetime
    person_id: str
    text: str


class ReminderOut(BaseModel):
    """A reminder."""

    reminder_id: str
    entry_id: str
    due_on: dt.date
    text: str
    assigned_to: str | None
    made_at: dt.datetime
    done_at: dt.datetime | None


class RemindersOut(BaseModel):
    """Reminders, the one due first first."""

    items: list[ReminderOut]


class DealDetailsOut(DealOut):
    """An entry with everything that was done about it."""

    moves: list[MoveOut]
    notes: list[NoteOut]
    reminders: list[ReminderOut]


class StageCountsOut(BaseModel):
    """Entries in each stage."""

    counts: dict[Stage, int]


class ThesisIn(BaseModel):
    """Filters under a name."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {"name": "苏南智造", "filters": {"regions": ["苏州市"], "size_classes": ["small"]}}
            ]
        },
    )

    name: Line
    filters: NeedFilters

    @model_validator(mode="after")
    def _some_filter(self) -> ThesisIn:
        low, high = self.filters.amount_low_minor, self.filters.amount_high_minor
        if low is not None and high is not None and low > high:
            raise ValueError("amount_low_minor must not be above amount_high_minor")
        return self


class ThesisOut(BaseModel):
    """A saved thesis; its filters as the list of candidates takes them."""

    thesis_id: str
    name: str
    filters: NeedFilters
    made_at: dt.datetime
    changed_at: dt.datetime


class ThesesOut(BaseModel):
    """Saved theses by name."""

    items: list[ThesisOut]


class ShareOut(BaseModel):
    """How much of what was done concerns one value; null where it is not known."""

    value: str | None
    declared: bool
    funded: int
    funded_share: float | None
    contacted: int
    contacted_share: float | None


class GapOut(BaseModel):
    """One side of a thesis: declared, and done."""

    dimension: str
    declared: list[str]
    funded_within: float | None
    contacted_within: float | None
    rows: list[ShareOut]


class RevealedOut(BaseModel):
    """What is declared against what was done; read the shares with the numbers of deals."""

    institution_id: str
    n_funded: int
    n_contacted: int
    gaps: list[GapOut]
