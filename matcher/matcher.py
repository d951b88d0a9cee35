"""The matcher: one need to ranked, explained offers; one offer to ranked, explained needs.

A request goes down once and up once: eligibility → retrieve → pair features → score → calibrate and
combine both sides → re-rank → explain. It reads no clock: ``now`` is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from data.errors import ArgumentError
from data.records import NeedKind
from data.rules.book import RuleBook
from data.rules.effort import Efforts, read_efforts
from data.rules.facts import FactBook, Value
from features.rules.fact_table import FactTable
from features.rules.program import Program
from matcher.eligibility import EARLIER_RULE, EligibilityTable, UnknownPolicy
from matcher.explain import Explanation
from matcher.filters import NeedFilter, OfferFilter
from matcher.market import Market, Scores, day_of
from matcher.match_list import (
    FeatureShare,
    Listed,
    MatchItem,
    MatchList,
    PairScore,
    PairStory,
    Pipeline,
)
from matcher.model import MatchModel
from matcher.open_needs import implied_need
from matcher.pipeline import rank_needs
from matcher.rerank import RerankSettings, exposure_penalty, rerank
from matcher.rules.details import Detail, details_of
from matcher.rules.replay import answer_content, rules_of_offer
from matcher.seeker import Asking, Seeker
from matcher.unblock import blocked, counterfactuals, situation_of

DEFAULT_K = 10
Rows = NDArray[np.int64]


class Matcher:
    """Answers requests over one model and one snapshot of the store.

    Parameters
    ----------
    model
        Loaded from a bundle, or just fitted.
    catalogue
        The store's snapshot; it may be newer than the model.
    book
        Rules beside the offers' own columns; none by default.
    facts
        What is known of firms and bases beside their records.
    efforts
        What a firm can change and how hard that is; FinMatch's own data by default.
    """

    def __init__(
        self,
        model: MatchModel,
        catalogue: Catalogue,
        *,
        book: RuleBook | None = None,
        facts: FactBook | None = None,
        efforts: Efforts | None = None,
    ) -> None:
        self.market = Market(model, catalogue, book=book, facts=facts)
        self.efforts = efforts or read_efforts()

    @classmethod
    def of_market(cls, market: Market, efforts: Efforts) -> Matcher:
        """Return a matcher over a market that is there already."""
        found = cls.__new__(cls)
        found.market, found.efforts = market, efforts
        return found

    @property
    def model(self) -> MatchModel:
        """The model, laid over the store's offers."""
        return self.market.model

    def match(
        self,
        seeker: Seeker,
        *,
        now: dt.datetime,
        k: int = DEFAULT_K,
        kinds: Iterable[NeedKind] | None = None,
        settings: RerankSettings | None = None,
        exposure: Mapping[str, int] | None = None,
        unknown: UnknownPolicy = UnknownPolicy.SHOW,
        show_earlier: bool = False,
        by_kind: bool = False,
        given: Mapping[str, Value] | None = None,
        unblock: int = 0,
        among: OfferFilter | None = None,
    ) -> MatchList:
        """Rank offers for a need.

        Parameters
        ----------
        seeker
            Id of a need or of a firm, a need, a firm, or a firm of no store with its need. A firm
            is asked for by its latest open need, else by an implied one: of the usual kind, or of
            each kind in turn with ``by_kind``.
        now
            Aware instant of the request.
        k
            How many offers, at least 1; of each kind with ``by_kind``.
        kinds
            Kinds of offer; by default the need's own, and any for an implied need.
        settings
            Dials of diversity and of the exposure guard, and their bounds.
        exposure
            How often each offer was shown so far, by id, for the guard.
        unknown
            Whether offers with open questions are shown.
        show_earlier
            Whether offers that the firm has already may be shown.
        by_kind
            Rank each kind for itself, for an implied need as if that kind had been asked for.
        given
            Facts beside the records of a firm of no store.
        unblock
            For how many of the best left-out offers to say what would open them.
        among
            Offers that the asker wants to look at; all by default.

        Raises
        ------
        UnknownIdError
            Nobody has the id.
        ArgumentError
            A parameter is outside its range.
        """
        if k < 1:
            raise ArgumentError(f"k must be a positive integer; got {k}.", field="k")
        market, on = self.market, day_of(now)
        day = np.datetime64(on, "D")
        asking = market.seekers.read(seeker, on=on)
        wanted = _wanted(kinds, asking)
        if by_kind and asking.need.implied and not isinstance(seeker, tuple):
            assert asking.firm is not None
            each = [
                self.match(
                    (asking.firm, implied_need(asking.firm.firm_id, kind=kind, on=on)),
                    now=now,
                    k=k,
                    kinds=[kind],
                    settings=settings,
                    exposure=exposure,
                    unknown=unknown,
                    show_earlier=show_earlier,
                    by_kind=True,
                    given=given,
                    unblock=unblock,
                    among=among,
                )
                for kind in self._offered_kinds(wanted)
            ]
            if each:
                return MatchList.of_kinds(each, unblock=unblock)
        facts = market.facts_of(asking, on=on, given=given)
        table = market.rules.offers_for_facts(facts, on=day, kinds=wanted)
        earlier = market.earlier_items(asking.firm_row, day)
        allowed, excluded = _shown(table, earlier, unknown=unknown, show_earlier=show_earlier)
        if among is not None and (wanted_items := among.mask(market.items)) is not None:
            allowed &= wanted_items
        pool, X = self._pool(asking, allowed)
        scores = market.score_offers(X)
        order = self._order(pool, scores, k, settings=settings, exposure=exposure, by_kind=by_kind)
        explained = self._explained(asking, pool, X, at=order, earlier=earlier, day=day)
        ranks = _ranks(market.items.texts[col.KIND][pool[order]], by_kind=by_kind)
        return MatchList(
            need_id=asking.need.need_id,
            firm_id=asking.need.firm_id,
            base_id=asking.need.base_id,
            implied=asking.need.implied,
            items=tuple(
                self._item(asking, table, scores, pool, at=at, rank=rank, explanation=explanation)
                for at, rank, explanation in zip(order.tolist(), ranks, explained, strict=True)
            ),
            listed=Listed(
                excluded=excluded,
                n_considered=len(market.items),
                n_eligible=int(np.count_nonzero(allowed)),
                model_version=market.model.version,
                titles=market.rules.titles(on),
            ),
            blocked=blocked(
                market,
                asking,
                table,
                facts,
                on=on,
                earlier=earlier,
                efforts=self.efforts,
                k=unblock,
            )
            if unblock
            else (),
        )

    def pipeline(
        self,
        offer_or_institution_id: str,
        *,
        now: dt.datetime,
        k: int = DEFAULT_K,
        unknown: UnknownPolicy = UnknownPolicy.SHOW,
        include_implied: bool = True,
        show_earlier: bool = False,
        among: NeedFilter | None = None,
    ) -> Pipeline:
        """Rank open needs for an offer, or for all offers of an institution.

        A need appears once, with the offer that suits it best.

        Parameters
        ----------
        offer_or_institution_id
            Whose pipeline.
        now, k, unknown, show_earlier
            As in :meth:`match`.
        include_implied
            Also rank firms that have no open need.
        among
            Needs that the institution wants to look at; all by default.

        Raises
        ------
        UnknownIdError
            There is no such offer or institution.
        ArgumentError
            A parameter is outside its range.
        """
        if k < 1:
            raise ArgumentError(f"k must be a positive integer; got {k}.", field="k")
        return rank_needs(
            self.market,
            self.market.items_of(offer_or_institution_id),
            on=day_of(now),
            k=k,
            unknown=unknown,
            include_implied=include_implied,
            show_earlier=show_earlier,
            among=among,
        )

    def explain(
        self,
        seeker: Seeker,
        offer_id: str,
        *,
        now: dt.datetime,
        given: Mapping[str, Value] | None = None,
    ) -> PairStory:
        """Tell everything about one pair, whether or not it may be shown.

        The pair is compared with the pool that :meth:`match` would order for the need.

        Raises
        ------
        UnknownIdError
            Nobody has an id, or the offer is not ranked.
        """
        market, on = self.market, day_of(now)
        day = np.datetime64(on, "D")
        item = market.items.offer_ids.get_row(offer_id)
        asking = self._asking_for(seeker, item, on=on)
        facts = market.facts_of(asking, on=on, given=given)
        own = [asking.need.kind] if asking.need.implied else None
        table = market.rules.offers_for_facts(facts, on=day, kinds=_wanted(own, asking))
        earlier = market.earlier_items(asking.firm_row, day)
        allowed, _ = _shown(table, earlier, unknown=UnknownPolicy.SHOW, show_earlier=False)
        pool, X = self._pool(asking, allowed, also=item)
        scores = market.score_offers(X)
        at = int(np.flatnonzero(pool == item)[0])
        rank = 1 + int(np.count_nonzero(scores.combined > scores.combined[at]))
        places = np.array([at])
        explanation = self._explained(asking, pool, X, at=places, earlier=earlier, day=day)[0]
        shares = self.model.firm_side.contributions(X[places])[0]
        return PairStory(
            item=self._item(asking, table, scores, pool, at=at, rank=rank, explanation=explanation),
            pool_size=len(pool),
            features=tuple(
                FeatureShare(feature.name, feature.theme, float(value), float(share))
                for feature, value, share in sorted(
                    zip(self.model.feature_list, X[at], shares, strict=True),
                    key=lambda found: -abs(found[2]),
                )
                if share
            ),
            details=self._details(asking, facts, item, on=on),
            proposals=tuple(
                counterfactuals(
                    market, item, self.efforts, on=on, any_kind=asking.need.implied
                ).proposals(situation_of(asking, facts, on=on))
            ),
        )

    def _offered_kinds(self, wanted: frozenset[str] | None) -> list[NeedKind]:
        """Return the kinds that somebody offers, among those wanted if any are."""
        there = set(self.market.items.texts[col.KIND].tolist())
        return [kind for kind in NeedKind if kind in there and (not wanted or kind in wanted)]

    def _asking_for(self, seeker: Seeker, item: int, *, on: dt.date) -> Asking:
        """Return who asks; an implied need asks for what the item is."""
        asking = self.market.seekers.read(seeker, on=on)
        if asking.firm is None or not asking.need.implied or isinstance(seeker, tuple):
            return asking
        kind = NeedKind(self.market.items.texts[col.KIND][item])
        need = implied_need(asking.firm.firm_id, kind=kind, on=on)
        return self.market.seekers.read((asking.firm, need), on=on)

    def _details(
        self, asking: Asking, facts: FactTable, item: int, *, on: dt.date
    ) -> dict[str, tuple[Detail, ...]]:
        """Take every rule of an offer apart."""
        attached = self.market.rules.attached(on)
        rules = rules_of_offer(self.market.items, item, attached.rules_of(item))
        program = Program([rule.require for rule in rules], attached.definitions)
        at = situation_of(asking, facts, on=on)
        book = self.market.rules.book.in_force(on)
        titles = {rule.rule_id: (rule.title_zh, rule.title_en) for rule in book}
        return {
            rule.rule_id: tuple(details_of(program, number, at, titles))
            for number, rule in enumerate(rules)
        }

    def answer_content(
        self,
        seeker: Seeker,
        offer_id: str,
        *,
        now: dt.datetime,
        given: Mapping[str, Value] | None = None,
    ) -> dict[str, Any]:
        """Return the eligibility of one pair with all that it takes to answer it again."""
        market, on = self.market, day_of(now)
        item = market.items.offer_ids.get_row(offer_id)
        asking = self._asking_for(seeker, item, on=on)
        facts = market.facts_of(asking, on=on, given=given)
        rules = rules_of_offer(market.items, item, market.rules.attached(on).rules_of(item))
        content = answer_content(rules, market.rules.book, facts, on)
        asker = {"need_id": asking.need.need_id, "firm_id": asking.need.firm_id}
        return {**content, **asker, "offer_id": offer_id}

    def _pool(
        self, asking: Asking, allowed: NDArray[np.bool_], *, also: int | None = None
    ) -> tuple[Rows, NDArray[np.float32]]:
        """Return the items worth ordering and the features of their pairs."""
        model = self.model
        batch = model.features.encode(asking.query)
        pool = model.retriever.pool(
            batch, model.pool_size, allowed=allowed[None], texts=[asking.text]
        )[0]
        pool = pool[pool != NO_ROW]
        if also is not None and also not in pool:
            pool = np.append(pool, also)
        return pool, model.features.compute(batch, np.zeros_like(pool), pool)

    def _order(
        self,
        pool: Rows,
        scores: Scores,
        k: int,
        *,
        settings: RerankSettings | None,
        exposure: Mapping[str, int] | None,
        by_kind: bool,
    ) -> Rows:
        """Return places in the pool, best first, after both dials."""
        best = np.lexsort((pool, -scores.raw, -scores.combined))
        dials = settings or RerankSettings()
        penalty = self._penalty(exposure) if exposure else None
        kinds = self.market.items.texts[col.KIND][pool[best]]
        parts = []
        for kind in dict.fromkeys(kinds.tolist()) if by_kind else [None]:
            among = best if kind is None else best[kinds == kind]
            items = pool[among]
            chosen = rerank(
                scores.combined[among],
                k,
                settings=dials,
                likeness=self.market.likeness(items) if dials.diversity > 0 else None,
                penalty=None if penalty is None else penalty[items],
            )
            parts.append(among[chosen])
        return np.concatenate([np.empty(0, np.int64), *parts])

    def _penalty(self, exposure: Mapping[str, int]) -> NDArray[np.float64]:
        counts = np.zeros(len(self.market.items))
        for offer_id, count in exposure.items():
            item = self.market.items.offer_ids.find_row(offer_id)
            if item is not None:
                counts[item] = count
        return exposure_penalty(counts)

    def _explained(
        self,
        asking: Asking,
        pool: Rows,
        X: NDArray[np.float32],
        *,
        at: Rows,
        earlier: Rows,
        day: np.datetime64,
    ) -> tuple[Explanation, ...]:
        found = self.market.facts.find(asking.query, pool[at], earlier=earlier, before=day)
        return self.market.explain(self.model.firm_side, X[at], found)

    def _item(
        self,
        asking: Asking,
        table: EligibilityTable,
        scores: Scores,
        pool: Rows,
        *,
        at: int,
        rank: int,
        explanation: Explanation,
    ) -> MatchItem:
        items, item = self.market.items, int(pool[at])
        other = scores.institution_side
        return MatchItem(
            rank=rank,
            offer_id=items.offer_ids.ids[item],
            institution_id=items.texts[col.INSTITUTION_ID][item],
            kind=items.texts[col.KIND][item],
            need_id=asking.need.need_id,
            firm_id=asking.need.firm_id,
            base_id=asking.need.base_id,
            implied=asking.need.implied,
            pair=PairScore(
                score=float(self.model.scale.score(scores.combined[at])),
                probability=float(scores.firm_side[at]),
                firm_side=float(scores.firm_side[at]),
                institution_side=None if other is None else float(other[at]),
            ),
            verdict=table.value(item),
            eligibility=table.results(item, items, item),
            explanation=explanation,
        )


def _wanted(kinds: Iterable[NeedKind] | None, asking: Asking) -> frozenset[str] | None:
    """Return the kinds asked for as :meth:`EligibilityRules.offers_for` takes them."""
    if kinds is None:
        return frozenset() if asking.need.implied else None
    chosen = frozenset(str(kind) for kind in kinds)
    if not chosen or not chosen <= set(NeedKind):
        raise ArgumentError(
            f"kinds must name kinds of offer; got {', '.join(sorted(chosen)) or 'none'}.",
            field="kinds",
            remedy=f"Choose among {', '.join(NeedKind)}, or leave it out.",
        )
    return chosen


def _shown(
    table: EligibilityTable, earlier: Rows, *, unknown: UnknownPolicy, show_earlier: bool
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which items may be shown, and how many each rule keeps out."""
    allowed = table.allowed(unknown)
    excluded = table.excluded(unknown)
    if show_earlier or not len(earlier):
        return allowed, excluded
    had = int(np.count_nonzero(allowed[earlier]))
    allowed[earlier] = False
    return allowed, {**excluded, **({EARLIER_RULE: had} if had else {})}


def _ranks(kinds: NDArray[np.object_], *, by_kind: bool) -> list[int]:
    """Return the rank of each shown item: inside its kind, or in the whole list."""
    if not by_kind:
        return list(range(1, len(kinds) + 1))
    counts: dict[str, int] = {}
    ranks = []
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
        ranks.append(counts[kind])
    return ranks
