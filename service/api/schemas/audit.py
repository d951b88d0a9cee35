"""Bodies of the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field

from data.audit import Head, Logged


class LoggedOut(BaseModel):
    """One thing that somebody did."""

    seq: int
    at: dt.datetime
    organisation_id: str | None
    person_id: str | None
    key_id: str | None
    action: str
    subject_type: str
    subject_id: str | None
    detail: dict[str, Any]
    request_id: str | None
    hash: str = Field(description="Of this row and of everything before it.")

    @classmethod
    def of(cls, row: Logged) -> LoggedOut:
        """Return a row of the log."""
        entry = row.entry
        return cls(
            seq=row.seq,
            at=entry.at,
            organisation_id=entry.organisation_id,
            person_id=entry.person_id,
            key_id=entry.key_id,
            action=entry.action,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            detail=dict(entry.detail),
            request_id=entry.request_id,
            hash=row.hash,
        )


class HeadOut(BaseModel):
    """The newest row. Noted elsewhere, it later proves that nothing up to it was changed."""

    seq: int
    hash: str

    @classmethod
    def of(cls, head: Head | None) -> HeadOut | None:
        """Return the newest row, ``None`` for an empty log."""
        return None if head is None else cls(seq=head.seq, hash=head.hash)


class VerifiedOut(BaseModel):
    """Whether the log is as it was written."""

    intact: bool
    first_broken: int | None = Field(description="Number of the first row that is not.")
    head: HeadOut | None
