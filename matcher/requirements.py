"""What a rule demands, in words: the offer's own bounds and lists behind an eligibility answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from data import columns as col
from data.labels import CHOICES
from data.records import Offer
from features.items import Items
from features.wording import ZH, band_text, listed_text, number_band_text, value_text

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
"""The column behind each rule that lists what is accepted (or, for one, what is not)."""

_MONEY: Mapping[str, tuple[str, str]] = {
    "amount": (col.AMOUNT_MIN_MINOR, col.AMOUNT_MAX_MINOR),
    "revenue": (col.REVENUE_MIN_MINOR, col.REVENUE_MAX_MINOR),
}
_NUMBERS: Mapping[str, tuple[str, str | None, str, str]] = {
    "term": (col.TERM_MIN_MONTHS, col.TERM_MAX_MONTHS, "个月", "months"),
    "firm_age": (col.FIRM_AGE_MIN_MONTHS, col.FIRM_AGE_MAX_MONTHS, "个月", "months"),
    "employees": (col.EMPLOYEES_MIN, col.EMPLOYEES_MAX, "人", "people"),
    "class_one_ip": (col.CLASS_ONE_IP_MIN, None, "项", "rights"),
}


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
    if name in _MONEY:
        low, high = (float(items.bounds[column][item]) for column in _MONEY[name])
        return band_text(low, high, items.texts[col.CURRENCY][item], language)
    if name in _NUMBERS:
        return _numbered(items, item, name, language)
    return _OTHERS[name](items, item, language)


def _listed(items: Items, item: int, name: str, language: str) -> str | None:
    lists = items.lists[LIST_OF[name]]
    values = lists.values[lists.offsets[item] : lists.offsets[item + 1]]
    choice = CHOICES.get((Offer, LIST_OF[name]))
    return listed_text([value_text(value, choice, language) for value in values], language) or None


def _numbered(items: Items, item: int, name: str, language: str) -> str | None:
    least, most, zh, en = _NUMBERS[name]
    low = float(items.bounds[least][item])
    high = float("nan") if most is None else float(items.bounds[most][item])
    if low != low and high != high:
        return None
    return number_band_text(low, high, zh if language == ZH else en, language)


def _kind(items: Items, item: int, language: str) -> str | None:
    return value_text(items.texts[col.KIND][item], CHOICES[Offer, col.KIND], language)


def _validity(items: Items, item: int, language: str) -> str | None:
    ends = [items.valid_from[item], items.valid_to[item]]
    first, last = ("" if np.isnat(day) else str(day) for day in ends)
    if not (first or last):
        return None
    if language == ZH:
        return f"{first}至{last}" if first and last else (f"{first}起" if first else f"{last}止")
    return f"{first} to {last}" if first and last else (f"from {first}" if first else f"to {last}")


_OTHERS: Mapping[str, Callable[[Items, int, str], str | None]] = {
    "kind": _kind,
    "validity": _validity,
}
