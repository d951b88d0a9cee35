"""A log that only grows: reports that change append what corrects them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from data.records import Event, EventKind
from matcher.roadshow.lifecycle import Attendance, Outcome, Report, events_of
from matcher.roadshow.logbook import Note, note_of, standing, to_append
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import PairNote

from .worlds import event

PROBLEM = dataclasses.replace(event([[5]], n_slots=1), notes={("f0", "i0"): PairNote(offer_id="o")})
PLAN = plan(PROBLEM)
STEM = "event_roadshow_r@f0~i0"


class Log:
    """An append-only log of one meeting."""

    def __init__(self) -> None:
        self.rows: dict[str, Event] = {}

    def record(self, attendance: Attendance, **fields: object) -> list[str]:
        """Report, and return the ends of the ids that were appended."""
        one = Report(firm_id="f0", institution_id="i0", attendance=attendance, **fields)  # type: ignore[arg-type]
        new = to_append(events_of(PROBLEM, PLAN, {("f0", "i0"): one}, offers={}), self.rows)
        assert not {row.event_id for row in new} & self.rows.keys()
        self.rows |= {row.event_id: row for row in new}
        return [row.event_id.removeprefix(STEM + ".") for row in new]

    def holds(self) -> list[EventKind]:
        return [row.kind for row in standing(self.rows.values())]


def test_the_same_report_twice_adds_nothing() -> None:
    log = Log()
    assert log.record(Attendance.ATTENDED, outcome=Outcome.INTERESTED) == ["meeting", "save"]
    assert log.record(Attendance.ATTENDED, outcome=Outcome.INTERESTED) == []


def test_a_step_further_keeps_the_step_before() -> None:
    log = Log()
    log.record(Attendance.ATTENDED, outcome=Outcome.INTERESTED)
    assert log.record(Attendance.ATTENDED, outcome=Outcome.APPLICATION) == ["application"]
    assert log.holds() == [EventKind.MEETING, EventKind.SAVE, EventKind.APPLICATION]


def test_an_outcome_taken_back_is_voided() -> None:
    log = Log()
    log.record(Attendance.ATTENDED, outcome=Outcome.FUNDED)
    assert log.record(Attendance.ATTENDED, outcome=Outcome.INTERESTED) == ["save", "funded.2"]
    void = log.rows[f"{STEM}.funded.2"]
    assert void.kind is EventKind.WITHDRAWN
    assert void.note == f"attendance=attended; corrects={STEM}.funded; void=yes"
    assert log.holds() == [EventKind.MEETING, EventKind.SAVE]


def test_who_did_not_come_after_all_and_then_did() -> None:
    log = Log()
    log.record(Attendance.ATTENDED, outcome=Outcome.FOLLOW_UP)
    assert log.record(Attendance.FIRM_ABSENT) == ["meeting.2", "contact.2", "withdrawn"]
    assert log.holds() == [EventKind.WITHDRAWN]
    assert log.record(Attendance.ATTENDED) == ["meeting.3", "withdrawn.2"]
    assert log.holds() == [EventKind.MEETING]
    assert note_of(log.rows[f"{STEM}.meeting.3"]).corrects == f"{STEM}.meeting.2"


def test_another_absentee_or_day_replaces_the_event() -> None:
    log = Log()
    log.record(Attendance.FIRM_ABSENT)
    assert log.record(Attendance.INSTITUTION_ABSENT) == ["withdrawn.2"]
    (one,) = standing(log.rows.values())
    assert note_of(one) == Note(attendance="institution_absent", corrects=f"{STEM}.withdrawn")
    other = Log()
    for day in (3, 4):
        other.record(
            Attendance.ATTENDED, outcome=Outcome.DECLINED, outcome_on=dt.date(2026, 9, day)
        )
    assert [row.occurred_at.day for row in standing(other.rows.values())] == [1, 3]  # UTC


@pytest.mark.parametrize(
    "note",
    [
        Note(attendance="attended"),
        Note(attendance="cancelled", remark="void=yes; said by phone"),
        Note(attendance="attended", corrects="event_1", void=True, remark="a; b=c"),
    ],
)
def test_notes_are_read_as_they_were_written(note: Note) -> None:
    held = Event(
        event_id="e",
        kind=EventKind.MEETING,
        occurred_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        firm_id="f",
        offer_id="o",
        note=note.text(),
    )
    assert note_of(held) == note


def test_a_free_text_is_a_remark() -> None:
    held = Event(
        event_id="e",
        kind=EventKind.SAVE,
        occurred_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        firm_id="f",
        offer_id="o",
        note="came late",
    )
    assert note_of(held) == Note(attendance="", remark="came late")
