"""The agenda pass: fewer breaks, by Kempe chains.

A chain swaps two slots: whoever meets in one of them meets in the other, from partner to partner,
until the chain ends at somebody who is free. Everybody in between keeps the same two slots busy, so
only the two ends change, and one step costs two table look-ups. Simulated annealing over such
steps; who meets whom never changes. The pass has a number of steps, not a time.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.board import Board
from matcher.roadshow.sessions import SessionCount
from matcher.roadshow.timetable import NOBODY, Timetable

START_HEAT, END_HEAT = 0.9, 0.08
"""In breaks: a step that adds one is first taken one time in three, at the end never (measured)."""

IDLE_WEIGHT = 4
"""Breaks that one run of idle slots above its limit counts for."""

MOST_STEPS = 2_000_000
"""Of one pass: some five seconds; events of a thousand firms and more gain little beyond."""

QUIET_SHARE = 0.7
"""Of the steps that an agenda without breaks sits out."""

DRAWN = 4096
"""Random numbers at a time, and steps between two coolings."""

Ints = NDArray[np.int64]


class Agendas:
    """Everybody's busy slots as bits, and what breaks they make.

    Nodes 0 … F - 1 are firms, the others delegates: each seat of an institution has its own agenda.
    """

    def __init__(self, table: Timetable, kept: NDArray[np.bool_] | None = None) -> None:
        board = table.board
        self.board = board
        self.n_firms = len(board.firms)
        self.first, self.owner = _delegates(board)
        self.counts = SessionCount(table, self.owner.tolist()) if _limited(board) else None
        self.partner = _desks(table, self.first, self.n_firms)
        fixed = table.fixed if kept is None else table.fixed | kept
        self.fixed = [set(np.flatnonzero(row).tolist()) for row in fixed]
        presence = np.concatenate([board.firm_there, board.institution_there[self.owner]])
        self.present = [sum(1 << s for s in np.flatnonzero(row).tolist()) for row in presence]
        open_ = np.concatenate([board.firm_free, board.institution_there[self.owner]])
        self.open = [sum(1 << s for s in np.flatnonzero(row).tolist()) for row in open_]
        self.sessions = [
            sum(1 << s for s in np.flatnonzero(board.session == at).tolist())
            for at in range(int(board.session.max(initial=-1)) + 1)
        ]
        self.limits = _idle_limits(board, self.owner)
        self.busy = [sum(1 << s for s, p in enumerate(row) if p != NOBODY) for row in self.partner]
        self._costs: dict[tuple[int, int, int | None], int] = {}

    def cost(self, node: int, busy: int) -> int:
        """Return the weighted breaks of an agenda."""
        key = (busy, self.present[node], self.limits[node])
        found = self._costs.get(key)
        if found is None:
            found = self._costs[key] = breaks_of(busy, *key[1:], self.sessions)
        return found

    def total(self) -> int:
        """Return the weighted breaks of all agendas."""
        return sum(self.cost(node, busy) for node, busy in enumerate(self.busy))


def breaks_of(busy: int, present: int, limit: int | None, sessions: list[int]) -> int:
    """Count runs of idle slots between meetings, in each session; absent slots are no wait.

    A run longer than ``limit`` counts :data:`IDLE_WEIGHT` more.
    """
    count = 0
    for session in sessions:
        inside, rest, run, begun = busy & session, session, 0, False
        while rest and inside:
            bit = rest & -rest
            rest ^= bit
            if inside & bit:
                inside ^= bit
                if begun and run:
                    count += 1 + (IDLE_WEIGHT if limit is not None and run > limit else 0)
                run, begun = 0, True
            elif present & bit:
                run += 1
    return count


def _limited(board: Board) -> bool:
    """Return whether anybody has a minimum or maximum of a session."""
    everybody = (*board.firms, *board.institutions)
    return any(one.session_max is not None or one.session_min for one in everybody)


def _delegates(board: Board) -> tuple[list[int], Ints]:
    first: list[int] = []
    owner: list[int] = []
    for at, one in enumerate(board.institutions):
        first.append(len(owner))
        owner += [at] * max(one.tables, 1)
    return first, np.array(owner, np.int64)


def _desks(table: Timetable, first: list[int], n_firms: int) -> list[list[int]]:
    """Give each meeting of an institution a desk, the same one as in the slot before if it can."""
    n_slots = table.partner.shape[1]
    n_desks = sum(max(one.tables, 1) for one in table.board.institutions)
    partner = [[NOBODY] * n_slots for _ in range(n_firms + n_desks)]
    f, s = np.nonzero(table.partner != NOBODY)
    order = np.lexsort((f, s))
    for firm, slot in zip(f[order].tolist(), s[order].tolist(), strict=True):
        desk = n_firms + first[int(table.partner[firm, slot])]
        while partner[desk][slot] != NOBODY:
            desk += 1
        partner[firm][slot], partner[desk][slot] = desk, firm
    return partner


def _idle_limits(board: Board, owner: Ints) -> list[int | None]:
    default = board.problem.options.max_idle
    people = [*board.firms, *(board.institutions[at] for at in owner.tolist())]
    return [default if one.max_idle is None else one.max_idle for one in people]


def steps_for(rounds: int, meetings: int) -> int:
    """Return how many chains a pass tries over some meetings."""
    return min(rounds * max(meetings, 0), MOST_STEPS)


def compact(
    table: Timetable,
    *,
    generator: np.random.Generator,
    steps: int,
    kept: NDArray[np.bool_] | None = None,
) -> Timetable:
    """Return a timetable with the same meetings and fewer breaks.

    Parameters
    ----------
    table
        Not changed.
    generator
        Of the annealing.
    steps
        Tried chains.
    kept
        Meetings that stay where they are besides the locked ones. Shape ``(F, S)``.
    """
    agendas = Agendas(table, kept)
    if steps > 0 and len(table.board.slots) > 1:
        _anneal(agendas, generator, steps)
    return written(agendas, table)


def _anneal(agendas: Agendas, generator: np.random.Generator, steps: int) -> None:
    """Try chains, mostly from agendas with breaks, and keep the best state met."""
    n_slots, n_nodes = len(agendas.board.slots), len(agendas.partner)
    rules = ChainRules(agendas)
    cooling = (END_HEAT / START_HEAT) ** (1 / max(steps // DRAWN, 1))
    heat, total = START_HEAT, agendas.total()
    best, best_partner = total, [row.copy() for row in agendas.partner]
    for _ in range(-(-steps // DRAWN)):
        for draw in zip(*generator.random((3, DRAWN)).tolist(), strict=True):
            change = _step(agendas, rules, draw, n_nodes, n_slots, heat)
            total += change
            if change < 0 and total < best:
                best, best_partner = total, [row.copy() for row in agendas.partner]
        if not best:
            break
        heat *= cooling
    agendas.partner = best_partner


def _step(
    agendas: Agendas,
    rules: ChainRules,
    draw: tuple[float, float, float],
    n_nodes: int,
    n_slots: int,
    heat: float,
) -> int:
    """Try one chain and return by how much the breaks changed."""
    partner, busy, cost = agendas.partner, agendas.busy, agendas.cost
    node = int(draw[0] * n_nodes)
    mine = cost(node, busy[node])
    if not mine and draw[2] < QUIET_SHARE:
        return 0
    a, b = divmod(int(draw[1] * n_slots * n_slots), n_slots)
    if a == b or (partner[node][a] == NOBODY) == (partner[node][b] == NOBODY):
        return 0
    chain = rules.chain(node, a, b)
    if chain is None:
        return 0
    end, flip = chain[-1], (1 << a) | (1 << b)
    change = cost(node, busy[node] ^ flip) - mine + cost(end, busy[end] ^ flip)
    change -= cost(end, busy[end])
    if change > 0 and draw[2] >= math.exp(-change / heat):
        return 0
    rules.swap(chain, a, b)
    busy[node] ^= flip
    busy[end] ^= flip
    return change


class ChainRules:
    """Which chains are allowed: presence, what is fixed, rooms, and limits of sessions."""

    def __init__(self, agendas: Agendas) -> None:
        board = agendas.board
        self.agendas = agendas
        self.partner = agendas.partner
        self.n_firms = agendas.n_firms
        self.sessions = agendas.counts
        self.rooms = _RoomCount(agendas) if board.rooms else None

    def chain(self, node: int, a: int, b: int) -> list[int] | None:
        """Return the nodes from one end to the other, ``None`` where the swap is not allowed."""
        partner, fixed, n_firms = self.partner, self.agendas.fixed, self.n_firms
        busy_at, free_at = (a, b) if partner[node][a] != NOBODY else (b, a)
        if not self.agendas.open[node] >> free_at & 1:
            return None
        chain, at, slot = [node], node, busy_at
        while True:
            other = partner[at][slot]
            if other == NOBODY:
                break
            firm = at if at < n_firms else other
            if slot in fixed[firm]:
                return None
            chain.append(other)
            at, slot = other, (b if slot == a else a)
        if not self.agendas.open[at] >> slot & 1:  # the slot that the far end would get
            return None
        if self.rooms is not None and not self.rooms.allows(chain, a, b):
            return None
        if self.sessions is not None:
            gain = self.sessions.gain(self.sessions.changes(partner, chain, a, b))
            if gain is None or gain < 0:
                return None
        return chain

    def swap(self, chain: list[int], a: int, b: int) -> None:
        """Exchange the two slots of everybody in the chain."""
        partner = self.partner
        if self.rooms is not None:
            self.rooms.move(chain, a, b)
        if self.sessions is not None:
            self.sessions.apply(self.sessions.changes(partner, chain, a, b))
        for node in chain:
            row = partner[node]
            row[a], row[b] = row[b], row[a]


class _RoomCount:
    """Shared tables in use, for each slot and room."""

    def __init__(self, agendas: Agendas) -> None:
        board = agendas.board
        self.partner, self.n_firms = agendas.partner, agendas.n_firms
        self.owner = agendas.owner.tolist()
        self.own, self.room = board.own_table.tolist(), board.room.tolist()
        locked = {(f, s) for f, _, s in board.locks.tolist()}
        self.left = board.room_tables.T.tolist()
        self.total = board.total_tables.tolist()
        for firm in range(self.n_firms):
            for slot, desk in enumerate(self.partner[firm]):
                if desk != NOBODY and (firm, slot) not in locked:
                    self.count(desk, slot, -1)

    def count(self, desk: int, slot: int, step: int) -> None:
        """Add ``step`` to the tables left in a slot."""
        owner = self.owner[desk - self.n_firms]
        if self.own[owner]:
            return
        self.total[slot] += step
        if self.room[owner] >= 0:
            self.left[slot][self.room[owner]] += step

    def allows(self, chain: list[int], a: int, b: int) -> bool:
        """Return whether both slots still have tables after the swap."""
        self.move(chain, a, b)
        fine = all(self.total[s] >= 0 and all(left >= 0 for left in self.left[s]) for s in (a, b))
        self._undo(chain, a, b)
        return fine

    def has(self, desk: int, slot: int) -> bool:
        """Return whether a slot has a table for one more meeting at a desk."""
        self.count(desk, slot, -1)
        fine = self.total[slot] >= 0 and all(left >= 0 for left in self.left[slot])
        self.count(desk, slot, 1)
        return fine

    def has_after(self, desk: int, chain: list[int], a: int, b: int) -> bool:
        """Return whether slot ``a`` has a table for one more meeting once a chain is swapped."""
        self.move(chain, a, b)
        fine = self.has(desk, a)
        self._undo(chain, a, b)
        return fine

    def move(self, chain: list[int], a: int, b: int) -> None:
        """Count the swap; called before the partners change."""
        self._step(chain, a, b, 1)

    def _undo(self, chain: list[int], a: int, b: int) -> None:
        self._step(chain, a, b, -1)

    def _step(self, chain: list[int], a: int, b: int, sign: int) -> None:
        for node in chain:
            if node >= self.n_firms:
                for slot, to in ((a, b), (b, a)):
                    if self.partner[node][slot] != NOBODY:
                        self.count(node, slot, sign)
                        self.count(node, to, -sign)


def written(agendas: Agendas, table: Timetable) -> Timetable:
    """Return ``table`` with the meetings of ``agendas``."""
    board, n = table.board, agendas.n_firms
    partner = np.full_like(table.partner, NOBODY)
    for firm in range(n):
        for slot, desk in enumerate(agendas.partner[firm]):
            if desk != NOBODY:
                partner[firm, slot] = agendas.owner[desk - n]
    seats = board.seats.copy()
    f, s = np.nonzero((partner != NOBODY) & ~table.fixed)
    np.subtract.at(seats, (partner[f, s], s), 1)
    return Timetable(partner, table.fixed, seats, board)


def count_breaks(table: Timetable) -> tuple[int, int]:
    """Return the breaks of firms and of delegates, idle limits left aside."""
    agendas = Agendas(table)
    agendas.limits = [None] * len(agendas.limits)
    counts = [agendas.cost(node, busy) for node, busy in enumerate(agendas.busy)]
    return sum(counts[: agendas.n_firms]), sum(counts[agendas.n_firms :])
