"""Rules of the book beside an offer's own columns: which apply to which offer, and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.rules.book import RuleBook
from data.rules.conditions import Condition
from data.rules.rule import Rule
from features.items import Items
from features.rules.answers import Answer, Answers
from features.rules.fact_table import FactTable
from features.rules.program import Program
from features.wording import LANGUAGES
from matcher.rules.wording import condition_text

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class AttachedAnswers:
    """Answers of rules for some pairs: pair ``p`` has those in ``offsets[p]:offsets[p + 1]``.

    Attributes
    ----------
    rules
        The rules that ``rule_of`` counts into.
    told
        Says what a rule demands, in Chinese and English, by its number.
    """

    rules: tuple[Rule, ...]
    offsets: Rows
    rule_of: Rows
    answers: Answers
    told: Callable[[int], tuple[str, str]]

    @cached_property
    def worst(self) -> Answers:
        """The weightiest answer of each pair; NOT_APPLICABLE without a rule."""
        found = np.zeros(len(self.offsets) - 1, np.int8)
        some = np.diff(self.offsets) > 0
        if some.any():
            found[some] = np.maximum.reduceat(self.answers, self.offsets[:-1][some])
        return found

    def of(self, pair: int) -> list[tuple[Rule, Answer, tuple[str, str]]]:
        """Return the rules of one pair, their answers, and what they demand."""
        at = slice(*self.offsets[pair : pair + 2].tolist())
        pairs = zip(self.rule_of[at].tolist(), self.answers[at].tolist(), strict=True)
        return [(self.rules[rule], Answer(answer), self.told(rule)) for rule, answer in pairs]

    def count(self, failed_above: int, counted: NDArray[np.bool_]) -> dict[str, int]:
        """Count for each rule the pairs among ``counted`` that it answers above a bound."""
        pair_of = np.repeat(np.arange(len(counted)), np.diff(self.offsets))
        failed = (self.answers > failed_above) & counted[pair_of]
        counts = np.bincount(self.rule_of[failed], minlength=len(self.rules)).tolist()
        return {r.rule_id: n for r, n in zip(self.rules, counts, strict=True) if n}


class AttachedRules:
    """The rules of a book that restrict some offers, compiled for the days of one epoch.

    Parameters
    ----------
    items
        The offers.
    book
        The rules.
    on
        A day; the versions in force on it count.
    """

    def __init__(self, items: Items, book: RuleBook, *, on: dt.date) -> None:
        self.definitions: Mapping[str, Condition] = book.definitions(on)
        self.rules = tuple(rule for rule in book.in_force(on) if rule.scope)
        self._titles = {r.rule_id: (r.title_zh, r.title_en) for r in book.in_force(on)}
        self._demands: dict[int, tuple[str, str]] = {}
        self._items_of = [_items_of(items, rule) for rule in self.rules]
        pairs = [(item, r) for r, rows in enumerate(self._items_of) for item in rows.tolist()]
        pairs.sort()
        counts = np.bincount([item for item, _ in pairs], minlength=len(items)) if pairs else None
        self.offsets = np.zeros(len(items) + 1, np.int64)
        if counts is not None:
            np.cumsum(counts, out=self.offsets[1:])
        self.rule_of = np.array([rule for _, rule in pairs], np.int64)
        self._single: dict[tuple[int, ...], Program] = {}

    @cached_property
    def program(self) -> Program:
        """All rules compiled together."""
        return Program([rule.require for rule in self.rules], self.definitions)

    def demand(self, rule: int) -> tuple[str, str]:
        """Say what a rule demands, in Chinese and English; said once, then kept."""
        found = self._demands.get(rule)
        if found is None:
            zh, en = (
                condition_text(self.rules[rule].require, language, self._titles)
                for language in LANGUAGES
            )
            found = self._demands[rule] = (zh, en)
        return found

    def rules_of(self, item: int) -> tuple[Rule, ...]:
        """Return the rules that restrict an item."""
        return tuple(self.rules[rule] for rule in self._rules_at(item))

    def _rules_at(self, item: int) -> tuple[int, ...]:
        return tuple(self.rule_of[slice(*self.offsets[item : item + 2].tolist())].tolist())

    def for_all_items(self, facts: FactTable) -> AttachedAnswers | None:
        """Answer the rules of every item for one row of facts; ``None`` without rules."""
        if not len(self.rule_of):
            return None
        found = self.program.answer(facts)[:, 0]
        answers = found[self.rule_of]
        return AttachedAnswers(self.rules, self.offsets, self.rule_of, answers, self.demand)

    def for_one_item(self, facts: FactTable, item: int) -> AttachedAnswers | None:
        """Answer the rules of one item for every row of facts; ``None`` without rules."""
        at = self._rules_at(item)
        if not at:
            return None
        found = self._program_of(at).answer(facts)
        n = len(facts)
        return AttachedAnswers(
            rules=self.rules,
            offsets=np.arange(n + 1) * len(at),
            rule_of=np.tile(np.array(at, np.int64), n),
            answers=np.ascontiguousarray(found.T).ravel(),
            told=self.demand,
        )

    def for_pairs(self, facts: FactTable, query: Rows, item: Rows) -> AttachedAnswers | None:
        """Answer the rules of the item of each pair."""
        if not len(self.rule_of):
            return None
        rules: list[int] = []
        answers: list[int] = []
        sizes = []
        found = {
            row: self._for_items(facts, row, item[query == row]) for row in set(query.tolist())
        }
        for row, place in zip(query.tolist(), item.tolist(), strict=True):
            at = self._rules_at(place)
            sizes.append(len(at))
            rules += at
            answers += [found[row][rule] for rule in at]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return AttachedAnswers(
            self.rules,
            offsets,
            np.array(rules, np.int64),
            np.array(answers, np.int8),
            self.demand,
        )

    def _for_items(self, facts: FactTable, row: int, items: Rows) -> dict[int, int]:
        at = tuple(sorted({rule for item in items.tolist() for rule in self._rules_at(item)}))
        if not at:
            return {}
        found = self._program_of(at).answer(facts.take(np.array([row])))[:, 0]
        return dict(zip(at, found.tolist(), strict=True))

    def _program_of(self, at: tuple[int, ...]) -> Program:
        if at not in self._single:
            conditions = [self.rules[rule].require for rule in at]
            self._single[at] = Program(conditions, self.definitions)
        return self._single[at]


def _items_of(items: Items, rule: Rule) -> Rows:
    scope = rule.scope
    chosen = np.zeros(len(items), np.bool_)
    rows = items.offer_ids.rows(scope.offers)
    chosen[rows[rows >= 0]] = True
    if scope.institutions:
        chosen |= np.isin(items.texts[col.INSTITUTION_ID].astype(str), scope.institutions)
    if scope.kinds:
        of_kind = np.isin(items.texts[col.KIND].astype(str), scope.kinds)
        chosen = chosen & of_kind if scope.offers or scope.institutions else of_kind
    return np.flatnonzero(chosen)
