"""The conditions once more, one pair and one record at a time, as plainly as can be."""

from __future__ import annotations

import datetime as dt

from data.records import Base, Firm, Need, Offer

MET, UNMET, UNKNOWN = "MET", "UNMET", "UNKNOWN"
MANUAL_REVIEW, NOT_APPLICABLE = "MANUAL_REVIEW", "NOT_APPLICABLE"

SUFFIXES = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


def plain(place: str) -> str:
    place = place.strip().casefold()
    for suffix in SUFFIXES:
        if place.endswith(suffix) and len(place) - len(suffix) >= 2:
            return place[: -len(suffix)]
    return place


def check_all(
    need: Need, firm: Firm | None, base: Base | None, offer: Offer, on: dt.date
) -> dict[str, str]:
    """Answer every condition of ``offer`` for one asker."""
    return {
        "kind": MET if need.kind == offer.kind else UNMET,
        "validity": validity(offer, on),
        "region": region(firm, base, offer),
        "industry": industry(firm, offer),
        "industry_excluded": industry_excluded(firm, offer),
        "amount": amount(need, offer),
        "term": between(need.term_months, offer.term_min_months, offer.term_max_months),
        "firm_age": between(
            None if firm is None else months_since(firm.founded_on, on),
            offer.firm_age_min_months,
            offer.firm_age_max_months,
        ),
        "employees": between(staff(need, firm), offer.employees_min, offer.employees_max),
        "revenue": revenue(firm, offer),
        "class_one_ip": between(firm and firm.class_one_ip, offer.class_one_ip_min, None),
        "base": one_of(base_id(need, firm), offer.base_ids),
        "base_level": one_of(base and base.level, offer.base_levels),
        "sector": shares(firm.sectors if firm else (), offer.sectors),
        "stage": one_of(need.stage, offer.stages),
        "size_class": one_of(firm and firm.size_class, offer.size_classes),
        "credential": shares(firm.credentials if firm else (), offer.credentials_any),
        "tax_grade": one_of(firm and firm.tax_grade, offer.tax_grades),
        "collateral": shares(need.collateral, offer.collateral_any),
        "purpose": one_of(need.purpose, offer.purposes),
    }


def validity(offer, on):
    if offer.valid_from is None and offer.valid_to is None:
        return NOT_APPLICABLE
    if offer.valid_from is not None and on < offer.valid_from:
        return UNMET
    if offer.valid_to is not None and on > offer.valid_to:
        return UNMET
    return MET


def region(firm, base, offer):
    wanted = [name.strip().casefold() for name in offer.regions]
    if not wanted or any(name in ("全国", "全国范围", "不限", "nationwide") for name in wanted):
        return NOT_APPLICABLE
    where = firm or base
    names = ("country", "province", "metro", "city", "district")
    places = {getattr(where, name, None) for name in names} - {None}
    if {plain(place) for place in places} & {plain(name) for name in wanted}:
        return MET
    return UNMET if where and where.province and where.city else UNKNOWN


def industry(firm, offer):
    if not offer.industries:
        return NOT_APPLICABLE
    if firm is None or firm.industry is None:
        return UNKNOWN
    return compare(firm.industry, offer.industries, hit=MET, miss=UNMET)


def industry_excluded(firm, offer):
    if not offer.industries_excluded:
        return NOT_APPLICABLE
    if firm is None or firm.industry is None:
        return UNKNOWN
    return compare(firm.industry, offer.industries_excluded, hit=UNMET, miss=MET)


def compare(own, listed, *, hit, miss):
    own, listed = own.strip().upper(), [code.strip().upper() for code in listed]
    if any(own.startswith(code) for code in listed):
        return hit
    same_system = any(code[0].isalpha() == own[0].isalpha() for code in listed)
    coarser = any(code.startswith(own) for code in listed)
    return miss if same_system and not coarser else UNKNOWN


def amount(need, offer):
    least, most = offer.amount_min_minor, offer.amount_max_minor
    low, high = need.amount_low_minor, need.amount_high_minor
    low, high = (high if low is None else low), (low if high is None else high)
    return money(low, high, need.currency, least, most, offer.currency)


def revenue(firm, offer):
    value = None if firm is None else firm.revenue_minor
    least, most = offer.revenue_min_minor, offer.revenue_max_minor
    return money(value, value, firm and firm.currency, least, most, offer.currency)


def money(low, high, currency, least, most, other_currency):
    if least is None and most is None:
        return NOT_APPLICABLE
    if low is None:
        return UNKNOWN
    if currency is not None and other_currency is not None and currency != other_currency:
        return MANUAL_REVIEW
    if least is not None and high < least:
        return UNMET
    return UNMET if most is not None and low > most else MET


def between(value, least, most):
    if least is None and most is None:
        return NOT_APPLICABLE
    if value is None:
        return UNKNOWN
    if least is not None and value < least:
        return UNMET
    return UNMET if most is not None and value > most else MET


def months_since(start, end):
    if start is None:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if end.day < start.day else 0)


def staff(need, firm):
    if need.employees is not None:
        return need.employees
    return None if firm is None else firm.employees


def base_id(need, firm):
    return need.base_id if firm is None else firm.base_id


def one_of(value, accepted):
    if not accepted:
        return NOT_APPLICABLE
    if value is None:
        return UNKNOWN
    return MET if value in accepted else UNMET


def shares(values, accepted):
    if not accepted:
        return NOT_APPLICABLE
    if not values:
        return UNKNOWN
    return MET if set(values) & set(accepted) else UNMET
