"""The description of the API as a page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.api.dependencies import public
from service.pages.access import anonymous
from service.pages.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[public()])


@router.get("/docs", name="page_api_docs")
def show_api(request: Request) -> Response:
    """Show every route with its bodies, examples and errors."""
    return render(anonymous(request), "api_docs.html.jinja")
