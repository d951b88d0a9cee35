"""Filters that an asker sets: which offers, or which needs, are looked at at all.

A filter is the asker's choice and is applied before anything is ranked; unlike a rule it is not
counted among what excluded a pair. An empty filter lets everything pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import columns as col
from data.amount_bands import edge_above, edge_below
from data.catalogue import NO_ROW, Side
from features.items import Items
from matcher.open_needs import OpenNeeds

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFilter:
    """Which offers to rank.

    Attributes
    ----------
    offer_ids
        These alone, where not ``None``: the asker brings the candidates. Unknown ids are nothing.
    without_offer_ids
        None of these.
    institution_ids, institution_kinds
        Of these institutions or kinds of institution; empty is any.
    rate_max_pct
        The lowest yearly rate is at most this; an offer that states none passes.
    """

    offer_ids: tuple[str, ...] | None = None
    without_offer_ids: tuple[str, ...] = ()
    institution_ids: tuple[str, ...] = ()
    institution_kinds: tuple[str, ...] = ()
    rate_max_pct: float | None = None

    def mask(self, items: Items) -> Mask | None:
        """Return which items pass, ``None`` for all. Shape ``(n_items,)``."""
        masks: list[Mask] = []
        if self.offer_ids is not None:
            masks.append(_rows_mask(items, self.offer_ids))
        if self.without_offer_ids:
            masks.append(~_rows_mask(items, self.without_offer_ids))
        if self.institution_ids:
            masks.append(_one_of(items.texts[col.INSTITUTION_ID], self.institution_ids))
        if self.institution_kinds:
            masks.append(_one_of(items.institution_texts[col.KIND], self.institution_kinds))
        if self.rate_max_pct is not None:
            masks.append(~(items.prices[col.RATE_LOW_PCT] > self.rate_max_pct))
        return np.logical_and.reduce(masks) if masks else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFilter:
    """Which open needs to rank, by what is known of the need and of who states it.

    Lists that are empty do not restrict; in a list, one match is enough.

    Attributes
    ----------
    firm_ids
        Of these firms alone, where not ``None``.
    base_ids
        Firms that reside in one of these bases, or the bases themselves.
    regions
        Names of provinces or cities of the firm; not of districts, which few firms share.
    sectors, stages, size_classes, credentials, kinds
        Values of the firm or of its need.
    amount_low_minor, amount_high_minor, currency
        The need's band, as a teaser shows it, reaches into this one: exact amounts cannot be
        found by narrowing it. A need that names no amount does not pass.
    stated_since
        The need was stated on this day or later; implied needs do not pass.
    """

    firm_ids: tuple[str, ...] | None = None
    base_ids: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    size_classes: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    amount_low_minor: int | None = None
    amount_high_minor: int | None = None
    currency: str | None = None
    stated_since: dt.date | None = None

    def mask(self, needs: OpenNeeds) -> Mask | None:
        """Return which open needs pass, ``None`` for all. Shape ``(n_needs,)``."""
        masks = [_of_rows(needs, one) for one in self._firm_masks(needs.catalogue.firms)]
        masks += self._need_masks(needs.catalogue.needs, needs.implied)
        if self.base_ids:
            rows = needs.catalogue.bases.ids.rows(self.base_ids)
            themselves = np.isin(needs.base_rows, rows[rows != NO_ROW])
            residents = _is_in(needs.catalogue.firms, col.BASE_ID, self.base_ids)
            masks.append(_of_rows(needs, residents) | themselves)
        return np.logical_and.reduce(masks) if masks else None

    def _firm_masks(self, firms: Side) -> Iterator[Mask]:
        if self.firm_ids is not None:
            yield np.isin(np.arange(len(firms)), firms.ids.rows(self.firm_ids))
        if self.regions:
            yield np.logical_or.reduce([_is_in(firms, n, self.regions) for n in _PLACES])
        if self.size_classes:
            yield _is_in(firms, col.SIZE_CLASS, self.size_classes)
        for name, wanted in ((col.SECTORS, self.sectors), (col.CREDENTIALS, self.credentials)):
            if wanted:
                yield _any_in(firms, name, wanted)

    def _need_masks(self, stated: Side, implied: Mask) -> Iterator[Mask]:
        if self.stages:
            yield _is_in(stated, col.STAGE, self.stages)
        if self.kinds:
            yield _is_in(stated, col.KIND, self.kinds) & ~implied
        if self.amount_low_minor is not None or self.amount_high_minor is not None:
            yield self._amounts(stated)
        if self.stated_since is not None:
            since = np.datetime64(self.stated_since, "D")
            yield (stated.dates(col.STATED_ON) >= since) & ~implied

    def _amounts(self, stated: Side) -> Mask:
        """Return whose band of :mod:`data.amount_bands` reaches into the one asked for.

        The top of a band is the edge above its high end, and one further where both ends lie on
        one edge: it reaches ``edge + 1`` where the high end is above ``edge`` or the low end on it.
        """
        low, high = stated.numbers(col.AMOUNT_LOW_MINOR), stated.numbers(col.AMOUNT_HIGH_MINOR)
        found = np.isfinite(low) | np.isfinite(high)
        low, high = np.where(np.isnan(low), 0, low), np.where(np.isnan(high), np.inf, high)
        if self.amount_low_minor is not None:
            edge = edge_below(self.amount_low_minor - 1)
            found &= (high > edge) | (low >= edge)
        if self.amount_high_minor is not None:
            found &= low < edge_above(self.amount_high_minor + 1)
        if self.currency is not None:
            found &= _is_in(stated, col.CURRENCY, (self.currency,))
        return np.asarray(found, np.bool_)


_PLACES = (col.PROVINCE, col.CITY)


def _rows_mask(items: Items, offer_ids: Sequence[str]) -> Mask:
    mask = np.zeros(len(items), np.bool_)
    rows = items.offer_ids.rows(offer_ids)
    mask[rows[rows != NO_ROW]] = True
    return mask


def _one_of(values: NDArray[np.object_], wanted: Sequence[str]) -> Mask:
    chosen = frozenset(wanted)
    return np.fromiter((value in chosen for value in values.tolist()), np.bool_, len(values))


def _of_rows(needs: OpenNeeds, firms: Mask) -> Mask:
    """Return which needs are of firms that pass; needs of bases are not."""
    return np.where(needs.firm_rows == NO_ROW, False, np.append(firms, False)[needs.firm_rows])


def _is_in(side: Side, name: str, wanted: Sequence[str]) -> Mask:
    found = pc.is_in(side.table.column(name), pa.array(wanted, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


def _any_in(side: Side, name: str, wanted: Sequence[str]) -> Mask:
    """Return which rows hold one of the values in a column of lists."""
    column = side.table.column(name).combine_chunks()
    held = pc.is_in(pc.list_flatten(column), pa.array(wanted, pa.string()))
    parents = pc.list_parent_indices(column)
    rows = pc.filter(parents, held).to_numpy(zero_copy_only=False)
    mask = np.zeros(len(side), np.bool_)
    mask[np.asarray(rows, np.int64)] = True
    return mask
