"""One pair in full."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.policy import Action
from service.access.sight import Sight
from service.api.answers import plain
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.profiles import profile_of
from service.api.schemas.ranking import ExplanationIn, PairOut
from service.api.state import state_of
from service.serving.explaining import explain

router = APIRouter(prefix="/v1", tags=["explanations"], responses=ERROR_CASES)


@router.post("/explanations", response_model=PairOut, summary="Everything about one pair")
def explain_pair(
    request: Request, sight: Annotated[Sight, allow(Action.EXPLAIN_PAIRS)], body: ExplanationIn
) -> Response:
    """Tell why a pair has its score, what each condition says, and what would change it.

    An institution asks about its own offers; of a teaser it learns what its list shows.
    """
    answer = explain(
        state_of(request),
        sight,
        offer_id=body.offer_id,
        firm_key=body.firm_id,
        need_key=body.need_id,
        profile=None if body.profile is None else profile_of(body.profile),
        language=body.language,
    )
    return plain(answer)
