"""Amounts, days and terms in words, in Chinese and in English."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum

import numpy as np

from data.labels import WORDS
from features.money import HUNDREDTHS

ZH, EN = "zh", "en"
LANGUAGES = (ZH, EN)

WAN, YI = 10_000, 100_000_000
"""万 and 亿."""

CURRENCY_NAMES = {
    "CNY": "元",
    "USD": "美元",
    "EUR": "欧元",
    "HKD": "港元",
    "JPY": "日元",
    "GBP": "英镑",
}
_EN_STEPS = ((1e9, " billion"), (1e6, " million"))
SIGNIFICANT_DIGITS = 3
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def amount_text(minor: float, currency: str | None, language: str) -> str:
    """Say an amount of hundredths: 350万元, CNY 3.5 million."""
    units = minor / HUNDREDTHS
    if language == ZH:
        name = CURRENCY_NAMES.get(currency or "CNY", currency or "")
        if units >= YI:
            return f"{_number(units / YI)}亿{name}"
        return f"{_number(units / WAN)}万{name}" if units >= WAN else f"{_number(units)}{name}"
    code = currency or "CNY"
    for step, word in _EN_STEPS:
        if units >= step:
            return f"{code} {_number(units / step)}{word}"
    return f"{code} {_number(units)}"


def band_text(low: float, high: float, currency: str | None, language: str) -> str | None:
    """Say a band of hundredths; ``None`` where neither end is known (NaN).

    With one end it is "at least" or "up to".
    """
    at_least, at_most = not math.isnan(low), not math.isnan(high)
    if not (at_least or at_most):
        return None
    ends = [amount_text(end, currency, language) for end in (low, high) if not math.isnan(end)]
    if at_least and at_most:
        joint = "至" if language == ZH else " to "
        return ends[0] if ends[0] == ends[1] else joint.join(ends)
    if language == ZH:
        return f"{ends[0]}起" if at_least else f"不超过{ends[0]}"
    return f"at least {ends[0]}" if at_least else f"up to {ends[0]}"


def number_band_text(low: float, high: float, unit: str, language: str) -> str:
    """Say bounds of a plain number such as months or people; one of them is known."""
    gap = "" if language == ZH else " "
    ends = [f"{_number(end)}{gap}{unit}" for end in (low, high) if not math.isnan(end)]
    if len(ends) == 2:
        if language == ZH:
            return ends[0] if low == high else f"{_number(low)}至{ends[1]}"
        return ends[0] if low == high else f"{_number(low)} to {ends[1]}"
    if math.isnan(low):
        return f"不超过{ends[0]}" if language == ZH else f"up to {ends[0]}"
    return f"不少于{ends[0]}" if language == ZH else f"at least {ends[0]}"


def month_text(day: np.datetime64, language: str) -> str:
    """Say the month of a day: 2012年11月, Nov 2012."""
    year, month = str(day.astype("datetime64[M]")).split("-")
    if language == ZH:
        return f"{year}年{int(month)}月"
    return f"{_MONTHS[int(month) - 1]} {year}"


def deals_text(n: int, language: str) -> str:
    """Say a number of deals."""
    if language == ZH:
        return f"{n}笔"
    return "1 deal" if n == 1 else f"{n:,} deals"


def percent_text(low: float, high: float) -> str:
    """Say a band of per cent, one end of it known, the same in both languages: 3.85%–4.35%."""
    ends = [f"{end:.2f}".rstrip("0").rstrip(".") + "%" for end in (low, high) if end == end]
    return ends[0] if len(set(ends)) == 1 else "–".join(ends)


def price_text(rate_low: float, rate_high: float, fee: float, language: str) -> str | None:
    """Say a rate a year, else a fee; ``None`` where neither is known (NaN)."""
    if not (math.isnan(rate_low) and math.isnan(rate_high)):
        rate = percent_text(rate_low, rate_high)
        return f"年利率{rate}" if language == ZH else f"{rate} a year"
    if math.isnan(fee):
        return None
    return f"费率{percent_text(fee, fee)}" if language == ZH else f"{percent_text(fee, fee)} fee"


def value_text(value: str, choice: type[StrEnum] | None, language: str) -> str:
    """Say a value of an enumeration, or any other text as it is."""
    if choice is None or value not in set(choice):
        return value
    if language == ZH:
        return WORDS[choice(value)][0]
    return value.replace("_", " ")


def listed_text(values: Iterable[str], language: str) -> str:
    """Say a list: 南京市、苏州市; Nanjing, Suzhou."""
    return ("、" if language == ZH else ", ").join(values)


def _number(value: float) -> str:
    """Round to :data:`SIGNIFICANT_DIGITS` and drop what is not needed: 3.5, 120, 1,250."""
    if value >= 10**SIGNIFICANT_DIGITS:
        return f"{round(value):,}"
    return f"{value:.{SIGNIFICANT_DIGITS}g}"
