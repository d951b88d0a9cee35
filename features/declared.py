"""Declared match: how a query agrees with what an offer and its institution declare.

Deals show what an institution does, declarations what it says. They matter most where there are few
deals: for a new product, a new institution, a new base. Nothing declared is NaN, never a mismatch.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from features.batch import QueryBatch
from features.conditions import CONDITION_NAMES, Conditions
from features.items import Items
from features.list_index import ListIndex, Rows, code_key, code_prefixes, mapped, place_key
from features.money import log_of_band
from features.queries import Queries
from features.rules.answers import Answer
from features.rules.fact_table import FactTable
from features.spec import Feature, FeatureKind
from features.tokens import TokenLists

Floats = NDArray[np.float64]

THEME_OF: Mapping[str, str] = {
    "kind": "declared_terms",
    "validity": "declared_terms",
    "term": "declared_terms",
    "purpose": "declared_terms",
    "collateral": "declared_terms",
    "region": "declared_place",
    "base": "declared_resident",
    "base_level": "declared_resident",
    "industry": "declared_sector",
    "industry_excluded": "declared_sector",
    "sector": "declared_sector",
    "stage": "declared_stage",
    "amount": "declared_amount",
    "size_class": "declared_profile",
    "credential": "declared_profile",
    "tax_grade": "declared_profile",
    "firm_age": "declared_profile",
    "employees": "declared_profile",
    "revenue": "declared_profile",
    "class_one_ip": "declared_profile",
}
"""Theme by which each condition is explained."""

_FLAG, _COUNT, _DISTANCE = FeatureKind.FLAG, FeatureKind.LOG_COUNT, FeatureKind.DISTANCE


class Declared:
    """Answers to the stated conditions, and how well the rest of what is declared fits.

    Parameters
    ----------
    items
        What is declared; there is nothing to fit.
    """

    features = (
        *(Feature(f"declared.{name}", _FLAG, THEME_OF[name]) for name in CONDITION_NAMES),
        Feature("declared.n_met", _COUNT, "declared_conditions"),
        Feature("declared.n_unmet", _COUNT, "declared_conditions"),
        Feature("declared.n_open", _COUNT, "declared_conditions"),
        Feature("declared.city_named", _FLAG, "declared_place"),
        Feature("declared.province_named", _FLAG, "declared_place"),
        Feature("declared.home_city", _FLAG, "declared_place"),
        Feature("declared.home_province", _FLAG, "declared_place"),
        Feature("declared.sector_share", FeatureKind.SHARE, "declared_sector"),
        Feature("declared.industry_depth", FeatureKind.SCORE, "declared_sector"),
        Feature("declared.stage_named", _FLAG, "declared_stage"),
        Feature("declared.amount_outside", _DISTANCE, "declared_amount"),
        Feature("declared.amount_off_middle", _DISTANCE, "declared_amount"),
        Feature("declared.resident_first", _FLAG, "declared_resident"),
        Feature("declared.price", FeatureKind.SCORE, "declared_price"),
    )

    def __init__(self, items: Items) -> None:
        self.items = items

    def compute(self, batch: QueryBatch, query: Rows, item: Rows) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item. ``(n_pairs, n)``."""
        queries = batch.queries
        facts = FactTable.from_queries(queries, queries.days)
        answers = self._conditions.check_facts(facts, query, item)
        columns = [
            *_FLAG_OF.take(answers),
            *_counts(answers),
            *self._places(queries, query, item),
            self._sector_share(queries, query, item),
            self._industry_depth(queries, query, item),
            self._stage_named(queries, query, item),
            *self._amounts(queries, query, item),
            self._resident_first(queries, query, item),
            self.prices[item],
        ]
        return np.stack(columns).astype(np.float32).T

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(self.items)

    @cached_property
    def _lists(self) -> Mapping[str, ListIndex]:
        wanted = self.items.preferences
        return {
            col.REGIONS: ListIndex(mapped(wanted[col.REGIONS], place_key)),
            col.SECTORS: ListIndex(wanted[col.SECTORS]),
            col.STAGES: ListIndex(wanted[col.STAGES]),
            col.BASE_IDS: ListIndex(self.items.lists[col.BASE_IDS]),
        }

    @cached_property
    def _homes(self) -> Mapping[str, ListIndex]:
        texts = self.items.institution_texts
        return {
            name: ListIndex(mapped(TokenLists.from_optional(texts[name]), place_key))
            for name in (col.CITY, col.PROVINCE)
        }

    @cached_property
    def _codes_by_depth(self) -> Mapping[int, ListIndex]:
        """The industry codes of items, apart by their length."""
        rows = mapped(self.items.lists[col.INDUSTRIES], code_key).lists()
        depths = sorted({len(code) for row in rows for code in row})
        return {
            depth: ListIndex(
                TokenLists.from_lists([[c for c in r if len(c) == depth] for r in rows])
            )
            for depth in depths
        }

    @cached_property
    def _bounds(self) -> tuple[Floats, Floats]:
        """Smallest and largest amount of each item, log10 of CNY."""
        currency = self.items.texts[col.CURRENCY]
        least = self.items.bounds[col.AMOUNT_MIN_MINOR]
        most = self.items.bounds[col.AMOUNT_MAX_MINOR]
        least = np.where(least > 0, least, np.nan)  # "from 0" is no lower bound
        return log_of_band(least, least, currency), log_of_band(most, most, currency)

    @cached_property
    def prices(self) -> Floats:
        """Price of each item, centred and scaled within its kind; 0 where all cost the same."""
        price, kinds = self.items.price, self.items.texts[col.KIND]
        scaled = np.full(len(price), np.nan)
        for kind in sorted(set(kinds.tolist())):
            rows = np.flatnonzero((kinds == kind) & ~np.isnan(price))
            if len(rows):
                scaled[rows] = (price[rows] - price[rows].mean()) / (price[rows].std() or 1.0)
        return scaled

    def _named(self, index: ListIndex, asked: TokenLists, query: Rows, item: Rows) -> Floats:
        """Return 1 where the pair shares a value, 0 where not, NaN where either names none."""
        known = (np.diff(asked.offsets) > 0)[query] & index.stated[item]
        return np.where(known, index.shared(asked, query, item) > 0, np.nan)

    def _places(self, queries: Queries, query: Rows, item: Rows) -> list[Floats]:
        city, province = (mapped(queries.tokens[name], place_key) for name in ("city", "province"))
        regions = self._lists[col.REGIONS]
        return [
            self._named(regions, city, query, item),
            self._named(regions, province, query, item),
            self._named(self._homes[col.CITY], city, query, item),
            self._named(self._homes[col.PROVINCE], province, query, item),
        ]

    def _sector_share(self, queries: Queries, query: Rows, item: Rows) -> Floats:
        sectors, index = queries.tokens["sectors"], self._lists[col.SECTORS]
        n_sectors = np.diff(sectors.offsets)[query]
        shared = index.shared(sectors, query, item)
        known = (n_sectors > 0) & index.stated[item]
        return np.where(known, shared / np.maximum(n_sectors, 1), np.nan)

    def _industry_depth(self, queries: Queries, query: Rows, item: Rows) -> Floats:
        """Return the length of the longest listed code that holds the firm's; 0 for none."""
        own = mapped(queries.tokens["industry"], code_key)
        prefixes = code_prefixes(own)
        depth = np.where((np.diff(own.offsets) > 0)[query], 0.0, np.nan)
        stated = np.zeros(len(item), np.bool_)
        for length, index in self._codes_by_depth.items():
            stated |= index.stated[item]
            depth[index.shared(prefixes, query, item) > 0] = length
        return np.where(stated, depth, np.nan)

    def _stage_named(self, queries: Queries, query: Rows, item: Rows) -> Floats:
        return self._named(self._lists[col.STAGES], queries.tokens["stage"], query, item)

    def _amounts(self, queries: Queries, query: Rows, item: Rows) -> list[Floats]:
        """Return decades outside the declared range, and off its logarithmic middle."""
        asked = queries.log_amount[query]
        least, most = (bound[item] for bound in self._bounds)
        open_least, open_most = np.nan_to_num(least, nan=-np.inf), np.nan_to_num(most, nan=np.inf)
        outside = np.maximum(np.maximum(open_least - asked, asked - open_most), 0.0)
        stated = ~(np.isnan(least) & np.isnan(most)) & ~np.isnan(asked)
        return [np.where(stated, outside, np.nan), np.abs(asked - (least + most) / 2)]

    def _resident_first(self, queries: Queries, query: Rows, item: Rows) -> Floats:
        """Return 1 for a resident of a base that the clause covers; NaN without the clause."""
        base, index = queries.tokens["base"], self._lists[col.BASE_IDS]
        resides = (np.diff(base.offsets) > 0)[query]
        covered = resides & (~index.stated[item] | (index.shared(base, query, item) > 0))
        return np.where(self.items.resident_first[item], covered, np.nan)


_FLAG_OF = np.array([np.nan, 1.0, np.nan, np.nan, 0.0])
"""Each answer as a number, in their order: met is 1, unmet 0, all else unknown."""
_LOG_COUNTS = np.log1p(np.arange(len(CONDITION_NAMES) + 1))


def _counts(answers: NDArray[np.int8]) -> list[Floats]:
    """Return the logarithm of how many conditions are met, unmet and open."""
    met, unmet = answers == Answer.MET, answers == Answer.UNMET
    open_ = (answers == Answer.UNKNOWN) | (answers == Answer.MANUAL_REVIEW)
    counts = (group.sum(axis=0, dtype=np.int8) for group in (met, unmet, open_))
    return [_LOG_COUNTS.take(count) for count in counts]
