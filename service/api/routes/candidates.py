"""Ranked firms for institutions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from matcher.filters import NeedFilter
from service.access.policy import Action
from service.access.sight import Sight
from service.api.answers import plain
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.schemas.ranking import (
    CandidatesIn,
    CandidatesOut,
    CandidatesQuery,
    NeedFilters,
    SimilarOut,
)
from service.api.state import state_of
from service.paging import read_cursor
from service.serving.candidates import MOST_SIMILAR, candidates, similar
from service.serving.question import NeedQuestion
from service.serving.theses import thesis

router = APIRouter(
    prefix="/v1/institutions/{institution_id}", tags=["candidates"], responses=ERROR_CASES
)

Looker = Annotated[Sight, allow(Action.READ_PIPELINE)]
InstitutionId = Annotated[str, Path(max_length=200)]


@router.get("/candidates", response_model=CandidatesOut, summary="Ranked firms for an institution")
def list_candidates(
    request: Request,
    sight: Looker,
    institution_id: InstitutionId,
    query: Annotated[CandidatesQuery, Query()],
) -> Response:
    """Rank firms with the filters of the query; see the POST for all dials."""
    question = NeedQuestion(
        institution_id=institution_id, n=query.n, among=_filter(query), language=query.language
    )
    return plain(candidates(state_of(request), sight, question))


@router.post(
    "/candidates", response_model=CandidatesOut, summary="Ranked firms, with filters and dials"
)
def ask_candidates(
    request: Request, sight: Looker, institution_id: InstitutionId, body: CandidatesIn
) -> Response:
    """Rank the firms that may be shown to an institution, or for one of its offers.

    A firm is a teaser with a handle until it agrees to show more to you. What was shown is kept,
    and what was disclosed is in the firm's own log.
    """
    after = read_cursor(body.cursor, int)
    question = NeedQuestion(
        institution_id=institution_id,
        offer_id=body.offer_id,
        n=body.n,
        skip=0 if after is None else int(after[0]),
        among=_filter(_filters(sight, institution_id, body)),
        include_implied=body.include_implied,
        language=body.language,
        unknown=body.unknown,
        explain=body.explain,
    )
    return plain(candidates(state_of(request), sight, question))


@router.get("/similar", response_model=SimilarOut, summary="Firms like one that you see")
def list_similar(
    request: Request,
    sight: Looker,
    institution_id: InstitutionId,
    firm: Annotated[str, Query(max_length=200, description="Id or handle of the firm.")],
    n: Annotated[int, Query(ge=1, le=MOST_SIMILAR)] = 10,
) -> Any:
    """Return the firms whose needs are most like one firm's, most alike first."""
    return similar(state_of(request), sight, institution_id, firm, n=n)


def _filters(sight: Sight, institution_id: str, body: CandidatesIn) -> NeedFilters:
    """Return the filters of a request: given, those of a saved thesis, or none."""
    if body.thesis_id is None:
        return body.filters or NeedFilters()
    saved = thesis(sight, institution_id, body.thesis_id)
    return NeedFilters.model_validate(saved.filters)


def _filter(filters: NeedFilters) -> NeedFilter:
    return NeedFilter(
        base_ids=tuple(filters.base_ids),
        regions=tuple(filters.regions),
        sectors=tuple(filters.sectors),
        stages=tuple(filters.stages),
        size_classes=tuple(filters.size_classes),
        credentials=tuple(filters.credentials),
        kinds=tuple(filters.kinds),
        amount_low_minor=filters.amount_low_minor,
        amount_high_minor=filters.amount_high_minor,
        currency=filters.currency,
        stated_since=filters.stated_since,
    )
