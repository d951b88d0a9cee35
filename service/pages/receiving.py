"""Files that forms send: straight to the disk, with the form's token looked at before use."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, Request

from data.errors import ForbiddenError, SignInError
from service.access.policy import Action
from service.api.dependencies import CSRF_FIELD, CSRF_HEADER
from service.api.receiving import Incoming, receive_file
from service.pages.access import Opens, anonymous
from service.pages.rendering import Page


class OpensUpload(Opens):
    """As :class:`Opens`, for forms with a file: :func:`receive` looks at their token."""

    async def __call__(self, request: Request) -> Page:
        """Return the page; the body is not touched."""
        page = anonymous(request)
        if page.sight is None:
            raise SignInError("Nobody is signed in.", remedy="Sign in.")
        page.sight.require(self.action)
        return page


def opens_upload(action: Action) -> Any:
    """Return the dependency of a view that takes a file and is ``action``."""
    return Depends(OpensUpload(action))


@asynccontextmanager
async def receive(page: Page, folder: Path, *, most_bytes: int) -> AsyncIterator[Incoming]:
    """Receive the file of a form into ``folder``; it is removed at the end.

    Raises
    ------
    ForbiddenError
        The form lacks the token of the session.
    HTTPException, ArgumentError
        As :func:`service.api.receiving.receive_file`.
    """
    async with receive_file(page.request, folder, most_bytes=most_bytes) as incoming:
        given = page.request.headers.get(CSRF_HEADER) or incoming.fields.get(CSRF_FIELD, "")
        if not given or not secrets.compare_digest(given.encode(), page.csrf_token.encode()):
            raise ForbiddenError("The form lacks the token of the session.", field=CSRF_FIELD)
        yield incoming
