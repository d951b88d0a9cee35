"""Making and changing organisations, people and keys; every step with its entry in the audit log.

Routes, pages and the command line call these, so that all keep the same rules.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING

from data.errors import ArgumentError, ConflictError, ForbiddenError, UnknownIdError
from data.people import Organisation, Person, Role, Scope
from data.records import Base, Firm, Institution
from service.access import keys
from service.access.keys import NewKey
from service.access.logbook import Actor
from service.access.passwords import (
    COST,
    Cost,
    check_new_password,
    hash_password,
    normalised_login,
)
from service.access.policy import Action

if TYPE_CHECKING:
    from data.store import Store

MOST_NAME = 200
ID_BYTES = 8
ADMINISTRATION = "管理员 Administration"
"""Name of the organisation that the first administrator belongs to."""

_SUBJECT = {Role.FIRM: Firm, Role.INSTITUTION: Institution, Role.BASE_OPERATOR: Base}

WRITE_ORGANISATIONS = "organisations.write"
CLOSE_ORGANISATION = "organisations.close"
RESET_PASSWORD = "people.password"
DISABLE_PERSON, ENABLE_PERSON = "people.disable", "people.enable"
MAKE_KEY, REVOKE_KEY = "keys.make", "keys.revoke"


def new_organisation(
    store: Store, actor: Actor, *, name: str, role: Role, subject_id: str | None = None
) -> Organisation:
    """Make an organisation.

    Raises
    ------
    ArgumentError
        The name is empty or too long, or the role needs a ``subject_id`` or takes none.
    UnknownIdError
        There is no such firm, institution or base: one stands for a record that is there.
    """
    kind = _SUBJECT.get(role)
    if kind is not None and subject_id is not None and _absent(store, role, subject_id):
        raise UnknownIdError(
            f"There is no {kind.__name__.lower()} {subject_id!r}.",
            field="subject_id",
            remedy="Store the record first.",
        )
    made = Organisation(
        organisation_id=f"org_{secrets.token_hex(ID_BYTES)}",
        name=checked_name(name, field="name"),
        role=role,
        subject_id=subject_id,
        created_at=actor.now,
    )
    detail = {"role": role.value, "subject_id": subject_id}
    entry = actor.entry(WRITE_ORGANISATIONS, "organisation", made.organisation_id, detail=detail)
    store.people.add_organisation(made, entry=entry)
    return made


def rename_organisation(store: Store, actor: Actor, organisation_id: str, *, name: str) -> None:
    """Give an organisation another name."""
    entry = actor.entry(WRITE_ORGANISATIONS, "organisation", organisation_id)
    store.people.rename_organisation(
        organisation_id, name=checked_name(name, field="name"), entry=entry
    )


def close_organisation(store: Store, actor: Actor, organisation_id: str) -> None:
    """Let nobody of an organisation sign in any more.

    Raises :class:`~data.errors.ConflictError` where no administrator would be left.
    """
    entry = actor.entry(CLOSE_ORGANISATION, "organisation", organisation_id)
    store.people.close_organisation(organisation_id, at=actor.now, entry=entry)


def new_person(
    store: Store,
    actor: Actor,
    *,
    organisation_id: str,
    login: str,
    display_name: str,
    password: str | None = None,
    cost: Cost = COST,
) -> Person:
    """Make a person; without a password only keys can act for them.

    Raises
    ------
    ArgumentError
        The login or the name cannot be used, or the password is too easy to guess.
    DuplicateIdError
        Somebody has the login.
    UnknownIdError, ConflictError
        There is no such organisation, or it is closed.
    """
    wanted = normalised_login(login)
    name = checked_name(display_name, field="display_name")
    if password is not None:
        check_new_password(password, login=wanted)
    made = Person(
        person_id=f"person_{secrets.token_hex(ID_BYTES)}",
        organisation_id=organisation_id,
        login=wanted,
        display_name=name,
        password_hash=None if password is None else hash_password(password, cost=cost),
        created_at=actor.now,
    )
    entry = actor.entry(
        Action.WRITE_PEOPLE.value,
        "person",
        made.person_id,
        detail={"organisation_id": organisation_id},
    )
    store.people.add_person(made, entry=entry)
    return made


def rename_person(store: Store, actor: Actor, person_id: str, *, display_name: str) -> None:
    """Give a person another name to show."""
    name = checked_name(display_name, field="display_name")
    entry = actor.entry(Action.WRITE_PEOPLE.value, "person", person_id)
    store.people.rename_person(person_id, display_name=name, entry=entry)


def reset_password(
    store: Store, actor: Actor, person: Person, *, password: str, cost: Cost = COST
) -> None:
    """Give a person a new password without the old one; all sessions end, pauses as well.

    Raises :class:`~data.errors.ArgumentError` where it is too easy to guess.
    """
    check_new_password(password, login=person.login)
    entry = actor.entry(RESET_PASSWORD, "person", person.person_id)
    hashed = hash_password(password, cost=cost)
    store.people.set_password(person.person_id, password_hash=hashed, at=actor.now, entry=entry)
    store.people.clear_attempts(keys.digest_of(person.login))


def disable_person(store: Store, actor: Actor, person_id: str) -> None:
    """Let a person sign in no more; raise ConflictError for the last administrator."""
    entry = actor.entry(DISABLE_PERSON, "person", person_id)
    store.people.disable_person(person_id, at=actor.now, entry=entry)


def enable_person(store: Store, actor: Actor, person_id: str) -> None:
    """Let a person sign in again."""
    entry = actor.entry(ENABLE_PERSON, "person", person_id)
    store.people.enable_person(person_id, entry=entry)


def make_key(
    store: Store,
    actor: Actor,
    person: Person,
    *,
    name: str,
    scopes: Collection[Scope],
    days: int = keys.DEFAULT_DAYS,
) -> NewKey:
    """Make a key for a person; its text is returned once and kept nowhere.

    Raises
    ------
    ArgumentError
        See :func:`service.access.keys.new_key`.
    ForbiddenError
        A key would make one that is good for more than it is itself.
    ConflictError
        The person is disabled.
    """
    mine = actor.principal
    if mine is not None and not set(scopes) <= mine.scopes:
        raise ForbiddenError(
            "A key cannot be good for more than what makes it.",
            field="scopes",
            remedy="Sign in with a password to make it.",
        )
    if person.disabled_at is not None:
        raise ConflictError(
            f"{person.login!r} is disabled.", field="person_id", remedy="Enable the person first."
        )
    made = keys.new_key(
        organisation_id=person.organisation_id,
        person_id=person.person_id,
        name=name,
        scopes=scopes,
        now=actor.now,
        days=days,
    )
    detail = {"person_id": person.person_id, "scopes": [s.value for s in made.key.scopes]}
    entry = actor.entry(MAKE_KEY, "key", made.key.key_id, detail={**detail, "days": days})
    store.people.add_key(made.key, entry=entry)
    return made


def revoke_key(store: Store, actor: Actor, key_id: str) -> None:
    """Let a key hold no more."""
    store.people.revoke_key(key_id, at=actor.now, entry=actor.entry(REVOKE_KEY, "key", key_id))


def checked_name(text: str, *, field: str) -> str:
    """Return a name to show, without outer blanks.

    Raises :class:`~data.errors.ArgumentError` for an empty or too long one, or one with control
    characters.
    """
    name = text.strip()
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise ArgumentError(
            f"{field} has 1 to {MOST_NAME} characters that can be shown.",
            field=field,
            remedy="Give a name that people read.",
        )
    return name


def _absent(store: Store, role: Role, subject_id: str) -> bool:
    if role is Role.FIRM:
        return store.find_firm(subject_id) is None
    if role is Role.INSTITUTION:
        return store.find_institution(subject_id) is None
    return store.find_base(subject_id) is None
