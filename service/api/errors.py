"""How errors leave the service: one shape, one status for each kind of error."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from data.errors import (
    ArgumentError,
    BundleError,
    ChangedError,
    ConflictError,
    DuplicateIdError,
    FinMatchError,
    ForbiddenError,
    InputError,
    OverloadError,
    SignInError,
    SignInPausedError,
    StoreError,
    UnknownIdError,
)
from service.api.schemas.errors import ErrorAnswer

RETRY_AFTER_S = 1
"""What clients are told to wait where waiting helps."""

LOG = logging.getLogger("finmatch.api")

STATUS_OF: Mapping[type[FinMatchError], int] = {
    SignInPausedError: 429,
    SignInError: 401,
    ForbiddenError: 403,
    UnknownIdError: 404,
    ConflictError: 409,
    ChangedError: 412,
    DuplicateIdError: 409,
    InputError: 422,
    OverloadError: 503,
    StoreError: 503,
    BundleError: 503,
    FinMatchError: 500,
}
"""The status of each kind of error; the nearest ancestor counts."""

CODE_OF_STATUS: Mapping[int, str] = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "unknown_path",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "too_slow",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
}

ERROR_CASES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        400: "The request cannot be read.",
        401: "Nobody is signed in, or the key is not valid.",
        403: "Signed in, but not permitted.",
        404: "Nobody has this id, or it is not yours to see.",
        409: "The record changed in the meantime, or the id is taken.",
        413: "The body is larger than the service takes.",
        422: "A value is wrong; `field` names it.",
        503: "Too much is asked at once, or the database or model is away; try again later.",
    }.items()
}
"""Error answers that every route under ``/v1`` documents."""


def status_of(error: FinMatchError) -> int:
    """Return the HTTP status of an error."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def error_answer(
    request_id: str, status: int, code: str, message: str, field: str | None = None
) -> JSONResponse:
    """Return an error in its one shape."""
    body = {"code": code, "message": message, "field": field, "request_id": request_id}
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None
    return JSONResponse({"error": body}, status_code=status, headers=headers)


def request_id_of(request: Request) -> str:
    """Return the id that the envelope gave to a request."""
    return str(request.scope.get("state", {}).get("request_id", ""))


API_PATHS = ("/v1", "/health", "/metrics", "/openapi.json")
"""Paths whose errors are JSON; those of all others are pages."""

FaultPage = Callable[[Request, int, FinMatchError | None], Response]


class Errors:
    """Answers errors: in the one JSON shape under :data:`API_PATHS`, else as a page."""

    def __init__(self, fault_page: FaultPage) -> None:
        self._fault_page = fault_page

    def install(self, app: FastAPI) -> None:
        """Let every error of ``app`` leave by one of the two ways."""
        app.add_exception_handler(FinMatchError, self._known)
        app.add_exception_handler(RequestValidationError, self._invalid)
        app.add_exception_handler(HTTPException, self._http)
        app.add_exception_handler(Exception, self._unforeseen)

    async def _known(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, FinMatchError)
        status = status_of(error)
        if status >= 500:
            LOG.warning("%s: %s", error.code, error)
        if not _is_api(request):
            return self._fault_page(request, status, error)
        return error_answer(request_id_of(request), status, error.code, str(error), error.field)

    async def _invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        places = [str(p) for p in first.get("loc", ()) if p not in ("body", "query", "path")]
        field = ".".join(places) or None
        message = f"{field or 'The request'}: {first.get('msg', 'not valid')}."
        if not _is_api(request):
            return self._fault_page(request, 422, ArgumentError(message, field=field))
        if first.get("type") == "json_invalid":
            text = "The body is not valid JSON."
            return error_answer(request_id_of(request), 400, "bad_json", text)
        return error_answer(request_id_of(request), 422, "bad_argument", message, field)

    async def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if not _is_api(request):
            return self._fault_page(request, error.status_code, None)
        code = CODE_OF_STATUS.get(error.status_code, "http_error")
        text = str(error.detail or code)
        answer = error_answer(request_id_of(request), error.status_code, code, text)
        answer.headers.update(error.headers or {})
        return answer

    async def _unforeseen(self, request: Request, error: Exception) -> Response:
        LOG.error("unforeseen", exc_info=error)
        if not _is_api(request):
            return self._fault_page(request, 500, None)
        text = "Something unforeseen happened; the request_id finds it in the log."
        return error_answer(request_id_of(request), 500, "internal", text)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(API_PATHS)
