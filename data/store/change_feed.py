"""The change feed as those read it who keep a copy of the store: what is new since they looked.

:mod:`data.store.change_log` says what is noted and why numbers appear in order. Reading is a plain
query by number; a record is read as it is now, so reading the same change twice does no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.catalogue import Catalogue
from data.errors import ArgumentError
from data.records import Base, Event, Firm, Institution, Need, Offer, Record
from data.rules.facts import Fact
from data.rules.rule import Rule
from data.schema import ID_COLUMN
from data.store.change_log import KIND_OF, UNNOTED_EVENTS, ChangeKind, portions
from data.store.database import explained, snapshot
from data.store.reading import read_catalogue, read_records, select_records
from data.store.rows import to_instant
from data.store.rule_store import read_facts, read_rules
from data.store.tables import CHANGES, FACTS, LIVE

LIMIT = 10_000
"""Rows that one reading returns by default."""
_MATCHED: tuple[type[Record], ...] = (Base, Firm, Need, Institution, Offer, Event)
"""The records that a catalogue holds."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the feed; ``record_id`` is ``None`` where many of the kind changed."""

    seq: int
    kind: ChangeKind
    record_id: str | None
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What :meth:`ChangeFeed.since` found.

    Attributes
    ----------
    rows
        In order of their numbers.
    lost
        Rows between the asked number and the oldest one may have been pruned: read all again.
    """

    rows: tuple[Change, ...]
    lost: bool


@dataclass(frozen=True)
class Everything:
    """All that a matcher looks at, as of one moment: not the impressions and views.

    Attributes
    ----------
    seq
        Number of the last change that is in it.
    """

    seq: int
    catalogue: Catalogue
    rules: tuple[Rule, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class News:
    """What changed since a number, as it is at one moment.

    Attributes
    ----------
    seq
        Number of the last change that is in it.
    too_much
        Changes were lost or not named: only reading everything again will do; the rest is empty.
    more
        The limit was reached: ask again with ``seq``.
    records
        New and changed records by type.
    gone
        Ids of records that are no more, by type.
    rules
        All rules, where one of them changed.
    facts
        All statements about each subject of which some changed.
    changed_at
        Instant of the oldest and of the newest change, by the database's clock.
    """

    seq: int
    too_much: bool = False
    more: bool = False
    records: Mapping[type[Record], Sequence[Record]] = field(default_factory=dict)
    gone: Mapping[type[Record], frozenset[str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] | None = None
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    changed_at: tuple[dt.datetime, dt.datetime] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing of a catalogue changed."""
        noted = self.records or self.gone or self.facts
        return not (self.too_much or noted) and self.rules is None


class ChangeFeed:
    """The part of the store that says what changed; reached by :attr:`data.store.Store.changes`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_seq(self) -> int:
        """Return the number of the newest change; 0 where there is none."""
        with explained(self._engine), self._engine.connect() as connection:
            return _last_seq(connection)

    def since(self, seq: int, limit: int = LIMIT) -> Changes:
        """Return the first ``limit`` changes after number ``seq``.

        Raises
        ------
        ArgumentError
            ``limit`` is below 1, or ``seq`` below 0.
        """
        _check(seq, limit)
        with explained(self._engine), snapshot(self._engine) as connection:
            return _since(connection, seq, limit)

    def everything(self) -> Everything:
        """Return all records, rules and facts with the number up to which they are complete."""
        with explained(self._engine), snapshot(self._engine) as connection:
            return Everything(
                seq=_last_seq(connection),
                catalogue=read_catalogue(connection, None, without_events=UNNOTED_EVENTS),
                rules=tuple(read_rules(connection)),
                facts=tuple(read_facts(connection)),
            )

    def news(self, seq: int, limit: int = LIMIT) -> News:
        """Return what changed after number ``seq``, the records as they are now.

        Raises
        ------
        ArgumentError
            ``limit`` is below 1, or ``seq`` below 0.
        """
        _check(seq, limit)
        with explained(self._engine), snapshot(self._engine) as connection:
            found = _since(connection, seq, limit)
            if not found.rows and not found.lost:
                return News(seq)
            if found.lost or any(row.record_id is None for row in found.rows):
                return News(_last_seq(connection), too_much=True)
            return _read(connection, found.rows, limit)


def _check(seq: int, limit: int) -> None:
    if limit < 1:
        raise ArgumentError(f"limit must be at least 1; got {limit}.", field="limit")
    if seq < 0:
        raise ArgumentError(f"seq must not be negative; got {seq}.", field="seq")


def _last_seq(connection: Connection) -> int:
    return int(connection.execute(sa.select(sa.func.max(CHANGES.c.seq))).scalar() or 0)


def _since(connection: Connection, seq: int, limit: int) -> Changes:
    query = sa.select(CHANGES).where(CHANGES.c.seq > seq).order_by(CHANGES.c.seq).limit(limit)
    rows = tuple(
        Change(row["seq"], ChangeKind(row["record_type"]), row["record_id"], _instant(row))
        for row in connection.execute(query).mappings()
    )
    oldest, newest = connection.execute(
        sa.select(sa.func.min(CHANGES.c.seq), sa.func.max(CHANGES.c.seq))
    ).one()
    # a number above the newest: the database was put back from a copy
    lost = oldest is not None and (seq < oldest - 1 or seq > newest)
    return Changes(rows, lost or (oldest is None and seq > 0))


def _instant(row: sa.RowMapping) -> dt.datetime:
    return cast(dt.datetime, to_instant(row["changed_at"]))


def _read(connection: Connection, rows: Sequence[Change], limit: int) -> News:
    ids: dict[ChangeKind, set[str]] = {}
    for row in rows:
        ids.setdefault(row.kind, set()).add(cast(str, row.record_id))
    records: dict[type[Record], Sequence[Record]] = {}
    gone: dict[type[Record], frozenset[str]] = {}
    for record_type in _MATCHED:
        keys = ids.get(KIND_OF[record_type])
        if keys:
            found = _records(connection, record_type, keys)
            records[record_type] = found
            id_name = ID_COLUMN[record_type]
            left = keys - {getattr(record, id_name) for record in found}
            if left:
                gone[record_type] = frozenset(left)
    subjects = ids.get(ChangeKind.FACT, set())
    facts: dict[str, list[Fact]] = {subject: [] for subject in subjects}
    for some in portions(subjects):
        for fact in read_facts(connection, FACTS.c.subject_id.in_(some)):
            facts[fact.subject_id].append(fact)
    return News(
        seq=rows[-1].seq,
        more=len(rows) == limit,
        records={kind: found for kind, found in records.items() if found},
        gone=gone,
        rules=tuple(read_rules(connection)) if ChangeKind.RULE in ids else None,
        facts={subject: tuple(stated) for subject, stated in facts.items()},
        changed_at=(rows[0].changed_at, rows[-1].changed_at),
    )


def _records(connection: Connection, record_type: type[Record], keys: set[str]) -> list[Record]:
    key = LIVE[record_type].c[ID_COLUMN[record_type]]
    found: list[Record] = []
    for portion in portions(keys):
        query = select_records(record_type, key.in_(portion)).order_by(key)
        found += read_records(connection, record_type, query)  # type: ignore[type-var]
    return found
