"""Answers kept whole: facts, rules with their versions, and what each said, to be given again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.rules.book import RuleBook
from data.rules.conditions import Condition, Judged, Named, parts_of, walk
from data.rules.files import rules_from_plain
from data.rules.rule import Rule
from data.rules.vocabulary import FACTS
from data.rules.writing import plain_rule
from features.items import Items
from features.rules.answers import Answer
from features.rules.columns import Column, ListColumn, NumberColumn
from features.rules.fact_table import FactTable
from features.rules.program import Program
from features.slot_conditions import slot_conditions
from matcher.eligibility import RULES

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a rule said, and what it says from the same facts now."""

    rule_id: str
    version: str
    kept: str
    again: str

    @property
    def same(self) -> bool:
        """Whether both agree."""
        return self.kept == self.again


def rules_of_offer(items: Items, item: int, attached: tuple[Rule, ...]) -> list[Rule]:
    """Return everything that restricts an offer as rules: its columns, then rules of the book."""
    own = [
        Rule(
            rule_id=RULES[name].rule_id,
            version=RULES[name].version,
            title_zh=RULES[name].title_zh,
            title_en=RULES[name].title_en,
            source=items.offer_ids.ids[item],
            require=condition,
        )
        for name, condition in slot_conditions(items, item).items()
    ]
    return [*own, *attached]


def answer_content(rules: list[Rule], book: RuleBook, facts: FactTable, day: Any) -> dict[str, Any]:
    """Return what it takes to give an answer again, as plain values."""
    definitions = book.definitions(day)
    program = Program([rule.require for rule in rules], definitions)
    answers = program.answer(facts)[:, 0].tolist()
    named = sorted({name for rule in rules for name in _names(rule.require, definitions)})
    used = sorted({fact for leaf in program.leaf_order for fact in _facts(leaf)})
    return {
        "format": FORMAT,
        "day": day.isoformat(),
        "rules": [
            {**plain_rule(rule), "answer": Answer(answer).name.lower()}
            for rule, answer in zip(rules, answers, strict=True)
        ],
        "definitions": [plain_rule(rule) for rule in book.in_force(day) if rule.rule_id in named],
        "facts": {fact: _plain(facts.column(fact)) for fact in used},
        "verdict": Answer(max(answers, default=0)).name.lower(),
    }


def replay(content: Mapping[str, Any]) -> list[Replayed]:
    """Give an answer again from what was kept of it, rule by rule."""
    kept = [rule["answer"] for rule in content["rules"]]
    stripped = [{k: v for k, v in rule.items() if k != "answer"} for rule in content["rules"]]
    rules = rules_from_plain({"rules": stripped})
    definitions = {}
    if content["definitions"]:
        read = rules_from_plain({"rules": content["definitions"]})
        definitions = {rule.rule_id: rule.require for rule in read}
    facts = FactTable(1, {}).with_columns(
        {fact: _column(fact, said) for fact, said in content["facts"].items()}
    )
    answers = Program([rule.require for rule in rules], definitions).answer(facts)[:, 0]
    return [
        Replayed(rule.rule_id, rule.version, before, Answer(int(again)).name.lower())
        for rule, before, again in zip(rules, kept, answers.tolist(), strict=True)
    ]


def _names(condition: Condition, definitions: Mapping[str, Condition]) -> set[str]:
    found: set[str] = set()
    for part in walk(condition):
        if isinstance(part, Named) and part.rule_id not in found:
            found.add(part.rule_id)
            inner = definitions.get(part.rule_id)
            if inner is not None:
                found |= _names(inner, definitions)
    return found


def _facts(leaf: Condition) -> list[str]:
    assert not parts_of(leaf)
    fact = leaf.fact if isinstance(leaf, Judged) else getattr(leaf, "fact", None)
    return [] if fact is None else [fact]


def _plain(column: Column) -> dict[str, Any]:
    if isinstance(column, ListColumn):
        code = int(column.codes[0])
        return {"values": list(column.rows[code]), "known": bool(column.known[code])}
    ends = [None if end != end else end for end in (float(column.low[0]), float(column.high[0]))]
    code = -1 if column.currency is None else int(column.currency[0])
    return {
        "low": ends[0],
        "high": ends[1],
        "currency": None if code < 0 else column.currencies[code],
    }


def _column(fact: str, said: Mapping[str, Any]) -> Column:
    if not FACTS[fact].numeric:
        return ListColumn.from_lists([said["values"]], [said["known"]])
    low, high = (
        np.array([np.nan if said[end] is None else said[end]], np.float64)
        for end in ("low", "high")
    )
    if said["currency"] is None:
        return NumberColumn(low, high)
    return NumberColumn(low, high, np.zeros(1, np.int32), (said["currency"],))
