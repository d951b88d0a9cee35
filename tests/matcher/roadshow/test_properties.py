"""What holds for every event: verified plans, optimal lists, and plans that names do not sway."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matcher.roadshow.board import build_board
from matcher.roadshow.checking import check
from matcher.roadshow.documents import as_bytes, plan_document, plan_from, problem_document
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Fairness, Problem
from matcher.roadshow.quality import totals
from matcher.roadshow.replanning import Change, difference, replan
from matcher.roadshow.selection import select
from matcher.roadshow.timetable import schedule
from matcher.roadshow.verify import verify

from .worlds import event, problems

QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def sound(problem: Problem) -> bool:
    return not check(problem)


@QUICK
@given(problems())
def test_every_plan_passes_the_independent_checker(problem: Problem) -> None:
    if sound(problem):
        assert verify(problem, plan(problem)) == ()


@QUICK
@given(problems())
def test_the_same_problem_gives_the_same_bytes(problem: Problem) -> None:
    if sound(problem):
        one, two = (as_bytes(plan_document(plan(problem))) for _ in range(2))
        assert one == two
        import json

        assert as_bytes(plan_document(plan_from(json.loads(one)))) == one


def lp_value(problem: Problem) -> float:
    """Optimum of the linear program over pairs: maxima, presence and seats, nothing else."""
    board = build_board(problem)
    f, i = np.nonzero(board.allowed)
    if not len(f):
        return 0.0
    n = len(f)
    rows = [
        sp.csr_matrix((np.ones(n), (at, np.arange(n))), (size, n))
        for at, size in ((f, len(board.firms)), (i, len(board.institutions)))
    ]
    upper = np.concatenate([board.firm_most, board.institution_most])
    found = linprog(
        -board.weights[f, i], A_ub=sp.vstack(rows), b_ub=upper, bounds=(0, 1), method="highs"
    )
    return float(-found.fun)


@settings(QUICK, max_examples=200)
@given(problems(plain=True))
def test_the_flow_is_the_optimum_of_the_linear_program(problem: Problem) -> None:
    board = build_board(problem)
    chosen = select(board, requirements=False, dial=False).chosen
    assert math.isclose(board.weights[chosen].sum(), lp_value(problem), abs_tol=0.5)


def best_by_hand(problem: Problem) -> int:
    """Best total weight over all timetables of a tiny event, slot by slot, by enumeration."""
    board = build_board(problem)
    n_firms, n_institutions = board.allowed.shape
    choices = []
    for s in range(len(board.slots)):
        found = []
        for row in itertools.product(range(-1, n_institutions), repeat=n_firms):
            used = [i for i in row if i >= 0]
            fine = all(
                i < 0 or (board.allowed[f, i] and board.firm_free[f, s]) for f, i in enumerate(row)
            )
            if fine and all(used.count(i) <= board.seats[i, s] for i in set(used)):
                found.append(frozenset((f, i) for f, i in enumerate(row) if i >= 0))
        choices.append(found)
    states = {frozenset(): 0}
    for found in choices:
        after: dict[frozenset[tuple[int, int]], int] = {}
        for state in states:
            for meetings in found:
                if state & meetings:
                    continue
                both = state | meetings
                firms = [f for f, _ in both]
                institutions = [i for _, i in both]
                if any(firms.count(f) > board.firm_most[f] for f in set(firms)):
                    continue
                if any(
                    institutions.count(i) > board.institution_most[i] for i in set(institutions)
                ):
                    continue
                after[both] = 0
        states = after
    return max(sum(int(board.weights[f, i]) for f, i in state) for state in states)


@settings(QUICK, max_examples=40)
@given(problems(most=(3, 2, 3), plain=True))
def test_tiny_events_are_as_good_as_enumeration(problem: Problem) -> None:
    found = totals(build_board(problem), _met(problem, plan(problem))).objective
    assert found == best_by_hand(problem)


def best_by_branching(problem: Problem) -> float:
    """Best total score of a small event: one whole variable for each pair and slot."""
    firms, institutions, times = problem.firms, problem.institutions, problem.slots
    columns = [
        (f, i, s)
        for f, one in enumerate(firms)
        for i, other in enumerate(institutions)
        for s, slot in enumerate(times)
        if not np.isnan(problem.scores[f, i]) and slot.slot_id not in one.absent | other.absent
    ]
    if not columns:
        return 0.0
    limits: dict[tuple[object, ...], float] = {}
    rows: dict[tuple[object, ...], list[int]] = {}
    for at, (f, i, s) in enumerate(columns):
        most = (firms[f].max_meetings, institutions[i].max_meetings)
        for key, limit in (
            (("firm", f, s), 1),
            (("institution", i, s), institutions[i].tables),
            (("pair", f, i), 1),
            (("whole firm", f), len(times) if most[0] is None else most[0]),
            (("whole institution", i), 99 if most[1] is None else most[1]),
        ):
            rows.setdefault(key, []).append(at)
            limits[key] = limit
    matrix = sp.lil_matrix((len(rows), len(columns)))
    for number, members in enumerate(rows.values()):
        matrix[number, members] = 1
    upper = np.array([limits[key] for key in rows], float)
    found = milp(
        -np.array([problem.scores[f, i] for f, i, _ in columns]),
        integrality=np.ones(len(columns)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, upper),
    )
    return float(-found.fun)


@settings(QUICK, max_examples=60)
@given(problems(most=(6, 5, 4), plain=True))
def test_small_events_reach_the_exact_optimum(problem: Problem) -> None:
    assert math.isclose(plan(problem).quality.value, best_by_branching(problem), abs_tol=0.01)


def _met(problem: Problem, found: object) -> np.ndarray:
    board = build_board(problem)
    rows = {one.participant_id: at for at, one in enumerate(board.firms)}
    columns = {one.participant_id: at for at, one in enumerate(board.institutions)}
    met = np.zeros(board.allowed.shape, bool)
    for one in found.meetings:  # type: ignore[attr-defined]
        met[rows[one.firm_id], columns[one.institution_id]] = True
    return met


@QUICK
@given(st.integers(1, 12), st.integers(1, 8), st.integers(1, 8), st.integers(0, 10**6))
def test_all_free_and_no_more_than_the_slots_is_always_schedulable(
    n_firms: int, n_institutions: int, n_slots: int, seed: int
) -> None:
    """König: a bipartite graph of degree at most k has an edge colouring with k colours."""
    rng = np.random.default_rng(seed)
    board = build_board(event(rng.random((n_firms, n_institutions)) + 0.1, n_slots=n_slots))
    chosen = select(board).chosen
    assert chosen.sum(axis=0).max() <= n_slots
    assert chosen.sum(axis=1).max() <= n_slots
    assert (schedule(board, chosen).meets() == chosen).all()


@QUICK
@given(problems(plain=True), st.integers(0, 4))
def test_one_more_seat_never_lowers_the_score_only_optimum(problem: Problem, which: int) -> None:
    at = which % len(problem.institutions)
    people = list(problem.institutions)
    one = people[at]
    most = None if one.max_meetings is None else one.max_meetings + 1
    people[at] = dataclasses.replace(one, tables=one.tables + 1, max_meetings=most)
    more = dataclasses.replace(problem, institutions=tuple(people))
    before, after = (
        select(build_board(p), requirements=False, dial=False).solved.gain for p in (problem, more)
    )
    assert after >= before


def distinct(problem: Problem, seed: int) -> Problem:
    """The problem with scores that no two pairs share: without ties there is one best plan."""
    rng = np.random.default_rng(seed)
    values = rng.permutation(problem.scores.size).reshape(problem.scores.shape) + 1.0
    values = values + rng.random(values.shape) / 2
    return dataclasses.replace(problem, scores=np.where(np.isnan(problem.scores), np.nan, values))


@QUICK
@given(problems(plain=True), st.integers(0, 10**6))
def test_the_order_of_rows_leaves_the_plan(problem: Problem, seed: int) -> None:
    problem = distinct(problem, seed)
    rng = np.random.default_rng(seed)
    a, b = rng.permutation(len(problem.firms)), rng.permutation(len(problem.institutions))
    shuffled = dataclasses.replace(
        problem,
        firms=tuple(problem.firms[k] for k in a),
        institutions=tuple(problem.institutions[k] for k in b),
        scores=problem.scores[np.ix_(a, b)],
        slots=tuple(problem.slots[k] for k in rng.permutation(len(problem.slots))),
    )
    one, two = plan(problem), plan(shuffled)
    assert one == two
    assert problem_document(problem) == problem_document(shuffled)


@QUICK
@given(problems(plain=True), st.integers(0, 10**6))
def test_new_names_leave_the_plan(problem: Problem, seed: int) -> None:
    problem = distinct(problem, seed)
    rng = np.random.default_rng(seed)
    new = {
        one.participant_id: f"x{number}"
        for one, number in zip(
            (*problem.firms, *problem.institutions),
            rng.permutation(len(problem.firms) + len(problem.institutions)).tolist(),
            strict=True,
        )
    }

    def renamed(people: tuple) -> tuple:
        return tuple(
            dataclasses.replace(one, participant_id=new[one.participant_id]) for one in people
        )

    other = dataclasses.replace(
        problem, firms=renamed(problem.firms), institutions=renamed(problem.institutions)
    )
    expected = {(new[m.firm_id], new[m.institution_id], m.slot_id) for m in plan(problem).meetings}
    found = {(m.firm_id, m.institution_id, m.slot_id) for m in plan(other).meetings}
    assert found == expected


@QUICK
@given(problems(), st.sampled_from([0.001, 3.0, 1024.0]))
def test_scaled_scores_leave_the_plan(problem: Problem, factor: float) -> None:
    if not sound(problem):
        return
    scaled = dataclasses.replace(problem, scores=problem.scores * factor)
    one, two = plan(problem), plan(scaled)
    key = [(m.firm_id, m.institution_id, m.slot_id) for m in one.meetings]
    assert [(m.firm_id, m.institution_id, m.slot_id) for m in two.meetings] == key


@QUICK
@given(problems(), st.integers(0, 6), st.booleans())
def test_changed_plans_are_verified_and_fill_moves_nothing(
    problem: Problem, which: int, fill: bool
) -> None:
    if not sound(problem):
        return
    before = plan(problem)
    gone = problem.firms[which % len(problem.firms)].participant_id
    every = frozenset(slot.slot_id for slot in problem.slots)
    changed = dataclasses.replace(
        problem,
        firms=tuple(
            dataclasses.replace(one, absent=every, min_meetings=0, session_min=0)
            if one.participant_id == gone
            else one
            for one in problem.firms
        ),
        locks=tuple(k for k in problem.locks if k.firm_id != gone),
        wishes=tuple(w for w in problem.wishes if w.firm_id != gone),
    )
    after = replan(changed, before, Change(fill=fill))
    assert verify(changed, after) == ()
    diff = difference(before, after)
    if fill:
        assert all(one.before.slot_id == one.after.slot_id for one in diff.moved)
        assert {m.firm_id for m in diff.removed} <= {gone}


@QUICK
@given(problems())
def test_no_change_gives_an_empty_difference(problem: Problem) -> None:
    if not sound(problem):
        return
    before = plan(problem)
    for change in (Change(), Change(fill=True), Change(max_changes=0)):
        assert not difference(before, replan(problem, before, change))


def test_the_dial_spreads_meetings() -> None:
    scores = [[90, 85, 80], [60, 55, 50]]
    most = {f"i{b}": {"max_meetings": 1} for b in range(3)}
    efficiency = plan(event(scores, institutions=most))
    equal = plan(event(scores, institutions=most, fairness=Fairness.EQUAL))
    assert efficiency.quality.value == 90 + 85 + 80
    assert efficiency.quality.unserved == 1
    assert equal.quality.unserved == 0
    # two for the first firm, one for the second, at the least loss: 85 + 80 + 60 = 90 + 85 + 50
    assert equal.quality.value == 90 + 85 + 50
