from __future__ import annotations

import numpy as np
import pytest

from matcher.attribution import PathTable


def leaf(index, value, count):
    return {"leaf_index": index, "leaf_value": value, "leaf_count": count}


def split(feature, left, right):
    return {"split_feature": feature, "left_child": left, "right_child": right}


TREE = split(0, leaf(0, 1.0, 30), split(2, leaf(1, 2.0, 10), leaf(2, 6.0, 10)))
"""Root 0 → (leaf 0: 1.0 × 30 rows) or feature 2 → (2.0 × 10) or (6.0 × 10)."""
RIGHT = (2.0 * 10 + 6.0 * 10) / 20
ROOT = (1.0 * 30 + RIGHT * 20) / 50


def test_one_tree_by_hand():
    table = PathTable.from_trees([TREE], n_features=3)
    assert table.base == pytest.approx(ROOT)
    got = table.contributions(np.array([[0], [1], [2]]))
    np.testing.assert_allclose(
        got,
        [
            [1.0 - ROOT, 0, 0],
            [RIGHT - ROOT, 0, 2.0 - RIGHT],
            [RIGHT - ROOT, 0, 6.0 - RIGHT],
        ],
    )


def test_a_feature_passed_twice_is_credited_for_both():
    tree = split(1, leaf(0, 0.0, 1), split(1, leaf(1, 2.0, 1), leaf(2, 4.0, 2)))
    table = PathTable.from_trees([tree], n_features=2)
    base = (0.0 + 2.0 + 4.0 * 2) / 4
    np.testing.assert_allclose(table.contributions(np.array([[2]])), [[0, 4.0 - base]])


def test_trees_add_up():
    other = split(1, leaf(0, -1.0, 1), leaf(1, 1.0, 1))
    summed = PathTable.from_trees([TREE, other], n_features=3)
    leaves = np.array([[2, 1], [0, 0]])
    np.testing.assert_allclose(
        summed.contributions(leaves),
        [[RIGHT - ROOT, 1.0, 6.0 - RIGHT], [1.0 - ROOT, -1.0, 0]],
    )
    np.testing.assert_allclose(
        summed.contributions(leaves).sum(axis=1) + summed.base, [6.0 + 1.0, 1.0 - 1.0]
    )


def test_a_tree_of_one_leaf_only_moves_the_base():
    table = PathTable.from_trees([{"leaf_value": 0.25}, TREE], n_features=3)
    assert table.base == pytest.approx(0.25 + ROOT)
    np.testing.assert_allclose(table.contributions(np.array([[0, 0]])), [[1.0 - ROOT, 0, 0]])
    only = PathTable.from_trees([{"leaf_value": 0.25}], n_features=2)
    assert only.contributions(np.array([[0]])).tolist() == [[0, 0]]


def test_leaves_that_no_training_row_reached_count_alike():
    tree = split(0, leaf(0, 1.0, 0), leaf(1, 3.0, 0))
    table = PathTable.from_trees([tree], n_features=1)
    assert table.base == 2.0
    assert table.contributions(np.array([[0], [1]])).tolist() == [[-1.0], [1.0]]


def test_a_model_without_trees_contributes_nothing():
    table = PathTable.from_trees([], n_features=2)
    assert table.base == 0
    assert table.contributions(np.zeros((3, 0), dtype=np.int64)).tolist() == [[0, 0]] * 3
