"""The other direction: one offer, or one institution's offers, to ranked open needs.

An offer's pool are the needs to which the content model gives it the largest share: normalised
inside each need, because raw scores of different needs do not compare. The institution side orders
the pool; the firm side is asked for the best of it only, since its half of a pair needs the whole
pool of that firm's need.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW
from features.pairs import CHUNK_QUERIES
from matcher.eligibility import EARLIER_RULE, EligibilityTable, UnknownPolicy
from matcher.explain import Explanation
from matcher.filters import NeedFilter
from matcher.market import Market, Scores, combined
from matcher.match_list import Listed, MatchItem, PairScore, Pipeline
from matcher.open_needs import OpenNeeds
from matcher.seeker import said

SHORTLIST_PER_RESULT = 5
MIN_SHORTLIST = 30
"""Pairs for which both halves are computed: several for each shown one, so that the firm's half can
still change the order."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class _Pairs:
    """Pairs of open needs and items, with features and eligibility, best first once ordered."""

    query: Rows
    item: Rows
    X: NDArray[np.float32]
    raw: NDArray[np.float64]
    probability: NDArray[np.float64]

    def take(self, rows: Rows) -> _Pairs:
        return _Pairs(
            self.query[rows],
            self.item[rows],
            self.X[rows],
            self.raw[rows],
            self.probability[rows],
        )


def rank_needs(
    market: Market,
    items: Rows,
    *,
    on: dt.date,
    k: int,
    unknown: UnknownPolicy,
    include_implied: bool,
    show_earlier: bool,
    among: NeedFilter | None = None,
) -> Pipeline:
    """Rank the open needs of a day for some offers of one institution.

    Each need is paired with the offer that suits it best; see :meth:`Matcher.pipeline`.
    """
    needs = market.open_needs(on, include_implied=include_implied)
    wanted = None if among is None else among.mask(needs)
    excluded: Counter[str] = Counter()
    parts, eligible = [], np.zeros(len(needs), np.bool_)
    for item in items.tolist():
        allowed = _allowed(
            market, needs, item, on=on, unknown=unknown, show_earlier=show_earlier, counts=excluded
        )
        if wanted is not None:
            allowed &= wanted
        eligible |= allowed
        parts.append(_pool(market, needs, item, allowed))
    shortlist = _shortlist(parts, max(MIN_SHORTLIST, SHORTLIST_PER_RESULT * k))
    scores = _both_sides(market, needs, shortlist, on=on)
    order = np.lexsort((shortlist.query, -scores.raw, -scores.combined))
    order = _once(shortlist.query, order)[:k]
    shown = shortlist.take(order)
    explained = _explained(market, needs, shown, on=on)
    table = _answers(market, needs, shown, on=on)
    return Pipeline(
        institution_id=market.items.texts[col.INSTITUTION_ID][items[0]],
        offer_ids=tuple(market.items.offer_ids.ids[item] for item in items.tolist()),
        items=tuple(
            _item(market, needs, shortlist, scores, table, at=at, rank=rank, why=why)
            for rank, (at, why) in enumerate(zip(order.tolist(), explained, strict=True), start=1)
        ),
        listed=Listed(
            excluded=dict(excluded),
            n_considered=len(needs),
            n_eligible=int(np.count_nonzero(eligible)),
            model_version=market.model.version,
            titles=market.rules.titles(on),
        ),
    )


def _allowed(
    market: Market,
    needs: OpenNeeds,
    item: int,
    *,
    on: dt.date,
    unknown: UnknownPolicy,
    show_earlier: bool,
    counts: Counter[str],
) -> NDArray[np.bool_]:
    """Return which needs may be shown for an offer, and count the others by rule."""
    day = np.datetime64(on, "D")
    facts = market.facts_of_needs(needs, on=on)
    table = market.rules.needs_for(item, facts, on=day, any_kind=needs.implied)
    allowed = table.allowed(unknown)
    counts.update(table.excluded(unknown))
    if not show_earlier:
        had = np.isin(needs.firm_rows, market.firms_of(item, day)) & (needs.firm_rows != NO_ROW)
        counts.update({EARLIER_RULE: n} if (n := int(np.count_nonzero(allowed & had))) else {})
        allowed &= ~had
    return allowed


def _answers(market: Market, needs: OpenNeeds, pairs: _Pairs, *, on: dt.date) -> EligibilityTable:
    """Return the rules' answers for the pairs that are shown."""
    facts = market.facts_of_needs(needs, on=on).take(pairs.query)
    place = np.arange(len(pairs.query))
    any_kind, day = needs.implied[pairs.query], np.datetime64(on, "D")
    return market.rules.pairs(facts, place, pairs.item, on=day, any_kind=any_kind)


def _pool(
    market: Market,
    needs: OpenNeeds,
    item: int,
    allowed: NDArray[np.bool_],
) -> _Pairs:
    """Choose and score the needs that are worth ordering for one offer."""
    model = market.model
    share = needs.log_shares(model.features, item)
    query = _largest(share, np.flatnonzero(allowed), model.pool_size)
    items = np.full(len(query), item)
    X = _features(market, needs, query, items)
    side = model.institution_side or model.firm_side
    raw = side.score(X)
    if model.institution_side is None:
        probability = np.exp(share[query])  # raw scores of different needs do not compare
    else:
        probability = side.probability(raw) if len(raw) else raw
    return _Pairs(query, items, X, raw, probability)


def _largest(values: NDArray[np.float32], rows: Rows, size: int) -> Rows:
    """Return those of ``rows`` with the largest values, largest first, equal ones by row."""
    found = values[rows]
    if size < len(rows):
        least = np.partition(found, len(rows) - size)[len(rows) - size]
        kept = np.flatnonzero(found >= least)
        rows, found = rows[kept], found[kept]
    return rows[np.argsort(-found, kind="stable")][:size]


def _features(market: Market, needs: OpenNeeds, query: Rows, item: Rows) -> NDArray[np.float32]:
    """Compute the features of pairs, some needs at a time."""
    features = market.model.features
    X = np.empty((len(query), len(market.model.feature_list)), np.float32)
    for start in range(0, len(query), CHUNK_QUERIES):
        rows = slice(start, start + CHUNK_QUERIES)
        batch = features.encode(needs.queries.take(query[rows]))
        X[rows] = features.compute(batch, np.arange(len(batch)), item[rows])
    return X


def _shortlist(parts: list[_Pairs], size: int) -> _Pairs:
    """Join the pools of several offers and keep the best pairs."""
    names = ("query", "item", "X", "raw", "probability")
    whole = _Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    order = np.lexsort((whole.item, whole.query, -whole.raw, -whole.probability))
    return whole.take(order[:size])


def _both_sides(market: Market, needs: OpenNeeds, pairs: _Pairs, *, on: dt.date) -> Scores:
    """Add the firm's half: the pair inside the pool of the firm's own need."""
    firm_side = np.empty(len(pairs.query))
    for query in np.unique(pairs.query).tolist():
        places = np.flatnonzero(pairs.query == query)
        firm_side[places] = _firm_half(market, needs, query, pairs.item[places], on=on)
    if market.model.institution_side is None:
        return combined(pairs.raw, firm_side, None)
    return combined(pairs.raw, firm_side, pairs.probability)


def _firm_half(
    market: Market, needs: OpenNeeds, query: int, items: Rows, *, on: dt.date
) -> NDArray[np.float64]:
    """Return the probability of some items inside the pool of one need."""
    model, day = market.model, np.datetime64(on, "D")
    asked = needs.queries.take(np.array([query]))
    kinds = frozenset[str]() if needs.implied[query] else None
    facts = market.facts_of_needs(needs, on=on).take(np.array([query]))
    allowed = market.rules.offers_for_facts(facts, on=day, kinds=kinds).allowed()
    allowed[market.earlier_items(int(needs.firm_rows[query]), day)] = False
    batch = model.features.encode(asked)
    texts = [said(*needs.records(query))]
    pool = model.retriever.pool(batch, model.pool_size, allowed=allowed[None], texts=texts)[0]
    pool = np.concatenate([items, np.setdiff1d(pool[pool != NO_ROW], items)])
    X = model.features.compute(batch, np.zeros_like(pool), pool)
    return model.firm_side.probability(model.firm_side.score(X))[: len(items)]


def _once(query: Rows, order: Rows) -> Rows:
    """Keep the first place of each need in ``order``."""
    _, first = np.unique(query[order], return_index=True)
    return order[np.sort(first)]


def _explained(
    market: Market, needs: OpenNeeds, pairs: _Pairs, *, on: dt.date
) -> tuple[Explanation, ...]:
    day = np.datetime64(on, "D")
    facts = [
        market.facts.find(
            needs.queries.take(np.array([query])),
            np.array([item]),
            earlier=market.earlier_items(int(needs.firm_rows[query]), day),
            before=day,
        )[0]
        for query, item in zip(pairs.query.tolist(), pairs.item.tolist(), strict=True)
    ]
    side = market.model.institution_side or market.model.firm_side
    return market.explain(side, pairs.X, facts)


def _item(
    market: Market,
    needs: OpenNeeds,
    pairs: _Pairs,
    scores: Scores,
    table: EligibilityTable,
    *,
    at: int,
    rank: int,
    why: Explanation,
) -> MatchItem:
    items, item, query = market.items, int(pairs.item[at]), int(pairs.query[at])
    firm, base = int(needs.firm_rows[query]), int(needs.base_rows[query])
    other = scores.institution_side
    return MatchItem(
        rank=rank,
        offer_id=items.offer_ids.ids[item],
        institution_id=items.texts[col.INSTITUTION_ID][item],
        kind=items.texts[col.KIND][item],
        need_id=needs.ids.ids[query],
        firm_id=None if firm == NO_ROW else market.catalogue.firms.ids.ids[firm],
        base_id=None if base == NO_ROW else market.catalogue.bases.ids.ids[base],
        implied=bool(needs.implied[query]),
        pair=PairScore(
            score=float(market.model.scale.score(scores.combined[at])),
            probability=float(scores.firm_side[at] if other is None else other[at]),
            firm_side=float(scores.firm_side[at]),
            institution_side=None if other is None else float(other[at]),
        ),
        verdict=table.value(rank - 1),
        eligibility=table.results(rank - 1, items, item),
        explanation=why,
    )
