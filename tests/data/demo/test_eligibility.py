"""No event breaks a condition of its offer, checked on the records and not on the bit sets."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data.demo.eligibility import eligible
from data.records import Base, Firm, Need, Offer


def months_between(start: dt.date, end: dt.date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def overlaps(low: int | None, high: int | None, least: int | None, most: int | None) -> bool:
    if low is None or high is None:
        return True
    return (least is None or high >= least) and (most is None or low <= most)


def among(listed: tuple[str, ...], held: set[str | None]) -> bool:
    return not listed or bool(set(listed) & held)


def broken_conditions(offer: Offer, need: Need, firm: Firm, base: Base | None) -> list[str]:
    """Return the conditions of ``offer`` that the records do not meet; unknown figures pass."""
    age = months_between(firm.founded_on, need.stated_on) if firm.founded_on else None
    revenue = firm.revenue_minor
    code = firm.industry
    checks = {
        "kind": offer.kind is need.kind,
        "region": among(offer.regions, {firm.province, firm.city}),
        "bases": among(offer.base_ids, {firm.base_id}),
        "levels": among(offer.base_levels, {base.level if base else None}),
        "industries": not offer.industries or code.startswith(offer.industries),
        "excluded": not offer.industries_excluded or not code.startswith(offer.industries_excluded),
        "sectors": among(offer.sectors, set(firm.sectors)),
        "stages": among(offer.stages, {need.stage}),
        "sizes": among(offer.size_classes, {firm.size_class}),
        "titles": among(offer.credentials_any, set(firm.credentials)),
        "tax": among(offer.tax_grades, {firm.tax_grade}),
        "collateral": among(offer.collateral_any, set(need.collateral)),
        "purposes": among(offer.purposes, {need.purpose}),
        "amount": overlaps(
            need.amount_low_minor,
            need.amount_high_minor,
            offer.amount_min_minor,
            offer.amount_max_minor,
        ),
        "term": overlaps(
            need.term_months, need.term_months, offer.term_min_months, offer.term_max_months
        ),
        "age": overlaps(age, age, offer.firm_age_min_months, offer.firm_age_max_months),
        "revenue": overlaps(revenue, revenue, offer.revenue_min_minor, offer.revenue_max_minor),
        "ip": overlaps(firm.class_one_ip, firm.class_one_ip, offer.class_one_ip_min, None),
        "open": offer.valid_from <= need.stated_on
        and (offer.valid_to is None or need.stated_on <= offer.valid_to),
    }
    return [name for name, met in checks.items() if not met]


def records(side) -> list:
    return [side.record(row) for row in range(len(side))]


def test_no_list_shows_what_the_records_forbid(small):
    catalogue, history = small.catalogue, small.world.history
    bases = {base.base_id: base for base in records(catalogue.bases)}
    firms, needs, offers = (
        records(side) for side in (catalogue.firms, catalogue.needs, catalogue.offers)
    )
    pairs = set(zip(history.need.tolist(), history.offer.tolist(), strict=True))
    for need_row, offer_row in pairs:
        need = needs[need_row]
        firm = firms[small.world.market.needs.firm[need_row]]
        assert firm.firm_id == need.firm_id
        assert not broken_conditions(offers[offer_row], need, firm, bases.get(firm.base_id))


def test_bit_sets_forbid_only_what_records_forbid_or_leave_unknown(small):
    """The other direction: what the records allow is eligible, unless a figure is hidden."""
    catalogue, market = small.catalogue, small.world.market
    bases = {base.base_id: base for base in records(catalogue.bases)}
    firms, needs, offers = (
        records(side) for side in (catalogue.firms, catalogue.needs, catalogue.offers)
    )
    rows = np.flatnonzero(market.needs.firm >= 0)[::17]
    found = eligible(
        market.needs,
        market.firms,
        market.bases,
        market.offers,
        rows=rows,
        candidates=np.arange(len(offers))[None, :],
    )
    for i, need_row in enumerate(rows.tolist()):
        firm = firms[market.needs.firm[need_row]]
        if None in (firm.founded_on, firm.revenue_minor):
            continue
        for offer, allowed in zip(offers, found[i], strict=True):
            broken = broken_conditions(offer, needs[need_row], firm, bases.get(firm.base_id))
            assert allowed == (not broken)
