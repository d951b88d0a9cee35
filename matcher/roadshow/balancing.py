"""Sessions in balance: meetings move to the session in which somebody has too few.

The match list knows how many meetings the sessions ask for altogether, not which session a meeting
falls into. Kempe chains between two sessions mend that without changing who meets whom.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.compaction import Agendas, ChainRules, written
from matcher.roadshow.sessions import SessionCount
from matcher.roadshow.timetable import NOBODY, Timetable

ROUNDS = 8
"""Passes over everybody; each one mends something, or it is the last."""


def session_shortage(table: Timetable) -> int:
    """Return how many meetings of the sessions' minimums are missing."""
    board = table.board
    firm, institution = table.session_counts()
    missed = np.maximum(board.firm_session_least - firm, 0).sum()
    missed += np.maximum(board.institution_session_least - institution, 0).sum()
    return int(missed)


def balance(table: Timetable, *, kept: NDArray[np.bool_] | None = None) -> Timetable:
    """Return a timetable with the same meetings in which fewer sessions lack some.

    Parameters
    ----------
    table
        Not changed.
    kept
        Meetings that stay where they are besides the locked ones. Shape ``(F, S)``.
    """
    if not session_shortage(table):
        return table
    agendas = Agendas(table, kept)
    rules = ChainRules(agendas)
    counts = rules.sessions
    if counts is None:
        return table
    for _ in range(ROUNDS):
        mended = False
        for node in range(len(agendas.partner)):
            if counts.short(counts.person(node)):
                mended |= _mend(agendas, rules, counts, node)
        if not mended:
            break
    return written(agendas, table)


def _mend(agendas: Agendas, rules: ChainRules, counts: SessionCount, node: int) -> bool:
    """Move meetings of one agenda into its short sessions; return whether any did."""
    mended = False
    for a, b in _moves(agendas, counts, node):
        chain = rules.chain(node, a, b)
        if chain is None:
            continue
        gain = counts.gain(counts.changes(agendas.partner, chain, a, b))
        if gain is None or gain < 1:
            continue
        rules.swap(chain, a, b)
        flip = (1 << a) | (1 << b)
        agendas.busy[node] ^= flip
        agendas.busy[chain[-1]] ^= flip
        mended = True
    return mended


def _moves(agendas: Agendas, counts: SessionCount, node: int) -> Iterator[tuple[int, int]]:
    """Yield a busy slot of another session and a free one of a session that is short."""
    person, session = counts.person(node), counts.session
    row = agendas.partner[node]
    for b in range(len(session)):
        for a in range(len(session)):
            at = session[b]
            short = counts.counts[person][at] < counts.least[person][at]
            if short and session[a] != at and row[a] != NOBODY and row[b] == NOBODY:
                yield a, b
