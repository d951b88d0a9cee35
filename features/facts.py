"""Facts: what the sentences of explanations state, looked up for the few pairs that are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from features.deals import PLACE_FAMILIES, STAGE, DealBook
from features.items import PRICE_COLUMNS, Items
from features.money import CNY_PER_UNIT, HUNDREDTHS
from features.queries import Queries
from features.wording import (
    LANGUAGES,
    ZH,
    amount_text,
    band_text,
    deals_text,
    listed_text,
    month_text,
    price_text,
)

PLACEHOLDERS: Mapping[str, str] = {
    "institution": "name of the institution",
    "offer": "name of the offer",
    "place": "city, else the next larger place of the firm",
    "sector": "first sector of the firm, else its industry code",
    "stage": "round or stage of the need",
    "amount": "amount asked for",
    "purpose": "what it is for",
    "place_record": "deals of the offer in the firm's narrowest place where it has any",
    "sector_record": "deals of the offer in that sector of the firm where it has most",
    "stage_record": "deals of the offer at this stage",
    "n_deals": "all deals of the offer",
    "last_deal": "month of its last deal",
    "first_deal": "month of its first deal",
    "usual_amount": "median amount of the rounds it dealt in",
    "partner": "that institution behind the firm which shares most firms with the offer",
    "offer_amount": "amounts the offer declares",
    "price": "rate or fee the offer declares",
}
"""What sentences may state, and what it means; a test holds sentences to these names."""

Facts = dict[str, Mapping[str, str]]
"""The values of one pair, by language."""


class FactFinder:
    """Finds the values of placeholders for pairs of one query and some items.

    Parameters
    ----------
    items
        The offers, numbered as the pairs are.
    deals
        What they did, see :class:`DealBook`.
    """

    def __init__(self, items: Items, deals: DealBook) -> None:
        self.items = items
        self.deals = deals

    def find(
        self,
        query: Queries,
        items: NDArray[np.int64],
        *,
        earlier: NDArray[np.int64],
        before: np.datetime64,
    ) -> list[Facts]:
        """Return the values for each item in both languages; what is unknown is left out.

        A value is looked up when it is first asked for: sentences state few of them.

        Parameters
        ----------
        query
            One query.
        items
            Item numbers.
        earlier
            Items that the firm already dealt with.
        before
            Only deals before this day are stated.
        """
        asker = _AskerFacts(query)
        partners = _Partners(self, earlier.tolist(), before)
        found: list[Facts] = []
        for item in items.tolist():
            record = _DealFacts(self.deals, self.deals.deals_of(item, before=before), asker)
            pair = _Pair(self, item, asker, record, partners)
            found.append({language: _Said(pair, language) for language in LANGUAGES})
        return found

    def name_of(self, item: int) -> str | None:
        """Return the name of the institution, else of the offer."""
        name: str | None = self.items.institution_texts[col.NAME][item]
        return name or self.items.texts[col.NAME][item]

    def offer_of(self, item: int) -> str | None:
        """Return the name of the offer."""
        name: str | None = self.items.texts[col.NAME][item]
        return name

    def amounts_of(self, item: int, language: str) -> str | None:
        """Say the amounts that the offer declares."""
        items = self.items
        least = float(items.bounds[col.AMOUNT_MIN_MINOR][item])
        most = float(items.bounds[col.AMOUNT_MAX_MINOR][item])
        return band_text(least, most, items.texts[col.CURRENCY][item], language)

    def price_of(self, item: int, language: str) -> str | None:
        """Say the rate or fee that the offer declares."""
        low, high, fee = (float(self.items.prices[name][item]) for name in PRICE_COLUMNS)
        return price_text(low, high, fee, language)


@dataclass(frozen=True)
class _Partners:
    """The institutions behind a firm, and whom else they fund."""

    finder: FactFinder
    earlier: list[int]
    before: np.datetime64

    @cached_property
    def _firms(self) -> list[NDArray[np.int64]]:
        return [self.finder.deals.firms_of(item, before=self.before) for item in self.earlier]

    def of(self, item: int) -> str | None:
        """Return the name of that one which shares most firms with ``item``."""
        others = [at for at, partner in enumerate(self.earlier) if partner != item]
        if not others:
            return None
        own = self.finder.deals.firms_of(item, before=self.before)
        shared = [len(np.intersect1d(own, self._firms[at], assume_unique=True)) for at in others]
        best = int(np.argmax(shared))
        return self.finder.name_of(self.earlier[others[best]]) if shared[best] else None


@dataclass(frozen=True)
class _Pair:
    """One pair, and where its values are found."""

    finder: FactFinder
    item: int
    asker: _AskerFacts
    record: _DealFacts
    partners: _Partners


class _Said(Mapping[str, str]):
    """The values of one pair in one language, each found when it is first asked for."""

    def __init__(self, pair: _Pair, language: str) -> None:
        self._pair = pair
        self._language = language
        self._known: dict[str, str | None] = {}

    def _find(self, name: str) -> str | None:
        if name not in self._known:
            read = _READERS.get(name)
            self._known[name] = None if read is None else read(self._pair, self._language) or None
        return self._known[name]

    def __getitem__(self, name: str) -> str:
        value = self._find(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:  # the base class's raises and catches
        """Return a value, or ``default`` where it is unknown."""
        value = self._find(name)
        return default if value is None else value

    def __iter__(self) -> Iterator[str]:
        return (name for name in PLACEHOLDERS if self._find(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _AskerFacts:
    """What the query knows of itself, in words."""

    def __init__(self, query: Queries) -> None:
        self._query = query
        self.currency: str | None = query.asked.currency[0]

    def _tokens(self, family: str) -> list[str]:
        found: list[str] = self._query.tokens[family].values.tolist()
        return found

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """Family and name of each place, from narrow to wide."""
        return [(f, value) for f in PLACE_FAMILIES for value in self._tokens(f)]

    @cached_property
    def sectors(self) -> list[str]:
        """Its sectors, the main one first."""
        return self._tokens("sectors")

    @cached_property
    def stages(self) -> list[str]:
        """Its stage, if it has one."""
        return self._tokens("stage")

    def place(self) -> str | None:
        """Return the narrowest place."""
        return self.places[0][1] if self.places else None

    def sector(self) -> str | None:
        """Return the main sector, else the industry."""
        return next(iter(self.sectors or self._tokens("industry")), None)

    def purpose(self, language: str) -> str:
        """Say what it asks for."""
        return listed_text(self._tokens("purpose"), language)

    def amount(self, language: str) -> str | None:
        """Say how much it asks for."""
        asked = self._query.asked
        low, high = float(asked.amount_low[0]), float(asked.amount_high[0])
        return band_text(low, high, self.currency, language)


class _DealFacts:
    """What an item did before a day; what rests on deals is unknown without any."""

    def __init__(self, deals: DealBook, at: slice, asker: _AskerFacts) -> None:
        self.deals = deals
        self.at = at
        self.asker = asker
        self.n_deals = at.stop - at.start

    def number(self, language: str) -> str | None:
        """Say how many."""
        return deals_text(self.n_deals, language) if self.n_deals else None

    def month(self, place: int, language: str) -> str | None:
        """Say the month of one of them."""
        return month_text(self.deals.days[self.at][place], language) if self.n_deals else None

    def in_place(self, language: str) -> str | None:
        """Say how many were in the firm's narrowest place where there was any."""
        return _record(self._place, language, zh="在{}已成交{}", en="{1} in {0}")

    def in_sector(self, language: str) -> str | None:
        """Say how many were in that sector of the firm where there were most."""
        return _record(self._sector, language, zh="在{}行业已成交{}", en="{1} in {0}")

    def at_stage(self, language: str) -> str | None:
        """Say how many were at the need's stage."""
        return _record(self._stage, language, zh="在{}已成交{}", en="{1} at {0}")

    @cached_property
    def _place(self) -> tuple[str, int]:
        for family, value in self.asker.places:
            n = self.deals.count(family, value, self.at)
            if n:
                return value, n
        return "", 0

    @cached_property
    def _stage(self) -> tuple[str, int]:
        for value in self.asker.stages:
            return value, self.deals.count(STAGE, value, self.at)
        return "", 0

    @cached_property
    def _sector(self) -> tuple[str, int]:
        counts = [(self.deals.count_sector(s, self.at), s) for s in self.asker.sectors]
        n, sector = max(counts, key=lambda pair: pair[0], default=(0, ""))
        return sector, n

    @cached_property
    def _log_amount(self) -> float:
        amounts = self.deals.log_amount[self.at]
        known = amounts[~np.isnan(amounts)]
        return float(np.median(known)) if len(known) else float("nan")

    def usual_amount(self, language: str) -> str | None:
        """Say the median in the currency of the query: both are then read at a glance."""
        if self._log_amount != self._log_amount:
            return None
        currency = self.asker.currency
        units = 10**self._log_amount / CNY_PER_UNIT.get(currency or "CNY", 1.0)
        step = 10 ** max(int(np.floor(np.log10(units))) - 1, 0)  # two digits say enough
        return amount_text(round(units / step) * step * HUNDREDTHS, currency, language)


_READERS: Mapping[str, Callable[[_Pair, str], str | None]] = {
    "institution": lambda pair, _: pair.finder.name_of(pair.item),
    "offer": lambda pair, _: pair.finder.offer_of(pair.item),
    "place": lambda pair, _: pair.asker.place(),
    "sector": lambda pair, _: pair.asker.sector(),
    "stage": lambda pair, _: next(iter(pair.asker.stages), None),
    "amount": lambda pair, language: pair.asker.amount(language),
    "purpose": lambda pair, language: pair.asker.purpose(language),
    "place_record": lambda pair, language: pair.record.in_place(language),
    "sector_record": lambda pair, language: pair.record.in_sector(language),
    "stage_record": lambda pair, language: pair.record.at_stage(language),
    "n_deals": lambda pair, language: pair.record.number(language),
    "last_deal": lambda pair, language: pair.record.month(-1, language),
    "first_deal": lambda pair, language: pair.record.month(0, language),
    "usual_amount": lambda pair, language: pair.record.usual_amount(language),
    "partner": lambda pair, _: pair.partners.of(pair.item),
    "offer_amount": lambda pair, language: pair.finder.amounts_of(pair.item, language),
    "price": lambda pair, language: pair.finder.price_of(pair.item, language),
}
"""How each of :data:`PLACEHOLDERS` is found."""


def _record(found: tuple[str, int], language: str, *, zh: str, en: str) -> str | None:
    where, n = found
    return (zh if language == ZH else en).format(where, deals_text(n, language)) if n else None
