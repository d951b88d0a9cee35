"""Fitted features over other items: a store that changed since the features were fitted.

An offer that the features know keeps everything learned of it. One that is new has no deals, stands
in the content model where its declarations put it, and has the values that an offer without deals
has anywhere else. One that is gone is left out. What is declared is always the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from features.activity import LOG_FLOOR, Activity
from features.affinity import Affinity
from features.asker import Asker
from features.batch import MAX_EARLIER_ROUNDS
from features.coinvestment import Coinvestment
from features.content import Content
from features.content_model import ContentModel
from features.declared import Declared
from features.firm_history import FirmHistory
from features.item_tokens import read_item_tokens
from features.items import Items
from features.neighbours import Neighbours
from features.pairs import Group, PairFeatures
from features.ticket import Ticket

Rows = NDArray[np.int64]
_G = TypeVar("_G")


def with_items(features: PairFeatures, items: Items) -> PairFeatures:
    """Return the features over ``items``; the given ones stay as they are."""
    known = features.items_.offer_ids.rows(items.offer_ids.ids)
    result = PairFeatures(features.settings)
    result.as_of_ = features.as_of_
    result.items_ = items
    result.vocabulary_ = features.vocabulary_
    result.item_vocabulary_ = features.item_vocabulary_
    if np.array_equal(known, np.arange(len(features.items_))):
        result.firm_history_ = features.firm_history_
        result.content_model_ = features.content_model_
        result.groups_ = tuple(
            Declared(items) if isinstance(group, Declared) else group for group in features.groups_
        )
        return result
    result.firm_history_ = _firm_history(features.firm_history_, known)
    result.content_model_ = _content_model(features, items, known)
    result.groups_ = tuple(moved_group(group, known, result) for group in features.groups_)
    return result


def moved_group(group: Group, known: Rows, result: PairFeatures) -> Group:
    """Return a group over the items of ``result``; ``known`` are their numbers before."""
    if isinstance(group, Declared):
        return Declared(result.items_)
    if isinstance(group, Content):
        return _content(group, known, result.content_model_)
    moved: Group = _MOVES[type(group)](group, known)
    return moved


def _filled(values: NDArray[Any], known: Rows, cold: Any) -> NDArray[Any]:
    """Return ``values`` at ``known`` along the first axis; ``cold`` where there is no row."""
    if len(values) and _only_more(known, len(values)):
        more = np.empty((len(known) - len(values), *values.shape[1:]), values.dtype)
        more[...] = cold
        return np.concatenate([values, more])
    taken = (
        values[np.maximum(known, 0)] if len(values) else np.empty((len(known), *values.shape[1:]))
    )
    taken[known == NO_ROW] = cold
    return np.asarray(taken, values.dtype)


def _columns(matrix: sp.csr_matrix, known: Rows) -> sp.csr_matrix:
    """Return the columns of ``matrix`` at ``known``; empty ones where there is no row."""
    if _only_more(known, matrix.shape[1]):  # nothing is copied
        parts = (matrix.data, matrix.indices, matrix.indptr)
        return sp.csr_matrix(parts, shape=(matrix.shape[0], len(known)))
    at = np.flatnonzero(known != NO_ROW)
    ones = np.ones(len(at), matrix.dtype)
    chosen = sp.csr_matrix((ones, (known[at], at)), shape=(matrix.shape[1], len(known)))
    moved = sp.csr_matrix(matrix @ chosen)
    moved.sort_indices()
    return moved


def _only_more(known: Rows, n: int) -> bool:
    """Return whether all ``n`` items stay as they are and others come after them."""
    return (
        len(known) >= n
        and np.array_equal(known[:n], np.arange(n))
        and bool((known[n:] == NO_ROW).all())
    )


def _both(matrix: sp.csr_matrix, known: Rows) -> sp.csr_matrix:
    n = matrix.shape[0]
    if _only_more(known, n):
        ends = np.append(matrix.indptr, np.repeat(matrix.indptr[-1:], len(known) - n))
        return sp.csr_matrix((matrix.data, matrix.indices, ends), shape=(len(known), len(known)))
    return sp.csr_matrix(_columns(sp.csr_matrix(_columns(matrix, known).T), known).T)


def _copy(group: _G, **learned: Any) -> _G:
    """Return a copy of ``group`` with other learned values."""
    copy: _G = object.__new__(type(group))
    copy.__dict__.update({**vars(group), **learned})
    return copy


def _firm_history(history: FirmHistory, known: Rows) -> FirmHistory:
    moved = np.full(history.n_items, NO_ROW, np.int64)
    moved[known[known != NO_ROW]] = np.flatnonzero(known != NO_ROW)
    item = moved[history.link_items]
    kept = item != NO_ROW
    firms = np.repeat(np.arange(len(history.firm_ids)), np.diff(history.link_offsets))[kept]
    return replace(
        history,
        link_offsets=np.searchsorted(firms, np.arange(len(history.firm_ids) + 1)).astype(np.int64),
        link_items=item[kept],
        link_days=history.link_days[kept],
        n_items=len(known),
    )


def _content_model(features: PairFeatures, items: Items, known: Rows) -> ContentModel:
    model, vocabulary = features.content_model_, features.item_vocabulary_
    n_before = features.vocabulary_.n_columns
    n_after = len(model.token_vectors_) - MAX_EARLIER_ROUNDS - 1
    before, earlier, after = np.split(model.token_vectors_, [n_before, n_after])
    if vocabulary is None:
        vectors = np.zeros((len(items), model.item_vectors_.shape[1]), np.float32)
        bias = np.full(len(items), model.cold_bias_, np.float32)
    else:
        vectors, bias = model.cold_items(vocabulary.transform(read_item_tokens(items)))
    old = np.flatnonzero(known != NO_ROW)
    vectors[old] = model.item_vectors_[known[old]]
    bias[old] = np.take(model.item_bias_, known[old])
    return _copy(
        model,
        token_vectors_=np.vstack([before, _filled(earlier, known, 0), after]),
        item_vectors_=vectors,
        item_bias_=bias,
    )


def _content(group: Content, known: Rows, model: ContentModel) -> Content:
    bias = np.asarray(model.item_bias_, np.float32)
    return _copy(group, centroids_=_columns(group.centroids_, known), bias_=bias)


def _affinity(group: Affinity, known: Rows) -> Affinity:
    return _copy(
        group,
        counts_=_columns(group.counts_, known),
        item_links_=_filled(group.item_links_, known, 0),
    )


def _activity(group: Activity, known: Rows) -> Activity:
    return _copy(group, table_=_filled(group.table_, known, cold_activity(group)))


def cold_activity(group: Activity) -> NDArray[np.float32]:
    """Return the row of the item table of an item without deals."""
    values = {
        "activity.trend": 0.0,
        "activity.company": 0.0,
        "activity.new_share": 0.0,
        "activity.first_round_share": 0.0,
    }
    for feature in group.features:
        if feature.name.startswith("activity.share_"):
            values[feature.name] = float(np.log(LOG_FLOOR))
    row = [values.get(feature.name, np.nan) for feature in group.features]
    return np.array(row, np.float32)


def _ticket(group: Ticket, known: Rows) -> Ticket:
    mean, spread = group.overall_.T
    return _copy(
        group,
        mean_=_filled(group.mean_.T, known, mean).T,
        spread_=_filled(group.spread_.T, known, spread).T,
    )


def _neighbours(group: Neighbours, known: Rows) -> Neighbours:
    links = _columns(group.links_, known)
    return _copy(
        group,
        links_=links,
        popularity_=Neighbours.popularity(links),
        last_deals_=_filled(group.last_deals_, known, -1),
        centroids_=_filled(group.centroids_, known, 0),
    )


def _coinvestment(group: Coinvestment, known: Rows) -> Coinvestment:
    squares = ("shared_", "cosine_", "rare_", "adjacent_")
    moved = {name: _both(getattr(group, name), known) for name in squares}
    return _copy(group, n_firms_=_filled(group.n_firms_, known, 1), **moved)


def _asker(group: Asker, known: Rows) -> Asker:
    del known
    return group


_MOVES: Mapping[type, Callable[[Any, Rows], Any]] = {
    Affinity: _affinity,
    Activity: _activity,
    Ticket: _ticket,
    Neighbours: _neighbours,
    Coinvestment: _coinvestment,
    Asker: _asker,
}
