"""Conditions in words, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

from data.labels import WORDS
from data.rules.conditions import (
    Bounds,
    Condition,
    Group,
    Judged,
    Mode,
    Named,
    Never,
    OneOf,
    Op,
    Score,
    When,
)
from data.rules.facts import Figure, Value
from data.rules.values import YES
from data.rules.vocabulary import CHOICE_WORDS, FACTS, FactKind, FactSpec
from data.rules.writing import number_text
from features.wording import EN, ZH, amount_text, listed_text

MOST_PARTS = 6
"""Parts of a group that a sentence names; more are counted."""

_OPS: Mapping[Op, tuple[str, str]] = {
    Op.ALL: ("同时满足：{}", "all of: {}"),
    Op.ANY: ("满足其一：{}", "any of: {}"),
    Op.NONE: ("均不存在：{}", "none of: {}"),
}


def condition_text(
    condition: Condition, language: str, titles: Mapping[str, tuple[str, str]] | None = None
) -> str:
    """Say what a condition demands; ``titles`` are what rules that it names are called."""
    titles = titles or {}
    match condition:
        case Bounds():
            return _bounds(condition, language)
        case OneOf():
            return _listed(condition, language)
        case Judged(zh, en):
            return f"{zh}（人工认定）" if language == ZH else f"{en} (for a person to judge)"
        case Never(zh, en):
            return zh if language == ZH else en
        case Group():
            return _group(condition, language, titles)
        case When():
            guard, body = (
                condition_text(part, language, titles) for part in (condition.guard, condition.body)
            )
            return f"若{guard}，则{body}" if language == ZH else f"if {guard}: {body}"
        case Named():
            named = titles.get(condition.rule_id, (condition.rule_id,) * 2)
            return f"符合“{named[0]}”" if language == ZH else f"meets “{named[1]}”"
        case Score():
            return _score(condition, language)


def fact_name(fact: str, language: str) -> str:
    """Say what a fact is called."""
    spec = FACTS[fact]
    return spec.zh if language == ZH else spec.en


def figure_text(spec: FactSpec, number: float, currency: str | None, language: str) -> str:
    """Say a number of a fact with its unit: 300万元, 36个月, 5%, 12人."""
    if spec.kind is FactKind.MONEY:
        return amount_text(number, currency, language)
    if spec.kind in (FactKind.DAY, FactKind.PERCENT):
        shown = round(number, 2) if spec.kind is FactKind.PERCENT else number
        return str(number_text(spec, shown))
    plain = f"{number:,.0f}" if float(number).is_integer() else f"{number:g}"
    return f"{plain}{spec.unit_zh}" if language == ZH else f"{plain} {spec.unit_en}".strip()


def value_words(fact: str, value: Value | None, language: str) -> str:
    """Say the value of a fact."""
    spec = FACTS[fact]
    if value is None:
        return "未知" if language == ZH else "unknown"
    if isinstance(value, Figure):
        return figure_text(spec, value.number, value.currency, language)
    if not value:
        return "无" if language == ZH else "none"
    return listed_text([word(spec, item, language) for item in value], language)


def word(spec: FactSpec, value: str, language: str) -> str:
    """Say one value of a list."""
    if spec.kind is FactKind.FLAG:
        return {True: ("是", "yes"), False: ("否", "no")}[value == YES][language == EN]
    if spec.choice is None or value not in set(spec.choice):
        return value
    member = spec.choice(value)
    if language == ZH:
        return CHOICE_WORDS.get(member) or WORDS[member][0]
    return value.replace("_", " ")


def _bounds(bounds: Bounds, language: str) -> str:
    spec = FACTS[bounds.fact]
    ends = [
        None if end is None else figure_text(spec, end, bounds.currency, language)
        for end in (bounds.least, bounds.most)
    ]
    low, high = ends
    name = fact_name(bounds.fact, language)
    if low is not None and low == high:
        return f"{name}{low}" if language == ZH else f"{name} {low}"
    parts = []
    if low is not None:
        sign = ">" if bounds.least_open else "≥"
        parts.append(f"{sign}{low}" if language == ZH else f"{sign} {low}")
    if high is not None:
        sign = "<" if bounds.most_open else "≤"
        parts.append(f"{sign}{high}" if language == ZH else f"{sign} {high}")
    joint = "且" if language == ZH else " and "
    gap = "" if language == ZH else " "
    return f"{name}{gap}{joint.join(parts)}"


def _listed(one: OneOf, language: str) -> str:
    spec = FACTS[one.fact]
    name = fact_name(one.fact, language)
    if spec.kind is FactKind.FLAG:
        yes = (YES in one.values) == (one.mode is not Mode.NONE)
        if language == ZH:
            return name if yes else f"非{name}"
        return name if yes else f"not {name}"
    words = listed_text([word(spec, value, language) for value in one.values], language)
    if language == ZH:
        joint = {Mode.ANY: "：", Mode.ALL: "同时有：", Mode.NONE: "不含："}[one.mode]
        return f"{name}{joint}{words}"
    joint = {Mode.ANY: ": ", Mode.ALL: " with all of: ", Mode.NONE: " without: "}[one.mode]
    return f"{name}{joint}{words}"


def _group(group: Group, language: str, titles: Mapping[str, tuple[str, str]]) -> str:
    if not group.parts:
        return "无限制" if language == ZH else "no bounds"
    said = [condition_text(part, language, titles) for part in group.parts[:MOST_PARTS]]
    rest = len(group.parts) - len(said)
    if rest:
        said.append(f"等{len(group.parts)}项" if language == ZH else f"{rest} more")
    inner = ("；" if language == ZH else "; ").join(said)
    if group.op is Op.ALL:
        return inner
    return _OPS[group.op][language == EN].format(f"（{inner}）" if language == ZH else f"({inner})")


def _score(score: Score, language: str) -> str:
    points = f"{score.at_least:g}"
    if language == ZH:
        return f"得分高于{points}分" if score.open_end else f"得分不低于{points}分"
    return f"score above {points}" if score.open_end else f"score of at least {points}"
