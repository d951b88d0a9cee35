"""Who asks: an organisation with its role, and the person or key that acts for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.people import Role, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The one on whose behalf a request is answered.

    Attributes
    ----------
    organisation_id, role, subject_id
        Of the organisation; see :class:`data.people.Organisation`.
    organisation_name
        What other people read in logs and consents.
    person_id
        Who acts; for a key, the person who made it.
    display_name
        Of the person.
    key_id
        The key that was used, ``None`` for a signed-in session.
    scopes
        What may be done; a session has all.
    csrf_token
        What a session's writes must carry; empty for a key.
    """

    organisation_id: str
    organisation_name: str
    role: Role
    subject_id: str | None
    person_id: str
    display_name: str
    key_id: str | None = None
    scopes: frozenset[Scope] = frozenset(Scope)
    csrf_token: str = field(default="", repr=False)

    @property
    def firm_id(self) -> str | None:
        """The firm it stands for, if it does."""
        return self.subject_id if self.role is Role.FIRM else None

    @property
    def institution_id(self) -> str | None:
        """The institution it stands for, if it does."""
        return self.subject_id if self.role is Role.INSTITUTION else None

    @property
    def base_id(self) -> str | None:
        """The base it stands for, if it does."""
        return self.subject_id if self.role is Role.BASE_OPERATOR else None
