"""The models: list, promote, roll back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request

from matcher.registry import ANY_BUNDLE
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.schemas.models import ChoiceIn, ChoiceOut, ModelOut, ModelsOut
from service.api.state import state_of
from service.serving import models as serving

router = APIRouter(prefix="/v1", tags=["models"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_MODELS)]
Changer = Annotated[Sight, allow(Action.CHANGE_MODELS)]


@router.get("/models", response_model=ModelsOut, summary="The model bundles, oldest first")
def list_models(request: Request, sight: Reader) -> Any:
    """List every bundle with its figures, and which one serves."""
    return {"items": serving.models(state_of(request), sight)}


@router.get("/models/{name}", response_model=ModelOut, summary="One model bundle")
def show_model(request: Request, sight: Reader, name: str) -> Any:
    """Show one bundle."""
    return serving.get_model(state_of(request), sight, name)


@router.post("/models/{name}/promote", response_model=ChoiceOut, summary="Let a model serve")
def promote_model(request: Request, sight: Changer, name: str, body: ChoiceIn | None = None) -> Any:
    """Let a bundle serve, once its files were found whole.

    Requests under way finish on the model that they began with.
    """
    return serving.promote_model(state_of(request), sight, name, expected=_expected(body))


@router.post("/models/rollback", response_model=ChoiceOut, summary="Let the model before serve")
def roll_back_model(request: Request, sight: Changer, body: ChoiceIn | None = None) -> Any:
    """Let the bundle serve again that served before the current one was promoted."""
    return serving.roll_back_model(state_of(request), sight, expected=_expected(body))


def _expected(body: ChoiceIn | None) -> serving.Expected:
    if body is None or "expected_current" not in body.model_fields_set:
        return ANY_BUNDLE
    return body.expected_current
