"""The rule book: every version of every rule, and what is in force on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from data.rules.conditions import Condition, Named, walk
from data.rules.files import overlaps, read_rules
from data.rules.nodes import Fault, RuleFaultsError
from data.rules.rule import Rule
from data.rules.size_classes import size_rules

NATIONAL_PREFIX = "cn."
"""Begins the ids of the definitions that FinMatch brings along."""


class RuleBook:
    """Versions of rules by id.

    Parameters
    ----------
    rules
        Any order; versions of one rule must not hold on a common day.

    Raises
    ------
    RuleFaultsError
        Versions overlap, a named rule does not exist, or rules name each other in a circle.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self._versions: dict[str, list[Rule]] = {}
        for rule in self.rules:
            self._versions.setdefault(rule.rule_id, []).append(rule)
        faults = [*overlaps(self.rules), *self._lost_names(), *self._circles()]
        if faults:
            raise RuleFaultsError(faults)

    @classmethod
    def with_national(cls, rules: Iterable[Rule] = ()) -> RuleBook:
        """Return the national definitions and ``rules``; an id among ``rules`` replaces theirs."""
        own = tuple(rules)
        ids = {rule.rule_id for rule in own}
        return cls([*(rule for rule in national_rules() if rule.rule_id not in ids), *own])

    def __len__(self) -> int:
        return len(self.rules)

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return every version of a rule, oldest first; none for an unknown id."""
        found = self._versions.get(rule_id, [])
        return tuple(sorted(found, key=lambda rule: rule.effective_from or dt.date.min))

    def find(self, rule_id: str, *, on: dt.date) -> Rule | None:
        """Return the version in force on a day, or ``None``."""
        return next((r for r in self._versions.get(rule_id, []) if r.in_force(on)), None)

    def in_force(self, day: dt.date) -> tuple[Rule, ...]:
        """Return the rules that hold on a day, by id."""
        found = (self.find(rule_id, on=day) for rule_id in sorted(self._versions))
        return tuple(rule for rule in found if rule is not None)

    @cached_property
    def _boundaries(self) -> tuple[dt.date, ...]:
        starts = {rule.effective_from for rule in self.rules if rule.effective_from}
        ends = {r.effective_to + dt.timedelta(days=1) for r in self.rules if r.effective_to}
        return tuple(sorted(starts | ends))

    def epoch(self, day: dt.date) -> int:
        """Return a number that is equal for days on which the same versions hold."""
        return sum(boundary <= day for boundary in self._boundaries)

    def definitions(self, day: dt.date) -> Mapping[str, Condition]:
        """Return what each rule in force demands, by id: what :class:`Named` stands for."""
        return {rule.rule_id: rule.require for rule in self.in_force(day)}

    def _lost_names(self) -> list[Fault]:
        return [
            Fault(rule.rule_id, None, f"It names the rule {part.rule_id!r}, which does not exist.",
                  "Correct the id, or add the rule.")
            for rule in self.rules
            for part in walk(rule.require)
            if isinstance(part, Named) and part.rule_id not in self._versions
        ]  # fmt: skip

    def _circles(self) -> list[Fault]:
        names = {
            rule_id: {
                part.rule_id
                for rule in rules
                for part in walk(rule.require)
                if isinstance(part, Named)
            }
            for rule_id, rules in self._versions.items()
        }
        done: set[str] = set()
        faults: list[Fault] = []
        for start in names:
            trail: list[str] = []
            self._follow(start, names, trail, done, faults)
        return faults

    def _follow(
        self,
        rule_id: str,
        names: Mapping[str, set[str]],
        trail: list[str],
        done: set[str],
        faults: list[Fault],
    ) -> None:
        if rule_id in trail:
            circle = " → ".join([*trail[trail.index(rule_id) :], rule_id])
            faults.append(Fault(rule_id, None, f"Rules name each other in a circle: {circle}.",
                                "Remove one of the names."))  # fmt: skip
            return
        if rule_id in done or rule_id not in names:
            return
        trail.append(rule_id)
        for other in sorted(names[rule_id]):
            self._follow(other, names, trail, done, faults)
        trail.pop()
        done.add(rule_id)


def national_files() -> list[Path]:
    """Return the files of the national definitions."""
    folder = Path(str(files("data.rules") / "national"))
    return sorted(folder.glob("*.yaml"))


def national_rules() -> list[Rule]:
    """Return the national definitions: those of the files, and the size classes."""
    return [*read_rules(national_files()), *size_rules()]
