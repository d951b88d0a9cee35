"""Every fault of a problem is found, and all of them at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pytest

from matcher.roadshow.checking import check
from matcher.roadshow.problem import Problem, Room, WishKind

from .worlds import event, lock, person, rule, slots, wish

TWO = [[5, 4], [3, 2]]
ROOM = (Room(room_id="A", name="A", tables=1),)
MUST, NO = WishKind.MUST, WishKind.NO_THANKS
AWAY = frozenset({"s0", "s1", "s2", "s3"})
LATE = dataclasses.replace(
    slots(1)[0], slot_id="late", starts_at=slots(1)[0].starts_at + dt.timedelta(minutes=5)
)
NAIVE = dataclasses.replace(slots(1)[0], starts_at=dt.datetime(2026, 9, 1, 9))

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"time_zone": ""}, "event", "time zone is missing"),
    ({"time_zone": "Mars/Base"}, "event", "no time zone 'Mars/Base'"),
    ({"firms": (person("f0"), person("f0"))}, "firms", "f0 occurs 2 times"),
    (
        {"institutions": (person("f0"), person("i1"))},
        "institutions",
        "a firm's and an institution's",
    ),
    ({"scores": np.zeros((1, 1))}, "scores", r"shape \(2, 2\)"),
    ({"wishes": (wish("fx", "i0"),)}, "wishes", "no firm 'fx'"),
    ({"locks": (lock("f0", "i0", "sx"),)}, "locks", "no slot 'sx'"),
    ({"met_before": frozenset({("f0", "ix")})}, "met", "no institution 'ix'"),
    ({"kind_rules": (rule("k", "bank", firms=frozenset({"fx"})),)}, "kinds", "no firm 'fx'"),
    ({"firms": {"f0": {"absent": frozenset({"sx"})}}}, "firms", "no slot 'sx'"),
    (
        {"firms": {"f0": {"min_meetings": 3, "max_meetings": 2}}},
        "firms",
        "minimum of 3 above its maximum of 2",
    ),
    ({"firms": {"f0": {"max_meetings": -1}}}, "firms", "negative"),
    ({"institutions": {"i0": {"tables": 0}}}, "institutions", "at least 1 table; got 0"),
    ({"slots": (*slots(1), LATE)}, "slots", "late overlaps s0"),
    ({"slots": (NAIVE,)}, "slots", "s0 has no time zone"),
    ({"rooms": (Room(room_id="A", name="A", tables=0),)}, "rooms", "at least 1 table; got 0"),
    (
        {"rooms": ROOM, "institutions": {"i0": {"room_id": "A", "fixed_tables": (7,)}}},
        "institutions",
        "no such table 7",
    ),
    ({"scores": np.array([[np.inf, 1], [1, 1]])}, "scores", "f0 and i0 must be finite"),
    (
        {"wishes": (wish("f0", "i0", MUST), wish("f0", "i0", NO))},
        "wishes",
        "must meet and is declined",
    ),
    (
        {"wishes": (wish("f0", "i0", MUST),), "scores": np.array([[np.nan, 1], [1, 1]])},
        "wishes",
        "must meet but is not eligible",
    ),
    (
        {"wishes": (wish("f0", "i0", MUST),), "firms": {"f0": {"absent": AWAY}}},
        "wishes",
        "no common slot",
    ),
    (
        {"locks": (lock("f0", "i0", "s0"), lock("f0", "i1", "s0"))},
        "locks",
        "f0 has more locked meetings in slot s0",
    ),
    (
        {"locks": (lock("f0", "i0", "s0"), lock("f0", "i0", "s1"))},
        "locks",
        "locked twice",
    ),
    (
        {"locks": (lock("f0", "i0", "s0"),), "firms": {"f0": {"absent": frozenset({"s0"})}}},
        "locks",
        "not there in slot s0",
    ),
    (
        {"locks": (lock("f0", "i0", "s0"),), "firms": {"f0": {"max_meetings": 0}}},
        "locks",
        "more locked meetings than its maximum of 0",
    ),
    (
        {"locks": (lock("f0", "i0", "s0"), lock("f1", "i1", "s0")), "rooms": ROOM},
        "locks",
        "2 locked meetings and 1 tables",
    ),
    (
        {"locks": (lock("f0", "i0", "s0", room_id="A", table=4),), "rooms": ROOM},
        "locks",
        "table 4, which is taken or does not exist",
    ),
    (
        {"kind_rules": (rule("one", "bank", "fund"), rule("two", "fund", "insurer"))},
        "kinds",
        "overlap without nesting",
    ),
]


@pytest.mark.parametrize(("changes", "table", "text"), CASES)
def test_each_fault_is_found(changes: dict[str, Any], table: str, text: str) -> None:
    import re

    limits = {k: v for k, v in changes.items() if isinstance(v, dict)}
    fields = {k: v for k, v in changes.items() if k not in limits}
    found = check(dataclasses.replace(event(TWO, **limits), **fields))
    assert any(one.table == table and re.search(text, one.text_en) for one in found), found
    assert all(one.text_zh for one in found)


def test_all_faults_are_told_at_once() -> None:
    problem = event(
        [[-1, 4], [3, 2]],
        firms={"f0": {"min_meetings": 3, "max_meetings": 2}},
        institutions={"i0": {"tables": 0}},
    )
    assert len(check(problem)) == 3


def test_a_sound_problem_has_no_faults() -> None:
    assert check(event(TWO)) == ()
    assert check(Problem(roadshow_id="r", name="r")) == ()


def test_nested_rules_and_rules_of_different_firms_are_fine() -> None:
    nested = (rule("one", "bank", "fund"), rule("two", "fund"))
    assert check(event(TWO, kind_rules=nested)) == ()
    apart = (
        rule("one", "bank", "fund", firms=frozenset({"f0"})),
        rule("two", "fund", "insurer", firms=frozenset({"f1"})),
    )
    assert check(event(TWO, kind_rules=apart)) == ()
