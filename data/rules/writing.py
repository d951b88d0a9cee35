"""Rules as plain data again, in the form in which people write them, and as YAML text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import yaml

from data.amounts import MINOR_PER_UNIT
from data.rules.conditions import (
    Bounds,
    Condition,
    Group,
    Judged,
    Mode,
    Named,
    Never,
    OneOf,
    Score,
    When,
)
from data.rules.reading import LIST_KEYS
from data.rules.rule import Rule
from data.rules.values import NO, NO_CURRENCY, YES
from data.rules.vocabulary import FACTS, FactKind, FactSpec

_WAN_MINOR = 10_000 * MINOR_PER_UNIT
_KEY_OF = {mode: key for key, mode in LIST_KEYS.items()}
_DAY_ZERO = dt.date(1970, 1, 1)


def plain_rule(rule: Rule) -> dict[str, Any]:
    """Return a rule as it would be written; reading it gives an equal one."""
    body, guard = rule.require, None
    if isinstance(body, When):
        guard, body = body.guard, body.body
    days = {"effective_from": rule.effective_from, "effective_to": rule.effective_to}
    found: dict[str, Any] = {
        "id": rule.rule_id,
        "version": rule.version,
        "title": {"zh": rule.title_zh, "en": rule.title_en},
        **{key: day.isoformat() for key, day in days.items() if day is not None},
        "source": rule.source,
        "unconfirmed": list(rule.unconfirmed),
        "offers": list(rule.scope.offers),
        "institutions": list(rule.scope.institutions),
        "kinds": list(rule.scope.kinds),
        "when": None if guard is None else plain_condition(guard),
        "require": plain_condition(body),
    }
    return {key: value for key, value in found.items() if value not in (None, [], "")}


def plain_condition(condition: Condition) -> dict[str, Any]:
    """Return a condition as it would be written."""
    match condition:
        case Bounds():
            return {condition.fact: _bounds(condition)}
        case OneOf():
            return {condition.fact: _listed(condition)}
        case Judged(zh, en, fact):
            return {"judge": {"zh": zh, "en": en, **({"fact": fact} if fact else {})}}
        case Never():
            return {"quota_left": "0元"}
        case Group():
            return {condition.op.value: [plain_condition(part) for part in condition.parts]}
        case When():
            return {"if": plain_condition(condition.guard), "then": plain_condition(condition.body)}
        case Named():
            return {"rule": condition.rule_id}
        case Score():
            return {"score": _score(condition)}


def rules_text(rules: Iterable[Rule]) -> str:
    """Return rules as YAML."""
    content = {"rules": [plain_rule(rule) for rule in rules]}
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return text


def number_text(spec: FactSpec, number: float, currency: str | None = None) -> str | int | float:
    """Return a number of a fact as a rule writes it: 300万元, 36个月, 5%, 12."""
    if spec.kind is FactKind.MONEY:
        return money_text(number, currency)
    if spec.kind is FactKind.DAY:
        return (_DAY_ZERO + dt.timedelta(days=int(number))).isoformat()
    exact: int | float = int(number) if float(number).is_integer() else float(number)
    if spec.kind is FactKind.MONTHS:
        return f"{exact}个月"
    return f"{exact}%" if spec.kind is FactKind.PERCENT else exact


def money_text(minor: float, currency: str | None) -> str:
    """Return hundredths exactly: 300万元, 12.34元, 1000 USD."""
    whole = int(minor)
    if currency == "CNY":
        if whole and not whole % _WAN_MINOR:
            return f"{whole // _WAN_MINOR}万元"
        return f"{_units(whole)}元"
    return f"{_units(whole)} {currency or NO_CURRENCY}"


def _units(minor: int) -> str:
    units, rest = divmod(minor, MINOR_PER_UNIT)
    return f"{units}.{rest:02d}" if rest else str(units)


def _bounds(bounds: Bounds) -> dict[str, Any]:
    spec = FACTS[bounds.fact]
    ends = (
        ("above" if bounds.least_open else "min", bounds.least),
        ("below" if bounds.most_open else "max", bounds.most),
    )
    return {
        key: number_text(spec, number, bounds.currency)
        for key, number in ends
        if number is not None
    }


def _listed(one: OneOf) -> Any:
    if FACTS[one.fact].kind is FactKind.FLAG and one.mode is Mode.ANY and len(one.values) == 1:
        return {YES: True, NO: False}[one.values[0]]
    values = list(one.values)
    return values if one.mode is Mode.ANY else {_KEY_OF[one.mode]: values}


def _score(score: Score) -> dict[str, Any]:
    return {
        "above" if score.open_end else "at_least": _exact(score.at_least),
        "items": [
            [{"points": _exact(b.points), "if": plain_condition(b.condition)} for b in item]
            for item in score.items
        ],
    }


def _exact(number: float) -> int | float:
    return int(number) if number.is_integer() else number
