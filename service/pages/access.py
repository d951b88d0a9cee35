"""Who opens a page: every view names the action that it is, or says that it is public."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request

from data.errors import ForbiddenError, SignInError
from service.access.authentication import SESSION_COOKIE, authenticate
from service.access.policy import Action
from service.access.principal import Principal
from service.access.sight import Sight
from service.api.dependencies import CSRF_FIELD, CSRF_HEADER, SAFE_METHODS
from service.api.state import state_of
from service.pages.language import language_of
from service.pages.rendering import Page

SIGN_IN_PATH = "/sign-in"


def anonymous(request: Request) -> Page:
    """Return the page for whoever asks, signed in or not."""
    return Page(request, state_of(request), language_of(request), _sight(request))


class Opens:
    """Lets an action pass where the policy does; see :func:`opens`."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Page:
        """Return the page; forms must carry the token of the session."""
        sight = _sight(request)
        if sight is None:
            raise SignInError("Nobody is signed in.", remedy="Sign in.")
        if request.method not in SAFE_METHODS:
            await check_form(request, sight.principal)
        sight.require(self.action)
        return Page(request, state_of(request), language_of(request), sight)


def opens(action: Action) -> Any:
    """Return the dependency of a view that is ``action``."""
    return Depends(Opens(action))


def sign_in_url(request: Request) -> str:
    """Return where to sign in, to come back to the page asked for."""
    wanted = request.url.path
    if request.url.query:
        wanted += f"?{request.url.query}"
    back = "" if wanted in ("/", SIGN_IN_PATH) else f"?next={quote(wanted, safe='')}"
    return f"{SIGN_IN_PATH}{back}"


def _sight(request: Request) -> Sight | None:
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        return None
    state = state_of(request)
    now = state.clock()
    try:
        principal = authenticate(state.store, key=None, cookie=cookie, now=now)
    except SignInError:
        return None
    if principal is None:
        return None
    request.scope["state"]["log"] = {
        "organisation_id": principal.organisation_id,
        "person_id": principal.person_id,
    }
    request_id = request.scope["state"]["request_id"]
    return Sight(principal, state.store, now=now, request_id=request_id)


async def check_form(request: Request, principal: Principal) -> None:
    """Raise :class:`ForbiddenError` unless a form or header carries the session's token."""
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        form = await request.form()
        field = form.get(CSRF_FIELD)
        given = field if isinstance(field, str) else ""
    if not given or not secrets.compare_digest(given.encode(), principal.csrf_token.encode()):
        raise ForbiddenError("The form lacks the token of the session.", field=CSRF_FIELD)
