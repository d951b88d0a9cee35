"""Offers of the institutions: structured conditions, and the tickets and prices behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo import vocabulary as words
from data.demo.arrays import Bools, Floats, Ints, Reals
from data.demo.bases import Bases
from data.demo.institutions import Institutions, offers_of_each_kind
from data.demo.places import CITIES, CITY_METRO, OUTSIDE_CITY
from data.demo.product_columns import NO_BOUND, Columns, columns_of_products, round_wan
from data.demo.shelves import FIRST_PRODUCT, KINDS, NO_PRODUCT, SHELVES
from data.demo.size import DemoSize
from data.demo.streams import bits, stream
from data.demo.trades import GROUP_IS_HIGH_TECH
from data.records import NeedKind

NATIONWIDE, PROVINCE_WIDE, SOME_CITIES = range(3)
ALL_CITIES = (1 << (OUTSIDE_CITY + 1)) - 1

_FUND_STAGES: tuple[tuple[int, ...], ...] = (
    (0, 1),
    (1, 2),
    (2, 3),
    (1, 2, 3),
    (3, 4),
    (0, 1, 2),
    (4, 5),
)
_FUND_STAGE_WEIGHT = np.array([0.20, 0.20, 0.12, 0.18, 0.06, 0.21, 0.03])
_GENERALIST_SHARE = 0.35
_PROVINCE_SHARE: tuple[tuple[int, float], ...] = ((150, 0.85), (2_000, 0.5), (10**9, 0.1))
"""Share of province-wide offers up to a number of offers; a small world has few local ones."""
_NAMED_BASES_SHARE, _LEVEL_SHARE, _SOME_BASES = 0.02, 0.03, 4
_NEW_SHARE, _ENDED_SHARE = 0.12, 0.06
_WINDOW_DAYS = 3 * 365
_FEWEST_PRODUCTS = 4
"""A small world sells only the first products of a shelf, one for two offers, at least these."""
_COMMONNESS = 0.10
"""The i-th product of a shelf is sold 1 / (1 + 0.1 i) as often as the first."""


@dataclass(frozen=True)
class Offers:
    """One array for each attribute, shape ``(n,)``.

    Money in 万元, ages and terms in months, days counted from the first day of the history; names
    that end in ``_bits`` are bit sets, 0 meaning unrestricted (``city_bits`` then has every city).
    ``trade_set`` is a row of :data:`data.demo.product_columns.TRADE_SETS`, ``base_set`` a row of
    ``bases_allowed`` ``(m, n_bases)``, row 0 allowing all. ``ticket`` (typical size, log 万元) and
    ``liked_stage`` are hidden; ``price`` is standardised within the kind.
    """

    institution: Ints
    kind: Ints
    product: Ints
    reach: Ints
    city_bits: Ints
    amount_min: Ints
    amount_max: Ints
    term_min: Ints
    term_max: Ints
    price_low: Floats
    price_high: Floats
    purpose_bits: Ints
    group_bits: Ints
    stage_bits: Ints
    size_bits: Ints
    title_bits: Ints
    tax_bits: Ints
    collateral_bits: Ints
    level_bits: Ints
    trade_set: Ints
    base_set: Ints
    age_min: Ints
    age_max: Ints
    staff_min: Ints
    revenue_min: Ints
    class_one_ip_min: Ints
    resident_first: Bools
    valid_from: Ints
    valid_to: Ints
    ticket: Reals
    liked_stage: Reals
    price: Reals
    bases_allowed: Bools

    def __len__(self) -> int:
        return len(self.institution)

    def are_open(self, rows: Ints, day: Ints) -> Bools:
        """Return which offers are valid on a day of the history. Arrays broadcast."""
        last = self.valid_to[rows]
        found: Bools = (self.valid_from[rows] <= day) & ((last == NO_BOUND) | (last >= day))
        return found


def offer_ids(rows: Ints) -> list[str]:
    """Return the ids of the offers in ``rows``."""
    return [f"offer_{words.SOURCE}_{row:05d}" for row in rows.tolist()]


def make_offers(size: DemoSize, institutions: Institutions, bases: Bases, *, seed: int) -> Offers:
    """Draw the offers of every institution."""
    rng = stream(seed, "offers")
    institution, product = _deal(rng, institutions, size=size)
    kind = institutions.kind[institution]
    columns = columns_of_products(product)
    columns["liked_stage"] = np.zeros(len(kind))
    _vary_shelf(rng, columns, rows=np.flatnonzero(product != NO_PRODUCT))
    _draw_mandates(
        rng, columns, rows=np.flatnonzero(product == NO_PRODUCT),
        declared=institutions.declared[institution],
    )  # fmt: skip
    city = institutions.city[institution]
    reach, city_bits = _regions(rng, city)
    base_set, bases_allowed = _named_bases(rng, city, bases=bases)
    valid_from, valid_to = _validity(rng, len(kind))
    low, high = np.log(columns["amount_min"] + 1.0), np.log(columns["amount_max"] + 1.0)
    ticket = low + (high - low) * rng.beta(3.0, 3.0, len(kind))
    level_bits = np.where(rng.random(len(kind)) < _LEVEL_SHARE, 0b011, 0)
    columns |= {"ticket": ticket, "price": _standard_price(columns, kind)}
    for name in ("ticket", "price", "liked_stage"):
        columns[name] = columns[name].astype(np.float32)
    return Offers(
        institution=institution,
        kind=kind,
        product=product,
        reach=reach,
        city_bits=city_bits,
        base_set=base_set,
        bases_allowed=bases_allowed,
        level_bits=level_bits,
        valid_from=valid_from,
        valid_to=valid_to,
        **columns,
    )


def _deal(
    rng: np.random.Generator, institutions: Institutions, *, size: DemoSize
) -> tuple[Ints, Ints]:
    """Return owner and product of every offer; each house has one offer at least."""
    owners, products = [], []
    for number, kind in enumerate(KINDS):
        houses = rng.permutation(np.flatnonzero(institutions.kind == number))
        n = offers_of_each_kind(size.offers)[kind]
        count = 1 + np.bincount(
            rng.integers(0, len(houses), n - len(houses)), minlength=len(houses)
        )
        rounds = [houses[count > turn] for turn in range(int(count.max()))]
        owner = np.concatenate(rounds)
        owners.append(owner)
        products.append(_deck(kind, owner))
    return np.concatenate(owners), np.concatenate(products)


def _deck(kind: NeedKind, owner: Ints) -> Ints:
    """Deal products in shelf order, so that a house rarely draws one twice; then mend those."""
    n = len(owner)
    if kind is NeedKind.EQUITY:
        return np.full(n, NO_PRODUCT)
    shelf = min(len(SHELVES[kind].products), max(_FEWEST_PRODUCTS, n // 2))
    share = 1 / (1 + _COMMONNESS * np.arange(shelf))
    steps = np.cumsum(share) / share.sum()
    dealt = np.searchsorted(steps, (np.arange(n) + 0.5) / n)
    held: set[tuple[int, int]] = set()
    for position, house in enumerate(owner.tolist()):
        for _ in range(shelf):
            if (house, int(dealt[position])) not in held:
                break
            dealt[position] = (dealt[position] + 1) % shelf
        held.add((house, int(dealt[position])))
    return FIRST_PRODUCT[kind] + dealt


def _vary_shelf(rng: np.random.Generator, columns: Columns, *, rows: Ints) -> None:
    """Give every house its own ceiling, price band and strictness, never beyond the product's."""
    n = len(rows)
    ceiling = columns["amount_max"][rows] * rng.choice([0.5, 0.6, 0.8, 1.0, 1.0], n)
    columns["amount_max"][rows] = np.maximum(round_wan(ceiling), 3 * columns["amount_min"][rows])
    low, high = columns["price_low"][rows], columns["price_high"][rows]
    span = high - low
    columns["price_low"][rows] = np.round(low + span * rng.uniform(0, 0.35, n), 2)
    columns["price_high"][rows] = np.round(high - span * rng.uniform(0, 0.35, n), 2)
    asks_age = (columns["age_min"][rows] == NO_BOUND) & (rng.random(n) < 0.12)
    asks_age &= columns["age_max"][rows] == NO_BOUND
    columns["age_min"][rows[asks_age]] = 6
    asks_revenue = (columns["revenue_min"][rows] == NO_BOUND) & (rng.random(n) < 0.06)
    columns["revenue_min"][rows[asks_revenue]] = 100


def _draw_mandates(
    rng: np.random.Generator,
    columns: Columns,
    *,
    rows: Ints,
    declared: Bools,
) -> None:
    """Draw stage, ticket, sectors and the clause 优先投资于基地内企业 of fund mandates."""
    n = len(rows)
    choice = np.searchsorted(np.cumsum(_FUND_STAGE_WEIGHT), (rng.permutation(n) + 0.5) / n)
    stages = [_FUND_STAGES[number] for number in choice]
    columns["stage_bits"][rows] = [sum(1 << s for s in set_) for set_ in stages]
    columns["liked_stage"][rows] = [
        set_[0] + rng.random() * (set_[-1] - set_[0]) for set_ in stages
    ]
    floor = np.array([words.STAGE_BANDS_WAN[s[0]][0] for s in stages]) * rng.uniform(0.4, 0.9, n)
    top = np.array([words.STAGE_BANDS_WAN[s[-1]][1] for s in stages]) * rng.uniform(0.4, 1.0, n)
    columns["amount_min"][rows] = round_wan(floor)
    columns["amount_max"][rows] = round_wan(np.maximum(top, 3 * floor))
    wider = declared[rows] | (
        GROUP_IS_HIGH_TECH & (rng.random((n, len(GROUP_IS_HIGH_TECH))) < 0.45)
    )
    general = rng.random(n) < _GENERALIST_SHARE
    columns["group_bits"][rows] = np.where(general, 0, bits(wider))
    columns["resident_first"][rows] = rng.random(n) < 0.35


def _regions(rng: np.random.Generator, city: Ints) -> tuple[Ints, Ints]:
    """Return how far each offer reaches and the cities it serves as bits."""
    n = len(city)
    share = next(share for most, share in _PROVINCE_SHARE if n <= most)
    reach = np.where(rng.random(n) < share, PROVINCE_WIDE, SOME_CITIES)
    reach[city == OUTSIDE_CITY] = NATIONWIDE
    serves = rng.random((n, len(CITIES))) < 0.06
    home = np.minimum(city, len(CITIES) - 1)
    serves |= (CITY_METRO[home][:, None] == CITY_METRO) & (rng.random((n, len(CITIES))) < 0.5)
    serves[np.arange(n), home] = True
    return reach, np.where(reach == SOME_CITIES, bits(serves), ALL_CITIES)


def _named_bases(rng: np.random.Generator, city: Ints, *, bases: Bases) -> tuple[Ints, Bools]:
    """Restrict a few offers to named bases of their own city."""
    base_set = np.zeros(len(city), dtype=np.int64)
    allowed = [np.ones(len(bases), dtype=bool)]
    for row in np.flatnonzero(
        (rng.random(len(city)) < _NAMED_BASES_SHARE) & (city != OUTSIDE_CITY)
    ):
        near = np.flatnonzero(bases.city == city[row])
        if len(near):
            named = np.zeros(len(bases), dtype=bool)
            named[rng.choice(near, min(_SOME_BASES, len(near)), replace=False)] = True
            base_set[row] = len(allowed)
            allowed.append(named)
    return base_set, np.array(allowed)


def _validity(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """Return first and last day; most offers are older than the history and still open."""
    start = -rng.integers(30, 1_500, n)
    start = np.where(rng.random(n) < _NEW_SHARE, rng.integers(0, _WINDOW_DAYS * 2 // 3, n), start)
    ended = rng.random(n) < _ENDED_SHARE
    last = rng.integers(_WINDOW_DAYS * 3 // 4, _WINDOW_DAYS, n)
    return start, np.where(ended, last, NO_BOUND)


def _standard_price(columns: Columns, kind: Ints) -> Floats:
    """Return the middle of the price band, standardised within the kind; 0 where there is none."""
    middle = (columns["price_low"] + columns["price_high"]) / 2
    price = np.zeros(len(kind))
    for number in range(len(KINDS)):
        rows = np.flatnonzero((kind == number) & ~np.isnan(middle))
        if len(rows):
            spread = middle[rows].std() or 1.0
            price[rows] = (middle[rows] - middle[rows].mean()) / spread
    return price
