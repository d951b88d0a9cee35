"""How values are written: numbers with their units, flags, words of closed lists."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from data.amounts import MINOR_PER_UNIT, parse_amount
from data.errors import ParseError
from data.importers.cells import parse_count, parse_date, parse_months
from data.labels import folded, words_of
from data.rules.vocabulary import CHOICE_WORDS, FactKind, FactSpec

YES, NO = "yes", "no"
"""How flags are listed."""

NO_CURRENCY = "XXX"
"""How an amount is written whose currency nobody knows (ISO 4217)."""

_CODED = re.compile(r"(\d{1,20})(?:\.(\d{2}))? ([A-Z]{3})")
_HAS_UNIT = re.compile(r"年|月|天|日|year|month|day|[ymd]\b", re.I)
_DAY_ZERO = dt.date(1970, 1, 1)


def choice_words(choice: type[StrEnum]) -> dict[str, str]:
    """Return the value for each folded word of a closed list, Chinese words included."""
    found = words_of(choice)
    for member in choice:
        if member in CHOICE_WORDS:
            found[folded(CHOICE_WORDS[member])] = member.value
    return found


EXAMPLE: Mapping[FactKind, str] = {
    FactKind.MONEY: "300万元",
    FactKind.COUNT: "12",
    FactKind.MONTHS: "36个月",
    FactKind.PERCENT: "5%",
    FactKind.SCORE: "60",
    FactKind.DAY: "2026-04-01",
}
"""How a number of each kind is written."""


def read_day(value: object) -> dt.date:
    """Read a day; raise :class:`ParseError` for anything else."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return parse_date(str(value))


def _money(value: object) -> tuple[float, str | None]:
    if not isinstance(value, str):
        raise ParseError("It has no unit.")
    coded = _CODED.fullmatch(value.strip())
    if coded is not None:
        units, hundredths, code = coded.groups()
        minor = int(units) * MINOR_PER_UNIT + int(hundredths or 0)
        return float(minor), None if code == NO_CURRENCY else code
    amount = parse_amount(value)
    if not amount.is_exact or amount.low_minor is None:
        raise ParseError("It is not one exact amount.")
    if amount.currency is None:
        raise ParseError("It names no currency.")
    return float(amount.low_minor), amount.currency


def _count(value: object) -> tuple[float, str | None]:
    return float(parse_count(str(value))), None


def _months(value: object) -> tuple[float, str | None]:
    if not isinstance(value, str) or not _HAS_UNIT.search(value):
        raise ParseError("It has no unit.")
    return float(parse_months(value)), None


def _percent(value: object) -> tuple[float, str | None]:
    if not isinstance(value, str) or not value.strip().endswith(("%", "％")):
        raise ParseError("It has no unit.")
    try:
        return float(value.strip().rstrip("%％")), None
    except ValueError:
        raise ParseError("It is no percentage.") from None


def _points_of(value: object) -> tuple[float, str | None]:
    try:
        return float(str(value)), None
    except ValueError:
        raise ParseError("It is no number.") from None


def _day_number(value: object) -> tuple[float, str | None]:
    return float((read_day(value) - _DAY_ZERO).days), None


_NUMBER_READERS: Mapping[FactKind, Callable[[object], tuple[float, str | None]]] = {
    FactKind.MONEY: _money,
    FactKind.COUNT: _count,
    FactKind.MONTHS: _months,
    FactKind.PERCENT: _percent,
    FactKind.SCORE: _points_of,
    FactKind.DAY: _day_number,
}


def read_number(spec: FactSpec, value: object) -> tuple[float, str | None]:
    """Read a number with its unit; money comes with its currency.

    Raises
    ------
    ParseError
        It has no unit or another one, or is no number.
    """
    return _NUMBER_READERS[spec.kind](value)
