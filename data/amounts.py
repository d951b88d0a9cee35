"""Amounts of money written as text, read into integers.

``"数百万人民币"``, ``"1.35亿美元"``, ``"50-100万元"``, ``"$149,986.00"`` and
``"a $5-10 million"`` become an :class:`Amount` in hundredths of a currency.

A *band* is an amount of which only a range is known. What the words mean here:

====================================  ===============================================
text                                  range
====================================  ===============================================
数十万, 数百万, 数千万, 数亿, 千万级       the decade that the word opens: 数百万 is 10^6 to 10^7
超/逾/… 以上, 及以上, over, "5m+"        from the number to ten times the number
以下, 以内, 不超过, up to                 from zero to the number
50-100万, $350,000-1 million            both ends as written; the unit of the upper end holds for
                                      the lower one unless the lower number is the larger
====================================  ===============================================

约, 近 and 大约 do not widen an amount.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from data.errors import ParseError

MINOR_PER_UNIT = 100
"""Hundredths (fen, cents) in one unit of any currency."""

DECADE = 10
"""Width of a band of which only the lower end is named."""

LARGEST_AMOUNT = 10**12
"""No need, ticket or balance of a small firm exceeds a trillion CNY (or a comparable currency)."""

LARGEST_AMOUNT_LOW_UNIT = 10**15
"""The same bound for currencies whose unit is worth a cent or less."""

WRITTEN_IN_FULL = 1000
"""A lower end of at least this much needs no unit: ``$350,000-1 million`` against ``2-1万``."""

MOST_DIGITS = 30
"""Numbers longer than this are not amounts."""

LONGEST_TEXT = 80
"""Texts longer than this are not amounts, and messages show no more of a text."""

LOW_UNIT_CURRENCIES = frozenset({"IDR", "JPY", "KRW", "VND"})

UNKNOWN_TEXTS = frozenset(
    {"-", "--", "---", "/", "\\", ".", "?", "n/a", "na", "nan", "none", "null", "unknown"}
    | {"undisclosed", "未透露", "未披露", "未公开", "未公布", "不详", "未知", "不明确", "保密"}
    | {"面议", "无", "暂无", "待定", "待披露", "金额未知"}
)
"""Cell texts that say that the amount is not known."""

_SCALES: dict[str, int] = {
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mm": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "billions": 10**9,
}

_CURRENCIES: dict[str, str | None] = {
    "人民币": "CNY",
    "rmb": "CNY",
    "cny": "CNY",
    "cnh": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "美金": "USD",
    "usd": "USD",
    "us$": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "香港元": "HKD",
    "hkd": "HKD",
    "hk$": "HKD",
    "新台币": "TWD",
    "台币": "TWD",
    "twd": "TWD",
    "nt$": "TWD",
    "欧元": "EUR",
    "eur": "EUR",
    "€": "EUR",
    "日元": "JPY",
    "日圆": "JPY",
    "jpy": "JPY",
    "英镑": "GBP",
    "gbp": "GBP",
    "£": "GBP",
    "韩元": "KRW",
    "krw": "KRW",
    "₩": "KRW",
    "新加坡元": "SGD",
    "新元": "SGD",
    "sgd": "SGD",
    "s$": "SGD",
    "澳元": "AUD",
    "澳大利亚元": "AUD",
    "aud": "AUD",
    "a$": "AUD",
    "加元": "CAD",
    "加拿大元": "CAD",
    "cad": "CAD",
    "c$": "CAD",
    "澳门元": "MOP",
    "mop": "MOP",
    "瑞士法郎": "CHF",
    "瑞郎": "CHF",
    "chf": "CHF",
    "卢布": "RUB",
    "rub": "RUB",
    "印度卢比": "INR",
    "卢比": "INR",
    "inr": "INR",
    "₹": "INR",
    "idr": "IDR",
    "vnd": "VND",
    "其他": None,
    "其它": None,
    "$": "USD",
    "元": "CNY",
}
"""Names and signs of currencies; the longest one that occurs decides."""


def _alternation(words: dict[str, int] | dict[str, str | None]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?"
)
_PLAIN = re.compile(r"(\$?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?")
"""The common case, read without the grammar below: ``149986``, ``$149,986.00``."""

_SCALE = _alternation(_SCALES)
_QUANTITY = re.compile(rf"({_NUMBER})?\s*({_SCALE})?")
_POWER_OF_TEN = re.compile("10{0,8}")
_PARTS = re.compile(rf"({_NUMBER})\s*({_SCALE})")
_CURRENCY = re.compile(_alternation(_CURRENCIES))
_LOAN_BAND_LETTER = re.compile(r"^[a-e] (?=\$)")
"""The US loan release puts the letter of the band before it: ``a $5-10 million``."""

_ISO_CODE = re.compile(r"[a-z]{3}")
_RANGE = re.compile(r"(?<![e])\s*(?:-|~|至|到|\bto\b)\s*")
_AT_LEAST = re.compile(
    r"超过|超|逾|不低于|不少于|至少|大于|(?:及|或)?以上|起$|上(?=[百千万亿])|过(?=[百千万亿])"
    r"|more than|at least|over|above|>=?|≥|\+$"
)
_AT_MOST = re.compile(
    r"不超过|不高于|最高|至多|小于|低于|(?:及|或)?以下|以内|up to|at most|under|below|<=?|≤"
)
_DECADE_WORDS = re.compile(r"数|几|级")
_ABOUT = re.compile(r"大约|约|近|左右|about|approx\.?|circa|ca\.|整$")
_NOISE = re.compile(r"[()\[\]]")

_DIGITS = {
    c: n
    for n, chars in enumerate(
        ("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for c in chars
}
_FORMAL_UNITS = str.maketrans("拾佰仟萬億圆圓", "十百千万亿元元")
_NUMERALS = re.compile(f"[{''.join(_DIGITS)}][{''.join(_DIGITS)}十百千]*|十[{''.join(_DIGITS)}]")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money, exact, a band, or unknown.

    ``low_minor`` and ``high_minor`` are hundredths of ``currency`` (ISO 4217): equal for an exact
    amount, both ``None`` for an unknown one. ``currency`` is ``None`` where the text names none.
    ``band`` is the text of a band, ``None`` for an exact amount.
    """

    low_minor: int | None = None
    high_minor: int | None = None
    currency: str | None = None
    band: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is a number."""
        return self.low_minor is not None

    @property
    def is_exact(self) -> bool:
        """Whether both ends are known and equal."""
        return self.low_minor is not None and self.low_minor == self.high_minor


UNKNOWN_AMOUNT = Amount()


def largest_amount(currency: str | None) -> int:
    """Return the bound above which an amount is taken for a mistake, in units of ``currency``."""
    return LARGEST_AMOUNT_LOW_UNIT if currency in LOW_UNIT_CURRENCIES else LARGEST_AMOUNT


def parse_amount(text: str, *, unit: int = 1, currency: str | None = None) -> Amount:
    """Read one amount.

    Parameters
    ----------
    text
        The cell as written, in Chinese or English.
    unit
        What a bare number counts, for example 10,000 under the header ``金额（万元）``. A text
        that names its own unit (``500万``) ignores it.
    currency
        ISO code to assume where the text names none.

    Returns
    -------
    Amount
        Hundredths; fractions of a hundredth are rounded half to even.

    Raises
    ------
    ParseError
        For text that is no amount, and for negative or absurdly large amounts.
    """
    simple = _PLAIN.fullmatch(text)
    if simple is not None and len(text) < MOST_DIGITS:
        dollar, whole, cents = simple.groups()
        minor = int(whole.replace(",", "") + (cents or "").ljust(2, "0")) * unit
        if minor <= LARGEST_AMOUNT * MINOR_PER_UNIT:
            return Amount(minor, minor, "USD" if dollar else currency)
    plain = _normalise(text)
    if plain in UNKNOWN_TEXTS or not plain:
        return UNKNOWN_AMOUNT
    if len(plain) > LONGEST_TEXT or not any(
        c.isdigit() or c in _SCALES or c in _DIGITS for c in plain
    ):
        raise _unreadable(text)
    if plain.startswith(("-", "负")) or re.fullmatch(r"\(.*\d\)", plain) or "$-" in plain:
        raise ParseError(
            f"The amount {_shown(text)} is negative.",
            remedy="Amounts are positive; remove the sign or leave the cell empty.",
        )
    plain = _LOAN_BAND_LETTER.sub("", plain)
    found, body = _split_currency(plain)
    low, high = _ends(_NOISE.sub("", body).strip(), text, unit)
    named = found if found is not None or _names_other(plain) else currency
    ceiling = largest_amount(named)
    if high > ceiling:
        raise ParseError(
            f"The amount {_shown(text)} is more than {ceiling:,} {named or 'units'}.",
            remedy="Check the unit of the column (元 or 万元).",
        )
    if low > high:
        raise ParseError(
            f"The amount {_shown(text)} runs from a larger to a smaller number.",
            remedy="Write the smaller number first.",
        )
    band = None if low == high else " ".join(text.split())
    return Amount(_minor(low), _minor(high), named, band)


def parse_currency(text: str) -> str:
    """Read the name, sign or ISO 4217 code of a currency; return its code.

    Raises
    ------
    ParseError
        For text that is neither.
    """
    plain = _normalise(text)
    code = _CURRENCIES.get(plain)
    if code is None and not _ISO_CODE.fullmatch(plain):
        raise ParseError(f"{_shown(text)} is no currency.", remedy="Write it like 人民币 or CNY.")
    return code or plain.upper()


def parse_unit(text: str) -> tuple[int, str | None] | None:
    """Read the unit of a column (``万元``, ``亿美元``, ``CNY``, ``10k``); ``None`` if it is none.

    Returns
    -------
    tuple
        How many units of the currency a bare number counts, and the currency if it is named.
    """
    plain = _normalise(text)
    currency, rest = _split_currency(plain)
    match = _QUANTITY.fullmatch(rest.strip())
    if not plain or match is None:
        return None
    number, scale = match.groups()
    if (currency is None and scale is None) or not _POWER_OF_TEN.fullmatch(number or "1"):
        return None
    return int(number or "1") * (_SCALES[scale] if scale else 1), currency


def _normalise(text: str) -> str:
    """Return ``text`` in lower case with ASCII digits and signs and one blank between words."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_FORMAL_UNITS)
    plain = re.sub(r"[‐-―−〜～]", "-", plain).replace("、", ",")
    return " ".join(plain.split())


def _names_other(plain: str) -> bool:
    return "其他" in plain or "其它" in plain


def _split_currency(plain: str) -> tuple[str | None, str]:
    """Return the currency named in ``plain`` and the rest without its names and signs."""
    names = _CURRENCY.findall(plain)
    rest = _CURRENCY.sub(" ", plain)
    specific = [name for name in names if name not in ("元", "$")] or names
    return (_CURRENCIES[specific[0]] if specific else None), rest


def _ends(body: str, text: str, unit: int) -> tuple[Decimal, Decimal]:
    """Return both ends of the amount in units of its currency."""
    body = _ABOUT.sub(" ", body).strip()
    if _AT_MOST.search(body):
        return Decimal(0), _quantity(_AT_MOST.sub(" ", body), text, unit)
    if _AT_LEAST.search(body):
        low = _quantity(_AT_LEAST.sub(" ", body), text, unit)
        return low, low * DECADE
    if _DECADE_WORDS.search(body):
        low = _quantity(_DECADE_WORDS.sub(" ", body), text, unit)
        return low, low * DECADE
    parts = _RANGE.split(body)
    if len(parts) == 1:
        exact = _quantity(body, text, unit)
        return exact, exact
    if len(parts) != 2:
        raise _unreadable(text)
    return _range_ends(parts[0], parts[1], text, unit)


def _range_ends(lower: str, upper: str, text: str, unit: int) -> tuple[Decimal, Decimal]:
    """Return both ends of a range; a bare lower end borrows the unit of the upper one."""
    low, low_scale = _number_and_scale(lower, text)
    high, high_scale = _number_and_scale(upper, text)
    if high_scale is None:
        high_scale = unit if low_scale is None else 1
    if low_scale is None:
        in_full = low > high and low >= WRITTEN_IN_FULL
        low_scale = 1 if in_full else high_scale
    return low * low_scale, high * high_scale


def _quantity(body: str, text: str, unit: int) -> Decimal:
    """Return a number with its unit, or the sum of several with theirs (``3亿5000万``)."""
    body = _arabic(body).strip()
    number, scale = _number_and_scale(body, text) if _QUANTITY.fullmatch(body) else (None, None)
    if number is not None:
        return number * (unit if scale is None else scale)
    parts = _PARTS.findall(body)
    if len(parts) < 2 or _PARTS.sub("", body).strip():
        raise _unreadable(text)
    return sum((_decimal(number, text) * _SCALES[scale] for number, scale in parts), Decimal(0))


def _number_and_scale(body: str, text: str) -> tuple[Decimal, int | None]:
    """Return the number of one end of a range, and its unit if it names one."""
    match = _QUANTITY.fullmatch(_arabic(body).strip())
    if match is None or not match.group(0):
        raise _unreadable(text)
    number, scale = match.groups()
    return _decimal(number, text), None if scale is None else _SCALES[scale]


def _decimal(number: str | None, text: str) -> Decimal:
    if number is None:
        return Decimal(1)
    value = Decimal(number.replace(",", "").replace(" ", ""))
    if value.adjusted() > MOST_DIGITS:
        raise _unreadable(text)
    return value


def _arabic(body: str) -> str:
    """Write Chinese numerals below ten thousand in digits: ``三百五十`` becomes ``350``."""
    return _NUMERALS.sub(lambda match: str(_numeral(match.group(0))), body)


def _numeral(word: str) -> int:
    total, digit = 0, 0
    plain = all(c in _DIGITS for c in word)
    if plain:
        return int("".join(str(_DIGITS[c]) for c in word))
    for c in word:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * _SCALES[c]
            digit = 0
    return total + digit


def _minor(value: Decimal) -> int:
    return int((value * MINOR_PER_UNIT).to_integral_value(ROUND_HALF_EVEN))


def _unreadable(text: str) -> ParseError:
    return ParseError(
        f"{_shown(text)} is not an amount of money.",
        remedy="Write it like 500万, 1.35亿美元, 50-100万元 or $149,986.00, or leave it empty.",
    )


def _shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…")
