"""企业划型: the table of 工信部联企业〔2011〕300号 as rules, one for each size class.

以上 includes the number, 以下 does not. A firm is 中小微 where any of the upper bounds is not
reached; 中型 and 小型 need all of their lower bounds, and who fails one is a class lower.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from data.amounts import MINOR_PER_UNIT
from data.rules.conditions import Bounds, Condition, Group, OneOf, Op, When
from data.rules.rule import Rule

SOURCE = (
    "工信部联企业〔2011〕300号《中小企业划型标准规定》；"
    "行业代码对应《统计上大中小微型企业划分办法（2017）》"
)
UNCONFIRMED = (
    "第16行（其他未列明行业）的界限",
    "行业代码与各行的对应",
)
PREFIX = "cn.size."
WAN_MINOR = 10_000 * MINOR_PER_UNIT
_FACTS: Mapping[str, int] = {"employees": 1, "revenue": WAN_MINOR, "assets": WAN_MINOR}
"""The facts of the table and what one unit of it is worth."""


@dataclass(frozen=True)
class SizeRow:
    """One row of the table; bounds by fact."""

    number: int
    name_zh: str
    name_en: str
    codes: tuple[str, ...]
    sme: Mapping[str, int]
    medium: Mapping[str, int]
    small: Mapping[str, int]


def size_rows() -> list[SizeRow]:
    """Read the table that FinMatch brings along."""
    text = (files("data.rules") / "national" / "size_classes.csv").read_text(encoding="utf-8")
    return [
        SizeRow(
            number=int(row["row"]),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            codes=tuple(row["codes"].split()),
            **{level: _bounds(row, level) for level in ("sme", "medium", "small")},
        )
        for row in csv.DictReader(text.splitlines())
    ]


def _bounds(row: Mapping[str, str], level: str) -> dict[str, int]:
    named = {fact: row[f"{level}_{fact}"] for fact in _FACTS}
    return {fact: int(text) * _FACTS[fact] for fact, text in named.items() if text}


def size_rules() -> list[Rule]:
    """Return the rules 微型, 小型, 中型, 大型, 小微 and 中小微 (``cn.size.micro`` …)."""
    rows = size_rows()
    listed = OneOf("industry", tuple(code for row in rows for code in row.codes))
    made = {
        "micro": ("微型企业", "Micro firm", [_micro(row) for row in rows]),
        "small": ("小型企业", "Small firm", [_small(row) for row in rows]),
        "medium": ("中型企业", "Medium firm", [_medium(row) for row in rows]),
        "large": ("大型企业", "Large firm", [_large(row) for row in rows]),
        "small_or_micro": ("小微企业", "Small or micro firm", [_below_medium(r) for r in rows]),
        "sme": ("中小微企业", "Small, medium or micro firm", [_sme(row) for row in rows]),
    }
    return [
        Rule(
            rule_id=f"{PREFIX}{name}",
            version="2011",
            title_zh=zh,
            title_en=en,
            source=SOURCE,
            unconfirmed=UNCONFIRMED,
            require=When(listed, Group(Op.ANY, tuple(parts))),
        )
        for name, (zh, en, parts) in made.items()
    ]


def _all(row: SizeRow, *parts: Condition) -> Condition:
    return Group(Op.ALL, (OneOf("industry", row.codes), *parts))


def _reaches(bounds: Mapping[str, int]) -> Condition:
    """Return that every lower bound is reached."""
    return Group(Op.ALL, tuple(_at_least(fact, number) for fact, number in bounds.items()))


def _falls_short(bounds: Mapping[str, int]) -> Condition:
    """Return that some lower bound is not reached."""
    parts = tuple(
        Bounds(fact, most=float(number), most_open=True, currency=_currency(fact))
        for fact, number in bounds.items()
    )
    return Group(Op.ANY, parts)


def _at_least(fact: str, number: int) -> Bounds:
    return Bounds(fact, least=float(number), currency=_currency(fact))


def _currency(fact: str) -> str | None:
    return None if fact == "employees" else "CNY"


def _large(row: SizeRow) -> Condition:
    return _all(row, _reaches(row.sme))


def _sme(row: SizeRow) -> Condition:
    return _all(row, _falls_short(row.sme))


def _medium(row: SizeRow) -> Condition:
    return _all(row, _falls_short(row.sme), _reaches(row.medium))


def _below_medium(row: SizeRow) -> Condition:
    return _all(row, _falls_short(row.sme), _falls_short(row.medium))


def _small(row: SizeRow) -> Condition:
    return _all(row, _falls_short(row.sme), _falls_short(row.medium), _reaches(row.small))


def _micro(row: SizeRow) -> Condition:
    return _all(row, _falls_short(row.small))
