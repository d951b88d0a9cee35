"""The cookie of a session: out of reach of scripts, of other sites, and of plain connections."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.access.authentication import SESSION_COOKIE
from service.access.sign_in import ABSOLUTE

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def set_session_cookie(request: Request, response: Response, token: str, *, demo: bool) -> None:
    """Put a session's token into an answer, which nobody may keep."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=not _may_be_plain(request, demo=demo),
        httponly=True,
        samesite="lax",
    )
    forbid_keeping(response)


def drop_session_cookie(request: Request, response: Response, *, demo: bool) -> None:
    """Let the browser forget the cookie."""
    response.delete_cookie(
        SESSION_COOKIE,
        path="/",
        secure=not _may_be_plain(request, demo=demo),
        httponly=True,
        samesite="lax",
    )
    forbid_keeping(response)


def forbid_keeping(response: Response) -> None:
    """Say that an answer holds a secret and is kept nowhere on its way."""
    response.headers["Cache-Control"] = "no-store"


def _may_be_plain(request: Request, *, demo: bool) -> bool:
    """Return whether the cookie may travel unencrypted: on one machine, or in a demo."""
    return request.url.scheme == "http" and (demo or request.url.hostname in LOOPBACK)
