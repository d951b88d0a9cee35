"""Amounts on one logarithmic scale, for features only; money itself stays in whole hundredths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import Side

CNY_PER_UNIT = {"CNY": 1.0, "USD": 6.5, "EUR": 7.8, "HKD": 0.85, "JPY": 0.06, "GBP": 9.0}
"""Rounded long-run rates: they put currencies on one scale to within a band, no more is needed."""

HUNDREDTHS = 100


def log_of_band(
    low_minor: NDArray[np.float64], high_minor: NDArray[np.float64], currency: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Return log10 of the geometric middle of each band in CNY; NaN where unknown or not positive.

    A band with one known end counts as that end.
    """
    low = np.where(np.isnan(low_minor), high_minor, low_minor)
    high = np.where(np.isnan(high_minor), low_minor, high_minor)
    product = np.where((low > 0) & (high > 0), low * high, np.nan)
    rate = np.array([CNY_PER_UNIT.get(code, 1.0) if code else 1.0 for code in currency])
    return np.asarray(np.log10(product) / 2 + np.log10(rate / HUNDREDTHS), np.float64)


def log_amounts(needs: Side, need_rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return log10 of what each need asks for, in CNY. Shape ``(n,)``, NaN where unknown."""
    return log_of_band(
        needs.numbers(col.AMOUNT_LOW_MINOR)[need_rows],
        needs.numbers(col.AMOUNT_HIGH_MINOR)[need_rows],
        needs.strings(col.CURRENCY)[need_rows],
    )
