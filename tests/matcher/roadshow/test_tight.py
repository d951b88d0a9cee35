"""Events where many are away: the linear program, repair, and chains that make room."""

from __future__ import annotations

import numpy as np

from matcher.roadshow.board import build_board
from matcher.roadshow.compaction import breaks_of, compact, count_breaks
from matcher.roadshow.insertion import insert
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Problem
from matcher.roadshow.quality import totals
from matcher.roadshow.relaxation import relaxed
from matcher.roadshow.repair import Objective, best_pairs, improve
from matcher.roadshow.selection import select
from matcher.roadshow.timetable import Timetable, schedule
from matcher.roadshow.verify import verify

from .worlds import event


def tight(seed: int) -> Problem:
    """Sixty firms, twenty institutions, ten slots, everybody away half of the time."""
    rng = np.random.default_rng(seed)

    def away() -> dict[str, object]:
        return {"absent": frozenset(f"s{at}" for at in range(10) if rng.random() < 0.5)}

    return event(
        np.round(rng.random((60, 20)) * 100, 2),
        n_slots=10,
        firms={f"f{a}": {**away(), "max_meetings": 2} for a in range(60)},
        institutions={f"i{b}": away() for b in range(20)},
    )


def test_tight_events_stay_near_the_bound_and_are_verified() -> None:
    for seed in range(3):
        problem = tight(seed)
        found = plan(problem)
        assert verify(problem, found) == ()
        assert found.quality.gap < 0.02
        assert found.quality.value > found.quality.baseline_value


def test_the_relaxation_bounds_every_timetable_and_the_flow_bounds_it() -> None:
    board = build_board(tight(0))
    selection = select(board)
    bound, table = relaxed(board)
    assert bound <= selection.solved.gain + 1
    assert totals(board, table.meets()).objective <= bound + 1
    improve(table, Objective.of(board), generator=np.random.default_rng(1))
    assert totals(board, table.meets()).objective <= bound + 1


def test_repair_never_lowers_the_objective() -> None:
    board = build_board(tight(1))
    table = schedule(board, select(board).chosen)
    before = totals(board, table.meets()).objective
    improve(table, Objective.of(board), generator=np.random.default_rng(1), passes=0)
    after = totals(board, table.meets()).objective
    assert after >= before


def test_repair_leaves_kept_meetings_alone() -> None:
    board = build_board(tight(1))
    table = schedule(board, select(board).chosen)
    kept = table.partner >= 0
    before = table.partner.copy()
    improve(table, Objective.of(board), generator=np.random.default_rng(1), kept=kept)
    assert (table.partner[kept] == before[kept]).all()


def test_a_chain_makes_room_for_a_pair_without_a_common_free_slot() -> None:
    # f0 meets i0 in s0; f0 – i1 needs s0 too, because i1 is away in s1: i0 moves to s1
    problem = event([[5, 4]], n_slots=2, institutions={"i1": {"absent": frozenset({"s1"})}})
    board = build_board(problem)
    ids = [one.participant_id for one in board.institutions]
    table = Timetable.with_locks(board)
    table.put(np.array([0]), np.array([ids.index("i0")]), 0)
    wanted = np.zeros(board.allowed.shape, bool)
    wanted[0, ids.index("i1")] = True
    after = insert(table, wanted)
    assert after.partner.tolist() == [[ids.index("i1"), ids.index("i0")]]
    held = table.partner >= 0
    assert (insert(table, wanted, kept=held).partner == table.partner).all()


def test_the_agenda_pass_keeps_who_meets_whom_and_lowers_breaks() -> None:
    board = build_board(tight(2))
    table = schedule(board, select(board).chosen)
    after = compact(table, generator=np.random.default_rng(7), steps=20_000)
    assert (after.meets() == table.meets()).all()
    assert sum(count_breaks(after)) < sum(count_breaks(table))


def test_breaks_are_runs_of_idle_slots_inside_a_session() -> None:
    whole, present = [0b111111], 0b111111
    assert breaks_of(0b001110, present, None, whole) == 0
    assert breaks_of(0b100101, present, None, whole) == 2
    assert breaks_of(0b100001, 0b100001, None, whole) == 0  # away in between: no wait
    assert breaks_of(0b100101, present, None, [0b000111, 0b111000]) == 1
    assert breaks_of(0b100001, present, 2, whole) == 1 + 4  # above the limit counts four more


def test_best_pairs_are_those_of_either_side() -> None:
    board = build_board(event([[9, 1, 1], [8, 2, 1], [7, 1, 3]]))
    best = best_pairs(board, 1)
    ids = [one.participant_id for one in board.firms]
    columns = [one.participant_id for one in board.institutions]
    found = {(ids[f], columns[i]) for f, i in np.argwhere(best).tolist()}
    assert found == {("f0", "i0"), ("f1", "i0"), ("f2", "i0"), ("f1", "i1"), ("f2", "i2")}
