"""The best of the offers that are left out, and what would make each of them possible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.rules.effort import Efforts
from features.conditions import CONDITION_NAMES
from features.rules.answers import Answer
from features.rules.fact_table import FactTable
from features.slot_conditions import slot_conditions
from matcher.eligibility import EligibilityTable
from matcher.market import Market
from matcher.rules.counterfactual import Counterfactuals
from matcher.rules.situation import Situation
from matcher.rules.values import Blocked
from matcher.seeker import Asking

MOST_TRIED = 15
"""Left-out offers for which changes are looked for, the best ones by score."""

_KIND = CONDITION_NAMES.index("kind")


def situation_of(asking: Asking, facts: FactTable, *, on: dt.date) -> Situation:
    """Return what is known of who asks, with the founding date behind the age."""
    return Situation(facts, on, None if asking.firm is None else asking.firm.founded_on)


def counterfactuals(
    market: Market, item: int, efforts: Efforts, *, on: dt.date, any_kind: bool = False
) -> Counterfactuals:
    """Return the search over everything that restricts an offer."""
    slots: Mapping[str, Any] = slot_conditions(market.items, item)
    own = [condition for name, condition in slots.items() if not (any_kind and name == "kind")]
    attached = market.rules.attached(on)
    rules = [rule.require for rule in attached.rules_of(item)]
    return Counterfactuals([*own, *rules], efforts, definitions=attached.definitions)


def blocked(
    market: Market,
    asking: Asking,
    table: EligibilityTable,
    facts: FactTable,
    *,
    on: dt.date,
    earlier: NDArray[np.int64],
    efforts: Efforts,
    k: int,
) -> tuple[Blocked, ...]:
    """Return up to ``k`` offers of the kinds asked for that a feasible change would open."""
    shut = (table.verdicts == Answer.UNMET) & (table.answers[:, _KIND] != Answer.UNMET)
    shut[earlier] = False
    if not shut.any():
        return ()
    model, at = market.model, situation_of(asking, facts, on=on)
    batch = model.features.encode(asking.query)
    pool = model.retriever.pool(batch, MOST_TRIED, allowed=shut[None], texts=[asking.text])[0]
    pool = pool[pool >= 0]
    scores = market.score_offers(model.features.compute(batch, np.zeros_like(pool), pool))
    found: list[Blocked] = []
    for place in np.argsort(-scores.combined, kind="stable").tolist():
        item = int(pool[place])
        search = counterfactuals(market, item, efforts, on=on, any_kind=True)
        proposals = search.proposals(at, k=2)
        if not proposals:
            continue
        results = table.results(item, market.items, item)
        found.append(
            Blocked(
                offer_id=market.items.offer_ids.ids[item],
                institution_id=market.items.texts[col.INSTITUTION_ID][item],
                kind=market.items.texts[col.KIND][item],
                score=float(model.scale.score(scores.combined[place])),
                unmet=tuple(r for r in results if r.value.value == "unmet"),
                proposals=tuple(proposals),
            )
        )
        if len(found) == k:
            break
    return tuple(found)
