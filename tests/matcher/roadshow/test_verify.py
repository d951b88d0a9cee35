"""The checker finds each fault that is planted in a good plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Room, WishKind
from matcher.roadshow.result import Meeting, Plan
from matcher.roadshow.verify import verify

from .worlds import event, lock, wish

PROBLEM = event(
    [[50, 40, None], [30, 20, 10]],
    n_slots=3,
    firms={"f0": {"max_meetings": 2, "group": "G"}, "f1": {"session_max": 2, "min_meetings": 1}},
    institutions={
        "i0": {"kind": "bank", "room_id": "A", "fixed_tables": (1,)},
        "i1": {"kind": "fund", "absent": frozenset({"s2"})},
        "i2": {"kind": "fund", "group": "G"},
    },
    rooms=(Room(room_id="A", name="A", tables=2), Room(room_id="B", name="B", tables=1)),
    locks=(lock("f0", "i0", "s0"),),
    wishes=(wish("f1", "i2", WishKind.NO_THANKS),),
)
GOOD = plan(PROBLEM)

Change = Callable[[Meeting], dict[str, Any]]


def codes(**changes: Any) -> set[str]:
    return {one.code for one in verify(PROBLEM, dataclasses.replace(GOOD, **changes))}


def with_meeting(at: int, **changes: Any) -> tuple[Meeting, ...]:
    rows = list(GOOD.meetings)
    rows[at] = dataclasses.replace(rows[at], **changes)
    return tuple(rows)


def index(firm: str, institution: str) -> int:
    return next(n for n, m in enumerate(GOOD.meetings) if m.pair == (firm, institution))


def test_a_good_plan_has_no_faults() -> None:
    assert verify(PROBLEM, GOOD) == ()
    assert {m.pair for m in GOOD.meetings} == {
        ("f0", "i0"),
        ("f0", "i1"),
        ("f1", "i0"),
        ("f1", "i1"),
    }


def test_another_event_is_told_at_once() -> None:
    assert codes(roadshow_id="other") == {"event"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"firm_id": "fx"}, "unknown_id"),
        ({"slot_id": "sx"}, "unknown_id"),
        ({"room_id": "X"}, "unknown_id"),
        ({"institution_id": "i2"}, "declined"),
        ({"slot_id": "s2"}, "absent"),
        ({"desk": 2}, "desk"),
        ({"value": 21.0}, "value"),
        ({"table": 9}, "no_such_table"),
        ({"room_id": None}, "no_table"),
    ],
)
def test_a_fault_in_one_meeting_is_found(changes: dict[str, Any], code: str) -> None:
    assert code in codes(meetings=with_meeting(index("f1", "i1"), **changes))


def test_double_bookings_are_found() -> None:
    one = GOOD.meetings[index("f1", "i0")]
    other = GOOD.meetings[index("f1", "i1")]
    both = with_meeting(index("f1", "i1"), slot_id=one.slot_id)
    assert "double_booking" in codes(meetings=both)
    twice = (*GOOD.meetings, dataclasses.replace(other))
    assert {"pair_twice", "double_booking"} <= codes(meetings=twice)


def test_maxima_are_counted() -> None:
    stricter = tuple(dataclasses.replace(one, max_meetings=1) for one in PROBLEM.firms)
    faults = verify(dataclasses.replace(PROBLEM, firms=stricter), GOOD)
    assert {one.code for one in faults} == {"maximum"}
    stricter = tuple(dataclasses.replace(one, session_max=1) for one in PROBLEM.firms)
    faults = verify(dataclasses.replace(PROBLEM, firms=stricter), GOOD)
    assert {one.code for one in faults} == {"session_maximum"}


def test_tables_rooms_and_fixed_places_are_checked() -> None:
    at = index("f1", "i0")
    assert "wrong_room" in codes(meetings=with_meeting(at, room_id="B", table=1))
    assert "wrong_table" in codes(meetings=with_meeting(at, table=2))
    closed = tuple(
        dataclasses.replace(room, closed=frozenset({GOOD.meetings[at].slot_id}))
        for room in PROBLEM.rooms
    )
    faults = verify(dataclasses.replace(PROBLEM, rooms=closed), GOOD)
    assert "room_closed" in {one.code for one in faults}


def test_settled_meetings_must_be_there_and_marked() -> None:
    at = index("f0", "i0")
    assert "lock" in codes(meetings=with_meeting(at, locked=False))
    assert "lock" in codes(meetings=with_meeting(at, slot_id="s1"))


def test_what_is_missed_must_be_admitted_and_nothing_else() -> None:
    demanding = tuple(dataclasses.replace(one, min_meetings=3) for one in PROBLEM.firms)
    demanding = (dataclasses.replace(demanding[0], max_meetings=3), demanding[1])
    problem = dataclasses.replace(PROBLEM, firms=demanding)
    assert "not_admitted" in {one.code for one in verify(problem, GOOD)}
    honest = plan(problem)
    assert verify(problem, honest) == ()
    assert "not_missed" in {one.code for one in verify(PROBLEM, with_violations(honest))}
    assert "unmatched" in codes(unmatched=())


def with_violations(other: Plan) -> Plan:
    return dataclasses.replace(GOOD, violations=other.violations)


def test_a_same_group_or_earlier_meeting_is_forbidden() -> None:
    scores = PROBLEM.scores.copy()
    scores[0, 2] = 5.0
    one = dataclasses.replace(GOOD.meetings[index("f0", "i1")], institution_id="i2", value=5.0)
    rows = tuple(one if m.pair == ("f0", "i1") else m for m in GOOD.meetings)
    faults = verify(
        dataclasses.replace(PROBLEM, scores=scores), dataclasses.replace(GOOD, meetings=rows)
    )
    assert "same_group" in {one.code for one in faults}
    met = dataclasses.replace(PROBLEM, met_before=frozenset({("f1", "i1")}))
    assert "met_before" in {one.code for one in verify(met, GOOD)}
