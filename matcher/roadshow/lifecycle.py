"""A roadshow's states, and what came of its meetings, as events that the rankers learn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from data.errors import ArgumentError, InputError
from data.records import Event, EventKind
from matcher.roadshow.choices import State as State
from matcher.roadshow.logbook import Note
from matcher.roadshow.problem import Pair, Problem
from matcher.roadshow.result import Plan

NEXT = {
    State.DRAFT: State.PUBLISHED,
    State.PUBLISHED: State.RUNNING,
    State.RUNNING: State.CLOSED,
}
"""The one step that each state allows."""


class Attendance(StrEnum):
    """Who came."""

    ATTENDED = "attended"
    FIRM_ABSENT = "firm_absent"
    INSTITUTION_ABSENT = "institution_absent"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What came of a meeting; none is known until somebody says so."""

    INTERESTED = "interested"
    FOLLOW_UP = "follow_up"
    APPLICATION = "application"
    APPROVAL = "approval"
    FUNDED = "funded"
    DECLINED = "declined"


EVENT_OF = {
    Outcome.INTERESTED: EventKind.SAVE,
    Outcome.FOLLOW_UP: EventKind.CONTACT,
    Outcome.APPLICATION: EventKind.APPLICATION,
    Outcome.APPROVAL: EventKind.APPROVAL,
    Outcome.FUNDED: EventKind.FUNDED,
    Outcome.DECLINED: EventKind.DECLINED,
}
"""What an outcome is in the log that the rankers read."""

EVENT_SOURCE = "roadshow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of one meeting after it.

    ``outcome_on`` is the day of the outcome, the day of the event where it is not known;
    ``follow_up_on`` is when the two speak again.
    """

    firm_id: str
    institution_id: str
    attendance: Attendance
    outcome: Outcome | None = None
    outcome_on: dt.date | None = None
    follow_up_on: dt.date | None = None
    note: str = ""


def moved_on(state: State, wanted: State) -> State:
    """Return ``wanted`` if it is the next state.

    Raises
    ------
    ArgumentError
        It is not.
    """
    if NEXT.get(state) is not wanted:
        after = NEXT.get(state)
        raise ArgumentError(
            f"A roadshow that is {state.value} cannot become {wanted.value}.",
            field="state",
            remedy=f"Its next state is {after.value}." if after else "It is closed for good.",
        )
    return wanted


def require_meetings(plan: Plan, pairs: Iterable[Pair]) -> None:
    """Raise :class:`InputError` for a pair that does not meet."""
    meetings = {one.pair for one in plan.meetings}
    for pair in sorted(set(pairs) - meetings):
        raise InputError(
            f"{pair[0]} and {pair[1]} have no meeting in {plan.roadshow_id!r}.",
            field="firm_id",
            remedy="Report on meetings of the latest plan.",
        )


def events_of(
    problem: Problem, plan: Plan, reports: Mapping[Pair, Report], *, offers: Mapping[str, str]
) -> Iterator[Event]:
    """Yield the events that the reports amount to.

    An attended meeting is a ``MEETING`` at its time, what came of it an event of its own kind; a
    meeting that one side missed is ``WITHDRAWN``. The note of each event says who came
    (:class:`matcher.roadshow.logbook.Note`). Ids follow from roadshow, pair and kind, so a
    report that comes twice counts once.

    Parameters
    ----------
    problem, plan
        What was planned.
    reports
        By pair; pairs without a meeting in the plan are refused.
    offers
        An offer for each institution, used where the pair's note names none.

    Raises
    ------
    InputError
        A report is about a pair that does not meet, or no offer of the institution is known.
    """
    require_meetings(plan, reports)
    starts = {slot.slot_id: slot.starts_at for slot in problem.slots}
    meetings = {one.pair: one for one in plan.meetings}
    for pair, report in sorted(reports.items()):
        note = problem.notes.get(pair)
        offer_id = (note.offer_id if note else None) or offers.get(pair[1])
        if offer_id is None:
            raise InputError(
                f"No offer of {pair[1]!r} is known, so the meeting cannot be logged.",
                field="offer_id",
                remedy="Name the offer in the scores, or import one of the institution.",
            )
        at = starts[meetings[pair].slot_id]
        need_id = note.need_id if note else None
        for kind, when in _kinds(report, at):
            yield Event(
                event_id=f"event_roadshow_{plan.roadshow_id}@{pair[0]}~{pair[1]}.{kind.value}",
                kind=kind,
                occurred_at=when.astimezone(dt.UTC),
                firm_id=pair[0],
                offer_id=offer_id,
                need_id=need_id,
                note=Note(attendance=report.attendance.value, remark=report.note).text(),
                source=EVENT_SOURCE,
            )


def _kinds(report: Report, at: dt.datetime) -> Iterator[tuple[EventKind, dt.datetime]]:
    if report.attendance is not Attendance.ATTENDED:
        yield EventKind.WITHDRAWN, at
        return
    yield EventKind.MEETING, at
    if report.outcome is not None:
        yield EVENT_OF[report.outcome], _on(report.outcome_on, at)
    if report.follow_up_on is not None and report.outcome is not Outcome.FOLLOW_UP:
        yield EventKind.CONTACT, _on(report.follow_up_on, at)


def _on(day: dt.date | None, at: dt.datetime) -> dt.datetime:
    """Return the first instant of a day, never before the meeting itself."""
    if day is None:
        return at
    return max(dt.datetime.combine(day, dt.time(), tzinfo=at.tzinfo), at)
