"""The form of a rule: rows of fact, comparison and value, written as the text that a rule is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from starlette.datastructures import FormData

from data.rules.vocabulary import FACTS, FactKind
from service.pages.need_filters import words_in

ROWS = 5
"""Conditions that the form has room for; more are written in the text."""
BOUNDS = ("min", "max", "above", "below")
LISTS = ("in", "not_in", "all_of")
COMPARISONS = (*BOUNDS, *LISTS, "yes", "no")
COMMON = (
    "region", "industry", "size_class", "age", "employees", "revenue", "assets", "debt_ratio",
    "amount", "term", "purpose", "collateral", "credential", "tax_grade", "base_level", "resident",
    "veto", "sector", "stage", "rd_share", "class_one_ip", "total_credit",
)  # fmt: skip
"""Facts that rules ask for most; the others follow."""
ORDERED = (*COMMON, *(name for name in FACTS if name not in COMMON))


@dataclass(slots=True)
class RuleForm:
    """What was typed.

    Attributes
    ----------
    rows
        Fact, comparison and value of each condition.
    text
        The rule as YAML, where it was written by hand.
    faults
        Keys of sentences by field.
    """

    name: str = ""
    version: str = "1"
    title_zh: str = ""
    title_en: str = ""
    source: str = ""
    effective_from: str = ""
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    text: str = ""
    faults: dict[str, str] = field(default_factory=dict)


def read_rule_form(data: FormData) -> RuleForm:
    """Read the form as it was typed."""

    def text(name: str, most: int = 200) -> str:
        return str(data.get(name, "")).strip()[:most]

    form = RuleForm(
        name=text("name", 80),
        version=text("version", 80),
        title_zh=text("title_zh"),
        title_en=text("title_en"),
        source=text("source", 500),
        effective_from=text("effective_from", 10),
        text=str(data.get("text", "")).replace("\r\n", "\n"),
    )
    for number in range(ROWS):
        row = text(f"fact{number}"), text(f"how{number}"), text(f"value{number}", 1_000)
        form.rows.append(row)
        if row[0] and row[0] not in FACTS:
            form.faults[f"fact{number}"] = "rule.fault.fact"
    return form


def text_of(form: RuleForm) -> str:
    """Return the rule that the rows of a form describe, as YAML; faults go into the form."""
    conditions = [_condition(form, number, *row) for number, row in enumerate(form.rows)]
    found = [one for one in conditions if one]
    if not found and not form.faults:
        form.faults["fact0"] = "rule.fault.none"
    body: dict[str, Any] = {"version": form.version}
    if form.title_zh or form.title_en:
        titles = {"zh": form.title_zh or form.title_en, "en": form.title_en or form.title_zh}
        body["title"] = titles
    if form.effective_from:
        body["effective_from"] = form.effective_from
    if form.source:
        body["source"] = form.source
    body["require"] = found[0] if len(found) == 1 else {"all": found}
    return plain_text(body)


def plain_text(body: Mapping[str, Any]) -> str:
    """Return the body of a rule as YAML."""
    text: str = yaml.safe_dump(dict(body), allow_unicode=True, sort_keys=False, width=88)
    return text


def _condition(
    form: RuleForm, number: int, fact: str, how: str, value: str
) -> dict[str, Any] | None:
    """Return one condition as a rule writes it, ``None`` for an empty row or a fault."""
    if not fact or fact not in FACTS:
        return None
    spec = FACTS[fact]
    if spec.kind is FactKind.FLAG:
        return {fact: how != "no"}
    if spec.numeric != (how in BOUNDS) or how not in COMPARISONS:
        form.faults[f"how{number}"] = "rule.fault.number" if spec.numeric else "rule.fault.list"
        return None
    if not value:
        form.faults[f"value{number}"] = "rule.fault.value"
        return None
    if how in BOUNDS:
        return {fact: {how: _number(value)}}
    return {fact: {how: words_in([value])}}


def _number(text: str) -> int | float | str:
    """Return a plain number as such, so that it is not written in quotes; else the text."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return float(text) if text.isascii() else text
    except ValueError:
        return text
