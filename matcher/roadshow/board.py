"""A problem as arrays: who may meet whom, when, how often, and what it is worth.

Rows are put into an order of their own, by what a participant brings and not by its id or place in
a file: so neither permuting nor renaming participants changes a plan. Scores become integers in
units of the largest, so scaling them changes nothing either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.problem import (
    Fairness,
    Lock,
    Pair,
    Participant,
    Problem,
    Room,
    Side,
    Slot,
    WishKind,
    pairs_said,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WEIGHT_UNITS = 1_000_000
"""Integer weight of the largest score: ties in a file stay ties, and no flow overflows."""

WISH_BONUS = 0.1
"""What each side's wish adds to a pair, as a share of the largest score."""

DIAL = {Fairness.EFFICIENCY: 0.0, Fairness.BALANCED: 0.25, Fairness.EQUAL: 4.0}
"""Bonus of a firm's first meeting in units of the median score; the k-th has 1/k of it."""

PLENTY = 10_000
"""Seats of an event that names no rooms, and meetings of a participant without a maximum."""


@dataclass(frozen=True, eq=False)
class Board:
    """The arrays; F firms, I institutions, S slots, P sessions.

    Attributes
    ----------
    firms, institutions, slots
        In the order of the rows; slots by time.
    scores, weights, allowed
        Score (NaN where not eligible), integer weight with wishes, and whether the pair may still
        be chosen: eligible, not declined, no earlier meeting, another group, a common slot, and
        not locked. Shape ``(F, I)``.
    eligible, declined, must
        Why not, and what must be. Shape ``(F, I)``.
    firm_free
        Whether the firm is there and not locked. Shape ``(F, S)``.
    seats
        Free delegates of an institution. Shape ``(I, S)``.
    firm_most, firm_least, institution_most, institution_least
        Meetings still to be given, locked ones taken off. Shapes ``(F,)`` and ``(I,)``.
    firm_session_most, institution_session_most, firm_session_least, institution_session_least
        The same for every session. Shapes ``(F, P)``, ``(I, P)``.
    firm_locked
        Locked meetings of each firm, from which its dial goes on. Shape ``(F,)``.
    session, ahead
        Session of each slot, and whether it has not begun. Shape ``(S,)``.
    room
        Room of an institution with a fixed one, else -1; ``own_table`` where the table is fixed.
    room_tables
        Tables that are free for those without a fixed one. Shape ``(R, S)``.
    locks
        Rows ``(firm, institution, slot)``. Shape ``(n, 3)``.
    unit
        Score of one unit of weight.
    """

    problem: Problem
    firms: tuple[Participant, ...]
    institutions: tuple[Participant, ...]
    slots: tuple[Slot, ...]
    rooms: tuple[Room, ...]
    scores: NDArray[np.float64]
    weights: Ints
    allowed: Flags
    eligible: Flags
    declined: Flags
    must: Flags
    firm_there: Flags
    institution_there: Flags
    firm_free: Flags
    seats: Ints
    firm_most: Ints
    firm_least: Ints
    institution_most: Ints
    institution_least: Ints
    firm_session_most: Ints
    firm_session_least: Ints
    institution_session_most: Ints
    institution_session_least: Ints
    firm_locked: Ints
    session: Ints
    ahead: Flags
    room: Ints
    own_table: Flags
    room_tables: Ints
    locks: Ints
    unit: float

    @cached_property
    def dial(self) -> Ints:
        """Bonus of a firm's k-th meeting in units of weight, from k = 1. Shape ``(K,)``."""
        share = DIAL[self.problem.options.fairness]
        shown = self.weights[self.allowed]
        middle = float(np.median(shown)) if len(shown) else 0.0
        most = int(self.firm_most.max(initial=0) + self.firm_locked.max(initial=0)) + 1
        return np.rint(share * middle / np.arange(1, most + 1)).astype(np.int64)

    @cached_property
    def minimum_bonus(self) -> int:
        """What meeting one unit of a minimum is worth: more than any rearrangement costs.

        A rearrangement is a cycle of the residual network and passes each institution and each
        firm once at most, so it touches at most twice as many pairs as the shorter side has.
        """
        largest = int(self.weights.max(initial=0)) + int(self.dial.max(initial=0)) + 1
        return 2 * min(len(self.firms), len(self.institutions)) * largest + largest

    @cached_property
    def must_bonus(self) -> int:
        """What a must pair is worth: more than the minimums it may cost."""
        return 8 * self.minimum_bonus

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kind of each institution."""
        return tuple(i.kind for i in self.institutions)

    @cached_property
    def total_tables(self) -> Ints:
        """Tables in all rooms that anybody may use. Shape ``(S,)``."""
        if not self.rooms:
            return np.full(len(self.slots), PLENTY, np.int64)
        return np.asarray(self.room_tables.sum(axis=0), np.int64)

    @property
    def pairs_of_locks(self) -> list[Pair]:
        """Ids of the locked pairs."""
        return [
            (self.firms[f].participant_id, self.institutions[i].participant_id)
            for f, i, _ in self.locks.tolist()
        ]


def build_board(
    problem: Problem, *, past: frozenset[str] = frozenset(), settled: tuple[Lock, ...] = ()
) -> Board:
    """Lay a problem without faults out as arrays.

    Parameters
    ----------
    problem
        Without faults.
    past
        Slots in which nothing can be added any more.
    settled
        Meetings of an earlier plan that stay as they are, besides the locked ones.
    """
    slots = tuple(sorted(problem.slots, key=lambda s: (s.starts_at, s.slot_id)))
    scale = float(np.nanmax(problem.scores, initial=0.0)) or 1.0
    eligible = ~np.isnan(problem.scores)
    rough = np.where(eligible, np.rint(np.nan_to_num(problem.scores) / scale * WEIGHT_UNITS), -1)
    firm_order = _order(problem.firms, rough, slots)
    institution_order = _order(problem.institutions, rough.T, slots)
    firms = tuple(problem.firms[at] for at in firm_order)
    institutions = tuple(problem.institutions[at] for at in institution_order)
    scores = problem.scores[np.ix_(firm_order, institution_order)]
    eligible = ~np.isnan(scores)
    weights = np.rint(np.nan_to_num(scores) / scale * WEIGHT_UNITS).astype(np.int64)
    rows = {p.participant_id: at for at, p in enumerate(firms)}
    columns = {p.participant_id: at for at, p in enumerate(institutions)}
    must = _mask(pairs_said(problem, WishKind.MUST), rows, columns)
    declined = _mask(pairs_said(problem, WishKind.NO_THANKS), rows, columns)
    weights += _wished(problem, rows, columns) * round(WISH_BONUS * WEIGHT_UNITS)
    firm_there, institution_there = _there(firms, slots), _there(institutions, slots)
    closed = np.array([slot.slot_id in past for slot in slots], np.bool_)
    open_firms = (firm_there & ~closed).astype(np.float32)
    there = open_firms @ institution_there.T.astype(np.float32) > 0
    eligible = eligible & ~_one_group(firms, institutions)
    locks = _locks((*problem.locks, *settled), rows, columns, slots)
    met = _mask(problem.met_before, rows, columns) & ~must
    allowed = eligible & ~declined & ~met & there
    allowed[locks[:, 0], locks[:, 1]] = False
    firm_free = firm_there & ~closed
    seats = _seats(institutions, institution_there & ~closed)
    firm_free[locks[:, 0], locks[:, 2]] = False
    np.subtract.at(seats, (locks[:, 1], locks[:, 2]), 1)
    session = _sessions(slots)
    rooms = tuple(sorted(problem.rooms, key=lambda room: room.room_id))
    room, own_table, room_tables = _rooms(rooms, institutions, slots)
    if rooms:
        number = {one.room_id: at for at, one in enumerate(rooms)}
        at = {slot.slot_id: place for place, slot in enumerate(slots)}
        named = {
            (rows[k.firm_id], at[k.slot_id]): number[k.room_id]
            for k in (*problem.locks, *settled)
            if k.room_id is not None
        }
        fixed = {one.participant_id: one.fixed_tables for one in institutions}
        foreign = {
            (rows[k.firm_id], at[k.slot_id])
            for k in (*problem.locks, *settled)
            if k.table is not None and k.table not in fixed[k.institution_id]
        }
        _take_tables(locks, named, foreign, own_table, room, room_tables)
    seats = np.maximum(seats, 0)
    firm_counts = np.bincount(locks[:, 0], minlength=len(firms)).astype(np.int64)
    firm = _limits(firms, firm_free.astype(np.int64), session, locks[:, [0, 2]])
    institution = _limits(institutions, seats, session, locks[:, [1, 2]])
    return Board(
        problem=problem,
        firms=firms,
        institutions=institutions,
        slots=slots,
        rooms=rooms,
        scores=scores,
        weights=weights,
        allowed=allowed,
        eligible=eligible,
        declined=declined,
        must=must,
        firm_there=firm_there,
        institution_there=institution_there,
        firm_free=firm_free,
        seats=seats,
        firm_most=firm.most,
        firm_least=firm.least,
        institution_most=institution.most,
        institution_least=institution.least,
        firm_session_most=firm.session_most,
        firm_session_least=firm.session_least,
        institution_session_most=institution.session_most,
        institution_session_least=institution.session_least,
        firm_locked=firm_counts,
        session=session,
        ahead=~closed,
        room=room,
        own_table=own_table,
        room_tables=np.maximum(room_tables, 0),
        locks=locks,
        unit=scale / WEIGHT_UNITS,
    )


def _order(
    people: tuple[Participant, ...], weights: NDArray[np.float64], slots: tuple[Slot, ...]
) -> list[int]:
    """Order participants by what they bring; ids only decide between equal ones."""
    profile = np.sort(weights, axis=1)[:, ::-1] if weights.size else np.zeros((len(people), 0))
    totals = np.where(profile > 0, profile, 0).sum(axis=1).tolist()
    presence = _there(people, slots)

    def key(at: int) -> tuple[float, bytes, bytes, str, str]:
        one = people[at]
        most = PLENTY if one.max_meetings is None else one.max_meetings
        rest = f"{most:05d} {one.min_meetings:05d} {one.tables:05d} {one.kind}"
        return (
            -totals[at],
            profile[at].tobytes(),
            presence[at].tobytes(),
            rest,
            one.participant_id,
        )

    return sorted(range(len(people)), key=key)


def _there(people: tuple[Participant, ...], slots: tuple[Slot, ...]) -> Flags:
    flags = [[slot.slot_id not in one.absent for slot in slots] for one in people]
    return np.array(flags, np.bool_).reshape(len(people), len(slots))


def _mask(pairs: frozenset[Pair], rows: dict[str, int], columns: dict[str, int]) -> Flags:
    mask = np.zeros((len(rows), len(columns)), np.bool_)
    for firm_id, institution_id in pairs:
        mask[rows[firm_id], columns[institution_id]] = True
    return mask


def _wished(problem: Problem, rows: dict[str, int], columns: dict[str, int]) -> Ints:
    """Count the sides that wish for a pair."""
    wished = np.zeros((len(rows), len(columns)), np.int64)
    for side in Side:
        said = frozenset(
            (w.firm_id, w.institution_id)
            for w in problem.wishes
            if w.by is side and w.kind in (WishKind.WISH, WishKind.MUST)
        )
        wished += _mask(said, rows, columns)
    return wished


def _one_group(firms: tuple[Participant, ...], institutions: tuple[Participant, ...]) -> Flags:
    names = {one.group for one in (*firms, *institutions) if one.group}
    codes = {name: at for at, name in enumerate(sorted(names))}
    left = np.array([codes.get(one.group or "", -1) for one in firms], np.int64)
    right = np.array([codes.get(one.group or "", -2) for one in institutions], np.int64)
    return np.asarray(left[:, None] == right[None, :], np.bool_)


def _locks(
    locks: tuple[Lock, ...], rows: dict[str, int], columns: dict[str, int], slots: tuple[Slot, ...]
) -> Ints:
    at = {slot.slot_id: number for number, slot in enumerate(slots)}
    found = sorted(
        (rows[lock.firm_id], columns[lock.institution_id], at[lock.slot_id]) for lock in locks
    )
    return np.array(found, np.int64).reshape(len(found), 3)


def _take_tables(
    locks: Ints,
    named: dict[tuple[int, int], int],
    foreign: set[tuple[int, int]],
    own_table: Flags,
    room: Ints,
    room_tables: Ints,
) -> None:
    """Take the tables of locked meetings out of those that are free.

    Those in a certain room come first; the others then sit where most tables are left.
    """
    anywhere = []
    for f, i, s in locks.tolist():
        at = named.get((f, s), int(room[i]))
        if at < 0:
            anywhere.append(s)
        elif not own_table[i] or at != room[i] or (f, s) in foreign:
            room_tables[at, s] -= 1
    for s in anywhere:
        room_tables[int(np.argmax(room_tables[:, s])), s] -= 1


def _sessions(slots: tuple[Slot, ...]) -> Ints:
    names = list(dict.fromkeys(slot.session for slot in slots))
    return np.array([names.index(slot.session) for slot in slots], np.int64)


def _seats(institutions: tuple[Participant, ...], there: Flags) -> Ints:
    tables = np.array([one.tables for one in institutions], np.int64)
    return np.asarray(there * tables[:, None], np.int64)


def _rooms(
    rooms: tuple[Room, ...], institutions: tuple[Participant, ...], slots: tuple[Slot, ...]
) -> tuple[Ints, Flags, Ints]:
    """Return each institution's room, whether its table is fixed, and the shared tables."""
    number = {room.room_id: at for at, room in enumerate(rooms)}
    room = np.array([number.get(one.room_id or "", -1) for one in institutions], np.int64)
    own = np.array(
        [bool(one.fixed_tables) and len(one.fixed_tables) >= one.tables for one in institutions],
        np.bool_,
    )
    tables = np.array(
        [[0 if s.slot_id in r.closed else r.tables for s in slots] for r in rooms], np.int64
    ).reshape(len(rooms), len(slots))
    for at, one in enumerate(institutions):
        if own[at] and room[at] >= 0:
            tables[room[at]] = np.maximum(tables[room[at]] - len(one.fixed_tables), 0)
    return room, own, tables


@dataclass(frozen=True)
class _Limits:
    most: Ints
    least: Ints
    session_most: Ints
    session_least: Ints


def _limits(people: tuple[Participant, ...], free: Ints, session: Ints, locked: Ints) -> _Limits:
    """Return what each participant may and should still get, for the event and each session."""
    n_sessions = int(session.max(initial=-1)) + 1
    room = np.zeros((len(people), n_sessions), np.int64)
    taken = np.zeros_like(room)
    for s, at in enumerate(session.tolist()):
        room[:, at] += free[:, s]
    np.add.at(taken, (locked[:, 0], session[locked[:, 1]]), 1)
    cap = np.array([PLENTY if one.session_max is None else one.session_max for one in people])
    floor = np.array([one.session_min for one in people], np.int64)
    session_most = np.clip(cap.reshape(-1, 1) - taken, 0, room)
    session_least = np.where(room + taken > 0, np.maximum(floor[:, None] - taken, 0), 0)
    whole = np.array([PLENTY if one.max_meetings is None else one.max_meetings for one in people])
    done = taken.sum(axis=1)
    least = np.array([one.min_meetings for one in people], np.int64)
    wanted = np.maximum(least - done, session_least.sum(axis=1))
    most = np.clip(whole.astype(np.int64) - done, 0, session_most.sum(axis=1))
    return _Limits(most, np.maximum(wanted, 0), session_most, session_least)
