"""Minimums and maximums of every session, not only of the whole event."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from matcher.roadshow.board import build_board
from matcher.roadshow.checking import check
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Problem
from matcher.roadshow.replanning import Change, replan
from matcher.roadshow.result import Cause, Fix, Plan, Rule
from matcher.roadshow.sessions import SessionCount
from matcher.roadshow.timetable import Timetable
from matcher.roadshow.verify import verify

from .worlds import event, lock, slots


def counts(problem: Problem, found: Plan, key: str) -> dict[str, int]:
    names = {slot.slot_id: slot.session for slot in problem.slots}
    met = [names[one.slot_id] for one in found.agenda(key)]
    return {name: met.count(name) for name in dict.fromkeys(names.values())}


@pytest.mark.parametrize("rounds", [0, 50])
def test_everybody_gets_its_minimum_in_each_session(rounds: int) -> None:
    rng = np.random.default_rng(4)
    problem = event(
        np.round(rng.random((12, 6)) * 100, 2),
        slots=slots(6, sessions=2),
        firms={f"f{a}": {"max_meetings": 2, "session_min": 1} for a in range(12)},
        institutions={f"i{b}": {"session_min": 2, "session_max": 3} for b in range(6)},
        options={"agenda_rounds": rounds},
    )
    found = plan(problem)
    assert found.violations == ()
    assert verify(problem, found) == ()
    for a in range(12):
        assert list(counts(problem, found, f"f{a}").values()) == [1, 1]


def test_another_pair_is_chosen_where_no_move_helps() -> None:
    # i0 and i1 are there in the morning only, i2 in the afternoon: 9 + 8 would leave it empty
    morning, afternoon = frozenset({"s0", "s1"}), frozenset({"s2", "s3"})
    problem = event(
        [[9, 8, 1]],
        slots=slots(4, sessions=2),
        firms={"f0": {"max_meetings": 2, "session_min": 1}},
        institutions={
            "i0": {"absent": afternoon},
            "i1": {"absent": afternoon},
            "i2": {"absent": morning},
        },
    )
    found = plan(problem)
    assert {one.institution_id for one in found.meetings} == {"i0", "i2"}
    assert found.violations == ()


def test_the_maximum_of_a_session_binds_each_session() -> None:
    problem = event([[9, 8, 7]], slots=slots(6, sessions=2), firms={"f0": {"session_max": 1}})
    found = plan(problem)
    assert {one.institution_id for one in found.meetings} == {"i0", "i1"}
    assert list(counts(problem, found, "f0").values()) == [1, 1]


SHORT = [
    # nobody but i0 is there in the afternoon, and f0 and f1 want one slot each of its only one
    (
        {"slots": slots(2, sessions=2), "institutions": {"i1": {"absent": frozenset({"s1"})}}},
        Cause.CAPACITY,
        Fix.MORE_SEATS,
        ("i0",),
    ),
    # nobody is there in the afternoon
    (
        {
            "slots": slots(2, sessions=2),
            "institutions": {f"i{b}": {"absent": frozenset({"s1"})} for b in range(2)},
        },
        Cause.NO_COMMON_SLOT,
        Fix.MORE_PRESENCE,
        (),
    ),
]


@pytest.mark.parametrize(("fields", "cause", "fix", "full"), SHORT)
def test_a_missed_minimum_is_told_with_numbers_cause_and_fix(
    fields: dict, cause: Cause, fix: Fix, full: tuple[str, ...]
) -> None:
    asked = {f"f{a}": {"session_min": 1} for a in range(2)}
    problem = event([[9, 8], [8, 9]], firms=asked, **fields)
    found = plan(problem)
    told = [one for one in found.violations if one.rule is Rule.SESSION_MINIMUM]
    assert told
    assert {(one.required, one.got, one.detail) for one in told} == {(1, 0, "2026-09-01 1")}
    assert {(one.cause, one.fix, one.full) for one in told} == {(cause, fix, full)}


def test_locks_above_the_maximum_of_a_session_are_a_fault() -> None:
    problem = event(
        [[9, 8]],
        slots=slots(4, sessions=2),
        firms={"f0": {"session_max": 1}},
        locks=(lock("f0", "i0", "s0"), lock("f0", "i1", "s1")),
    )
    (fault,) = check(problem)
    assert (fault.table, fault.key, fault.column) == ("locks", ("f0", "i1"), "slot")
    assert "maximum of 1" in fault.text_en


def test_filling_keeps_to_sessions_too() -> None:
    problem = event(
        [[9, 8, 1], [8, 9, 1]],
        slots=slots(4, sessions=2),
        firms={f"f{a}": {"max_meetings": 2, "session_min": 1} for a in range(2)},
    )
    before = plan(problem)
    found = replan(problem.with_options(seed=9), before, Change(fill=True))
    assert found.violations == ()


def least_missed(problem: Problem) -> int:
    """The fewest missed units of sessions' minimums, by trying every timetable."""
    names = {slot.slot_id: slot.session for slot in problem.slots}
    cells = list(itertools.product(problem.slots, range(len(problem.firms))))
    best = 10**6

    def missed(made: list[tuple[str, str, str]]) -> int:
        total = 0
        for one in (*problem.firms, *problem.institutions):
            for name in set(names.values()):
                there = any(n == name and s not in one.absent for s, n in names.items())
                got = sum(one.participant_id in row[:2] and names[row[2]] == name for row in made)
                total += max(one.session_min - got, 0) if there else 0
        return total

    def go(at: int, made: list[tuple[str, str, str]]) -> None:
        nonlocal best
        if at == len(cells):
            best = min(best, missed(made))
            return
        slot, f = cells[at]
        go(at + 1, made)
        firm = problem.firms[f]
        if slot.slot_id in firm.absent or sum(r[0] == firm.participant_id for r in made) >= 2:
            return
        for i, other in enumerate(problem.institutions):
            ids = (firm.participant_id, other.participant_id)
            taken = any(r[1:] == (ids[1], slot.slot_id) or r[:2] == ids for r in made)
            if not taken and slot.slot_id not in other.absent and problem.scores[f, i] >= 0:
                go(at + 1, [*made, (*ids, slot.slot_id)])

    go(0, [])
    return best


@pytest.mark.parametrize("seed", range(25))
def test_no_timetable_misses_fewer_than_ours(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def person(most: int | None) -> dict:
        away = frozenset(f"s{at}" for at in range(4) if rng.random() < 0.3)
        return {"absent": away, "session_min": int(rng.integers(0, 2)), "max_meetings": most}

    problem = event(
        np.round(rng.random((2, 3)) * 100, 1),
        slots=slots(4, sessions=2),
        firms={f"f{a}": person(2) for a in range(2)},
        institutions={f"i{b}": person(None) for b in range(3)},
        options={"agenda_rounds": 10},
    )
    found = plan(problem)
    missed = sum(v.required - v.got for v in found.violations if v.rule is Rule.SESSION_MINIMUM)
    assert missed == least_missed(problem)


def test_changes_beyond_a_maximum_are_refused() -> None:
    problem = event([[9, 8]], slots=slots(4, sessions=2), firms={"f0": {"session_max": 1}})
    board = build_board(problem)
    table = Timetable.with_locks(board)
    table.put(np.array([0]), np.array([0]), 0)
    counted = SessionCount(table, [0, 1])
    assert not counted.fits(0, 1)
    assert counted.fits(0, 2)
    assert counted.gain([(0, 0, 1)]) is None
    assert counted.gain([(0, 0, -1), (0, 1, 1)]) == 0
