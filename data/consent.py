"""Consents, what was disclosed under them, and disputes: the records of who may see what.

A firm consents for one recipient, one purpose and one class of data at a time. A *recipient* is
the institution that a reader stands for, or its organisation where it stands for none (an organizer
of roadshows). A *provision* is one disclosure of more than a teaser; it is never changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.errors import ArgumentError

RETENTION_YEARS = 3
"""For how long a provision must be kept (网络数据安全管理条例, art. 12)."""
MOST_CONSENT_DAYS = 3 * 366
"""The longest that one consent may last; then the firm is asked again."""
DISPUTE_DAYS = 20
"""Within how many days a dispute is answered (征信业管理条例, art. 25)."""


class DataClass(StrEnum):
    """What a firm may let others see; the fields of each are in one table of the service."""

    IDENTITY = "identity"
    PROFILE = "profile"
    FINANCIALS = "financials"
    CREDENTIALS = "credentials"
    CONTACT = "contact"


class Purpose(StrEnum):
    """What for."""

    MATCHING = "matching"
    DUE_DILIGENCE = "due_diligence"
    ROADSHOW = "roadshow"
    SERVICE = "service"


class Basis(StrEnum):
    """Why a disclosure was permitted.

    ``BASE``: to the operator of the base that the firm resides in. ``ADMINISTRATION``: to those who
    run the service.
    """

    CONSENT = "consent"
    BASE = "base"
    ADMINISTRATION = "administration"


class DisputedKind(StrEnum):
    """What a firm holds to be wrong: something stored, or something computed."""

    RECORD = "record"
    SCORE = "score"


class DisputeOutcome(StrEnum):
    """How a dispute ended."""

    CORRECTED = "corrected"
    EXPLAINED = "explained"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A version of the text that a firm reads before it consents. It never changes."""

    version: str
    text: str
    published_at: dt.datetime

    @property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One permission, of one firm for one recipient, purpose and class of data.

    Attributes
    ----------
    notice_version, notice_sha256
        What was shown when it was given.
    granted_by, granted_key
        The person, and the key where a program acted for it.
    """

    consent_id: str
    firm_id: str
    recipient_id: str
    purpose: Purpose
    data_class: DataClass
    notice_version: str
    notice_sha256: str
    granted_at: dt.datetime
    granted_by: str
    granted_key: str | None = None
    expires_at: dt.datetime
    revoked_at: dt.datetime | None = None
    revoked_by: str | None = None

    def in_force(self, at: dt.datetime) -> bool:
        """Return whether it holds at an instant."""
        ends = self.expires_at if self.revoked_at is None else min(self.expires_at, self.revoked_at)
        return self.granted_at <= at < ends


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """A recipient's wish to see more; the firm answers it or lets it be."""

    request_id: str
    firm_id: str
    recipient_id: str
    organisation_id: str
    person_id: str
    purpose: Purpose
    data_classes: tuple[DataClass, ...]
    message: str
    asked_at: dt.datetime
    answered_at: dt.datetime | None = None
    answered_by: str | None = None
    granted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One disclosure of more than a teaser: what of which firm went to whom, when and why.

    Attributes
    ----------
    seq
        Counts up as they are stored; ``None`` before that.
    consent_ids
        Under which consents, one a class; none where ``basis`` is another.
    context
        In what answer, such as the action that was asked for.
    """

    seq: int | None = None
    firm_id: str
    recipient_id: str
    organisation_id: str
    person_id: str
    key_id: str | None = None
    data_classes: tuple[DataClass, ...]
    purpose: Purpose
    basis: Basis
    consent_ids: tuple[str, ...] = ()
    at: dt.datetime
    request_id: str
    context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What a firm holds to be wrong, and the answer. Until then its subject is marked disputed.

    Attributes
    ----------
    subject_id
        The record, or the recommendation whose score it is.
    field
        Which value of the record, where it is one.
    recipient_id
        The institution concerned, where one is.
    """

    dispute_id: str
    firm_id: str
    kind: DisputedKind
    subject_id: str
    field: str | None = None
    recipient_id: str | None = None
    statement: str
    opened_at: dt.datetime
    opened_by: str
    due_on: dt.date
    answered_at: dt.datetime | None = None
    answered_by: str | None = None
    outcome: DisputeOutcome | None = None
    answer: str | None = None


def due_on(opened_at: dt.datetime) -> dt.date:
    """Return the last day on which a dispute is answered in time."""
    return opened_at.astimezone(dt.UTC).date() + dt.timedelta(days=DISPUTE_DAYS)


def assert_expiry(granted_at: dt.datetime, expires_at: dt.datetime) -> None:
    """Raise :class:`ArgumentError` unless a consent may end then."""
    longest = granted_at + dt.timedelta(days=MOST_CONSENT_DAYS)
    if not granted_at < expires_at <= longest:
        raise ArgumentError(
            f"expires_at must lie after now and at most {MOST_CONSENT_DAYS} days ahead; got "
            f"{expires_at.isoformat()}.",
            field="expires_at",
            remedy="Choose an earlier day; the consent can be given again.",
        )


def ordered_classes(classes: Iterable[DataClass]) -> tuple[DataClass, ...]:
    """Return classes of data without repetition, in their one order."""
    found = set(classes)
    return tuple(one for one in DataClass if one in found)
