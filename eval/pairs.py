"""A sparse set of (row, column) pairs, the form of positives and exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError


@dataclass(frozen=True)
class PairSet:
    """Distinct pairs in compressed rows: row ``r`` holds ``columns[offsets[r]:offsets[r + 1]]``.

    Columns ascend inside a row. Build it with :meth:`from_pairs`.
    """

    offsets: NDArray[np.int64]
    columns: NDArray[np.int64]
    n_columns: int

    @classmethod
    def from_pairs(
        cls, rows: NDArray[np.integer], columns: NDArray[np.integer], *, shape: tuple[int, int]
    ) -> PairSet:
        """Collect pairs in any order; repeated ones count once.

        Raises
        ------
        ArgumentError
            A pair lies outside ``shape``.
        """
        rows, columns = np.asarray(rows, np.int64), np.asarray(columns, np.int64)
        n_rows, n_columns = shape
        inside = (rows >= 0) & (rows < n_rows) & (columns >= 0) & (columns < n_columns)
        if not inside.all():
            bad = int(np.flatnonzero(~inside)[0])
            raise ArgumentError(
                f"A pair must lie inside {n_rows} x {n_columns}; got ({rows[bad]}, {columns[bad]})."
            )
        keys = np.unique(rows * n_columns + columns)
        unique_rows, unique_columns = np.divmod(keys, max(n_columns, 1))
        offsets = np.zeros(n_rows + 1, np.int64)
        np.cumsum(np.bincount(unique_rows, minlength=n_rows), out=offsets[1:])
        for array in (offsets, unique_columns):
            array.setflags(write=False)
        return cls(offsets, unique_columns, n_columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def n_rows(self) -> int:
        """Number of rows, empty ones included."""
        return len(self.offsets) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of pairs in each row. Shape ``(n_rows,)``."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row of each pair, beside :attr:`columns`. Shape ``(n_pairs,)``."""
        return np.repeat(np.arange(self.n_rows), self.counts)

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        return self.rows * self.n_columns + self.columns

    def of(self, row: int) -> NDArray[np.int64]:
        """Return the columns of one row, ascending."""
        return self.columns[self.offsets[row] : self.offsets[row + 1]]

    def contains(
        self, rows: NDArray[np.integer], columns: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Say for each pair whether it is in the set; negative columns never are.

        ``rows`` and ``columns`` broadcast against each other.
        """
        columns = np.asarray(columns, np.int64)
        wanted = np.asarray(rows, np.int64) * self.n_columns + columns
        found = np.zeros(wanted.shape, np.bool_)
        if len(self._keys):
            place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            found = self._keys[place] == wanted
        return found & (columns >= 0)

    def transpose(self) -> PairSet:
        """Return the same pairs with rows and columns exchanged."""
        return PairSet.from_pairs(self.columns, self.rows, shape=(self.n_columns, self.n_rows))

    def take_rows(self, rows: NDArray[np.integer]) -> PairSet:
        """Return the pairs of ``rows``, which become the rows 0 … n - 1; a row may repeat."""
        counts = self.counts[rows]
        places = np.repeat(self.offsets[rows] - np.cumsum(counts) + counts, counts)
        return PairSet.from_pairs(
            np.repeat(np.arange(len(rows)), counts),
            self.columns[places + np.arange(counts.sum())],
            shape=(len(rows), self.n_columns),
        )

    def keep_columns(self, mask: NDArray[np.bool_]) -> PairSet:
        """Return the pairs whose column is true in ``mask`` ``(n_columns,)``; the shape stays."""
        kept = mask[self.columns]
        return PairSet.from_pairs(
            self.rows[kept], self.columns[kept], shape=(self.n_rows, self.n_columns)
        )
