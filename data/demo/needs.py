"""Needs of three years: kind, purpose, amount, term and security of each firm on its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np

from data.demo import vocabulary as words
from data.demo.arrays import Days, Floats, Ints
from data.demo.bases import Bases
from data.demo.firms import DAYS_PER_YEAR, INDIVIDUAL, TEAM, Firms
from data.demo.need_purposes import draw_purposes
from data.demo.offers import Offers
from data.demo.product_columns import PURPOSE_NUMBER, round_wan
from data.demo.shelves import KINDS
from data.demo.size import DemoSize
from data.demo.streams import bits, draw_rows, stream
from data.demo.trades import GROUP_IS_HIGH_TECH
from data.records import NeedKind

WINDOW_DAYS = 3 * 365
NO_FIRM = -1
NO_STAGE = NO_TERM = -1
_MAX_NEEDS_PER_FIRM = 14
_MIN_GAP_DAYS = 5
_BAND_SHARE = 0.25
_BASE_NEED_SHARE = 0.15
_STAGES_PER_YEAR = 0.5

_KIND_WEIGHT = {
    "tech": (0.36, 0.24, 0.15, 0.09, 0.16),
    "plain": (0.50, 0.03, 0.17, 0.12, 0.18),
    "team": (0.26, 0.30, 0.08, 0.0, 0.36),
}
"""Shares of debt, equity, guarantee, insurance and service."""

_TERMS: dict[str, tuple[int, ...]] = {
    "short": (6, 12, 12, 12, 18, 24),
    "equipment": (24, 36, 36, 48, 60),
    "building": (60, 84, 120),
    "guarantee": (12, 12, 24, 36),
    "bond": (3, 6, 12, 24),
    "cover": (12,),
    "project": (12, 24),
    "service": (1, 2, 3, 6, 12),
}
_LONG_PURPOSES = {"购置设备": "equipment", "技术改造": "equipment", "绿色改造": "equipment",
                  "购置厂房": "building", "基地建设": "building"}  # fmt: skip
_PROJECT_COVERS = ("专利保险", "首台套保险", "研发费用损失险", "临床试验责任险")
_BONDS = ("投标保函", "履约保函")


@dataclass(frozen=True)
class Needs:
    """One array for each attribute, shape ``(n,)``, ordered by day.

    Money in 万元; ``day`` counts from the first day of the history; ``age_months``, ``staff`` and
    ``revenue`` are those of that day; exactly one of ``firm`` and ``base`` is a row, the other -1.
    """

    firm: Ints
    base: Ints
    serial: Ints
    day: Ints
    kind: Ints
    purpose: Ints
    stage: Ints
    amount_low: Ints
    amount_high: Ints
    term: Ints
    collateral: Ints
    age_months: Ints
    staff: Ints
    revenue: Ints

    def __len__(self) -> int:
        return len(self.firm)

    def take(self, rows: Ints) -> Needs:
        """Return the given rows."""
        return Needs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def ids(self, rows: Ints) -> list[str]:
        """Return ids made of the seeker's number and the serial of its need."""
        firm, base, serial = self.firm[rows], self.base[rows], self.serial[rows]
        return [
            f"need_{words.SOURCE}_{f:07d}_{s:02d}"
            if f >= 0
            else f"need_{words.SOURCE}_b{b:04d}_{s:02d}"
            for f, b, s in zip(firm.tolist(), base.tolist(), serial.tolist(), strict=True)
        ]


def make_needs(
    size: DemoSize, firms: Firms, bases: Bases, offers: Offers, *, seed: int, today: dt.date
) -> Needs:
    """Draw the needs of firms and of some bases over :data:`WINDOW_DAYS` days.

    Purposes are those that some offer of the world serves.
    """
    rng = stream(seed, "needs")
    of_firms = _needs_of_firms(rng, firms, offers, mean=size.needs_per_firm, today=today)
    of_bases = _needs_of_bases(rng, bases)
    joined = Needs(
        **{
            f.name: np.concatenate([getattr(of_firms, f.name), getattr(of_bases, f.name)])
            for f in fields(Needs)
        }
    )
    return joined.take(np.lexsort((joined.serial, joined.firm, joined.base, joined.day)))


def _needs_of_firms(
    rng: np.random.Generator, firms: Firms, offers: Offers, *, mean: float, today: dt.date
) -> Needs:
    firm, serial, day = _calendar(rng, firms, mean=mean)
    at = firms.take(firm)
    days_back = WINDOW_DAYS - 1 - day
    back = days_back / DAYS_PER_YEAR
    shrink = (1 + at.growth) ** -back
    last_day = np.datetime64(today)
    age_months = whole_months(last_day - at.age_days, last_day - days_back)
    staff = np.maximum(np.round(at.staff * shrink), 1).astype(np.int64)
    revenue = np.where(age_months < 4, 0, np.round(at.revenue * shrink)).astype(np.int64)
    kind = _kinds(rng, at)
    purpose = draw_purposes(
        rng, kind, firms=at, age_months=age_months, revenue=revenue, served=offers.purpose_bits
    )
    stage = _stages(rng, at, kind=kind, back=back)
    low, high = _amounts(rng, at, kind=kind, purpose=purpose, stage=stage, revenue=revenue)
    secured = np.isin(kind, [KINDS.index(NeedKind.DEBT), KINDS.index(NeedKind.GUARANTEE)])
    kept = bits(rng.random((len(firm), len(words.COLLATERAL))) < 0.85)
    return Needs(
        firm=firm,
        base=np.full(len(firm), -1),
        serial=serial,
        day=day,
        kind=kind,
        purpose=purpose,
        stage=stage,
        amount_low=low,
        amount_high=high,
        term=_terms(rng, kind=kind, purpose=purpose),
        collateral=np.where(secured, at.collateral & kept, 0),
        age_months=age_months,
        staff=staff,
        revenue=revenue,
    )


def whole_months(start: Days, end: Days) -> Ints:
    """Return the completed calendar months from ``start`` to ``end``."""
    first, last = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    unfinished = end - last.astype("datetime64[D]") < start - first.astype("datetime64[D]")
    months: Ints = (last - first).astype(np.int64) - unfinished
    return months


def _calendar(rng: np.random.Generator, firms: Firms, *, mean: float) -> tuple[Ints, Ints, Ints]:
    """Return firm, serial and day of every need; a firm states at most one on a day."""
    alive = np.minimum(firms.age_days - 30, WINDOW_DAYS)
    rate = 0.35 + 0.65 * alive / WINDOW_DAYS
    count = rng.poisson(mean * rate / rate.mean())
    count = np.clip(count, 1 if mean >= 1.2 else 0, _MAX_NEEDS_PER_FIRM)
    count = np.minimum(count, np.maximum(alive // _MIN_GAP_DAYS, 1))
    firm = np.repeat(np.arange(len(firms)), count)
    serial = np.arange(len(firm)) - np.repeat(np.cumsum(count) - count, count)
    share = (serial + rng.uniform(0, 0.7, len(firm))) / count[firm]
    day = WINDOW_DAYS - alive[firm] + np.floor(share * alive[firm]).astype(np.int64)
    return firm, serial, day


def _kinds(rng: np.random.Generator, at: Firms) -> Ints:
    table = np.array([_KIND_WEIGHT[name] for name in ("tech", "plain", "team")])
    row = np.where(at.form == TEAM, 2, np.where(GROUP_IS_HIGH_TECH[at.group], 0, 1))
    return draw_rows(rng, table, row)


def _stages(rng: np.random.Generator, at: Firms, *, kind: Ints, back: Floats) -> Ints:
    earlier = np.floor(back * _STAGES_PER_YEAR + rng.random(len(kind))).astype(np.int64)
    stage = np.maximum(at.maturity - earlier, 0)
    return np.where(kind == KINDS.index(NeedKind.EQUITY), stage, NO_STAGE)


def _amounts(
    rng: np.random.Generator,
    at: Firms,
    *,
    kind: Ints,
    purpose: Ints,
    stage: Ints,
    revenue: Ints,
) -> tuple[Ints, Ints]:
    """Return both ends of the amount in 万元; they are equal in three cases of four."""
    n = len(kind)
    by_kind = {
        NeedKind.DEBT: _loan(rng, at, purpose=purpose, revenue=revenue),
        NeedKind.EQUITY: _round_size(rng, stage),
        NeedKind.GUARANTEE: np.where(
            np.isin(purpose, [PURPOSE_NUMBER[p] for p in _BONDS]),
            np.clip(revenue * rng.uniform(0.01, 0.08, n), 2, 600),
            _loan(rng, at, purpose=purpose, revenue=revenue),
        ),
        NeedKind.INSURANCE: np.clip(at.assets * rng.lognormal(-0.5, 0.6, n), 20, 3_000),
        NeedKind.SERVICE: np.clip(3.5 * rng.lognormal(0, 0.7, n), 1, 30),
    }
    amount = np.select([kind == KINDS.index(k) for k in by_kind], list(by_kind.values()))
    low = round_wan(amount)
    wide = (rng.random(n) < _BAND_SHARE) & (low >= 5)
    high = np.where(wide, round_wan(low * rng.uniform(1.2, 1.6, n)), low)
    return low, np.maximum(low, high)


def _loan(
    rng: np.random.Generator,
    at: Firms,
    *,
    purpose: Ints,
    revenue: Ints,
) -> Floats:
    n = len(purpose)
    large = np.isin(purpose, [PURPOSE_NUMBER[p] for p in ("购置厂房", "技术改造", "购置设备")])
    share = rng.uniform(0.06, 0.28, n) * np.where(large, 1.6, 1.0)
    starting = 10 * rng.lognormal(0.6, 0.5, n)
    amount = np.where(revenue > 0, np.maximum(revenue * share, starting * 0.5), starting)
    start_up = np.isin(purpose, [PURPOSE_NUMBER[p] for p in ("创业启动", "创业贷款增信")])
    ceiling = np.select([(at.form == INDIVIDUAL) | (at.form == TEAM), start_up], [60, 300], 3_000)
    loan: Floats = np.clip(amount, 5, ceiling)
    return loan


def _round_size(rng: np.random.Generator, stage: Ints) -> Floats:
    low, high = np.log(np.array(words.STAGE_BANDS_WAN, dtype=float)).T
    at = np.maximum(stage, 0)
    size: Floats = np.exp(low[at] + (high[at] - low[at]) * rng.beta(2.0, 2.6, len(stage)))
    return size


def _terms(rng: np.random.Generator, *, kind: Ints, purpose: Ints) -> Ints:
    usual = {
        NeedKind.DEBT: "short",
        NeedKind.GUARANTEE: "guarantee",
        NeedKind.INSURANCE: "cover",
        NeedKind.SERVICE: "service",
    }
    special = _LONG_PURPOSES | dict.fromkeys(_PROJECT_COVERS, "project")
    special |= dict.fromkeys(_BONDS, "bond")
    term = np.full(len(kind), NO_TERM)
    for need_kind, name in usual.items():
        rows = np.flatnonzero(kind == KINDS.index(need_kind))
        term[rows] = rng.choice(_TERMS[name], len(rows))
    for word, name in special.items():
        rows = np.flatnonzero(purpose == PURPOSE_NUMBER[word])
        term[rows] = rng.choice(_TERMS[name], len(rows))
    return term


def _needs_of_bases(rng: np.random.Generator, bases: Bases) -> Needs:
    """Return loans that bases ask for to convert idle buildings (article 13 of the policy)."""
    n = max(2, round(len(bases) * _BASE_NEED_SHARE))
    base = np.sort(rng.choice(len(bases), n, replace=False))
    low = round_wan(rng.uniform(400, 5_000, n))
    security = [name in ("土地厂房抵押", "应收账款质押") for name in words.COLLATERAL]
    none = np.full(n, -1)
    return Needs(
        firm=np.full(n, NO_FIRM),
        base=base,
        serial=np.zeros(n, dtype=np.int64),
        day=rng.integers(60, WINDOW_DAYS, n),
        kind=np.full(n, KINDS.index(NeedKind.DEBT)),
        purpose=np.full(n, PURPOSE_NUMBER["基地建设"]),
        stage=none,
        amount_low=low,
        amount_high=np.where(rng.random(n) < 0.4, round_wan(low * 1.3), low),
        term=rng.choice(_TERMS["building"], n),
        collateral=np.full(n, bits(np.array(security))),
        age_months=none,
        staff=none,
        revenue=none,
    )
