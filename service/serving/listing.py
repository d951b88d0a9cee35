"""Rows of ranked answers as plain values: what a page or program needs to show them.

Names and terms come from the columns that the matcher holds: reading whole records for twenty rows
would cost as much as ranking them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from data import columns as col
from features.items import Items
from features.wording import LANGUAGES
from matcher.eligibility import titles_of
from service.serving.question import ExplainLevel

if TYPE_CHECKING:
    from matcher.match_list import Listed as ListedPairs
    from matcher.match_list import MatchItem

TERMS = (
    col.AMOUNT_MIN_MINOR,
    col.AMOUNT_MAX_MINOR,
    col.TERM_MIN_MONTHS,
    col.TERM_MAX_MONTHS,
)
"""Whole numbers that an offer states."""
PRICES = (col.RATE_LOW_PCT, col.RATE_HIGH_PCT, col.FEE_PCT)


def offer_values(items: Items, row: int) -> dict[str, Any]:
    """Return what an offer is called and what it costs, by its row among the items."""
    terms = {name: _whole(float(items.bounds[name][row])) for name in TERMS}
    prices = {name: _known(float(items.prices[name][row])) for name in PRICES}
    return {
        "name": items.texts[col.NAME][row],
        "institution_name": items.institution_texts[col.NAME][row],
        "institution_kind": items.institution_texts[col.KIND][row],
        "currency": items.texts[col.CURRENCY][row],
        **terms,
        **prices,
        "resident_first": bool(items.resident_first[row]),
    }


def item_values(
    item: MatchItem, items: Items, *, language: str | None, explain: ExplainLevel
) -> dict[str, Any]:
    """Return one ranked pair; see :class:`ExplainLevel` for how much of it."""
    values = item.to_dict(language)
    values["offer"] = offer_values(items, items.offer_ids.get_row(item.offer_id))
    if explain is ExplainLevel.NONE:
        del values["reasons"], values["eligibility"]
    elif explain is ExplainLevel.FULL:
        values["base_score"] = item.explanation.base
        values["themes"] = dict(item.explanation.themes)
    return values


def rule_titles(listed: ListedPairs) -> dict[str, dict[str, str]]:
    """Return what the rules are called that kept something out, in both languages."""
    found = titles_of(listed.excluded, listed.titles)
    return {rule: dict(zip(LANGUAGES, titles, strict=True)) for rule, titles in found.items()}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else round(value)
