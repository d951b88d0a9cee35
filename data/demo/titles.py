"""Innovation titles and tax credit grades consistent with their published thresholds."""

from __future__ import annotations

import numpy as np

from data.demo.arrays import Floats, Ints
from data.demo.streams import bits
from data.demo.trades import GROUP_IS_HIGH_TECH, TRADE_GROUP
from data.records import Credential, TaxGrade

TITLES: tuple[Credential, ...] = tuple(Credential)
TAX_GRADES: tuple[TaxGrade, ...] = (
    TaxGrade.A,
    TaxGrade.B,
    TaxGrade.M,
    TaxGrade.C,
    TaxGrade.D,
)

_TECH_SME_MAX_STAFF, _TECH_SME_MAX_WAN, _TECH_SME_SCORE = 500, 20_000, 60
_YEARS_BEFORE_GRADE_A = 3
_YEARS_BEFORE_GRADE = 1


def _tech_sme_score(
    rng: np.random.Generator,
    *,
    rd_share: Floats,
    class_one_ip: Ints,
    class_two_ip: Ints,
) -> Ints:
    """Score of 国科发政〔2017〕115号: sci-tech staff (hidden, 0 to 20), R&D share, IP."""
    staff_points = rng.choice([0, 4, 8, 12, 16, 20], p=[0.06, 0.1, 0.18, 0.24, 0.22, 0.2],
                              size=len(rd_share))  # fmt: skip
    rd_points = np.select([rd_share >= x for x in (0.06, 0.05, 0.04, 0.03, 0.02)],
                          [50, 40, 30, 20, 10], 0)  # fmt: skip
    second = np.select([class_two_ip >= k for k in (4, 3, 2, 1)], [24, 18, 12, 6], 0)
    ip_points = np.where(class_one_ip >= 1, 30, second)
    return np.where(staff_points > 0, staff_points + rd_points + ip_points, 0)


def title_bits(
    rng: np.random.Generator,
    *,
    trade: Ints,
    years: Floats,
    staff: Ints,
    revenue: Floats,
    assets: Floats,
    liabilities: Floats,
    rd: Floats,
    class_one_ip: Ints,
    class_two_ip: Ints,
) -> Ints:
    """Return the titles of each firm as bits over :data:`TITLES`; money in 万元.

    A firm that meets the visible conditions of a title holds it with some probability, because the
    rest is judged by experts; a firm that fails one never holds it.
    """
    n = len(trade)
    share = np.divide(rd, revenue, out=np.where(rd > 0, 1.0, 0.0), where=revenue > 0)
    field = GROUP_IS_HIGH_TECH[TRADE_GROUP[trade]]
    needed = np.select([revenue <= 5_000, revenue <= 20_000], [0.05, 0.04], 0.03)
    high_tech = (
        field & (years >= 1) & (revenue > 0) & (share >= needed)
        & ((class_one_ip >= 1) | (class_two_ip >= 5)) & (rng.random(n) < 0.62)
    )  # fmt: skip
    small = (staff <= _TECH_SME_MAX_STAFF) & (revenue <= _TECH_SME_MAX_WAN)
    score = _tech_sme_score(
        rng, rd_share=share, class_one_ip=class_one_ip, class_two_ip=class_two_ip
    )
    tech_sme = small & (assets <= _TECH_SME_MAX_WAN) & (high_tech | (score >= _TECH_SME_SCORE))
    tech_sme &= high_tech | (rng.random(n) < 0.75)
    debt = np.divide(liabilities, assets, out=np.ones(n), where=assets > 0)
    innovative = (high_tech | (tech_sme & (share >= 0.03))) & (debt <= 0.75) & (rng.random(n) < 0.6)
    special = (
        (years >= 3) & (revenue >= 1_500) & (rd >= 100) & (share >= 0.03) & (debt <= 0.80)
        & (class_one_ip >= 1) & (high_tech | tech_sme) & innovative & (rng.random(n) < 0.7)
    )  # fmt: skip
    giant = (
        special & (revenue >= 5_000) & (rd >= 600) & (debt <= 0.75) & (class_one_ip >= 4)
        & (rng.random(n) < 0.4)
    )  # fmt: skip
    return bits(np.stack([tech_sme, high_tech, innovative, special, giant], axis=1))


def tax_grade_numbers(
    rng: np.random.Generator,
    *,
    years: Floats,
    revenue: Floats,
    strength: Floats,
) -> Ints:
    """Return positions in :data:`TAX_GRADES`.

    M in the first year or without revenue; A only from three years of operation
    (国家税务总局公告2025年第12号).
    """
    points = 84 + 5 * strength + rng.normal(0, 7, len(years))
    grade = np.select([points >= 90, points >= 70, points >= 60], [0, 1, 3], 4)
    grade = np.where((grade == 0) & (years < _YEARS_BEFORE_GRADE_A), 1, grade)
    new = (years < _YEARS_BEFORE_GRADE) | ((revenue == 0) & (grade < 3))
    return np.where(new, 2, grade)
