"""Deals by item: the links of a catalogue, arranged for looking up what one offer did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from features.items import Items
from features.links import Links
from features.money import log_amounts
from features.reading import texts_at
from features.tokens import TokenLists

PLACE_COLUMNS: Mapping[str, str] = {
    "city": col.CITY,
    "metro": col.METRO,
    "province": col.PROVINCE,
    "country": col.COUNTRY,
}
PLACE_FAMILIES = tuple(PLACE_COLUMNS)
"""From narrow to wide."""
STAGE = "stage"


@dataclass(frozen=True)
class DealBook:
    """The links of a catalogue by item, with what a sentence may say of them.

    Attributes
    ----------
    offsets
        Item ``i`` has the deals ``offsets[i]`` … ``offsets[i + 1]``, in order of time.
    days, firm_rows
        Of each deal.
    texts
        Place and stage of each deal by token family.
    sectors
        Sectors of its firm.
    log_amount
        log10 of the round's amount in CNY, NaN where unknown.
    """

    offsets: NDArray[np.int64]
    days: NDArray[np.datetime64]
    firm_rows: NDArray[np.int64]
    texts: Mapping[str, NDArray[np.object_]]
    sectors: TokenLists
    log_amount: NDArray[np.float64]

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue, items: Items, links: Links) -> DealBook:
        """Arrange ``links`` of the catalogue by item; deals of other offers are left out."""
        item_of = items.offer_ids.rows(catalogue.offers.ids.ids)
        item = item_of[links.offer_rows]
        order = np.argsort(item, kind="stable")  # links are in order of time
        order = order[item[order] != NO_ROW]
        firms, needs = links.firm_rows[order], links.need_rows[order]
        texts = {
            name: texts_at(catalogue.firms, column, firms) for name, column in PLACE_COLUMNS.items()
        }
        texts[STAGE] = texts_at(catalogue.needs, col.STAGE, needs)
        amounts = np.append(log_amounts(catalogue.needs, np.arange(len(catalogue.needs))), np.nan)
        return cls(
            offsets=np.searchsorted(item[order], np.arange(len(items) + 1)),
            days=links.dates[order],
            firm_rows=firms,
            texts=texts,
            sectors=TokenLists(*catalogue.firms.lists(col.SECTORS)).take(firms),
            log_amount=amounts[needs],
        )

    def deals_of(self, item: int, *, before: np.datetime64) -> slice:
        """Return where the deals of an item before a day lie."""
        start, end = self.offsets[item : item + 2]
        return slice(int(start), int(start + np.searchsorted(self.days[start:end], before)))

    def count(self, family: str, value: str, at: slice) -> int:
        """Count the deals among those ``at`` whose place or stage is ``value``."""
        numbers, codes = self._codes[family]
        return _count(codes[at], numbers.get(value))

    def count_sector(self, sector: str, at: slice) -> int:
        """Count the deals among those ``at`` with firms of a sector."""
        numbers, codes = self._sector_codes
        start, end = self.sectors.offsets[at.start], self.sectors.offsets[at.stop]
        return _count(codes[start:end], numbers.get(sector))

    @cached_property
    def _codes(self) -> Mapping[str, tuple[dict[str, int], NDArray[np.int32]]]:
        """The texts as numbers: comparing texts would cost a request more than all the rest."""
        return {family: _numbered(texts) for family, texts in self.texts.items()}

    @cached_property
    def _sector_codes(self) -> tuple[dict[str, int], NDArray[np.int32]]:
        return _numbered(self.sectors.values)

    def firms_of(self, item: int, *, before: np.datetime64) -> NDArray[np.int64]:
        """Return the distinct firm rows that an item dealt with before a day."""
        return np.unique(self.firm_rows[self.deals_of(item, before=before)])


def _numbered(texts: NDArray[np.object_]) -> tuple[dict[str, int], NDArray[np.int32]]:
    """Return the number of each distinct text, and the texts as numbers."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(text, len(numbers)) for text in texts.tolist()]
    return numbers, np.array(codes, np.int32)


def _count(codes: NDArray[np.int32], code: int | None) -> int:
    return 0 if code is None else int(np.count_nonzero(codes == code))
