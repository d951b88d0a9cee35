"""A rule: one condition with an id, a version, the days on which it holds, and its source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from data.rules.conditions import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which offers a rule restricts; a rule without any is a definition that others name."""

    offers: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.offers or self.institutions or self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of a rule.

    Attributes
    ----------
    effective_from, effective_to
        First and last day on which it holds; ``None`` is open.
    source
        The text it comes from, so that a reader can look it up.
    unconfirmed
        What in it was not confirmed against its source; empty where all was.
    """

    rule_id: str
    version: str
    title_zh: str
    title_en: str
    source: str
    require: Condition
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    unconfirmed: tuple[str, ...] = ()
    scope: Scope = field(default_factory=Scope)

    def in_force(self, day: dt.date) -> bool:
        """Return whether the version holds on a day."""
        return not (
            (self.effective_from is not None and day < self.effective_from)
            or (self.effective_to is not None and day > self.effective_to)
        )

    def overlaps(self, other: Rule) -> bool:
        """Return whether two versions hold on a common day."""
        return not (_ends_before(self, other) or _ends_before(other, self))


def _ends_before(first: Rule, second: Rule) -> bool:
    end, start = first.effective_to, second.effective_from
    return end is not None and start is not None and end < start
