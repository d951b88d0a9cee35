"""Deal flow: the pipeline (项目库) of an institution, stage by stage, and its saved theses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.errors import ArgumentError
from data.records import EventKind


class Stage(StrEnum):
    """Where an institution is with a firm; in this order."""

    NEW = "new"
    SCREENING = "screening"
    CONTACTED = "contacted"
    MEETING = "meeting"
    DUE_DILIGENCE = "due_diligence"
    TERM_SHEET = "term_sheet"
    APPROVED = "approved"
    FUNDED = "funded"
    PASSED = "passed"


ORDER = tuple(stage for stage in Stage if stage is not Stage.PASSED)
"""Stages go forward, some may be skipped; one may pass at any of them but the last."""

REOPENED_AT = Stage.SCREENING
"""Where a firm that was passed on comes back."""

EVENT_OF: Mapping[Stage, EventKind] = {
    Stage.CONTACTED: EventKind.CONTACT,
    Stage.MEETING: EventKind.MEETING,
    Stage.APPROVED: EventKind.APPROVAL,
    Stage.FUNDED: EventKind.FUNDED,
    Stage.PASSED: EventKind.DECLINED,
}
"""What reaching a stage says about firm and offer; models learn from it."""


def next_stages(stage: Stage) -> tuple[Stage, ...]:
    """Return the stages that may follow."""
    if stage is Stage.PASSED:
        return (REOPENED_AT,)
    if stage is Stage.FUNDED:
        return ()
    return (*ORDER[ORDER.index(stage) + 1 :], Stage.PASSED)


def assert_move(before: Stage, after: Stage, *, reason: str) -> None:
    """Raise :class:`ArgumentError` unless a firm may move so; passing needs a reason."""
    allowed = next_stages(before)
    if after not in allowed:
        listed = ", ".join(stage.value for stage in allowed) or "none: it is the last one"
        raise ArgumentError(
            f"After {before.value!r} cannot come {after.value!r}; it may be {listed}.",
            field="to",
            remedy="Choose one of these stages.",
        )
    if after is Stage.PASSED and not reason.strip():
        raise ArgumentError(
            "Passing on a firm needs a reason.", field="reason", remedy="Say why in a line."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DealEntry:
    """A firm in the pipeline of an institution.

    Attributes
    ----------
    offer_id
        What the institution would give; events name it.
    assigned_to
        A person of the institution.
    amount_minor, currency
        What was granted, once it is known.
    """

    entry_id: str
    institution_id: str
    firm_id: str
    need_id: str | None = None
    offer_id: str | None = None
    stage: Stage = Stage.NEW
    assigned_to: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    opened_at: dt.datetime
    opened_by: str
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DealMove:
    """One step of an entry; ``before`` is ``None`` for its opening."""

    seq: int | None = None
    entry_id: str
    at: dt.datetime
    person_id: str
    key_id: str | None = None
    before: Stage | None
    after: Stage
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealNote:
    """What somebody of the institution wrote down."""

    note_id: str
    entry_id: str
    at: dt.datetime
    person_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealReminder:
    """What is to be done by a day."""

    reminder_id: str
    entry_id: str
    institution_id: str
    due_on: dt.date
    text: str
    assigned_to: str | None = None
    made_at: dt.datetime
    made_by: str
    done_at: dt.datetime | None = None
    done_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thesis:
    """A named set of filters: what an institution says that it looks for.

    Attributes
    ----------
    filters
        Names and values as the list of candidates takes them.
    """

    thesis_id: str
    institution_id: str
    name: str
    filters: Mapping[str, Any]
    made_at: dt.datetime
    made_by: str
    changed_at: dt.datetime
