"""What would change the answer: the smallest sets of feasible changes after which nothing is unmet.

The tree of a rule is searched for changes, fewest and easiest first; every set is then applied and
the whole rule answered again by the engine, so that no proposal is wrong. Changes that turn out to
be unnecessary are dropped. What is unknown stays unknown: it is a question, not an obstacle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from data.rules.conditions import Condition, Group, Op, Score, When
from data.rules.effort import Efforts
from features.rules.answers import Answer
from features.rules.program import Program
from matcher.rules.moves import Moves, merged
from matcher.rules.situation import Change, Situation

MOST_OPTIONS = 40
"""Sets of changes kept for each part of a rule, the easiest ones."""

MOST_CHANGES = 5
"""A longer list of things to do is no advice."""

REPAIRS = 3
"""How often a set whose changes disturb each other is mended."""

Changes = tuple[Change, ...]


@dataclass(frozen=True)
class Proposal:
    """Changes after which nothing is unmet any more.

    Attributes
    ----------
    changes
        Easiest first.
    on
        The day on which it holds at the earliest.
    verdict
        Met, or what stays open.
    """

    changes: Changes
    on: dt.date
    verdict: Answer

    @property
    def effort(self) -> float:
        """Effort of all changes."""
        return sum(change.effort for change in self.changes)


class Counterfactuals:
    """Finds proposals for the conditions of one offer.

    Parameters
    ----------
    conditions
        All of them must hold.
    definitions
        What named rules stand for.
    efforts
        What may be changed.
    """

    def __init__(
        self,
        conditions: Iterable[Condition],
        efforts: Efforts,
        *,
        definitions: Mapping[str, Condition] | None = None,
    ) -> None:
        self.program = Program([Group(Op.ALL, tuple(conditions))], definitions)
        self.moves = Moves(efforts)

    @property
    def root(self) -> Condition:
        """All conditions as one, named rules replaced."""
        return self.program.conditions[0]

    def verdict(self, at: Situation) -> Answer:
        """Return the answer in a situation."""
        return Answer(int(self.program.answer(at.facts)[0, 0]))

    def proposals(self, at: Situation, *, k: int = 3) -> list[Proposal]:
        """Return up to ``k`` proposals, fewest changes first, then the easiest.

        None where nothing is unmet, and where what is unmet cannot be changed.
        """
        if self.verdict(at) != Answer.UNMET:
            return []
        found: dict[frozenset[object], Proposal] = {}
        for changes in self._options(at):
            proposal = self._proposal(at, changes)
            if proposal is not None:
                found.setdefault(frozenset(c.key for c in proposal.changes), proposal)
        ordered = sorted(found.values(), key=lambda p: (len(p.changes), p.effort, p.on))
        return _smallest(ordered)[:k]

    def _options(self, at: Situation) -> list[Changes]:
        nodes = self.program.nodes(at.facts)[:, 0].tolist()
        search = _Search(self.program.number_of, nodes, at, self.moves)
        return search.options(self.root, meet=True)

    def _proposal(self, at: Situation, changes: Changes) -> Proposal | None:
        """Apply, mend where changes disturb each other, and drop what is not needed."""
        for _ in range(REPAIRS):
            if len(changes) > MOST_CHANGES:
                return None
            then = at.with_changes(changes)
            if self.verdict(then) != Answer.UNMET:
                needed = self._needed(at, changes)
                ordered = tuple(sorted(needed, key=lambda change: change.effort))
                after = at.with_changes(ordered)
                return Proposal(ordered, after.day, self.verdict(after))
            more = next(iter(self._options(then)), None)
            joined = None if more is None else _joined([changes, _rebased(more, at)])
            if joined is None or joined == changes:
                return None
            changes = joined
        return None

    def _needed(self, at: Situation, changes: Changes) -> Changes:
        for change in sorted(changes, key=lambda change: -change.effort):
            fewer = tuple(other for other in changes if other is not change)
            if self.verdict(at.with_changes(fewer)) != Answer.UNMET:
                return self._needed(at, fewer)
        return changes


class _Search:
    """Walks one tree in one situation, whose answers are known."""

    def __init__(
        self,
        number_of: Mapping[Condition, int],
        nodes: Sequence[int],
        at: Situation,
        moves: Moves,
    ) -> None:
        self.number_of = number_of
        self.nodes = nodes
        self.at = at
        self.moves = moves

    def answer(self, condition: Condition) -> int:
        return self.nodes[self.number_of[condition]]

    def options(self, condition: Condition, *, meet: bool) -> list[Changes]:
        """Return sets of changes after which a part is not unmet, or not met."""
        match condition:
            case Group():
                return self._group(condition, meet=meet)
            case When(guard, body):
                found = self.options(body, meet=meet)
                if meet:
                    found = found + self.options(guard, meet=False)
                return _best(found)
            case Score():
                return self._score(condition) if meet else []
            case _:
                return [(change,) for change in self.moves.of(condition, self.at, meet=meet)]

    def _group(self, group: Group, *, meet: bool) -> list[Changes]:
        inner = meet if group.op is not Op.NONE else not meet
        wrong = Answer.UNMET if inner else Answer.MET
        # all must be right for "all" and "none" to hold, and for "any" not to hold
        if (group.op is Op.ANY) != meet:
            parts = [part for part in group.parts if self.answer(part) == wrong]
            return _product([self.options(part, meet=inner) for part in parts])
        found = [o for part in group.parts for o in self.options(part, meet=inner)]
        return _best(found)

    def _score(self, score: Score) -> list[Changes]:
        """Return changes that lift enough items to reach the threshold."""
        choices: list[list[tuple[float, Changes]]] = []
        total = 0.0
        for item in score.items:
            may = [b.points for b in item if self._may(self.answer(b.condition))]
            now = max(may, default=0.0)
            total += now
            lifts: list[tuple[float, Changes]] = [(0.0, ())]
            for band in item:
                if band.points > now and self.answer(band.condition) == Answer.UNMET:
                    for option in self.options(band.condition, meet=True):
                        lifts.append((band.points - now, option))  # noqa: PERF401
            choices.append(sorted(lifts, key=lambda lift: _cost(lift[1]))[:MOST_LIFTS])
        found = []
        for chosen in product(*choices):
            points = total + sum(gain for gain, _ in chosen)
            enough = points > score.at_least if score.open_end else points >= score.at_least
            joined = _joined([option for _, option in chosen])
            if enough and joined:
                found.append(joined)
        return _best(found)

    @staticmethod
    def _may(answer: int) -> bool:
        return answer in (Answer.MET, Answer.UNKNOWN, Answer.MANUAL_REVIEW)


MOST_LIFTS = 6
"""Ways to lift one item of a score that are combined with those of others."""


def _cost(changes: Changes) -> tuple[int, float]:
    return len(changes), sum(change.effort for change in changes)


def _best(options: Iterable[Changes]) -> list[Changes]:
    distinct = {tuple(sorted(map(repr, option))): option for option in options}
    return sorted(distinct.values(), key=_cost)[:MOST_OPTIONS]


def _product(parts: Sequence[Sequence[Changes]]) -> list[Changes]:
    """Combine one option of each part; nothing where a part has none."""
    if not parts:
        return []
    found: list[Changes] = [()]
    for options in parts:
        joined = (_joined([one, other]) for one in found for other in options)
        found = _best(changes for changes in joined if changes is not None)
        if not found:
            return []
    return found


def _joined(parts: Sequence[Changes]) -> Changes | None:
    """Join sets of changes, those of one fact into one; ``None`` where two pull apart."""
    by_fact: dict[str, Change] = {}
    for changes in parts:
        for change in changes:
            there = by_fact.get(change.fact)
            if there is None:
                by_fact[change.fact] = change
                continue
            both = merged(there, change)
            if both is None:
                return None
            by_fact[change.fact] = both
    return tuple(by_fact.values())


def _rebased(changes: Changes, at: Situation) -> Changes:
    """Return changes found later as changes of what is there now."""
    return tuple(replace(change, before=at.value(change.fact)) for change in changes)


def _smallest(ordered: Sequence[Proposal]) -> list[Proposal]:
    """Leave out proposals that contain all changes of another."""
    kept: list[Proposal] = []
    for proposal in ordered:
        keys = {change.key for change in proposal.changes}
        if not any({change.key for change in other.changes} <= keys for other in kept):
            kept.append(proposal)
    return kept
