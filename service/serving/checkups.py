"""The health check of a firm (健康体检), as values in both languages."""

from __future__ import annotations

from typing import Any

from data.rules.facts import spec_of, value_text
from data.rules.vocabulary import FACTS, Origin
from features.wording import LANGUAGES
from matcher.rules.advice import change_text
from matcher.rules.checkup import check_up
from matcher.rules.openers import openers
from matcher.rules.wording import condition_text, fact_name, value_words
from matcher.unblock import situation_of
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.listing import offer_values
from service.serving.state import ServiceState

N_OPENERS = 5
MOST_NAMED = 3
"""Offers that an opener names; more are counted."""


def check_firm(state: ServiceState, sight: Sight, firm_id: str) -> dict[str, Any]:
    """Tell what a firm should look after, and which changes would open most offers.

    Raises
    ------
    UnknownIdError
        The firm is not the caller's.
    """
    sight.own_firm(firm_id, Action.ASK_MATCHES)
    matcher, on = state.live.loaded.matcher, sight.now.date()
    market = matcher.market
    asking = market.seekers.read(firm_id, on=on)
    facts = market.facts_of(asking, on=on)
    at = situation_of(asking, facts, on=on)
    found = check_up(
        market.rules,
        at,
        matcher.efforts,
        firm=asking.firm,
        statements=market.stated.statements(firm_id, on=on),
    )
    opened = openers(market.rules, at, matcher.efforts, k=N_OPENERS, by_money=True)
    return {
        "missing": [
            {
                "fact": gap.fact,
                "offers": gap.n_offers,
                "of_record": FACTS[gap.fact].origin is Origin.RECORD,
                "kind": FACTS[gap.fact].kind.value,
                **_both("name", lambda lang, gap=gap: fact_name(gap.fact, lang)),
            }
            for gap in found.gaps
        ],
        "near_misses": [
            {
                "fact": near.fact,
                "value": value_text(spec_of(near.fact), near.value),
                "offers": near.n_offers,
                **_both("value", lambda lang, near=near: value_words(near.fact, near.value, lang)),
                **_both("bound", lambda lang, near=near: condition_text(near.bound, lang)),
            }
            for near in found.near
        ],
        "ending": [
            {
                "fact": ending.fact,
                "expires_on": ending.statement.expires_on,
                "ended": ending.ended,
                **_both("name", lambda lang, end=ending: fact_name(end.fact, lang)),
                **_both(
                    "value",
                    lambda lang, end=ending: value_words(end.fact, end.statement.value, lang),
                ),
            }
            for ending in found.endings
        ],
        "oddities": [
            {"code": oddity.code, "text_zh": oddity.zh, "text_en": oddity.en}
            for oddity in found.oddities
        ],
        "openers": [
            {
                "fact": one.change.fact,
                "on": one.change.on,
                "n_offers": len(one.items),
                "offers": [
                    {
                        "offer_id": market.items.offer_ids.ids[item],
                        **offer_values(market.items, item),
                    }
                    for item in one.items[:MOST_NAMED]
                ],
                "money": one.money,
                **_both("text", lambda lang, one=one: change_text(one.change, lang)),
            }
            for one in opened
        ],
    }


def _both(name: str, say: Any) -> dict[str, str]:
    return {f"{name}_{language}": say(language) for language in LANGUAGES}
