"""Repair: one slot after another is taken apart and put together again at its best.

Given all other slots, the best use of one slot is a maximum weight matching over every pair that
may still meet, since a participant's next meeting is worth the next step of its dial and the next
unit of its minimums. Each step can only raise the objective, so what the timetable had to leave out
is filled by the next best pairs. Meetings of other slots may move into the slot under repair for a
small random reward: that costs nothing and makes room where they came from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.board import Board
from matcher.roadshow.kind_tree import KindTree, had_from_locks, required_of, trees
from matcher.roadshow.timetable import NOBODY, Timetable, Unit, match_slot

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WIDE_PAIRS = 300_000
"""From so many pairs on, each participant looks at its best ones only."""

WIDE_CHOICES = 40

STIR_PASSES = 6
"""Passes with moves: after so many, another one rarely finds a meeting (measured)."""

STIR_UNITS = 200
"""Largest reward of a move, in units of weight: all moves of a slot weigh less than a meeting."""


@dataclass(frozen=True, eq=False)
class Objective:
    """What meetings are worth beside their weights.

    ``extra`` is added to the weight of each pair, such as for pairs of an earlier plan; ``f`` and
    ``i`` are the pairs that are looked at.
    """

    board: Board
    extra: Ints | None
    kinds: list[tuple[Ints, KindTree, Ints]]
    f: Ints
    i: Ints
    base: Ints

    @classmethod
    def of(cls, board: Board, *, extra: Ints | None = None) -> Objective:
        """Prepare the kind rules and the pairs."""
        found = []
        for rows, tree in trees(board):
            wanted = required_of(board, tree, rows) - had_from_locks(board, tree, rows)
            found.append((rows, tree, np.maximum(wanted, 0)))
        f, i = np.nonzero(board.allowed)
        if board.allowed.size >= WIDE_PAIRS:
            f, i = np.nonzero(best_pairs(board, WIDE_CHOICES, extra=extra))
        base = board.weights[f, i] + board.must[f, i] * board.must_bonus
        base = base if extra is None else base + extra[f, i]
        return cls(board, extra, found, f, i, base)

    def kind_gains(self, met: Flags, f: Ints, i: Ints) -> Ints:
        """Return what pairs are worth for kind rules, given those that meet at other times."""
        board = self.board
        gain = np.zeros(len(f), np.int64)
        for rows, tree, wanted in self.kinds:
            if not tree.rules:
                continue
            had = met[rows].astype(np.float32) @ tree.covers.T.astype(np.float32)
            missing = np.zeros((len(board.firms), len(tree.rules)), np.bool_)
            missing[rows] = had < wanted.T
            gain += (missing[f] & tree.covers.T[i]).sum(axis=1) * board.minimum_bonus
        return gain


def best_pairs(board: Board, choices: int, *, extra: Ints | None = None) -> Flags:
    """Return the pairs that may meet and are among the best of either side. Shape ``(F, I)``."""
    worth = board.weights if extra is None else board.weights + extra
    worth = np.where(board.allowed, worth, -1)
    best = board.must.copy()
    for axis in (0, 1):
        nth = worth.shape[axis] - choices
        if nth <= 0:
            return board.allowed
        best |= worth >= np.take(np.partition(worth, nth, axis=axis), [nth], axis=axis)
    return board.allowed & best


def improve(
    table: Timetable,
    objective: Objective,
    *,
    generator: np.random.Generator,
    passes: int = STIR_PASSES,
    kept: Flags | None = None,
) -> None:
    """Take slots apart and together; the last two passes move nothing without need.

    Parameters
    ----------
    table
        Changed in place.
    objective
        What counts.
    generator
        Of the small rewards that let meetings move, which makes room for others.
    passes
        Passes with moves.
    kept
        Meetings that stay where they are. Shape ``(F, S)``.
    """
    fixed = table.fixed if kept is None else table.fixed | kept
    for turn in range(passes + 2):
        stir = generator if turn < passes else None
        for slot in range(len(table.board.slots)):
            _improve_slot(table, objective, slot, fixed, stir=stir)


def _improve_slot(
    table: Timetable,
    objective: Objective,
    slot: int,
    fixed: Flags,
    *,
    stir: np.random.Generator | None,
) -> None:
    old_f = np.flatnonzero((table.partner[:, slot] != NOBODY) & ~fixed[:, slot])
    old_i = table.partner[old_f, slot].copy()
    table.clear(old_f, slot)
    elsewhere = _slots_of(table, fixed)
    unit = _offers(table, objective, slot, elsewhere, stir=stir)
    new_f, new_i = match_slot(table, slot, unit)
    if _worth(unit, new_f, new_i) > _worth(unit, old_f, old_i):
        moved = elsewhere[new_f, new_i]
        for f, s in zip(new_f[moved >= 0].tolist(), moved[moved >= 0].tolist(), strict=True):
            table.clear(np.array([f]), s)
        table.put(new_f, new_i, slot)
    else:
        table.put(old_f, old_i, slot)


def _slots_of(table: Timetable, fixed: Flags) -> Ints:
    """Return the slot in which each pair meets and may leave, or ``NOBODY``. Shape ``(F, I)``."""
    found = np.full(table.board.allowed.shape, NOBODY, np.int64)
    f, s = np.nonzero((table.partner != NOBODY) & ~fixed)
    found[f, table.partner[f, s]] = s
    return found


def _offers(
    table: Timetable,
    objective: Objective,
    slot: int,
    elsewhere: Ints,
    *,
    stir: np.random.Generator | None,
) -> Unit:
    """Weigh every pair that may meet in this slot: new ones, and ones that may move here."""
    board, session = table.board, int(table.board.session[slot])
    met = table.meets()
    met[board.locks[:, 0], board.locks[:, 1]] = False
    f, i, _ = table.movable()
    firm_n = np.bincount(f, minlength=len(board.firms))
    seat_n = np.bincount(i, minlength=len(board.institutions))
    firm_session, seat_session = (count[:, session] for count in table.session_counts())
    here = board.firm_free[:, slot] & (table.partner[:, slot] == NOBODY)
    here &= firm_session < board.firm_session_most[:, session]
    seats = np.minimum(table.seats[:, slot], board.institution_most - seat_n)
    seats = np.minimum(seats, board.institution_session_most[:, session] - seat_session)
    bonus = board.minimum_bonus
    firm_gain = board.dial[np.minimum(board.firm_locked + firm_n, len(board.dial) - 1)]
    firm_gain = firm_gain + (firm_n < board.firm_least) * bonus
    firm_gain = firm_gain + (firm_session < board.firm_session_least[:, session]) * bonus
    seat_gain = [
        ((seat_n + u < board.institution_least) * bonus).astype(np.int64)
        + (seat_session + u < board.institution_session_least[:, session]) * bonus
        for u in range(int(seats.max(initial=0)))
    ]
    cf, ci = objective.f, objective.i
    fits = here[cf] & (seats[ci] > 0)
    new = fits & ~met[cf, ci] & (firm_n < board.firm_most)[cf]
    nf, ni = cf[new], ci[new]
    gain = objective.base[new] + objective.kind_gains(met, nf, ni)
    if stir is not None:
        moving = fits & (elsewhere[cf, ci] >= 0)
        if seat_gain:
            moving &= (seat_gain[0] == 0)[ci]
        mf, mi = cf[moving], ci[moving]
        reward = stir.integers(1, STIR_UNITS, len(mf)) - firm_gain[mf]
        nf, ni = np.concatenate([nf, mf]), np.concatenate([ni, mi])
        gain = np.concatenate([gain, reward])
    return Unit(nf, ni, gain, firm_gain, seats, seat_gain)


def _worth(unit: Unit, f: Ints, i: Ints) -> int:
    """Return what some pairs of a slot are worth; pairs that may not meet count as nothing."""
    if not len(f):
        return 0
    width = int(max(unit.i.max(initial=0), i.max())) + 1
    keys, wanted = unit.f * width + unit.i, f * width + i
    order = np.argsort(keys)
    at = np.searchsorted(keys[order], wanted)
    at = np.minimum(at, max(len(keys) - 1, 0))
    if not len(keys):
        return 0
    hit = keys[order][at] == wanted
    total = int(unit.pair_gain[order][at][hit].sum()) + int(unit.firm_gain[f[hit]].sum())
    counts = np.bincount(i[hit], minlength=len(unit.seats))
    for u, gain in enumerate(unit.seat_gain):
        total += int(gain[counts > u].sum())
    return total
