"""Changes add up: the latest of each record counts, and what is gone may come back."""

from __future__ import annotations

from data.catalogue import Catalogue
from data.records import Firm
from data.rules.book import RuleBook
from data.rules.facts import Fact
from matcher.edits import Edits


def firm(name: str, city: str | None = None) -> Firm:
    return Firm(firm_id=f"firm_{name}", name=name, city=city)


def test_the_latest_record_counts_and_keeps_its_turn() -> None:
    edits = Edits().and_then({Firm: [firm("b"), firm("a")]})
    later = edits.and_then({Firm: [firm("b", "苏州"), firm("c")]})
    assert list(later.of(Firm)) == ["firm_b", "firm_a", "firm_c"]
    assert later.of(Firm)["firm_b"] == firm("b", "苏州")
    assert edits.of(Firm)["firm_b"] == firm("b")
    assert (len(edits), len(later)) == (2, 3)


def test_what_is_gone_keeps_its_turn_and_may_come_back() -> None:
    edits = Edits().and_then({Firm: [firm("a"), firm("b")]})
    gone = edits.and_then({}, {Firm: frozenset({"firm_a", "firm_z"})})
    assert list(gone.of(Firm)) == ["firm_b"]
    assert list(gone.records[Firm]) == ["firm_a", "firm_b"]
    assert len(gone) == 4
    back = gone.and_then({Firm: [firm("a", "无锡")]})
    assert back.gone == {Firm: frozenset({"firm_z"})}
    assert list(back.of(Firm)) == ["firm_a", "firm_b"]


def test_rules_and_facts_are_the_latest() -> None:
    first, second = RuleBook(), RuleBook()
    facts: dict[str, tuple[Fact, ...]] = {"firm_a": ()}
    edits = Edits().and_then({}, book=first, facts=facts).and_then({}, book=second)
    assert edits.book is second
    assert edits.and_then({}).book is second
    assert edits.facts == {"firm_a": ()}
    assert len(edits) == 2


def test_a_catalogue_without_changes_is_itself() -> None:
    catalogue = Catalogue.from_records([firm("a")])
    assert Edits().over(catalogue) == catalogue
    changed = Edits().and_then({Firm: [firm("b")]}).over(catalogue)
    assert changed.firms.get("firm_b") == firm("b")
    assert changed.needs is catalogue.needs
