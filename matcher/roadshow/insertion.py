"""Making room: a pair that found no slot gets one by a short Kempe chain of moved meetings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.compaction import Agendas, ChainRules, written
from matcher.roadshow.timetable import NOBODY, Timetable

ANY_LENGTH = 1 << 30


def insert(
    table: Timetable,
    pairs: NDArray[np.bool_],
    *,
    longest: int = ANY_LENGTH,
    kept: NDArray[np.bool_] | None = None,
) -> Timetable:
    """Return a timetable with as many of ``pairs`` put in as chains make room for.

    Parameters
    ----------
    table
        Not changed.
    pairs
        Chosen pairs without a slot, most valuable first. Shape ``(F, I)``.
    longest
        Meetings that one insertion may move.
    kept
        Meetings that stay where they are. Shape ``(F, S)``.
    """
    board = table.board
    f, i = np.nonzero(pairs)
    order = np.lexsort((i, f, -board.weights[f, i], ~board.must[f, i]))
    agendas = Agendas(table, kept)
    rules = ChainRules(agendas)
    for firm, institution in zip(f[order].tolist(), i[order].tolist(), strict=True):
        place = _room_for(agendas, rules, firm, institution, longest)
        if place is None:
            continue
        desk, slot = place
        agendas.partner[firm][slot], agendas.partner[desk][slot] = desk, firm
        agendas.busy[firm] |= 1 << slot
        agendas.busy[desk] |= 1 << slot
        if rules.rooms is not None:
            rules.rooms.count(desk, slot, -1)
        if rules.sessions is not None:
            rules.sessions.add(firm, slot)
            rules.sessions.add(agendas.n_firms + institution, slot)
    return written(agendas, table)


def _room_for(
    agendas: Agendas,
    rules: ChainRules,
    firm: int,
    institution: int,
    longest: int,
) -> tuple[int, int] | None:
    """Make a slot free for both sides, by the shortest chain; return desk and slot."""
    board = agendas.board
    first = agendas.n_firms + agendas.first[institution]
    desks = range(first, first + max(board.institutions[institution].tables, 1))
    sessions, everybody = rules.sessions, (firm, agendas.n_firms + institution)
    slots = [
        s
        for s in range(len(board.slots))
        if sessions is None or all(sessions.fits(one, s) for one in everybody)
    ]
    best: _Found | None = None
    for desk in desks:
        for a in slots:
            if not agendas.open[firm] & agendas.open[desk] & 1 << a:
                continue
            busy = [node for node in (firm, desk) if agendas.busy[node] >> a & 1]
            if not busy:
                if rules.rooms is None or rules.rooms.has(desk, a):
                    return desk, a
                continue
            if len(busy) == 2:  # two chains at once could meet
                continue
            other = desk if busy[0] == firm else firm
            for chain, b in _chains(agendas, rules, busy[0], a):
                short = len(chain) - 1 <= longest and (best is None or len(chain) < len(best.chain))
                if short and other not in chain:
                    best = _Found(desk, a, b, chain)
    return None if best is None else _swapped(agendas, rules, best)


@dataclass(frozen=True)
class _Found:
    """A chain whose swap frees slot ``a`` for a desk and a firm."""

    desk: int
    a: int
    b: int
    chain: list[int]


def _chains(
    agendas: Agendas, rules: ChainRules, node: int, a: int
) -> Iterator[tuple[list[int], int]]:
    """Yield the chains that free somebody in slot ``a``, with the slot they get instead."""
    for b in range(len(agendas.board.slots)):
        if a != b and agendas.partner[node][b] == NOBODY:
            chain = rules.chain(node, a, b)
            if chain is not None:
                yield chain, b


def _swapped(agendas: Agendas, rules: ChainRules, found: _Found) -> tuple[int, int] | None:
    chain, a, b = found.chain, found.a, found.b
    if rules.rooms is not None and not rules.rooms.has_after(found.desk, chain, a, b):
        return None
    rules.swap(chain, a, b)
    desk_owner = agendas.n_firms + int(agendas.owner[found.desk - agendas.n_firms])
    if rules.sessions is not None and not rules.sessions.fits(desk_owner, a):
        rules.swap(chain, a, b)  # another delegate of the institution took the session's last one
        return None
    flip = (1 << a) | (1 << b)
    for end in {chain[0], chain[-1]}:
        agendas.busy[end] ^= flip
    return found.desk, a
