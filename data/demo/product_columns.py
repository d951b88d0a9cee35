"""The conditions of the shelf products as integer columns and bit sets."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from data.demo import vocabulary as words
from data.demo.arrays import AnyArray, Bools, Ints
from data.demo.material.product import Product
from data.demo.shelves import PRODUCTS
from data.demo.size_classes import SIZE_CLASSES
from data.demo.titles import TAX_GRADES, TITLES
from data.demo.trades import TRADES, trades_with_prefix

Columns = dict[str, AnyArray]

NO_BOUND = -1
"""Stands for "no such condition" in integer columns; an empty bit set likewise."""

PURPOSES: tuple[str, ...] = tuple(p for kind in words.PURPOSES.values() for p in kind)
PURPOSE_NUMBER: dict[str, int] = {purpose: number for number, purpose in enumerate(PURPOSES)}

TRADE_SETS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = tuple(
    dict.fromkeys([((), ()), *((p.industries, p.industries_excluded) for p in PRODUCTS)])
)
"""Distinct pairs (only these code prefixes, never those); the first restricts nothing."""

_OPEN = Product(
    names=(), purposes=(), amount_wan=(0, 0), term_months=(NO_BOUND, NO_BOUND), leads=()
)


def mask(numbers: Iterable[int]) -> int:
    """Return the bit set of ``numbers``."""
    return sum(1 << number for number in numbers)


def round_wan(amount: AnyArray) -> Ints:
    """Round 万元 to what people write: steps of 1, 5, 10, 50, 100 and 500."""
    step = np.select(
        [amount < 10, amount < 50, amount < 200, amount < 1_000, amount < 5_000],
        [1, 5, 10, 50, 100],
        500,
    )
    rounded: Ints = np.maximum(np.round(amount / step) * step, 1).astype(np.int64)
    return rounded


@functools.cache
def trades_allowed() -> Bools:
    """Return which trades each of :data:`TRADE_SETS` admits. Shape ``(n_sets, n_trades)``."""
    everyone = np.ones(len(TRADES), dtype=bool)
    return np.array(
        [
            (trades_with_prefix(only) if only else everyone) & ~trades_with_prefix(never)
            for only, never in TRADE_SETS
        ]
    )


def _row(product: Product) -> dict[str, float]:
    low, high = product.price_pct or (np.nan, np.nan)
    bounds = {
        "age_min": product.age_min,
        "age_max": product.age_max,
        "staff_min": product.staff_min,
        "revenue_min": product.revenue_min_wan,
        "class_one_ip_min": product.class_one_ip_min,
    }
    return {
        "amount_min": product.amount_wan[0],
        "amount_max": product.amount_wan[1],
        "term_min": product.term_months[0],
        "term_max": product.term_months[1],
        "price_low": low,
        "price_high": high,
        "purpose_bits": mask(PURPOSE_NUMBER[p] for p in product.purposes),
        "group_bits": 0,
        "stage_bits": 0,
        "size_bits": mask(SIZE_CLASSES.index(s) for s in product.size_classes),
        "title_bits": mask(TITLES.index(c) for c in product.credentials_any),
        "tax_bits": mask(TAX_GRADES.index(g) for g in product.tax_grades),
        "collateral_bits": mask(words.COLLATERAL.index(c) for c in product.collateral_any),
        "trade_set": TRADE_SETS.index((product.industries, product.industries_excluded)),
        "resident_first": product.resident_first,
        **{name: NO_BOUND if bound is None else bound for name, bound in bounds.items()},
    }


def columns_of_products(product: Ints) -> Columns:
    """Return one column for each condition; number -1 stands for a mandate without a product."""
    rows = [_row(p) for p in (*PRODUCTS, _OPEN)]
    return {name: np.array([row[name] for row in rows])[product] for name in rows[0]}
