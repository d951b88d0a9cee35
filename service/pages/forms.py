"""Fields of forms: what people type, read into values, with what to correct beside each field."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from data.amounts import MINOR_PER_UNIT, Amount, parse_amount
from data.company_code import clean_code
from data.errors import ParseError
from data.importers.cells import parse_list
from features.wording import CURRENCY_NAMES, WAN, ZH

LIST_MARK = "、"
CNY = "CNY"
MOST_TEXT = 200
MOST_LONG_TEXT = 4_000
MOST_COUNT = 10_000_000
YES, NO = "yes", "no"


class Kind(StrEnum):
    """How a field is typed."""

    TEXT = "text"
    LONG = "long"
    CODE = "code"
    MONEY = "money"
    BAND = "band"
    COUNT = "count"
    DAY = "day"
    CHOICE = "choice"
    CHOICES = "choices"
    LIST = "list"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its column, how it is typed, and its values where they are a closed list."""

    name: str
    kind: Kind = Kind.TEXT
    choice: type[StrEnum] | None = None
    required: bool = False

    @property
    def most(self) -> int:
        """Characters that it takes."""
        return MOST_LONG_TEXT if self.kind is Kind.LONG else MOST_TEXT


@dataclass(slots=True)
class Typed:
    """What somebody sent: texts by field, and a file where one came."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """Return the text of a field without outer blanks."""
        return next(iter(self.texts.get(name, ())), "").strip()


async def typed(request: Request) -> AsyncIterator[Typed]:
    """Give the form of a request; the token was checked with it already. Its files are closed."""
    form = await request.form()
    texts: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
        else:
            files[name] = value
    try:
        yield Typed(texts, files)
    finally:
        await form.close()


Form = Annotated[Typed, Depends(typed)]


class FieldFault(Exception):
    """A text that is no value of its field; ``key`` says what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_fields(
    fields: Sequence[Field], form: Typed, *, prefix: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of a form by column, and the keys of what to correct by field.

    A band of an amount gives its :class:`~data.amounts.Amount`.
    """
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for one in fields:
        try:
            values[one.name] = _read(one, form, f"{prefix}_{one.name}")
        except FieldFault as fault:
            faults[f"{prefix}_{one.name}"] = fault.key
    return values, faults


def _read(one: Field, form: Typed, name: str) -> Any:
    text = form.one(name)
    if len(text) > one.most:
        raise FieldFault("fault.too_long")
    if one.kind is Kind.CHOICES:
        return tuple(v for v in dict.fromkeys(form.texts.get(name, ())) if _is_choice(one, v))
    if not text:
        if one.required:
            raise FieldFault("fault.required")
        return _nothing(one)
    if not text.isprintable() and one.kind is not Kind.LONG:
        raise FieldFault("fault.unprintable")
    return _READERS[one.kind](one, text)


def _nothing(one: Field) -> Any:
    if one.kind is Kind.BAND:
        return Amount()
    return () if one.kind is Kind.LIST else None


def _is_choice(one: Field, value: str) -> bool:
    return one.choice is not None and value in set(one.choice)


def _choice(one: Field, text: str) -> Any:
    if not _is_choice(one, text) or one.choice is None:
        raise FieldFault("fault.choice")
    return one.choice(text)


def _amount(_one: Field, text: str) -> Amount:
    try:
        return parse_amount(text, currency=CNY)
    except ParseError as error:
        raise FieldFault("fault.amount") from error


def _money(one: Field, text: str) -> int | None:
    amount = _amount(one, text)
    if amount.is_known and (not amount.is_exact or amount.currency != CNY):
        raise FieldFault("fault.exact_amount")
    return amount.low_minor


def _count(_one: Field, text: str) -> int:
    plain = text.replace(",", "").replace("，", "")
    if not (plain.isascii() and plain.isdigit()) or int(plain) > MOST_COUNT:
        raise FieldFault("fault.count")
    return int(plain)


def _day(_one: Field, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise FieldFault("fault.day") from error


def _flag(_one: Field, text: str) -> bool:
    if text not in (YES, NO):
        raise FieldFault("fault.choice")
    return text == YES


_READERS: Mapping[Kind, Any] = {
    Kind.TEXT: lambda _one, text: text,
    Kind.LONG: lambda _one, text: text,
    Kind.CODE: lambda _one, text: clean_code(text),
    Kind.MONEY: _money,
    Kind.BAND: _amount,
    Kind.COUNT: _count,
    Kind.DAY: _day,
    Kind.CHOICE: _choice,
    Kind.LIST: lambda _one, text: tuple(dict.fromkeys(parse_list(text))),
    Kind.FLAG: _flag,
}


def shown(one: Field, value: Any, language: str) -> str | tuple[str, ...]:
    """Return a value as its field shows it; several of a list of boxes."""
    if one.kind is Kind.CHOICES:
        return tuple(str(item) for item in value or ())
    if value is None or value == ():
        return ""
    if one.kind is Kind.MONEY:
        return exact_amount(value, CNY, language)
    if one.kind is Kind.BAND:
        return _shown_band(value, language)
    if one.kind is Kind.LIST:
        return LIST_MARK.join(value)
    if one.kind is Kind.FLAG:
        return YES if value else NO
    return str(value)


def _shown_band(amount: Amount, language: str) -> str:
    if amount.low_minor is None or amount.high_minor is None:
        return ""
    low, high = (
        exact_amount(end, amount.currency, language)
        for end in (amount.low_minor, amount.high_minor)
    )
    return low if low == high else f"{low}-{high}"


def exact_amount(minor: int, currency: str | None, language: str) -> str:
    """Return an amount as the importer reads it, without rounding: 25万元, 12.5万元, 250000."""
    units = Decimal(minor) / MINOR_PER_UNIT
    name = "" if currency in (None, CNY) else f" {currency}"
    if language == ZH:
        said = CURRENCY_NAMES.get(currency or CNY, name)
        if units >= WAN and units * 10_000 % WAN == 0:
            return f"{_plain(units / WAN)}万{said}"
        return f"{_plain(units)}{said}"
    return f"{_plain(units)}{name}"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
