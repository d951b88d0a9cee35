"""People: everybody sees those of the own organisation, administrators make and change them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from service.access import membership
from service.access.logbook import Actor
from service.access.own_organisation import (
    assert_administrator,
    get_person,
    organisation_within,
)
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import PageOut
from service.api.schemas.people import DisplayNameIn, PersonId, PersonIn, PersonOut, ResetIn

router = APIRouter(prefix="/v1/people", tags=["people"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_PEOPLE)]
Writer = Annotated[Sight, allow(Action.WRITE_PEOPLE)]


@router.get("", response_model=PageOut[PersonOut], summary="People of the organisation")
def list_people(
    sight: Reader,
    organisation_id: Annotated[
        PersonId | None, Query(description="Another organisation's; administrators only.")
    ] = None,
) -> PageOut[PersonOut]:
    """List the people of an organisation by login; all on one page."""
    wanted = organisation_within(sight, Action.READ_PEOPLE, organisation_id)
    return PageOut(items=[PersonOut.of(one) for one in sight.store.people.people_of(wanted)])


@router.get("/{person_id}", response_model=PersonOut, summary="One person")
def show_person(sight: Reader, person_id: PersonId) -> PersonOut:
    """Return a person of one's own organisation; an administrator sees all."""
    return PersonOut.of(get_person(sight, Action.READ_PEOPLE, person_id))


@router.post("", response_model=PersonOut, status_code=201, summary="Make a person")
def make_person(sight: Writer, body: PersonIn) -> PersonOut:
    """Make a person of any organisation; administrators only."""
    assert_administrator(sight, Action.WRITE_PEOPLE)
    person = membership.new_person(
        sight.store,
        Actor.of(sight),
        organisation_id=body.organisation_id,
        login=body.login,
        display_name=body.display_name,
        password=body.password,
    )
    return PersonOut.of(person)


@router.patch("/{person_id}", response_model=PersonOut, summary="Rename a person")
def rename_person(sight: Writer, person_id: PersonId, body: DisplayNameIn) -> PersonOut:
    """Change the name that is shown: one's own, or anybody's for administrators."""
    person = get_person(sight, Action.WRITE_PEOPLE, person_id)
    if person.person_id != sight.principal.person_id:
        assert_administrator(sight, Action.WRITE_PEOPLE)
    membership.rename_person(
        sight.store, Actor.of(sight), person_id, display_name=body.display_name
    )
    return PersonOut.of(sight.store.people.get_person(person_id))


@router.put("/{person_id}/password", status_code=204, summary="Give a person a new password")
def reset_password(sight: Writer, person_id: PersonId, body: ResetIn) -> None:
    """Replace a forgotten password; every session of the person ends. Administrators only."""
    person = get_person(sight, Action.WRITE_PEOPLE, person_id)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    membership.reset_password(sight.store, Actor.of(sight), person, password=body.password)


@router.post("/{person_id}/disable", response_model=PersonOut, summary="Let a person in no more")
def disable_person(sight: Writer, person_id: PersonId) -> PersonOut:
    """End a person's sessions and revoke the keys; the last administrator stays.

    Administrators only.
    """
    get_person(sight, Action.WRITE_PEOPLE, person_id)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    membership.disable_person(sight.store, Actor.of(sight), person_id)
    return PersonOut.of(sight.store.people.get_person(person_id))


@router.post("/{person_id}/enable", response_model=PersonOut, summary="Let a person in again")
def enable_person(sight: Writer, person_id: PersonId) -> PersonOut:
    """Let a person sign in again; keys stay revoked. Administrators only."""
    get_person(sight, Action.WRITE_PEOPLE, person_id)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    membership.enable_person(sight.store, Actor.of(sight), person_id)
    return PersonOut.of(sight.store.people.get_person(person_id))
