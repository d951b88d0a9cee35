"""Boosted trees as tables: the same scores as LightGBM's, in a fraction of its time.

LightGBM walks each tree from the root for each row, and a processor mispredicts every other turn.
Here every distinct comparison of a model (a feature against a threshold) is made once for all rows,
without a branch; the outcomes of the comparisons of a tree are the bits of a number, and a table
says which leaf that number leads to. Method: after QuickScorer (Lucchese et al. 2015), which also
compares first and finds leaves by bits.

The sums are taken in the order of the trees and in double precision, so that scores of single
precision rows are those of LightGBM to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Node = Mapping[str, Any]
"""A node of ``Booster.dump_model()``: a split with two children, or a leaf."""

BITS = 8
MOST_SPLITS = 2 * BITS
"""Splits of a tree, at the most: its table has two to that power entries of one byte."""
PADDING = 2.0
"""Thresholds of features are compared in blocks; a block may grow by this factor. Few large blocks
cost less to call than they waste."""

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Test = tuple[int, bool, float]
"""Feature, whether the outcome is true above the threshold or up to it, and the threshold."""


@dataclass(frozen=True)
class _Block:
    """Comparisons of some features with as many thresholds each; NaN makes none of them true."""

    features: Rows
    thresholds: Floats
    above: bool
    first: int

    def compare(self, columns: Floats, out: NDArray[np.bool_]) -> None:
        n, width, _ = self.thresholds.shape
        found = out[self.first : self.first + n * width].reshape(n, width, -1)
        compare = np.greater if self.above else np.less_equal
        compare(columns[self.features][:, None, :], self.thresholds, out=found)


class TreeTables:
    """Trees that are scored together: those of one model, or of several.

    Parameters
    ----------
    trees
        From :func:`read_trees`, in the order in which their values are added up.

    Relations
    ---------
    ``Booster.predict`` scores trees of any size and form; this one those that
    :func:`read_trees` can read.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        tests = sorted({test for tree in trees for test in tree.tests})
        self._blocks, place = _laid_out(tests)
        self._n_tests = 1 + sum(block.thresholds.size for block in self._blocks)  # the last: never
        large = [n for n, tree in enumerate(trees) if len(tree.tests) > BITS]
        self._large = slice(large[0], large[-1] + 1) if large else slice(0, 0)
        halves = [tree.tests[:BITS] for tree in trees]
        halves += [tree.tests[BITS:] for tree in trees[self._large]]
        self._test_of = np.full((BITS, len(halves)), self._n_tests - 1, np.int64)
        for slot, tests_of_slot in enumerate(halves):
            for bit, test in enumerate(tests_of_slot):
                self._test_of[bit, slot] = place[test]
        tables = [
            tree.leaf_table(2 * BITS if at in range(len(trees))[self._large] else BITS)
            for at, tree in enumerate(trees)
        ]
        self._n_trees = len(trees)
        self._starts = np.cumsum([0, *map(len, tables)])[:-1].reshape(-1, 1)
        self._leaf = np.concatenate([np.empty(0, np.uint8), *tables])
        values = [tree.values[table] for tree, table in zip(trees, tables, strict=True)]
        self._value = np.concatenate([np.empty(0), *values])

    def leaves(self, X: Floats) -> NDArray[np.int64]:
        """Return the leaf of each row in each tree. Shape ``(n, n_trees)``."""
        return np.asarray(np.take(self._leaf, self._entries(X)).T, np.int64)

    def values(self, X: Floats) -> NDArray[np.float64]:
        """Return the value of each row's leaf in each tree. Shape ``(n_trees, n)``."""
        return np.asarray(np.take(self._value, self._entries(X)), np.float64)

    def _entries(self, X: Floats) -> Rows:
        """Return for each tree and row the place of its leaf in the tables. ``(n_trees, n)``."""
        width = -(-len(X) // 8) * 8
        columns = np.zeros((X.shape[1], width), np.float32)
        columns[:, : len(X)] = X.T
        outcomes = np.empty((self._n_tests, width), np.bool_)
        outcomes[-1] = False
        for block in self._blocks:
            block.compare(columns, outcomes)
        words = outcomes.view(np.uint64)  # eight rows at a time: no shift leaves its byte
        codes = words.take(self._test_of[0], axis=0)
        part = np.empty_like(codes)
        for bit in range(1, BITS):
            words.take(self._test_of[bit], axis=0, out=part, mode="clip")
            np.left_shift(part, np.uint64(bit), out=part)
            np.bitwise_or(codes, part, out=codes)
        found = codes.view(np.uint8)[:, : len(X)]
        entries: Rows = found[: self._n_trees].astype(np.int64)
        entries[self._large] += np.multiply(found[self._n_trees :], 1 << BITS, dtype=np.int64)
        entries += self._starts
        return entries


@dataclass(frozen=True)
class Tree:
    """One tree: its comparisons, which of them lead to each leaf how, and the leaves' values."""

    tests: tuple[Test, ...]
    paths: tuple[tuple[tuple[int, bool], ...], ...]
    values: NDArray[np.float64]

    def leaf_table(self, bits: int) -> NDArray[np.uint8]:
        """Return the leaf for every outcome of the comparisons, read as bits of a number."""
        n = 1 << (bits if bits <= BITS else max(len(self.tests), BITS))
        table = np.zeros(n, np.uint8)
        for leaf, path in enumerate(self.paths):
            here = np.ones(n, np.bool_)
            for bit, outcome in path:
                here &= _outcomes()[outcome][bit, :n]
            table[here] = leaf
        return table


@cache
def _outcomes() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which numbers have which bits unset, and set. Shape ``(MOST_SPLITS, n)`` each."""
    bits = np.arange(MOST_SPLITS)[:, None]
    is_set = ((np.arange(1 << MOST_SPLITS) >> bits) & 1).astype(np.bool_)
    return ~is_set, is_set


def read_trees(roots: Sequence[Node]) -> tuple[Tree, ...] | None:
    """Read the ``tree_structure`` of every tree of a model.

    Returns
    -------
    ``None`` where a tree has more than ``MOST_SPLITS`` splits, splits by category, or takes zero
    for a missing value.
    """
    read = [_read(root) for root in roots]
    return tuple(tree for tree in read if tree is not None) if all(read) else None


def _read(root: Node) -> Tree | None:
    tests: dict[Test, int] = {}
    paths: dict[int, tuple[tuple[int, bool], ...]] = {}
    values: dict[int, float] = {}
    for leaf, value, path in _walk(root):
        steps = []
        for node, goes_left in path:
            test = _test(node)
            if test is None:
                return None
            steps.append((tests.setdefault(test, len(tests)), goes_left != test[1]))
        paths[leaf], values[leaf] = tuple(steps), value
    if len(tests) > MOST_SPLITS:
        return None
    order = range(len(paths))
    return Tree(tuple(tests), tuple(paths[n] for n in order), np.array([values[n] for n in order]))


def _walk(
    node: Node, path: tuple[tuple[Node, bool], ...] = ()
) -> Iterator[tuple[int, float, tuple[tuple[Node, bool], ...]]]:
    """Yield each leaf: its number, its value, and the splits above it with the side taken."""
    if "leaf_value" in node:
        yield int(node.get("leaf_index", 0)), float(node["leaf_value"]), path
        return
    yield from _walk(node["left_child"], (*path, (node, True)))
    yield from _walk(node["right_child"], (*path, (node, False)))


def _test(node: Node) -> Test | None:
    """Return the feature, whether the row is *above* where it goes right, and the threshold.

    A comparison with NaN is false, so it is turned the way in which false is where NaN goes.
    """
    missing = node["missing_type"]
    if node["decision_type"] != "<=" or missing not in ("None", "NaN"):
        return None
    threshold = float(node["threshold"])
    # LightGBM reads an unexpected NaN as 0
    nan_left = bool(node["default_left"]) if missing == "NaN" else threshold >= 0
    return int(node["split_feature"]), nan_left, _single(threshold)


def _single(threshold: float) -> float:
    """Return the largest number of single precision that does not exceed ``threshold``.

    A number of single precision is at most the one exactly if it is at most the other.
    """
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
        over = float(near) > threshold  # a comparison with float32 would be one in float32
        return float(np.nextafter(near, np.float32(-np.inf)) if over else near)


def _laid_out(
    tests: Sequence[Test],
) -> tuple[list[_Block], dict[Test, int]]:
    """Arrange comparisons in blocks of features with about as many thresholds."""
    blocks: list[_Block] = []
    place: dict[Test, int] = {}
    first = 0
    for above in (True, False):
        of_feature: dict[int, list[float]] = {}
        for feature, direction, threshold in tests:
            if direction == above:
                of_feature.setdefault(feature, []).append(threshold)
        rest = sorted(of_feature, key=lambda feature: -len(of_feature[feature]))
        while rest:
            width = len(of_feature[rest[0]])
            taken = [f for f in rest if PADDING * len(of_feature[f]) >= width]
            rest = rest[len(taken) :]
            thresholds = np.full((len(taken), width, 1), np.nan, np.float32)
            for row, feature in enumerate(taken):
                for column, threshold in enumerate(of_feature[feature]):
                    thresholds[row, column] = threshold
                    place[feature, above, threshold] = first + row * width + column
            blocks.append(_Block(np.array(taken), thresholds, above, first))
            first += thresholds.size
    return blocks, place
