"""Resident firms, teams and founders as columns of numbers; names and texts are rendered later."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.demo import vocabulary as words
from data.demo.arrays import Bools, Floats, Ints, Texts
from data.demo.bases import Bases
from data.demo.material.trade import Mode
from data.demo.places import CITIES, PLACE_CITY, PLACE_WEIGHT, PLACES
from data.demo.size import DemoSize
from data.demo.size_classes import Thresholds, size_class_numbers, thresholds_of
from data.demo.streams import bits, draw, draw_rows, stream
from data.demo.titles import tax_grade_numbers, title_bits
from data.demo.trades import (
    GROUP_IS_HIGH_TECH,
    MODES,
    TRADE_GROUP,
    TRADE_MODE,
    TRADE_WEIGHT,
    TRADES,
    economics_of,
)

NO_BASE = -1
COMPANY, JOINT_STOCK, INDIVIDUAL, COOPERATIVE, TEAM = range(5)
LEGAL_FORMS: tuple[str, ...] = (
    "有限责任公司",
    "股份有限公司",
    "个体工商户",
    "农民专业合作社",
    "创业团队",
)

TEAM_SHARE = 0.035
GRADUATED_SHARE = 0.06
"""Firms that have moved out of their base."""
FOCUS_BOOST, CLUSTER_BOOST = 5.0, 4.0
_IS_LOCAL = np.array([trade.group == "生活服务" for trade in TRADES])
MAX_AGE_DAYS = 20 * 365
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Firms:
    """One array for each attribute, shape ``(n,)``; money in 万元.

    ``trade``, ``place`` and ``base`` are numbers into their tables; ``titles`` and ``collateral``
    are bit sets; ``strength`` (hidden quality) and ``growth`` (yearly) appear in no record;
    ``maturity`` is the equity stage reached today.
    """

    base: Ints
    place: Ints
    trade: Ints
    form: Ints
    age_days: Ints
    staff: Ints
    revenue: Ints
    assets: Ints
    liabilities: Ints
    rd: Ints
    size_class: Ints
    class_one_ip: Ints
    class_two_ip: Ints
    titles: Ints
    tax_grade: Ints
    collateral: Ints
    key_project: Bools
    strength: Floats
    growth: Floats
    maturity: Ints

    def __len__(self) -> int:
        return len(self.base)

    def take(self, rows: Ints | slice) -> Firms:
        """Return the given rows."""
        return Firms(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @property
    def city(self) -> Ints:
        """City number of each firm."""
        return PLACE_CITY[self.place]

    @property
    def group(self) -> Ints:
        """Sector group of each firm."""
        return TRADE_GROUP[self.trade]


def firm_ids(rows: Ints) -> list[str]:
    """Return the ids of the firms in ``rows``."""
    return [f"firm_{words.SOURCE}_{row:07d}" for row in rows.tolist()]


def make_firms(size: DemoSize, bases: Bases, *, seed: int) -> Firms:
    """Draw the firms; ages count back from the day of the world, figures are as of that day."""
    rng = stream(seed, "firms")
    n = size.firms
    base = draw(rng, bases.weight, n)
    place = np.where(rng.random(n) < 0.85, bases.place[base], draw(rng, PLACE_WEIGHT, n))
    place = np.where(PLACE_CITY[place] == bases.city[base], place, bases.place[base])
    trade = _trades(rng, bases, base=base)
    form, age_days = _forms_and_ages(rng, trade)
    base = np.where((rng.random(n) < GRADUATED_SHARE) & (form != TEAM), NO_BASE, base)
    return _with_figures(rng, base=base, place=place, trade=trade, form=form, age_days=age_days)


def _trades(rng: np.random.Generator, bases: Bases, *, base: Ints) -> Ints:
    cluster = np.ones((len(CITIES), len(TRADES)))
    for number, trade in enumerate(TRADES):
        for city in trade.cities:
            cluster[CITIES.index(city), number] = CLUSTER_BOOST
    focus = np.where(bases.focus[:, TRADE_GROUP], FOCUS_BOOST, 1.0)
    return draw_rows(rng, TRADE_WEIGHT * cluster[bases.city] * focus, base)


def _forms_and_ages(rng: np.random.Generator, trade: Ints) -> tuple[Ints, Ints]:
    n = len(trade)
    mode = TRADE_MODE[trade]
    age = rng.gamma(1.5, 4.0 * DAYS_PER_YEAR / 1.5 * 1.15, n)
    age = np.clip(age, 40, MAX_AGE_DAYS)
    form = np.full(n, COMPANY)
    u = rng.random(n)
    trading = mode == MODES.index(Mode.TRADE)
    form[trading & (u < 0.14)] = INDIVIDUAL
    form[(mode == MODES.index(Mode.FARM)) & (u < 0.4)] = COOPERATIVE
    form[(u > 1 - TEAM_SHARE) & (form == COMPANY)] = TEAM
    age = np.where(form == TEAM, rng.uniform(40, 420, n), age)
    form[(form == COMPANY) & (age > 6 * DAYS_PER_YEAR) & (rng.random(n) < 0.05)] = JOINT_STOCK
    return form, age.astype(np.int64)


def _with_figures(
    rng: np.random.Generator,
    *,
    base: Ints,
    place: Ints,
    trade: Ints,
    form: Ints,
    age_days: Ints,
) -> Firms:
    n = len(trade)
    years = age_days / DAYS_PER_YEAR
    strength = rng.standard_normal(n)
    staff, revenue = _staff_and_revenue(rng, trade=trade, form=form, years=years, strength=strength)
    assets = revenue * economics_of(trade, "assets_per_revenue") * rng.lognormal(0, 0.4, n)
    assets = np.round(assets + staff * rng.uniform(1, 5, n) + rng.uniform(5, 60, n))
    staff, revenue, size_class = _keep_small(
        rng, trade, staff=staff, revenue=revenue, assets=assets
    )
    size_class[form == TEAM] = -1
    liabilities = np.round(assets * np.clip(rng.beta(2.6, 3.0, n) - 0.04 * strength, 0.03, 0.92))
    rd = _rd_expense(rng, trade=trade, revenue=revenue, staff=staff)
    ip_one, ip_two = _ip(rng, trade=trade, years=years, rd=rd, strength=strength)
    ip_one[form == TEAM] = 0
    titles = title_bits(
        rng, trade=trade, years=years, staff=staff, revenue=revenue, assets=assets,
        liabilities=liabilities, rd=rd, class_one_ip=ip_one, class_two_ip=ip_two,
    )  # fmt: skip
    titles[(form == TEAM) | (form == INDIVIDUAL) | (form == COOPERATIVE)] = 0
    tax = tax_grade_numbers(rng, years=years, revenue=revenue, strength=strength)
    tax[form == TEAM] = -1
    return Firms(
        base=base,
        place=place,
        trade=trade,
        form=form,
        age_days=age_days,
        staff=staff,
        revenue=revenue.astype(np.int64),
        assets=assets.astype(np.int64),
        liabilities=liabilities.astype(np.int64),
        rd=rd.astype(np.int64),
        size_class=size_class,
        class_one_ip=ip_one,
        class_two_ip=ip_two,
        titles=titles,
        tax_grade=tax,
        collateral=_collateral(rng, trade=trade, years=years, revenue=revenue, ip_one=ip_one),
        key_project=rng.random(n) < 0.03 + 0.03 * (titles > 0),
        strength=strength,
        growth=np.clip(rng.normal(0.12, 0.18, n) + 0.2 * np.exp(-years / 2), -0.25, 0.9),
        maturity=_maturity(rng, trade=trade, years=years, revenue=revenue),
    )


def _staff_and_revenue(
    rng: np.random.Generator,
    *,
    trade: Ints,
    form: Ints,
    years: Floats,
    strength: Floats,
) -> tuple[Ints, Floats]:
    n = len(trade)
    grown = np.clip((years + 0.6) / 5, 0.15, 2.2) ** 0.7
    usual = economics_of(trade, "staff") * grown * rng.lognormal(0.08 * strength, 0.6, n)
    staff = np.clip(np.round(usual), 2, 280).astype(np.int64)
    staff = np.where(form == INDIVIDUAL, np.minimum(staff, 14), staff)
    staff = np.where(form == TEAM, rng.integers(2, 9, n), staff)
    per_head = economics_of(trade, "revenue_per_head") * rng.lognormal(0.06 * strength, 0.5, n)
    per_head *= np.where(_IS_LOCAL[trade], 0.3, 1.0) * np.where(form == INDIVIDUAL, 0.6, 1.0)
    ramp = np.clip(years / 2.5, 0.15, 1.0)
    before = economics_of(trade, "before_revenue") * np.exp(-np.maximum(years - 1, 0) / 2.0)
    before = np.clip(before * np.where(years < 1, 2.2, 1.0), 0, 0.95)
    none = (rng.random(n) < before) | (form == TEAM)
    revenue = np.where(none, 0.0, np.maximum(np.round(staff * per_head * ramp), 3))
    return staff, revenue


def _keep_small(
    rng: np.random.Generator,
    trade: Ints,
    *,
    staff: Ints,
    revenue: Floats,
    assets: Floats,
) -> tuple[Ints, Floats, Ints]:
    """Trim what would be a medium firm to a large small one; return the size classes too."""
    bounds = np.array([thresholds_of(t.code) or Thresholds(0, 0, 0, 0, 0, 0) for t in TRADES])
    rows = bounds[trade]
    over = size_class_numbers(rows, staff=staff, revenue=revenue, assets=assets) == 2
    staff_bound, revenue_bound = rows[:, 3], rows[:, 4]
    share = rng.uniform(0.6, 1.0, len(trade))
    fewer = np.maximum(np.floor((staff_bound - 1) * share), 1).astype(np.int64)
    staff = np.where(over & (staff_bound > 0), np.minimum(staff, fewer), staff)
    by_revenue = over & (staff_bound == 0) & (revenue_bound > 0)
    less = np.floor((revenue_bound - 1) * share)
    revenue = np.where(by_revenue, np.minimum(revenue, less), revenue)
    return staff, revenue, size_class_numbers(rows, staff=staff, revenue=revenue, assets=assets)


def _rd_expense(
    rng: np.random.Generator,
    *,
    trade: Ints,
    revenue: Floats,
    staff: Ints,
) -> Floats:
    n = len(trade)
    share = economics_of(trade, "rd_share") / 100
    tech = GROUP_IS_HIGH_TECH[TRADE_GROUP[trade]]
    usual = revenue * share * rng.lognormal(0, 0.45, n)
    starting = staff * np.where(tech, rng.uniform(4, 14, n), rng.uniform(0, 0.8, n))
    spent = np.where(revenue > 0, np.minimum(usual, revenue * 0.6), starting)
    return np.where(rng.random(n) < np.where(tech, 0.05, 0.45), 0.0, np.round(spent))


def _ip(
    rng: np.random.Generator,
    *,
    trade: Ints,
    years: Floats,
    rd: Floats,
    strength: Floats,
) -> tuple[Ints, Ints]:
    grown = np.clip(years / 4, 0.1, 2.0)
    active = np.where(rd > 0, 1.0, 0.25) * np.exp(0.25 * strength)
    one = rng.poisson(economics_of(trade, "class_one_ip") * grown * active)
    two = rng.poisson(economics_of(trade, "class_two_ip") * grown * active)
    return one, two


def _collateral(
    rng: np.random.Generator,
    *,
    trade: Ints,
    years: Floats,
    revenue: Floats,
    ip_one: Ints,
) -> Ints:
    """Return what each firm could give as security, as bits over ``vocabulary.COLLATERAL``."""
    n = len(trade)
    make = np.isin(TRADE_MODE[trade], [MODES.index(Mode.MAKE), MODES.index(Mode.FARM)])
    old = np.clip(years / 8, 0, 1)
    chances = np.stack(
        [
            0.25 + 0.35 * old,  # 房产抵押
            np.where(make, 0.04 + 0.16 * old, 0.01),  # 土地厂房抵押
            np.where(make, 0.45, 0.10),  # 设备抵押
            np.where(revenue > 0, 0.55, 0.0),  # 应收账款质押
            np.where(ip_one > 0, 0.7, 0.0),  # 专利权质押
            np.where(make & (revenue > 0), 0.25, 0.12),  # 存货质押
            np.full(n, 0.12),  # 股权质押
            np.where(revenue > 0, 0.3, 0.0),  # 订单质押
            np.full(n, 0.6),  # 个人保证
            np.full(n, 0.25),  # 担保公司保证
        ],
        axis=1,
    )
    return bits(rng.random(chances.shape) < chances)


def _maturity(
    rng: np.random.Generator,
    *,
    trade: Ints,
    years: Floats,
    revenue: Floats,
) -> Ints:
    tech = GROUP_IS_HIGH_TECH[TRADE_GROUP[trade]]
    drive = 0.55 * np.log1p(years) + 0.28 * np.log1p(revenue / 300) + 0.35 * tech
    stage = np.floor(drive * 1.25 + rng.normal(0, 0.7, len(trade)) - 0.4)
    return np.clip(stage, 0, len(words.STAGES) - 1).astype(np.int64)


def area_codes(firms: Firms) -> Texts:
    """Return the GB/T 2260 code of each firm's district."""
    return np.array([place.area_code for place in PLACES])[firms.place]
