"""The baseline: what an organizer does with a spreadsheet today.

Sort all pairs by score, go down the list, and give each pair its first common free slot as long as
both sides still want meetings. Nobody looks back.
"""

from __future__ import annotations

import numpy as np

from matcher.roadshow.board import Board
from matcher.roadshow.timetable import NOBODY, Timetable

CHUNK = 20_000


def sort_the_spreadsheet(board: Board) -> Timetable:
    """Return the timetable that going down the sorted list gives; locked meetings are in it."""
    table = Timetable.with_locks(board)
    f, i = np.nonzero(board.allowed)
    order = np.lexsort((i, f, -np.nan_to_num(board.scores[f, i])))
    f, i = f[order], i[order]
    free = _bits(board.firm_free)
    sit = [_bits(table.seats > u) for u in range(int(table.seats.max(initial=0)))]
    firm_left, seat_left = board.firm_most.tolist(), board.institution_most.tolist()
    rooms = _Tables(table)
    session = board.session.tolist()
    firm_session = board.firm_session_most.tolist()
    seat_session = board.institution_session_most.tolist()
    while len(f):
        for firm, institution in zip(f[:CHUNK].tolist(), i[:CHUNK].tolist(), strict=True):
            common = free[firm] & sit[0][institution] if sit else 0
            if not common or not firm_left[firm] or not seat_left[institution]:
                continue
            slot = _first(
                common,
                lambda s, a=firm, b=institution: (
                    firm_session[a][session[s]] > 0
                    and seat_session[b][session[s]] > 0
                    and rooms.has(b, s)
                ),
            )
            if slot is None:
                continue
            table.partner[firm, slot] = institution
            table.seats[institution, slot] -= 1
            free[firm] &= ~(1 << slot)
            for layer in sit:
                layer[institution] &= ~(1 << slot)
            for u in range(int(table.seats[institution, slot])):
                sit[u][institution] |= 1 << slot
            rooms.take(institution, slot)
            firm_left[firm] -= 1
            seat_left[institution] -= 1
            firm_session[firm][session[slot]] -= 1
            seat_session[institution][session[slot]] -= 1
        f, i = f[CHUNK:], i[CHUNK:]
        alive = (np.array(firm_left, np.int64)[f] > 0) & (np.array(seat_left, np.int64)[i] > 0)
        f, i = f[alive], i[alive]
    return table


class _Tables:
    """Shared tables left in each slot."""

    def __init__(self, table: Timetable) -> None:
        self.board = table.board
        self.left = table.board.room_tables.copy()
        self.total = table.board.total_tables.copy()

    def has(self, institution: int, slot: int) -> bool:
        board = self.board
        if not board.rooms or board.own_table[institution]:
            return True
        room = int(board.room[institution])
        return bool(self.total[slot] > 0 and (room < 0 or self.left[room, slot] > 0))

    def take(self, institution: int, slot: int) -> None:
        board = self.board
        if not board.rooms or board.own_table[institution]:
            return
        self.total[slot] -= 1
        if board.room[institution] >= 0:
            self.left[board.room[institution], slot] -= 1


def _bits(flags: np.ndarray) -> list[int]:
    return [sum(1 << s for s in np.flatnonzero(row).tolist()) for row in flags]


def _first(common: int, fits: object) -> int | None:
    """Return the first slot among the bits of ``common`` that fits."""
    while common:
        bit = common & -common
        slot = bit.bit_length() - 1
        if fits(slot):  # type: ignore[operator]
            return slot
        common ^= bit
    return None


def unserved(table: Timetable) -> int:
    """Return how many firms meet nobody."""
    return int(((table.partner != NOBODY).sum(axis=1) == 0).sum())
