"""A program: rules compiled to leaves and to the groups over them, answered for many rows.

Equal leaves and equal groups are compiled once, whoever shares them. Nodes are numbered leaves
first, then groups by depth, so that each depth is one gather and one reduction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.rules.conditions import Band, Condition, Group, Leaf, Named, Op, Score, When, parts_of
from features.rules.answers import Answer, Answers, guarded, negated
from features.rules.fact_table import FactTable
from features.rules.leaves import LeafSet, leaf_key, leaf_set

Rows = NDArray[np.int64]


ROWS_AT_A_TIME = 16_384
"""A hundred nodes of as many rows are 1.6 MB."""


FEW_ROWS = 32
"""Up to as many rows, all groups of a depth are answered at once."""


@dataclass(frozen=True)
class _Groups:
    """Groups of one depth and form. Node ``first + i`` combines ``children[starts[i]:…]``."""

    first: int
    children: Rows
    starts: Rows
    negate_parts: NDArray[np.bool_]
    negate_whole: NDArray[np.bool_]

    def answer(self, nodes: Answers) -> Answers:
        if nodes.shape[1] > FEW_ROWS:
            return self._one_by_one(nodes)
        parts = nodes[self.children]
        parts[self.negate_parts] = negated(parts[self.negate_parts])
        found: Answers = np.maximum.reduceat(parts, self.starts, axis=0)
        found[self.negate_whole] = negated(found[self.negate_whole])
        return found

    def _one_by_one(self, nodes: Answers) -> Answers:
        """Answer group by group: along long rows, ``reduceat`` takes ten times as long."""
        found = np.empty((len(self.starts), nodes.shape[1]), np.int8)
        ends = [*self.starts[1:].tolist(), len(self.children)]
        for place, (start, end) in enumerate(zip(self.starts.tolist(), ends, strict=True)):
            parts = nodes[self.children[start:end]]
            if self.negate_parts[start]:
                parts = negated(parts)
            np.maximum.reduce(parts, axis=0, out=found[place])
            if self.negate_whole[place]:
                found[place] = negated(found[place])
        return found


@dataclass(frozen=True)
class _Guards:
    """Guarded bodies of one depth."""

    first: int
    guards: Rows
    bodies: Rows

    def answer(self, nodes: Answers) -> Answers:
        return guarded(nodes[self.guards], nodes[self.bodies])


@dataclass(frozen=True)
class _Scores:
    """Scores of one depth: bands belong to items, items to scores."""

    first: int
    children: Rows
    points: NDArray[np.float64]
    item_starts: Rows
    score_starts: Rows
    band_starts: Rows
    thresholds: NDArray[np.float64]
    open_ends: NDArray[np.bool_]

    def answer(self, nodes: Answers) -> Answers:
        bands, points = nodes[self.children], self.points[:, None]
        low = self._sum(np.where(bands == Answer.MET, points, 0.0))
        may = (bands == Answer.UNKNOWN) | (bands == Answer.MANUAL_REVIEW)
        high = self._sum(np.where(may | (bands == Answer.MET), points, 0.0))
        unknown = np.logical_or.reduceat(bands == Answer.UNKNOWN, self.band_starts, axis=0)
        open_ = np.where(unknown, Answer.UNKNOWN, Answer.MANUAL_REVIEW)
        answers = np.where(self._reached(high), open_, Answer.UNMET)
        return np.where(self._reached(low), Answer.MET, answers).astype(np.int8)

    def _sum(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        best = np.maximum.reduceat(points, self.item_starts, axis=0)
        return np.asarray(np.add.reduceat(best, self.score_starts, axis=0))

    def _reached(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        thresholds = self.thresholds[:, None]
        open_ends = self.open_ends[:, None]
        return np.where(open_ends, points > thresholds, points >= thresholds)


_Level = _Groups | _Guards | _Scores


class Program:
    """Conditions ready to be answered.

    Attributes
    ----------
    roots
        Node of each condition. Shape ``(n_conditions,)``.
    named
        The rule that a part stands for, where the part came in by name.
    """

    def __init__(
        self, conditions: Sequence[Condition], definitions: Mapping[str, Condition] | None = None
    ) -> None:
        compiler = _Compiler(definitions or {})
        self.conditions = [compiler.resolved(condition) for condition in conditions]
        self.named = {found: rule_id for rule_id, found in compiler.resolved_names.items()}
        made = compiler.compiled(self.conditions)
        self.leaf_sets, self.leaf_order, self.levels, self.n_nodes, self.number_of = made
        self.roots = np.array([self.number_of[c] for c in self.conditions], np.int64)

    def nodes(self, table: FactTable) -> Answers:
        """Return the answer of every leaf and group. Shape ``(n_nodes, n_rows)``."""
        nodes = np.zeros((self.n_nodes, len(table)), np.int8)
        start = 0
        for leaves in self.leaf_sets:
            nodes[start : start + len(leaves)] = leaves.answer(table)
            start += len(leaves)
        for level in self.levels:
            found = level.answer(nodes)
            nodes[level.first : level.first + len(found)] = found
        return nodes

    def answer(self, table: FactTable) -> Answers:
        """Return the answer of every condition. Shape ``(n_conditions, n_rows)``.

        Many rows are answered some at a time, so that the nodes stay in the cache.
        """
        if len(table) <= ROWS_AT_A_TIME:
            return self.nodes(table)[self.roots]
        found = np.empty((len(self.roots), len(table)), np.int8)
        for start in range(0, len(table), ROWS_AT_A_TIME):
            rows = slice(start, min(start + ROWS_AT_A_TIME, len(table)))
            found[:, rows] = self.nodes(table.slice(rows))[self.roots]
        return found


_Made = tuple[list[LeafSet], list[Leaf], list[_Level], int, dict[Condition, int]]


class _Compiler:
    def __init__(self, definitions: Mapping[str, Condition]) -> None:
        self.definitions = definitions
        self.resolved_names: dict[str, Condition] = {}

    def resolved(self, condition: Condition) -> Condition:
        """Return a condition with named rules replaced by what they demand."""
        match condition:
            case Named(rule_id):
                if rule_id not in self.resolved_names:
                    found = self.definitions.get(rule_id)
                    # a definition that is not in force on the day restricts nothing
                    self.resolved_names[rule_id] = (
                        Group(Op.ALL, ()) if found is None else self.resolved(found)
                    )
                return self.resolved_names[rule_id]
            case Group(op, parts):
                return Group(op, tuple(self.resolved(part) for part in parts))
            case When(guard, body):
                return When(self.resolved(guard), self.resolved(body))
            case Score():
                items = tuple(
                    tuple(Band(band.points, self.resolved(band.condition)) for band in item)
                    for item in condition.items
                )
                return Score(condition.at_least, items, condition.open_end)
            case _:
                return condition

    def compiled(self, conditions: Sequence[Condition]) -> _Made:
        depth_of: dict[Condition, int] = {}
        for condition in conditions:
            _measure(condition, depth_of)
        leaves: dict[tuple[str, str], list[Leaf]] = {}
        for condition, depth in depth_of.items():
            if depth == 0 and not isinstance(condition, Group | When | Score | Named):
                leaves.setdefault(leaf_key(condition), []).append(condition)
        order = [leaf for group in leaves.values() for leaf in group]
        number_of: dict[Condition, int] = {leaf: n for n, leaf in enumerate(order)}
        levels: list[_Level] = []
        by_level: dict[tuple[int, str], list[Condition]] = {}
        for condition, depth in depth_of.items():
            if condition not in number_of:
                by_level.setdefault((depth, type(condition).__name__), []).append(condition)
        for (_, form), group in sorted(by_level.items(), key=lambda found: found[0]):
            first = len(number_of)
            levels.extend(_LAYOUT[form](first, group, number_of))
            number_of |= {condition: first + n for n, condition in enumerate(group)}
        return (
            [leaf_set(group) for group in leaves.values()],
            order,
            levels,
            len(number_of),
            number_of,
        )


def _measure(condition: Condition, depth_of: dict[Condition, int]) -> int:
    """Note how deep a condition and everything inside it is; leaves are 0."""
    known = depth_of.get(condition)
    if known is not None:
        return known
    parts = [_measure(part, depth_of) for part in parts_of(condition)]
    depth = 1 + max(parts) if parts else int(isinstance(condition, Group))
    depth_of[condition] = depth
    return depth


def _groups(
    first: int, group: Sequence[Condition], number_of: Mapping[Condition, int]
) -> list[_Level]:
    made = [found for found in group if isinstance(found, Group)]
    sizes = np.array([len(found.parts) for found in made], np.int64)
    if not sizes.all():  # an empty group, from a definition that is not in force, stays 0
        full = [n for n, found in enumerate(made) if found.parts]
        return [level for n in full for level in _groups(first + n, [made[n]], number_of)]
    children = np.array([number_of[part] for found in made for part in found.parts], np.int64)
    negated = np.array([found.op in (Op.ANY, Op.NONE) for found in made], np.bool_)
    whole = np.array([found.op is Op.ANY for found in made], np.bool_)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return [_Groups(first, children, starts, np.repeat(negated, sizes), whole)]


def _guards(
    first: int, group: Sequence[Condition], number_of: Mapping[Condition, int]
) -> list[_Level]:
    made = [found for found in group if isinstance(found, When)]
    guards = np.array([number_of[found.guard] for found in made], np.int64)
    bodies = np.array([number_of[found.body] for found in made], np.int64)
    return [_Guards(first, guards, bodies)]


def _scores(
    first: int, group: Sequence[Condition], number_of: Mapping[Condition, int]
) -> list[_Level]:
    made = [found for found in group if isinstance(found, Score)]
    bands = [band for found in made for item in found.items for band in item]
    item_sizes = [len(item) for found in made for item in found.items]
    n_items = [len(found.items) for found in made]
    n_bands = [sum(len(item) for item in found.items) for found in made]
    return [
        _Scores(
            first,
            children=np.array([number_of[band.condition] for band in bands], np.int64),
            points=np.array([band.points for band in bands]),
            item_starts=_starts(item_sizes),
            score_starts=_starts(n_items),
            band_starts=_starts(n_bands),
            thresholds=np.array([found.at_least for found in made]),
            open_ends=np.array([found.open_end for found in made], np.bool_),
        )
    ]


def _starts(sizes: Sequence[int]) -> Rows:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


_LAYOUT = {"Group": _groups, "When": _guards, "Score": _scores}
