"""A rule taken apart: every condition in it with its answer and with what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.rules.conditions import Bounds, Condition, Group, OneOf, Op, Score, When, parts_of
from features.rules.answers import Answer
from features.rules.program import Program
from features.rules.stated import value_at
from features.wording import EN, LANGUAGES, ZH
from matcher.rules.situation import Situation
from matcher.rules.wording import condition_text, value_words

_HEADS = {
    Op.ALL: ("同时满足", "all of"),
    Op.ANY: ("满足其一", "any of"),
    Op.NONE: ("均不存在", "none of"),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One condition of a rule.

    Attributes
    ----------
    depth
        How deep it stands in the rule, from 0.
    text_zh, text_en
        What it demands.
    known_zh, known_en
        What is known of the fact; ``None`` for a group.
    answer
        What it says.
    """

    depth: int
    text_zh: str
    text_en: str
    known_zh: str | None
    known_en: str | None
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "depth": self.depth,
            "text_zh": self.text_zh,
            "text_en": self.text_en,
            "known_zh": self.known_zh,
            "known_en": self.known_en,
            "value": self.answer.name.lower(),
        }


def details_of(
    program: Program,
    number: int,
    at: Situation,
    titles: Mapping[str, tuple[str, str]] | None = None,
) -> list[Detail]:
    """Return every condition of one condition of a program, outermost first.

    ``titles`` are the Chinese and English names of rules that stand in it by name.
    """
    nodes = program.nodes(at.facts)[:, 0].tolist()
    found: list[Detail] = []
    _walk(program.conditions[number], 0, program, nodes, at, found, titles or {})
    return found


def _walk(
    condition: Condition,
    depth: int,
    program: Program,
    nodes: list[int],
    at: Situation,
    found: list[Detail],
    titles: Mapping[str, tuple[str, str]],
) -> None:
    fact = condition.fact if isinstance(condition, Bounds | OneOf) else None
    value = None if fact is None else value_at(at.facts, fact)
    known = [None if fact is None else value_words(fact, value, lang) for lang in LANGUAGES]
    texts = [_head(condition, language) for language in LANGUAGES]
    named = titles.get(program.named.get(condition, ""))
    if named is not None and depth:
        texts = list(named)
    answer = Answer(nodes[program.number_of[condition]])
    found.append(Detail(depth, texts[0], texts[1], known[0], known[1], answer))
    for part in parts_of(condition):
        _walk(part, depth + 1, program, nodes, at, found, titles)


def _head(condition: Condition, language: str) -> str:
    match condition:
        case Group(op):
            return _HEADS[op][language == EN]
        case When():
            return "条件成立时适用" if language == ZH else "applies where the first holds"
        case Score():
            return condition_text(condition, language)
        case _:
            return condition_text(condition, language)
