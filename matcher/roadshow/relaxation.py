"""The linear program of match list and timetable together, for events with tight presence.

Where everybody is there all the time, the flow's match list always fits into the slots and nothing
is left to gain. Where many are absent, a match list that knows the slots is better: one variable
for each pair and slot in which both are there. The relaxation is nearly integral; what is whole in
it becomes the timetable, and :mod:`matcher.roadshow.repair` does the rest.

Relations
---------
One integrated model for CP-SAT loses a quarter of the value at 200 firms and is no alternative;
beyond :data:`MOST_COLUMNS` the repair passes alone stay within one per cent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.roadshow.board import Board
from matcher.roadshow.kind_tree import had_from_locks, required_of, trees
from matcher.roadshow.timetable import NOBODY, Timetable

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_COLUMNS = 30_000
"""Pairs and slots up to which the program takes a third of a second (200 firms)."""

NEARLY_WHOLE = 0.5
"""Above a half, two meetings cannot claim one firm's slot."""


FEW_COLUMNS = 2_500
"""Up to which the integral program is solved instead: events of some thirty firms."""

MOST_NODES = 2_000
"""Of its search tree; an iteration limit, so that equal input gives equal plans."""

REQUIRED_WORTH = 50
"""Worth of a unit of a minimum in units of the largest score."""


@dataclass(frozen=True)
class _Program:
    gain: NDArray[np.float64]
    matrix: sp.csr_matrix
    upper: NDArray[np.float64]
    most: NDArray[np.float64]


def size_of(board: Board, pairs: Flags) -> int:
    """Return the number of some pairs and slots in which both are there."""
    f, i = np.nonzero(pairs)
    return int(sum((board.firm_free[f, s] & (board.seats[i, s] > 0)).sum() for s in _slots(board)))


def relaxed(board: Board, pairs: Flags | None = None) -> tuple[float, Timetable]:
    """Solve the relaxation.

    Parameters
    ----------
    board
        The problem.
    pairs
        Those that are looked at; by default all that may meet. Shape ``(F, I)``.

    Returns
    -------
    The objective (weights and dial, no requirements' bonuses) of the relaxation, and a timetable
    of what is whole in it. Where nothing is required the former bounds every timetable; where
    there are few columns it is that of the best one.
    """
    f, i = np.nonzero(board.allowed if pairs is None else pairs)
    parts = []
    for s in _slots(board):
        at = np.flatnonzero(board.firm_free[f, s] & (board.seats[i, s] > 0))
        parts.append(np.stack([at, np.full(len(at), s)]))
    pair, slot = np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), np.int64)
    steps = _steps(board)
    program = _program(board, f[pair], i[pair], pair, slot, steps)
    solved = _solved(program, whole=len(pair) if len(pair) <= FEW_COLUMNS else 0)
    x, y = solved[: len(pair)], solved[len(pair) : len(pair) + len(steps[0])]
    ladder = np.concatenate([[0], np.cumsum(board.dial)])
    base = int(ladder[np.minimum(board.firm_locked, len(ladder) - 1)].sum())
    lock_f, lock_i = board.locks[:, 0], board.locks[:, 1]
    bound = float(board.weights[f[pair], i[pair]] @ x + steps[2] @ y) + base
    bound += float(board.weights[lock_f, lock_i].sum())
    table = Timetable.with_locks(board)
    whole = np.flatnonzero(x > NEARLY_WHOLE)
    whole = whole[np.lexsort((slot[whole], pair[whole], -x[whole]))]
    _place(table, f[pair[whole]], i[pair[whole]], slot[whole])
    return bound, table


def _solved(program: _Program, *, whole: int) -> NDArray[np.float64]:
    """Return the best values; the first ``whole`` columns are integral."""
    n = len(program.most)
    found = milp(
        -program.gain,
        integrality=np.arange(n) < whole,
        bounds=Bounds(np.zeros(n), program.most),
        constraints=LinearConstraint(program.matrix, -np.inf, program.upper),
        options={"node_limit": MOST_NODES},
    )
    if found.x is None and whole:
        return _solved(program, whole=0)
    if found.x is None:
        raise ArithmeticError(f"The linear program ended with: {found.message}")
    return np.asarray(found.x, np.float64)


def _slots(board: Board) -> range:
    return range(len(board.slots))


def _steps(board: Board) -> tuple[Ints, Ints, Ints]:
    """Return firm, whole gain and dial alone of each further meeting of each firm."""
    rows = np.repeat(np.arange(len(board.firms)), board.firm_most)
    k = np.arange(len(rows)) - np.repeat(
        np.cumsum(board.firm_most) - board.firm_most, board.firm_most
    )
    dial = board.dial[np.minimum(board.firm_locked[rows] + k, len(board.dial) - 1)]
    required = (k < board.firm_least[rows]) * board.minimum_bonus
    return rows, dial + required, dial


@dataclass(frozen=True)
class _Block:
    """Rows that each sum some columns: ``rows[k]`` is where column ``columns[k]`` counts."""

    rows: Ints
    columns: Ints
    values: NDArray[np.float64]
    upper: NDArray[np.float64]


def _program(
    board: Board, f: Ints, i: Ints, pair: Ints, slot: Ints, steps: tuple[Ints, Ints, Ints]
) -> _Program:
    """Return gains, constraint matrix and bounds.

    Columns are meetings, further meetings of firms, units of kind rules and of other minimums.
    """
    n, m = len(pair), len(steps[0])
    unit = float(max(board.weights.max(initial=1), 1))
    at = np.arange(n)

    def summed(rows: Ints, upper: Ints) -> _Block:
        return _Block(rows, at, np.ones(n), np.asarray(upper, np.float64).ravel())

    n_slots, session = len(board.slots), board.session[slot]
    n_sessions = board.firm_session_most.shape[1]
    blocks = [
        summed(f * n_slots + slot, np.ones(len(board.firms) * n_slots, np.int64)),
        summed(i * n_slots + slot, board.seats),
        summed(pair, np.ones(int(pair.max(initial=-1)) + 1, np.int64)),
        summed(i, board.institution_most),
        summed(f * n_sessions + session, board.firm_session_most),
        summed(i * n_sessions + session, board.institution_session_most),
        _Block(
            np.concatenate([f, steps[0]]),
            np.arange(n + m),
            np.concatenate([np.ones(n), -np.ones(m)]),
            np.zeros(len(board.firms)),
        ),
    ]
    if board.rooms:
        blocks.append(summed(slot, board.total_tables))
    kinds, wanted = _kind_blocks(board, f, i, n + m)
    least, counted = _least_blocks(board, f, i, session, n + m + len(wanted))
    kinds, wanted = [*kinds, *least], np.concatenate([wanted, counted])
    width = n + m + len(wanted)
    matrix = sp.vstack(
        [
            sp.csr_matrix((b.values, (b.rows, b.columns)), (len(b.upper), width))
            for b in (*blocks, *kinds)
        ]
    ).tocsr()
    required = REQUIRED_WORTH * unit  # the bonus of the flow, in thousands, would drown the scores
    gain = np.concatenate(
        [
            board.weights[f, i] + board.must[f, i] * 2 * required,
            np.minimum(steps[1], required),
            np.full(len(wanted), required),
        ]
    )
    most = np.concatenate([np.ones(n + m), wanted])
    upper = np.concatenate([b.upper for b in (*blocks, *kinds)])
    return _Program(gain / unit, matrix, upper, most)


def _kind_blocks(
    board: Board, f: Ints, i: Ints, first: int
) -> tuple[list[_Block], NDArray[np.float64]]:
    """Return rows by which a unit of a kind rule needs a meeting, and how many units count."""
    blocks: list[_Block] = []
    wanted: list[NDArray[np.float64]] = []
    for rows, tree in trees(board):
        missing = required_of(board, tree, rows) - had_from_locks(board, tree, rows)
        place = np.full(len(board.firms), NOBODY, np.int64)
        place[rows] = np.arange(len(rows))
        for rule, asked in zip(range(len(tree.rules)), np.maximum(missing, 0), strict=True):
            counts = np.flatnonzero((place[f] != NOBODY) & tree.covers[rule][i])
            own = first + np.arange(len(rows))
            blocks.append(
                _Block(
                    np.concatenate([place[f[counts]], np.arange(len(rows))]),
                    np.concatenate([counts, own]),
                    np.concatenate([-np.ones(len(counts)), np.ones(len(rows))]),
                    np.zeros(len(rows)),
                )
            )
            wanted.append(asked.astype(np.float64))
            first += len(rows)
    return blocks, np.concatenate([np.zeros(0), *wanted])


def _least_blocks(
    board: Board, f: Ints, i: Ints, session: Ints, first: int
) -> tuple[list[_Block], NDArray[np.float64]]:
    """Return rows by which a unit of an institution's or a session's minimum needs a meeting."""
    n_sessions = board.firm_session_least.shape[1]
    sides = (
        (f * n_sessions + session, board.firm_session_least),
        (i * n_sessions + session, board.institution_session_least),
        (i, board.institution_least),
    )
    blocks: list[_Block] = []
    wanted: list[NDArray[np.float64]] = []
    for rows, minimum in sides:
        least = minimum.ravel()
        asked = np.flatnonzero(least > 0)
        place = np.full(len(least), NOBODY, np.int64)
        place[asked] = np.arange(len(asked))
        counts = np.flatnonzero(place[rows] != NOBODY)
        blocks.append(
            _Block(
                np.concatenate([place[rows[counts]], np.arange(len(asked))]),
                np.concatenate([counts, first + np.arange(len(asked))]),
                np.concatenate([-np.ones(len(counts)), np.ones(len(asked))]),
                np.zeros(len(asked)),
            )
        )
        wanted.append(least[asked].astype(np.float64))
        first += len(asked)
    return blocks, np.concatenate(wanted)


def _place(table: Timetable, firms: Ints, institutions: Ints, slots: Ints) -> None:
    """Put meetings in, one by one, as far as seats and rooms last."""
    board = table.board
    seat_left, firm_left = board.institution_most.copy(), board.firm_most.copy()
    met = np.zeros(board.allowed.shape, np.bool_)
    rooms = [table.tables_left(s) for s in _slots(board)]
    left, total = [room for room, _ in rooms], [count for _, count in rooms]
    for f, i, s in zip(firms.tolist(), institutions.tolist(), slots.tolist(), strict=True):
        r, shared = int(board.room[i]), bool(board.rooms) and not board.own_table[i]
        fits = table.partner[f, s] == NOBODY and table.seats[i, s] > 0 and not met[f, i]
        fits = fits and firm_left[f] > 0 and seat_left[i] > 0
        if not fits or (shared and (total[s] < 1 or (r >= 0 and left[s][r] < 1))):
            continue
        table.put(np.array([f]), np.array([i]), s)
        met[f, i] = True
        firm_left[f] -= 1
        seat_left[i] -= 1
        if shared:
            total[s] -= 1
            if r >= 0:
                left[s][r] -= 1
