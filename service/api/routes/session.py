"""Signing in and out, who is signed in, and one's own password."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from data.errors import ForbiddenError
from data.people import Scope
from service.access import sign_in
from service.access.authentication import SESSION_COOKIE
from service.access.cookies import drop_session_cookie, set_session_cookie
from service.access.keys import digest_of
from service.access.policy import Action
from service.access.principal import Principal
from service.access.sight import Sight
from service.access.sign_in import Attempt, NewSession
from service.api.dependencies import allow, public
from service.api.errors import ERROR_CASES, request_id_of
from service.api.schemas.errors import ErrorAnswer
from service.api.schemas.people import PasswordIn, SessionOut, SignInIn
from service.api.state import state_of

PAUSED: dict[int | str, dict[str, Any]] = {
    429: {"model": ErrorAnswer, "description": "Too many attempts have failed; wait."}
}

router = APIRouter(prefix="/v1/session", tags=["session"], responses=ERROR_CASES)


@router.post(
    "",
    response_model=SessionOut,
    responses=PAUSED,
    dependencies=[public()],
    summary="Sign in with a password",
)
def begin_session(request: Request, response: Response, body: SignInIn) -> SessionOut:
    """Begin a session: its cookie comes with the answer, the token for writes inside it.

    An unknown login and a wrong password get the same answer. After five failures comes a pause,
    which grows.
    """
    state = state_of(request)
    now = state.clock()
    attempt = Attempt(
        login=body.login, password=body.password, request_id=request_id_of(request) or None
    )
    begun = sign_in.sign_in(state.store, attempt, now=now)
    before = request.cookies.get(SESSION_COOKIE)
    if before:
        state.store.people.end_session(digest_of(before), at=now)
    set_session_cookie(request, response, begun.token, demo=state.demo)
    return _begun(begun)


@router.get("", response_model=SessionOut, summary="Who is signed in")
def show_session(sight: Annotated[Sight, allow(Action.READ_PEOPLE)]) -> SessionOut:
    """Say on whose behalf requests are answered, with the token for writes of a session."""
    return _signed_in(sight.principal)


@router.delete("", status_code=204, summary="Sign out")
def end_session(
    request: Request, response: Response, sight: Annotated[Sight, allow(Action.READ_PEOPLE)]
) -> None:
    """End this session; a key goes on."""
    token = request.cookies.get(SESSION_COOKIE)
    state = state_of(request)
    if sight.principal.key_id is None and token:
        person = sight.store.people.get_person(sight.principal.person_id)
        sign_in.sign_out(
            sight.store, token, person=person, now=sight.now, request_id=sight.request_id or None
        )
    drop_session_cookie(request, response, demo=state.demo)


@router.post(
    "/password", response_model=SessionOut, responses=PAUSED, summary="Change one's own password"
)
def change_password(
    request: Request,
    response: Response,
    sight: Annotated[Sight, allow(Action.WRITE_PEOPLE)],
    body: PasswordIn,
) -> SessionOut:
    """Replace the password. Every session ends; this one is replaced by a new one."""
    if sight.principal.key_id is not None:
        raise ForbiddenError(
            "A key cannot change a password.", remedy="Sign in with the old password."
        )
    begun = sign_in.change_password(
        sight.store,
        sight.store.people.get_person(sight.principal.person_id),
        old=body.old_password,
        new=body.new_password,
        now=sight.now,
        request_id=sight.request_id or None,
    )
    set_session_cookie(request, response, begun.token, demo=state_of(request).demo)
    return _begun(begun)


def _begun(begun: NewSession) -> SessionOut:
    return SessionOut(
        person_id=begun.person.person_id,
        display_name=begun.person.display_name,
        organisation_id=begun.organisation.organisation_id,
        organisation_name=begun.organisation.name,
        role=begun.organisation.role,
        subject_id=begun.organisation.subject_id,
        key_id=None,
        scopes=sorted(Scope),
        csrf_token=begun.session.csrf_token,
    )


def _signed_in(principal: Principal) -> SessionOut:
    return SessionOut(
        person_id=principal.person_id,
        display_name=principal.display_name,
        organisation_id=principal.organisation_id,
        organisation_name=principal.organisation_name,
        role=principal.role,
        subject_id=principal.subject_id,
        key_id=principal.key_id,
        scopes=sorted(principal.scopes),
        csrf_token=principal.csrf_token or None,
    )
