"""Facts that are kept beside the records: what is known of a firm or base, since when, until when.

A fact is stated on a day and may expire (a title runs out, a record is struck off). Of each fact
the latest statement counts. Values are written as a rule writes its bounds: ``300万元``, ``5%``,
``36个月``; lists and flags as in an import; an empty list that somebody stated ("无") is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from data.errors import InputError, ParseError
from data.importers.cells import is_unknown, parse_flag, parse_list, plain
from data.labels import folded
from data.rules.values import EXAMPLE, NO, YES, choice_words, read_number
from data.rules.vocabulary import FACTS, FactKind, FactSpec, Origin
from data.rules.writing import number_text

NONE_WORDS = frozenset({"无", "没有", "none", "no", "-"})
"""How a list says that it is known to be empty."""

LIST_MARK = "、"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in the unit of its fact; money in hundredths of ``currency``."""

    number: float
    currency: str | None = None


Value = Figure | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement about a firm or base."""

    subject_id: str
    name: str
    value: Value
    known_on: dt.date
    expires_on: dt.date | None = None
    source: str | None = None


def spec_of(name: str) -> FactSpec:
    """Return the fact of this name or Chinese word.

    Raises
    ------
    InputError
        There is none.
    """
    key = name.strip()
    found = FACTS.get(key) or next((s for s in FACTS.values() if s.zh == key or s.en == key), None)
    if found is None:
        raise InputError(
            f"There is no fact {name!r}.",
            field="facts",
            remedy="finmatch rules facts lists them.",
        )
    return found


def read_value(spec: FactSpec, text: object) -> Value | None:
    """Read the value of a fact; ``None`` where the text says that it is unknown.

    Raises
    ------
    ParseError
        The text means nothing.
    """
    written = "yes" if text is True else "no" if text is False else text
    if isinstance(written, list | tuple):
        return _listed(spec, [str(item) for item in written])
    said = str(written).strip()
    if spec.kind is FactKind.FLAG:
        return None if is_unknown(said) and plain(said) not in NONE_WORDS else _flag(said)
    if not spec.numeric:
        if plain(said) in NONE_WORDS:
            return ()
        return None if is_unknown(said) else _listed(spec, list(parse_list(said)))
    if is_unknown(said):
        return None
    try:
        number, currency = read_number(spec, written)
    except ParseError as error:
        remedy = f"Write it like {EXAMPLE[spec.kind]}."
        raise ParseError(error.message, field=spec.name, remedy=remedy) from error
    return Figure(number, currency)


def read_stated(said: Mapping[str, object]) -> dict[str, Value]:
    """Read facts by name or Chinese word; what is unknown is left out.

    Raises
    ------
    InputError
        A fact does not exist, belongs to the records, or has a value that means nothing.
    """
    found = {}
    for name, written in said.items():
        spec = spec_of(name)
        if spec.origin is Origin.RECORD:
            raise InputError(
                f"{name!r} is a column of the firm or need, not of the facts.",
                field="facts",
                remedy="Write it under firm or need.",
            )
        value = None if written is None else read_value(spec, written)
        if value is not None:
            found[spec.name] = value
    return found


def _flag(text: str) -> tuple[str, ...]:
    return (YES if parse_flag(text) else NO,)


def _listed(spec: FactSpec, items: list[str]) -> tuple[str, ...]:
    if spec.choice is None:
        return tuple(dict.fromkeys(items))
    known = choice_words(spec.choice)
    for item in items:
        if folded(item) not in known:
            raise ParseError(
                f"{spec.name} cannot be {item!r}.",
                field=spec.name,
                remedy=f"Use {', '.join(spec.choice)}.",
            )
    return tuple(dict.fromkeys(known[folded(item)] for item in items))


def value_text(spec: FactSpec, value: Value) -> str:
    """Return a value as :func:`read_value` reads it."""
    if isinstance(value, Figure):
        return str(number_text(spec, value.number, value.currency))
    return LIST_MARK.join(value) if value else "无"


class FactBook:
    """Statements about many subjects."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._of: dict[str, list[Fact]] = {}
        for fact in facts:
            self._of.setdefault(fact.subject_id, []).append(fact)
        for listed in self._of.values():
            listed.sort(key=lambda fact: fact.known_on)

    def with_subjects(self, facts: Mapping[str, Iterable[Fact]]) -> FactBook:
        """Return a book in which all that is stated about some subjects is what is given."""
        found = FactBook(fact for of_one in facts.values() for fact in of_one)
        others = {key: listed for key, listed in self._of.items() if key not in facts}
        found._of = {**others, **found._of}
        return found

    def __len__(self) -> int:
        return sum(len(listed) for listed in self._of.values())

    def with_facts(self, facts: Iterable[Fact]) -> FactBook:
        """Return a book with more statements."""
        return FactBook([*(one for listed in self._of.values() for one in listed), *facts])

    @property
    def subjects(self) -> tuple[str, ...]:
        """Ids of which something is stated."""
        return tuple(self._of)

    def statements(self, subject_id: str, *, on: dt.date) -> Mapping[str, Fact]:
        """Return the latest statement of each fact known on a day, expired ones included."""
        return {fact.name: fact for fact in self._of.get(subject_id, []) if fact.known_on <= on}

    def known(self, subject_id: str, *, on: dt.date) -> dict[str, Value]:
        """Return what holds on a day: what was stated until then and has not expired."""
        return {
            name: fact.value
            for name, fact in self.statements(subject_id, on=on).items()
            if fact.expires_on is None or fact.expires_on >= on
        }
