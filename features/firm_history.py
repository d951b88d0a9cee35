"""Firm history: the part of the past that a query needs, small enough to be served.

A query asks two things of the past: when its firm asked before, and who funded it then. Both are
kept by firm in order of time, so that a batch of queries is answered by binary search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, IdMap
from data.errors import ArgumentError
from features.queries import Queries

_DAY_BITS = 32
_DAY_ZERO = 1 << 31


@dataclass(frozen=True)
class FirmHistory:
    """Rounds and first links of every firm before one instant.

    Attributes
    ----------
    firm_ids
        The firms by row: the numbering of ``Queries.firm_rows``.
    round_offsets, round_days
        Firm ``f`` stated rounds on ``round_days[round_offsets[f]:round_offsets[f + 1]]``,
        ascending. Shapes ``(n_firms + 1,)`` and ``(n_rounds,)``.
    link_offsets, link_items, link_days
        Its first links, likewise: the item and the day of each.
    n_items
        Number of items.
    """

    firm_ids: IdMap
    round_offsets: NDArray[np.int64]
    round_days: NDArray[np.datetime64]
    link_offsets: NDArray[np.int64]
    link_items: NDArray[np.int64]
    link_days: NDArray[np.datetime64]
    n_items: int

    @classmethod
    def from_rounds(
        cls,
        firm_ids: IdMap,
        *,
        round_firms: NDArray[np.int64],
        round_days: NDArray[np.datetime64],
        link_firms: NDArray[np.int64],
        link_items: NDArray[np.int64],
        link_days: NDArray[np.datetime64],
        n_items: int,
    ) -> FirmHistory:
        """Group rounds and first links by firm.

        Both must be in order of time; none may belong to ``NO_ROW``.
        """
        by_round = np.argsort(round_firms, kind="stable")
        by_link = np.argsort(link_firms, kind="stable")
        firms = np.arange(len(firm_ids) + 1)
        return cls(
            firm_ids=firm_ids,
            round_offsets=np.searchsorted(round_firms[by_round], firms).astype(np.int64),
            round_days=round_days[by_round],
            link_offsets=np.searchsorted(link_firms[by_link], firms).astype(np.int64),
            link_items=link_items[by_link],
            link_days=link_days[by_link],
            n_items=n_items,
        )

    @cached_property
    def _round_keys(self) -> NDArray[np.int64]:
        """Firm and day of each round as one ascending number."""
        firms = np.repeat(np.arange(len(self.firm_ids)), np.diff(self.round_offsets))
        return _key(firms, self.round_days)

    def check_numbering(self, queries: Queries) -> None:
        """Raise :class:`ArgumentError` unless the queries count firms as this history does."""
        theirs = queries.firm_ids
        if theirs is not self.firm_ids and theirs.ids != self.firm_ids.ids:
            raise ArgumentError(
                f"The queries count {len(theirs)} firms by another numbering than the "
                f"{len(self.firm_ids)} of the fitted history.",
                field="queries",
                remedy="Read them with firm_ids=features.firm_history_.firm_ids.",
            )

    def of_known_firms(self) -> FirmHistory:
        """Return the history of firms that have one, numbered without gaps."""
        known = (np.diff(self.round_offsets) > 0) | (np.diff(self.link_offsets) > 0)
        rows = np.flatnonzero(known)
        ids = [self.firm_ids.ids[row] for row in rows.tolist()]
        return replace(
            self,
            firm_ids=IdMap(ids, label=col.FIRM_ID),
            round_offsets=np.append(self.round_offsets[:-1][known], len(self.round_days)),
            link_offsets=np.append(self.link_offsets[:-1][known], len(self.link_days)),
        )

    def last_round_days(self, queries: Queries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return how many rounds each query's firm had, and days since the last; NaN where none.

        Only rounds before the query's own day count. Both of shape ``(n_queries,)``.
        """
        if len(queries) == 1:
            return self._last_round_of(int(queries.firm_rows[0]), queries.days[0])
        counts = np.zeros(len(queries), np.int64)
        days = np.full(len(queries), np.nan)
        known = np.flatnonzero(queries.firm_rows != NO_ROW)
        firms, asked = queries.firm_rows[known], queries.days[known]
        ends = np.searchsorted(self._round_keys, _key(firms, asked))
        counts[known] = ends - self.round_offsets[firms]
        has = counts[known] > 0
        last = self.round_days[ends[has] - 1]
        days[known[has]] = (asked[has] - last).astype("timedelta64[D]").astype(np.int64)
        return counts, days

    def _last_round_of(
        self, firm: int, day: np.datetime64
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return :meth:`last_round_days` of a single query."""
        days = self.round_days[slice(0) if firm == NO_ROW else self._rounds_of(firm)]
        n = int(np.searchsorted(days, day))
        if not n:
            return np.zeros(1, np.int64), np.full(1, np.nan)
        gap = (day - days[n - 1]).astype("timedelta64[D]").astype(np.int64)
        return np.array([n]), np.array([gap], np.float64)

    def _rounds_of(self, firm: int) -> slice:
        return slice(int(self.round_offsets[firm]), int(self.round_offsets[firm + 1]))

    def _earlier_items_of(self, firm: int, day: np.datetime64) -> sp.csr_matrix:
        """Return :meth:`earlier_items_of` of a single query."""
        items = self.link_items[:0]
        if firm != NO_ROW:
            links = slice(int(self.link_offsets[firm]), int(self.link_offsets[firm + 1]))
            items = self.link_items[links][self.link_days[links] < day]
        ones, ends = np.ones(len(items), np.float32), np.array([0, len(items)], np.int32)
        columns = np.sort(items).astype(np.int32)
        return sp.csr_matrix((ones, columns, ends), shape=(1, self.n_items))

    def earlier_items_of(self, queries: Queries) -> sp.csr_matrix:
        """Return the items that each query's firm linked with before the query's own day.

        Shape ``(n_queries, n_items)``, ones.
        """
        if len(queries) == 1:
            return self._earlier_items_of(int(queries.firm_rows[0]), queries.days[0])
        known = queries.firm_rows != NO_ROW
        firms = np.where(known, queries.firm_rows, 0)
        if not len(self.firm_ids):
            return sp.csr_matrix((len(queries), self.n_items), dtype=np.float32)
        starts = self.link_offsets[firms]
        lengths = np.where(known, self.link_offsets[firms + 1] - starts, 0)
        rows = np.repeat(np.arange(len(queries)), lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        link = np.repeat(starts, lengths) + within
        before = self.link_days[link] < queries.days[rows]
        return sp.csr_matrix(
            (np.ones(before.sum(), np.float32), (rows[before], self.link_items[link[before]])),
            shape=(len(queries), self.n_items),
        )


def _key(firms: NDArray[np.int64], days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    numbers = days.astype("datetime64[D]").astype(np.int64) + _DAY_ZERO
    return (firms << _DAY_BITS) + numbers
