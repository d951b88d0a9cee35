"""The models: which there are, which serves, and changing that after being asked once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from data.errors import ArgumentError, ConflictError, UnknownIdError
from service.access.policy import Action, Reach, reach
from service.pages.access import opens
from service.pages.rendering import Page, render
from service.pages.views.roadshows import sight_of
from service.serving import models as serving

router = APIRouter(prefix="/models", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_MODELS)]
Changing = Annotated[Page, opens(Action.CHANGE_MODELS)]
Name = Annotated[str, Form(max_length=120)]


@router.get("", name="page_models")
def show_list(page: Reading) -> Response:
    """Show every model bundle, the newest first."""
    return _list(page)


@router.post("/promote", name="page_model_promoted")
def promote(page: Changing, name: Name, expected: Name = "") -> Response:
    """Let a bundle serve, if the one that the reader saw still does."""
    try:
        serving.promote_model(page.state, sight_of(page), name, expected=expected or None)
    except (ConflictError, ArgumentError, UnknownIdError) as error:
        return _list(page, fault=error)
    return RedirectResponse("/models?done=promoted", status_code=303)


@router.post("/rollback", name="page_model_rolled_back")
def roll_back(page: Changing, expected: Name = "") -> Response:
    """Let the bundle serve again that served before."""
    try:
        serving.roll_back_model(page.state, sight_of(page), expected=expected or None)
    except (ConflictError, ArgumentError, UnknownIdError) as error:
        return _list(page, fault=error)
    return RedirectResponse("/models?done=rolled_back", status_code=303)


def _list(
    page: Page, *, fault: ConflictError | ArgumentError | UnknownIdError | None = None
) -> Response:
    sight = sight_of(page)
    rows = serving.models(page.state, sight)[::-1]
    may_change = reach(sight.principal.role, Action.CHANGE_MODELS) is not Reach.NONE
    return render(
        page,
        "evaluator/models.html.jinja",
        status=200 if fault is None else 409 if isinstance(fault, ConflictError) else 422,
        active="/models",
        rows=rows,
        current=next((row["name"] for row in rows if row["current"]), ""),
        may_change=may_change,
        fault=fault,
        done=page.request.query_params.get("done") in ("promoted", "rolled_back"),
    )
