"""The market: a model laid over one snapshot of the store, ready for requests.

The store may be newer than the model. Offers that came since are ranked by what they declare,
offers that are gone are left out, conditions are always the store's, and what a firm already has is
read from the store's own events.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from data.errors import ArgumentError, UnknownIdError
from data.rules.book import RuleBook
from data.rules.facts import FactBook, Value
from features.deals import DealBook
from features.facts import FactFinder
from features.items import Items
from features.links import Links
from features.reindex import with_items
from features.rules.fact_table import FactTable
from features.rules.stated import column_of, stated_columns
from features.themes import THEMES
from matcher.direction import Direction
from matcher.eligibility import EligibilityRules
from matcher.explain import Explainer, Explanation, Facts
from matcher.index import unit_rows
from matcher.latest import Latest
from matcher.model import MatchModel
from matcher.open_needs import NeedBook, OpenNeeds
from matcher.reciprocal import combine
from matcher.rerank import Likeness
from matcher.retrieval import Retriever, offer_texts
from matcher.seeker import Asking, SeekerReader

SAME_INSTITUTION, SAME_KIND = 0.8, 0.2
"""How much two offers are alike that share an institution, or the kind alone."""


@dataclass(frozen=True)
class Scores:
    """Scores of some pairs, each of shape ``(n,)``.

    Attributes
    ----------
    raw
        Of the ranker of the side that asked; breaks ties.
    firm_side, institution_side
        Probabilities; ``None`` where there is no such side.
    combined
        What the pairs are ordered by, between 0 and 1.
    """

    raw: NDArray[np.float64]
    firm_side: NDArray[np.float64]
    institution_side: NDArray[np.float64] | None
    combined: NDArray[np.float64]


class Market:
    """Everything that requests share.

    Parameters
    ----------
    model
        Loaded or fitted.
    catalogue
        The store's snapshot.
    book
        Rules beside the offers' own columns; none by default.
    facts
        What is known of firms and bases beside their records.
    """

    def __init__(
        self,
        model: MatchModel,
        catalogue: Catalogue,
        *,
        book: RuleBook | None = None,
        facts: FactBook | None = None,
    ) -> None:
        self.loaded = model
        self.catalogue = catalogue
        self.stated = facts or FactBook()
        self.links = Links.from_catalogue(catalogue)
        self.model = laid_over(model, catalogue, self.links)
        self.items = self.model.items
        self.rules = EligibilityRules(self.items, book)
        self.book = NeedBook.from_catalogue(catalogue, self.links)
        firm_ids = self.model.features.firm_history_.firm_ids
        self.seekers = SeekerReader(catalogue, self.book, firm_ids)
        self.explainer = Explainer(self.model.feature_list, THEMES)
        self._item_of = self.items.offer_ids.rows(catalogue.offers.ids.ids)
        self._open: Latest[OpenNeeds] = Latest()  # with implied needs and without
        self._open_facts: Latest[tuple[OpenNeeds, FactTable]] = Latest()

    def facts_of(
        self, asking: Asking, *, on: dt.date, given: Mapping[str, Value] | None = None
    ) -> FactTable:
        """Return one row: what is known on a day of who asks, ``given`` facts included."""
        subject = asking.need.base_id if asking.firm is None else asking.firm.firm_id
        stated = stated_columns(self.stated, [subject], on=on)
        stated |= {name: column_of(name, {0: value}, 1) for name, value in (given or {}).items()}
        return self.rules.facts(asking.query, on=np.datetime64(on, "D"), stated=stated)

    def facts_of_needs(self, needs: OpenNeeds, *, on: dt.date) -> FactTable:
        """Return a row for each open need; the last answers are kept."""

        def make() -> tuple[OpenNeeds, FactTable]:
            return needs, self._facts_of_needs(needs, on=on)  # kept together: ids come again

        return self._open_facts.get((id(needs), on), make)[1]

    def _facts_of_needs(self, needs: OpenNeeds, *, on: dt.date) -> FactTable:
        stated = stated_columns(self.stated, needs.subject_ids(), on=on)
        return self.rules.facts(needs.queries, on=np.datetime64(on, "D"), stated=stated)

    @cached_property
    def facts(self) -> FactFinder:
        """What explanations may state."""
        deals = DealBook.from_catalogue(self.catalogue, self.items, self.links)
        return FactFinder(self.items, deals)

    @cached_property
    def kinds_asked(self) -> dict[str, int]:
        """How often each kind of offer is asked for."""
        return dict(Counter(self.catalogue.needs.strings(col.KIND).tolist()))

    @cached_property
    def _links_by_firm(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.links.firm_rows, kind="stable")
        return order, self.links.firm_rows[order]

    def earlier_items(self, firm_row: int, before: np.datetime64) -> NDArray[np.int64]:
        """Return the items that a firm dealt with before a day; none for ``NO_ROW``."""
        if firm_row == NO_ROW:
            return np.empty(0, np.int64)
        order, firms = self._links_by_firm
        links = order[slice(*np.searchsorted(firms, [firm_row, firm_row + 1]))]
        links = links[self.links.dates[links] < before]
        items = np.unique(self._item_of[self.links.offer_rows[links]])
        return np.asarray(items[items != NO_ROW], np.int64)

    def firms_of(self, item: int, before: np.datetime64) -> NDArray[np.int64]:
        """Return the firm rows that dealt with an item before a day."""
        return self.facts.deals.firms_of(item, before=before)

    def open_needs(self, on: dt.date, *, include_implied: bool) -> OpenNeeds:
        """Return the open needs of a day; the last answers are kept."""

        def make() -> OpenNeeds:
            return self._open_needs(on, include_implied=include_implied)

        return self._open.get((on, include_implied), make)

    def _open_needs(self, on: dt.date, *, include_implied: bool) -> OpenNeeds:
        return OpenNeeds.on_day(
            self.catalogue,
            self.book,
            self.model.features,
            on=on,
            include_implied=include_implied,
        )

    def items_of(self, offer_or_institution_id: str) -> NDArray[np.int64]:
        """Return the item of an offer, or all items of an institution.

        Raises
        ------
        UnknownIdError
            It is neither, or nothing of it is ranked.
        """
        item = self.items.offer_ids.find_row(offer_or_institution_id)
        if item is not None:
            return np.array([item])
        owners = self.items.texts[col.INSTITUTION_ID]
        found = np.flatnonzero(owners == offer_or_institution_id)
        if not len(found):
            raise UnknownIdError(
                f"There is no offer and no institution {offer_or_institution_id!r} with offers.",
                field=col.OFFER_ID,
                remedy="Check the id; an offer that was left out of training is not ranked.",
            )
        return found

    def score_offers(self, X: NDArray[np.float32]) -> Scores:
        """Score the pool of one need: rows of features, best pairs not yet in order."""
        model = self.model
        raw = model.firm_side.score(X)
        firm_side = model.firm_side.probability(raw) if len(raw) else raw
        institution_side = None
        if model.institution_side is not None:
            alone = model.institution_side
            institution_side = alone.probability_alone(alone.score(X)) if len(raw) else raw
        return combined(raw, firm_side, institution_side)

    def likeness(self, items: NDArray[np.int64]) -> Likeness:
        """Return what makes items alike: whom they serve, who offers them, their kind."""
        groups = np.stack([self._codes[name][items] for name in LIKE_TEXTS], axis=1)
        return Likeness(self._unit_vectors[items], groups, (SAME_INSTITUTION, SAME_KIND))

    @cached_property
    def _unit_vectors(self) -> NDArray[np.float32]:
        return unit_rows(np.asarray(self.model.features.content_model_.item_vectors_))

    @cached_property
    def _codes(self) -> dict[str, NDArray[np.int64]]:
        return {
            name: np.unique(self.items.texts[name].astype(str), return_inverse=True)[1]
            for name in LIKE_TEXTS
        }

    def explain(
        self, side: Direction, X: NDArray[np.float32], facts: Sequence[Facts]
    ) -> tuple[Explanation, ...]:
        """Explain the rows that are shown; each adds up to its raw score of ``side``."""
        contributions, lost = side.contributions(X), side.lost(X)
        base = side.ranker.base_value
        if not lost.any():
            return self.explainer.explain(contributions, facts, base=base)
        return tuple(
            self.explainer.explain(contributions[[i]], [facts[i]], base=base + float(lost[i]))[0]
            for i in range(len(X))
        )


LIKE_TEXTS = (col.INSTITUTION_ID, col.KIND)
"""What offers share that are alike."""


def combined(
    raw: NDArray[np.float64],
    firm_side: NDArray[np.float64],
    institution_side: NDArray[np.float64] | None,
) -> Scores:
    """Join both halves; where the model has one side only, that half is the whole."""
    if institution_side is None:
        return Scores(raw, firm_side, None, firm_side)
    return Scores(raw, firm_side, institution_side, combine(firm_side, institution_side).score)


def laid_over(model: MatchModel, catalogue: Catalogue, links: Links) -> MatchModel:
    """Return the model over the offers of a store.

    The offers it knows and the store still has come first; then those that came since: they have no
    deal before the model's date. Others were left out of training on purpose and stay out.
    """
    features = model.features
    known = catalogue.offers.ids.rows(features.items_.offer_ids.ids)
    is_new = np.ones(len(catalogue.offers), np.bool_)
    is_new[links.offer_rows[links.dates < features.as_of_]] = False
    is_new[known[known != NO_ROW]] = False
    rows = np.concatenate([known[known != NO_ROW], np.flatnonzero(is_new)])
    if not len(rows):
        raise ArgumentError(
            f"The store has none of the {len(known)} offers of the model "
            f"{model.version!r}, and no new one.",
            field="catalogue",
            remedy="Load the store that the model was trained on, or train again.",
        )
    items = Items.from_catalogue(catalogue, rows)
    moved = with_items(features, items)
    same = items.offer_ids.ids == features.items_.offer_ids.ids
    old = model.retriever
    if same:
        retriever = Retriever(moved, old.index, old.lexical, weights=old.weights, text=old.text)
    else:
        texts = offer_texts(catalogue, items)
        lane = None if old.text is None else old.text.over(texts)
        retriever = Retriever.build(moved, texts, weights=old.weights, text=lane)
    return MatchModel(
        moved,
        model.firm_side,
        model.institution_side,
        retriever=retriever,
        scale=model.scale,
        pool_size=model.pool_size,
        version=model.version,
    )


def day_of(now: dt.datetime) -> dt.date:
    """Return the UTC day of an instant, as events count days."""
    if now.tzinfo is None:
        raise ArgumentError(
            f"now needs a time zone; got {now}.",
            field="now",
            remedy="Give an aware instant, such as datetime.now(UTC).",
        )
    return now.astimezone(dt.UTC).date()
