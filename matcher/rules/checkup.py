"""The health check of a firm (健康体检): missing data, near misses, what ends soon, oddities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.company_code import CodeFault, find_fault
from data.records import Credential, Firm, TaxGrade
from data.rules.conditions import Bounds, Condition, Leaf, parts_of, walk
from data.rules.effort import Efforts
from data.rules.facts import Fact, Figure
from data.rules.vocabulary import JUDGED_FACTS
from features.conditions import CONDITION_NAMES
from features.rules.answers import Answer
from features.rules.derived import SHARES, SUMS
from features.rules.program import Program
from features.slot_conditions import slot_conditions
from matcher.eligibility import EligibilityRules
from matcher.rules.moves import GRADE_A_MONTHS
from matcher.rules.situation import Situation

MOST_LISTED = 8


@dataclass(frozen=True)
class Gap:
    """A fact that is not known, and how many offers wait for it."""

    fact: str
    n_offers: int


@dataclass(frozen=True)
class NearMiss:
    """A threshold that is missed by little."""

    fact: str
    value: Figure
    bound: Bounds
    n_offers: int


@dataclass(frozen=True)
class Ending:
    """Something that ends soon, or has ended."""

    fact: str
    statement: Fact
    ended: bool


@dataclass(frozen=True)
class Oddity:
    """Something that does not agree; a key with its Chinese and English sentence."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Checkup:
    """What a firm should look after."""

    gaps: tuple[Gap, ...]
    near: tuple[NearMiss, ...]
    endings: tuple[Ending, ...]
    oddities: tuple[Oddity, ...]


def check_up(
    rules: EligibilityRules,
    at: Situation,
    efforts: Efforts,
    *,
    firm: Firm | None = None,
    statements: Mapping[str, Fact] | None = None,
    kinds: frozenset[str] | None = frozenset(),
) -> Checkup:
    """Look at everything that offers ask of a firm.

    Parameters
    ----------
    rules
        Of the catalogue.
    at
        What is known of the firm.
    efforts
        What counts as near and as soon.
    firm
        Its record, for what a record tells by itself.
    statements
        Facts kept beside it, expired ones included.
    kinds
        Kinds of offer that count; an empty set means any.
    """
    leaves = _leaves(rules, at, kinds)
    return Checkup(
        gaps=_gaps(leaves, at)[:MOST_LISTED],
        near=_near(leaves, at, efforts.near_miss)[:MOST_LISTED],
        endings=_endings(statements or {}, at.day, efforts.expiring_days),
        oddities=() if firm is None else tuple(_oddities(firm, rules, at)),
    )


@dataclass(frozen=True)
class _Asked:
    """One leaf, its answer, and how many offers it is part of."""

    leaf: Leaf
    answer: int
    n_offers: int


def _leaves(rules: EligibilityRules, at: Situation, kinds: frozenset[str] | None) -> list[_Asked]:
    table = rules.offers_for_facts(at.facts, on=np.datetime64(at.day, "D"), kinds=kinds)
    wanted = table.answers[:, CONDITION_NAMES.index("kind")] != Answer.UNMET
    found: list[_Asked] = []
    for name, slot in rules.slots.items():
        if slot is None or name == "kind":
            continue
        answers = slot.leaves.answer(at.facts)[:, 0]
        counts = np.bincount(slot.leaf_of[wanted], minlength=len(slot.leaves))
        _, first = np.unique(slot.leaf_of, return_index=True)
        for leaf in np.flatnonzero((answers >= Answer.UNKNOWN) & (counts > 0)).tolist():
            condition = slot_conditions(rules.items, int(first[leaf]))[name]
            found.append(_Asked(condition, int(answers[leaf]), int(counts[leaf])))  # type: ignore[arg-type]
    found += _of_rules(rules, at, wanted)
    return found


def _of_rules(rules: EligibilityRules, at: Situation, wanted: NDArray[np.bool_]) -> list[_Asked]:
    attached = rules.attached(at.day)
    if not attached.rules:
        return []
    item_of = np.repeat(np.arange(len(rules.items)), np.diff(attached.offsets))
    offers_of = np.bincount(attached.rule_of[wanted[item_of]], minlength=len(attached.rules))
    program = attached.program
    nodes = program.nodes(at.facts)[:, 0]
    counts: dict[Condition, int] = {}
    for condition, n_offers in zip(program.conditions, offers_of.tolist(), strict=True):
        for leaf in _leaves_of(condition):
            counts[leaf] = counts.get(leaf, 0) + n_offers
    return [
        _Asked(leaf, int(nodes[number]), counts.get(leaf, 0))
        for number, leaf in enumerate(program.leaf_order)
        if nodes[number] >= Answer.UNKNOWN and counts.get(leaf)
    ]


def _leaves_of(condition: Condition) -> set[Condition]:
    return {part for part in walk(condition) if not parts_of(part)}


def _gaps(leaves: list[_Asked], at: Situation) -> tuple[Gap, ...]:
    counts: dict[str, int] = {}
    for asked in leaves:
        fact = getattr(asked.leaf, "fact", None)
        if asked.answer == Answer.UNKNOWN and fact and fact not in JUDGED_FACTS:
            for missing in _missing(fact, at):
                counts[missing] = counts.get(missing, 0) + asked.n_offers
    return tuple(Gap(fact, n) for fact, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def _missing(fact: str, at: Situation) -> list[str]:
    """Return the facts to supply: for a computed one, those of its parts that are not known."""
    parts = {**SHARES, **SUMS}.get(fact)
    if parts is None:
        return [fact]
    return [part for part in parts if at.value(part) is None] or [fact]


def _near(leaves: list[_Asked], at: Situation, share: float) -> tuple[NearMiss, ...]:
    found: dict[tuple[str, float | None, float | None], NearMiss] = {}
    for asked in leaves:
        leaf = asked.leaf
        if asked.answer != Answer.UNMET or not isinstance(leaf, Bounds) or leaf.fact == "day":
            continue
        value = at.value(leaf.fact)
        bound = leaf.least if _below(leaf, value) else leaf.most
        if not isinstance(value, Figure) or not bound:
            continue
        if abs(value.number - bound) / abs(bound) <= share:
            key = leaf.fact, leaf.least, leaf.most
            before = found[key].n_offers if key in found else 0
            found[key] = NearMiss(leaf.fact, value, leaf, before + asked.n_offers)
    return tuple(sorted(found.values(), key=lambda near: -near.n_offers))


def _below(leaf: Bounds, value: object) -> bool:
    return isinstance(value, Figure) and leaf.least is not None and value.number <= leaf.least


def _endings(statements: Mapping[str, Fact], day: dt.date, days: int) -> tuple[Ending, ...]:
    found = [
        Ending(name, statement, ended=statement.expires_on < day)
        for name, statement in statements.items()
        if statement.expires_on is not None and (statement.expires_on - day).days <= days
    ]
    return tuple(sorted(found, key=lambda ending: ending.statement.expires_on or day))


def _oddities(firm: Firm, rules: EligibilityRules, at: Situation) -> list[Oddity]:
    found = []
    if firm.company_code is not None:
        fault = find_fault(firm.company_code)
        if fault is not None:
            found.append(_CODE_ODDITIES[fault])
    months = at.number("age")
    if firm.tax_grade is TaxGrade.A and months is not None and months < GRADE_A_MONTHS:
        found.append(
            Oddity(
                "young_grade_a",
                "实际经营不满三年的企业不能评为纳税信用A级，请核对成立日期和级别。",
                "Under three years of operation there is no tax grade A: check date and grade.",
            )
        )
    size = _computed_size(rules, at)
    if size is not None and firm.size_class is not None and size != firm.size_class:
        found.append(
            Oddity(
                "size_class",
                f"登记的企业划型与按营业收入、人员、资产计算的结果（{size}）不一致。",
                f"The size class on record differs from the one that the figures give ({size}).",
            )
        )
    if Credential.LITTLE_GIANT in firm.credentials and (
        Credential.SPECIALISED_SME not in firm.credentials
    ):
        found.append(
            Oddity(
                "little_giant_alone",
                "“小巨人”应先取得专精特新中小企业称号，请核对资质。",
                "A little giant holds the title of a specialised SME as well: check the titles.",
            )
        )
    return found


_CODE_ODDITIES = {
    fault: Oddity(f"company_code_{fault}", f"统一社会信用代码{zh}，请与营业执照核对。", f"{en}")
    for fault, zh, en in (
        (CodeFault.LENGTH, "位数不对", "The company code has a wrong length: check the licence."),
        (CodeFault.CHARACTERS, "含有不会出现的字符", "The company code has characters it cannot."),
        (
            CodeFault.CHECK_DIGIT,
            "校验码不符（个别真实代码也如此）",
            "The check digit of the company code is wrong; a few real codes are so, too.",
        ),
    )
}


def _computed_size(rules: EligibilityRules, at: Situation) -> str | None:
    """Return the size class that the figures give, ``None`` where they do not suffice."""
    definitions = rules.book.definitions(at.day)
    sizes = ("micro", "small", "medium", "large")
    known = [size for size in sizes if f"cn.size.{size}" in definitions]
    if not known:
        return None
    answers = Program([definitions[f"cn.size.{size}"] for size in known]).answer(at.facts)[:, 0]
    met = [size for size, a in zip(known, answers.tolist(), strict=True) if a == Answer.MET]
    return met[0] if met else None
