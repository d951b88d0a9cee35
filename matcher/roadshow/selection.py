"""The match list: which pairs meet, by minimum-cost flow.

Source → firm → (nested kind rules) → institution → room → sink. A firm's arc has one unit for each
further meeting, worth less and less (the dial); the units of a minimum carry a bonus that outweighs
any rearrangement, so a minimum is missed only where it cannot be met, and then it is counted. The
constraint matrix is that of a network, hence totally unimodular: the flow is the optimum of the
linear program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.board import PLENTY, Board
from matcher.roadshow.kind_tree import (
    NO_RULE,
    KindTree,
    had_from_locks,
    required_of,
    trees,
)
from matcher.roadshow.network import Network, Solved

PRICE_ROUNDS = 200
"""Longest path that shadow prices look at: a rearrangement of so many participants is no advice."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Selection:
    """A match list.

    Attributes
    ----------
    chosen
        Pairs that meet, locked ones not included. Shape ``(F, I)``.
    institution_nodes, firm_nodes
        Where the participants are in the network.
    """

    chosen: Flags
    solved: Solved
    firm_nodes: Ints
    institution_nodes: Ints

    def seat_worth(self) -> Ints:
        """Return what one more seat at each institution would gain, in weight. Shape ``(I,)``."""
        return self.solved.worth_of_inflow(rounds=PRICE_ROUNDS)[self.institution_nodes]


def select(
    board: Board, *, requirements: bool = True, dial: bool = True, extra: Ints | None = None
) -> Selection:
    """Choose the best match list.

    Parameters
    ----------
    board
        The problem.
    requirements
        Whether minimums, kind rules and must pairs count.
    dial
        Whether the fairness dial counts.
    extra
        Weight added to each pair, such as for pairs of an earlier plan. Shape ``(F, I)``.
    """
    network = Network()
    firms = network.add_nodes(len(board.firms))
    institutions = network.add_nodes(len(board.institutions))
    _add_firms(network, board, firms, requirements=requirements, dial=dial)
    f, i = np.nonzero(board.allowed & (board.firm_most > 0)[:, None])
    tails = firms[f].copy()
    if requirements:
        for rows, tree in trees(board):
            _add_kinds(network, board, firms, rows=rows, tree=tree, f=f, i=i, tails=tails)
    gain = board.weights[f, i] + (0 if extra is None else extra[f, i])
    if requirements:
        gain = gain + board.must[f, i] * board.must_bonus
    pairs = network.add_arcs(tails, institutions[i], capacity=1, gain=gain)
    _add_institutions(network, board, institutions, requirements=requirements)
    solved = network.solve(int(board.firm_most.sum()))
    chosen = np.zeros(board.allowed.shape, np.bool_)
    chosen[f, i] = solved.flows[pairs] > 0
    return Selection(chosen, solved, firms, institutions)


def _add_firms(
    network: Network, board: Board, firms: Ints, *, requirements: bool, dial: bool
) -> None:
    """Add one arc for each further meeting of each firm."""
    longest = int(board.firm_most.max(initial=0))
    for k in range(longest):
        rows = np.flatnonzero(board.firm_most > k)
        gain = np.zeros(len(rows), np.int64)
        if dial:
            gain += board.dial[np.minimum(board.firm_locked[rows] + k, len(board.dial) - 1)]
        if requirements:
            gain += np.where(board.firm_least[rows] > k, board.minimum_bonus, 0)
        network.add_arcs(network.source, firms[rows], capacity=1, gain=gain)


def _add_kinds(
    network: Network,
    board: Board,
    firms: Ints,
    *,
    rows: Ints,
    tree: KindTree,
    f: Ints,
    i: Ints,
    tails: Ints,
) -> None:
    """Add a node for each firm and rule, and let the firm's pairs start from the innermost one."""
    if not tree.rules:
        return
    missing = np.maximum(required_of(board, tree, rows) - had_from_locks(board, tree, rows), 0)
    nodes = np.stack([network.add_nodes(len(rows)) for _ in tree.rules])
    for at, up in enumerate(tree.parent):
        above = firms[rows] if up == NO_RULE else nodes[up]
        wanted = missing[at] > 0
        network.add_arcs(
            above[wanted],
            nodes[at][wanted],
            capacity=missing[at][wanted],
            gain=board.minimum_bonus,
        )
        network.add_arcs(above, nodes[at], capacity=PLENTY, gain=0)
    place = np.full(len(board.firms), -1, np.int64)
    place[rows] = np.arange(len(rows))
    deepest = tree.deepest[i]
    ours = (place[f] >= 0) & (deepest != NO_RULE)
    tails[ours] = nodes[deepest[ours], place[f[ours]]]


def _add_institutions(
    network: Network, board: Board, institutions: Ints, *, requirements: bool
) -> None:
    """Add the seats of institutions, through rooms where the event has them."""
    targets = np.full(len(institutions), network.sink, np.int64)
    if board.rooms:
        hub, rooms = int(network.add_nodes(1)[0]), network.add_nodes(len(board.rooms))
        network.add_arcs(hub, network.sink, capacity=int(board.total_tables.sum()), gain=0)
        network.add_arcs(rooms, hub, capacity=board.room_tables.sum(axis=1), gain=0)
        targets = np.where(board.room >= 0, rooms[board.room], hub)
        targets[board.own_table] = network.sink
    most = board.institution_most
    least = np.minimum(board.institution_least, most) if requirements else np.zeros_like(most)
    wanted = least > 0
    network.add_arcs(
        institutions[wanted],
        targets[wanted],
        capacity=least[wanted],
        gain=board.minimum_bonus,
    )
    network.add_arcs(institutions, targets, capacity=most - least, gain=0)
