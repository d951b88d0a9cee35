"""Bodies of sessions, keys, people and organisations."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from data.people import ApiKey, Organisation, Person, Role, Scope
from service.access.keys import DEFAULT_DAYS, MOST_DAYS
from service.access.membership import MOST_NAME
from service.access.passwords import LEAST_LENGTH, MOST_LENGTH, MOST_LOGIN

MOST_TYPED = 1_000
"""Characters of a password field; what is longer is no password."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=MOST_NAME)]
Login = Annotated[str, StringConstraints(min_length=1, max_length=MOST_LOGIN)]
Typed = Annotated[str, StringConstraints(max_length=MOST_TYPED)]
PersonId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^\w+$")]
RecordId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
NewPassword = Annotated[
    str,
    StringConstraints(max_length=MOST_TYPED),
    Field(description=f"{LEAST_LENGTH} to {MOST_LENGTH} characters, and not the login."),
]


def _with_example(**example: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


# -- organisations -----------------------------------------------------------------------------


class OrganisationIn(BaseModel):
    """A new organisation."""

    model_config = _with_example(name="示例银行苏州分行", role="institution", subject_id="inst_a")

    name: Name
    role: Role
    subject_id: RecordId | None = Field(
        default=None,
        description="The firm, institution or base that it stands for; other roles have none.",
    )


class NameIn(BaseModel):
    """Another name."""

    model_config = _with_example(name="示例银行苏州分行")

    name: Name


class OrganisationOut(BaseModel):
    """Who is responsible for what its people do."""

    organisation_id: str
    name: str
    role: Role
    subject_id: str | None
    created_at: dt.datetime
    closed_at: dt.datetime | None
    legal_hold: bool

    @classmethod
    def of(cls, organisation: Organisation) -> OrganisationOut:
        """Return what is shown of an organisation."""
        return cls.model_validate(organisation, from_attributes=True)


# -- people ------------------------------------------------------------------------------------


class PersonIn(BaseModel):
    """A new person."""

    model_config = _with_example(
        organisation_id="org_5f0c1d22a1b2c3d4",
        login="li.hua@example.org",
        display_name="李华",
        password="four words of your own",
    )

    organisation_id: PersonId
    login: Login
    display_name: Name
    password: NewPassword | None = Field(
        default=None, description="Without one only keys can act for the person."
    )


class DisplayNameIn(BaseModel):
    """Another name to show."""

    model_config = _with_example(display_name="李华")

    display_name: Name


class ResetIn(BaseModel):
    """A new password that an administrator gives."""

    model_config = _with_example(password="four words of your own")

    password: NewPassword


class PersonOut(BaseModel):
    """Somebody who signs in; never the password, nor its hash."""

    person_id: str
    organisation_id: str
    login: str
    display_name: str
    has_password: bool
    created_at: dt.datetime
    disabled_at: dt.datetime | None

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        """Return what is shown of a person."""
        return cls(
            person_id=person.person_id,
            organisation_id=person.organisation_id,
            login=person.login,
            display_name=person.display_name,
            has_password=person.password_hash is not None,
            created_at=person.created_at,
            disabled_at=person.disabled_at,
        )


# -- sessions ----------------------------------------------------------------------------------


class SignInIn(BaseModel):
    """Login and password."""

    model_config = _with_example(login="li.hua@example.org", password="four words of your own")

    login: Typed
    password: Typed


class PasswordIn(BaseModel):
    """One's own new password, and the old one."""

    model_config = _with_example(
        old_password="four words of your own", new_password="four quite other words"
    )

    old_password: Typed
    new_password: NewPassword


class SessionOut(BaseModel):
    """Who is signed in."""

    person_id: str
    display_name: str
    organisation_id: str
    organisation_name: str
    role: Role
    subject_id: str | None
    key_id: str | None = Field(description="The key in use; null for a session.")
    scopes: list[Scope]
    csrf_token: str | None = Field(
        description="Writes with the cookie send it in `X-CSRF-Token`; null for a key."
    )


# -- keys --------------------------------------------------------------------------------------


class KeyIn(BaseModel):
    """A new key for oneself."""

    model_config = _with_example(name="nightly export", scopes=["read"], days=30)

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS, strict=True)] = DEFAULT_DAYS


class KeyOut(BaseModel):
    """A key of a program; never its secret."""

    key_id: str
    person_id: str
    name: str
    scopes: list[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None = Field(description="To within ten minutes.")

    @classmethod
    def of(cls, key: ApiKey) -> KeyOut:
        """Return what is shown of a key."""
        return cls.model_validate(key, from_attributes=True)


class NewKeyOut(KeyOut):
    """A key just made: the only answer that holds its text."""

    key: str = Field(description="Send it in `X-API-Key`. It is shown this once.")
