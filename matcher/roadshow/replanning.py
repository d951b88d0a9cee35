"""Changing a plan as little as it can: the same flow, in which meetings that exist weigh more.

Meetings that are still possible keep their times and tables; new ones are put around them. Slots
that have begun are past: what was in them stays, nothing is added.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.errors import InputError
from matcher.roadshow.balancing import balance
from matcher.roadshow.board import Board, build_board
from matcher.roadshow.checking import require_sound
from matcher.roadshow.compaction import compact, steps_for
from matcher.roadshow.documents import hash_of
from matcher.roadshow.insertion import insert
from matcher.roadshow.planning import finished
from matcher.roadshow.problem import Lock, Problem
from matcher.roadshow.quality import locked, shortfall, totals
from matcher.roadshow.repair import Objective, improve
from matcher.roadshow.result import Difference, Meeting, Moved, Plan
from matcher.roadshow.selection import Selection, select
from matcher.roadshow.timetable import NOBODY, Timetable, schedule

DEFAULT_INERTIA = 0.5
"""Bonus of a meeting that exists, in units of the largest score: no exchange for a little gain."""

STEPS_UP = 4
"""How much heavier existing meetings get where too much would change."""

TRIES = 4
MOST_MOVED = 2
"""Meetings that move so that a new one finds its slot."""

MOST_LOSS = 0.005
"""Share of the objective that kept times may cost before they may move."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How much may change.

    Attributes
    ----------
    inertia
        Bonus of a meeting that exists, in units of the largest score.
    max_changes
        At most so many possible meetings are dropped or moved; ``None`` does not limit.
    fill
        Keep every possible meeting where it is, and only fill what is empty.
    now
        Slots that began before it are past.
    """

    inertia: float = DEFAULT_INERTIA
    max_changes: int | None = None
    fill: bool = False
    now: dt.datetime | None = None


def replan(problem: Problem, earlier: Plan, change: Change | None = None) -> Plan:
    """Plan a changed problem near an earlier plan.

    Parameters
    ----------
    problem
        As it is now; who has cancelled is absent from all slots to come, or is gone.
    earlier
        The plan to stay near.
    change
        How much may change.

    Raises
    ------
    InputError
        The problem has faults, or the plan is of another event.
    """
    change = change or Change()
    if earlier.roadshow_id != problem.roadshow_id:
        raise InputError(
            f"The earlier plan is of the roadshow {earlier.roadshow_id!r}, "
            f"not of {problem.roadshow_id!r}.",
            field="roadshow_id",
            remedy="Give the plan of the same event.",
        )
    require_sound(problem)
    if hash_of(problem) == earlier.stamp.input_hash:
        return replace(earlier, frozen_until=change.now or earlier.frozen_until)
    if change.fill:
        return _filled(problem, earlier, change)
    inertia = change.inertia
    for _ in range(TRIES):
        found = _near(problem, earlier, change, inertia=inertia)
        if change.max_changes is None or changes(problem, earlier, found) <= change.max_changes:
            return found
        inertia = max(inertia, DEFAULT_INERTIA) * STEPS_UP
    return _filled(problem, earlier, change)


def difference(before: Plan, after: Plan) -> Difference:
    """Return what to tell the participants: meetings added, removed and moved."""
    old = {one.pair: one for one in before.meetings}
    new = {one.pair: one for one in after.meetings}
    return Difference(
        added=tuple(one for one in after.meetings if one.pair not in old),
        removed=tuple(one for one in before.meetings if one.pair not in new),
        moved=tuple(
            Moved(before=old[one.pair], after=one)
            for one in after.meetings
            if one.pair in old and _place(old[one.pair]) != _place(one)
        ),
    )


def changes(problem: Problem, before: Plan, after: Plan) -> int:
    """Count meetings that were still possible and were dropped or given another time."""
    after_slot = {one.pair: one.slot_id for one in after.meetings}
    board = build_board(problem)
    possible = _possible(board, before, frozenset())
    return sum(1 for one in possible if after_slot.get(one.pair) != one.slot_id)


def _place(one: Meeting) -> tuple[str, str | None, int | None]:
    return one.slot_id, one.room_id, one.table


def _past(problem: Problem, now: dt.datetime | None) -> frozenset[str]:
    if now is None:
        return frozenset()
    return frozenset(slot.slot_id for slot in problem.slots if slot.starts_at < now)


def _lock(one: Meeting) -> Lock:
    return Lock(
        firm_id=one.firm_id,
        institution_id=one.institution_id,
        slot_id=one.slot_id,
        room_id=one.room_id,
        table=one.table,
    )


def _history(problem: Problem, earlier: Plan, past: frozenset[str]) -> tuple[Lock, ...]:
    """Return the meetings of past slots among participants that are still listed."""
    firms = {one.participant_id for one in problem.firms}
    institutions = {one.participant_id for one in problem.institutions}
    locked = {(lock.firm_id, lock.institution_id) for lock in problem.locks}
    rooms = {room.room_id for room in problem.rooms}
    return tuple(
        _lock(one if one.room_id in rooms else replace(one, room_id=None, table=None))
        for one in earlier.meetings
        if one.slot_id in past
        and one.firm_id in firms
        and one.institution_id in institutions
        and one.pair not in locked
    )


def _possible(board: Board, earlier: Plan, past: frozenset[str]) -> list[Meeting]:
    """Return the meetings to come that still could take place as they are, one by one."""
    rows = {one.participant_id: at for at, one in enumerate(board.firms)}
    columns = {one.participant_id: at for at, one in enumerate(board.institutions)}
    slots = {slot.slot_id: at for at, slot in enumerate(board.slots)}
    found = []
    for one in earlier.meetings:
        f, i = rows.get(one.firm_id), columns.get(one.institution_id)
        s = slots.get(one.slot_id)
        if f is None or i is None or s is None or one.slot_id in past:
            continue
        if board.allowed[f, i] and board.firm_free[f, s] and board.seats[i, s] > 0:
            found.append(one)
    return found


def _together(board: Board, meetings: list[Meeting]) -> list[Meeting]:
    """Return as many of the meetings, the most valuable first, as the limits allow together."""
    rows = {one.participant_id: at for at, one in enumerate(board.firms)}
    columns = {one.participant_id: at for at, one in enumerate(board.institutions)}
    slots = {slot.slot_id: at for at, slot in enumerate(board.slots)}
    firm, seat = board.firm_most.copy(), board.institution_most.copy()
    firm_session = board.firm_session_most.copy()
    seat_session = board.institution_session_most.copy()
    seats = board.seats.copy()
    room_left, total = board.room_tables.copy(), board.total_tables.copy()
    kept = []
    for one in sorted(meetings, key=lambda m: (-m.value, m.firm_id, m.institution_id)):
        f, i, s = rows[one.firm_id], columns[one.institution_id], slots[one.slot_id]
        p, r = int(board.session[s]), int(board.room[i])
        shared = bool(board.rooms) and not board.own_table[i]
        left = [firm[f], seat[i], firm_session[f, p], seat_session[i, p], seats[i, s]]
        if shared:
            left += [total[s], room_left[r, s] if r >= 0 else 1]
        if min(left) < 1:
            continue
        kept.append(one)
        firm[f] -= 1
        seat[i] -= 1
        firm_session[f, p] -= 1
        seat_session[i, p] -= 1
        seats[i, s] -= 1
        if shared:
            total[s] -= 1
            if r >= 0:
                room_left[r, s] -= 1
    return kept


def _filled(problem: Problem, earlier: Plan, change: Change) -> Plan:
    """Keep what is possible as it is, and plan the rest around it."""
    past = _past(problem, change.now)
    history = _history(problem, earlier, past)
    kept = _together(
        build_board(problem, past=past, settled=history),
        _possible(build_board(problem, past=past, settled=history), earlier, past),
    )
    settled = (*history, *(_lock(replace(one, room_id=None, table=None)) for one in kept))
    board = build_board(problem, past=past, settled=settled)
    selection = select(board)
    table = schedule(board, selection.chosen)
    generator = np.random.default_rng(problem.options.seed)
    improve(table, Objective.of(board), generator=generator, passes=0)
    steps = steps_for(problem.options.agenda_rounds, int(selection.chosen.sum()))
    table = compact(balance(table), generator=generator, steps=steps)
    return finished(problem, table, selection, earlier=earlier.meetings, frozen_until=change.now)


def _near(problem: Problem, earlier: Plan, change: Change, *, inertia: float) -> Plan:
    """Select with a bonus for what exists, and keep the times of what stays."""
    past = _past(problem, change.now)
    board = build_board(problem, past=past, settled=_history(problem, earlier, past))
    possible = _possible(board, earlier, past)
    had, times = _masks(board, possible)
    extra = had * round(inertia * float(board.weights.max(initial=0)))
    selection = select(board, extra=extra)
    table, kept = _around(board, selection, times)
    generator = np.random.default_rng(problem.options.seed)
    objective = Objective.of(board, extra=extra)
    best = totals(board, selection.chosen).objective
    lost = selection.chosen & ~table.meets()
    if lost.any():
        fixed = table.copy()
        improve(fixed, objective, generator=generator, passes=0, kept=kept)
        table = (
            fixed
            if _good(board, fixed, best, selection)
            else insert(table, lost, longest=MOST_MOVED)
        )
        improve(table, objective, generator=generator, passes=0, kept=_kept_in(table, times))
        kept = _kept_in(table, times)
    table = balance(table, kept=kept)
    added = int((table.partner != NOBODY).sum()) - int(kept.sum())
    steps = steps_for(problem.options.agenda_rounds, added)
    table = compact(table, generator=generator, steps=steps, kept=kept)
    plain = selection if not extra.any() else select(board)
    return finished(problem, table, plain, earlier=earlier.meetings, frozen_until=change.now)


def _masks(board: Board, meetings: list[Meeting]) -> tuple[Ints, Ints]:
    """Return which pairs exist, ``(F, I)``, and their institution by time, ``(F, S)``."""
    rows = {one.participant_id: at for at, one in enumerate(board.firms)}
    columns = {one.participant_id: at for at, one in enumerate(board.institutions)}
    slots = {slot.slot_id: at for at, slot in enumerate(board.slots)}
    had = np.zeros(board.allowed.shape, np.int64)
    times = np.full(board.firm_free.shape, NOBODY, np.int64)
    for one in meetings:
        f, i = rows[one.firm_id], columns[one.institution_id]
        had[f, i] = 1
        times[f, slots[one.slot_id]] = i
    return had, times


def _around(board: Board, selection: Selection, times: Ints) -> tuple[Timetable, Flags]:
    """Put chosen pairs that exist at their times, and the others around them."""
    table = Timetable.with_locks(board)
    rest = selection.chosen.copy()
    kept = np.zeros(times.shape, np.bool_)
    for slot in range(times.shape[1]):
        firms = np.flatnonzero(times[:, slot] != NOBODY)
        firms = firms[selection.chosen[firms, times[firms, slot]]]
        firms = _seated(table, firms, times[firms, slot], slot)
        table.put(firms, times[firms, slot], slot)
        kept[firms, slot] = True
        rest[firms, times[firms, slot]] = False
    return schedule(board, rest, table=table), kept


def _seated(table: Timetable, firms: Ints, institutions: Ints, slot: int) -> Ints:
    """Return the firms whose institution and room still have a seat for them in the slot."""
    board = table.board
    seats = table.seats[:, slot].copy()
    rooms, total = table.tables_left(slot)
    firm_n, seat_n = (n[:, board.session[slot]] for n in table.session_counts())
    firm_left = board.firm_session_most[:, board.session[slot]] - firm_n
    seat_left = board.institution_session_most[:, board.session[slot]] - seat_n
    kept = []
    for f, i in zip(firms.tolist(), institutions.tolist(), strict=True):
        r, shared = int(board.room[i]), bool(board.rooms) and not board.own_table[i]
        fits = seats[i] > 0 and firm_left[f] > 0 and seat_left[i] > 0
        if not fits or (shared and (total < 1 or (r >= 0 and rooms[r] < 1))):
            continue
        kept.append(f)
        seats[i] -= 1
        seat_left[i] -= 1
        if shared:
            total -= 1
            if r >= 0:
                rooms[r] -= 1
    return np.array(kept, np.int64)


def _kept_in(table: Timetable, times: Ints) -> Flags:
    return np.asarray((table.partner == times) & (times != NOBODY), np.bool_)


def _good(board: Board, table: Timetable, best: int, selection: Selection) -> bool:
    """Return whether a timetable loses next to nothing of what was selected."""
    met = table.meets()
    reached = totals(board, met & board.allowed).objective
    ideal = shortfall(board, selection.chosen | locked(board))
    return reached >= (1 - MOST_LOSS) * best and shortfall(board, met) <= ideal
