"""What a write leaves in the change feed: which records it changed, noted in its own transaction.

One row a record, or one row without an id ("many changed: read all of them again") above
:data:`MANY`. What is written again with equal content is no change. A firm that is gone took its
needs, events and ratings along; nothing else is noted of them.

On PostgreSQL a number drawn earlier may commit later, and whoever had read past it would miss it.
So writers queue for an advisory lock from the drawing of their numbers, the last thing that they
do, to their commit: numbers appear in order. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data.records import Base, Event, EventKind, Firm, Institution, Need, Offer, Rating, Record
from data.store.tables import CHANGES, POSTGRESQL

MANY = 1_000
"""Changed records of one type in one write above which no ids are noted."""
UNNOTED_EVENTS = (EventKind.IMPRESSION.value, EventKind.VIEW.value)
"""Events that come with every list that is shown: no copy holds them, so none is told of them."""
KEPT = 100_000
"""Newest rows that stay; whoever fell behind further reads everything again."""
_IDS_AT_ONCE = 500
_LOCK_KEY = 0x46696E43  # "FinC": the advisory lock of whoever draws numbers
_SQLITE_NOW = "%Y-%m-%d %H:%M:%f000"  # SQLite knows milliseconds; instants are stored with six


class ChangeKind(StrEnum):
    """What changed; ``RULE`` goes by the rule's id, ``FACT`` by the id of its subject."""

    BASE = "base"
    FIRM = "firm"
    NEED = "need"
    INSTITUTION = "institution"
    OFFER = "offer"
    EVENT = "event"
    RATING = "rating"
    RULE = "rule"
    FACT = "fact"


KIND_OF: Mapping[type[Record], ChangeKind] = {
    Base: ChangeKind.BASE,
    Firm: ChangeKind.FIRM,
    Need: ChangeKind.NEED,
    Institution: ChangeKind.INSTITUTION,
    Offer: ChangeKind.OFFER,
    Event: ChangeKind.EVENT,
    Rating: ChangeKind.RATING,
}
"""The kind under which a record is noted."""


def note_changes(
    connection: Connection, changed: Mapping[ChangeKind, Iterable[str] | None]
) -> None:
    """Note what a write changed; call it last, inside the write's transaction.

    Parameters
    ----------
    changed
        Ids by kind, none for nothing; ``None`` where there are too many to name.
    """
    rows: list[dict[str, str | None]] = []
    for kind, ids in changed.items():
        named = None if ids is None else sorted(set(ids))
        many = named is None or len(named) > MANY
        listed = [None] if many or named is None else named
        rows += [{"record_type": kind.value, "record_id": key} for key in listed]
    if not rows:
        return
    now: sa.ColumnElement[object] = sa.func.strftime(_SQLITE_NOW, "now")
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
        now = sa.func.clock_timestamp()
    connection.execute(sa.insert(CHANGES).values(changed_at=now), rows)
    newest = sa.select(sa.func.max(CHANGES.c.seq)).scalar_subquery()
    connection.execute(sa.delete(CHANGES).where(CHANGES.c.seq <= newest - KEPT))


def forget_changes(connection: Connection, kind: ChangeKind, ids: Iterable[str]) -> None:
    """Remove what was noted of some records: their ids may say whose they were."""
    for keys in portions(ids):
        named = (CHANGES.c.record_type == kind.value) & CHANGES.c.record_id.in_(keys)
        connection.execute(sa.delete(CHANGES).where(named))


def portions(keys: Iterable[str]) -> Iterator[list[str]]:
    """Cut ids into lists that one statement may name."""
    listed = sorted(keys)
    for start in range(0, len(listed), _IDS_AT_ONCE):
        yield listed[start : start + _IDS_AT_ONCE]
