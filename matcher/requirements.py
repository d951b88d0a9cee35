"""What a rule demands, in words: the offer's own bounds and lists behind an eligibility answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from data import columns as col
from data.labels import CHOICES
from data.records import Offer
from data.rules.vocabulary import FACTS
from features.conditions import BOUNDS_OF, FACT_OF, LIST_OF, MONEY_SLOTS
from features.items import Items
from features.wording import ZH, band_text, listed_text, number_band_text, value_text

MOST_KEPT = 16_384
"""Texts of demands that are kept: offers share most of theirs."""


def requirement(items: Items, item: int, name: str, language: str) -> str | None:
    """Return what rule ``name`` demands of those who ask for an item.

    Parameters
    ----------
    items, item
        The offers, and the one in question.
    name
        A name of :data:`features.conditions.CONDITION_NAMES`.
    language
        ``zh`` or ``en``.

    Returns
    -------
    Bounds, accepted values or days; ``None`` where the offer states nothing.
    """
    if name in LIST_OF:
        return _listed(items, item, name, language)
    if name in BOUNDS_OF:
        return _numbered(items, item, name, language)
    return _OTHERS[name](items, item, language)


def _listed(items: Items, item: int, name: str, language: str) -> str | None:
    lists = items.lists[LIST_OF[name]]
    values = lists.values[lists.offsets[item] : lists.offsets[item + 1]]
    return _list_text(name, tuple(values.tolist()), language)


@lru_cache(MOST_KEPT)
def _list_text(name: str, values: tuple[str, ...], language: str) -> str | None:
    choice = CHOICES.get((Offer, LIST_OF[name]))
    return listed_text([value_text(value, choice, language) for value in values], language) or None


def _numbered(items: Items, item: int, name: str, language: str) -> str | None:
    low, high = (
        None if column is None else float(items.bounds[column][item]) for column in BOUNDS_OF[name]
    )
    currency = items.texts[col.CURRENCY][item] if name in MONEY_SLOTS else None
    return _bounds_text(name, _known(low), _known(high), currency, language)


def _known(end: float | None) -> float | None:
    return None if end is None or end != end else end


@lru_cache(MOST_KEPT)
def _bounds_text(
    name: str, least: float | None, most: float | None, currency: str | None, language: str
) -> str | None:
    if least is None and most is None:
        return None
    low, high = (float("nan") if end is None else end for end in (least, most))
    if name in MONEY_SLOTS:
        return band_text(low, high, currency, language)
    fact = FACTS[FACT_OF[name]]
    return number_band_text(low, high, fact.unit_zh if language == ZH else fact.unit_en, language)


def _kind(items: Items, item: int, language: str) -> str | None:
    return value_text(items.texts[col.KIND][item], CHOICES[Offer, col.KIND], language)


def _validity(items: Items, item: int, language: str) -> str | None:
    return _days_text(items.valid_from[item], items.valid_to[item], language)


@lru_cache(MOST_KEPT)
def _days_text(start: np.datetime64, end: np.datetime64, language: str) -> str | None:
    first, last = ("" if np.isnat(day) else str(day) for day in (start, end))
    if not (first or last):
        return None
    if language == ZH:
        return f"{first}至{last}" if first and last else (f"{first}起" if first else f"{last}止")
    return f"{first} to {last}" if first and last else (f"from {first}" if first else f"to {last}")


_OTHERS: Mapping[str, Callable[[Items, int, str], str | None]] = {
    "kind": _kind,
    "validity": _validity,
}
