"""The form of an offer: its fields in groups, and what was typed as a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple

from starlette.datastructures import FormData

from data.records import BaseLevel, Credential, NeedKind, Offer, SizeClass, TaxGrade
from service.pages.need_filters import read_wan, wan_text, words_in

CURRENCIES = ("CNY", "USD", "HKD", "EUR", "JPY", "GBP")
MOST_TEXT = 5_000
MOST_LINE = 200
MOST_WHOLE = 10**6
MOST_PCT = Decimal(100)


class Sort(StrEnum):
    """How a field is typed."""

    LINE = "line"
    TEXT = "text"
    WAN = "wan"
    WHOLE = "whole"
    PERCENT = "percent"
    WORDS = "words"
    TICKS = "ticks"
    CHOICE = "choice"
    FLAG = "flag"
    DAY = "day"
    BASES = "bases"


class OfferField(NamedTuple):
    """One field of the form, named as the record's."""

    name: str
    sort: Sort
    choice: tuple[str, ...] = ()


def _ticks(name: str, choice: type[StrEnum]) -> OfferField:
    return OfferField(name, Sort.TICKS, tuple(choice))


GROUPS: Mapping[str, tuple[OfferField, ...]] = {
    "what": (
        OfferField("name", Sort.LINE),
        OfferField("kind", Sort.CHOICE, tuple(NeedKind)),
        OfferField("description", Sort.TEXT),
        OfferField("valid_from", Sort.DAY),
        OfferField("valid_to", Sort.DAY),
        OfferField("resident_first", Sort.FLAG),
    ),
    "terms": (
        OfferField("amount_min_minor", Sort.WAN),
        OfferField("amount_max_minor", Sort.WAN),
        OfferField("currency", Sort.CHOICE, CURRENCIES),
        OfferField("term_min_months", Sort.WHOLE),
        OfferField("term_max_months", Sort.WHOLE),
        OfferField("rate_low_pct", Sort.PERCENT),
        OfferField("rate_high_pct", Sort.PERCENT),
        OfferField("fee_pct", Sort.PERCENT),
    ),
    "where": (
        OfferField("regions", Sort.WORDS),
        OfferField("base_ids", Sort.BASES),
        _ticks("base_levels", BaseLevel),
        OfferField("industries", Sort.WORDS),
        OfferField("industries_excluded", Sort.WORDS),
        OfferField("sectors", Sort.WORDS),
        OfferField("stages", Sort.WORDS),
    ),
    "firm": (
        _ticks("size_classes", SizeClass),
        OfferField("firm_age_min_months", Sort.WHOLE),
        OfferField("firm_age_max_months", Sort.WHOLE),
        OfferField("employees_min", Sort.WHOLE),
        OfferField("employees_max", Sort.WHOLE),
        OfferField("revenue_min_minor", Sort.WAN),
        OfferField("revenue_max_minor", Sort.WAN),
        OfferField("class_one_ip_min", Sort.WHOLE),
    ),
    "proof": (
        _ticks("credentials_any", Credential),
        _ticks("tax_grades", TaxGrade),
        OfferField("collateral_any", Sort.WORDS),
        OfferField("purposes", Sort.WORDS),
    ),
}
FIELDS = {one.name: one for group in GROUPS.values() for one in group}
MONEY = tuple(one.name for one in FIELDS.values() if one.sort is Sort.WAN)
CROSSED = (
    ("amount_min_minor", "amount_max_minor"),
    ("term_min_months", "term_max_months"),
    ("rate_low_pct", "rate_high_pct"),
    ("firm_age_min_months", "firm_age_max_months"),
    ("employees_min", "employees_max"),
    ("revenue_min_minor", "revenue_max_minor"),
    ("valid_from", "valid_to"),
)
"""Lower and upper ends of one range."""


@dataclass(slots=True)
class OfferForm:
    """What was typed, what it means, and what is wrong with it.

    Attributes
    ----------
    typed
        Texts by field.
    values
        Of the record, by field.
    faults
        Keys of sentences by field.
    """

    typed: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """Return what a field with one text holds."""
        return (self.typed.get(name) or [""])[0]

    def many(self, name: str) -> list[str]:
        """Return the values that a field holds."""
        return self.typed.get(name) or []


def form_of_offer(offer: Offer | None) -> OfferForm:
    """Return the form that shows an offer, or a new one."""
    if offer is None:
        return OfferForm(typed={"kind": [NeedKind.DEBT.value], "currency": ["CNY"]})
    form = OfferForm()
    for one in FIELDS.values():
        value = getattr(offer, one.name)
        form.values[one.name] = value
        form.typed[one.name] = _written(one, value)
    form.typed["currency"] = [offer.currency or "CNY"]
    return form


def _written(one: OfferField, value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if one.sort is Sort.WAN:
        return [wan_text(value)]
    if one.sort is Sort.WORDS:
        return ["、".join(value)]
    if one.sort in (Sort.TICKS, Sort.BASES):
        return [str(each) for each in value]
    if one.sort is Sort.FLAG:
        return ["true"]
    return [f"{value:g}" if isinstance(value, float) else str(value)]


def read_offer_form(data: FormData) -> OfferForm:
    """Read the form; each field that cannot be used has a fault, and keeps what was typed."""
    form = OfferForm()
    for one in FIELDS.values():
        typed = [str(text) for text in data.getlist(one.name)]
        form.typed[one.name] = typed
        text = typed[0].strip() if typed else ""
        value, fault = _READERS[one.sort](one, typed, text)
        form.values[one.name] = value
        if fault:
            form.faults[one.name] = fault
    if not form.values["name"]:
        form.faults["name"] = "product.fault.name"
    if not any(form.values[name] is not None for name in MONEY):
        form.values["currency"] = None
    for low, high in CROSSED:
        _check_order(form, low, high)
    return form


def _check_order(form: OfferForm, low: str, high: str) -> None:
    first, last = form.values.get(low), form.values.get(high)
    if first is not None and last is not None and first > last:
        form.faults.setdefault(high, "product.fault.crossed")


Found = tuple[Any, str | None]


def _line(_: OfferField, __: list[str], text: str) -> Found:
    return (text or None), ("product.fault.long" if len(text) > MOST_LINE else None)


def _text(_: OfferField, __: list[str], text: str) -> Found:
    return (text or None), ("product.fault.long" if len(text) > MOST_TEXT else None)


def _wan(_: OfferField, __: list[str], text: str) -> Found:
    found = read_wan(text) if text else None
    return found, ("filters.no_amount" if text and found is None else None)


def _whole(_: OfferField, __: list[str], text: str) -> Found:
    if not text:
        return None, None
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_WHOLE:
        return None, "product.fault.whole"
    return int(text), None


def _percent(_: OfferField, __: list[str], text: str) -> Found:
    if not text:
        return None, None
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        return None, "product.fault.percent"
    if not number.is_finite() or not 0 <= number <= MOST_PCT:
        return None, "product.fault.percent"
    return float(number), None


def _words(_: OfferField, typed: list[str], __: str) -> Found:
    return tuple(words_in(typed)), None


def _chosen(one: OfferField, typed: list[str], _: str) -> Found:
    return tuple(text for text in one.choice if text in typed), None


def _one_of(one: OfferField, _: list[str], text: str) -> Found:
    if text not in one.choice:
        return None, "product.fault.choose"
    return (NeedKind(text) if one.name == "kind" else text), None


def _flag(_: OfferField, __: list[str], text: str) -> Found:
    return text == "true", None


def _day(_: OfferField, __: list[str], text: str) -> Found:
    if not text:
        return None, None
    try:
        return dt.date.fromisoformat(text), None
    except ValueError:
        return None, "filters.no_day"


def _bases(_: OfferField, typed: list[str], __: str) -> Found:
    return tuple(text for text in typed if text), None


_READERS = {
    Sort.LINE: _line,
    Sort.TEXT: _text,
    Sort.WAN: _wan,
    Sort.WHOLE: _whole,
    Sort.PERCENT: _percent,
    Sort.WORDS: _words,
    Sort.TICKS: _chosen,
    Sort.CHOICE: _one_of,
    Sort.FLAG: _flag,
    Sort.DAY: _day,
    Sort.BASES: _bases,
}
