"""The timetable: when the chosen pairs meet, slot by slot.

In each slot a maximum weight matching picks meetings by urgency: a participant with as many
meetings left as slots left has to meet now. A matching that covers all such participants exists
(König), so where everybody is there all the time nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.board import Board
from matcher.roadshow.network import Network

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY = -1
URGENCY_LEVELS = 9
"""Slack from which a participant can wait; each unit less weighs four times as much."""

TIE_UNITS = 1 << 10
"""Below one step of urgency: compact agendas first, then the value of the pair."""

KEEP_GOING = 1 << 8
"""For a participant who met in the slot before: fewer breaks to mend afterwards."""


@dataclass
class Timetable:
    """Who meets whom when; grows as meetings are put in.

    Attributes
    ----------
    partner
        Institution of each firm in each slot, or ``NOBODY``; locked meetings included. ``(F, S)``.
    fixed
        Meetings that may not move. Shape ``(F, S)``.
    seats
        Seats still free. Shape ``(I, S)``.
    tables
        Tables still free in each room for those without a table of their own. ``(R, S)``.
    """

    partner: Ints
    fixed: Flags
    seats: Ints
    board: Board

    @classmethod
    def with_locks(cls, board: Board) -> Timetable:
        """Return a timetable that holds the locked meetings only."""
        partner = np.full(board.firm_free.shape, NOBODY, np.int64)
        fixed = np.zeros(board.firm_free.shape, np.bool_)
        f, i, s = board.locks.T
        partner[f, s], fixed[f, s] = i, True
        return cls(partner, fixed, board.seats.copy(), board)

    def copy(self) -> Timetable:
        """Return one that may be changed without changing this one."""
        return Timetable(self.partner.copy(), self.fixed, self.seats.copy(), self.board)

    def put(self, firms: Ints, institutions: Ints, slot: int) -> None:
        """Add meetings of one slot."""
        self.partner[firms, slot] = institutions
        np.subtract.at(self.seats[:, slot], institutions, 1)

    def clear(self, firms: Ints, slot: int) -> None:
        """Take meetings out of one slot."""
        np.add.at(self.seats[:, slot], self.partner[firms, slot], 1)
        self.partner[firms, slot] = NOBODY

    def meets(self) -> Flags:
        """Return which pairs meet, locked ones included. Shape ``(F, I)``."""
        met = np.zeros(self.board.allowed.shape, np.bool_)
        f, s = np.nonzero(self.partner != NOBODY)
        met[f, self.partner[f, s]] = True
        return met

    def movable(self) -> tuple[Ints, Ints, Ints]:
        """Return firms, institutions and slots of the meetings that may move."""
        f, s = np.nonzero((self.partner != NOBODY) & ~self.fixed)
        return f, self.partner[f, s], s

    def session_counts(self) -> tuple[Ints, Ints]:
        """Count movable meetings of every session: ``(F, P)`` and ``(I, P)``."""
        n_sessions = int(self.board.session.max(initial=-1)) + 1
        firm = np.zeros((len(self.board.firms), n_sessions), np.int64)
        institution = np.zeros((len(self.board.institutions), n_sessions), np.int64)
        f, i, s = self.movable()
        np.add.at(firm, (f, self.board.session[s]), 1)
        np.add.at(institution, (i, self.board.session[s]), 1)
        return firm, institution

    def tables_left(self, slot: int) -> tuple[Ints, int]:
        """Return the tables left for institutions fixed to each room, and left for all together.

        Movable meetings of the slot are taken off; locked ones were taken off before.
        """
        board = self.board
        movable = (self.partner[:, slot] != NOBODY) & ~self.fixed[:, slot]
        used = self.partner[movable, slot]
        used = used[~board.own_table[used]]
        rooms = board.room_tables[:, slot].copy()
        np.subtract.at(rooms, board.room[used][board.room[used] >= 0], 1)
        return rooms, int(board.total_tables[slot]) - len(used)


@dataclass(frozen=True)
class Unit:
    """The arcs of a slot's matching; firms meet once, institutions as often as they have seats.

    ``firm_gain`` and ``pair_gain`` are weights; ``seat_gain[u]`` is that of an institution's
    u-th seat, which must not increase with u.
    """

    f: Ints
    i: Ints
    pair_gain: Ints
    firm_gain: Ints
    seats: Ints
    seat_gain: list[Ints]


def match_slot(table: Timetable, slot: int, unit: Unit) -> tuple[Ints, Ints]:
    """Return the pairs of the best matching for one slot, within seats and rooms."""
    board = table.board
    if not len(unit.f):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    network = Network()
    firm_rows, f_at = np.unique(unit.f, return_inverse=True)
    inst_rows, i_at = np.unique(unit.i, return_inverse=True)
    firms, institutions = network.add_nodes(len(firm_rows)), network.add_nodes(len(inst_rows))
    network.add_arcs(network.source, firms, capacity=1, gain=unit.firm_gain[firm_rows])
    pairs = network.add_arcs(firms[f_at], institutions[i_at], capacity=1, gain=unit.pair_gain)
    targets = np.full(len(inst_rows), network.sink, np.int64)
    if board.rooms:
        left, total = table.tables_left(slot)
        hub, rooms = int(network.add_nodes(1)[0]), network.add_nodes(len(board.rooms))
        network.add_arcs(hub, network.sink, capacity=max(total, 0), gain=0)
        network.add_arcs(rooms, hub, capacity=np.maximum(left, 0), gain=0)
        home = board.room[inst_rows]
        targets = np.where(home >= 0, rooms[home], hub)
        targets[board.own_table[inst_rows]] = network.sink
    for u, gain in enumerate(unit.seat_gain):
        has = unit.seats[inst_rows] > u
        network.add_arcs(institutions[has], targets[has], capacity=1, gain=gain[inst_rows[has]])
    solved = network.solve(len(firm_rows))
    taken = solved.flows[pairs] > 0
    return unit.f[taken], unit.i[taken]


def schedule(board: Board, chosen: Flags, *, table: Timetable | None = None) -> Timetable:
    """Put the chosen pairs into slots; what finds no slot is left out.

    Parameters
    ----------
    board
        The problem.
    chosen
        Pairs to meet, besides those that are in ``table``. Shape ``(F, I)``.
    table
        Meetings that stay as they are; by default the locked ones.
    """
    table = table or Timetable.with_locks(board)
    f, i = np.nonzero(chosen)
    waiting = np.ones(len(f), np.bool_)
    for slot in range(len(board.slots)):
        unit = _urgent(table, slot, f[waiting], i[waiting])
        firms, institutions = match_slot(table, slot, unit)
        table.put(firms, institutions, slot)
        done = np.zeros(board.allowed.shape, np.bool_)
        done[firms, institutions] = True
        waiting &= ~done[f, i]
    return table


def _urgent(table: Timetable, slot: int, f: Ints, i: Ints) -> Unit:
    """Weigh the waiting pairs that could meet in this slot."""
    board = table.board
    later = slice(slot, len(board.slots))
    firm_open = (table.partner[:, later] == NOBODY) & board.firm_free[:, later]
    seats = table.seats[:, later]
    free = firm_open.astype(np.int64)
    firm_given, seat_given = table.session_counts()
    firm_chances, firm_now = _chances(board, free, board.firm_session_most - firm_given, slot)
    seats_open = board.institution_session_most - seat_given
    seat_chances, seat_now = _chances(board, seats, seats_open, slot)
    common = np.einsum("ns,ns->n", firm_open[f], seats[i] > 0)
    now = (firm_now[f] > 0) & (seat_now[i] > 0)
    firm_left = np.bincount(f, minlength=len(board.firms))
    seat_left = np.bincount(i, minlength=len(board.institutions))
    before = table.partner[:, slot - 1] if _goes_on(board, slot) else np.full(len(board.firms), -1)
    busy = np.bincount(before[before >= 0], minlength=len(board.institutions))
    tie = board.weights[f, i] * (KEEP_GOING // 2) // (2 * max(int(board.weights.max(initial=1)), 1))
    pair_gain = 1 + _urgency(common - 1) * now + tie + KEEP_GOING * (before[f] >= 0)
    seat_gain = [
        np.asarray(_urgency(seat_chances - seat_left + u) + KEEP_GOING * (busy > u), np.int64)
        for u in range(int(seat_now.max(initial=0)))
    ]
    f, i, pair_gain = f[now], i[now], pair_gain[now]
    return Unit(f, i, pair_gain, _urgency(firm_chances - firm_left), seat_now, seat_gain)


def _urgency(slack: Ints) -> Ints:
    """Return the weight of being left out with so much slack."""
    steps = np.clip(URGENCY_LEVELS - slack, 0, URGENCY_LEVELS + 1).astype(np.int64)
    return np.where(steps > 0, TIE_UNITS * 4**steps, 0)


def _goes_on(board: Board, slot: int) -> bool:
    return slot > 0 and bool(board.session[slot] == board.session[slot - 1])


def _chances(board: Board, free: Ints, left: Ints, slot: int) -> tuple[Ints, Ints]:
    """Return how many meetings still fit from this slot on, and how many in it."""
    chances = np.zeros(len(free), np.int64)
    sessions = board.session[slot:]
    for at in np.unique(sessions).tolist():
        chances += np.clip(free[:, sessions == at].sum(axis=1), 0, left[:, at])
    now = np.clip(free[:, 0], 0, left[:, board.session[slot]]) if free.shape[1] else chances
    return chances, now
