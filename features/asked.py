"""What a query asks for and brings along, in the plain terms that offers state conditions in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from features.reading import dates_at, numbers_at, texts_at
from features.tokens import TokenLists


@dataclass(frozen=True)
class Asked:
    """Figures of some needs and of those who state them, each of shape ``(n,)``; NaN is unknown.

    Attributes
    ----------
    amount_low, amount_high
        Ends of what is asked for, in hundredths of ``currency``; a known end stands for both.
    currency, firm_currency
        Of the amount and of the revenue; ``None`` where unknown.
    term_months, employees, class_one_ip
        As in the records; staff as stated with the need, else the firm's.
    revenue, assets, liabilities, rd_expense
        In hundredths of ``firm_currency``.
    class_two_ip, key_project
        As in the records; a flag is 1 or 0.
    founded_on
        NaT where unknown.
    base_level
        Level of the base where the firm resides, or of the base itself.
    """

    amount_low: NDArray[np.float64]
    amount_high: NDArray[np.float64]
    currency: NDArray[np.object_]
    term_months: NDArray[np.float64]
    employees: NDArray[np.float64]
    revenue: NDArray[np.float64]
    assets: NDArray[np.float64]
    liabilities: NDArray[np.float64]
    rd_expense: NDArray[np.float64]
    firm_currency: NDArray[np.object_]
    class_one_ip: NDArray[np.float64]
    class_two_ip: NDArray[np.float64]
    key_project: NDArray[np.float64]
    founded_on: NDArray[np.datetime64]
    base_level: TokenLists

    @classmethod
    def from_catalogue(
        cls, catalogue: Catalogue, need_rows: NDArray[np.int64], firm_rows: NDArray[np.int64]
    ) -> Asked:
        """Read needs and, where ``firm_rows`` is not ``NO_ROW``, their firms."""
        needs, firms = catalogue.needs, catalogue.firms
        low = needs.numbers(col.AMOUNT_LOW_MINOR)[need_rows]
        high = needs.numbers(col.AMOUNT_HIGH_MINOR)[need_rows]
        staff = needs.numbers(col.EMPLOYEES)[need_rows]
        firm_staff = numbers_at(firms, col.EMPLOYEES, firm_rows)
        return cls(
            amount_low=np.where(np.isnan(low), high, low),
            amount_high=np.where(np.isnan(high), low, high),
            currency=needs.strings(col.CURRENCY)[need_rows],
            term_months=needs.numbers(col.TERM_MONTHS)[need_rows],
            employees=np.where(np.isnan(staff), firm_staff, staff),
            revenue=numbers_at(firms, col.REVENUE_MINOR, firm_rows),
            assets=numbers_at(firms, col.ASSETS_MINOR, firm_rows),
            liabilities=numbers_at(firms, col.LIABILITIES_MINOR, firm_rows),
            rd_expense=numbers_at(firms, col.RD_EXPENSE_MINOR, firm_rows),
            firm_currency=texts_at(firms, col.CURRENCY, firm_rows),
            class_one_ip=numbers_at(firms, col.CLASS_ONE_IP, firm_rows),
            class_two_ip=numbers_at(firms, col.CLASS_TWO_IP, firm_rows),
            key_project=numbers_at(firms, col.KEY_PROJECT, firm_rows),
            founded_on=dates_at(firms, col.FOUNDED_ON, firm_rows),
            base_level=TokenLists.from_optional(
                texts_at(catalogue.bases, col.LEVEL, base_rows(catalogue, need_rows, firm_rows))
            ),
        )

    def take(self, rows: NDArray[np.int64]) -> Asked:
        """Return the figures at ``rows`` (positions in this object)."""
        taken: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            taken[field.name] = value.take(rows) if isinstance(value, TokenLists) else value[rows]
        return Asked(**taken)


def base_rows(
    catalogue: Catalogue, need_rows: NDArray[np.int64], firm_rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the base where each firm resides, or that states the need itself; else ``NO_ROW``."""
    stating = catalogue.needs.references(col.BASE_ID, catalogue.bases.ids)[need_rows]
    if not len(catalogue.firms):
        return stating
    of_firm = catalogue.firms.references(col.BASE_ID, catalogue.bases.ids)
    return np.where(firm_rows == NO_ROW, stating, of_firm[np.maximum(firm_rows, 0)])
