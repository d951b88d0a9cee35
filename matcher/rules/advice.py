"""Changes in sentences: instructions with numbers and days, in Chinese and in English."""

from __future__ import annotations

import datetime as dt

from data.rules.facts import Figure, Value
from data.rules.vocabulary import FACTS, FactKind
from features.wording import ZH
from matcher.rules.situation import WAITED, Change
from matcher.rules.wording import fact_name, figure_text, value_words, word


def change_text(change: Change, language: str) -> str:
    """Say what to do: 研发费用占比 4.6% → 5%，研发费用增加约18万元."""
    if change.fact in WAITED:
        return _waited(change, language)
    if isinstance(change.after, Figure):
        return _numbers(change, language)
    return _gained(change, language)


def day_text(day: dt.date, language: str) -> str:
    """Say a day: 2027年4月1日, 2027-04-01."""
    return f"{day.year}年{day.month}月{day.day}日" if language == ZH else day.isoformat()


def _numbers(change: Change, language: str) -> str:
    assert isinstance(change.after, Figure)
    spec = FACTS[change.fact]
    before = change.before.number if isinstance(change.before, Figure) else None
    name = fact_name(change.fact, language)
    after = figure_text(spec, change.after.number, change.after.currency, language)
    if before is None:
        return f"{name} → {after}"
    gap = abs(change.after.number - before)
    step = figure_text(spec, gap, change.after.currency, language)
    up = change.after.number > before
    if change.fact == "hired_eligible":
        more = (
            f"再招用 {gap:.0f} 名重点就业群体"
            if language == ZH
            else f"hire {gap:.0f} eligible {'person' if gap == 1 else 'people'}"
        )
    elif language == ZH:
        about = "约" if spec.kind is FactKind.MONEY else ""
        more = f"{name}{'增加' if up else '减少'}{about}{step}"
    else:
        more = f"{'raise' if up else 'lower'} {name} by {step}"
    if change.through is not None:
        fact, now, then = change.through
        shown = " → ".join(_shown(fact, value, language) for value in (now, then))
        said = f"{fact_name(fact, language)} {shown}"
        return f"{said}，{more}" if language == ZH else f"{said}: {more}"
    was = figure_text(spec, before, change.after.currency, language)
    joint = "（" if language == ZH else " ("
    end = "）" if language == ZH else ")"
    return f"{name} {was} → {after}{joint}{more}{end}"


def _shown(fact: str, value: Value | None, language: str) -> str:
    return value_words(fact, value, language)


def _gained(change: Change, language: str) -> str:
    spec = FACTS[change.fact]
    name = fact_name(change.fact, language)
    after = change.after
    assert isinstance(after, tuple)
    held = change.before if isinstance(change.before, tuple) else ()
    new = [value for value in after if value not in held] or list(after)
    words = ("、" if language == ZH else ", ").join(word(spec, value, language) for value in new)
    if change.on is not None:
        day = day_text(change.on, language)
        if language == ZH:
            return f"{name}达到{words}（最早评定日 {day}）"
        return f"{name} {words} (earliest rating date {day})"
    if spec.kind is FactKind.FLAG:
        return f"做到：{name}" if language == ZH else f"achieve: {name}"
    if change.fact == "credential":
        return f"取得{words}资质" if language == ZH else f"obtain the title {words}"
    if change.fact in ("collateral", "guarantee_by"):
        return f"{name}增加：{words}" if language == ZH else f"add to {name}: {words}"
    return f"{name}：{words}" if language == ZH else f"{name}: {words}"


def _waited(change: Change, language: str) -> str:
    assert change.on is not None
    day = day_text(change.on, language)
    if change.fact == "day":
        return f"等到 {day}" if language == ZH else f"wait until {day}"
    name = fact_name(change.fact, language)
    after = value_words(change.fact, change.after, language)
    if language == ZH:
        return f"{name}满 {after}（最早 {day}）"
    return f"{name} of {after} (at the earliest on {day})"
