"""Signing in and out, and the choices of a reader: language and theme."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from data.errors import SignInError, SignInPausedError
from service.access.authentication import SESSION_COOKIE
from service.access.cookies import drop_session_cookie, set_session_cookie
from service.access.keys import digest_of
from service.access.sign_in import Attempt, sign_in, sign_out
from service.api.dependencies import public
from service.api.errors import request_id_of
from service.api.state import state_of
from service.demo_people import DEMO_PASSWORD, SIGN_INS
from service.pages.access import anonymous, check_form
from service.pages.language import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, theme_of
from service.pages.navigation import home_of
from service.pages.rendering import Page, render
from service.settings import Language

CHOICE_SECONDS = 365 * 24 * 3600
"""How long a browser keeps the choice of language and theme."""

router = APIRouter(include_in_schema=False, dependencies=[public()])

Next = Annotated[str, Form(alias="next", max_length=2_000)]


@router.get("/", name="page_home")
def home(request: Request) -> Response:
    """Lead to where the role begins, or to the sign-in."""
    page = anonymous(request)
    path = "/sign-in" if page.sight is None else home_of(page.sight.principal.role)
    return RedirectResponse(path, status_code=303)


@router.get("/sign-in", name="page_sign_in")
def show_sign_in(request: Request) -> Response:
    """Show the form; somebody who is signed in goes home."""
    page = anonymous(request)
    if page.sight is not None:
        return RedirectResponse(home_of(page.sight.principal.role), status_code=303)
    expired = SESSION_COOKIE in request.cookies
    return _form(page, next_path=request.query_params.get("next", "/"), expired=expired)


@router.post("/sign-in", name="page_signed_in")
def take_sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=512)],
    password: Annotated[str, Form(max_length=1_024)],
    next_path: Next = "/",
) -> Response:
    """Begin a session and go on to the page that was asked for."""
    page, state = anonymous(request), state_of(request)
    attempt = Attempt(login=login, password=password, request_id=request_id_of(request) or None)
    try:
        begun = sign_in(state.store, attempt, now=state.clock())
    except SignInPausedError:
        return _form(page, next_path=next_path, login=login, fault="account.paused", status=429)
    except SignInError:
        return _form(page, next_path=next_path, login=login, fault="account.wrong", status=401)
    before = request.cookies.get(SESSION_COOKIE)
    if before:
        state.store.people.end_session(digest_of(before), at=state.clock())
    response = RedirectResponse(safe_path(next_path), status_code=303)
    set_session_cookie(request, response, begun.token, demo=state.demo)
    return response


@router.post("/sign-out", name="page_sign_out")
async def take_sign_out(request: Request) -> Response:
    """End the session."""
    page, state = anonymous(request), state_of(request)
    token = request.cookies.get(SESSION_COOKIE)
    if page.sight is not None and token:
        await check_form(request, page.sight.principal)
        person = state.store.people.get_person(page.sight.principal.person_id)
        sign_out(state.store, token, person=person, now=state.clock())
    response = RedirectResponse("/sign-in", status_code=303)
    drop_session_cookie(request, response, demo=state.demo)
    return response


@router.post("/language", name="page_language")
def choose_language(language: Annotated[Language, Form()], next_path: Next = "/") -> Response:
    """Keep the language for this browser."""
    response = RedirectResponse(safe_path(next_path), status_code=303)
    response.set_cookie(LANGUAGE_COOKIE, language.value, max_age=CHOICE_SECONDS, samesite="lax")
    return response


@router.post("/theme", name="page_theme")
def choose_theme(request: Request, next_path: Next = "/") -> Response:
    """Change between dark and light for this browser."""
    light, dark = THEMES
    response = RedirectResponse(safe_path(next_path), status_code=303)
    chosen = light if theme_of(request) == dark else dark
    response.set_cookie(THEME_COOKIE, chosen, max_age=CHOICE_SECONDS, samesite="lax")
    return response


def safe_path(path: str) -> str:
    """Return a path of this site, ``/`` for anything else: ``next`` comes from outside."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and path.isprintable() else "/"


def _form(
    page: Page,
    *,
    next_path: str,
    login: str = "",
    fault: str | None = None,
    expired: bool = False,
    status: int = 200,
) -> Response:
    return render(
        page,
        "account/sign_in.html.jinja",
        status=status,
        next=safe_path(next_path),
        login=login,
        fault=fault,
        expired=expired,
        sign_ins=SIGN_INS,
        demo_password=DEMO_PASSWORD if page.state.demo else "",
    )
