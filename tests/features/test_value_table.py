"""Values of a few rows and columns are those of the matrix; what is derived follows its source."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from features.follows import follows
from features.value_table import ValueTable


@pytest.fixture
def matrix() -> sp.csr_matrix:
    rng = np.random.default_rng(7)
    shares = np.array([0.0, 0.01, 0.05, 0.2, 0.9])[:, None]
    dense = rng.random((5, 300)).astype(np.float32) * (rng.random((5, 300)) < shares)
    return sp.csr_matrix(dense)


@pytest.mark.parametrize("dense_from", [1, 2, 16, 1000])
@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [4], [1], [0], [3, 3, 1], []])
def test_values_are_those_of_the_matrix(matrix, rows, dense_from):
    table = ValueTable(matrix, dense_from=dense_from)
    rows = np.array(rows, np.int64)
    for columns in (np.arange(300), np.array([7, 299, 0]), np.array([5, 5, 9]), np.arange(0)):
        assert np.array_equal(table.at(rows, columns), matrix.toarray()[np.ix_(rows, columns)])


class Doubled:
    def __init__(self, values: list[int]) -> None:
        self.values_ = values
        self.made = 0

    @follows("values_")
    def doubled(self) -> list[int]:
        """Return twice the values."""
        self.made += 1
        return [2 * value for value in self.values_]


def test_what_is_derived_is_made_once():
    one = Doubled([1, 2])
    assert one.doubled is one.doubled
    assert one.made == 1


def test_a_copy_with_other_values_does_not_keep_what_was_derived():
    one = Doubled([1, 2])
    assert one.doubled == [2, 4]
    copy = object.__new__(Doubled)
    copy.__dict__.update({**vars(one), "values_": [5]})
    assert copy.doubled == [10]
    assert one.doubled == [2, 4]
