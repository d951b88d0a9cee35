"""States in their order, and reports as events that the rankers read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import pytest

from data.errors import ArgumentError, InputError
from data.records import EventKind
from matcher.roadshow.lifecycle import (
    EVENT_OF,
    Attendance,
    Outcome,
    Report,
    State,
    events_of,
    moved_on,
)
from matcher.roadshow.logbook import note_of
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import PairNote

from .worlds import NINE, event

PROBLEM = dataclasses.replace(
    event([[5]], n_slots=1),
    notes={("f0", "i0"): PairNote(offer_id="offer_x", need_id="need_x")},
)
PLAN = plan(PROBLEM)
PAIR = ("f0", "i0")


def events(**fields: object) -> list:
    report = Report(firm_id="f0", institution_id="i0", **fields)  # type: ignore[arg-type]
    return list(events_of(PROBLEM, PLAN, {PAIR: report}, offers={}))


def test_each_state_has_one_next() -> None:
    order = [State.DRAFT, State.PUBLISHED, State.RUNNING, State.CLOSED]
    allowed = set(itertools.pairwise(order))
    for before, after in itertools.product(order, order):
        if (before, after) in allowed:
            assert moved_on(before, after) is after
        else:
            with pytest.raises(ArgumentError, match="cannot become"):
                moved_on(before, after)


def test_a_meeting_that_took_place_is_a_meeting_at_its_time() -> None:
    (one,) = events(attendance=Attendance.ATTENDED)
    assert one.kind is EventKind.MEETING
    assert one.occurred_at == NINE.astimezone(dt.UTC)
    assert (one.firm_id, one.offer_id, one.need_id) == ("f0", "offer_x", "need_x")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_an_event_of_its_kind(outcome: Outcome) -> None:
    found = events(attendance=Attendance.ATTENDED, outcome=outcome, outcome_on=dt.date(2026, 9, 5))
    assert [one.kind for one in found] == [EventKind.MEETING, EVENT_OF[outcome]]
    assert found[1].occurred_at == dt.datetime(2026, 9, 4, 16, tzinfo=dt.UTC)  # midnight at +8


def test_a_follow_up_is_a_contact_and_never_before_the_meeting() -> None:
    found = events(attendance=Attendance.ATTENDED, follow_up_on=dt.date(2026, 8, 1))
    assert [one.kind for one in found] == [EventKind.MEETING, EventKind.CONTACT]
    assert found[1].occurred_at == found[0].occurred_at


@pytest.mark.parametrize("missed", [a for a in Attendance if a is not Attendance.ATTENDED])
def test_a_missed_meeting_is_withdrawn_and_says_by_whom(missed: Attendance) -> None:
    (one,) = events(attendance=missed, outcome=Outcome.FUNDED)
    assert (one.kind, one.note) == (EventKind.WITHDRAWN, f"attendance={missed.value}")
    assert note_of(one).attendance == missed.value


def test_ids_follow_from_the_pair_so_that_twice_counts_once() -> None:
    one, two = (events(attendance=Attendance.ATTENDED)[0].event_id for _ in range(2))
    assert one == two == "event_roadshow_r@f0~i0.meeting"


def test_an_offer_of_the_institution_stands_in() -> None:
    bare = dataclasses.replace(PROBLEM, notes={})
    report = Report(firm_id="f0", institution_id="i0", attendance=Attendance.ATTENDED)
    (one,) = events_of(bare, PLAN, {PAIR: report}, offers={"i0": "offer_y"})
    assert one.offer_id == "offer_y"
    with pytest.raises(InputError, match="No offer of 'i0' is known"):
        list(events_of(bare, PLAN, {PAIR: report}, offers={}))


def test_only_meetings_of_the_plan_are_reported_on() -> None:
    report = Report(firm_id="f9", institution_id="i0", attendance=Attendance.ATTENDED)
    with pytest.raises(InputError, match="f9 and i0 have no meeting"):
        list(events_of(PROBLEM, PLAN, {("f9", "i0"): report}, offers={}))
