"""Adds the pages, their static files and their errors to an application."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.pages.rendering import STATIC, STATIC_PATH
from service.pages.views import ROUTERS

KEPT_SECONDS = 365 * 24 * 3600


class Assets(StaticFiles):
    """Static files; a path that names their content may be kept by browsers for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        response = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable"
        return response


def install(app: FastAPI) -> None:
    """Add every page to ``app``."""
    for router in ROUTERS:
        app.include_router(router)
    app.mount(STATIC_PATH, Assets(directory=STATIC), name="static")
