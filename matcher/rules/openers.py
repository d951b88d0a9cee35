"""The reverse view: which single change opens the most offers, or the most money.

Changes are taken from what is unmet anywhere in the catalogue; each is then applied and the whole
catalogue answered again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.rules.conditions import Condition
from data.rules.effort import Efforts
from features.items import Items
from features.rules.answers import Answer
from features.slot_conditions import slot_conditions
from matcher.eligibility import EligibilityRules
from matcher.rules.moves import Moves
from matcher.rules.situation import Change, Situation

MOST_CHANGES_TRIED = 120
"""Changes that are applied to the whole catalogue; those of most leaves first."""

_LEFT_OUT = frozenset({"kind"})


@dataclass(frozen=True)
class Opener:
    """A change and what it opens.

    Attributes
    ----------
    items
        Offers that may be shown after it and could not before.
    money
        Sum of their upper amounts in hundredths, by currency; offers that state none add nothing.
    """

    change: Change
    items: tuple[int, ...]
    money: dict[str, float]

    @property
    def cny(self) -> float:
        """Money in CNY."""
        return self.money.get("CNY", 0.0)


def openers(
    rules: EligibilityRules,
    at: Situation,
    efforts: Efforts,
    *,
    kinds: frozenset[str] | None = None,
    k: int = 5,
    by_money: bool = False,
) -> list[Opener]:
    """Return the single changes that open most offers (or most money), best first.

    Parameters
    ----------
    rules
        Of the catalogue.
    at
        Who asks.
    efforts
        What may be changed.
    kinds
        Kinds of offer that count; an empty set means any, ``None`` the need's own.
    """
    before = _allowed(rules, at, kinds)
    found = []
    for change in _changes(rules, at, efforts)[:MOST_CHANGES_TRIED]:
        opened = _allowed(rules, at.with_changes((change,)), kinds) & ~before
        if opened.any():
            items = np.flatnonzero(opened)
            found.append(Opener(change, tuple(items.tolist()), _money(rules.items, items)))
    if by_money:
        found.sort(key=lambda one: (-one.cny, -len(one.items), one.change.effort))
    else:
        found.sort(key=lambda one: (-len(one.items), -one.cny, one.change.effort))
    return _distinct(found)[:k]


def _distinct(found: list[Opener]) -> list[Opener]:
    """Keep of the changes that open the same offers the easiest one of each fact."""
    kept: dict[tuple[str, tuple[int, ...]], Opener] = {}
    for one in found:
        key = one.change.fact, one.items
        if key not in kept or one.change.effort < kept[key].change.effort:
            kept[key] = one
    return list(kept.values())


def _allowed(
    rules: EligibilityRules, at: Situation, kinds: frozenset[str] | None
) -> NDArray[np.bool_]:
    on = np.datetime64(at.day, "D")
    return rules.offers_for_facts(at.facts, on=on, kinds=kinds).allowed()


def _money(items: Items, rows: NDArray[np.int64]) -> dict[str, float]:
    found: dict[str, float] = {}
    most, currency = items.bounds[col.AMOUNT_MAX_MINOR][rows], items.texts[col.CURRENCY][rows]
    for amount, code in zip(most.tolist(), currency.tolist(), strict=True):
        if amount == amount:
            found[code or "CNY"] = found.get(code or "CNY", 0.0) + amount
    return found


def _changes(rules: EligibilityRules, at: Situation, efforts: Efforts) -> list[Change]:
    """Return every change that turns some unmet leaf, those of most leaves first."""
    moves = Moves(efforts)
    counts: dict[object, int] = {}
    by_key: dict[object, Change] = {}
    for leaf in _unmet_leaves(rules, at):
        for change in moves.of(leaf, at):
            counts[change.key] = counts.get(change.key, 0) + 1
            by_key.setdefault(change.key, change)
    ordered = sorted(by_key, key=lambda key: -counts[key])
    return [by_key[key] for key in ordered]


def _unmet_leaves(rules: EligibilityRules, at: Situation) -> Iterator[Condition]:
    for name, slot in rules.slots.items():
        if slot is None or name in _LEFT_OUT:
            continue
        answers = slot.leaves.answer(at.facts)[:, 0]
        _, first = np.unique(slot.leaf_of, return_index=True)
        for leaf in np.flatnonzero(answers == Answer.UNMET).tolist():
            yield slot_conditions(rules.items, int(first[leaf]))[name]
    attached = rules.attached(at.day)
    if attached.rules:
        program = attached.program
        nodes = program.nodes(at.facts)[:, 0]
        for number, leaf_condition in enumerate(program.leaf_order):
            if nodes[number] == Answer.UNMET:
                yield leaf_condition
