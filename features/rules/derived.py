"""Facts that follow from others: shares, sums and growth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from data.rules.values import NO, YES
from features.rules.columns import Column, Floats, ListColumn, NumberColumn

if TYPE_CHECKING:
    from features.rules.fact_table import FactTable

PERCENT = 100.0
DIGITS = 9
"""Growth is rounded to as many digits, so that a threshold met exactly is met."""

SHARES: Mapping[str, tuple[str, str]] = {
    "sci_tech_share": ("sci_tech_staff", "employees"),
    "hired_share": ("hired_eligible", "employees"),
    "debt_ratio": ("liabilities", "assets"),
    "rd_share": ("rd_expense", "revenue"),
    "rd_share_previous": ("rd_expense_previous", "revenue_previous"),
    "rd_share_three_years": ("rd_three_years", "revenue_three_years"),
    "rd_cost_share": ("rd_expense", "cost_expense"),
    "valuation_share": ("amount", "last_valuation"),
}
"""Numerator and denominator of each share, in per cent."""

SUMS: Mapping[str, tuple[str, str]] = {
    "rd_two_years": ("rd_expense", "rd_expense_previous"),
    "credit_after": ("total_credit", "amount"),
    "guaranteed_after": ("guaranteed_balance", "amount"),
    "exposure_after": ("exposure", "amount"),
}
"""What each sum adds up."""


def _share(numerator: str, denominator: str) -> Callable[[FactTable], Column]:
    def derive(table: FactTable) -> Column:
        above, below = table.numbers(numerator), table.numbers(denominator)
        return NumberColumn(_percent(above.low, below.high), _percent(above.high, below.low))

    return derive


def _percent(above: Floats, below: Floats) -> Floats:
    """Return a share in per cent; NaN where it has no meaning."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = PERCENT * above / below
    return np.where(below > 0, found, np.nan)


def _sum(first: str, second: str) -> Callable[[FactTable], Column]:
    def derive(table: FactTable) -> Column:
        one, other = table.numbers(first), table.numbers(second)
        money = other if other.currency is not None else one
        return NumberColumn(
            one.low + other.low, one.high + other.high, money.currency, money.currencies
        )

    return derive


def _growth(later: str, earlier: str, years: int) -> Callable[[FactTable], Column]:
    def derive(table: FactTable) -> Column:
        end, start = table.numbers(later).low, table.numbers(earlier).low
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = PERCENT * ((end / start) ** (1 / years) - 1)
        return NumberColumn.exact(np.where(start > 0, np.round(rate, DIGITS), np.nan))

    return derive


def _resident(table: FactTable) -> Column:
    bases = table.lists("base")
    has = np.array([bool(row) for row in bases.rows], np.bool_)[bases.codes]
    return ListColumn.flags(np.where(has, 1.0, np.nan), YES, NO)


def _operating(table: FactTable) -> Column:
    """Return the age: a firm has operated for as long unless it says otherwise."""
    return table.column("age")


DERIVED: Mapping[str, Callable[[FactTable], Column]] = {
    **{fact: _share(*parts) for fact, parts in SHARES.items()},
    **{fact: _sum(*parts) for fact, parts in SUMS.items()},
    "growth": _growth("revenue", "revenue_previous", 1),
    "growth_two_years": _growth("revenue", "revenue_two_years_ago", 2),
    "resident": _resident,
    "operating_months": _operating,
}
"""How each derived fact is computed; one that is stated wins."""
