"""The audit log: who did what when, chained so that a later change shows.

The hash of a row is the SHA-256 of the hash before it and of the row as canonical JSON (sorted
keys, no blanks, ASCII). Whoever changes, removes or inserts a row must compute every later hash
anew; whoever noted one of them elsewhere (:class:`Head`) then sees it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIRST_HASH = "0" * 64
"""What stands for the hash before the first row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that somebody did.

    Attributes
    ----------
    at
        Aware instant in UTC.
    organisation_id, person_id, key_id
        Who; all ``None`` where the software itself or the command line did it.
    action
        A noun and a verb, as ``firms.write``.
    subject_type, subject_id
        To what.
    detail
        What else matters, as JSON; never values that must be erasable, as texts of a firm.
    request_id
        Of the request, as in the logs and in error answers.
    """

    at: dt.datetime
    organisation_id: str | None = None
    person_id: str | None = None
    key_id: str | None = None
    action: str
    subject_type: str
    subject_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One row of the log."""

    seq: int
    entry: Entry
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest row. Kept elsewhere, it later proves that nothing up to it was changed."""

    seq: int
    hash: str


def canonical(value: object) -> str:
    """Return ``value`` as the one JSON text that stands for it.

    Raises ``ValueError`` for NaN and infinity, ``TypeError`` for what JSON does not know.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_of(previous: str, seq: int, entry: Entry) -> str:
    """Return the hash of row ``seq`` that follows the row with the hash ``previous``."""
    content = {
        "seq": seq,
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "organisation_id": entry.organisation_id,
        "person_id": entry.person_id,
        "key_id": entry.key_id,
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "detail": dict(entry.detail),
        "request_id": entry.request_id,
    }
    return hashlib.sha256(f"{previous}\n{canonical(content)}".encode("ascii")).hexdigest()
