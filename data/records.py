"""The records of the glossary, each a frozen, typed row.

The fields of these classes *are* the column names of every table in FinMatch: the Arrow schemas
(:mod:`data.schema`), the SQL tables (:mod:`data.store`) and the import headers derive from them.
Money is an integer number of hundredths of ``currency`` (fen, cents); a band has two ends, an
exact amount has both ends equal, an unknown amount has neither. Dates are calendar dates, instants
are time-zone-aware UTC datetimes. ``None`` means unknown, an empty tuple means none known.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class BaseLevel(StrEnum):
    """Level of the demonstration title of a base (双创基地级别)."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"


class BaseKind(StrEnum):
    """Kinds of base that 苏中小综合﹝2017﹞203号, article 1, names."""

    ENTREPRENEURSHIP_BASE = "entrepreneurship_base"  # 创业基地
    ENTREPRENEURSHIP_PARK = "entrepreneurship_park"  # 创业园
    MAKER_SPACE = "maker_space"  # 众创空间
    INCUBATOR = "incubator"  # 孵化器
    PARK_IN_PARK = "park_in_park"  # 园中园
    ANCHOR_FIRM_BASE = "anchor_firm_base"  # 龙头企业设立的基地


class NeedKind(StrEnum):
    """What is asked for, and equally what an offer provides."""

    DEBT = "debt"
    EQUITY = "equity"
    GUARANTEE = "guarantee"
    INSURANCE = "insurance"
    SERVICE = "service"


class InstitutionKind(StrEnum):
    """The five kinds of institution."""

    BANK = "bank"
    GUARANTOR = "guarantor"
    INSURER = "insurer"
    FUND = "fund"
    SERVICE_PROVIDER = "service_provider"


class EventKind(StrEnum):
    """What can happen between a firm and an offer."""

    IMPRESSION = "impression"
    VIEW = "view"
    SAVE = "save"
    CONTACT = "contact"
    MEETING = "meeting"
    APPLICATION = "application"
    APPROVAL = "approval"
    FUNDED = "funded"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class SizeClass(StrEnum):
    """企业划型 (工信部联企业〔2011〕300号)."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class TaxGrade(StrEnum):
    """纳税缴费信用级别 (国家税务总局公告2025年第12号)."""

    A = "A"
    B = "B"
    M = "M"
    C = "C"
    D = "D"


class Credential(StrEnum):
    """Innovation titles of a firm."""

    TECH_SME = "tech_sme"  # 科技型中小企业
    HIGH_TECH = "high_tech"  # 高新技术企业
    INNOVATIVE_SME = "innovative_sme"  # 创新型中小企业
    SPECIALISED_SME = "specialised_sme"  # 专精特新中小企业
    LITTLE_GIANT = "little_giant"  # 专精特新小巨人


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """An innovation base (双创基地)."""

    base_id: str
    name: str
    level: BaseLevel | None = None
    kind: BaseKind | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    operator: str | None = None
    founded_on: dt.date | None = None
    focus_sectors: tuple[str, ...] = ()
    description: str | None = None
    source: str | None = None
    source_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A resident small or micro firm, a team, or a founder without a company code.

    ``industry`` is a hierarchical code under ``industry_system`` (``gb4754-2017``: a letter and
    up to four digits; ``naics-2017``: two to six digits); ``sectors`` are free labels of the
    source; ``metro`` is a metropolitan area or city cluster (城市群).
    """

    firm_id: str
    name: str
    company_code: str | None = None
    base_id: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    postcode: str | None = None
    metro: str | None = None
    industry: str | None = None
    industry_system: str | None = None
    sectors: tuple[str, ...] = ()
    legal_form: str | None = None
    nonprofit: bool | None = None
    founded_on: dt.date | None = None
    employees: int | None = None
    size_class: SizeClass | None = None
    revenue_minor: int | None = None
    assets_minor: int | None = None
    liabilities_minor: int | None = None
    rd_expense_minor: int | None = None
    currency: str | None = None
    credentials: tuple[str, ...] = ()
    tax_grade: TaxGrade | None = None
    class_one_ip: int | None = None
    class_two_ip: int | None = None
    key_project: bool | None = None
    description: str | None = None
    source: str | None = None
    source_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a firm or a base asks for: the query of the firm side.

    Exactly one of ``firm_id`` and ``base_id`` is set. ``stage`` is the funding round or stage of
    growth; ``implied`` marks a need that nobody stated.
    """

    need_id: str
    firm_id: str | None = None
    base_id: str | None = None
    kind: NeedKind
    stated_on: dt.date
    stage: str | None = None
    amount_low_minor: int | None = None
    amount_high_minor: int | None = None
    currency: str | None = None
    purpose: str | None = None
    term_months: int | None = None
    collateral: tuple[str, ...] = ()
    employees: int | None = None
    text: str | None = None
    implied: bool = False
    source: str | None = None
    source_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """A bank, guarantor, insurer, fund or service provider.

    ``regions``, ``sectors`` and ``stages`` are what it *declares*; what it *does* is in the events.
    """

    institution_id: str
    name: str
    kind: InstitutionKind
    natural_person: bool | None = None
    registration_no: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    regions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    declared_on: dt.date | None = None
    description: str | None = None
    source: str | None = None
    source_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an institution offers: what is ranked for a firm.

    Bounds that are ``None`` and lists that are empty do not restrict. ``regions`` are province or
    city names, ``industries`` are code prefixes, ``stages`` and ``size_classes`` lists of values.
    ``resident_first`` is the clause 优先投资于基地内企业: a preference, never a filter.
    """

    offer_id: str
    institution_id: str
    name: str
    kind: NeedKind
    amount_min_minor: int | None = None
    amount_max_minor: int | None = None
    currency: str | None = None
    term_min_months: int | None = None
    term_max_months: int | None = None
    rate_low_pct: float | None = None
    rate_high_pct: float | None = None
    fee_pct: float | None = None
    regions: tuple[str, ...] = ()
    base_ids: tuple[str, ...] = ()
    base_levels: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    industries_excluded: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    size_classes: tuple[str, ...] = ()
    credentials_any: tuple[str, ...] = ()
    tax_grades: tuple[str, ...] = ()
    collateral_any: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    firm_age_min_months: int | None = None
    firm_age_max_months: int | None = None
    employees_min: int | None = None
    employees_max: int | None = None
    revenue_min_minor: int | None = None
    revenue_max_minor: int | None = None
    class_one_ip_min: int | None = None
    resident_first: bool = False
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    description: str | None = None
    source: str | None = None
    source_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An append-only fact about a firm and an offer.

    ``position`` counts from 1 in the list identified by ``recommendation_id``.
    """

    event_id: str
    kind: EventKind
    occurred_at: dt.datetime
    firm_id: str
    offer_id: str
    need_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    recommendation_id: str | None = None
    position: int | None = None
    model_version: str | None = None
    note: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A firm's verdict on a finished entry of the service ledger, 1 (poor) to 5 (excellent)."""

    rating_id: str
    firm_id: str
    offer_id: str
    score: int
    rated_at: dt.datetime
    comment: str | None = None
    source: str | None = None


Record = Base | Firm | Need | Institution | Offer | Event | Rating
