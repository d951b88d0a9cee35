"""Organisations and the people in them: who may sign in, and for whom they act.

An organisation has one role. Where it stands for a firm, an institution or a base, ``subject_id``
is the id of that record; everything a person may see follows from the two
(:mod:`service.access.policy`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an organisation comes for."""

    FIRM = "firm"
    INSTITUTION = "institution"
    ORGANIZER = "organizer"
    EVALUATOR = "evaluator"
    BASE_OPERATOR = "base_operator"
    ADMINISTRATOR = "administrator"


ROLES_WITH_SUBJECT = frozenset({Role.FIRM, Role.INSTITUTION, Role.BASE_OPERATOR})
"""Roles of organisations that stand for one record: a firm, an institution or a base."""


class Scope(StrEnum):
    """What an API key may be used for, inside what its organisation may do."""

    READ = "read"
    WRITE = "write"
    EVENTS = "events"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who is responsible for what its people do.

    Attributes
    ----------
    subject_id
        The firm, institution or base that it stands for; ``None`` for the other roles.
    legal_hold
        Its data must not be deleted at present; the reason is in the audit log.
    closed_at
        Nobody of it may sign in any more.
    """

    organisation_id: str
    name: str
    role: Role
    subject_id: str | None = None
    created_at: dt.datetime
    closed_at: dt.datetime | None = None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signs in. ``password_hash`` is argon2's own text, ``None`` without password."""

    person_id: str
    organisation_id: str
    login: str
    display_name: str
    password_hash: str | None = None
    created_at: dt.datetime
    disabled_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of a program. Only the SHA-256 of the secret is kept; it was shown once."""

    key_id: str
    organisation_id: str
    person_id: str
    name: str
    digest: str
    scopes: tuple[Scope, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """One session of a person. Only the SHA-256 of the cookie's token is kept."""

    digest: str
    person_id: str
    csrf_token: str
    created_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None = None
