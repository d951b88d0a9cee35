"""Whose people and keys a request is about: one's own organisation's, or any for administrators."""

from __future__ import annotations

from data.errors import ForbiddenError, UnknownIdError
from data.people import ApiKey, Organisation, Person
from service.access.policy import Action, Reach
from service.access.sight import Sight


def organisation_within(sight: Sight, action: Action, organisation_id: str | None) -> str:
    """Return the organisation that is asked for, by default one's own.

    Raises :class:`~data.errors.UnknownIdError` for another one, unless all are within reach.
    """
    own = sight.principal.organisation_id
    wanted = organisation_id or own
    if wanted != own and sight.require(action) is not Reach.ALL:
        raise _unknown("organisation_id", wanted)
    return wanted


def get_organisation(sight: Sight, action: Action, organisation_id: str) -> Organisation:
    """Return an organisation within reach; raise :class:`~data.errors.UnknownIdError` without."""
    organisation_within(sight, action, organisation_id)
    return sight.store.people.get_organisation(organisation_id)


def get_person(sight: Sight, action: Action, person_id: str) -> Person:
    """Return a person of an organisation within reach, or raise UnknownIdError."""
    found = sight.store.people.find_person(person_id)
    if found is None or not _within(sight, action, found.organisation_id):
        raise _unknown("person_id", person_id)
    return found


def get_key(sight: Sight, action: Action, key_id: str) -> ApiKey:
    """Return a key of an organisation within reach, or raise UnknownIdError."""
    found = sight.store.people.find_key(key_id)
    if found is None or not _within(sight, action, found.organisation_id):
        raise _unknown("key_id", key_id)
    return found


def assert_administrator(sight: Sight, action: Action) -> None:
    """Raise :class:`~data.errors.ForbiddenError` unless the action reaches everybody."""
    if sight.require(action) is not Reach.ALL:
        raise ForbiddenError(
            "Only an administrator of the service may do this.",
            remedy="Ask the administrator of the service.",
        )


def _within(sight: Sight, action: Action, organisation_id: str) -> bool:
    return organisation_id == sight.principal.organisation_id or sight.require(action) is Reach.ALL


def _unknown(field: str, key: str) -> UnknownIdError:
    return UnknownIdError(
        f"There is no {field} {key!r}.", field=field, remedy=f"Check the {field}."
    )
