from __future__ import annotations

import numpy as np
import pytest

from data.errors import ArgumentError
from eval.pairs import PairSet


@pytest.fixture
def pairs() -> PairSet:
    return PairSet.from_pairs(np.array([2, 0, 0, 2, 2]), np.array([1, 3, 0, 1, 0]), shape=(3, 4))


def test_pairs_are_sorted_and_distinct(pairs: PairSet):
    assert pairs.rows.tolist() == [0, 0, 2, 2]
    assert pairs.columns.tolist() == [0, 3, 0, 1]
    assert pairs.counts.tolist() == [2, 0, 2]
    assert len(pairs) == 4
    assert pairs.of(2).tolist() == [0, 1]
    assert pairs.of(1).tolist() == []


def test_contains_broadcasts_and_rejects_the_filler(pairs: PairSet):
    found = pairs.contains(np.array([[0], [1], [2]]), np.array([[0, 3], [0, 3], [1, -1]]))
    assert found.tolist() == [[True, True], [False, False], [True, False]]


def test_a_negative_column_is_not_mistaken_for_the_row_above(pairs: PairSet):
    # row 1, column -1 has the key of row 0, column 3, which is in the set
    assert not pairs.contains(np.array([1]), np.array([-1]))[0]


def test_an_empty_set_contains_nothing():
    empty = PairSet.from_pairs(np.array([], int), np.array([], int), shape=(2, 2))
    assert not empty.contains(np.array([0, 1]), np.array([0, 1])).any()
    assert empty.counts.tolist() == [0, 0]


def test_transpose_exchanges_rows_and_columns(pairs: PairSet):
    turned = pairs.transpose()
    assert turned.n_rows == 4
    assert turned.of(0).tolist() == [0, 2]
    assert turned.transpose().columns.tolist() == pairs.columns.tolist()


def test_take_rows_renumbers_and_may_repeat(pairs: PairSet):
    taken = pairs.take_rows(np.array([2, 1, 0, 2]))
    assert [taken.of(row).tolist() for row in range(4)] == [[0, 1], [], [0, 3], [0, 1]]


def test_keep_columns_leaves_the_shape(pairs: PairSet):
    kept = pairs.keep_columns(np.array([True, False, False, False]))
    assert (kept.n_rows, kept.n_columns, kept.counts.tolist()) == (3, 4, [1, 0, 1])


@pytest.mark.parametrize(("row", "column"), [(3, 0), (0, 4), (-1, 0), (0, -1)])
def test_a_pair_outside_the_shape_is_refused(row: int, column: int):
    with pytest.raises(ArgumentError, match=f"inside 3 x 4; got \\({row}, {column}\\)"):
        PairSet.from_pairs(np.array([0, row]), np.array([0, column]), shape=(3, 4))


def test_arrays_cannot_be_changed(pairs: PairSet):
    with pytest.raises(ValueError, match="read-only"):
        pairs.columns[0] = 2
