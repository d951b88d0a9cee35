"""What the demo world knows about one kind of financial product or service."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.records import Credential, InstitutionKind, NeedKind, SizeClass, TaxGrade

T_SME, HIGH, INNO, SPEC, GIANT = (
    Credential.TECH_SME,
    Credential.HIGH_TECH,
    Credential.INNOVATIVE_SME,
    Credential.SPECIALISED_SME,
    Credential.LITTLE_GIANT,
)
AB, ABM, ABMC = (
    (TaxGrade.A, TaxGrade.B),
    (TaxGrade.A, TaxGrade.B, TaxGrade.M),
    (TaxGrade.A, TaxGrade.B, TaxGrade.M, TaxGrade.C),
)
MICRO_SMALL = (SizeClass.MICRO, SizeClass.SMALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product that several institutions offer, each with its own bounds and words.

    ``amount_wan`` is the smallest and largest amount in 万元, ``term_months`` likewise;
    ``price_pct`` is the interest rate of a loan or the yearly fee or premium. The other conditions
    are those of :class:`data.records.Offer`. ``leads`` are opening sentences in the phrase grammar
    (slots ``brand``, ``max``, ``region``).
    """

    names: tuple[str, ...]
    purposes: tuple[str, ...]
    amount_wan: tuple[int, int]
    term_months: tuple[int, int]
    leads: tuple[str, ...]
    price_pct: tuple[float, float] | None = None
    industries: tuple[str, ...] = ()
    industries_excluded: tuple[str, ...] = ()
    credentials_any: tuple[Credential, ...] = ()
    tax_grades: tuple[TaxGrade, ...] = ()
    collateral_any: tuple[str, ...] = ()
    size_classes: tuple[SizeClass, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    staff_min: int | None = None
    revenue_min_wan: int | None = None
    class_one_ip_min: int | None = None
    resident_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All products of one kind of institution, most common first, with general sentences."""

    kind: NeedKind
    institution: InstitutionKind
    products: tuple[Product, ...]
    process: tuple[str, ...]
    extras: tuple[str, ...] = field(default=())
