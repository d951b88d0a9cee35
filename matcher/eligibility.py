"""Eligibility: what an offer's own conditions say of a pair, rule by rule.

Two kinds of rule restrict an offer: its own columns (*slots*, ids ``offer.…``) and rules of the
book. The answers come from :mod:`features.rules`; here they get the id, version and source by which
they are shown and replayed, and they decide what may be shown at all. *Unknown* is never *unmet*:
whether pairs with open questions are shown is the caller's choice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.errors import ArgumentError
from data.rules.book import RuleBook
from data.rules.rule import Rule as BookRule
from features.conditions import CONDITION_NAMES, FACT_OF, Conditions, Slot
from features.items import Items
from features.list_index import Rows
from features.queries import Queries
from features.rules.answers import Answer, Answers
from features.rules.columns import Column
from features.rules.fact_table import FactTable
from features.wording import LANGUAGES
from matcher.requirements import requirement
from matcher.rules.attached import AttachedAnswers, AttachedRules

RULE_VERSION = "1"
RULE_SOURCE = "offer"
"""Where the rules come from: the offer's own record."""

KIND_RULE = f"{RULE_SOURCE}.kind"
"""What keeps offers of another kind than the need's out."""
EARLIER_RULE = "firm.earlier_offer"
"""Counts what is left out because the firm has it already; no rule of an offer."""
EARLIER_TITLES = ("已有合作", "Dealt with before")


class Eligibility(StrEnum):
    """The five values of a rule for a pair, and of the pair as a whole."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    MANUAL_REVIEW = "manual_review"
    NOT_APPLICABLE = "not_applicable"


class UnknownPolicy(StrEnum):
    """Whether pairs with open questions are shown."""

    SHOW = "show"
    HIDE = "hide"


_VALUE_OF = {answer: Eligibility[answer.name] for answer in Answer}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an id that stays, a version that changes with its meaning, and its source."""

    rule_id: str
    version: str
    source: str
    title_zh: str
    title_en: str


def _rule(name: str, title_zh: str, title_en: str) -> Rule:
    return Rule(f"offer.{name}", RULE_VERSION, RULE_SOURCE, title_zh, title_en)


RULES: Mapping[str, Rule] = {
    name: _rule(name, *titles)
    for name, titles in {
        "kind": ("业务类型", "Kind"),
        "validity": ("产品有效期", "Validity"),
        "region": ("服务地区", "Region"),
        "industry": ("支持行业", "Industry"),
        "industry_excluded": ("不支持行业", "Excluded industry"),
        "amount": ("额度", "Amount"),
        "term": ("期限", "Term"),
        "firm_age": ("成立年限", "Age of the firm"),
        "employees": ("职工人数", "Employees"),
        "revenue": ("营业收入", "Revenue"),
        "class_one_ip": ("一类知识产权", "Class I intellectual property"),
        "base": ("指定基地", "Named bases"),
        "base_level": ("基地级别", "Level of the base"),
        "sector": ("支持领域", "Sector"),
        "stage": ("融资阶段", "Stage"),
        "size_class": ("企业划型", "Size class"),
        "credential": ("创新资质", "Innovation titles"),
        "tax_grade": ("纳税信用级别", "Tax credit grade"),
        "collateral": ("担保方式", "Security"),
        "purpose": ("资金用途", "Purpose"),
    }.items()
}
"""The rule of each condition, in the order of :data:`features.conditions.CONDITION_NAMES`."""

_KIND = CONDITION_NAMES.index("kind")

MOST_TOLD = 4_096
"""Offers of which the words are kept."""


def titles_of(
    rule_ids: Iterable[str], book_titles: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """Return what rules are called in Chinese and English; without a title, by their id.

    Parameters
    ----------
    rule_ids
        Of an offer's own columns, of the book, or :data:`EARLIER_RULE`.
    book_titles
        Titles of the book's rules.
    """
    own = {rule.rule_id: (rule.title_zh, rule.title_en) for rule in RULES.values()}
    known = {EARLIER_RULE: EARLIER_TITLES, **own, **book_titles}
    return {rule_id: known.get(rule_id, (rule_id, rule_id)) for rule_id in rule_ids}


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says of one pair, and what the offer demands, in both languages."""

    rule: Rule | BookRule
    value: Eligibility
    demand_zh: str | None = None
    demand_en: str | None = None


class Told:
    """What the own rules of offers say, in words: kept for those that were shown before.

    Parameters
    ----------
    items
        The offers.
    """

    def __init__(self, items: Items) -> None:
        self.items = items
        self._kept: dict[int, dict[tuple[int, int], RuleResult]] = {}

    def results(self, item: int, answers: Sequence[int]) -> tuple[RuleResult, ...]:
        """Return what each rule that applies says of a pair, given all answers in order."""
        kept = self._kept.get(item)
        if kept is None:
            if len(self._kept) >= MOST_TOLD:
                self._kept = {}  # replaced, not emptied: threads share it
            kept = self._kept.setdefault(item, {})
        found = []
        for at in enumerate(answers):
            if at[1] != Answer.NOT_APPLICABLE:
                result = kept.get(at)
                if result is None:
                    result = kept[at] = self._result(item, *at)
                found.append(result)
        return tuple(found)

    def _result(self, item: int, place: int, answer: int) -> RuleResult:
        name = CONDITION_NAMES[place]
        zh, en = (requirement(self.items, item, name, language) for language in LANGUAGES)
        return RuleResult(RULES[name], _VALUE_OF[Answer(answer)], zh, en)


@dataclass(frozen=True)
class EligibilityTable:
    """The answers of all rules for some pairs, columns in the order of ``RULES``.

    Attributes
    ----------
    answers
        Values of :class:`~features.rules.answers.Answer`. Shape ``(n_pairs, n_slots)``.
    attached
        Answers of the rules of the book; ``None`` where none applies.
    told
        What was said of answers before.
    """

    answers: NDArray[np.int8]
    attached: AttachedAnswers | None = None
    told: Told | None = None

    def __len__(self) -> int:
        return len(self.answers)

    @cached_property
    def verdicts(self) -> NDArray[np.int8]:
        """The answer for each whole pair: the weightiest of its rules'. Shape ``(n_pairs,)``."""
        worst: NDArray[np.int8] = self.answers.T.max(axis=0, initial=0)
        return worst if self.attached is None else np.maximum(worst, self.attached.worst)

    def allowed(self, unknown: UnknownPolicy = UnknownPolicy.SHOW) -> NDArray[np.bool_]:
        """Return which pairs may be shown. Shape ``(n_pairs,)``.

        With ``HIDE``, a pair with an open question (unknown or for a person to judge) may not.
        """
        return self.verdicts <= _worst_shown(unknown)

    def excluded(self, unknown: UnknownPolicy = UnknownPolicy.SHOW) -> dict[str, int]:
        """Count for each rule the pairs that it keeps from being shown; a pair may count twice.

        Offers of another kind than asked for count under that rule alone: what else does not fit
        says nothing to someone who never asked for them.
        """
        worst_shown = _worst_shown(unknown)
        answers = self.answers.T
        failed = answers > worst_shown
        other_kind = failed[_KIND].copy()
        failed &= ~other_kind
        failed[_KIND] = other_kind
        counts = np.count_nonzero(failed, axis=1).tolist()
        rules = zip(RULES.values(), counts, strict=True)
        found = {rule.rule_id: count for rule, count in rules if count}
        if self.attached is not None:
            found |= self.attached.count(worst_shown, ~other_kind)
        return found

    def value(self, pair: int) -> Eligibility:
        """Return the verdict for one pair."""
        return _VALUE_OF[Answer(int(self.verdicts[pair]))]

    def results(self, pair: int, items: Items, item: int) -> tuple[RuleResult, ...]:
        """Return what each rule that applies says of one pair, which is about ``item``."""
        told = Told(items) if self.told is None or self.told.items is not items else self.told
        own = told.results(item, self._answers_of(pair))
        attached = [] if self.attached is None else self.attached.of(pair)
        return own + tuple(
            RuleResult(
                book_rule,
                _VALUE_OF[found],
                *demands,
            )
            for book_rule, found, demands in attached
            if found != Answer.NOT_APPLICABLE
        )

    def _answers_of(self, pair: int) -> list[int]:
        found: list[int] = self.answers[pair].tolist()
        return found


class OfferTable(EligibilityTable):
    """The answers of all offers for one need, those of the kinds asked for first.

    An offer of another kind than asked for is out for that alone; what else it demands is answered
    when somebody looks.

    Parameters
    ----------
    asked
        The offers of the kinds asked for, ascending.
    answers
        Their answers, a row for each rule. Shape ``(n_slots, len(asked))``.
    n_offers
        Number of offers.
    others
        Answers the rules of some offers of other kinds, as ``answers``.
    attached
        Answers of the rules of the book.
    told
        What was said of answers before.
    """

    def __init__(
        self,
        asked: Rows,
        answers: Answers,
        n_offers: int,
        *,
        others: Callable[[Rows], Answers],
        attached: AttachedAnswers | None,
        told: Told,
    ) -> None:
        parts = {"_asked": asked, "_found": answers, "_n": n_offers, "_others": others}
        self.__dict__.update(parts, attached=attached, told=told)  # a table is frozen

    _asked: Rows
    _found: Answers
    _n: int
    _others: Callable[[Rows], Answers]

    def __len__(self) -> int:
        return self._n

    @cached_property
    def answers(self) -> Answers:
        """Values of all rules. Shape ``(n_offers, n_slots)``."""
        found = np.empty((len(self._found), self._n), np.int8)
        rest = np.ones(self._n, np.bool_)
        rest[self._asked] = False
        found[:, self._asked] = self._found
        found[:, rest] = self._others(np.flatnonzero(rest))
        return found.T

    @cached_property
    def verdicts(self) -> Answers:
        """The answer for each whole pair. Shape ``(n_offers,)``."""
        worst = np.full(self._n, Answer.UNMET, np.int8)
        worst[self._asked] = self._found.max(axis=0, initial=0)
        return worst if self.attached is None else np.maximum(worst, self.attached.worst)

    def excluded(self, unknown: UnknownPolicy = UnknownPolicy.SHOW) -> dict[str, int]:
        """Count for each rule the offers that it keeps from being shown."""
        worst_shown = _worst_shown(unknown)
        counts = np.count_nonzero(self._found > worst_shown, axis=1)
        counts[_KIND] += self._n - len(self._asked)
        rules = zip(RULES.values(), counts.tolist(), strict=True)
        found = {rule.rule_id: count for rule, count in rules if count}
        if self.attached is not None:
            of_kind = np.zeros(self._n, np.bool_)
            of_kind[self._asked] = self._found[_KIND] <= worst_shown
            found |= self.attached.count(worst_shown, of_kind)
        return found

    def _answers_of(self, pair: int) -> list[int]:
        at = int(np.searchsorted(self._asked, pair))
        if at < len(self._asked) and self._asked[at] == pair:
            found: list[int] = self._found[:, at].tolist()
        else:
            found = self._others(np.array([pair]))[:, 0].tolist()
        return found


def _worst_shown(unknown: UnknownPolicy) -> Answer:
    """Return the weightiest answer of a pair that may be shown."""
    if unknown not in set(UnknownPolicy):
        raise ArgumentError(
            f"unknown must be one of {', '.join(UnknownPolicy)}; got {unknown!r}.", field="unknown"
        )
    return Answer.MET if unknown == UnknownPolicy.HIDE else Answer.UNKNOWN


class EligibilityRules:
    """The conditions of some offers, ready to be checked.

    Parameters
    ----------
    items
        The offers, numbered as the pairs are.
    book
        Rules beside the offers' own columns; none by default.
    """

    def __init__(self, items: Items, book: RuleBook | None = None) -> None:
        self.items = items
        self.book = book or RuleBook()
        self._conditions = Conditions(items)
        self._attached: tuple[int, AttachedRules] | None = None
        self._items_of: dict[frozenset[str], Rows] = {}
        self._told = Told(items)

    @property
    def slots(self) -> Mapping[str, Slot | None]:
        """The offers' own conditions by slot."""
        return self._conditions.slots

    def attached(self, on: dt.date) -> AttachedRules:
        """Return the rules of the book in force on a day; the last answer is kept."""
        epoch, kept = self.book.epoch(on), self._attached  # read once: threads share it
        if kept is None or kept[0] != epoch:
            kept = (epoch, AttachedRules(self.items, self.book, on=on))
            self._attached = kept
        return kept[1]

    def titles(self, on: dt.date) -> Mapping[str, tuple[str, str]]:
        """Return what the rules of the book that restrict these offers are called, by id."""
        return {r.rule_id: (r.title_zh, r.title_en) for r in self.attached(on).rules}

    def facts(
        self, queries: Queries, *, on: np.datetime64, stated: Mapping[str, Column] | None = None
    ) -> FactTable:
        """Return what is known of needs on a day; ``stated`` is kept beside the records."""
        return FactTable.from_queries(queries, np.full(len(queries), on), stated)

    def offers_for(
        self,
        query: Queries,
        *,
        on: np.datetime64,
        kinds: frozenset[str] | None = None,
        stated: Mapping[str, Column] | None = None,
    ) -> EligibilityTable:
        """Check one need against every offer.

        Parameters
        ----------
        query
            One query.
        on
            Day on which validity and ages count.
        kinds
            Kinds of offer that are asked for; ``None`` means the need's own, an empty set any.
        stated
            What is known of the asker beside the records, as columns of one row.

        Raises
        ------
        ArgumentError
            There is not exactly one query.
        """
        if len(query) != 1:
            raise ArgumentError(f"Offers are checked for one need; got {len(query)}.")
        return self.offers_for_facts(self.facts(query, on=on, stated=stated), on=on, kinds=kinds)

    def offers_for_facts(
        self, facts: FactTable, *, on: np.datetime64, kinds: frozenset[str] | None = None
    ) -> EligibilityTable:
        """Check one row of facts against every offer; see :meth:`offers_for`."""
        asked = self._asked(facts, kinds)
        none = np.zeros(len(self.items), np.int64)

        def others(rows: Rows) -> Answers:
            answers = self._conditions.check_facts(facts, none[: len(rows)], rows)
            if kinds is not None:
                answers[_KIND] = Answer.UNMET
            return answers

        answers = self._conditions.check_facts(facts, none[: len(asked)], asked)
        if kinds is not None:
            answers[_KIND] = Answer.MET if kinds else Answer.NOT_APPLICABLE
        attached = self.attached(on.astype(dt.date)).for_all_items(facts)
        return OfferTable(
            asked, answers, len(self.items), others=others, attached=attached, told=self._told
        )

    def _asked(self, facts: FactTable, kinds: frozenset[str] | None) -> Rows:
        """Return the items of the kinds asked for; all where nothing says which."""
        if kinds is None:
            own = facts.lists(FACT_OF["kind"]).of(0)
            kinds = None if own is None else frozenset(own)
        return self._of_kinds(kinds or frozenset())

    def _of_kinds(self, kinds: frozenset[str]) -> Rows:
        """Return the items of some kinds, of all where there are none; answers are kept."""
        found = self._items_of.get(kinds)
        if found is None:
            is_one = np.isin(self.items.texts[col.KIND].astype(str), sorted(kinds))
            found = np.flatnonzero(is_one) if kinds else np.arange(len(self.items))
            self._items_of[kinds] = found
        return found

    def needs_for(
        self,
        item: int,
        queries: Queries | FactTable,
        *,
        on: np.datetime64,
        any_kind: NDArray[np.bool_] | None = None,
    ) -> EligibilityTable:
        """Check one offer against many needs.

        Parameters
        ----------
        item
            Item number.
        queries
            The needs, or what :meth:`facts` read of them: reading takes longer than answering.
        on
            Day on which validity and ages count.
        any_kind
            True for needs of no particular kind, such as implied ones. Shape ``(n_queries,)``.
        """
        facts = queries if isinstance(queries, FactTable) else self.facts(queries, on=on)
        answers = self._conditions.check_everyone(facts, item)
        if any_kind is not None:
            answers[_KIND][any_kind] = Answer.NOT_APPLICABLE
        attached = self.attached(on.astype(dt.date)).for_one_item(facts, item)
        return EligibilityTable(answers.T, attached, self._told)

    def pairs(
        self,
        queries: Queries | FactTable,
        query: NDArray[np.int64],
        item: NDArray[np.int64],
        *,
        on: np.datetime64,
        any_kind: NDArray[np.bool_] | None = None,
    ) -> EligibilityTable:
        """Check any pairs of a position in ``queries`` and an item number.

        ``any_kind`` says of each pair whether its need is of no particular kind.
        """
        facts = queries if isinstance(queries, FactTable) else self.facts(queries, on=on)
        answers = self._conditions.check_facts(facts, query, item)
        if any_kind is not None:
            answers[_KIND][any_kind] = Answer.NOT_APPLICABLE
        attached = self.attached(on.astype(dt.date)).for_pairs(facts, query, item)
        return EligibilityTable(answers.T, attached, self._told)
