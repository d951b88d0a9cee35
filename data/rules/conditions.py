"""The forms of a condition, as frozen values: two that say the same are equal.

Bounds include their ends unless ``*_open`` is set. Money is in hundredths, shares are in per cent,
ages in months, days are counted from 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How a fact is compared with a list."""

    ANY = "any"  # it has one of them
    ALL = "all"  # it has each of them
    NONE = "none"  # it has none of them


class Op(StrEnum):
    """How the parts of a group combine."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number within bounds; a bound that is ``None`` does not restrict.

    ``currency`` is that of money; money in another one is for a person to judge.
    """

    fact: str
    least: float | None = None
    most: float | None = None
    least_open: bool = False
    most_open: bool = False
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word, list, place or code compared with listed values."""

    fact: str
    values: tuple[str, ...]
    mode: Mode = Mode.ANY


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person has to judge; ``fact`` is a flag that answers it once somebody has."""

    zh: str
    en: str
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """What nobody meets any more, such as an offer whose quota is used up."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Group:
    """Parts combined."""

    op: Op
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class When:
    """A body that applies only where its guard is met."""

    guard: Condition
    body: Condition


@dataclass(frozen=True, slots=True)
class Band:
    """Points for a condition."""

    points: float
    condition: Condition


@dataclass(frozen=True, slots=True)
class Score:
    """Points summed over items, of each item the best band, against a threshold."""

    at_least: float
    items: tuple[tuple[Band, ...], ...]
    open_end: bool = False
    """True where the sum must be above the threshold."""


@dataclass(frozen=True, slots=True)
class Named:
    """Another rule by its id, in the version in force on the day."""

    rule_id: str


Leaf = Bounds | OneOf | Judged | Never
Condition = Leaf | Group | When | Score | Named


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions directly inside one; none for a leaf and a named rule."""
    match condition:
        case Group():
            return condition.parts
        case When():
            return condition.guard, condition.body
        case Score():
            return tuple(band.condition for item in condition.items for band in item)
        case _:
            return ()


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and everything inside it."""
    yield condition
    for part in parts_of(condition):
        yield from walk(part)
