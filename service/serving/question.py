"""What can be asked: offers for a firm or base, or firms for an institution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from data.errors import ArgumentError
from data.records import Firm, Need, NeedKind
from data.rules.facts import Value
from matcher.eligibility import UnknownPolicy
from matcher.filters import NeedFilter, OfferFilter

MOST_N = 100
"""Rows of one answer."""
MOST_DEEP = 500
"""How far down a ranked list pages go: as far as the pool that is ordered."""
MOST_UNBLOCK = 10
DEFAULT_N = 20


class ExplainLevel(StrEnum):
    """How much of each row is told: the score alone, its reasons and rules, or all themes too."""

    NONE = "none"
    REASONS = "reasons"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A firm of no store with its need and what else is known; nothing of it is kept."""

    firm: Firm
    need: Need | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferQuestion:
    """Offers for whom: exactly one of the ids or a profile.

    Attributes
    ----------
    n, skip
        Rows to return after so many; of each kind where ``by_kind``.
    kinds
        Kinds of offer; by default the need's own.
    diversity
        0 keeps the order, 1 looks at variety alone.
    language
        Of the reasons; ``None`` gives both.
    """

    firm_id: str | None = None
    need_id: str | None = None
    base_id: str | None = None
    profile: Profile | None = None
    n: int = DEFAULT_N
    skip: int = 0
    kinds: tuple[NeedKind, ...] = ()
    by_kind: bool = False
    among: OfferFilter | None = None
    diversity: float = 0.0
    language: str | None = None
    unknown: UnknownPolicy = UnknownPolicy.SHOW
    explain: ExplainLevel = ExplainLevel.REASONS
    unblock: int = 0

    def __post_init__(self) -> None:
        asked = (self.firm_id, self.need_id, self.base_id, self.profile)
        if sum(one is not None for one in asked) != 1:
            raise ArgumentError(
                "Ask for exactly one of firm_id, need_id, base_id and profile.",
                field="firm_id",
                remedy="Send one of them and leave the others out.",
            )
        check_depth(self.n, self.skip)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedQuestion:
    """Firms and bases with their needs, for an institution or one of its offers."""

    institution_id: str
    offer_id: str | None = None
    n: int = DEFAULT_N
    skip: int = 0
    among: NeedFilter | None = None
    include_implied: bool = True
    language: str | None = None
    unknown: UnknownPolicy = UnknownPolicy.SHOW
    explain: ExplainLevel = ExplainLevel.REASONS

    def __post_init__(self) -> None:
        check_depth(self.n, self.skip)


def check_depth(n: int, skip: int) -> None:
    """Raise unless rows ``skip`` … ``skip + n`` lie inside what is ranked."""
    if not 1 <= n <= MOST_N:
        raise ArgumentError(f"n must lie in 1 … {MOST_N}; got {n}.", field="n")
    if not 0 <= skip <= MOST_DEEP - n:
        raise ArgumentError(
            f"Lists go {MOST_DEEP} rows deep; asked for rows after {skip}.",
            field="cursor",
            remedy="Narrow the list by kinds or filters instead.",
        )
