"""Storing, changing and deleting single records for somebody who may.

A record has a *tag*: a digest of its content. Whoever read it may give the tag back with a change,
which is then made only if nobody else changed the record in between.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from data.audit import canonical
from data.errors import (
    ArgumentError,
    ChangedError,
    ConflictError,
    ForbiddenError,
    UnknownIdError,
)
from data.people import Role
from data.records import Base, Firm, Institution, Need, Offer, Record
from data.schema import ID_COLUMN
from data.store.reading import RecordT
from service.access.logbook import Actor
from service.access.policy import Action, Reach
from service.access.sight import FIRM_HANDLE, NEED_HANDLE, Sight
from service.serving.checking import Hint, check_record
from service.serving.new_ids import new_id

MOST_ID = 200
TAG_DIGITS = 32
ID_PREFIX = {Base: "base", Firm: "firm", Need: "need", Institution: "inst", Offer: "offer"}
WRITE = {
    Base: Action.WRITE_BASES,
    Firm: Action.WRITE_FIRMS,
    Need: Action.WRITE_NEEDS,
    Institution: Action.WRITE_INSTITUTIONS,
    Offer: Action.WRITE_OFFERS,
}
ERASED = "erased over the service"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a caller expects of the record that it changes.

    Attributes
    ----------
    tags
        One of these must be its tag; ``None`` for any.
    absent
        There must be none yet.
    """

    tags: frozenset[str] | None = None
    absent: bool = False


ANY = Condition()


@dataclass(frozen=True, slots=True)
class Written(Generic[RecordT]):
    """A record as it is stored now."""

    record: RecordT
    tag: str
    created: bool
    hints: tuple[Hint, ...]


def tag_of(record: Record) -> str:
    """Return the tag of a record: equal for equal content only."""
    plain = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in dataclasses.asdict(record).items()
    }
    text = f"{type(record).__name__}{canonical(plain)}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:TAG_DIGITS]


def add_record(
    sight: Sight, record_type: type[RecordT], make: Callable[[str, RecordT | None], RecordT]
) -> Written[RecordT]:
    """Store a new record under an id of the service's own making.

    Parameters
    ----------
    make
        Returns the record, from its id and the record that it replaces.

    Raises
    ------
    ForbiddenError
        It would be somebody else's.
    ArgumentError
        Something in it is wrong.
    """
    return _store(sight, make(new_id(ID_PREFIX[record_type], sight.now), None), before=None)


def put_record(
    sight: Sight,
    record_type: type[RecordT],
    key: str,
    make: Callable[[str, RecordT | None], RecordT],
    *,
    condition: Condition = ANY,
) -> Written[RecordT]:
    """Store a record under an id, in place of what is there; see :func:`add_record`.

    Only an administrator, or the one whom the record stands for, chooses an id.

    Raises
    ------
    UnknownIdError
        The record is not the caller's to write, or there is none and the id is not to be chosen.
    ChangedError
        The record is another one than expected.
    """
    action = WRITE[record_type]
    before: RecordT | None = None
    try:
        before = sight.own(record_type, key, action)
    except UnknownIdError:
        free = sight.store.find(record_type, key) is None
        if not free or not _may_choose(sight, action, key):
            raise
        _check_new_id(record_type, key)
    _assert_expected(before, condition)
    return _store(sight, make(key, before), before=before)


def remove_record(
    sight: Sight, record_type: type[RecordT], key: str, *, condition: Condition = ANY
) -> None:
    """Delete a record that nothing refers to.

    Raises
    ------
    UnknownIdError
        It is not the caller's to write.
    ChangedError
        It is another one than expected.
    ConflictError
        Something refers to it.
    """
    action = WRITE[record_type]
    before = sight.own(record_type, key, action)
    _assert_expected(before, condition)
    entry = Actor.of(sight).entry(_removal(action), _noun(record_type), key)
    sight.store.edits.remove(record_type, key, expected=before, entry=entry)


def erase_firm(sight: Sight, firm_id: str, *, condition: Condition = ANY) -> dict[str, int]:
    """Delete a firm with everything that is known of it; return the rows gone, by kind of record.

    Raises
    ------
    UnknownIdError
        It is not the caller's to delete.
    ConflictError
        Its data must be kept at present.
    """
    firm = sight.own_firm(firm_id, Action.DELETE_DATA)
    _assert_expected(firm, condition)
    if any(one.legal_hold for one in sight.store.people.organisations_for(firm_id)):
        raise ConflictError(
            "The data of this firm must be kept at present (legal hold).",
            field="firm_id",
            remedy="Ask the administrator of the service.",
        )
    gone = sight.store.erase_firm(firm_id, erased_at=sight.now, reason=ERASED)
    counts = {kind.__name__.lower(): rows for kind, rows in gone.items()}
    entry = Actor.of(sight).entry(Action.DELETE_DATA.value, "firm", firm_id, detail=counts)
    sight.store.audit.append(entry)
    return counts


def _store(sight: Sight, record: RecordT, *, before: RecordT | None) -> Written[RecordT]:
    kind = type(record)
    action = WRITE[kind]
    sight.assert_writable(record, action)
    _assert_base(sight, record, before)
    hints = check_record(sight.store, record, today=sight.now.date())
    key = str(getattr(record, ID_COLUMN[kind]))
    changed = [
        field.name
        for field in dataclasses.fields(record)
        if before is None or getattr(before, field.name) != getattr(record, field.name)
    ]
    detail = {"created": before is None, "fields": changed}
    entry = Actor.of(sight).entry(action.value, _noun(kind), key, detail=detail)
    sight.store.edits.put(record, expected=before, entry=entry)
    return Written(record, tag_of(record), before is None, hints)


def _assert_base(sight: Sight, record: Record, before: Record | None) -> None:
    """Raise where a firm would put itself into a base: being resident is not its own to say."""
    if sight.principal.role is not Role.FIRM or not isinstance(record, Firm):
        return
    stayed = before.base_id if isinstance(before, Firm) else None
    if record.base_id not in (None, stayed):
        raise ForbiddenError(
            "A firm is put into a base by an administrator.",
            field="base_id",
            remedy="Leave base_id as it is, and ask the operator of the base.",
        )


def _may_choose(sight: Sight, action: Action, key: str) -> bool:
    return sight.require(action) is Reach.ALL or key == sight.principal.subject_id


def _check_new_id(record_type: type[Record], key: str) -> None:
    label = ID_COLUMN[record_type]
    handle = key.startswith((FIRM_HANDLE, NEED_HANDLE))
    if handle or not 1 <= len(key) <= MOST_ID or not key.isprintable() or "/" in key:
        raise ArgumentError(
            f"{label} cannot be {key[:80]!r}.",
            field=label,
            remedy=f"Use up to {MOST_ID} letters, digits and signs, or let the service choose.",
        )


def _assert_expected(record: Record | None, condition: Condition) -> None:
    if condition.absent and record is not None:
        raise ChangedError(
            "There is such a record already.", remedy="Read it, and send its tag in If-Match."
        )
    if condition.tags is None:
        return
    if record is None or tag_of(record) not in condition.tags:
        raise ChangedError(
            "The record was changed in the meantime.",
            remedy="Read it again, and change what is there now.",
        )


def _noun(record_type: type[Record]) -> str:
    return record_type.__name__.lower()


def _removal(action: Action) -> str:
    return f"{action.value.partition('.')[0]}.delete"
