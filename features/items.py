"""Items: what the offers that are ranked declare of themselves, as columns.

An offer's own bounds and lists are *conditions*. What its institution declares (regions, sectors,
stages) is a *preference*: it fills in where the offer names none, and only from the day on which it
was declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, IdMap
from features.reading import dates_at, texts_at
from features.tokens import TokenLists

LIST_COLUMNS = (
    col.REGIONS,
    col.BASE_IDS,
    col.BASE_LEVELS,
    col.INDUSTRIES,
    col.INDUSTRIES_EXCLUDED,
    col.SECTORS,
    col.STAGES,
    col.SIZE_CLASSES,
    col.CREDENTIALS_ANY,
    col.TAX_GRADES,
    col.COLLATERAL_ANY,
    col.PURPOSES,
)
"""Columns of an offer that list what it accepts; an empty list accepts all."""

PREFERENCE_COLUMNS = (col.REGIONS, col.SECTORS, col.STAGES)
"""Columns that an institution declares, too."""

BOUND_COLUMNS = (
    col.AMOUNT_MIN_MINOR,
    col.AMOUNT_MAX_MINOR,
    col.TERM_MIN_MONTHS,
    col.TERM_MAX_MONTHS,
    col.FIRM_AGE_MIN_MONTHS,
    col.FIRM_AGE_MAX_MONTHS,
    col.EMPLOYEES_MIN,
    col.EMPLOYEES_MAX,
    col.REVENUE_MIN_MINOR,
    col.REVENUE_MAX_MINOR,
    col.CLASS_ONE_IP_MIN,
)
"""Columns of an offer that bound a number; NaN does not."""

PLACE_COLUMNS = (col.COUNTRY, col.PROVINCE, col.CITY)

PRICE_COLUMNS = (col.RATE_LOW_PCT, col.RATE_HIGH_PCT, col.FEE_PCT)

TEXT_COLUMNS = (col.OFFER_ID, col.INSTITUTION_ID, col.NAME, col.KIND, col.CURRENCY)


@dataclass(frozen=True)
class Items:
    """Offers as columns, each of shape ``(n_items,)``.

    Attributes
    ----------
    offer_ids
        Id of each item: the numbering of items.
    texts
        Text columns of the offers by name; unknown is ``None``.
    institution_texts
        ``NAME``, ``KIND`` and the ``PLACE_COLUMNS`` of the institutions.
    lists
        What each offer accepts, by name of :data:`LIST_COLUMNS`.
    institution_lists
        What its institution declares, by name of :data:`PREFERENCE_COLUMNS`.
    bounds
        Numbers by name of :data:`BOUND_COLUMNS`; money in hundredths of the offer's currency.
    prices
        Per cent a year or of the amount, by name of :data:`PRICE_COLUMNS`.
    resident_first
        The clause 优先投资于基地内企业.
    valid_from, valid_to
        First and last day; NaT is open.
    declared_on
        Day of the institution's declarations; NaT is always.
    """

    offer_ids: IdMap
    texts: Mapping[str, NDArray[np.object_]]
    institution_texts: Mapping[str, NDArray[np.object_]]
    lists: Mapping[str, TokenLists]
    institution_lists: Mapping[str, TokenLists]
    bounds: Mapping[str, NDArray[np.float64]]
    prices: Mapping[str, NDArray[np.float64]]
    resident_first: NDArray[np.bool_]
    valid_from: NDArray[np.datetime64]
    valid_to: NDArray[np.datetime64]
    declared_on: NDArray[np.datetime64]

    @classmethod
    def from_catalogue(
        cls, catalogue: Catalogue, offer_rows: NDArray[np.int64] | None = None
    ) -> Items:
        """Read the offers in ``offer_rows`` (all of them by default) and their institutions."""
        offers, institutions = catalogue.offers, catalogue.institutions
        if offer_rows is None:
            offer_rows = np.arange(len(offers), dtype=np.int64)
        owner = offers.references(col.INSTITUTION_ID, institutions.ids)[offer_rows]

        return cls(
            offer_ids=IdMap([offers.ids.ids[row] for row in offer_rows], label=col.OFFER_ID),
            texts={name: offers.strings(name)[offer_rows] for name in TEXT_COLUMNS},
            institution_texts={
                name: texts_at(institutions, name, owner)
                for name in (col.NAME, col.KIND, *PLACE_COLUMNS)
            },
            lists={name: TokenLists(*offers.lists(name)).take(offer_rows) for name in LIST_COLUMNS},
            institution_lists={
                name: TokenLists(*institutions.lists(name)).take(owner)
                for name in PREFERENCE_COLUMNS
            },
            bounds={name: offers.numbers(name)[offer_rows] for name in BOUND_COLUMNS},
            prices={name: offers.numbers(name)[offer_rows] for name in PRICE_COLUMNS},
            resident_first=offers.numbers(col.RESIDENT_FIRST)[offer_rows] == 1,
            valid_from=offers.dates(col.VALID_FROM)[offer_rows],
            valid_to=offers.dates(col.VALID_TO)[offer_rows],
            declared_on=dates_at(institutions, col.DECLARED_ON, owner),
        )

    def __len__(self) -> int:
        return len(self.offer_ids)

    def take(self, rows: NDArray[np.int64]) -> Items:
        """Return the items at ``rows``, numbered in that order."""
        ids = self.offer_ids.ids
        return Items(
            offer_ids=IdMap([ids[row] for row in rows.tolist()], label=col.OFFER_ID),
            texts={name: values[rows] for name, values in self.texts.items()},
            institution_texts={n: values[rows] for n, values in self.institution_texts.items()},
            lists={name: lists.take(rows) for name, lists in self.lists.items()},
            institution_lists={n: lists.take(rows) for n, lists in self.institution_lists.items()},
            bounds={name: values[rows] for name, values in self.bounds.items()},
            prices={name: values[rows] for name, values in self.prices.items()},
            resident_first=self.resident_first[rows],
            valid_from=self.valid_from[rows],
            valid_to=self.valid_to[rows],
            declared_on=self.declared_on[rows],
        )

    def known_before(self, day: np.datetime64) -> Items:
        """Return the items without what institutions declared on ``day`` or later."""
        late = self.declared_on >= day  # NaT is not
        if not late.any():
            return self
        rows = np.where(late, NO_ROW, np.arange(len(self)))
        places = {name: self.institution_texts[name].copy() for name in PLACE_COLUMNS}
        for values in places.values():
            values[late] = None
        return replace(
            self,
            institution_texts={**self.institution_texts, **places},
            institution_lists={n: lists.take(rows) for n, lists in self.institution_lists.items()},
        )

    @cached_property
    def preferences(self) -> Mapping[str, TokenLists]:
        """The offer's own list, else its institution's, by name of :data:`PREFERENCE_COLUMNS`."""
        return {
            name: _first_stated(self.lists[name], self.institution_lists[name])
            for name in PREFERENCE_COLUMNS
        }

    @cached_property
    def price(self) -> NDArray[np.float64]:
        """Middle of the rate, else the fee, in per cent; NaN where neither is stated."""
        low, high = self.prices[col.RATE_LOW_PCT], self.prices[col.RATE_HIGH_PCT]
        low, high = np.where(np.isnan(low), high, low), np.where(np.isnan(high), low, high)
        rate = (low + high) / 2
        return np.where(np.isnan(rate), self.prices[col.FEE_PCT], rate)

    @property
    def declares(self) -> bool:
        """Whether any item declares anything but its kind and its days."""
        return bool(
            any(len(lists.values) for lists in (*self.lists.values(), *self.preferences.values()))
            or any((~np.isnan(v)).any() for v in (*self.bounds.values(), *self.prices.values()))
            or self.resident_first.any()
            or any(value for name in PLACE_COLUMNS for value in self.institution_texts[name])
        )


def _first_stated(own: TokenLists, other: TokenLists) -> TokenLists:
    """Return the own list of each row, or the other where the own is empty."""
    if not len(other.values):
        return own
    both = TokenLists(
        np.concatenate([own.offsets, own.offsets[-1] + other.offsets[1:]]),
        np.concatenate([own.values, other.values]),
    )
    rows = np.arange(len(own))
    return both.take(np.where(np.diff(own.offsets) > 0, rows, rows + len(own)))
