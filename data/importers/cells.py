"""Single cells of a table, read from the many ways in which people write them.

Every function takes the text of a cell that is not empty, and raises :class:`ParseError` with one
sentence for text that it cannot read. Amounts are in :mod:`data.amounts`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from data.amounts import LARGEST_AMOUNT, MINOR_PER_UNIT, UNKNOWN_TEXTS
from data.errors import ParseError

EXCEL_DAY_ZERO = dt.date(1899, 12, 30)
"""Serial number 0 of the 1900 date system, as it counts from March 1900 on."""

EXCEL_SERIALS = range(20_000, 80_000)
"""Serial numbers from 1954 to 2119; other numbers are not taken for dates."""

MONTHS_A_YEAR = 12
DAYS_A_MONTH = 30
LONGEST_TERM_MONTHS = 1200
LARGEST_COUNT = 10**9
LARGEST_PERCENT = 100

YES = frozenset({"是", "有", "真", "对", "√", "✓", "y", "yes", "true", "t", "1", "on"})
NO = frozenset({"否", "无", "没有", "假", "错", "×", "✗", "x", "n", "no", "false", "f", "0", "off"})

_DATE = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?")
_MONTH = re.compile(r"(\d{4})(?: ?[-/.年] ?(\d{1,2}) ?月?|年)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"[t ]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)? ?(z|[+-]\d{2}:?\d{2})?")
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):?[0-5]\d")
_LIST_MARKS = re.compile(r"[、,;|\n]")
_TERM_PART = re.compile(
    r"(\d{1,20}(?:\.\d{1,20})?)\s*(年|个月|月|天|日|years?|months?|days?|y|m|d)?"
)
_AT_MOST = re.compile(r"不超过|最长|最多|至多|以内|(?:及|或)?以下|up to|at most|within|<=?|≤")
_AT_LEAST = re.compile(r"不少于|不低于|至少|满|最短|(?:及|或)?以上|at least|from|>=?|≥|\+$")
_RANGE_MARK = re.compile(r"\s*(?:-|~|至|到|\bto\b)\s*")
_MONTHS_OF: dict[str, Decimal] = {
    "年": Decimal(MONTHS_A_YEAR),
    "y": Decimal(MONTHS_A_YEAR),
    "个": Decimal(1),
    "月": Decimal(1),
    "m": Decimal(1),
    "天": Decimal(1) / DAYS_A_MONTH,
    "日": Decimal(1) / DAYS_A_MONTH,
    "d": Decimal(1) / DAYS_A_MONTH,
}


def plain(text: str) -> str:
    """Return ``text`` in lower case, full-width characters narrowed, single blanks."""
    narrow = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.sub(r"[‐-―−〜～]", "-", narrow).split())


def is_unknown(text: str) -> bool:
    """Return whether a cell says that its value is not known."""
    return plain(text) in UNKNOWN_TEXTS or not text.strip()


def parse_date(text: str, *, partial: bool = False) -> dt.date:
    """Read a date: ``2020-01-02``, ``2020/1/2``, ``2020年1月2日``, ``20200102``, Excel serials.

    ``partial`` admits a month or a year, which mean their first day.
    """
    body = plain(text)
    match = _DATE.match(body)
    if match is not None:
        rest = body[match.end() :]
        if rest and not _TIME.fullmatch(rest):
            raise _no_date(text)
        return _date(match.groups(), text)
    compact = _COMPACT.fullmatch(body)
    if compact is not None:
        return _date(compact.groups(), text)
    serial = _NUMBER.fullmatch(body)
    if serial is not None and int(float(body)) in EXCEL_SERIALS:
        return EXCEL_DAY_ZERO + dt.timedelta(days=int(float(body)))
    month = _MONTH.fullmatch(body)
    if partial and month is not None:
        year, number = month.groups()
        return _date((year, number or "1", "1"), text)
    raise _no_date(text)


def parse_instant(text: str, *, zone: dt.tzinfo = dt.UTC) -> dt.datetime:
    """Read an instant as UTC; ``zone`` is that of the texts that name none.

    A date alone is its midnight in UTC whatever the zone, so that it stays that date.
    """
    day = parse_date(text)
    body = plain(text)
    match = _DATE.match(body)
    clock = _TIME.fullmatch(body[match.end() :]) if match is not None else None
    if clock is None:
        return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    hour, minute, second, fraction, named = clock.groups()
    try:
        time = dt.time(
            int(hour), int(minute), int(second or 0), int((fraction or "").ljust(6, "0"))
        )
        at = dt.datetime.combine(day, time, tzinfo=_zone(named, zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise _no_date(text) from error
    return at


def parse_count(text: str) -> int:
    """Read a whole number that is not negative: ``1,234``, ``约50人``."""
    body = re.sub(r"[,，\s]|人|家|个|项|件|名|约|左右", "", plain(text))
    value = _number(body)
    if value is None or value != value.to_integral_value():
        raise ParseError("This is not a whole number.", remedy="Write it like 12.")
    if not 0 <= value <= LARGEST_COUNT:
        raise ParseError(
            f"The number is not between 0 and {LARGEST_COUNT:,}.", remedy="Check the value."
        )
    return int(value)


def parse_hundredths(text: str) -> int:
    """Read an amount that is given in hundredths of its currency already: a whole number."""
    value = _number(plain(text))
    if value is None or value != value.to_integral_value():
        raise ParseError(
            "This is not a whole number of hundredths.",
            remedy="Write 150000 for 1,500.00, or name the column without _minor.",
        )
    if not 0 <= value <= LARGEST_AMOUNT * MINOR_PER_UNIT:
        raise ParseError("The amount is negative or absurdly large.", remedy="Check the value.")
    return int(value)


def parse_percent(text: str) -> float:
    """Read a percentage: ``4.35%``, ``4.35``, ``年化4.35%``, ``3‰``; the unit is per cent."""
    body = re.sub(r"年化|年利率|年费率|利率|费率|约|p\.?a\.?|\s", "", plain(text))
    scale = 1
    if body.endswith("‰"):
        scale = 10
    value = _number(body.rstrip("%‰"))
    if value is None:
        raise ParseError("This is not a percentage.", remedy="Write it like 4.35%.")
    if not 0 <= value / scale <= LARGEST_PERCENT:
        raise ParseError(
            f"The percentage is not between 0 and {LARGEST_PERCENT}.", remedy="Check the value."
        )
    return float(value / scale)


def parse_percent_range(text: str) -> tuple[float, float]:
    """Read one percentage or two: ``3.85%-4.5%``; one stands for both ends."""
    parts = _RANGE_MARK.split(plain(text))
    if len(parts) == 1:
        both = parse_percent(text)
        return both, both
    if len(parts) != 2:
        raise ParseError("This is not a range of percentages.", remedy="Write it like 3.85%-4.5%.")
    low, high = parse_percent(parts[0]), parse_percent(parts[1])
    if low > high:
        raise ParseError("The range runs downwards.", remedy="Write the smaller number first.")
    return low, high


def parse_flag(text: str) -> bool:
    """Read yes or no: 是/否, 有/无, yes/no, true/false, 1/0, √/×."""
    body = plain(text)
    if body in YES:
        return True
    if body in NO:
        return False
    raise ParseError("This is neither yes nor no.", remedy="Write 是 or 否.")


def parse_list(text: str) -> tuple[str, ...]:
    """Split a list at ``、`` ``,`` ``;`` ``|``; each item once, in the order as written."""
    items = (item.strip() for item in _LIST_MARKS.split(text.replace("，", ",").replace("；", ";")))
    return tuple(dict.fromkeys(item for item in items if item))


def parse_months(text: str) -> int:
    """Read a term in months: ``36``, ``36个月``, ``3年``, ``90天``."""
    low, high = parse_month_range(text)
    months = high if high is not None else low
    if months is None or (low is not None and high is not None and low != high):
        raise ParseError("This is not a single term.", remedy="Write it like 36个月.")
    return months


def parse_month_range(text: str) -> tuple[int | None, int | None]:
    """Read a term or a range of terms in months; an open end is ``None``."""
    body = plain(text)
    if _AT_MOST.search(body):
        return None, _months(_AT_MOST.sub("", body), None)
    if _AT_LEAST.search(body):
        return _months(_AT_LEAST.sub("", body), None), None
    parts = _RANGE_MARK.split(body)
    if len(parts) == 1:
        both = _months(parts[0], None)
        return both, both
    if len(parts) != 2:
        raise _no_term()
    upper = _TERM_PART.fullmatch(parts[1].strip())
    low = _months(parts[0], upper.group(2) if upper else None)
    high = _months(parts[1], None)
    if low > high:
        raise ParseError("The range runs downwards.", remedy="Write the smaller number first.")
    return low, high


def _months(body: str, unit: str | None) -> int:
    match = _TERM_PART.fullmatch(body.strip())
    if match is None:
        raise _no_term()
    number, named = match.groups()
    months = Decimal(number) * _MONTHS_OF[(named or unit or "m")[0]]
    if months > LONGEST_TERM_MONTHS:
        raise ParseError("The term is longer than a century.", remedy="Check the unit.")
    return round(months)


def _number(body: str) -> Decimal | None:
    return Decimal(body) if _NUMBER.fullmatch(body) else None


def _date(parts: tuple[str, ...], text: str) -> dt.date:
    try:
        return dt.date(*(int(part) for part in parts))
    except ValueError as error:
        raise _no_date(text) from error


def parse_offset(text: str) -> dt.tzinfo:
    """Read a distance from UTC: ``+08:00``."""
    if not _OFFSET.fullmatch(text):
        raise ParseError(f"{text!r} is no distance from UTC.", remedy="Write it like +08:00.")
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _zone(named: str | None, zone: dt.tzinfo) -> dt.tzinfo:
    if named is None:
        return zone
    return dt.UTC if named == "z" else parse_offset(named)


def _no_date(text: str) -> ParseError:
    hint = ""
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}", plain(text)):
        hint = " Day and month cannot be told apart."
    return ParseError(f"This is not a date.{hint}", remedy="Write it like 2020-01-31.")


def _no_term() -> ParseError:
    return ParseError("This is not a term.", remedy="Write it like 36个月 or 3年.")
