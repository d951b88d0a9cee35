"""Whole columns of a user's table, turned into the columns of records."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.amount_columns import AmountColumn, read_amounts
from data.amounts import parse_currency, parse_unit
from data.errors import ParseError
from data.importers import cells as read
from data.importers.keys import texts
from data.importers.targets import AMOUNT_FORMS, Form, Target
from data.labels import WORDS, folded, words_of

LISTS = pa.list_(pa.string())
INSTANTS = pa.timestamp("us", tz="UTC")

EMPTY_TEXTS = frozenset({"-", "--", "—", "——", "n/a", "null", "none", "nan", "#n/a"})
"""Texts that mean that a cell of free text is empty."""

_MONEY_MARK = re.compile(r"[万亿元$￥¥]|cny|rmb|usd")

BadCell = tuple[int, str]


@dataclass(frozen=True)
class Converted:
    """What one column of a table gives: columns of the record, and the cells that were unreadable.

    Text and keys go by the name of their target, everything else by the columns that it fills.
    ``currency`` is that of each amount where its text or the header names one.
    """

    arrays: dict[str, pa.Array]
    bad: tuple[BadCell, ...] = ()
    currency: pa.StringArray | None = None


@dataclass(frozen=True)
class Reading:
    """How cells are read that do not say it themselves."""

    zone: dt.tzinfo = field(default=dt.UTC)


def header_unit(header: str, remark: str) -> tuple[int, str | None]:
    """Return the unit and currency that the remark of an amount's header names.

    Raises
    ------
    ParseError
        Where it speaks of money and cannot be read: a wrong unit would be worse than none.
    """
    for part in re.split(r"[,;，；、/]", remark.replace("单位", "").replace(":", "")):
        unit = parse_unit(part.strip())
        if unit is not None:
            return unit
    if _MONEY_MARK.search(remark):
        raise ParseError(
            f"The unit {remark!r} of the column {header!r} cannot be read.",
            field=header,
            remedy="Write it like 万元, 亿美元 or CNY.",
        )
    return 1, None


def convert(
    cells: pa.Array, target: Target, *, unit: tuple[int, str | None], reading: Reading
) -> Converted:
    """Read the ``cells`` of one column as ``target``; cells that cannot be read are unknown."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if target.form in AMOUNT_FORMS:
        return _amounts(cells, target, unit)
    if target.form in (Form.TEXT, Form.KEY):
        return Converted({target.name: _free_text(cells)})
    if target.form in (Form.LIST, Form.CHOICES) and _is_list(cells):
        return Converted({target.fills[0]: _item_lists(cells, target)})
    if target.form in (Form.DATE, Form.ROUGH_DATE) and _has_days(cells):
        return Converted({target.fills[0]: cells.cast(pa.date32(), safe=False)})
    if target.form is Form.INSTANT and _has_days(cells):
        return Converted({target.fills[0]: _instants(cells, reading)})
    reader, kinds = _reader(target, reading)
    return _by_text(as_text(cells), target, reader, kinds)


def as_text(cells: pa.Array) -> pa.StringArray:
    """Return cells of any type as text."""
    try:
        return cells.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        shown = [None if cell is None else str(cell) for cell in cells.to_pylist()]
        return pa.array(shown, type=pa.string())


def _is_list(cells: pa.Array) -> bool:
    return bool(pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type))


def _item_lists(cells: pa.Array, target: Target) -> pa.ListArray:
    """Return lists of texts, each item once and in the words of the target's enumeration."""
    words = {} if target.choice is None else words_of(target.choice)

    def read_items(items: list[Any]) -> list[str]:
        known = (str(item) for item in items if item is not None)
        return list(dict.fromkeys(words.get(folded(item), item) for item in known))

    lists = [None if items is None else read_items(items) for items in cells.to_pylist()]
    return pa.array(lists, type=LISTS)


def _has_days(cells: pa.Array) -> bool:
    return bool(pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type))


def _instants(cells: pa.Array, reading: Reading) -> pa.Array:
    if pa.types.is_timestamp(cells.type) and cells.type.tz is None:
        offset = dt.datetime(2000, 1, 1, tzinfo=reading.zone).utcoffset()
        shifted = pc.subtract(cells.cast(pa.timestamp("us")), pa.scalar(offset))
        return pc.assume_timezone(shifted, "UTC")
    if pa.types.is_date(cells.type):
        return pc.assume_timezone(cells.cast(pa.timestamp("us")), "UTC")
    return cells.cast(INSTANTS)


def _free_text(cells: pa.Array) -> pa.StringArray:
    clean = texts(pc.replace_substring(as_text(cells), "\0", ""))
    empty = pc.is_in(pc.utf8_lower(clean), value_set=pa.array(sorted(EMPTY_TEXTS)))
    return pc.if_else(empty, pa.scalar(None, pa.string()), clean)


def _reader(
    target: Target, reading: Reading
) -> tuple[Callable[[str], Any], tuple[pa.DataType, ...]]:
    """Return the function that reads a cell of ``target``, and the types that it gives."""
    if target.form is Form.CHOICE and target.choice is not None:
        return _choice_reader(target.choice), (pa.string(),)
    if target.form is Form.CHOICES and target.choice is not None:
        return _choices_reader(target.choice), (LISTS,)
    if target.form is Form.INSTANT:
        return lambda text: read.parse_instant(text, zone=reading.zone), (INSTANTS,)
    return _READERS[target.form]


def _upper_months(text: str) -> tuple[int | None, int | None]:
    low, high = read.parse_month_range(text)
    return (None, high) if low == high else (low, high)


_READERS: dict[Form, tuple[Callable[[str], Any], tuple[pa.DataType, ...]]] = {
    Form.DATE: (read.parse_date, (pa.date32(),)),
    Form.ROUGH_DATE: (lambda text: read.parse_date(text, partial=True), (pa.date32(),)),
    Form.COUNT: (read.parse_count, (pa.int64(),)),
    Form.MINOR: (read.parse_hundredths, (pa.int64(),)),
    Form.PERCENT: (read.parse_percent, (pa.float64(),)),
    Form.PERCENT_RANGE: (read.parse_percent_range, (pa.float64(), pa.float64())),
    Form.MONTHS: (read.parse_months, (pa.int64(),)),
    Form.MONTH_LIMITS: (_upper_months, (pa.int64(), pa.int64())),
    Form.FLAG: (read.parse_flag, (pa.bool_(),)),
    Form.CURRENCY: (parse_currency, (pa.string(),)),
    Form.LIST: (read.parse_list, (LISTS,)),
}


def _choice_reader(choice: type[StrEnum]) -> Callable[[str], str]:
    words = words_of(choice)

    def reader(text: str) -> str:
        value = words.get(folded(text))
        if value is None:
            allowed = "、".join(f"{WORDS[member][0]} ({member.value})" for member in choice)
            raise ParseError("This value is not known.", remedy=f"Write one of {allowed}.")
        return value

    return reader


def _choices_reader(choice: type[StrEnum]) -> Callable[[str], list[str]]:
    """Return a reader of lists that keeps unknown items: dropping one would widen a rule."""
    words = words_of(choice)
    return lambda text: [words.get(folded(item), item) for item in read.parse_list(text)]


def _by_text(
    cells: pa.StringArray,
    target: Target,
    reader: Callable[[str], Any],
    kinds: tuple[pa.DataType, ...],
) -> Converted:
    """Read every distinct text once."""
    coded = cells.dictionary_encode()
    values: list[Any] = []
    reasons: dict[int, str] = {}
    nothing = None if len(kinds) == 1 else (None,) * len(kinds)
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            known = target.form is Form.FLAG and read.plain(text) in read.NO
            values.append(reader(text) if known or not read.is_unknown(text) else nothing)
        except ParseError as error:
            reasons[code] = str(error)
            values.append(nothing)
    columns = [values] if len(kinds) == 1 else [[v[i] for v in values] for i in range(len(kinds))]
    arrays = {
        name: pa.array(column, type=kind).take(coded.indices)
        for name, column, kind in zip(target.fills, columns, kinds, strict=True)
    }
    return Converted(arrays, _bad_rows(coded.indices, reasons))


def _bad_rows(indices: pa.Array, reasons: dict[int, str]) -> tuple[BadCell, ...]:
    if not reasons:
        return ()
    codes = pc.fill_null(indices, -1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(codes, list(reasons)))
    return tuple((int(row), reasons[int(codes[row])]) for row in rows)


def _amounts(cells: pa.Array, target: Target, unit: tuple[int, str | None]) -> Converted:
    scale, currency = unit
    if not (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type)):
        cells = as_text(cells)
    amounts = read_amounts(cells, unit=scale, currency=currency)
    arrays, bands = _ends(amounts, target)
    reason = "Only a range is known; an exact amount is needed here."
    bad = (*amounts.bad, *((int(row), reason) for row in bands))
    return Converted(arrays, bad, amounts.currency)


def _ends(amounts: AmountColumn, target: Target) -> tuple[dict[str, pa.Array], list[int]]:
    """Return the columns that the amounts fill, and the rows whose band does not fit."""
    low, high = amounts.low_minor, amounts.high_minor
    nothing = pa.scalar(None, pa.int64())
    single = pc.fill_null(pc.equal(low, high), False)
    name = target.fills[0]
    if target.form is Form.AMOUNT:
        return {name: low, target.fills[1]: high}, []
    if target.form is Form.AMOUNT_LIMITS:
        no_low = pc.or_(single, pc.fill_null(pc.equal(low, 0), False))
        return {name: pc.if_else(no_low, nothing, low), target.fills[1]: high}, []
    if target.form is Form.LOW_AMOUNT:
        return {name: low}, []
    if target.form is Form.HIGH_AMOUNT:
        return {name: high}, []
    band = pc.and_(pc.is_valid(low), pc.invert(single))
    rows = np.flatnonzero(band.to_numpy(zero_copy_only=False))
    return {name: amounts.exact_minor()}, [int(row) for row in rows]
