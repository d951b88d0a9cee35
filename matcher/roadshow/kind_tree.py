"""Nested kind rules of a firm as a tree: which rules a meeting with an institution counts for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.board import Board
from matcher.roadshow.problem import KindRule

NO_RULE = -1


@dataclass(frozen=True)
class KindTree:
    """The rules that some firms share, larger sets of kinds before those nested in them.

    Attributes
    ----------
    rules
        Sorted so that a parent stands before its children.
    parent
        Position of the smallest rule around each rule, or ``NO_RULE``.
    deepest
        For each institution, the innermost rule its kind falls under, or ``NO_RULE``.
    covers
        Whether a rule holds an institution. Shape ``(n_rules, n_institutions)``.
    """

    rules: tuple[KindRule, ...]
    parent: tuple[int, ...]
    deepest: NDArray[np.int64]
    covers: NDArray[np.bool_]


def trees(board: Board) -> list[tuple[NDArray[np.int64], KindTree]]:
    """Return the firms that share rules, with the tree of those rules."""
    groups: dict[tuple[int, ...], list[int]] = {}
    rules = board.problem.kind_rules
    for row, firm in enumerate(board.firms):
        key = tuple(
            at
            for at, rule in enumerate(rules)
            if rule.firm_ids is None or firm.participant_id in rule.firm_ids
        )
        groups.setdefault(key, []).append(row)
    return [
        (np.array(rows, np.int64), _tree(board, tuple(rules[at] for at in key)))
        for key, rows in groups.items()
    ]


def _tree(board: Board, rules: tuple[KindRule, ...]) -> KindTree:
    ordered = tuple(sorted(rules, key=lambda rule: (-len(rule.kinds), rule.rule_id)))
    parent = tuple(
        max((up for up in range(at) if rule.kinds <= ordered[up].kinds), default=NO_RULE)
        for at, rule in enumerate(ordered)
    )
    covers = np.array(
        [[kind in rule.kinds for kind in board.kinds] for rule in ordered], np.bool_
    ).reshape(len(ordered), len(board.institutions))
    deepest = np.full(len(board.institutions), NO_RULE, np.int64)
    for at in range(len(ordered)):
        deepest[covers[at]] = at
    return KindTree(ordered, parent, deepest, covers)


def required_of(board: Board, tree: KindTree, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many meetings each rule asks of each firm: no more than are eligible for it.

    Locked meetings are not taken off. Shape ``(n_rules, n_rows)``.
    """
    possible = _possible(board)[rows]
    counts = tree.covers.astype(np.int64) @ possible.T.astype(np.int64)
    asked = np.array([rule.minimum for rule in tree.rules], np.int64)
    return np.minimum(asked[:, None], counts)


def had_from_locks(board: Board, tree: KindTree, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many locked meetings count for each rule. Shape ``(n_rules, n_rows)``."""
    locked = np.zeros((len(board.firms), len(board.institutions)), np.int64)
    np.add.at(locked, (board.locks[:, 0], board.locks[:, 1]), 1)
    return tree.covers.astype(np.int64) @ locked[rows].T


def _possible(board: Board) -> NDArray[np.bool_]:
    possible = board.allowed.copy()
    possible[board.locks[:, 0], board.locks[:, 1]] = True
    return possible
