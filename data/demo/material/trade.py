"""What the demo world knows about one industry class of GB/T 4754-2017."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How a firm of the class earns its living; chooses sentences and economics."""

    MAKE = "make"
    SOFT = "soft"
    BIO = "bio"
    SERVE = "serve"
    FARM = "farm"
    TRADE = "trade"
    BUILD = "build"


@dataclass(frozen=True, slots=True)
class Trade:
    """One class: its code and words.

    ``code`` is a section letter and four digits; ``group`` is the broad sector label, ``label`` the
    narrow one; ``names`` are trade words of firm names; ``facts`` are whole clauses in the phrase
    grammar (:mod:`data.demo.phrases`); ``gear`` is equipment it buys, ``inputs`` what it stocks or
    pays for; ``cities`` are places where the trade clusters; ``weight`` is its relative frequency.
    """

    code: str
    name: str
    group: str
    label: str
    mode: Mode
    names: tuple[str, ...]
    products: tuple[str, ...]
    tech: tuple[str, ...]
    customers: tuple[str, ...]
    facts: tuple[str, ...]
    gear: tuple[str, ...]
    inputs: tuple[str, ...]
    cities: tuple[str, ...]
    weight: float


def words_of(text: str) -> tuple[str, ...]:
    """Return the blank-separated words of ``text``."""
    return tuple(text.split())


def trade(
    code: str,
    name: str,
    *,
    group: str,
    label: str,
    mode: Mode,
    names: str,
    products: str,
    tech: str,
    customers: str,
    facts: str,
    gear: str,
    inputs: str,
    cities: str = "",
    weight: float = 1.0,
) -> Trade:
    """Build a :class:`Trade` from blank-separated phrases."""
    return Trade(
        code=code,
        name=name,
        group=group,
        label=label,
        mode=mode,
        names=tuple(names.split()),
        products=tuple(products.split()),
        tech=tuple(tech.split()),
        customers=tuple(customers.split()),
        facts=tuple(facts.split()),
        gear=tuple(gear.split()),
        inputs=tuple(inputs.split()),
        cities=tuple(cities.split()),
        weight=weight,
    )
