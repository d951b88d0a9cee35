"""The demo world: everything drawn once as columns, rendered as tables on demand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from data.catalogue import Catalogue
from data.demo.arrays import Ints
from data.demo.bases import base_names, base_table, make_bases
from data.demo.event_table import event_table, rating_table
from data.demo.firm_names import firm_names
from data.demo.firm_table import FirmWriter
from data.demo.firms import make_firms
from data.demo.history import History, Market, simulate
from data.demo.institution_texts import brands_and_names, institution_table
from data.demo.institutions import make_institutions
from data.demo.need_table import NeedWriter
from data.demo.needs import WINDOW_DAYS, make_needs
from data.demo.offer_texts import offer_table
from data.demo.offers import make_offers
from data.demo.preferences import Preferences
from data.demo.size import DemoSize, size_from
from data.demo.utilities import Terms, static_terms
from data.errors import ArgumentError
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record

DEFAULT_BATCH_ROWS = 50_000


def generate(
    size: DemoSize | tuple[int, int] | str | int,
    *,
    seed: int,
    today: dt.date,
    preferences: Preferences | None = None,
) -> World:
    """Draw a demo world; equal arguments give equal worlds.

    Parameters
    ----------
    size
        A preset's name (``small``, ``medium``, ``large``, ``huge``), a number of firms, firms and
        offers, or a :class:`DemoSize`.
    seed
        Not negative.
    today
        The last day of the history, which covers the three years before.
    preferences
        The model that events are drawn from; its defaults are those the documentation states.

    Raises
    ------
    ArgumentError
        If the size or the seed is outside its range.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ArgumentError(
            f"seed must be a whole number from 0; got {seed!r}.",
            field="seed",
            remedy="Give any non-negative integer.",
        )
    extent = size_from(size)
    weights = preferences or Preferences()
    bases = make_bases(extent, seed=seed, today=today)
    firms = make_firms(extent, bases, seed=seed)
    institutions = make_institutions(extent, weights, seed=seed)
    offers = make_offers(extent, institutions, bases, seed=seed)
    needs = make_needs(extent, firms, bases, offers, seed=seed, today=today)
    market = Market(extent, weights, firms, bases, institutions, offers, needs)
    return World(seed=seed, today=today, market=market, history=simulate(market, seed=seed))


@dataclass(frozen=True)
class World:
    """A generated world: the columns it was drawn as, and tables rendered from them.

    ``market`` holds firms, bases, institutions, offers, needs, size and preferences as arrays,
    hidden ones included; ``history`` the events as arrays. A row number is the number in the id.
    """

    seed: int
    today: dt.date
    market: Market
    history: History

    @property
    def size(self) -> DemoSize:
        """How big the world is."""
        return self.market.size

    @property
    def preferences(self) -> Preferences:
        """The model that the events were drawn from."""
        return self.market.preferences

    @property
    def first_day(self) -> dt.date:
        """The first day of the history."""
        return self.today - dt.timedelta(days=WINDOW_DAYS - 1)

    @cached_property
    def _base_names(self) -> list[str]:
        return base_names(self.market.bases)

    @cached_property
    def _houses(self) -> tuple[list[str], list[str]]:
        return brands_and_names(self.market.institutions, self.market.offers, seed=self.seed)

    @cached_property
    def _firm_names(self) -> tuple[list[str], list[str]]:
        return firm_names(self.market.firms, seed=self.seed)

    @cached_property
    def ratings(self) -> pa.Table:
        """What firms said about links, a table of :class:`data.records.Rating`."""
        return rating_table(
            self.history, self.market.offers, self.market.institutions, seed=self.seed,
            first_day=self.first_day,
        )  # fmt: skip

    def tables(
        self, *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> Iterator[tuple[type[Record], pa.Table]]:
        """Yield every record type with tables of at most ``batch_rows`` rows, references first.

        Only one batch of firms, needs or events exists at a time. The content does not depend on
        ``batch_rows``.
        """
        if batch_rows < 1:
            raise ArgumentError(
                f"batch_rows must be at least 1; got {batch_rows}.",
                field="batch_rows",
                remedy="Leave it out, or give a positive number.",
            )
        for kind, whole in self._small_tables():
            for start in range(0, len(whole), batch_rows):
                yield kind, whole.slice(start, batch_rows)
        firm_writer, need_writer = self._firm_writer(), self._need_writer()
        for rows in _slices(len(self.market.firms), batch_rows):
            yield Firm, firm_writer.table(rows)
        for rows in _slices(len(self.market.needs), batch_rows):
            yield Need, need_writer.table(rows)
        for rows in _slices(len(self.history), batch_rows):
            yield Event, self._events(rows)
        for start in range(0, len(self.ratings), batch_rows):
            yield Rating, self.ratings.slice(start, batch_rows)

    def catalogue(self) -> Catalogue:
        """Return the whole world as a catalogue; ratings are apart (:attr:`ratings`)."""
        parts: dict[type[Record], list[pa.Table]] = {}
        for kind, table in self.tables():
            parts.setdefault(kind, []).append(table)
        parts.pop(Rating, None)
        return Catalogue.from_tables(
            {kind: pa.concat_tables(tables).combine_chunks() for kind, tables in parts.items()}
        )

    def terms(self, *, need_rows: Ints, offer_rows: Ints) -> Terms:
        """Return the named terms of pairs, without the two relation terms. Shape ``(n,)`` each.

        Parameters
        ----------
        need_rows, offer_rows
            Row numbers of needs of firms and of offers. Shape ``(n,)``.
        """
        market = self.market
        found = static_terms(
            market.needs, market.firms, market.institutions, market.offers, rows=need_rows,
            candidates=offer_rows[:, None],
        )  # fmt: skip
        return {name: np.asarray(values)[:, 0] for name, values in found.items()}

    def _small_tables(self) -> Iterator[tuple[type[Record], pa.Table]]:
        market = self.market
        brands, names = self._houses
        yield Base, base_table(market.bases)
        yield (
            Institution,
            institution_table(
                market.institutions, market.offers, names=names, seed=self.seed,
                today=self.today,
            ),
        )  # fmt: skip
        yield (
            Offer,
            offer_table(
                market.offers, market.institutions, brands=brands, base_ids=market.bases.ids(),
                base_names=self._base_names, first_day=self.first_day, seed=self.seed,
            ),
        )  # fmt: skip

    def _firm_writer(self) -> FirmWriter:
        return FirmWriter(
            self.market.firms, self.market.bases, names=self._firm_names,
            base_names=self._base_names, seed=self.seed, today=self.today,
        )  # fmt: skip

    def _need_writer(self) -> NeedWriter:
        return NeedWriter(
            self.market.needs, self.market.firms, self.market.bases,
            short_names=self._firm_names[1], base_names=self._base_names, seed=self.seed,
            first_day=self.first_day,
        )  # fmt: skip

    def _events(self, rows: Ints) -> pa.Table:
        return event_table(self.history, self.market.needs, rows=rows, first_day=self.first_day)


def _slices(n: int, size: int) -> Iterator[Ints]:
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))
