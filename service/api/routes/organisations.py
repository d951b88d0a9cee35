"""Organisations: one's own for everybody, all of them for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from data.people import Role
from service.access import membership
from service.access.logbook import Actor
from service.access.own_organisation import assert_administrator, get_organisation
from service.access.policy import Action, Reach
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import (
    DEFAULT_N,
    CursorParam,
    PageOut,
    PageSize,
    read_cursor,
    write_cursor,
)
from service.api.schemas.people import NameIn, OrganisationIn, OrganisationOut, PersonId

router = APIRouter(prefix="/v1/organisations", tags=["people"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_PEOPLE)]
Writer = Annotated[Sight, allow(Action.WRITE_PEOPLE)]


@router.get("", response_model=PageOut[OrganisationOut], summary="Organisations")
def list_organisations(
    sight: Reader,
    role: Annotated[Role | None, Query(description="Only those that come for this.")] = None,
    cursor: CursorParam = None,
    n: PageSize = DEFAULT_N,
) -> PageOut[OrganisationOut]:
    """List organisations by id: all for administrators, one's own for everybody else."""
    people = sight.store.people
    if sight.require(Action.READ_PEOPLE) is not Reach.ALL:
        own = people.get_organisation(sight.principal.organisation_id)
        mine = [own] if role in (None, own.role) else []
        return PageOut(items=[OrganisationOut.of(one) for one in mine])
    after = read_cursor(cursor, str)
    found = people.organisations(role=role, after=after[0] if after else None, n=n + 1)
    following = (found[n - 1].organisation_id,) if len(found) > n else None
    return PageOut(
        items=[OrganisationOut.of(one) for one in found[:n]], next_cursor=write_cursor(following)
    )


@router.get("/{organisation_id}", response_model=OrganisationOut, summary="One organisation")
def show_organisation(sight: Reader, organisation_id: PersonId) -> OrganisationOut:
    """Return one's own organisation; an administrator sees all."""
    return OrganisationOut.of(get_organisation(sight, Action.READ_PEOPLE, organisation_id))


@router.post("", response_model=OrganisationOut, status_code=201, summary="Make an organisation")
def make_organisation(sight: Writer, body: OrganisationIn) -> OrganisationOut:
    """Make an organisation for a firm, an institution or a base that is there, or for none.

    Administrators only.
    """
    assert_administrator(sight, Action.WRITE_PEOPLE)
    made = membership.new_organisation(
        sight.store, Actor.of(sight), name=body.name, role=body.role, subject_id=body.subject_id
    )
    return OrganisationOut.of(made)


@router.patch(
    "/{organisation_id}", response_model=OrganisationOut, summary="Rename an organisation"
)
def rename_organisation(sight: Writer, organisation_id: PersonId, body: NameIn) -> OrganisationOut:
    """Change the name that is shown; administrators only."""
    get_organisation(sight, Action.WRITE_PEOPLE, organisation_id)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    membership.rename_organisation(sight.store, Actor.of(sight), organisation_id, name=body.name)
    return OrganisationOut.of(sight.store.people.get_organisation(organisation_id))


@router.post(
    "/{organisation_id}/close", response_model=OrganisationOut, summary="Close an organisation"
)
def close_organisation(sight: Writer, organisation_id: PersonId) -> OrganisationOut:
    """Let nobody of it sign in any more: sessions end, keys are revoked, records stay.

    Administrators only.
    """
    get_organisation(sight, Action.WRITE_PEOPLE, organisation_id)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    membership.close_organisation(sight.store, Actor.of(sight), organisation_id)
    return OrganisationOut.of(sight.store.people.get_organisation(organisation_id))
