"""From a problem to a plan, top to bottom."""

from __future__ import annotations

import datetime as dt

import numpy as np

from matcher.roadshow.balancing import balance, session_shortage
from matcher.roadshow.board import Board, build_board
from matcher.roadshow.checking import require_sound, warnings_of
from matcher.roadshow.compaction import compact, steps_for
from matcher.roadshow.documents import hash_of
from matcher.roadshow.findings import Findings
from matcher.roadshow.insertion import insert
from matcher.roadshow.problem import Problem
from matcher.roadshow.quality import measure, shortfall, totals
from matcher.roadshow.relaxation import MOST_COLUMNS, relaxed, size_of
from matcher.roadshow.repair import Objective, best_pairs, improve
from matcher.roadshow.result import Meeting, Plan, Stamp
from matcher.roadshow.seating import seat
from matcher.roadshow.selection import Selection, select
from matcher.roadshow.timetable import NOBODY, Timetable, schedule
from matcher.roadshow.verify import verify

SOLVER_VERSION = "2"
"""Changes with whatever can change a plan of an unchanged problem."""


CHOICES = 25
"""Of each side: others hardly ever meet (measured: with 12 the program is no longer integral)."""

MUCH_LOST = 0.01
"""Share of the match list without a slot from which the linear program pays."""


def plan(problem: Problem) -> Plan:
    """Find the best fair match list and a timetable for it.

    The same problem gives the same plan, byte for byte: the passes have numbers of steps, not
    times.

    Raises
    ------
    InputError
        The problem has faults; :func:`matcher.roadshow.checking.check` lists them all.
    """
    require_sound(problem)
    board = build_board(problem)
    selection = select(board)
    table = schedule(board, selection.chosen)
    generator = np.random.default_rng(problem.options.seed)
    lost = selection.chosen & ~table.meets()
    if lost.any():
        table = _tight(board, insert(table, lost), selection, generator)
    table = _in_sessions(board, balance(table), generator)
    steps = steps_for(problem.options.agenda_rounds, int((table.partner != NOBODY).sum()))
    table = compact(table, generator=generator, steps=steps)
    return finished(problem, table, selection)


def _tight(
    board: Board, table: Timetable, selection: Selection, generator: np.random.Generator
) -> Timetable:
    """Make the best of a match list that does not fit into the slots as it is."""
    lost = int((selection.chosen & ~table.meets()).sum())
    if not lost:
        return table
    pairs = best_pairs(board, CHOICES)
    if lost > MUCH_LOST * selection.chosen.sum() and size_of(board, pairs) <= MOST_COLUMNS:
        table = relaxed(board, pairs)[1]
    improve(table, Objective.of(board), generator=generator)
    return table


def _in_sessions(board: Board, table: Timetable, generator: np.random.Generator) -> Timetable:
    """Mend the minimums of sessions that no move mends: by other meetings, if they cost none."""
    if not session_shortage(table):
        return table
    tables = [table, table.copy()]
    pairs = best_pairs(board, CHOICES)
    if size_of(board, pairs) <= MOST_COLUMNS:
        tables.append(relaxed(board, pairs)[1])
    for one in tables[1:]:
        improve(one, Objective.of(board), generator=generator)
    return max((balance(one) for one in tables), key=_worth)


def _worth(table: Timetable) -> tuple[int, int]:
    met = table.meets()
    missed = shortfall(table.board, met) + session_shortage(table)
    return -missed, totals(table.board, met).objective


def finished(
    problem: Problem,
    table: Timetable,
    selection: Selection,
    *,
    earlier: tuple[Meeting, ...] = (),
    frozen_until: dt.datetime | None = None,
) -> Plan:
    """Add seats, quality and findings to a timetable, and have it verified.

    Meetings of ``earlier`` keep their tables; slots that began before ``frozen_until`` are past.

    Raises
    ------
    AssertionError
        The plan breaks a rule: a mistake of the planner.
    """
    findings = Findings(table, selection.seat_worth())
    found = Plan(
        roadshow_id=problem.roadshow_id,
        meetings=meetings_of(table, earlier),
        quality=measure(table, selection),
        violations=findings.violations(),
        unmatched=findings.unmatched(),
        seats=findings.seats(),
        warnings=warnings_of(problem),
        stamp=Stamp(
            input_hash=hash_of(problem),
            seed=problem.options.seed,
            solver_version=SOLVER_VERSION,
            fairness=problem.options.fairness.value,
        ),
        frozen_until=frozen_until,
    )
    faults = verify(problem, found)
    if faults:
        raise AssertionError(f"The plan breaks {len(faults)} rules, first: {faults[0].message}")
    return found


def meetings_of(table: Timetable, earlier: tuple[Meeting, ...] = ()) -> tuple[Meeting, ...]:
    """Return the meetings by time, then institution, then firm."""
    board = table.board
    rows = {one.participant_id: at for at, one in enumerate(board.firms)}
    slots = {slot.slot_id: at for at, slot in enumerate(board.slots)}
    had = {
        (rows[m.firm_id], slots[m.slot_id]): (m.room_id, m.table)
        for m in earlier
        if m.firm_id in rows and m.slot_id in slots and m.room_id and m.table
    }
    places = seat(table, had)
    locked = {(rows[k.firm_id], slots[k.slot_id]) for k in board.problem.locks}
    found = []
    for (f, s), (desk, place) in places.items():
        i = int(table.partner[f, s])
        score = float(board.scores[f, i])
        room_id, number = (None, None) if place is None else place
        one = Meeting(
            firm_id=board.firms[f].participant_id,
            institution_id=board.institutions[i].participant_id,
            slot_id=board.slots[s].slot_id,
            room_id=room_id,
            table=number,
            desk=desk,
            value=0.0 if score != score else score,
            locked=(f, s) in locked,
        )
        found.append((s, one.institution_id, one.desk, one.firm_id, one))
    return tuple(row[-1] for row in sorted(found, key=lambda row: row[:-1]))
