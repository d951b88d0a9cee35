"""Rules and facts of the demo world."""

from __future__ import annotations

import datetime as dt

from data.demo import generate
from data.demo.rules import demo_facts, demo_rules
from data.rules.book import RuleBook
from data.rules.facts import FactBook

TODAY = dt.date(2026, 7, 1)
CATALOGUE = generate((60, 60), seed=3, today=TODAY).catalogue()


def test_rules_name_offers_that_are_there_and_definitions_that_exist():
    rules = demo_rules(CATALOGUE)
    book = RuleBook.with_national(rules)
    named = {offer_id for rule in rules for offer_id in rule.scope.offers}
    assert named <= set(CATALOGUE.offers.ids.ids)
    assert {"demo.veto", "demo.startup_loan"} <= {rule.rule_id for rule in book.rules}
    assert all(rule.rule_id.startswith("demo.") and rule.scope for rule in rules)


def test_facts_are_drawn_once_and_known_before_today():
    facts = demo_facts(CATALOGUE, seed=3, known_on=TODAY - dt.timedelta(days=1))
    assert facts == demo_facts(CATALOGUE, seed=3, known_on=TODAY - dt.timedelta(days=1))
    assert {fact.subject_id for fact in facts} == set(CATALOGUE.firms.ids.ids)
    assert {fact.source for fact in facts} == {"demo"}
    book = FactBook(facts)
    first = CATALOGUE.firms.ids.ids[0]
    assert book.known(first, on=TODAY)["veto"] == ()
    hires = [fact.value.number for fact in facts if fact.name == "hired_eligible"]
    assert 0 < len(hires) < len(CATALOGUE.firms)
