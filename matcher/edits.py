"""What changed since a market was built, added up: the latest of every record, and what is gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.catalogue import Catalogue, Side
from data.patched import PatchedSide, id_of
from data.records import Base, Event, Firm, Institution, Need, Offer, Record
from data.rules.book import RuleBook
from data.rules.facts import Fact

SIDE_OF: Mapping[type[Record], str] = {
    Base: "bases",
    Firm: "firms",
    Need: "needs",
    Institution: "institutions",
    Offer: "offers",
    Event: "events",
}
"""The side of a catalogue that holds each type of record."""


class RebuildNeededError(Exception):
    """What changed reaches further than a few rows: only a market built anew will do."""


@dataclass(frozen=True)
class Edits:
    """Changes to a catalogue, its rules and facts.

    Attributes
    ----------
    records
        Changed and new records by type and id; new ones keep the order in which they came.
    gone
        Ids of records that are no more, by type.
    book
        All rules, where one of them changed.
    facts
        All statements about each subject of which some changed.
    """

    records: Mapping[type[Record], Mapping[str, Record]] = field(default_factory=dict)
    gone: Mapping[type[Record], frozenset[str]] = field(default_factory=dict)
    book: RuleBook | None = None
    facts: Mapping[str, Sequence[Fact]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many records, rules and subjects of facts changed."""
        n = sum(map(len, self.records.values())) + sum(map(len, self.gone.values()))
        return n + len(self.facts) + (self.book is not None)

    def and_then(
        self,
        records: Mapping[type[Record], Sequence[Record]],
        gone: Mapping[type[Record], frozenset[str]] | None = None,
        *,
        book: RuleBook | None = None,
        facts: Mapping[str, Sequence[Fact]] | None = None,
    ) -> Edits:
        """Return these changes and later ones together."""
        merged = {kind: dict(of_kind) for kind, of_kind in self.records.items()}
        lost = {kind: set(ids) for kind, ids in self.gone.items()}
        for kind, found in records.items():
            merged.setdefault(kind, {}).update({id_of(record): record for record in found})
            lost.setdefault(kind, set()).difference_update(merged[kind])
        for kind, ids in (gone or {}).items():
            lost.setdefault(kind, set()).update(ids)
        return Edits(
            records=merged,
            gone={kind: frozenset(ids) for kind, ids in lost.items() if ids},
            book=self.book if book is None else book,
            facts={**self.facts, **(facts or {})},
        )

    def of(self, kind: type[Record]) -> Mapping[str, Record]:
        """Return the changed and new records of one type that are not gone, by id."""
        gone, found = self.gone.get(kind, frozenset()), self.records.get(kind, {})
        return {key: record for key, record in found.items() if key not in gone} if gone else found

    def over(self, catalogue: Catalogue) -> Catalogue:
        """Return a catalogue with these changes; rows keep their numbers."""
        sides: dict[str, Side] = {}
        for kind, name in SIDE_OF.items():
            records, gone = self.records.get(kind, {}), self.gone.get(kind, frozenset())
            if records or gone:
                sides[name] = PatchedSide(getattr(catalogue, name), records, gone)
        return dataclasses.replace(catalogue, **sides)
