"""The rules of one offer: written by its institution, checked like any rule file, with versions.

An institution's rules live in a room of their offer: their ids begin with it, so that nobody can
replace a national definition or somebody else's rule, and their scope is that offer alone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from data.errors import ArgumentError, UnknownIdError
from data.rules.book import RuleBook
from data.rules.files import rules_from_plain
from data.rules.rule import Rule
from data.rules.writing import plain_rule
from data.store import Store
from service.access.logbook import Actor
from service.access.policy import Action
from service.access.sight import Sight

ROOM_DIGITS = 16
MOST_RULES = 200
"""Versions of rules of one offer."""
GIVEN_BY_PATH = ("id", "offers", "institutions", "kinds")

PUT_RULE, END_RULE = "rules.write", "rules.end"


def room_of(offer_id: str) -> str:
    """Return what the ids of an offer's own rules begin with; ids of offers hold other signs."""
    digest = hashlib.sha256(offer_id.encode("utf-8")).hexdigest()
    return f"offer.{digest[:ROOM_DIGITS]}."


def rules_of(store: Store, offer_id: str) -> list[Rule]:
    """Return every version of the offer's own rules, by id, oldest first."""
    room = room_of(offer_id)
    mine = [rule for rule in store.rules.load() if rule.rule_id.startswith(room)]
    return sorted(mine, key=lambda rule: (rule.rule_id, rule.effective_from or dt.date.min))


def plain_version(rule: Rule, offer_id: str, *, today: dt.date) -> dict[str, Any]:
    """Return a version as values of JSON: the rule as it would be written, and its state."""
    return {
        "name": rule.rule_id.removeprefix(room_of(offer_id)),
        "in_force": rule.in_force(today),
        "rule": plain_rule(rule),
    }


def put_rule(
    sight: Sight, offer_id: str, name: str, body: Mapping[str, Any], *, dry_run: bool = False
) -> Rule:
    """Add a version of a rule; the one before ends on the day before it begins.

    Parameters
    ----------
    body
        The rule as in a rule file, without what the path says; ``effective_from`` is today where
        it is left out.
    dry_run
        Only check.

    Raises
    ------
    UnknownIdError
        The offer is not the caller's to write.
    RuleFaultsError
        Something in the rule is wrong; every fault is told.
    DuplicateIdError
        The version is there with other content.
    ArgumentError
        The body says what the path says, begins in the past, or is one too many.
    """
    offer = sight.own_offer(offer_id, Action.WRITE_OFFERS)
    today = sight.now.date()
    rule = _read(offer.offer_id, name, body, today)
    there = rules_of(sight.store, offer.offer_id)
    same = next((o for o in there if (o.rule_id, o.version) == (rule.rule_id, rule.version)), None)
    if same is None:
        _check_new(rule, there, today)
        changed = [rule, *_ended(rule, there)]
    else:
        changed = [rule]
    keys = {(one.rule_id, one.version) for one in changed}
    others = [r for r in sight.store.rules.load() if (r.rule_id, r.version) not in keys]
    RuleBook.with_national([*others, *changed])
    if dry_run:
        return rule
    detail = {"rule_id": rule.rule_id, "version": rule.version}
    entry = Actor.of(sight).entry(PUT_RULE, "offer", offer.offer_id, detail=detail)
    sight.store.rules.add(changed, entry=None if same == rule else entry)
    return rule


def end_rule(sight: Sight, offer_id: str, name: str) -> None:
    """Let a rule hold no more: what holds today ends, what begins later is withdrawn.

    A version that began before today held for the last time yesterday; one that began today, today:
    answers of today may have used it. A last day that is set already stays.

    Raises
    ------
    UnknownIdError
        The offer is not the caller's to write, or it has no such rule that holds or will.
    RuleFaultsError
        Another rule of the offer names it.
    """
    offer = sight.own_offer(offer_id, Action.WRITE_OFFERS)
    today, store = sight.now.date(), sight.store
    rule_id = room_of(offer.offer_id) + name
    mine = [rule for rule in rules_of(store, offer.offer_id) if rule.rule_id == rule_id]
    later = [rule for rule in mine if rule.effective_from and rule.effective_from > today]
    open_ones = [rule for rule in mine if rule.effective_to is None and rule not in later]
    if not later and not open_ones:
        raise UnknownIdError(
            f"There is no rule {name!r} that holds.", field="name", remedy="List the rules."
        )
    entry = Actor.of(sight).entry(END_RULE, "offer", offer.offer_id, detail={"rule_id": rule_id})
    for rule in later:
        store.rules.withdraw(rule, today=today, entry=entry)
    if open_ones:
        yesterday = today - dt.timedelta(days=1)
        ended = [
            _until(rule, max(yesterday, rule.effective_from or yesterday)) for rule in open_ones
        ]
        store.rules.add(ended, entry=entry)


def _read(offer_id: str, name: str, body: Mapping[str, Any], today: dt.date) -> Rule:
    said = [key for key in GIVEN_BY_PATH if key in body]
    if said:
        raise ArgumentError(
            f"{said[0]} is given by the path.", field=said[0], remedy="Leave it out."
        )
    plain = {
        "effective_from": today.isoformat(),
        **body,
        "id": room_of(offer_id) + name,
        "offers": [offer_id],
    }
    try:
        (rule,) = rules_from_plain({"rules": [plain]})
    except RecursionError:
        raise ArgumentError(
            "The rule is nested too deeply.", field="require", remedy="Flatten it."
        ) from None
    return rule


def _check_new(rule: Rule, there: list[Rule], today: dt.date) -> None:
    if rule.effective_from is None or rule.effective_from < today:
        raise ArgumentError(
            f"A new version cannot begin before today ({today}).",
            field="effective_from",
            remedy="Begin today or later: answers that were given stay as they are.",
        )
    if len(there) >= MOST_RULES:
        raise ArgumentError(
            f"An offer has at most {MOST_RULES} versions of rules.",
            field="name",
            remedy="Join conditions into one rule.",
        )


def _ended(rule: Rule, there: list[Rule]) -> list[Rule]:
    """Return the open version before a new one, with its last day."""
    assert rule.effective_from is not None
    eve = rule.effective_from - dt.timedelta(days=1)
    return [
        _until(other, eve)
        for other in there
        if other.rule_id == rule.rule_id
        and other.effective_to is None
        and (other.effective_from is None or other.effective_from <= eve)
    ]


def _until(rule: Rule, last: dt.date) -> Rule:
    return dataclasses.replace(rule, effective_to=last)
