"""The conditions that offers state in their own columns, checked for many pairs at once.

Each *slot* (amount, region, …) is a set of leaves of :mod:`features.rules`, the distinct ones among
all offers. An answer is never guessed: where the need or the firm leaves open what a condition
asks, it is *unknown*, which is not *unmet*. Features, eligibility and explanations read the same
answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.rules.conditions import Mode
from data.rules.vocabulary import EVERYWHERE
from features.items import Items
from features.list_index import Rows
from features.queries import Queries
from features.rules.answers import Answers
from features.rules.fact_table import FactTable
from features.rules.leaves import LeafSet, NumberLeaves, text_leaves

FACT_OF: Mapping[str, str] = {
    "kind": "kind",
    "validity": "day",
    "region": "region",
    "industry": "industry",
    "industry_excluded": "industry",
    "amount": "amount",
    "term": "term",
    "firm_age": "age",
    "employees": "employees",
    "revenue": "revenue",
    "class_one_ip": "class_one_ip",
    "base": "base",
    "base_level": "base_level",
    "sector": "sector",
    "stage": "stage",
    "size_class": "size_class",
    "credential": "credential",
    "tax_grade": "tax_grade",
    "collateral": "collateral",
    "purpose": "purpose",
}
"""The fact that each slot asks about, in the order of the columns of :meth:`Conditions.check`."""

CONDITION_NAMES: tuple[str, ...] = tuple(FACT_OF)

LIST_OF: Mapping[str, str] = {
    "region": col.REGIONS,
    "industry": col.INDUSTRIES,
    "industry_excluded": col.INDUSTRIES_EXCLUDED,
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
"""The column behind each slot that lists what is accepted (or, for one, what is not)."""

BOUNDS_OF: Mapping[str, tuple[str, str | None]] = {
    "amount": (col.AMOUNT_MIN_MINOR, col.AMOUNT_MAX_MINOR),
    "term": (col.TERM_MIN_MONTHS, col.TERM_MAX_MONTHS),
    "firm_age": (col.FIRM_AGE_MIN_MONTHS, col.FIRM_AGE_MAX_MONTHS),
    "employees": (col.EMPLOYEES_MIN, col.EMPLOYEES_MAX),
    "revenue": (col.REVENUE_MIN_MINOR, col.REVENUE_MAX_MINOR),
    "class_one_ip": (col.CLASS_ONE_IP_MIN, None),
}
"""The columns behind each slot that bounds a number."""

MONEY_SLOTS = ("amount", "revenue")


_NOT_STATED = np.zeros(1, np.int8)
"""The answer to a slot that no item states."""


@dataclass(frozen=True)
class Slot:
    """One condition of all items: the distinct leaves, and the leaf of each item."""

    leaves: LeafSet
    leaf_of: Rows


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
    def slots(self) -> Mapping[str, Slot | None]:
        """Every slot by name; ``None`` where no item states it."""
        return {name: _SLOTS[name](self.items, name) for name in CONDITION_NAMES}

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
            Values of :class:`~features.rules.answers.Answer`, shape
            ``(n_pairs, len(CONDITION_NAMES))``.
        """
        return self.check_facts(FactTable.from_queries(queries, days), query, item).T

    def check_facts(self, facts: FactTable, query: Rows, item: Rows) -> Answers:
        """Answer every condition for some pairs, given the facts of the queries.

        Returns
        -------
        array
            One row for each slot. Shape ``(len(CONDITION_NAMES), n_pairs)``.
        """
        if len(facts) == 1:
            return self._check_one(facts, item)
        if len(item) and (item == item[0]).all():  # the needs of one offer: its demands alone
            return self.check_everyone(facts, int(item[0]))[:, query]
        answers = np.zeros((len(CONDITION_NAMES), len(item)), np.int8)
        for place, name in enumerate(CONDITION_NAMES):
            slot = self.slots[name]
            if slot is not None:
                answers[place] = slot.leaves.answer(facts)[slot.leaf_of[item], query]
        return answers

    def _check_one(self, facts: FactTable, item: Rows) -> Answers:
        """Answer every condition of some items for a single row of facts."""
        stated = (slot for slot in self.slots.values() if slot is not None)
        answers = [slot.leaves.answer(facts)[:, 0] for slot in stated]
        return np.concatenate([*answers, _NOT_STATED]).take(self._leaves.take(item, axis=1))

    @cached_property
    def _leaves(self) -> NDArray[np.int32]:
        """The leaf of each slot and item, counted through all slots; the last one is none.

        Shape ``(len(CONDITION_NAMES), n_items)``.
        """
        sizes = [0 if slot is None else len(slot.leaves) for slot in self.slots.values()]
        starts = np.cumsum([0, *sizes])
        found = np.full((len(sizes), len(self.items)), starts[-1], np.int32)
        for place, slot in enumerate(self.slots.values()):
            if slot is not None:
                found[place] = starts[place] + slot.leaf_of
        return found

    def check_everyone(self, facts: FactTable, item: int) -> Answers:
        """Answer the conditions of one item for every row of ``facts``.

        Returns
        -------
        array
            One row for each slot. Shape ``(len(CONDITION_NAMES), len(facts))``.
        """
        answers = np.zeros((len(CONDITION_NAMES), len(facts)), np.int8)
        for place, name in enumerate(CONDITION_NAMES):
            slot = self.slots[name]
            if slot is not None:
                leaf = slot.leaves.take(slot.leaf_of[[item]])
                answers[place] = leaf.answer(facts)[0]
        return answers


def _text_slot(items: Items, name: str) -> Slot | None:
    lists = items.lists[LIST_OF[name]].lists()
    if name == "region":
        lists = [[] if EVERYWHERE & {v.strip().casefold() for v in row} else row for row in lists]
    mode = Mode.NONE if name == "industry_excluded" else Mode.ANY
    return _listed(name, lists, mode)


def _listed(name: str, lists: Sequence[Sequence[str]], mode: Mode = Mode.ANY) -> Slot | None:
    numbers: dict[tuple[str, ...], int] = {}
    leaf_of = np.array([numbers.setdefault(tuple(row), len(numbers)) for row in lists], np.int64)
    if not any(numbers):
        return None
    return Slot(text_leaves(FACT_OF[name], list(numbers), mode), leaf_of)


def _kind_slot(items: Items, name: str) -> Slot | None:
    return _listed(name, [(kind,) for kind in items.texts[col.KIND].tolist()])


def _number_slot(items: Items, name: str) -> Slot | None:
    low, high = BOUNDS_OF[name]
    least = items.bounds[low]
    most = np.full(len(least), np.nan) if high is None else items.bounds[high]
    currency = items.texts[col.CURRENCY] if name in MONEY_SLOTS else None
    return _bounded(name, least, most, currency)


def _validity_slot(items: Items, name: str) -> Slot | None:
    ends = [
        np.where(np.isnat(day), np.nan, day.astype("datetime64[D]").astype(np.float64))
        for day in (items.valid_from, items.valid_to)
    ]
    return _bounded(name, ends[0], ends[1], None)


def _bounded(
    name: str,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
    currency: NDArray[np.object_] | None,
) -> Slot | None:
    if np.isnan(least).all() and np.isnan(most).all():
        return None
    money = np.zeros(len(least))
    if currency is not None:
        money = np.unique(currency.astype(str), return_inverse=True)[1].astype(np.float64)
    keys = np.nan_to_num(np.stack([least, most, money], axis=1), nan=-np.inf)
    _, first, leaf_of = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    own = None if currency is None else currency[first]
    leaves = NumberLeaves(FACT_OF[name], least[first], most[first], currency=own)
    return Slot(leaves, leaf_of.ravel())


_SLOTS: Mapping[str, Callable[[Items, str], Slot | None]] = {
    "kind": _kind_slot,
    "validity": _validity_slot,
    **dict.fromkeys(LIST_OF, _text_slot),
    **dict.fromkeys(BOUNDS_OF, _number_slot),
}
