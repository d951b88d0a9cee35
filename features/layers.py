"""Fitted features over a store in which some offers changed, without computing the others anew.

What is declared is read from a *tail*: the changed and new items alone, through the same code as
all items. ``places`` says of each item where in the tail it stands, ``NO_PLACE`` where the base
answers for it. Items keep their numbers; new ones come after the others. What was learned of an
item does not change with what it declares, so that a new item adds columns without deals and
nothing else moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, IdMap
from features.batch import QueryBatch
from features.conditions import CONDITION_NAMES, Conditions
from features.content import Content
from features.content_model import ContentModel
from features.declared import Declared
from features.item_tokens import read_item_tokens
from features.items import Items
from features.pairs import Group, PairFeatures
from features.queries import Queries
from features.reindex import moved_group
from features.rules.answers import Answers
from features.rules.columns import Column
from features.rules.fact_table import FactTable
from features.rules.patching import patched, patched_column
from features.tokens import TokenLists

NO_PLACE = -1
Rows = NDArray[np.int64]
_T = TypeVar("_T")


def places_of(n: int, rows: Rows) -> Rows:
    """Return for each of ``n`` rows its position in ``rows``, else ``NO_PLACE``."""
    places = np.full(n, NO_PLACE, np.int64)
    places[rows] = np.arange(len(rows))
    return places


def patched_lists(base: TokenLists, tail: TokenLists, places: Rows) -> TokenLists:
    """Return lists of texts with those of ``tail`` where ``places`` says so."""
    if not len(base.values) and not len(tail.values):
        return TokenLists(np.zeros(len(places) + 1, np.int64), base.values)
    both = TokenLists(
        np.concatenate([base.offsets, base.offsets[-1] + tail.offsets[1:]]),
        np.concatenate([base.values, tail.values]),
    )
    return both.take(np.where(places == NO_PLACE, np.arange(len(places)), len(base) + places))


def patched_items(base: Items, tail: Items, rows: Rows) -> Items:
    """Return ``base`` with the items of ``tail`` at ``rows``; new rows follow without a gap."""
    n = max(len(base), int(rows.max(initial=-1)) + 1)
    places = places_of(n, rows)
    new = np.flatnonzero(np.arange(n) >= len(base))
    ids = base.offer_ids
    if len(new):
        more = [tail.offer_ids.ids[place] for place in places[new].tolist()]
        ids = IdMap([*ids.ids, *more], label=col.OFFER_ID)
    columns: dict[str, Any] = {"offer_ids": ids}
    for field in fields(Items):
        one, other = getattr(base, field.name), getattr(tail, field.name)
        if isinstance(one, np.ndarray):
            columns[field.name] = patched(one, other, rows)
        elif isinstance(one, Mapping):
            columns[field.name] = {
                name: patched_lists(values, other[name], places)
                if isinstance(values, TokenLists)
                else patched(values, other[name], rows)
                for name, values in one.items()
            }
    return Items(**columns)


class LayeredConditions(Conditions):
    """The conditions of items of which some are answered for by a tail."""

    def __init__(self, base: Conditions, items: Items, tail: Items, rows: Rows) -> None:
        super().__init__(items)
        self.base = base
        self.tail = Conditions(tail)
        self.places = places_of(len(items), rows)

    def check_facts(self, facts: FactTable, query: Rows, item: Rows) -> Answers:
        """Answer every condition for some pairs; see :class:`Conditions`."""
        places = self.places[item]
        late = np.flatnonzero(places != NO_PLACE)
        if not len(late):
            return self.base.check_facts(facts, query, item)
        answers = np.zeros((len(CONDITION_NAMES), len(item)), np.int8)
        early = np.flatnonzero(places == NO_PLACE)
        answers[:, early] = self.base.check_facts(facts, query[early], item[early])
        answers[:, late] = self.tail.check_facts(facts, query[late], places[late])
        return answers

    def check_everyone(self, facts: FactTable, item: int) -> Answers:
        """Answer the conditions of one item for every row of ``facts``."""
        place = int(self.places[item])
        if place == NO_PLACE:
            return self.base.check_everyone(facts, item)
        return self.tail.check_everyone(facts, place)


class LayeredDeclared:
    """The declared match of items of which some are answered for by a tail."""

    features = Declared.features
    _PRICE = [feature.name for feature in Declared.features].index("declared.price")

    def __init__(self, base: Declared, items: Items, tail: Items, rows: Rows) -> None:
        self.items = items
        self.base = base
        self.tail = Declared(tail)
        self.places = places_of(len(items), rows)
        self._whole = Declared(items)  # for prices alone: they are scaled among all of a kind

    def compute(self, batch: QueryBatch, query: Rows, item: Rows) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item."""
        found = np.empty((len(item), len(self.features)), np.float32)
        places = self.places[item]
        late, early = np.flatnonzero(places != NO_PLACE), np.flatnonzero(places == NO_PLACE)
        if len(early):
            found[early] = self.base.compute(batch, query[early], item[early])
        if len(late):
            found[late] = self.tail.compute(batch, query[late], places[late])
        found[:, self._PRICE] = self._whole.prices[item]
        return found


class LayeredFeatures(PairFeatures):
    """Fitted features over items of which some changed since ``base`` was laid over them.

    Parameters
    ----------
    base
        Features over the items before.
    items
        All items, in the numbering of ``base`` with new ones after it.
    tail
        The changed and new ones.
    rows
        Their item numbers.
    cold
        Which of the tail have no place of their own in the content model: what they declare puts
        them there. Shape ``(len(tail),)``.
    """

    def __init__(
        self,
        base: PairFeatures,
        items: Items,
        tail: Items,
        *,
        rows: Rows,
        cold: NDArray[np.bool_],
    ) -> None:
        super().__init__(base.settings)
        self.base = base
        self.as_of_ = base.as_of_
        self.items_ = items
        self.vocabulary_ = base.vocabulary_
        self.item_vocabulary_ = base.item_vocabulary_
        self.firm_history_ = base.firm_history_
        self.content_model_ = _content_model(base, tail, rows, cold)
        n_before = len(base.items_)
        known = np.arange(len(items))
        known[n_before:] = NO_ROW
        self.groups_: tuple[Group, ...] = tuple(
            self._group(group, known, tail, rows) for group in base.groups_
        )

    def _group(self, group: Group, known: Rows, tail: Items, rows: Rows) -> Group:
        if isinstance(group, Declared):
            return LayeredDeclared(group, self.items_, tail, rows)
        if len(known) == len(self.base.items_) and not isinstance(group, Content):
            return group
        return moved_group(group, known, self)

    def encode(self, queries: Queries) -> QueryBatch:
        """Turn queries into what all groups share; no firm had a deal with a new item before."""
        batch = self.base.encode(queries)
        earlier = batch.earlier
        wide = sp.csr_matrix(
            (earlier.data, earlier.indices, earlier.indptr),
            shape=(earlier.shape[0], len(self.items_)),
        )
        return replace(batch, earlier=wide, content=self.content_model_)


def _content_model(
    base: PairFeatures, tail: Items, rows: Rows, cold: NDArray[np.bool_]
) -> ContentModel:
    """Return the content model with vectors of new items, and others of changed cold ones."""
    model, vocabulary = base.content_model_, base.item_vocabulary_
    if not cold.any():
        return model
    at = np.flatnonzero(cold)
    if vocabulary is None:
        vectors = np.zeros((len(at), model.item_vectors_.shape[1]), np.float32)
        bias = np.full(len(at), model.cold_bias_, np.float32)
    else:
        vectors, bias = model.cold_items(vocabulary.transform(read_item_tokens(tail.take(at))))
    copy = object.__new__(ContentModel)
    copy.__dict__.update(vars(model))
    copy.item_vectors_ = patched(np.asarray(model.item_vectors_), vectors, rows[at])
    copy.item_bias_ = patched(np.asarray(model.item_bias_), bias, rows[at])
    return copy


def joined_queries(first: Queries, second: Queries) -> Queries:
    """Return the queries of both, those of ``first`` before; they count firms alike."""
    asked = {
        field.name: _after(getattr(first.asked, field.name), getattr(second.asked, field.name))
        for field in fields(first.asked)
    }
    tokens = {name: _after(lists, second.tokens[name]) for name, lists in first.tokens.items()}
    columns = {
        name: _after(getattr(first, name), getattr(second, name))
        for name in ("need_rows", "firm_rows", "days", "log_amount", "age_years")
    }
    return replace(first, tokens=tokens, asked=type(first.asked)(**asked), **columns)


def _after(first: _T, second: _T) -> _T:
    if isinstance(first, TokenLists) and isinstance(second, TokenLists):
        offsets = np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]])
        both: Any = TokenLists(offsets, np.concatenate([first.values, second.values]))
    else:
        both = np.concatenate([np.asarray(first), np.asarray(second)])
    found: _T = both
    return found


class LayeredQueries(Queries):
    """Queries of which some are answered for by a tail; whole columns are put together on demand.

    Parameters
    ----------
    base, tail
        Queries that count firms alike.
    rows
        Where those of the tail stand; rows beyond the end of ``base`` follow without a gap.
    """

    def __init__(self, base: Queries, tail: Queries, rows: Rows) -> None:
        n = max(len(base), int(rows.max(initial=-1)) + 1)
        self.__dict__.update(base=base, tail=tail, places=places_of(n, rows))

    base: Queries
    tail: Queries
    places: Rows

    def __len__(self) -> int:
        return len(self.places)

    def __getattr__(self, name: str) -> Any:
        if name in {field.name for field in fields(Queries)}:
            return getattr(self._whole, name)
        raise AttributeError(name)

    @property
    def firm_ids(self) -> IdMap:
        """The firms that ``firm_rows`` counts by."""
        return self.base.firm_ids

    @cached_property
    def _whole(self) -> Queries:
        return self._taken(np.arange(len(self)))

    def take(self, rows: Rows) -> Queries:
        """Return the queries at ``rows``."""
        return self._taken(np.arange(len(self))[rows])

    def _taken(self, rows: Rows) -> Queries:
        places = self.places[rows]
        late = places != NO_PLACE
        if not late.any():
            return self.base.take(rows)
        if late.all():
            return self.tail.take(places)
        both = joined_queries(self.base.take(rows[~late]), self.tail.take(places[late]))
        order = np.empty(len(rows), np.int64)
        order[~late] = np.arange(np.count_nonzero(~late))
        order[late] = np.arange(np.count_nonzero(~late), len(rows))
        return both.take(order)


def layered_facts(base: FactTable, tail: FactTable, rows: Rows, n: int) -> FactTable:
    """Return the facts of ``base`` with those of ``tail`` at ``rows``, ``n`` rows in all.

    Columns are put together when they are first asked for; derived ones follow from them.
    """

    def make(name: str) -> Callable[[], Column]:
        return lambda: patched_column(base.column(name), tail.column(name), rows)

    names = base.given | tail.given

    return FactTable(n, {name: make(name) for name in names})
