"""Ranked offers, and what was shown before."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from data.records import NeedKind
from matcher.eligibility import UnknownPolicy
from matcher.filters import OfferFilter
from service.access.policy import Action
from service.access.sight import Sight
from service.api.answers import plain
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import CursorParam, read_cursor
from service.api.profiles import profile_of
from service.api.schemas.ranking import (
    OfferFilters,
    RankIn,
    RecommendationIn,
    RecommendationOut,
)
from service.api.schemas.shown import ShownOut, ShownPageOut
from service.api.state import state_of
from service.serving import shown
from service.serving.question import DEFAULT_N, MOST_N, ExplainLevel, OfferQuestion
from service.serving.recommending import recommend
from service.settings import Language

router = APIRouter(prefix="/v1", tags=["recommendations"], responses=ERROR_CASES)

Asker = Annotated[Sight, allow(Action.ASK_MATCHES)]
Reader = Annotated[Sight, allow(Action.READ_SHOWN)]
FirmId = Annotated[str, Path(max_length=200)]


@router.post(
    "/recommendations",
    response_model=RecommendationOut,
    summary="Ranked offers for a firm, a need, a base or an ad-hoc profile",
)
def ask(request: Request, sight: Asker, body: RecommendationIn) -> Response:
    """Rank offers with reasons and eligibility; what was shown is kept and can be replayed.

    Impressions are logged with the place of each row. A profile is not kept.
    """
    return _answer(request, sight, _question(body, offer_ids=None))


@router.post("/rank", response_model=RecommendationOut, summary="Rank candidates of your own")
def rank(request: Request, sight: Asker, body: RankIn) -> Response:
    """Rank the given offers alone; ids that nobody has are left out, rules apply as ever."""
    return _answer(request, sight, _question(body, offer_ids=tuple(body.offer_ids)))


@router.get(
    "/firms/{firm_id}/recommendations",
    response_model=RecommendationOut,
    summary="Ranked offers for a firm",
)
def of_firm(
    request: Request,
    sight: Asker,
    firm_id: FirmId,
    n: Annotated[int, Query(ge=1, le=MOST_N)] = DEFAULT_N,
    cursor: CursorParam = None,
    kind: Annotated[list[NeedKind] | None, Query(max_length=5)] = None,
    by_kind: bool = False,
    language: Language | None = None,
    unknown: UnknownPolicy = UnknownPolicy.SHOW,
    explain: ExplainLevel = ExplainLevel.REASONS,
) -> Response:
    """Rank offers for the latest open need of a firm, or for an implied one."""
    question = OfferQuestion(
        firm_id=firm_id,
        n=n,
        skip=_skip(cursor),
        kinds=tuple(kind or ()),
        by_kind=by_kind,
        language=language,
        unknown=unknown,
        explain=explain,
    )
    return _answer(request, sight, question)


@router.get(
    "/recommendations", response_model=ShownPageOut, summary="The lists that you were shown"
)
def lists(
    request: Request,
    sight: Reader,
    n: Annotated[int, Query(ge=1, le=MOST_N)] = DEFAULT_N,
    cursor: CursorParam = None,
) -> Any:
    """Return the latest lists first."""
    return shown.page(state_of(request), sight, n=n, cursor=cursor)


@router.get(
    "/recommendations/{recommendation_id}",
    response_model=ShownOut,
    summary="What was shown, to whom, under which model and rules",
)
def replay(
    request: Request, sight: Reader, recommendation_id: Annotated[str, Path(max_length=200)]
) -> Any:
    """Return one list as it was given, with the impressions of its rows."""
    return shown.replay(state_of(request), sight, recommendation_id)


def _answer(request: Request, sight: Sight, question: OfferQuestion) -> Response:
    answer = recommend(state_of(request), sight, question)
    return plain(answer)


def _question(body: RecommendationIn, *, offer_ids: tuple[str, ...] | None) -> OfferQuestion:
    return OfferQuestion(
        firm_id=body.firm_id,
        need_id=body.need_id,
        base_id=body.base_id,
        profile=None if body.profile is None else profile_of(body.profile),
        n=body.n,
        skip=_skip(body.cursor),
        kinds=tuple(body.kinds),
        by_kind=body.by_kind,
        among=_filter(body.filters, offer_ids),
        diversity=body.diversity,
        language=body.language,
        unknown=body.unknown,
        explain=body.explain,
        unblock=body.unblock,
    )


def _filter(filters: OfferFilters, offer_ids: tuple[str, ...] | None) -> OfferFilter:
    return OfferFilter(
        offer_ids=offer_ids,
        without_offer_ids=tuple(filters.without_offer_ids),
        institution_ids=tuple(filters.institution_ids),
        institution_kinds=tuple(filters.institution_kinds),
        rate_max_pct=filters.rate_max_pct,
    )


def _skip(cursor: str | None) -> int:
    after = read_cursor(cursor, int)
    return 0 if after is None else int(after[0])
