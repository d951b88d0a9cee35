"""A market that follows changes: the one it was built from, with a few rows read anew.

What changed is read by the same code as everything is, over a small catalogue of the records
concerned, and laid over the base: see :mod:`features.layers`, :mod:`matcher.layered_lanes` and
:mod:`matcher.layered_needs`. The base is never written to, so requests that began on it, or on an
earlier layer, finish there. The cost goes with what changed, not with what there is.

Where it differs from a market built anew: how rare a word is and how long a text usually is (the
lane of wording) follow the base; an offer, firm or need that is gone counts among what was
considered until then, and an offer that is gone as one out of validity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, IdMap, Side
from data.errors import UnknownIdError
from data.patched import rows_table
from data.records import Base, Event, EventKind, Firm, Institution, Need, NeedKind, Offer, Record
from features.conditions import CONDITION_NAMES, Conditions
from features.deals import DealBook
from features.facts import FactFinder
from features.items import Items
from features.layered_deals import layered_deals
from features.layers import LayeredConditions, LayeredFeatures, Rows, patched_items
from features.links import Links
from features.rules.answers import Answer, Answers
from features.rules.fact_table import FactTable
from features.rules.patching import patched
from features.rules.stated import stated_columns
from matcher.edits import Edits, RebuildNeededError
from matcher.eligibility import EligibilityRules
from matcher.explain import Explainer
from matcher.index import unit_rows
from matcher.latest import Latest
from matcher.layered_lanes import (
    LayeredIndex,
    LayeredLexical,
    layered_text_lane,
    token_weights,
)
from matcher.layered_needs import ItemMass, LayeredBook, LayeredNeeds, Touched
from matcher.lexical import LexicalIndex
from matcher.market import LIKE_TEXTS, Market
from matcher.model import MatchModel
from matcher.open_needs import NeedBook, OpenNeeds
from matcher.retrieval import Retriever, content_rows, offer_texts
from matcher.seeker import SeekerReader

MOST_SUBJECTS = 5_000
"""Firms and bases whose needs may be read anew; beyond, all are."""
_PLACES_OF_BASE = (col.COUNTRY, col.PROVINCE, col.CITY, col.DISTRICT, col.LEVEL)
"""What the needs of residents take from their base."""
_VALIDITY = CONDITION_NAMES.index("validity")


@dataclass(frozen=True)
class Tail:
    """The items that are read anew.

    Attributes
    ----------
    rows
        Item numbers: changed ones ascending, then new ones.
    items
        What they declare.
    texts
        What they say, for the lanes of wording and meaning.
    cold
        Which of them the model has never seen.
    """

    rows: Rows
    items: Items
    texts: list[str]
    cold: NDArray[np.bool_]


class LiveMarket(Market):
    """A market with changes.

    Parameters
    ----------
    base
        Built whole.
    edits
        All changes since.
    before
        The layer that this one follows, over the same base: what it computed is used again.

    Raises
    ------
    RebuildNeededError
        The changes reach further than the rows they name.
    """

    def __init__(self, base: Market, edits: Edits, *, before: LiveMarket | None = None) -> None:
        self.base, self.edits = base, edits
        self.loaded = base.loaded
        self.catalogue = edits.over(base.catalogue)
        self.explainer: Explainer = base.explainer
        self.stated = base.stated.with_subjects(edits.facts) if edits.facts else base.stated
        self._new_offers = _unknown_to(base.catalogue.offers.ids, edits.records.get(Offer, {}))
        self.tail = self._read_tail()
        self._weights: dict[str, Mapping[str, float]] = {}
        self.model = self._with_tail(before)
        self.items = self.model.items
        self._shut = self._shut_items()
        self.rules = self._read_rules(before)
        self._item_of = np.concatenate(
            [base._item_of, len(base.items) + np.arange(len(self._new_offers))]
        )
        new_links = self._new_links()
        self.touched = self._touched(new_links)
        self._small = _SmallWorld(self, new_links)
        self.links = self._small.links
        self.book = self._small.book
        self.seekers = SeekerReader(
            self.catalogue, self.book, self.model.features.firm_history_.firm_ids
        )
        self.seekers.__dict__["usual_kind"] = self._usual_kind()
        self._open: Latest[OpenNeeds] = Latest()
        self._open_facts: Latest[tuple[OpenNeeds, FactTable]] = Latest()
        self._mass: dict[bool, tuple[OpenNeeds, ItemMass]] = {}
        if before is not None:
            self._mass |= before._mass

    # -- offers --------------------------------------------------------------------------------

    def _read_tail(self) -> Tail | None:
        base = self.base
        changed = [base.items.offer_ids.find_row(key) for key in self.edits.records.get(Offer, {})]
        rows = {row for row in changed if row is not None}
        owners = self.edits.records.get(Institution, {})
        if owners:
            held = np.isin(base.items.texts[col.INSTITUTION_ID].astype(str), list(owners))
            rows |= set(np.flatnonzero(held).tolist())
        known = sorted(rows)
        ids = [*(base.items.offer_ids.ids[row] for row in known), *self._new_offers]
        if not ids:
            return None
        n, n_offers = len(base.items), len(base.catalogue.offers)
        at_offers = [base.catalogue.offers.ids.get_row(key) for key in ids[: len(known)]]
        at_offers += range(n_offers, n_offers + len(self._new_offers))
        at = np.concatenate([np.array(known, np.int64), n + np.arange(len(self._new_offers))])
        small = self._catalogue_of(at_offers)
        items = Items.from_catalogue(small)
        cold = self.loaded.items.offer_ids.rows(ids) == NO_ROW
        return Tail(at, items, offer_texts(small, items), cold)

    def _catalogue_of(self, rows: list[int]) -> Catalogue:
        """Return a catalogue of some offers and their institutions."""
        offers = rows_table(self.catalogue.offers, rows)
        owners = self.catalogue.institutions
        found = {owners.ids.find_row(key) for key in offers.column(col.INSTITUTION_ID).to_pylist()}
        institutions = rows_table(owners, sorted(row for row in found if row is not None))
        return Catalogue.from_tables({Offer: offers, Institution: institutions})

    def _with_tail(self, before: LiveMarket | None) -> MatchModel:
        base, tail = self.base.model, self.tail
        if tail is None:
            return base
        items = patched_items(base.items, tail.items, tail.rows)
        features = LayeredFeatures(base.features, items, tail.items, rows=tail.rows, cold=tail.cold)
        old = base.retriever
        at = tail.rows[tail.cold]
        index = old.index
        if len(at):
            index = LayeredIndex(old.index, content_rows(features.content_model_, at), at)
        text = None
        if old.text is not None:
            text = layered_text_lane(old.text, tail.texts, tail.rows)
        retriever = Retriever(
            features, index, self._lexical(before), weights=old.weights, text=text
        )
        return MatchModel(
            features,
            base.firm_side,
            base.institution_side,
            retriever=retriever,
            scale=base.scale,
            pool_size=base.pool_size,
            version=base.version,
        )

    def _lexical(self, before: LiveMarket | None) -> LexicalIndex | None:
        assert self.tail is not None
        old = self.base.model.retriever.lexical
        if old is None:
            if not any(self.tail.texts):
                return None
            old = LexicalIndex.build([""] * len(self.base.items))
        known = {} if before is None else before._weights
        for text in self.tail.texts:
            if text not in self._weights:
                found = known.get(text)
                self._weights[text] = token_weights(old, text) if found is None else found
        weights = [self._weights[text] for text in self.tail.texts]
        return LayeredLexical(old, weights, self.tail.rows)

    def _shut_items(self) -> Rows:
        gone = self.edits.gone.get(Offer, frozenset())
        rows = [self.items.offer_ids.find_row(key) for key in sorted(gone)]
        return np.array([row for row in rows if row is not None], np.int64)

    def _read_rules(self, before: LiveMarket | None) -> EligibilityRules:
        base = self.base.rules
        book = base.book if self.edits.book is None else self.edits.book
        rules = EligibilityRules(self.items, book)
        if self.tail is not None or len(self._shut):
            rules._conditions = _LiveConditions(base._conditions, self.items, self.tail, self._shut)
        else:
            rules._conditions = base._conditions
        for other in (base, None if before is None else before.rules):
            if other is not None and other.book is book and _scoped_alike(other.items, self.items):
                rules._attached = other._attached
        return rules

    def items_of(self, offer_or_institution_id: str) -> Rows:
        """Return the item of an offer, or all items of an institution; see :class:`Market`."""
        found = super().items_of(offer_or_institution_id)
        left = found[~np.isin(found, self._shut)]
        if not len(left):
            raise UnknownIdError(
                f"There is no offer and no institution {offer_or_institution_id!r} with offers.",
                field=col.OFFER_ID,
                remedy="Check the id; an offer that was taken back is not ranked.",
            )
        return left

    # -- firms, needs and deals ----------------------------------------------------------------

    def _new_links(self) -> Links:
        """Return the deals among the events that came since, in order of time."""
        found = []
        before_model = self.loaded.features.as_of_
        for event in self.edits.of(Event).values():
            assert isinstance(event, Event)
            firm = self.catalogue.firms.ids.find_row(event.firm_id)
            offer = self.catalogue.offers.ids.find_row(event.offer_id)
            if event.kind is not EventKind.FUNDED or firm is None or offer is None:
                continue
            day = np.datetime64(event.occurred_at.astimezone(dt.UTC).date(), "D")
            if day < before_model and event.offer_id in self._new_offers:
                raise RebuildNeededError("A new offer has a deal from before the model.")
            need = self._need_of(event, firm, day)
            found.append((event.occurred_at, event.event_id, firm, offer, need, day))
        found.sort(key=lambda one: one[:2])
        columns = [np.array([one[place] for one in found], np.int64) for place in (2, 3, 4)]
        days = np.array([one[5] for one in found], "datetime64[D]")
        return Links(columns[0], columns[1], columns[2], days)

    def _need_of(self, event: Event, firm: int, day: np.datetime64) -> int:
        """Return the need that a deal funds: the one it names, else the firm's of that day."""
        if event.need_id is not None:
            found = self.catalogue.needs.ids.find_row(event.need_id)
            if found is not None:
                return found
        rows = [
            row
            for row in self._needs_of_firms({firm})
            if cast(Need, self.catalogue.needs.record(row)).stated_on == day.astype(dt.date)
        ]
        ids = self.catalogue.needs.ids.ids
        return min(rows, key=lambda row: ids[row]) if rows else NO_ROW

    def _needs_of_firms(self, firms: Iterable[int]) -> list[int]:
        """Return the rows of the needs that some firms state now."""
        wanted, book, rows = set(firms), self.base.book, set()
        edited = self.edits.records.get(Need, {})
        ids = self.base.catalogue.needs.ids.ids
        for firm in wanted:
            if firm < len(self.base.catalogue.firms):
                start, end = book.firm_offsets[firm : firm + 2]
                rows |= {row for row in book.by_firm[start:end].tolist() if ids[row] not in edited}
        for key, need in self.edits.of(Need).items():
            assert isinstance(need, Need)
            firm_id = need.firm_id
            if firm_id and self.catalogue.firms.ids.find_row(firm_id) in wanted:
                rows.add(self.catalogue.needs.ids.get_row(key))
        gone = self.edits.gone.get(Need, frozenset())
        return sorted(row for row in rows if row >= len(ids) or ids[row] not in gone)

    def _touched(self, new_links: Links) -> Touched:
        """Return whose open needs may be others than before."""
        self._refuse_far_reaching()
        firms, bases = self.catalogue.firms.ids, self.catalogue.bases.ids
        named: set[str] = {*self.edits.records.get(Firm, {}), *self.edits.facts}
        named |= self.edits.gone.get(Firm, frozenset())
        asking = {*self.edits.records.get(Base, {}), *self.edits.facts}
        for need in self._needs_before_and_after():
            if need.firm_id is not None:
                named.add(need.firm_id)
            elif need.base_id is not None:
                asking.add(need.base_id)
        old = self.base.catalogue.firms.ids  # a firm that is gone is found there alone
        found = {old.find_row(key) if key in old else firms.find_row(key) for key in named}
        rows = {row for row in found if row is not None}
        rows |= set(new_links.firm_rows.tolist())
        for need_row in new_links.need_rows[new_links.need_rows != NO_ROW].tolist():
            need = cast(Need, self.catalogue.needs.record(need_row))
            if need.firm_id is not None and (row := firms.find_row(need.firm_id)) is not None:
                rows.add(row)
            if need.firm_id is None and need.base_id is not None:
                asking.add(need.base_id)
        rows |= self._residents()
        at = {row for key in asking if (row := bases.find_row(key)) is not None}
        if len(rows) + len(at) > MOST_SUBJECTS:
            raise RebuildNeededError(f"The needs of {len(rows)} firms may have changed.")
        return Touched(
            np.array(sorted(rows), np.int64),
            np.array(sorted(at), np.int64),
        )

    def _needs_before_and_after(self) -> Iterable[Need]:
        needs = self.base.catalogue.needs
        for key in {*self.edits.records.get(Need, {}), *self.edits.gone.get(Need, frozenset())}:
            row = needs.ids.find_row(key)
            if row is not None:
                yield cast(Need, needs.record(row))
        for need in self.edits.of(Need).values():
            yield cast(Need, need)

    def _residents(self) -> set[int]:
        """Return the firms of bases that are new, or are of another level or place."""
        bases = self.base.catalogue.bases
        moved = []
        for key, base in self.edits.of(Base).items():
            row = bases.ids.find_row(key)
            old = None if row is None else bases.record(row)
            if old is None or any(getattr(old, n) != getattr(base, n) for n in _PLACES_OF_BASE):
                moved.append(key)
        if not moved:
            return set()
        column = self.base.catalogue.firms.table.column(col.BASE_ID)
        found = pc.is_in(column, pa.array(moved, pa.string()))
        return set(np.flatnonzero(found.to_numpy(zero_copy_only=False)).tolist())

    def _refuse_far_reaching(self) -> None:
        """Raise where other records than the changed ones refer to what changed."""
        edits, base = self.edits, self.base.catalogue
        if edits.gone.get(Institution) or edits.gone.get(Base):
            raise RebuildNeededError("An institution or a base is gone.")
        referred: tuple[tuple[type[Record], Side, Side, str], ...] = (
            (Firm, base.firms, base.events, col.FIRM_ID),
            (Offer, base.offers, base.events, col.OFFER_ID),
            (Need, base.needs, base.events, col.NEED_ID),
            (Firm, base.firms, base.needs, col.FIRM_ID),
            (Base, base.bases, base.needs, col.BASE_ID),
        )
        for kind, known, side, name in referred:
            new = pa.array(_unknown_to(known.ids, edits.records.get(kind, {})), pa.string())
            if len(new) and pc.any(pc.is_in(side.table.column(name), new)).as_py():
                raise RebuildNeededError(f"A new {kind.__name__} was referred to before it came.")
        links, needs = self.base.links, base.needs
        changed = [needs.ids.find_row(key) for key in edits.records.get(Need, {})]
        rows = np.array([row for row in changed if row is not None], np.int64)
        if np.isin(links.need_rows, rows).any():
            raise RebuildNeededError("A need that was funded changed.")
        loose = links.firm_rows[links.need_rows == NO_ROW]
        if len(loose):
            asked = {need.firm_id for need in self._needs_before_and_after()}
            firms = [base.firms.ids.find_row(key) for key in asked if key is not None]
            if np.isin(loose, [row for row in firms if row is not None]).any():
                raise RebuildNeededError("A firm with deals of no need states one.")

    def _usual_kind(self) -> NeedKind:
        """Return the kind that is asked for most; raise where that has changed."""
        counts = dict(self.base.kinds_asked)
        for need in self.edits.of(Need).values():
            counts[cast(Need, need).kind.value] = counts.get(cast(Need, need).kind.value, 0) + 1
        needs = self.base.catalogue.needs
        for key in {*self.edits.records.get(Need, {}), *self.edits.gone.get(Need, frozenset())}:
            row = needs.ids.find_row(key)
            if row is not None:
                counts[cast(Need, needs.record(row)).kind.value] -= 1
        usual = self.base.seekers.usual_kind
        best = min(counts, key=lambda kind: (-counts[kind], kind), default=usual.value)
        if counts.get(best, 0) and best != usual.value:
            raise RebuildNeededError("Another kind is asked for most than before.")
        return usual

    def earlier_items(self, firm_row: int, before: np.datetime64) -> Rows:
        """Return the items that a firm dealt with before a day; none for ``NO_ROW``."""
        at = np.searchsorted(self.touched.firms, firm_row)
        if at == len(self.touched.firms) or self.touched.firms[at] != firm_row:
            return self.base.earlier_items(firm_row, before)
        links = self.links
        mine = (links.firm_rows == firm_row) & (links.dates < before)
        items = np.unique(self._item_of[links.offer_rows[mine]])
        return np.asarray(items[items != NO_ROW], np.int64)

    @cached_property
    def facts(self) -> FactFinder:
        """What explanations may state."""
        deals = layered_deals(
            self.base.facts.deals,
            self._small.deals(),
            n_items=len(self.items),
            read_anew=self.touched.firms,
        )
        return FactFinder(self.items, deals)

    # -- open needs ----------------------------------------------------------------------------

    def _open_needs(self, on: dt.date, *, include_implied: bool) -> OpenNeeds:
        base = self.base.open_needs(on, include_implied=include_implied)
        return self._layered_needs(base, on, include_implied=include_implied)

    def _layered_needs(
        self, base: OpenNeeds, on: dt.date, *, include_implied: bool
    ) -> LayeredNeeds:
        small = self._small
        tail = OpenNeeds.on_day(
            small.catalogue,
            small.tail_book,
            self.model.features,
            on=on,
            include_implied=include_implied,
            usual=self.seekers.usual_kind,
        )
        tail = replace(
            tail,
            firm_rows=small.firm_row_of(tail.firm_rows),
            base_rows=small.base_row_of(tail.base_rows),
        )
        mass = self._mass.get(include_implied)
        if mass is None or mass[0] is not base:
            mass = base, ItemMass.nothing(len(base))
        if self.tail is not None:
            at = self.tail.rows[self.tail.cold]
            before, after = self.base.model.features, self.model.features
            mass = base, mass[1].moved_to(base, before, after, at)
        self._mass[include_implied] = mass
        return LayeredNeeds(base, tail, self.catalogue, touched=self.touched, mass=mass[1])

    def _facts_of_needs(self, needs: OpenNeeds, *, on: dt.date) -> FactTable:
        assert isinstance(needs, LayeredNeeds)
        base = self.base.facts_of_needs(needs.base, on=on)
        subjects = [self._subject(needs.tail, at) for at in range(len(needs.tail))]
        stated = stated_columns(self.stated, subjects, on=on)
        tail = self.rules.facts(needs.tail.queries, on=np.datetime64(on, "D"), stated=stated)
        return needs.facts_over(base, tail)

    def _subject(self, needs: OpenNeeds, at: int) -> str | None:
        firm, base = int(needs.firm_rows[at]), int(needs.base_rows[at])
        if firm != NO_ROW:
            return self.catalogue.firms.ids.ids[firm]
        return None if base == NO_ROW else self.catalogue.bases.ids.ids[base]

    def prepare(self, on: dt.date) -> None:
        """Compute what requests of a day will ask for, as far as the base has it in place."""
        for key in self.base._open.keys:
            if (on, True) == key or (on, False) == key:
                needs = self.open_needs(on, include_implied=key == (on, True))
                self.facts_of_needs(needs, on=on)
        for name in ("facts", "_unit_vectors", "_codes"):
            if name in vars(self.base):
                getattr(self, name)
        if self.tail is not None:
            self._encode_one(on)

    def _encode_one(self, on: dt.date) -> None:
        """Compute the features of one pair: what they keep of all items is made on first use."""
        needs = self.catalogue.needs.ids.ids
        if len(needs):
            with suppress(UnknownIdError):  # a need of a firm that nobody has written yet
                asking = self.seekers.read(needs[0], on=on)
                batch, first = self.model.features.encode(asking.query), np.zeros(1, np.int64)
                self.model.features.compute(batch, first, first)

    # -- likeness ------------------------------------------------------------------------------

    @cached_property
    def _unit_vectors(self) -> NDArray[np.float32]:
        if self.tail is None or not self.tail.cold.any():
            return self.base._unit_vectors
        at = self.tail.rows[self.tail.cold]
        vectors = np.asarray(self.model.features.content_model_.item_vectors_[at])
        return patched(self.base._unit_vectors, unit_rows(vectors), at)

    @cached_property
    def _codes(self) -> dict[str, NDArray[np.int64]]:
        if self.tail is None:
            return self.base._codes
        found = {}
        for name in LIKE_TEXTS:
            codes, texts = self.base._codes[name], self.base.items.texts[name]
            tail = self.tail.items.texts[name]
            _, first = np.unique(codes, return_index=True)
            numbers = {texts[row]: int(codes[row]) for row in first.tolist()}
            new = [numbers.setdefault(text, len(numbers)) for text in tail.tolist()]
            found[name] = patched(codes, np.array(new, np.int64), self.tail.rows)
        return found


class _LiveConditions(LayeredConditions):
    """The conditions of the items, and of none that is gone."""

    def __init__(self, base: Conditions, items: Items, tail: Tail | None, shut: Rows) -> None:
        rows = np.empty(0, np.int64) if tail is None else tail.rows
        none = items.take(rows) if tail is None else tail.items
        super().__init__(base, items, none, rows)
        self.shut = np.zeros(len(items), np.bool_)
        self.shut[shut] = True

    def check_facts(self, facts: FactTable, query: Rows, item: Rows) -> Answers:
        """Answer every condition for some pairs; an item that is gone is out of validity."""
        answers = super().check_facts(facts, query, item)
        answers[_VALIDITY, self.shut[item]] = Answer.UNMET
        return answers

    def check_everyone(self, facts: FactTable, item: int) -> Answers:
        """Answer the conditions of one item for every row of ``facts``."""
        answers = super().check_everyone(facts, item)
        if self.shut[item]:
            answers[_VALIDITY] = Answer.UNMET
        return answers


class _SmallWorld:
    """The subjects that changed with all their needs and deals, as a catalogue of their own."""

    def __init__(self, market: LiveMarket, new_links: Links) -> None:
        self.market = market
        whole, touched = market.catalogue, market.touched
        gone = market.edits.gone.get(Firm, frozenset())
        firm_ids = whole.firms.ids.ids
        firms = [row for row in touched.firms.tolist() if firm_ids[row] not in gone]
        of_bases = _needs_of_bases(market, touched.bases)
        need_ids = whole.needs.ids.ids
        needs = sorted({*market._needs_of_firms(firms), *of_bases}, key=need_ids.__getitem__)
        firm_table, need_table = rows_table(whole.firms, firms), rows_table(whole.needs, needs)
        named = {*firm_table.column(col.BASE_ID).to_pylist()}
        named |= {*need_table.column(col.BASE_ID).to_pylist()}
        found = {whole.bases.ids.find_row(key) for key in named if key is not None}
        bases = sorted({*touched.bases.tolist(), *(row for row in found if row is not None)})
        self.firm_rows, self.need_rows = np.array(firms, np.int64), np.array(needs, np.int64)
        self.base_rows = np.array(bases, np.int64)
        self.catalogue = Catalogue.from_tables(
            {Base: rows_table(whole.bases, bases), Firm: firm_table, Need: need_table}
        )
        self.links = self._links(new_links)
        small = replace(
            self.links,
            firm_rows=_places(self.firm_rows, self.links.firm_rows),
            need_rows=_places(self.need_rows, self.links.need_rows),
        )
        self.small_links = small
        self.tail_book = NeedBook.from_catalogue(self.catalogue, small)
        self.book = LayeredBook(
            market.base.book,
            self.tail_book,
            need_rows=self.need_rows,
            firm_rows=self.firm_rows,
            touched=touched,
        )

    def _links(self, new: Links) -> Links:
        """Return the deals of these firms and needs, in order of time."""
        old = self.market.base.links
        kept = np.isin(old.firm_rows, self.firm_rows) | np.isin(old.need_rows, self.need_rows)
        both = [
            np.concatenate([getattr(links, name) for links in (old.where(kept), new)])
            for name in ("firm_rows", "offer_rows", "need_rows", "dates")
        ]
        order = np.argsort(both[3], kind="stable")
        return Links(*(column[order] for column in both))

    def deals(self) -> DealBook:
        """Return the deals of these firms by item, firms numbered as in the whole catalogue."""
        market, links = self.market, self.small_links
        mine = links.firm_rows != NO_ROW
        found = DealBook.from_catalogue(
            replace(self.catalogue, offers=market.catalogue.offers), market.items, links.where(mine)
        )
        return replace(found, firm_rows=self.firm_row_of(found.firm_rows))

    def firm_row_of(self, rows: Rows) -> Rows:
        """Return rows of the whole catalogue."""
        return np.append(self.firm_rows, NO_ROW)[rows]

    def base_row_of(self, rows: Rows) -> Rows:
        """Return rows of the whole catalogue."""
        return np.append(self.base_rows, NO_ROW)[rows]


def _unknown_to(ids: IdMap, records: Iterable[str]) -> list[str]:
    """Return the keys that ``ids`` does not have, in their order."""
    return [key for key in records if ids.find_row(key) is None]


def _scoped_alike(items: Items, other: Items) -> bool:
    """Return whether the same rules restrict the items of both."""
    if len(items) != len(other):
        return False
    return all(np.array_equal(items.texts[n], other.texts[n]) for n in LIKE_TEXTS)


def _places(rows: Rows, wanted: Rows) -> Rows:
    """Return the position of each of ``wanted`` in ``rows``, else ``NO_ROW``."""
    place = {row: at for at, row in enumerate(rows.tolist())}
    return np.array([place.get(row, NO_ROW) for row in wanted.tolist()], np.int64)


def _needs_of_bases(market: LiveMarket, bases: Rows) -> set[int]:
    """Return the rows of the needs that some bases state themselves."""
    needs, edited = market.base.catalogue.needs, market.edits.records.get(Need, {})
    gone = market.edits.gone.get(Need, frozenset())
    old = np.flatnonzero(np.isin(market.base.book.base_rows, bases)) if len(bases) else bases
    ids = needs.ids.ids
    rows = {row for row in old.tolist() if ids[row] not in edited and ids[row] not in gone}
    for key, need in market.edits.of(Need).items():
        assert isinstance(need, Need)
        if need.base_id is not None and (
            need.firm_id is None or market.catalogue.firms.ids.find_row(need.firm_id) is None
        ):
            row = market.catalogue.bases.ids.find_row(need.base_id)
            if row is not None and row in bases:
                rows.add(market.catalogue.needs.ids.get_row(key))
    return rows
