"""The named terms of both sides' utilities for pairs of needs and offers."""

from __future__ import annotations

import numpy as np

from data.demo.arrays import Floats, Ints, Reals
from data.demo.firms import NO_BASE, Firms
from data.demo.institutions import Institutions
from data.demo.needs import NO_STAGE, Needs
from data.demo.offers import Offers
from data.demo.places import nearness
from data.demo.preferences import Preferences

Terms = dict[str, Reals]

FIRM_TERMS = (
    "firm_amount",
    "firm_price",
    "firm_place",
    "firm_reputation",
    "firm_relation",
    "firm_quality",
)
INST_TERMS = (
    "inst_taste",
    "inst_declared",
    "inst_ticket",
    "inst_place",
    "inst_stage",
    "inst_titles",
    "inst_relation",
    "inst_resident",
    "inst_strength",
)
_FARTHEST = 2.0
_TITLES_CENTRE, _TITLES_CAP = 0.7, 1.5
_N_TITLES = 5


def _fit(distance: Floats) -> Reals:
    """Return 1 at no distance, falling to -1 at two and beyond."""
    return (1.0 - np.minimum(np.abs(distance), _FARTHEST)).astype(np.float32)


def title_points(firms: Firms) -> Reals:
    """Return the innovation points of each firm that the term ``inst_titles`` uses."""
    held = sum((firms.titles >> number & 1 for number in range(_N_TITLES)), np.zeros(len(firms)))
    points = np.minimum(held / 2 + (firms.class_one_ip > 0) - _TITLES_CENTRE, _TITLES_CAP)
    return points.astype(np.float32)


def static_terms(
    needs: Needs, firms: Firms, institutions: Institutions, offers: Offers, *,
    rows: Ints, candidates: Ints,
) -> Terms:  # fmt: skip
    """Return every term but the two relations for needs ``(n,)`` against offers ``(n, k)``."""
    firm = needs.firm[rows]
    house = offers.institution[candidates]
    city, group = firms.city[firm][:, None], firms.group[firm][:, None]
    amount = np.log((needs.amount_low[rows] + needs.amount_high[rows]) / 2)[:, None]
    low, high = np.log(offers.amount_min + 1.0), np.log(offers.amount_max + 1.0)
    near = nearness(institutions.city[house], city)
    resident = (firms.base[firm] != NO_BASE)[:, None]
    return {
        "firm_amount": _fit(amount - ((low + high) / 2)[candidates]),
        "firm_price": -offers.price[candidates],
        "firm_place": near,
        "firm_reputation": institutions.reputation[house],
        "firm_quality": institutions.quality[house],
        "inst_taste": institutions.taste[house, group],
        "inst_declared": institutions.declared[house, group].astype(np.float32),
        "inst_ticket": _fit(amount - offers.ticket[candidates]),
        "inst_place": near + institutions.city_taste[house, city],
        "inst_stage": _stage_fit(needs, institutions, offers, rows=rows, candidates=candidates),
        "inst_titles": np.broadcast_to(title_points(firms)[firm][:, None], house.shape),
        "inst_resident": (offers.resident_first[candidates] & resident).astype(np.float32),
        "inst_strength": np.broadcast_to(
            firms.strength[firm].astype(np.float32)[:, None], house.shape
        ),
    }


def _stage_fit(
    needs: Needs, institutions: Institutions, offers: Offers, *, rows: Ints,
    candidates: Ints,
) -> Reals:  # fmt: skip
    stage = needs.stage[rows][:, None]
    years = np.log(np.maximum(needs.age_months[rows], 3) / 12)[:, None]
    by_age = years - institutions.liked_age[offers.institution[candidates]]
    by_stage = stage - offers.liked_stage[candidates]
    return _fit(np.where(stage == NO_STAGE, by_age, by_stage))


def utility(terms: Terms, names: tuple[str, ...], preferences: Preferences) -> Reals:
    """Return the weighted sum of the named terms that ``terms`` holds."""
    held = [name for name in names if name in terms]
    total: Reals = np.float32(getattr(preferences, held[0])) * terms[held[0]]
    for name in held[1:]:
        total = total + np.float32(getattr(preferences, name)) * terms[name]
    return total
