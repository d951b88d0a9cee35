"""Deals by item after some firms' deals were read anew, without looking at the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.deals import DealBook
from features.tokens import TokenLists

_DAY_BITS = 32
_DAY_ZERO = 1 << 31


def layered_deals(
    base: DealBook, tail: DealBook, *, n_items: int, read_anew: NDArray[np.int64]
) -> DealBook:
    """Return deals with those of some firms replaced.

    Parameters
    ----------
    base
        Over the items before.
    tail
        All deals of the firms in ``read_anew``, over all items.
    n_items
        All items; those that ``base`` does not know come after the others.
    read_anew
        Rows of firms.
    """
    if not len(tail.days) and not np.isin(base.firm_rows, read_anew).any():
        more = np.repeat(base.offsets[-1:], n_items + 1 - len(base.offsets))
        return _with_codes(base, replace(base, offsets=np.append(base.offsets, more)))
    kept = np.flatnonzero(~np.isin(base.firm_rows, read_anew))
    places = np.searchsorted(_keys(base)[kept], _keys(tail), side="right")
    order = np.insert(kept, places, len(base.days) + np.arange(len(tail.days)))
    item = np.concatenate([_items(base), _items(tail)])[order]
    texts = {
        name: np.concatenate([values, tail.texts[name]])[order]
        for name, values in base.texts.items()
    }
    ends = tail.sectors.offsets[1:] + base.sectors.offsets[-1]
    sectors = TokenLists(
        np.concatenate([base.sectors.offsets, ends]),
        np.concatenate([base.sectors.values, tail.sectors.values]),
    )
    return DealBook(
        offsets=np.searchsorted(item, np.arange(n_items + 1)),
        days=np.concatenate([base.days, tail.days])[order],
        firm_rows=np.concatenate([base.firm_rows, tail.firm_rows])[order],
        texts=texts,
        sectors=sectors.take(order),
        log_amount=np.concatenate([base.log_amount, tail.log_amount])[order],
    )


def _with_codes(base: DealBook, found: DealBook) -> DealBook:
    """Hand on what was computed of the same deals."""
    own = vars(found)
    own |= {name: value for name, value in vars(base).items() if name not in own}
    return found


def _items(deals: DealBook) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(deals.offsets) - 1), np.diff(deals.offsets))


def _keys(deals: DealBook) -> NDArray[np.int64]:
    """Return item and day of each deal as one ascending number."""
    return (_items(deals) << _DAY_BITS) + deals.days.astype(np.int64) + _DAY_ZERO
