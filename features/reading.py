"""Columns of a side at rows that may be ``NO_ROW``: there, everything is unknown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Side


def texts_at(side: Side, name: str, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return a text column at ``rows``; ``None`` where there is no row. Shape ``(n,)``."""
    texts = side.strings(name)
    padded = np.full(len(texts) + 1, None, object)
    padded[:-1] = texts
    return padded[rows]  # NO_ROW is -1 and finds the last place


def numbers_at(side: Side, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a numeric column at ``rows``; NaN where there is no row. Shape ``(n,)``."""
    return np.append(side.numbers(name), np.nan)[rows]


def dates_at(side: Side, name: str, rows: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return a date column at ``rows``; NaT where there is no row. Shape ``(n,)``."""
    return np.append(side.dates(name), np.datetime64("NaT", "D"))[rows]
