"""Events whose best plan is obvious, and what is said where something is missed."""

from __future__ import annotations

import dataclasses

import pytest

from data.errors import InputError
from matcher.roadshow.checking import check
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Fairness, Problem, Room, WishKind
from matcher.roadshow.quality import gini
from matcher.roadshow.result import Cause, Fix, Rule
from matcher.roadshow.verify import verify

from .worlds import event, lock, rule, wish


def pairs(problem: Problem) -> set[tuple[str, str]]:
    return {one.pair for one in plan(problem).meetings}


def test_nothing_in_gives_a_valid_empty_plan() -> None:
    empty = Problem(roadshow_id="r", name="empty")
    assert plan(empty).meetings == ()
    assert plan(empty).quality.value == 0
    only_slots = event([[1]], n_slots=0)
    found = plan(only_slots)
    assert found.meetings == ()
    assert {one.cause for one in found.unmatched} == {Cause.NO_COMMON_SLOT}


def test_a_checkerboard_of_preferences_is_met() -> None:
    scores = [[90 if (a + b) % 2 == 0 else 1 for b in range(4)] for a in range(4)]
    problem = event(scores, n_slots=2, firms={f"f{a}": {"max_meetings": 2} for a in range(4)})
    assert pairs(problem) == {
        (f"f{a}", f"i{b}") for a in range(4) for b in range(4) if (a + b) % 2 == 0
    }


def test_the_spreadsheet_takes_the_first_and_loses_the_sum() -> None:
    # one seat each: 10 + 1 = 11 going down the list, 9 + 9 = 18 at best
    problem = event(
        [[10, 9], [9, 1]],
        firms={f"f{a}": {"max_meetings": 1} for a in range(2)},
        institutions={f"i{b}": {"max_meetings": 1} for b in range(2)},
    )
    quality = plan(problem).quality
    assert quality.value == 9 + 9
    assert quality.baseline_value == 10 + 1
    assert quality.lead == pytest.approx((18 - 11) / 11)
    assert quality.gap == 0
    assert quality.upper_bound == 18


def test_a_must_pair_meets_whatever_its_score() -> None:
    one_seat = {"i0": {"max_meetings": 1}}
    problem = event([[90], [1]], institutions=one_seat)
    assert pairs(problem) == {("f0", "i0")}
    wanted = event([[90], [1]], institutions=one_seat, wishes=(wish("f1", "i0", WishKind.MUST),))
    assert pairs(wanted) == {("f1", "i0")}


def test_a_wish_decides_between_near_equals() -> None:
    one_seat = {"i0": {"max_meetings": 1}}
    problem = event([[52], [50]], institutions=one_seat, wishes=(wish("f1", "i0"),))
    assert pairs(problem) == {("f1", "i0")}
    assert plan(problem).quality.wishes_met == 1


def test_declined_met_and_related_pairs_never_meet() -> None:
    problem = event(
        [[9, 8, 7, 6]],
        firms={"f0": {"group": "G"}},
        institutions={"i2": {"group": "G"}},
        wishes=(wish("f0", "i0", WishKind.NO_THANKS),),
        met_before=frozenset({("f0", "i1")}),
    )
    assert pairs(problem) == {("f0", "i3")}


def test_a_settled_meeting_stays_in_its_slot_and_room() -> None:
    problem = event(
        [[1, 9]],
        n_slots=2,
        firms={"f0": {"max_meetings": 2}},
        rooms=(Room(room_id="A", name="A", tables=2),),
        locks=(lock("f0", "i0", "s1", room_id="A", table=2),),
    )
    found = plan(problem)
    first = next(one for one in found.meetings if one.institution_id == "i0")
    assert (first.slot_id, first.room_id, first.table, first.locked) == ("s1", "A", 2, True)
    assert len(found.meetings) == 2


def test_a_bank_comes_before_a_better_fund_where_one_is_asked_for() -> None:
    kinds = {"i0": {"kind": "bank"}, "i1": {"kind": "fund"}, "i2": {"kind": "fund"}}
    firm = {"f0": {"max_meetings": 2}}
    free = event([[1, 50, 40]], firms=firm, institutions=kinds)
    assert pairs(free) == {("f0", "i1"), ("f0", "i2")}
    bound = event(
        [[1, 50, 40]],
        firms=firm,
        institutions=kinds,
        kind_rules=(rule("both", "bank", "fund", minimum=2), rule("bank", "bank")),
    )
    assert pairs(bound) == {("f0", "i0"), ("f0", "i1")}
    assert plan(bound).violations == ()


def test_a_kind_rule_asks_nothing_where_nobody_is_eligible() -> None:
    problem = event(
        [[None, 5]],
        institutions={"i0": {"kind": "bank"}, "i1": {"kind": "fund"}},
        kind_rules=(rule("bank", "bank"),),
    )
    assert plan(problem).violations == ()


def test_delegates_of_one_institution_meet_at_the_same_time() -> None:
    problem = event([[5], [4]], n_slots=1, institutions={"i0": {"tables": 2}})
    found = plan(problem)
    assert {(one.slot_id, one.desk) for one in found.meetings} == {("s0", 1), ("s0", 2)}


def test_rooms_cap_what_happens_at_one_time() -> None:
    rooms = (Room(room_id="A", name="A", tables=1),)
    problem = event([[5, 0], [0, 4]], n_slots=1, rooms=rooms)
    assert pairs(problem) == {("f0", "i0")}
    closed = (Room(room_id="A", name="A", tables=1, closed=frozenset({"s0"})),)
    assert pairs(event([[5]], n_slots=1, rooms=closed)) == set()


def test_an_institution_keeps_its_table_all_day() -> None:
    problem = event(
        [[5, 4], [3, 2]],
        n_slots=3,
        institutions={"i1": {"room_id": "B", "fixed_tables": (2,)}},
        rooms=(Room(room_id="A", name="A", tables=1), Room(room_id="B", name="B", tables=2)),
    )
    places = {
        key: {(m.room_id, m.table) for m in plan(problem).agenda(key)} for key in ("i0", "i1")
    }
    assert len(places["i0"]) == 1
    assert places["i1"] == {("B", 2)}


def test_session_limits_hold() -> None:
    from .worlds import slots

    problem = event(
        [[5, 5, 5, 5]],
        firms={"f0": {"session_max": 1}},
        slots=slots(4, sessions=2),
    )
    found = plan(problem)
    assert len(found.meetings) == 2
    assert {one.slot_id in ("s0", "s1") for one in found.meetings} == {True, False}


CAUSES = [
    (event([[None, None], [5, 5]]), Cause.NO_ELIGIBLE_PAIR, Fix.SCORE_PAIRS),
    (
        event([[5], [5]], wishes=(wish("f0", "i0", WishKind.NO_THANKS),)),
        Cause.ALL_DECLINED,
        Fix.ASK_AGAIN,
    ),
    (
        event(
            [[5], [5]],
            n_slots=2,
            firms={"f0": {"absent": frozenset({"s0"})}},
            institutions={"i0": {"absent": frozenset({"s1"})}},
        ),
        Cause.NO_COMMON_SLOT,
        Fix.MORE_PRESENCE,
    ),
    (event([[5], [9]], n_slots=1), Cause.CAPACITY, Fix.MORE_SEATS),
    (event([[5], [9]], firms={"f0": {"max_meetings": 0}}), Cause.OWN_LIMIT, Fix.RAISE_OWN_MAXIMUM),
]


@pytest.mark.parametrize(("problem", "cause", "fix"), CAUSES)
def test_the_first_reason_that_applies_is_told(problem: Problem, cause: Cause, fix: Fix) -> None:
    told = {one.participant_id: one for one in plan(problem).unmatched}
    assert (told["f0"].cause, told["f0"].fix) == (cause, fix)


def test_who_is_full_is_named_with_the_worth_of_one_more_seat() -> None:
    found = plan(event([[5], [9]], n_slots=1))
    (one,) = found.unmatched
    assert one.full == ("i0",)
    assert one.seat_worth == pytest.approx(5, abs=1e-4)
    assert [(s.participant_id, s.minimums) for s in found.seats] == [("i0", 0)]


def test_a_minimum_that_one_more_seat_would_mend_says_so() -> None:
    problem = event(
        [[5], [9]], n_slots=1, firms={"f0": {"min_meetings": 1}, "f1": {"min_meetings": 1}}
    )
    found = plan(problem)
    (one,) = found.violations
    assert (one.rule, one.required, one.got, one.seat_minimums) == (Rule.FIRM_MINIMUM, 1, 0, 1)
    assert found.quality.shortfall == 1
    assert found.warnings == (("firms", 2, 1),)


def test_a_minimum_above_the_slots_is_a_warning_with_numbers() -> None:
    found = plan(event([[5, 5]], n_slots=1, firms={"f0": {"min_meetings": 3}}))
    assert ("f0", 3, 1) in found.warnings
    assert [(v.required, v.got) for v in found.violations] == [(3, 1)]


def test_the_timetable_is_named_where_seats_are_free_at_clashing_times() -> None:
    # both banks are there in one slot only, the same one
    away = frozenset({"s1"})
    problem = event(
        [[5, 5]],
        n_slots=2,
        firms={"f0": {"min_meetings": 2}},
        institutions={"i0": {"absent": away}, "i1": {"absent": away}},
    )
    (one,) = plan(problem).violations
    assert (one.got, one.cause) == (1, Cause.TIMETABLE)


def test_an_idle_limit_that_cannot_hold_is_admitted() -> None:
    problem = event(
        [[5, 5]],
        institutions={
            "i0": {"absent": frozenset({"s1", "s2", "s3"})},
            "i1": {"absent": frozenset({"s0", "s1", "s2"})},
        },
        options={"max_idle": 1},
    )
    (one,) = plan(problem).violations
    assert (one.rule, one.who, one.required, one.got) == (Rule.IDLE_LIMIT, ("f0",), 1, 2)


def test_agendas_lose_their_breaks() -> None:
    # six firms, two meetings each with any of three institutions, six slots: no break is needed
    problem = event(
        [[5, 5, 5]] * 6, n_slots=6, firms={f"f{a}": {"max_meetings": 2} for a in range(6)}
    )
    assert plan(problem).quality.breaks == 0


def test_the_price_of_fairness_is_reported() -> None:
    most = {f"i{b}": {"max_meetings": 1} for b in range(2)}
    quality = plan(event([[90, 80], [10, 20]], institutions=most, fairness=Fairness.EQUAL)).quality
    assert quality.value == 90 + 20
    assert quality.efficiency_value == 90 + 80
    assert quality.fairness_cost == pytest.approx((170 - 110) / 170)
    assert quality.lowest_firm_value == 20
    assert quality.gini_meetings == 0
    assert quality.gini_value == pytest.approx(abs(90 - 20) / (2 * (90 + 20)))
    assert quality.blocking_pairs == 1  # f0 and i1 would both rather meet


def test_gini_of_known_values() -> None:
    import numpy as np

    assert gini(np.array([0.0, 0.0])) == 0
    assert gini(np.array([1.0, 1.0])) == 0
    assert gini(np.array([0.0, 1.0])) == pytest.approx(1 / 2)


def test_a_faulty_problem_is_refused() -> None:
    with pytest.raises(InputError, match=r"1 faults.*finite and at least 0; got -1"):
        plan(event([[-1]]))


def test_a_settled_fixed_table_leaves_the_others_of_the_institution() -> None:
    rooms = (Room(room_id="A", name="hall", tables=3),)
    host = {"tables": 2, "room_id": "A", "fixed_tables": (1, 2)}
    scores = [[9], [8], [7]]
    problem = event(
        scores,
        n_slots=2,
        institutions={"i0": host},
        rooms=rooms,
        locks=(lock("f0", "i0", "s0", room_id="A", table=2),),
    )
    found = plan(problem)
    assert verify(problem, found) == ()
    first = {one.firm_id: one.table for one in found.meetings if one.slot_id == "s0"}
    assert first.pop("f0") == 2
    assert list(first.values()) == [1]
    elsewhere = dataclasses.replace(
        problem, locks=(lock("f0", "i0", "s0", room_id="A", table=3), lock("f1", "i0", "s0"))
    )
    assert verify(elsewhere, plan(elsewhere)) == ()


def test_a_table_that_is_fixed_for_another_institution_cannot_be_settled() -> None:
    problem = event(
        [[9, 8]],
        institutions={"i1": {"room_id": "A", "fixed_tables": (1,)}},
        rooms=(Room(room_id="A", name="hall", tables=3),),
        locks=(lock("f0", "i0", "s0", room_id="A", table=1),),
    )
    (fault,) = check(problem)
    assert (fault.table, fault.column) == ("locks", "table")
