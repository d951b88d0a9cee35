"""The conditions of offers, checked for many pairs at once, each with one of five answers.

An answer is never guessed: where the need or the firm leaves open what a condition asks, it is
*unknown*, which is not *unmet*. The checks are columns of one table, so that features, eligibility
and explanations read the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from features.items import Items
from features.list_index import (
    EVERYWHERE,
    NO_TEXT,
    CodeIndex,
    ListIndex,
    Rows,
    TextIndex,
    code_key,
    joined,
    mapped,
    place_key,
)
from features.queries import Queries
from features.tokens import TokenLists

Answers = NDArray[np.int8]


class Answer(IntEnum):
    """The five answers, in the order in which the weightiest decides for the whole pair."""

    NOT_APPLICABLE = 0
    MET = 1
    MANUAL_REVIEW = 2
    UNKNOWN = 3
    UNMET = 4


def whole_months(start: NDArray[np.datetime64], end: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return the completed calendar months from ``start`` to ``end``; NaN where one is NaT."""
    first, last = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    unfinished = (end - last.astype("datetime64[D]")) < (start - first.astype("datetime64[D]"))
    months = (last - first).astype(np.float64) - unfinished
    return np.asarray(np.where(np.isnat(start) | np.isnat(end), np.nan, months), np.float64)


@dataclass(frozen=True)
class Pairs:
    """The pairs under check: positions in ``queries`` and item numbers, and the day they count."""

    queries: Queries
    days: NDArray[np.datetime64]
    query: Rows
    item: Rows

    def tokens(self, family: str) -> TokenLists:
        """Return the values of a token family of every query."""
        return self.queries.tokens[family]


class Conditions:
    """Everything that the offers among ``items`` state, ready to be checked.

    Parameters
    ----------
    items
        The offers; their institutions' preferences are no conditions and are not looked at.
    """

    def __init__(self, items: Items) -> None:
        self.items = items

    @cached_property
    def _texts(self) -> Mapping[str, TextIndex]:
        return {name: TextIndex(self.items.texts[name]) for name in (col.KIND, col.CURRENCY)}

    @cached_property
    def _regions(self) -> ListIndex:
        lists = self.items.lists[col.REGIONS].lists()
        kept = [[] if EVERYWHERE & {v.strip().casefold() for v in row} else row for row in lists]
        return ListIndex(mapped(TokenLists.from_lists(kept), place_key))

    @cached_property
    def _plain(self) -> Mapping[str, ListIndex]:
        return {name: ListIndex(self.items.lists[name]) for name in PLAIN_LISTS.values()}

    @cached_property
    def _industries(self) -> Mapping[str, CodeIndex]:
        names = (col.INDUSTRIES, col.INDUSTRIES_EXCLUDED)
        return {name: CodeIndex(mapped(self.items.lists[name], code_key)) for name in names}

    def check(
        self, queries: Queries, query: Rows, item: Rows, *, days: NDArray[np.datetime64]
    ) -> Answers:
        """Answer every condition for some pairs.

        Parameters
        ----------
        queries
            Needs with their firms.
        query, item
            Position in ``queries`` and item number of each pair. Shape ``(n_pairs,)``.
        days
            Day on which validity and age count, for each query. Shape ``(n_queries,)``.

        Returns
        -------
        array
            Values of :class:`Answer`, shape ``(n_pairs, len(CONDITION_NAMES))``.
        """
        pairs = Pairs(queries, days, query, item)
        columns = [_CHECKS[name](self, pairs) for name in CONDITION_NAMES]
        return np.stack(columns, axis=1).astype(np.int8)

    def _kind(self, pairs: Pairs) -> Answers:
        asked = [row[0] for row in pairs.tokens("need_kind").lists()]
        index = self._texts[col.KIND]
        return _answer(index.codes[pairs.item] == index.find(asked)[pairs.query])

    def _validity(self, pairs: Pairs) -> Answers:
        start, end = self.items.valid_from[pairs.item], self.items.valid_to[pairs.item]
        day = pairs.days[pairs.query]
        stated = ~(np.isnat(start) & np.isnat(end))
        return _answer(~(day < start) & ~(day > end), stated=stated)

    def _region(self, pairs: Pairs) -> Answers:
        families = ("country", "province", "metro", "city", "district")
        places = joined([mapped(pairs.tokens(name), place_key) for name in families])
        has = [np.diff(pairs.tokens(name).offsets) > 0 for name in ("province", "city")]
        return self._listed(self._regions, places, pairs, known=has[0] & has[1])

    def _plain_list(self, name: str, pairs: Pairs) -> Answers:
        return self._listed(self._plain[PLAIN_LISTS[name]], _asked_list(name, pairs), pairs)

    def _listed(
        self,
        index: ListIndex,
        asked: TokenLists,
        pairs: Pairs,
        *,
        known: NDArray[np.bool_] | None = None,
    ) -> Answers:
        """Ask for a shared value; ``known`` says of each query whether its values are all known."""
        if not index.values:
            return np.zeros(len(pairs.item), np.int8)
        if known is None:
            known = np.diff(asked.offsets) > 0
        met = index.shared(asked, pairs.query, pairs.item) > 0
        return _answer(met, known=met | known[pairs.query], stated=index.stated[pairs.item])

    def _codes(self, pairs: Pairs) -> TokenLists:
        return mapped(pairs.tokens("industry"), code_key)

    def _industry(self, pairs: Pairs) -> Answers:
        index = self._industries[col.INDUSTRIES]
        met, open_ = index.compare(self._codes(pairs), pairs.query, pairs.item)
        return _answer(met, known=met | ~open_, stated=index.stated[pairs.item])

    def _industry_excluded(self, pairs: Pairs) -> Answers:
        index = self._industries[col.INDUSTRIES_EXCLUDED]
        hit, open_ = index.compare(self._codes(pairs), pairs.query, pairs.item)
        return _answer(~hit, known=hit | ~open_, stated=index.stated[pairs.item])

    def _amount(self, pairs: Pairs) -> Answers:
        asked = pairs.queries.asked
        return self._bounded(
            pairs,
            (asked.amount_low, asked.amount_high),
            (col.AMOUNT_MIN_MINOR, col.AMOUNT_MAX_MINOR),
            currency=asked.currency,
        )

    def _term(self, pairs: Pairs) -> Answers:
        months = pairs.queries.asked.term_months
        return self._bounded(pairs, (months, months), (col.TERM_MIN_MONTHS, col.TERM_MAX_MONTHS))

    def _firm_age(self, pairs: Pairs) -> Answers:
        months = whole_months(pairs.queries.asked.founded_on, pairs.days)
        bounds = (col.FIRM_AGE_MIN_MONTHS, col.FIRM_AGE_MAX_MONTHS)
        return self._bounded(pairs, (months, months), bounds)

    def _employees(self, pairs: Pairs) -> Answers:
        staff = pairs.queries.asked.employees
        return self._bounded(pairs, (staff, staff), (col.EMPLOYEES_MIN, col.EMPLOYEES_MAX))

    def _revenue(self, pairs: Pairs) -> Answers:
        asked = pairs.queries.asked
        return self._bounded(
            pairs,
            (asked.revenue, asked.revenue),
            (col.REVENUE_MIN_MINOR, col.REVENUE_MAX_MINOR),
            currency=asked.firm_currency,
        )

    def _class_one_ip(self, pairs: Pairs) -> Answers:
        rights = pairs.queries.asked.class_one_ip
        return self._bounded(pairs, (rights, rights), (col.CLASS_ONE_IP_MIN, None))

    def _bounded(
        self,
        pairs: Pairs,
        value: tuple[NDArray[np.float64], NDArray[np.float64]],
        bounds: tuple[str, str | None],
        *,
        currency: NDArray[np.object_] | None = None,
    ) -> Answers:
        """Ask for an overlap of ``value`` (low and high of each query) with the item's bounds.

        Money in another currency than the offer's is for a person to judge.
        """
        least = self.items.bounds[bounds[0]][pairs.item]
        most = np.full(len(least), np.nan)
        if bounds[1] is not None:
            most = self.items.bounds[bounds[1]][pairs.item]
        low, high = value[0][pairs.query], value[1][pairs.query]
        stated = ~(np.isnan(least) & np.isnan(most))
        answers = _answer(~(high < least) & ~(low > most), known=~np.isnan(low), stated=stated)
        if currency is not None:
            index = self._texts[col.CURRENCY]
            asked, offered = index.find(currency)[pairs.query], index.codes[pairs.item]
            foreign = (asked != NO_TEXT) & (offered != NO_TEXT) & (asked != offered)
            answers[foreign & stated & ~np.isnan(low)] = Answer.MANUAL_REVIEW
        return answers


def _answer(
    met: NDArray[np.bool_],
    *,
    known: NDArray[np.bool_] | None = None,
    stated: NDArray[np.bool_] | None = None,
) -> Answers:
    answers = np.where(met, Answer.MET, Answer.UNMET).astype(np.int8)
    if known is not None:
        answers[~known] = Answer.UNKNOWN
    if stated is not None:
        answers[~stated] = Answer.NOT_APPLICABLE
    return answers


PLAIN_LISTS: Mapping[str, str] = {
    "base": col.BASE_IDS,
    "base_level": col.BASE_LEVELS,
    "sector": col.SECTORS,
    "stage": col.STAGES,
    "size_class": col.SIZE_CLASSES,
    "credential": col.CREDENTIALS_ANY,
    "tax_grade": col.TAX_GRADES,
    "collateral": col.COLLATERAL_ANY,
    "purpose": col.PURPOSES,
}
"""Conditions that ask for one value among the listed ones, and the column that lists them."""

_LIST_FAMILIES: Mapping[str, str] = {"sector": "sectors", "credential": "credentials"}
"""Token family of a condition where it has another name."""


def _asked_list(name: str, pairs: Pairs) -> TokenLists:
    if name == "base_level":
        return pairs.queries.asked.base_level
    return pairs.tokens(_LIST_FAMILIES.get(name, name))


def _plain_check(name: str) -> Callable[[Conditions, Pairs], Answers]:
    return lambda conditions, pairs: conditions._plain_list(name, pairs)


_CHECKS: Mapping[str, Callable[[Conditions, Pairs], Answers]] = {
    "kind": Conditions._kind,
    "validity": Conditions._validity,
    "region": Conditions._region,
    "industry": Conditions._industry,
    "industry_excluded": Conditions._industry_excluded,
    "amount": Conditions._amount,
    "term": Conditions._term,
    "firm_age": Conditions._firm_age,
    "employees": Conditions._employees,
    "revenue": Conditions._revenue,
    "class_one_ip": Conditions._class_one_ip,
    **{name: _plain_check(name) for name in PLAIN_LISTS},
}

CONDITION_NAMES: tuple[str, ...] = tuple(_CHECKS)
"""Names of the conditions in the order of the columns of :meth:`Conditions.check`."""
