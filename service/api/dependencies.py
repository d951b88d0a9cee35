"""Who may call a route: every route names the action that it is, or says that it is public.

A route takes ``sight: Annotated[Sight, allow(Action.READ_FIRMS)]``. A test walks the routes and
fails for one that has neither :func:`allow` nor :func:`public`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParam
from fastapi.security import APIKeyCookie, APIKeyHeader

from data.errors import ForbiddenError, SignInError
from service.access.authentication import SESSION_COOKIE, authenticate
from service.access.policy import Action, scope_of
from service.access.principal import Principal
from service.access.sight import Sight
from service.api.state import state_of

KEY_HEADER = "X-API-Key"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
SIGHT = "sight"
"""Under which a request's state holds what its route may see."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

API_KEY = APIKeyHeader(name=KEY_HEADER, auto_error=False, description="A key of a program.")
COOKIE = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A signed-in session.")


def principal_of(request: Request) -> Principal:
    """Return who asks.

    Raises
    ------
    SignInError
        Nobody is signed in, or the key or session is not valid.
    ForbiddenError
        A session's write lacks the token that shows it comes from our own page.
    """
    state = state_of(request)
    key = request.headers.get(KEY_HEADER)
    cookie = request.cookies.get(SESSION_COOKIE)
    found = authenticate(state.store, key=key, cookie=cookie, now=state.clock())
    if found is None:
        raise SignInError("Nobody is signed in.", remedy=f"Send a key in {KEY_HEADER}, or sign in.")
    if key is None and request.method not in SAFE_METHODS:
        _check_csrf(request, found)
    request.scope["state"]["log"] = {
        "organisation_id": found.organisation_id,
        "person_id": found.person_id,
    }
    return found


def _check_csrf(request: Request, principal: Principal) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not given or not secrets.compare_digest(given.encode(), principal.csrf_token.encode()):
        raise ForbiddenError(
            f"A write with a session needs the header {CSRF_HEADER}.",
            field=CSRF_HEADER,
            remedy="Read the token with GET /v1/session and send it back.",
        )


class Allow:
    """Lets an action pass where the policy and the key's scope do; see :func:`allow`."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def __call__(self, request: Request) -> Sight:
        """Return what the caller may see."""
        principal = principal_of(request)
        if scope_of(self.action) not in principal.scopes:
            raise ForbiddenError(
                f"The key is not good for {scope_of(self.action).value!r}.",
                remedy="Make a key with this scope.",
            )
        state = state_of(request)
        request_id = request.scope["state"]["request_id"]
        sight = Sight(principal, state.store, now=state.clock(), request_id=request_id)
        sight.require(self.action)
        request.scope["state"][SIGHT] = sight
        return sight


def allow(action: Action) -> Any:
    """Return the dependency of a route that is ``action``."""
    return Depends(Allow(action))


def _public() -> None:
    """Let everybody pass."""


def public() -> Any:
    """Mark a route that needs nobody signed in: ``dependencies=[public()]``."""
    return Depends(_public)


def is_public(dependency: DependsParam | Callable[..., Any] | None) -> bool:
    """Return whether a dependency is the mark of :func:`public`."""
    return getattr(dependency, "dependency", dependency) is _public


DOCUMENTED_SCHEMES = [Depends(API_KEY), Depends(COOKIE)]
"""Dependencies of the routers that need somebody: OpenAPI then lists both schemes."""
