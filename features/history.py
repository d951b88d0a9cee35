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

from data.catalogue import NO_ROW, Catalogue, IdMap
from features.firm_history import FirmHistory
from features.items import Items
from features.links import Links
from features.queries import Queries


@dataclass(frozen=True)
class Interactions:
    """All needs and links of a catalogue: what histories are cut from."""

    queries: Queries
    links: Links
    firm_ids: IdMap
    offers: Items

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue) -> Interactions:
        """Read the needs and links of ``catalogue``."""
        return cls(
            queries=Queries.from_catalogue(catalogue),
            links=Links.from_catalogue(catalogue),
            firm_ids=catalogue.firms.ids,
            offers=Items.from_catalogue(catalogue),
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
    items
        What the items declared before ``as_of``.
    """

    as_of: np.datetime64
    rounds: Queries
    n_items: int
    firm_ids: IdMap
    link_round: NDArray[np.int64]
    link_item: NDArray[np.int64]
    link_day: NDArray[np.datetime64]
    link_new: NDArray[np.bool_]
    items: Items

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
        item_of = np.full(len(interactions.offers), NO_ROW, np.int64)
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
            firm_ids=interactions.firm_ids,
            link_round=link_round,
            link_item=link_item,
            link_day=links.dates[kept],
            link_new=link_new,
            items=interactions.offers.take(offer_rows).known_before(day),
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
            shape=(len(self.firm_ids), self.n_items),
        )

    @cached_property
    def firm_history(self) -> FirmHistory:
        """The rounds and first links by firm: what encoding a query needs."""
        new = self.link_new
        return FirmHistory.from_rounds(
            self.firm_ids,
            round_firms=self.rounds.firm_rows,
            round_days=self.rounds.days,
            link_firms=self.rounds.firm_rows[self.link_round[new]],
            link_items=self.link_item[new],
            link_days=self.link_day[new],
            n_items=self.n_items,
        )

    def last_round_days(self, queries: Queries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return :meth:`FirmHistory.last_round_days`."""
        return self.firm_history.last_round_days(queries)

    def earlier_items_of(self, queries: Queries) -> sp.csr_matrix:
        """Return :meth:`FirmHistory.earlier_items_of`."""
        return self.firm_history.earlier_items_of(queries)
