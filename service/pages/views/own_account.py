"""One's own account: language and theme, the password, and keys for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from fastapi.responses import RedirectResponse

from data.errors import ArgumentError, SignInError, SignInPausedError
from data.people import Scope
from service.access import membership
from service.access.cookies import set_session_cookie
from service.access.keys import DEFAULT_DAYS, MOST_DAYS
from service.access.logbook import Actor
from service.access.own_organisation import get_key
from service.access.policy import Action
from service.access.sign_in import change_password
from service.pages.access import opens
from service.pages.own_firm import reader_of
from service.pages.rendering import Page, render

router = APIRouter(prefix="/account", include_in_schema=False)


@router.get("", name="page_account")
def show_account(page: Annotated[Page, opens(Action.READ_PEOPLE)]) -> Response:
    """Show what one may choose for oneself."""
    return _account(page)


@router.post("/password", name="page_password")
def take_password(
    page: Annotated[Page, opens(Action.WRITE_PEOPLE)],
    old_password: Annotated[str, Form(max_length=1_024)] = "",
    new_password: Annotated[str, Form(max_length=1_024)] = "",
    repeated: Annotated[str, Form(max_length=1_024)] = "",
) -> Response:
    """Replace the password; every other session ends."""
    sight = reader_of(page)
    if new_password != repeated:
        return _account(page, fault="account.differ", field="repeated")
    try:
        begun = change_password(
            sight.store,
            sight.store.people.get_person(sight.principal.person_id),
            old=old_password,
            new=new_password,
            now=sight.now,
            request_id=sight.request_id or None,
        )
    except SignInPausedError:
        return _account(page, fault="account.paused", field="old_password")
    except SignInError:
        return _account(page, fault="account.old_wrong", field="old_password")
    except ArgumentError:
        return _account(page, fault="account.too_easy", field="new_password")
    response = RedirectResponse("/account?done=password", status_code=303)
    set_session_cookie(page.request, response, begun.token, demo=page.state.demo)
    return response


@router.post("/keys", name="page_make_key")
def make_key(
    page: Annotated[Page, opens(Action.MANAGE_KEYS)],
    name: Annotated[str, Form(max_length=200)] = "",
    scope: Annotated[list[Scope] | None, Form(max_length=4)] = None,
    days: Annotated[int, Form()] = DEFAULT_DAYS,
) -> Response:
    """Make a key; its text is on this one page and nowhere else."""
    sight = reader_of(page)
    person = sight.store.people.get_person(sight.principal.person_id)
    try:
        made = membership.make_key(
            sight.store, Actor.of(sight), person, name=name, scopes=scope or (), days=days
        )
    except ArgumentError as error:
        field = error.field or "name"
        return _account(page, fault=f"account.key.{field}", field=f"key_{field}")
    return _account(page, made=made.text)


@router.post("/keys/{key_id}/revoke", name="page_revoke_key")
def revoke_key(
    page: Annotated[Page, opens(Action.MANAGE_KEYS)], key_id: Annotated[str, Path(max_length=100)]
) -> Response:
    """Let one of one's own keys hold no more."""
    sight = reader_of(page)
    key = get_key(sight, Action.MANAGE_KEYS, key_id)
    if key.person_id == sight.principal.person_id:
        membership.revoke_key(sight.store, Actor.of(sight), key_id)
    return RedirectResponse("/account?done=revoked#keys", status_code=303)


def _account(
    page: Page, *, fault: str | None = None, field: str = "", made: str | None = None
) -> Response:
    sight = reader_of(page)
    mine = sight.principal.person_id
    keys = [
        key
        for key in sight.store.people.keys_of(sight.principal.organisation_id)
        if key.person_id == mine
    ]
    return render(
        page,
        "account/account.html.jinja",
        status=422 if fault else 200,
        person=sight.store.people.get_person(mine),
        keys=sorted(keys, key=lambda key: key.created_at, reverse=True),
        scopes=list(Scope),
        days=DEFAULT_DAYS,
        most_days=MOST_DAYS,
        now=sight.now,
        fault=fault,
        field=field,
        made=made,
        done=page.request.query_params.get("done"),
    )
