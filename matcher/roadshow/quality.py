"""How good a plan is, beside its linear program and beside the sorted spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.board import PLENTY, Board
from matcher.roadshow.compaction import count_breaks
from matcher.roadshow.kind_tree import required_of, trees
from matcher.roadshow.problem import WishKind, pairs_said
from matcher.roadshow.result import Quality
from matcher.roadshow.selection import Selection, select
from matcher.roadshow.spreadsheet import sort_the_spreadsheet
from matcher.roadshow.timetable import NOBODY, Timetable

Flags = NDArray[np.bool_]
FIGURES = 10
"""Digits after the point: enough for any reader, few enough for equal bytes everywhere."""


@dataclass(frozen=True)
class Totals:
    """Value, and value with dial and wishes, of some pairs."""

    value: float
    objective: int


def totals(board: Board, met: Flags) -> Totals:
    """Return what the pairs ``met``, locked ones included, are worth."""
    counts = met.sum(axis=1)
    ladder = np.concatenate([[0], np.cumsum(board.dial)])
    steps = ladder[np.minimum(counts, len(ladder) - 1)]
    value = float(np.nansum(np.where(met, board.scores, 0.0)))
    return Totals(value, int(board.weights[met].sum()) + int(steps.sum()))


def measure(table: Timetable, selection: Selection, *, bound: int | None = None) -> Quality:
    """Measure a timetable.

    Parameters
    ----------
    table
        Meetings and times.
    selection
        The optimum of the flow.
    bound
        A tighter bound of the objective, where one is known.
    """
    board, met = table.board, table.meets()
    ours = totals(board, met)
    best_list = selection.chosen | locked(board)
    best = totals(board, best_list)
    top = min(best.objective, best.objective if bound is None else bound)
    plain = select(board, requirements=False, dial=False)
    efficiency = totals(board, plain.chosen | locked(board)).value
    sheet = sort_the_spreadsheet(board)
    base_met = sheet.meets()
    base = totals(board, base_met)
    rows = np.where(met, np.nan_to_num(board.scores), 0.0).sum(axis=1)
    counts = met.sum(axis=1).astype(float)
    wished = _wished(board)
    found = Quality(
        meetings=int(met.sum()),
        value=ours.value,
        upper_bound=best.value,
        gap=max((top - ours.objective) / top, 0.0) if top else 0.0,
        baseline_value=base.value,
        baseline_meetings=int(base_met.sum()),
        baseline_shortfall=shortfall(board, base_met),
        baseline_unserved=int((base_met.sum(axis=1) == 0).sum()),
        lead=(ours.value - base.value) / base.value if base.value else 0.0,
        efficiency_value=efficiency,
        fairness_cost=(efficiency - best.value) / efficiency if efficiency else 0.0,
        lowest_firm_value=float(rows.min(initial=np.inf)) if len(rows) else 0.0,
        tenth_firm_value=float(np.quantile(rows, 0.1)) if len(rows) else 0.0,
        gini_value=gini(rows),
        gini_meetings=gini(counts),
        breaks=sum(count_breaks(table)),
        baseline_breaks=sum(count_breaks(sheet)),
        fill=_fill(table),
        blocking_pairs=blocking_pairs(board, met),
        shortfall=shortfall(board, met),
        unserved=int((counts == 0).sum()),
        wishes_met=int((wished & met).sum()),
        wishes=int(wished.sum()),
    )
    return _rounded(found)


def locked(board: Board) -> Flags:
    """Return the locked pairs. Shape ``(F, I)``."""
    pairs = np.zeros(board.allowed.shape, np.bool_)
    pairs[board.locks[:, 0], board.locks[:, 1]] = True
    return pairs


def gini(values: NDArray[np.float64]) -> float:
    """Return the Gini coefficient of values that are at least 0; 0 where all are 0."""
    total = float(values.sum())
    if not len(values) or total <= 0:
        return 0.0
    ordered = np.sort(values)
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * total))


def blocking_pairs(board: Board, met: Flags) -> int:
    """Count pairs that may meet, do not, and would both gain a better meeting than their worst.

    A side with a meeting to spare gains whatever comes.
    """
    worth = np.where(met, board.weights, np.iinfo(np.int64).max)
    free = locked(board)
    firm_full = (met & ~free).sum(axis=1) >= board.firm_most
    seat_full = (met & ~free).sum(axis=0) >= board.institution_most
    firm_edge = np.where(firm_full, worth.min(axis=1, initial=np.iinfo(np.int64).max), -1)
    seat_edge = np.where(seat_full, worth.min(axis=0, initial=np.iinfo(np.int64).max), -1)
    better = (board.weights > firm_edge[:, None]) & (board.weights > seat_edge[None, :])
    return int((better & board.allowed & ~met).sum())


def shortfall(board: Board, met: Flags) -> int:
    """Count missed units of participants' and kinds' minimums, must pairs included."""
    firm_counts, seat_counts = met.sum(axis=1), met.sum(axis=0)
    wanted = np.array([one.min_meetings for one in board.firms], np.int64)
    seats = np.array([one.min_meetings for one in board.institutions], np.int64)
    missed = int(np.maximum(wanted - firm_counts, 0).sum())
    missed += int(np.maximum(seats - seat_counts, 0).sum())
    missed += int((board.must & ~met).sum())
    for rows, tree in trees(board):
        if tree.rules:
            had = tree.covers.astype(np.int64) @ met[rows].T.astype(np.int64)
            missed += int(np.maximum(required_of(board, tree, rows) - had, 0).sum())
    return missed


def _fill(table: Timetable) -> float:
    """Return the meetings as a share of the seats that firms, delegates and rooms leave open."""
    board = table.board
    room = np.where(board.own_table, PLENTY, 0)
    tables = np.array([one.tables for one in board.institutions], np.int64)
    seats = (board.institution_there * tables[:, None]).sum(axis=0)
    if board.rooms:
        own = (board.institution_there * np.minimum(tables, room)[:, None]).sum(axis=0)
        lock = np.bincount(board.locks[:, 2], minlength=len(board.slots))
        seats = np.minimum(seats, own + board.total_tables + lock)
    capacity = int(np.minimum(seats, board.firm_there.sum(axis=0)).sum())
    return int((table.partner != NOBODY).sum()) / capacity if capacity else 0.0


def _wished(board: Board) -> Flags:
    pairs = pairs_said(board.problem, WishKind.WISH) | pairs_said(board.problem, WishKind.MUST)
    rows = {one.participant_id: at for at, one in enumerate(board.firms)}
    columns = {one.participant_id: at for at, one in enumerate(board.institutions)}
    mask = np.zeros(board.allowed.shape, np.bool_)
    for firm_id, institution_id in pairs:
        mask[rows[firm_id], columns[institution_id]] = True
    return mask


def _rounded(quality: Quality) -> Quality:
    changes = {
        name: round(value, FIGURES)
        for name in Quality.__dataclass_fields__
        if isinstance(value := getattr(quality, name), float)
    }
    return replace(quality, **changes)  # type: ignore[arg-type]
