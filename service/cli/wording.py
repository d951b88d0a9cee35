"""Records and answers in a few words, in the language of the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from data.records import Firm, Institution, Need, Offer
    from matcher.match_list import MatchItem
    from service.console import Terminal

DOT = " · "
FEW = 3
LOWEST_PERCENT = 0.001
"""Smaller probabilities are shown as below it."""

ANSWERS = {
    "met": ("✓", "green"),
    "not_applicable": ("✓", "green"),
    "unknown": ("?", "yellow"),
    "manual_review": ("!", "yellow"),
    "unmet": ("✗", "red"),
}
"""Sign and style of each :class:`matcher.eligibility.Eligibility`."""


def firm_words(terminal: Terminal, firm: Firm, *, base: str | None = None) -> str:
    """Say where a firm is, what it does, how big and how old it is."""
    from data.records import SizeClass
    from features.wording import value_text

    place = "".join(part for part in (firm.city or firm.province, firm.district) if part)
    if not terminal.chinese:
        place = ", ".join(part for part in (firm.district, firm.city or firm.province) if part)
    size = value_text(firm.size_class, SizeClass, terminal.language) if firm.size_class else None
    founded = (
        terminal.text("firm.founded", month=f"{firm.founded_on:%Y-%m}") if firm.founded_on else None
    )
    trade = listed(terminal, firm.sectors[:FEW]) or firm.industry
    return DOT.join(part for part in (base, place, trade, size, founded) if part)


def need_words(terminal: Terminal, need: Need) -> str:
    """Say what is asked for: kind, amount, stage or purpose, term."""
    if need.implied:
        return terminal.text("need.implied")
    term = terminal.text("need.months", months=need.term_months) if need.term_months else None
    parts = (
        kind_words(terminal, need.kind),
        _amount(terminal, need.amount_low_minor, need.amount_high_minor, need.currency),
        need.stage,
        need.purpose,
        term,
        terminal.text("need.stated", day=need.stated_on),
    )
    return DOT.join(part for part in parts if part)


def offer_words(terminal: Terminal, offer: Offer) -> str:
    """Say what an offer states of itself: amounts and price."""
    from features.wording import price_text

    numbers = [offer.rate_low_pct, offer.rate_high_pct, offer.fee_pct]
    low, high, fee = (math.nan if value is None else value for value in numbers)
    parts = (
        _amount(terminal, offer.amount_min_minor, offer.amount_max_minor, offer.currency),
        price_text(low, high, fee, terminal.language),
    )
    return DOT.join(part for part in parts if part)


def institution_words(terminal: Terminal, institution: Institution) -> str:
    """Say of which kind an institution is, and where."""
    from data.records import InstitutionKind
    from features.wording import value_text

    kind = value_text(institution.kind, InstitutionKind, terminal.language)
    return DOT.join(part for part in (kind, institution.city or institution.province) if part)


def kind_words(terminal: Terminal, kind: str) -> str:
    """Say a kind of need or offer."""
    from data.records import NeedKind
    from features.wording import value_text

    return value_text(kind, NeedKind, terminal.language)


def listed(terminal: Terminal, values: tuple[str, ...]) -> str:
    """Join a few words."""
    from features.wording import listed_text

    return listed_text(values, terminal.language)


def percent(probability: float) -> str:
    """Say a probability: 12%, 3.2%, 0.4%, <0.1%."""
    if probability < LOWEST_PERCENT:
        return f"<{LOWEST_PERCENT:.1%}"
    return f"{probability:.0%}" if probability >= 0.1 else f"{probability:.1%}"


def verdict_mark(terminal: Terminal, item: MatchItem) -> Text:
    """Return the sign and the word of a pair's eligibility."""
    sign, style = ANSWERS[item.verdict.value]
    return Text(f"{sign} {terminal.text(f'verdict.{item.verdict.value}')}", style=style)


def open_questions(terminal: Terminal, item: MatchItem) -> str:
    """Name the rules whose answer is not known, empty without one."""
    titles = [
        result.rule.title_zh if terminal.chinese else result.rule.title_en
        for result in item.eligibility
        if result.value.value in ("unknown", "manual_review")
    ]
    return listed(terminal, tuple(titles))


def excluded_words(
    terminal: Terminal,
    excluded: Mapping[str, int],
    more: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """Say how many each rule keeps out, the most first; ``more`` names rules of the book."""
    from matcher.eligibility import EARLIER_RULE, RULES

    titles = {
        rule.rule_id: rule.title_zh if terminal.chinese else rule.title_en
        for rule in RULES.values()
    }
    titles |= {key: names[not terminal.chinese] for key, names in (more or {}).items()}
    titles[EARLIER_RULE] = terminal.text("match.earlier")
    ordered = sorted(excluded.items(), key=lambda found: -found[1])
    parts = tuple(f"{titles.get(rule, rule)} {count:,}" for rule, count in ordered)
    return listed(terminal, parts)


def _amount(
    terminal: Terminal, low: int | None, high: int | None, currency: str | None
) -> str | None:
    from features.wording import band_text

    lower, upper = (math.nan if end is None else float(end) for end in (low, high))
    return band_text(lower, upper, currency, terminal.language)
