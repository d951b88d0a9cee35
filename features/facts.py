"""Facts: what the sentences of explanations state, looked up for the few pairs that are shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from features.deals import PLACE_FAMILIES, DealBook
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

Values = dict[str, str]


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
    ) -> list[dict[str, Values]]:
        """Return the values for each item in both languages; what is unknown is left out.

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
        partners = [(e, self.deals.firms_of(e, before=before)) for e in earlier.tolist()]
        found = []
        for item in items.tolist():
            record = _DealFacts(self.deals, self.deals.deals_of(item, before=before))
            partner = self._partner(item, partners, before=before)
            found.append(
                {
                    language: {
                        name: value
                        for name, value in {
                            **asker.say(language),
                            **record.say(asker, language),
                            **self._declared(item, language),
                            "partner": partner,
                        }.items()
                        if value
                    }
                    for language in LANGUAGES
                }
            )
        return found

    def _partner(
        self,
        item: int,
        partners: list[tuple[int, NDArray[np.int64]]],
        *,
        before: np.datetime64,
    ) -> str | None:
        """Return the name of that earlier institution which shares most firms with ``item``."""
        others = [(e, firms) for e, firms in partners if e != item]
        if not others:
            return None
        own = self.deals.firms_of(item, before=before)
        shared = [len(np.intersect1d(own, firms, assume_unique=True)) for _, firms in others]
        best = int(np.argmax(shared))
        return self._name(others[best][0]) if shared[best] else None

    def _name(self, item: int) -> str | None:
        name: str | None = self.items.institution_texts[col.NAME][item]
        return name or self.items.texts[col.NAME][item]

    def _declared(self, item: int, language: str) -> dict[str, str | None]:
        items = self.items
        least = float(items.bounds[col.AMOUNT_MIN_MINOR][item])
        most = float(items.bounds[col.AMOUNT_MAX_MINOR][item])
        currency = items.texts[col.CURRENCY][item]
        low, high, fee = (float(items.prices[name][item]) for name in PRICE_COLUMNS)
        return {
            "institution": self._name(item),
            "offer": items.texts[col.NAME][item],
            "offer_amount": band_text(least, most, currency, language),
            "price": price_text(low, high, fee, language),
        }


class _AskerFacts:
    """What the query knows of itself, in words."""

    def __init__(self, query: Queries) -> None:
        tokens = query.tokens
        self.places = [(f, value) for f in PLACE_FAMILIES for value in tokens[f].values.tolist()]
        self.sectors: list[str] = tokens["sectors"].values.tolist()
        self.industries: list[str] = tokens["industry"].values.tolist()
        self.stages: list[str] = tokens["stage"].values.tolist()
        self.purposes: list[str] = tokens["purpose"].values.tolist()
        self.amounts = (float(query.asked.amount_low[0]), float(query.asked.amount_high[0]))
        self.currency: str | None = query.asked.currency[0]

    def say(self, language: str) -> dict[str, str | None]:
        """Return the values that do not depend on an item."""
        return {
            "place": self.places[0][1] if self.places else None,
            "sector": next(iter(self.sectors or self.industries), None),
            "stage": next(iter(self.stages), None),
            "purpose": listed_text(self.purposes, language),
            "amount": band_text(*self.amounts, self.currency, language),
        }


class _DealFacts:
    """What an item did before a day."""

    def __init__(self, deals: DealBook, at: slice) -> None:
        self.deals = deals
        self.at = at
        self.n_deals = at.stop - at.start

    def say(self, asker: _AskerFacts, language: str) -> dict[str, str | None]:
        """Return the values that rest on deals; those without any are unknown."""
        if not self.n_deals:
            return {}
        days = self.deals.days[self.at]
        place, stage = self._place(asker), self._stage(asker)
        return {
            "n_deals": deals_text(self.n_deals, language),
            "first_deal": month_text(days[0], language),
            "last_deal": month_text(days[-1], language),
            "usual_amount": self._usual_amount(asker, language),
            "place_record": _record(place, language, zh="在{}已成交{}", en="{1} in {0}"),
            "sector_record": _record(
                self._sector(asker), language, zh="在{}行业已成交{}", en="{1} in {0}"
            ),
            "stage_record": _record(stage, language, zh="在{}已成交{}", en="{1} at {0}"),
        }

    def _place(self, asker: _AskerFacts) -> tuple[str, int]:
        for family, value in asker.places:
            n = int((self.deals.texts[family][self.at] == value).sum())
            if n:
                return value, n
        return "", 0

    def _stage(self, asker: _AskerFacts) -> tuple[str, int]:
        for value in asker.stages:
            return value, int((self.deals.texts["stage"][self.at] == value).sum())
        return "", 0

    def _sector(self, asker: _AskerFacts) -> tuple[str, int]:
        offsets = self.deals.sectors.offsets
        values = self.deals.sectors.values[offsets[self.at.start] : offsets[self.at.stop]]
        counts = [(int((values == sector).sum()), sector) for sector in asker.sectors]
        n, sector = max(counts, key=lambda pair: pair[0], default=(0, ""))
        return sector, n

    @cached_property
    def _log_amount(self) -> float:
        amounts = self.deals.log_amount[self.at]
        known = amounts[~np.isnan(amounts)]
        return float(np.median(known)) if len(known) else float("nan")

    def _usual_amount(self, asker: _AskerFacts, language: str) -> str | None:
        """Return the median in the currency of the query: both are then read at a glance."""
        if self._log_amount != self._log_amount:
            return None
        rate = CNY_PER_UNIT.get(asker.currency or "CNY", 1.0)
        units = 10**self._log_amount / rate
        step = 10 ** max(int(np.floor(np.log10(units))) - 1, 0)  # two digits say enough
        return amount_text(round(units / step) * step * HUNDREDTHS, asker.currency, language)


def _record(found: tuple[str, int], language: str, *, zh: str, en: str) -> str | None:
    where, n = found
    return (zh if language == ZH else en).format(where, deals_text(n, language)) if n else None
