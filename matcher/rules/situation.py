"""A situation: what is known of who asks on a day, and what it becomes when something changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.rules.facts import Figure, Value
from features.rules.columns import Column, NumberColumn
from features.rules.fact_table import FactTable, whole_months
from features.rules.stated import column_of, value_at

TIMED = ("operating_months", "niche_months")
"""Facts in months that grow with time, beside the age."""

_DAY_ZERO = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Change:
    """One thing that one does, or waits for.

    Attributes
    ----------
    fact
        What is changed.
    before, after
        Its value now (``None``: unknown) and then; a list holds what is added as well.
    effort
        As :class:`~data.rules.effort.Lever` counts it.
    also
        What changes with it, such as the staff with those who are hired.
    on
        The first day on which it can be so, where time has to pass.
    added
        The value that a list gains.
    through
        The computed fact that it is about, with its value now and then.
    """

    fact: str
    before: Value | None
    after: Value
    effort: float
    also: tuple[tuple[str, Value], ...] = ()
    on: dt.date | None = None
    added: str | None = None
    through: tuple[str, Value | None, Value] | None = None

    @property
    def key(self) -> tuple[str, Value, dt.date | None]:
        """What makes two changes the same."""
        return self.fact, self.after, self.on


@dataclass(frozen=True)
class Situation:
    """Facts of one row, the founding date behind the age, and the day."""

    facts: FactTable
    day: dt.date
    founded_on: dt.date | None = None

    def value(self, fact: str) -> Value | None:
        """Return what is known of a fact."""
        return value_at(self.facts, fact)

    def number(self, fact: str) -> float | None:
        """Return a number; ``None`` where unknown."""
        found = self.value(fact)
        return found.number if isinstance(found, Figure) else None

    def with_changes(self, changes: tuple[Change, ...]) -> Situation:
        """Return the situation after changes, on the day on which the last of them holds."""
        day = max([self.day, *(change.on for change in changes if change.on is not None)])
        columns: dict[str, Column] = dict(self._later(day)) if day > self.day else {}
        for change in changes:
            if change.fact in WAITED:
                continue  # the day itself does it
            columns[change.fact] = self._column(change.fact, change.after)
            columns |= {fact: self._column(fact, value) for fact, value in change.also}
        return Situation(self.facts.with_columns(columns), day, self.founded_on)

    def _column(self, fact: str, value: Value) -> Column:
        """Return a value as a column, in the currency of what is there where it names none."""
        if isinstance(value, Figure) and value.currency is None:
            there = self.value(fact)
            if isinstance(there, Figure):
                value = Figure(value.number, there.currency)
        return column_of(fact, {0: value}, 1)

    def _later(self, day: dt.date) -> Mapping[str, Column]:
        """Return what time alone changes until ``day``."""
        today, then = (np.array([d], "datetime64[D]") for d in (self.day, day))
        found: dict[str, Column] = {
            "day": NumberColumn.exact(np.array([float((day - _DAY_ZERO).days)]))
        }
        if self.founded_on is not None:
            founded = np.array([self.founded_on], "datetime64[D]")
            found["age"] = NumberColumn.exact(whole_months(founded, then))
        passed = float(whole_months(today, then)[0])
        for fact in TIMED:
            months = self.number(fact)
            if months is not None:
                found[fact] = NumberColumn.exact(np.array([months + passed]))
        return found


WAITED = frozenset({"age", "day", *TIMED})
"""Facts that nobody changes but time."""
