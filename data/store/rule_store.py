"""Rules, facts and answers in the database. A version of a rule never changes once it is there."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data import columns as col
from data.audit import Entry
from data.errors import ArgumentError, DuplicateIdError, UnknownIdError
from data.rules.book import RuleBook
from data.rules.facts import Fact, read_value, spec_of, value_text
from data.rules.files import rules_from_plain
from data.rules.rule import Rule
from data.rules.writing import plain_rule
from data.store.audit_store import append_entry
from data.store.change_log import ChangeKind, note_changes, portions
from data.store.database import explained, writing
from data.store.merging import Counts
from data.store.tables import ANSWERS, FACTS, RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """One answer as it was given, with everything that it takes to give it again."""

    answer_id: str
    answered_on: dt.date
    need_id: str
    firm_id: str | None
    offer_id: str
    verdict: str
    content: Mapping[str, Any]


class RuleStore:
    """The part of the store that holds rules; reached by :attr:`data.store.Store.rules`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- rules ---------------------------------------------------------------------------------

    def add(self, rules: Iterable[Rule], *, entry: Entry | None = None) -> Counts:
        """Add versions of rules in one transaction, with an entry of the audit log.

        A version that is there with equal content is unchanged. One that was open may be given its
        last day; that counts as changed.

        Raises
        ------
        DuplicateIdError
            A version is there with other content.
        RuleFaultsError
            With what is there, versions overlap or names lead nowhere.
        """
        new, changed, unchanged = [], [], 0
        with (
            explained(self._engine),
            self._engine.connect() as connection,
            writing(connection),
        ):
            there = {(r.rule_id, r.version): r for r in read_rules(connection)}
            for rule in rules:
                before = there.get((rule.rule_id, rule.version))
                if before == rule:
                    unchanged += 1
                elif before is None:
                    new.append(rule)
                else:
                    _assert_closing(before, rule)
                    changed.append(rule)
                there[rule.rule_id, rule.version] = rule
            RuleBook.with_national(there.values())
            for rule in changed:
                connection.execute(sa.delete(RULES).where(_is(rule)))
            if new or changed:
                connection.execute(sa.insert(RULES), [_row(r) for r in (*new, *changed)])
            note_changes(connection, {ChangeKind.RULE: [r.rule_id for r in (*new, *changed)]})
            if entry is not None:
                append_entry(connection, entry)
        return Counts(len(new), len(changed), unchanged)

    def withdraw(self, rule: Rule, *, today: dt.date, entry: Entry | None = None) -> None:
        """Remove a version that has never held: no answer can have used it.

        Raises
        ------
        ArgumentError
            It holds today, or did before.
        UnknownIdError
            It is not there.
        RuleFaultsError
            Another rule names it.
        """
        if rule.effective_from is None or rule.effective_from <= today:
            raise ArgumentError(
                f"Version {rule.version!r} of the rule {rule.rule_id!r} has held already.",
                field="version",
                remedy="Give it a last day instead.",
            )
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            there = read_rules(connection)
            if rule not in there:
                raise UnknownIdError(
                    f"There is no version {rule.version!r} of the rule {rule.rule_id!r}.",
                    field="version",
                    remedy="List the rules.",
                )
            RuleBook.with_national([other for other in there if other != rule])
            connection.execute(sa.delete(RULES).where(_is(rule)))
            note_changes(connection, {ChangeKind.RULE: [rule.rule_id]})
            if entry is not None:
                append_entry(connection, entry)

    def load(self) -> list[Rule]:
        """Return every version of every rule, by id and version."""
        with explained(self._engine), self._engine.connect() as connection:
            return read_rules(connection)

    # -- facts ---------------------------------------------------------------------------------

    def put_facts(self, facts: Iterable[Fact]) -> int:
        """Store statements, the later one of the same day in place of the earlier; count them."""
        rows = {(f.subject_id, f.name, f.known_on): f for f in facts}
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            there = set(_facts_about(connection, {subject_id for subject_id, _, _ in rows}))
            changed = {key: fact for key, fact in rows.items() if fact not in there}
            if changed:
                keys = [{"s": s, "n": name, "k": day} for s, name, day in changed]
                connection.execute(sa.delete(FACTS).where(_KEY), keys)
                connection.execute(sa.insert(FACTS), [_fact_row(f) for f in changed.values()])
            note_changes(connection, {ChangeKind.FACT: [f.subject_id for f in changed.values()]})
        return len(rows)

    def load_facts(self) -> list[Fact]:
        """Return every statement."""
        with explained(self._engine), self._engine.connect() as connection:
            return read_facts(connection)

    def facts_of(self, subject_id: str) -> list[Fact]:
        """Return every statement about a firm or base."""
        with explained(self._engine), self._engine.connect() as connection:
            return read_facts(connection, FACTS.c.subject_id == subject_id)

    # -- answers -------------------------------------------------------------------------------

    def add_answer(self, answer: StoredAnswer) -> None:
        """Keep an answer; the same one twice is kept once."""
        row = {**dataclasses.asdict(answer), "content": _json(answer.content)}
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            connection.execute(sa.delete(ANSWERS).where(ANSWERS.c.answer_id == answer.answer_id))
            connection.execute(sa.insert(ANSWERS), [row])

    def get_answer(self, answer_id: str) -> StoredAnswer:
        """Return an answer; raise :class:`UnknownIdError` where there is none."""
        query = sa.select(ANSWERS).where(ANSWERS.c.answer_id == answer_id)
        with explained(self._engine), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownIdError(
                f"There is no answer {answer_id!r}.",
                field="answer_id",
                remedy="finmatch explain --keep prints the id of the answer that it keeps.",
            )
        day = _day(row["answered_on"])
        assert day is not None
        return StoredAnswer(
            answer_id=row["answer_id"],
            answered_on=day,
            need_id=row["need_id"],
            firm_id=row[col.FIRM_ID],
            offer_id=row[col.OFFER_ID],
            verdict=row["verdict"],
            content=json.loads(row["content"]),
        )


_KEY = (
    (FACTS.c.subject_id == sa.bindparam("s"))
    & (FACTS.c.name == sa.bindparam("n"))
    & (FACTS.c.known_on == sa.bindparam("k"))
)


def read_rules(connection: Connection) -> list[Rule]:
    """Return every version of every rule, by id and version."""
    query = sa.select(RULES.c.content).order_by(RULES.c.rule_id, RULES.c.version)
    contents = [json.loads(text) for text in connection.execute(query).scalars()]
    return rules_from_plain({"rules": contents}) if contents else []


def read_facts(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[Fact]:
    """Return the statements that meet all conditions, by subject, name and day."""
    query = sa.select(FACTS).where(*conditions)
    ordered = query.order_by(FACTS.c.subject_id, FACTS.c.name, FACTS.c.known_on)
    found = [_fact(row) for row in connection.execute(ordered).mappings()]
    return [fact for fact in found if fact is not None]


def _facts_about(connection: Connection, subject_ids: set[str]) -> list[Fact]:
    found = []
    for some in portions(subject_ids):
        found += read_facts(connection, FACTS.c.subject_id.in_(some))
    return found


def _assert_closing(before: Rule, rule: Rule) -> None:
    """Raise unless ``rule`` is ``before`` with a last day that it lacked."""
    closed = dataclasses.replace(before, effective_to=rule.effective_to)
    if before.effective_to is not None or closed != rule:
        raise DuplicateIdError(
            f"Version {rule.version!r} of the rule {rule.rule_id!r} is there with other content.",
            field="version",
            remedy="Give what changed a new version, and end the old one the day before.",
        )


def _is(rule: Rule) -> sa.ColumnElement[bool]:
    return (RULES.c.rule_id == rule.rule_id) & (RULES.c.version == rule.version)


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "version": rule.version,
        "effective_from": rule.effective_from,
        "effective_to": rule.effective_to,
        "content": _json(plain_rule(rule)),
    }


def _fact_row(fact: Fact) -> dict[str, Any]:
    row = {f.name: getattr(fact, f.name) for f in dataclasses.fields(fact)}
    return {**row, "value": value_text(spec_of(fact.name), fact.value)}


def _fact(row: Mapping[Any, Any]) -> Fact | None:
    value = read_value(spec_of(row["name"]), row["value"])
    known_on = _day(row["known_on"])
    if value is None or known_on is None:
        return None
    return Fact(
        subject_id=row["subject_id"],
        name=row["name"],
        value=value,
        known_on=known_on,
        expires_on=_day(row["expires_on"]),
        source=row["source"],
    )


def _day(value: dt.date | str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)
