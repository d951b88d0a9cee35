"""API keys: made for oneself, shown once, listed without their secret, revoked at any time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from data.errors import ForbiddenError
from service.access import membership
from service.access.cookies import forbid_keeping
from service.access.logbook import Actor
from service.access.own_organisation import get_key, organisation_within
from service.access.policy import Action, Reach
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import PageOut
from service.api.schemas.people import KeyIn, KeyOut, NewKeyOut, PersonId

router = APIRouter(prefix="/v1/keys", tags=["keys"], responses=ERROR_CASES)

Keeper = Annotated[Sight, allow(Action.MANAGE_KEYS)]


@router.get("", response_model=PageOut[KeyOut], summary="Keys of the organisation")
def list_keys(
    sight: Keeper,
    organisation_id: Annotated[
        PersonId | None, Query(description="Another organisation's; administrators only.")
    ] = None,
) -> PageOut[KeyOut]:
    """List keys, also those that expired or were revoked, oldest first; all on one page."""
    wanted = organisation_within(sight, Action.MANAGE_KEYS, organisation_id)
    return PageOut(items=[KeyOut.of(key) for key in sight.store.people.keys_of(wanted)])


@router.post("", response_model=NewKeyOut, status_code=201, summary="Make a key for oneself")
def make_key(response: Response, sight: Keeper, body: KeyIn) -> NewKeyOut:
    """Make a key. This answer alone holds its text; only a digest is kept.

    It is good for what it is made for, inside what your organisation may do; a key cannot make one
    that is good for more.
    """
    person = sight.store.people.get_person(sight.principal.person_id)
    made = membership.make_key(
        sight.store, Actor.of(sight), person, name=body.name, scopes=body.scopes, days=body.days
    )
    forbid_keeping(response)
    return NewKeyOut(**KeyOut.of(made.key).model_dump(), key=made.text)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key")
def revoke_key(sight: Keeper, key_id: PersonId) -> None:
    """Let a key of one's own hold no more; an administrator may revoke any."""
    key = get_key(sight, Action.MANAGE_KEYS, key_id)
    mine = key.person_id == sight.principal.person_id
    if not mine and sight.require(Action.MANAGE_KEYS) is not Reach.ALL:
        raise ForbiddenError(
            "This key is another person's.", remedy="Ask that person, or an administrator."
        )
    membership.revoke_key(sight.store, Actor.of(sight), key_id)
