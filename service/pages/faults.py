"""Errors as pages: forbidden, missing, expired, bad input, trouble."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from data.errors import (
    BundleError,
    FinMatchError,
    ForbiddenError,
    InputError,
    SignInError,
    UnknownIdError,
)
from service.api.dependencies import CSRF_FIELD
from service.api.errors import request_id_of
from service.pages.access import anonymous, sign_in_url
from service.pages.rendering import render

HX_REQUEST = "HX-Request"


def to_sign_in(request: Request) -> Response:
    """Send the reader to the sign-in page; a request of htmx makes the whole page go there."""
    url = sign_in_url(request)
    if request.headers.get(HX_REQUEST):
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def fault_page(request: Request, status: int, error: FinMatchError | None) -> Response:
    """Return the page for an error; ``error`` is ``None`` where there is no such path."""
    if isinstance(error, SignInError):
        return to_sign_in(request)
    page = anonymous(request)
    key, detail = "state.trouble", None
    if status == 404 or isinstance(error, UnknownIdError):
        key = "state.missing"
    elif isinstance(error, ForbiddenError):
        key = "state.stale_form" if error.field == CSRF_FIELD else "state.forbidden"
    elif isinstance(error, InputError) or 400 <= status < 500:
        key, detail = "state.bad_input", None if error is None else str(error)
    elif isinstance(error, BundleError):
        key = "state.not_ready"
    return render(
        page,
        "fault.html.jinja",
        status=status,
        key=key,
        detail=detail,
        request_id=request_id_of(request),
    )
