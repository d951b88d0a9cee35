"""Queries: what is known of a firm or base at the moment it asks, and nothing that comes later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, IdMap
from features.asked import Asked
from features.money import log_amounts
from features.tokens import TokenLists, ages_in_years, read_tokens


@dataclass(frozen=True)
class Queries:
    """Needs as columns, in the order of ``need_rows``.

    Attributes
    ----------
    need_rows, firm_rows
        Row numbers of need and firm; ``NO_ROW`` as firm for the need of a base and for a firm that
        the numbering does not know. Shape ``(n,)``.
    days
        Day on which the need was stated.
    log_amount
        log10 of the amount in CNY, NaN where unknown.
    age_years
        Age of the firm, NaN where unknown.
    tokens
        Attribute tokens by family (:mod:`features.tokens`).
    asked
        Figures that the conditions of offers are about.
    firm_ids
        The firms that ``firm_rows`` counts by.
    """

    need_rows: NDArray[np.int64]
    firm_rows: NDArray[np.int64]
    days: NDArray[np.datetime64]
    log_amount: NDArray[np.float64]
    age_years: NDArray[np.float64]
    tokens: Mapping[str, TokenLists]
    asked: Asked
    firm_ids: IdMap

    @classmethod
    def from_catalogue(
        cls,
        catalogue: Catalogue,
        need_rows: NDArray[np.int64] | None = None,
        *,
        firm_ids: IdMap | None = None,
    ) -> Queries:
        """Read needs and the attributes of their firms.

        Parameters
        ----------
        need_rows
            Which needs; all of them by default.
        firm_ids
            The firms by which ``firm_rows`` shall count, such as those that fitted features know
            (:attr:`features.firm_history.FirmHistory.firm_ids`); the catalogue's own by default. A
            firm that is not among them has no past there.
        """
        if need_rows is None:
            need_rows = np.arange(len(catalogue.needs), dtype=np.int64)
        firm_rows = catalogue.needs.references(col.FIRM_ID, catalogue.firms.ids)[need_rows]
        numbered, own = firm_rows, catalogue.firms.ids
        if firm_ids is not None and firm_ids is not own:
            numbered = _renumbered(firm_rows, own, firm_ids)
        return cls(
            need_rows=need_rows,
            firm_rows=numbered,
            days=catalogue.needs.dates(col.STATED_ON)[need_rows],
            log_amount=log_amounts(catalogue.needs, need_rows),
            age_years=ages_in_years(catalogue, need_rows, firm_rows),
            tokens=read_tokens(catalogue, need_rows, firm_rows),
            asked=Asked.from_catalogue(catalogue, need_rows, firm_rows),
            firm_ids=own if firm_ids is None else firm_ids,
        )

    def __len__(self) -> int:
        return len(self.need_rows)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """Columns of facts that were read of these queries (:mod:`features.rules.fact_table`)."""
        return {}

    def take(self, rows: NDArray[np.int64]) -> Queries:
        """Return the queries at ``rows`` (positions in this object)."""
        return Queries(
            need_rows=self.need_rows[rows],
            firm_rows=self.firm_rows[rows],
            days=self.days[rows],
            log_amount=self.log_amount[rows],
            age_years=self.age_years[rows],
            tokens={family: lists.take(rows) for family, lists in self.tokens.items()},
            asked=self.asked.take(rows),
            firm_ids=self.firm_ids,
        )


def _renumbered(rows: NDArray[np.int64], own: IdMap, other: IdMap) -> NDArray[np.int64]:
    """Return the rows in ``other`` of the ids that ``rows`` have in ``own``."""
    return other.rows(None if row == NO_ROW else own.ids[row] for row in rows.tolist())
