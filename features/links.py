"""Rounds and links: who asked for money when, and who gave it, as row numbers of a catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from data.records import EventKind


@dataclass(frozen=True)
class Rounds:
    """The firm and the day of every need, in the row order of ``catalogue.needs``.

    Attributes
    ----------
    firm_rows
        Row of the firm, ``NO_ROW`` for the need of a base. Shape ``(n_needs,)``.
    dates
        Day on which the need was stated.
    implied
        True where nobody stated the need.
    """

    firm_rows: NDArray[np.int64]
    dates: NDArray[np.datetime64]
    implied: NDArray[np.bool_]

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue) -> Rounds:
        """Read the rounds of ``catalogue``."""
        needs = catalogue.needs
        return cls(
            firm_rows=needs.references(col.FIRM_ID, catalogue.firms.ids),
            dates=needs.dates(col.STATED_ON),
            implied=needs.numbers(col.IMPLIED) == 1,
        )

    def find_rows(
        self, firm_rows: NDArray[np.int64], dates: NDArray[np.datetime64]
    ) -> NDArray[np.int64]:
        """Return the first need of each (firm, day), ``NO_ROW`` where there is none."""
        first: dict[tuple[int, int], int] = {}
        days = self.dates.astype(np.int64).tolist()
        for row, (firm, day) in enumerate(zip(self.firm_rows.tolist(), days, strict=True)):
            if firm != NO_ROW:
                first.setdefault((firm, day), row)
        wanted = zip(firm_rows.tolist(), dates.astype(np.int64).tolist(), strict=True)
        return np.fromiter((first.get(key, NO_ROW) for key in wanted), dtype=np.int64)


@dataclass(frozen=True)
class Links:
    """The ``funded`` events whose firm and offer the catalogue knows, in order of time.

    Attributes
    ----------
    firm_rows, offer_rows
        Row numbers in ``catalogue.firms`` and ``catalogue.offers``. Shape ``(n_links,)``.
    need_rows
        Row in ``catalogue.needs``; where the event names none, the firm's need of the same day,
        else ``NO_ROW``.
    dates
        Day of the event, UTC.
    """

    firm_rows: NDArray[np.int64]
    offer_rows: NDArray[np.int64]
    need_rows: NDArray[np.int64]
    dates: NDArray[np.datetime64]

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue) -> Links:
        """Read the links of ``catalogue``."""
        events = catalogue.events
        firm_rows = events.references(col.FIRM_ID, catalogue.firms.ids)
        offer_rows = events.references(col.OFFER_ID, catalogue.offers.ids)
        funded = events.strings(col.KIND) == EventKind.FUNDED.value
        kept = funded & (firm_rows != NO_ROW) & (offer_rows != NO_ROW)
        need_rows = events.references(col.NEED_ID, catalogue.needs.ids)
        links = cls(firm_rows, offer_rows, need_rows, events.dates(col.OCCURRED_AT)).where(kept)
        return links._with_needs(Rounds.from_catalogue(catalogue))

    def _with_needs(self, rounds: Rounds) -> Links:
        """Give links that name no need the firm's need of the same day, if it has one."""
        loose = np.flatnonzero(self.need_rows == NO_ROW)
        if not len(loose):
            return self
        need_rows = self.need_rows.copy()
        need_rows[loose] = rounds.find_rows(self.firm_rows[loose], self.dates[loose])
        return Links(self.firm_rows, self.offer_rows, need_rows, self.dates)

    def __len__(self) -> int:
        return len(self.dates)

    def where(self, mask: NDArray[np.bool_]) -> Links:
        """Return the links that are true in ``mask``. Shape ``(n_links,)``."""
        return Links(
            self.firm_rows[mask], self.offer_rows[mask], self.need_rows[mask], self.dates[mask]
        )

    def rounds_per_offer(self, n_offers: int) -> NDArray[np.int64]:
        """Count the distinct rounds (firm, date) of each offer. Shape ``(n_offers,)``."""
        if not len(self):
            return np.zeros(n_offers, np.int64)
        days = self.dates.astype(np.int64)
        rounds = np.unique(np.stack([self.offer_rows, self.firm_rows, days]), axis=1)
        return np.bincount(rounds[0], minlength=n_offers).astype(np.int64)
