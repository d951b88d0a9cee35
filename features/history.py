"""History: everything that happened before an instant, and nothing else.

A history is the only way in which a feature sees the past. It is frozen at ``as_of``: rounds stated
and links made on or after that day are not in it, so that deleting or corrupting them changes
nothing downstream.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.catalogue import NO_ROW, Catalogue
from features.links import Links
from features.queries import Queries


@dataclass(frozen=True)
class Interactions:
    """All needs and links of a catalogue: what histories are cut from."""

    queries: Queries
    links: Links
    n_firms: int
    n_offers: int

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue) -> Interactions:
        """Read the needs and links of ``catalogue``."""
        return cls(
            queries=Queries.from_catalogue(catalogue),
            links=Links.from_catalogue(catalogue),
            n_firms=len(catalogue.firms),
            n_offers=len(catalogue.offers),
        )


@dataclass(frozen=True)
class History:
    """Rounds and links before ``as_of``, over the items that are ranked.

    *Items* are the offers under consideration, numbered 0 … ``n_items - 1``; *rounds* are the past
    needs, numbered 0 … ``len(rounds) - 1``.

    Attributes
    ----------
    rounds
        Needs stated before ``as_of``, in order of time.
    link_round, link_item, link_day
        Links before ``as_of`` between a round and an item. Shape ``(n_links,)``, in order of time.
    link_new
        True for the first link of its firm with its item.
    firm_item_firm, firm_item_item
        Distinct (firm row, item) pairs that linked before ``as_of``.
    """

    as_of: np.datetime64
    rounds: Queries
    n_items: int
    n_firms: int
    link_round: NDArray[np.int64]
    link_item: NDArray[np.int64]
    link_day: NDArray[np.datetime64]
    link_new: NDArray[np.bool_]

    @classmethod
    def before(
        cls,
        interactions: Interactions,
        as_of: dt.date,
        *,
        offer_rows: NDArray[np.int64],
    ) -> History:
        """Cut the history before the day ``as_of`` over the items ``offer_rows``."""
        day = np.datetime64(as_of, "D")
        queries, links = interactions.queries, interactions.links
        stated = np.flatnonzero((queries.days < day) & (queries.firm_rows != NO_ROW))
        stated = stated[np.argsort(queries.days[stated], kind="stable")]
        round_of = np.full(len(queries), NO_ROW, np.int64)
        round_of[stated] = np.arange(len(stated))
        item_of = np.full(interactions.n_offers, NO_ROW, np.int64)
        item_of[offer_rows] = np.arange(len(offer_rows))
        past = (links.dates < day) & (links.need_rows != NO_ROW)
        past &= (item_of[links.offer_rows] != NO_ROW) & (round_of[links.need_rows] != NO_ROW)
        kept = np.flatnonzero(past)
        kept = kept[np.argsort(links.dates[kept], kind="stable")]
        rounds = queries.take(stated)
        link_round, link_item = round_of[links.need_rows[kept]], item_of[links.offer_rows[kept]]
        pairs = rounds.firm_rows[link_round] * len(offer_rows) + link_item
        link_new = np.zeros(len(kept), np.bool_)
        link_new[np.unique(pairs, return_index=True)[1]] = True
        return cls(
            as_of=day,
            rounds=rounds,
            n_items=len(offer_rows),
            n_firms=interactions.n_firms,
            link_round=link_round,
            link_item=link_item,
            link_day=links.dates[kept],
            link_new=link_new,
        )

    @property
    def n_rounds(self) -> int:
        """Number of past rounds."""
        return len(self.rounds)

    @cached_property
    def link_age_days(self) -> NDArray[np.float64]:
        """Days from each link to ``as_of``, at least 1. Shape ``(n_links,)``."""
        return (self.as_of - self.link_day).astype("timedelta64[D]").astype(np.float64)

    def decayed_links(self, half_life_days: float, *, new_only: bool = True) -> sp.csr_matrix:
        """Return links weighted by recency. Shape ``(n_rounds, n_items)``."""
        kept = self.link_new if new_only else np.ones(len(self.link_new), np.bool_)
        weights = 0.5 ** (self.link_age_days[kept] / half_life_days)
        return sp.csr_matrix(
            (weights.astype(np.float32), (self.link_round[kept], self.link_item[kept])),
            shape=(self.n_rounds, self.n_items),
        )

    @cached_property
    def earlier_items(self) -> sp.csr_matrix:
        """Items that each firm linked with. Shape ``(n_firms, n_items)``, ones."""
        new = self.link_new
        firms = self.rounds.firm_rows[self.link_round[new]]
        return sp.csr_matrix(
            (np.ones(len(firms), np.float32), (firms, self.link_item[new])),
            shape=(self.n_firms, self.n_items),
        )

    @cached_property
    def _rounds_of_firm(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        firms = self.rounds.firm_rows
        order = np.argsort(firms, kind="stable")
        offsets = np.searchsorted(firms[order], np.arange(self.n_firms + 1))
        return order, offsets

    def last_round_days(self, queries: Queries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return how many rounds each query's firm had, and days since the last; NaN where none.

        Only rounds before the query's own day count.
        """
        order, offsets = self._rounds_of_firm
        counts = np.zeros(len(queries), np.int64)
        days = np.full(len(queries), np.nan)
        known = queries.firm_rows != NO_ROW
        for q in np.flatnonzero(known).tolist():
            firm = queries.firm_rows[q]
            stated = self.rounds.days[order[offsets[firm] : offsets[firm + 1]]]
            n = int(np.searchsorted(stated, queries.days[q]))
            counts[q] = n
            if n:
                days[q] = (queries.days[q] - stated[n - 1]).astype(np.int64)
        return counts, days

    @cached_property
    def _new_links_by_firm(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        new = np.flatnonzero(self.link_new)
        firms = self.rounds.firm_rows[self.link_round[new]]
        order = np.argsort(firms, kind="stable")
        return new[order], firms[order]

    def earlier_items_of(self, queries: Queries) -> sp.csr_matrix:
        """Return the items that each query's firm linked with before the query's own day.

        Shape ``(n_queries, n_items)``, ones.
        """
        by_firm, firms = self._new_links_by_firm
        known = queries.firm_rows != NO_ROW
        starts = np.searchsorted(firms, queries.firm_rows)
        lengths = np.where(known, np.searchsorted(firms, queries.firm_rows, "right") - starts, 0)
        rows = np.repeat(np.arange(len(queries)), lengths)
        ends = np.cumsum(lengths)
        within = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
        link = by_firm[np.repeat(starts, lengths) + within]
        before = self.link_day[link] < queries.days[rows]
        return sp.csr_matrix(
            (np.ones(before.sum(), np.float32), (rows[before], self.link_item[link[before]])),
            shape=(len(queries), self.n_items),
        )
