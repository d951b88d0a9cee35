"""Values of a sparse matrix at a few rows and columns: what a single request asks for.

The product of one sparse row with a large matrix touches every column; a request looks at a few
hundred. Rows that hold many columns are kept whole beside the sparse matrix, so that their values
are looked up; the others are short enough to be searched through.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

DENSE_FROM = 16
"""A row is kept whole if it holds one in as many columns: at most eight times the room it took."""

Rows = NDArray[np.integer]


class ValueTable:
    """Looks up values.

    Parameters
    ----------
    matrix
        Shape ``(n_rows, n_columns)``; it is not copied, except for its full rows.
    dense_from
        A row is full if it holds one in as many columns.
    """

    def __init__(self, matrix: sp.csr_matrix, *, dense_from: int = DENSE_FROM) -> None:
        self._matrix = matrix
        held = np.diff(matrix.indptr)
        full = np.flatnonzero(held * dense_from > matrix.shape[1])
        self._place = np.full(matrix.shape[0], -1, np.int64)
        self._place[full] = np.arange(len(full))
        self._whole = matrix[full].toarray().ravel()
        self._ends: list[int] = matrix.indptr.tolist()

    def at(self, rows: Rows, columns: Rows) -> NDArray[np.floating]:
        """Return the values where rows and columns cross. Shape ``(len(rows), len(columns))``.

        Parameters
        ----------
        rows
            Row numbers.
        columns
            Column numbers.
        """
        matrix = self._matrix
        found = np.zeros((len(rows), len(columns)), matrix.dtype)
        place = self._place[rows]
        full = place >= 0
        starts = place[full] * matrix.shape[1]
        found[full] = self._whole.take(starts[:, None] + columns)
        if not full.all():
            self._search(np.asarray(rows), np.flatnonzero(~full), columns, out=found)
        return found

    def _search(self, rows: Rows, some: Rows, columns: Rows, *, out: NDArray[np.floating]) -> None:
        """Fill the lines ``some`` of ``out`` from the sparse matrix."""
        matrix, ends = self._matrix, self._ends
        spans = [(ends[row], ends[row + 1]) for row in rows[some].tolist()]
        held = np.concatenate([matrix.indices[a:b] for a, b in spans])
        at = np.full(matrix.shape[1], -1, np.int32)
        at[columns] = np.arange(len(columns))
        column = at[held]
        hit = np.flatnonzero(column >= 0)
        if not len(hit):
            return
        values = np.concatenate([matrix.data[a:b] for a, b in spans])
        line = np.repeat(some, [b - a for a, b in spans])
        out[line[hit], column[hit]] = values[hit]
        last = at[columns]
        if (last != np.arange(len(columns))).any():  # a column that is named twice
            out[some] = out[some][:, last]
