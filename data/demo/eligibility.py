"""The conditions of offers applied to needs: no event of the world breaks one of them.

This is the generator's own check, over bit sets. The rules of the product (``matcher``) read the
records instead.
"""

from __future__ import annotations

import numpy as np

from data.demo.arrays import Bools, Ints
from data.demo.bases import Bases
from data.demo.firms import NO_BASE, Firms
from data.demo.needs import NO_STAGE, NO_TERM, Needs
from data.demo.offers import Offers
from data.demo.product_columns import NO_BOUND, trades_allowed


def _allows(allowed: Ints, bit: Ints) -> Bools:
    """Whether a bit set admits a value; an empty one admits all, an unknown value (-1) none."""
    has = (allowed >> np.maximum(bit, 0) & 1).astype(bool)
    admitted: Bools = (allowed == 0) | ((bit >= 0) & has)
    return admitted


def _shares(allowed: Ints, held: Ints) -> Bools:
    shared: Bools = (allowed == 0) | (allowed & held != 0)
    return shared


def _at_least(bound: Ints, value: Ints) -> Bools:
    reached: Bools = (bound == NO_BOUND) | (value >= bound)
    return reached


def eligible(
    needs: Needs, firms: Firms, bases: Bases, offers: Offers, *, rows: Ints,
    candidates: Ints,
) -> Bools:  # fmt: skip
    """Return which candidate offers meet every condition of theirs. Shape ``(n, k)``.

    Parameters
    ----------
    rows
        Needs of firms. Shape ``(n,)``.
    candidates
        Offer rows. Shape ``(n, k)`` or ``(1, k)``.
    """
    firm = needs.firm[rows]

    def seeker(values: Ints) -> Ints:
        return values[:, None]

    def offer(name: str) -> Ints:
        found: Ints = getattr(offers, name)[candidates]
        return found

    base = firms.base[firm]
    level = np.where(base == NO_BASE, NO_BASE, bases.level[base])
    term = seeker(needs.term[rows])
    stage = seeker(needs.stage[rows])
    named = offers.bases_allowed[offer("base_set"), np.maximum(seeker(base), 0)]
    passes: list[Bools] = [
        offer("kind") == seeker(needs.kind[rows]),
        offers.are_open(candidates, seeker(needs.day[rows])),
        _allows(offer("city_bits"), seeker(firms.city[firm])),
        _allows(offer("purpose_bits"), seeker(needs.purpose[rows])),
        offer("amount_min") <= seeker(needs.amount_high[rows]),
        offer("amount_max") >= seeker(needs.amount_low[rows]),
        (term == NO_TERM) | (offer("term_min") == NO_BOUND)
        | ((offer("term_min") <= term) & (term <= offer("term_max"))),
        _allows(offer("group_bits"), seeker(firms.group[firm])),
        (stage == NO_STAGE) | _allows(offer("stage_bits"), stage),
        _allows(offer("size_bits"), seeker(firms.size_class[firm])),
        _shares(offer("title_bits"), seeker(firms.titles[firm])),
        _allows(offer("tax_bits"), seeker(firms.tax_grade[firm])),
        _shares(offer("collateral_bits"), seeker(needs.collateral[rows])),
        _allows(offer("level_bits"), seeker(level)),
        trades_allowed()[offer("trade_set"), seeker(firms.trade[firm])],
        (offer("base_set") == 0) | ((seeker(base) != NO_BASE) & named),
        _at_least(offer("age_min"), seeker(needs.age_months[rows])),
        (offer("age_max") == NO_BOUND) | (seeker(needs.age_months[rows]) <= offer("age_max")),
        _at_least(offer("staff_min"), seeker(firms.staff[firm])),
        _at_least(offer("revenue_min"), seeker(firms.revenue[firm])),
        _at_least(offer("class_one_ip_min"), seeker(firms.class_one_ip[firm])),
    ]  # fmt: skip
    met: Bools = np.logical_and.reduce(np.broadcast_arrays(*passes))
    return met
