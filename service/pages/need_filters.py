"""Filters of firms as a form has them: read, checked, and written into links and theses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams

from data.records import Credential, NeedKind, SizeClass

CURRENCY = "CNY"
WAN_MINOR = 10_000 * 100
"""Hundredths of a yuan in ten thousand yuan (万元), in which the forms count."""
MOST_WAN = Decimal(10**9)
CHOSEN: Mapping[str, type[StrEnum]] = {
    "kind": NeedKind,
    "size": SizeClass,
    "credential": Credential,
}
"""Fields with boxes to tick."""
TYPED = {"region": "regions", "sector": "sectors", "stage": "stages"}
"""Fields in which several words are typed, and what filters call them."""
LISTED = {"base": "base_ids", "kind": "kinds", "size": "size_classes", "credential": "credentials"}
AMOUNTS = {"low": "amount_low_minor", "high": "amount_high_minor"}
NAMES = (*LISTED, *TYPED, *AMOUNTS, "since")
MOST_WORDS = 50
MOST_WORD = 100


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What was typed, what it means, and what is wrong with it.

    Attributes
    ----------
    typed
        Texts by field, as they came.
    filters
        As a thesis keeps them; nothing but what restricts.
    faults
        Keys of sentences by field.
    """

    typed: Mapping[str, list[str]]
    filters: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """Return what a field with one text holds."""
        return (self.typed.get(name) or [""])[0]

    def many(self, name: str) -> list[str]:
        """Return the values that a field holds."""
        return list(self.typed.get(name) or [])

    @property
    def count(self) -> int:
        """How many fields restrict."""
        return sum(bool("".join(self.many(name)).strip()) for name in NAMES)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the fields as pairs of a query."""
        return [(name, text) for name in NAMES for text in self.many(name) if text]

    def query(self, **others: object) -> str:
        """Return the query of a link to these filters, with other fields."""
        rest: list[tuple[str, str]] = []
        for name, value in others.items():
            values = value if isinstance(value, list | tuple) else [value]
            rest += [(name, str(one)) for one in values if one not in (None, "", False)]
        return urlencode([*self.pairs(), *rest])


def read_filters(data: QueryParams | FormData) -> FilterForm:
    """Read the fields of filters; what cannot be read restricts nothing and is a fault."""
    typed = {
        name: [text for text in map(str, data.getlist(name)) if len(text) <= MOST_WORD * 10]
        for name in NAMES
    }
    filters: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, key in LISTED.items():
        known = set(CHOSEN[name]) if name in CHOSEN else None
        values = [text for text in typed[name] if text and (known is None or text in known)]
        if values:
            filters[key] = values[:MOST_WORDS]
    for name, key in TYPED.items():
        if words := words_in(typed[name]):
            filters[key] = words
    for name, key in AMOUNTS.items():
        amount = _amount(name, typed, faults)
        if amount is not None:
            filters |= {key: amount, "currency": CURRENCY}
    low, high = (filters.get(key) for key in AMOUNTS.values())
    if low is not None and high is not None and low > high:
        faults["high"] = "filters.crossed"
        for key in (*AMOUNTS.values(), "currency"):
            del filters[key]
    _read_day(typed, filters, faults)
    return FilterForm(typed, filters, faults)


def form_of(filters: Mapping[str, Any]) -> FilterForm:
    """Return the form that shows saved filters."""
    typed = {name: [str(one) for one in filters.get(key) or ()] for name, key in LISTED.items()}
    for name, key in TYPED.items():
        typed[name] = ["、".join(filters.get(key) or ())]
    for name, key in AMOUNTS.items():
        value = filters.get(key)
        typed[name] = [] if value is None else [wan_text(value)]
    since = filters.get("stated_since")
    typed["since"] = [] if since is None else [str(since)]
    return FilterForm(typed, dict(filters))


def words_in(texts: Iterable[str]) -> list[str]:
    """Return the words of texts that list several, with commas of either script between."""
    parts = [part.strip() for text in texts for part in _commas(text).split(",")]
    return list(dict.fromkeys(part[:MOST_WORD] for part in parts if part))[:MOST_WORDS]


def _commas(text: str) -> str:
    for mark in "，、;；\n":
        text = text.replace(mark, ",")
    return text


def wan_text(minor: int) -> str:
    """Return hundredths as ten thousands, as short as it is exact."""
    return f"{(Decimal(minor) / WAN_MINOR).normalize():f}"


def read_wan(text: str) -> int | None:
    """Return ten thousands as hundredths; ``None`` for what is no amount.

    ``1,000`` and blanks are read as people mean them.
    """
    try:
        number = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= MOST_WAN:
        return None
    minor = number * WAN_MINOR
    return int(minor) if minor == minor.to_integral_value() else None


def _amount(name: str, typed: Mapping[str, list[str]], faults: dict[str, str]) -> int | None:
    text = (typed[name] or [""])[0].strip()
    if not text:
        return None
    found = read_wan(text)
    if found is None:
        faults[name] = "filters.no_amount"
    return found


def _read_day(
    typed: Mapping[str, list[str]], filters: dict[str, Any], faults: dict[str, str]
) -> None:
    text = (typed["since"] or [""])[0].strip()
    if not text:
        return
    try:
        filters["stated_since"] = dt.date.fromisoformat(text).isoformat()
    except ValueError:
        faults["since"] = "filters.no_day"
