"""Institutions of the five kinds: where they are, what they declare, and what they really like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo.arrays import Bools, Floats, Ints, Reals
from data.demo.places import CITY_WEIGHT, OUTSIDE, OUTSIDE_CITY
from data.demo.preferences import Preferences
from data.demo.shelves import KINDS
from data.demo.size import DemoSize
from data.demo.streams import draw, stream
from data.demo.trades import GROUP_IS_HIGH_TECH, GROUPS, TRADE_GROUP, TRADE_WEIGHT
from data.records import NeedKind

OFFER_SHARE: dict[NeedKind, float] = {
    NeedKind.DEBT: 0.37,
    NeedKind.EQUITY: 0.20,
    NeedKind.GUARANTEE: 0.13,
    NeedKind.INSURANCE: 0.13,
    NeedKind.SERVICE: 0.17,
}
OFFERS_EACH: dict[NeedKind, float] = {
    NeedKind.DEBT: 2.6,
    NeedKind.EQUITY: 1.3,
    NeedKind.GUARANTEE: 2.0,
    NeedKind.INSURANCE: 2.4,
    NeedKind.SERVICE: 1.5,
}
OUTSIDE_SHARE: dict[NeedKind, float] = {
    NeedKind.DEBT: 0.0,
    NeedKind.EQUITY: 0.28,
    NeedKind.GUARANTEE: 0.0,
    NeedKind.INSURANCE: 0.08,
    NeedKind.SERVICE: 0.12,
}
_FAVOURITES = 3
_FAVOURITE_TASTE, _OTHER_TASTE = 1.2, -0.4
_CITY_TASTE_SD = 0.35
_LIKED_AGE_YEARS = 4.0
_DECLARES = {NeedKind.EQUITY: 1.0, NeedKind.DEBT: 0.4, NeedKind.GUARANTEE: 0.3}
_DECLARES_OTHERWISE = 0.25


@dataclass(frozen=True)
class Institutions:
    """One array for each attribute, shape ``(n,)``; hidden ones appear in no record.

    ``kind`` is a number into :data:`data.demo.shelves.KINDS`; ``city`` may be ``OUTSIDE_CITY``, and
    then ``outside`` says where; ``declared`` ``(n, n_groups)`` is public; ``taste``
    ``(n, n_groups)``, ``city_taste`` ``(n, n_cities + 1)``, ``quality``, ``liked_age`` (log years)
    and ``reputation`` (centred logarithm) are hidden.
    """

    kind: Ints
    city: Ints
    outside: Ints
    declared: Bools
    taste: Reals
    city_taste: Reals
    quality: Reals
    liked_age: Reals
    reputation: Reals

    def __len__(self) -> int:
        return len(self.kind)

    def ids(self) -> list[str]:
        """Return the id of every institution."""
        return [f"inst_demo_{row:05d}" for row in range(len(self))]


def offers_of_each_kind(n_offers: int) -> dict[NeedKind, int]:
    """Split the number of offers over the kinds; debt takes the rounding."""
    counts = {kind: max(2, round(n_offers * share)) for kind, share in OFFER_SHARE.items()}
    counts[NeedKind.DEBT] += n_offers - sum(counts.values())
    return counts


def make_institutions(size: DemoSize, preferences: Preferences, *, seed: int) -> Institutions:
    """Draw the institutions, kind by kind."""
    rng = stream(seed, "institutions")
    offers = offers_of_each_kind(size.offers)
    number = {kind: max(2, round(offers[kind] / OFFERS_EACH[kind])) for kind in KINDS}
    kind = np.repeat(np.arange(len(KINDS)), [number[k] for k in KINDS])
    n = len(kind)
    away = rng.random(n) < np.array([OUTSIDE_SHARE[k] for k in KINDS])[kind]
    city = np.where(away, OUTSIDE_CITY, draw(rng, CITY_WEIGHT, n))
    favourite, declared = _favourites(rng, kind)
    taste = np.where(favourite, _FAVOURITE_TASTE, _OTHER_TASTE) + rng.normal(
        0, 0.3, favourite.shape
    )
    return Institutions(
        kind=kind,
        city=city,
        outside=rng.integers(0, len(OUTSIDE), n),
        declared=declared,
        taste=taste.astype(np.float32),
        city_taste=rng.normal(0, _CITY_TASTE_SD, (n, OUTSIDE_CITY + 1)).astype(np.float32),
        quality=rng.standard_normal(n).astype(np.float32),
        liked_age=(np.log(_LIKED_AGE_YEARS) + rng.normal(0, 0.55, n)).astype(np.float32),
        reputation=_reputation(rng, kind, exponent=preferences.reputation_exponent),
    )


def _favourites(rng: np.random.Generator, kind: Ints) -> tuple[Bools, Bools]:
    """Draw favourite groups, and declared ones that agree with them only in part."""
    n = len(kind)
    popular = np.log(np.bincount(TRADE_GROUP, weights=TRADE_WEIGHT, minlength=len(GROUPS)))
    is_fund = kind == KINDS.index(NeedKind.EQUITY)
    leaning = popular + np.where(is_fund[:, None] & ~GROUP_IS_HIGH_TECH, -2.0, 0.0)
    favourite = _top(leaning + rng.gumbel(size=(n, len(GROUPS))), _FAVOURITES)
    said = _top(leaning + 2.0 * favourite + rng.gumbel(size=(n, len(GROUPS))), _FAVOURITES)
    chance = np.array([_DECLARES.get(k, _DECLARES_OTHERWISE) for k in KINDS])[kind]
    return favourite, said & (rng.random(n) < chance)[:, None]


def _top(keys: Floats, k: int) -> Bools:
    chosen = np.zeros(keys.shape, dtype=bool)
    np.put_along_axis(chosen, np.argsort(-keys, axis=1)[:, :k], True, axis=1)
    return chosen


def _reputation(rng: np.random.Generator, kind: Ints, *, exponent: float) -> Reals:
    """Return log(rank ** -exponent) within the kind, centred; ranks are a random order."""
    reputation = np.zeros(len(kind))
    for number in range(len(KINDS)):
        rows = np.flatnonzero(kind == number)
        logs = -exponent * np.log(rng.permutation(len(rows)) + 1.0)
        reputation[rows] = logs - logs.mean()
    return reputation.astype(np.float32)
