"""Saved theses of an institution, and what it declares against what it does."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path

from data.deal_flow import Thesis
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import DOCUMENTED_SCHEMES, allow
from service.api.errors import ERROR_CASES
from service.api.schemas.deal_flow import RevealedOut, ThesesOut, ThesisIn, ThesisOut
from service.api.schemas.words import WORD
from service.serving import theses as serving
from service.serving.revealed import revealed_thesis

router = APIRouter(
    prefix="/v1/institutions/{institution_id}",
    tags=["pipeline"],
    responses=ERROR_CASES,
    dependencies=DOCUMENTED_SCHEMES,
)

Reader = Annotated[Sight, allow(Action.READ_PIPELINE)]
Writer = Annotated[Sight, allow(Action.WRITE_PIPELINE)]
Key = Annotated[str, Path(max_length=200, pattern=WORD)]


@router.get("/theses", response_model=ThesesOut, summary="Saved theses")
def list_theses(sight: Reader, institution_id: Key) -> Any:
    """Return the saved filters of an institution by name."""
    return {"items": [_thesis(one) for one in serving.theses(sight, institution_id)]}


@router.post("/theses", response_model=ThesisOut, status_code=201, summary="Save a thesis")
def add_thesis(sight: Writer, institution_id: Key, body: ThesisIn) -> Any:
    """Save filters under a new name."""
    saved = serving.save_thesis(sight, institution_id, name=body.name, filters=_filters(body))
    return _thesis(saved)


@router.get("/theses/{thesis_id}", response_model=ThesisOut, summary="One thesis")
def get_thesis(sight: Reader, institution_id: Key, thesis_id: Key) -> Any:
    """Return a saved thesis."""
    return _thesis(serving.thesis(sight, institution_id, thesis_id))


@router.put("/theses/{thesis_id}", response_model=ThesisOut, summary="Change a thesis")
def put_thesis(sight: Writer, institution_id: Key, thesis_id: Key, body: ThesisIn) -> Any:
    """Save filters in place of those that the thesis has."""
    saved = serving.save_thesis(
        sight, institution_id, name=body.name, filters=_filters(body), thesis_id=thesis_id
    )
    return _thesis(saved)


@router.delete("/theses/{thesis_id}", status_code=204, summary="Remove a thesis")
def remove_thesis(sight: Writer, institution_id: Key, thesis_id: Key) -> None:
    """Remove a saved thesis."""
    serving.remove_thesis(sight, institution_id, thesis_id)


@router.get("/revealed-thesis", response_model=RevealedOut, summary="Declared against done")
def get_revealed(sight: Reader, institution_id: Key) -> Any:
    """Compare what an institution declares and saved with what it funded and whom it contacted."""
    return dataclasses.asdict(revealed_thesis(sight, institution_id))


def _filters(body: ThesisIn) -> dict[str, Any]:
    return body.filters.model_dump(mode="json", exclude_defaults=True)


def _thesis(thesis: Thesis) -> dict[str, Any]:
    return dataclasses.asdict(thesis)
