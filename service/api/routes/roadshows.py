"""Roadshows: planned from a workbook, changed as little as possible, followed up, handed out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParam
from fastapi.concurrency import run_in_threadpool

from matcher.roadshow.choices import Fairness
from matcher.roadshow.documents import difference_document, plan_document
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import PageOut
from service.api.receiving import receive_file
from service.api.schemas.roadshows import (
    AskedOut,
    ChangesIn,
    PlanOut,
    RecordedOut,
    ReportsIn,
    RoadshowOut,
    StateIn,
)
from service.api.state import state_of
from service.serving import roadshow_files
from service.serving import roadshows as serving
from service.serving.disclaimer import DISCLAIMER
from service.serving.roadshow_files import Handout
from service.serving.roadshows import MOST_FILE_BYTES, Asked, PlanOptions

router = APIRouter(prefix="/v1/roadshows", tags=["roadshows"], responses=ERROR_CASES)

Reader = Annotated[Sight, allow(Action.READ_ROADSHOWS)]
Writer = Annotated[Sight, allow(Action.WRITE_ROADSHOWS)]
Version = Annotated[int | None, Query(ge=1, le=2**31, description="By default the latest.")]
Count = Annotated[int | None, Query(ge=0, le=1_000)]

_FILE = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "A workbook as `finmatch roadshow template` writes it, as it is or as the "
        "part `file` of a form. Without scores the serving model gives them.",
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
            },
            Handout.WORKBOOK.media_type: {"schema": _FILE},
        },
    }
}
_FILES = {
    **ERROR_CASES,
    200: {
        "content": {one.media_type: {"schema": _FILE} for one in Handout},
        "description": "The file.",
    },
}


@router.get("", response_model=PageOut[RoadshowOut], summary="Roadshows of the organisation")
def list_roadshows(sight: Reader) -> PageOut[RoadshowOut]:
    """List one's own roadshows, the one changed last first; all on one page."""
    return PageOut(items=[RoadshowOut.of(one) for one in serving.listing(sight)])


@router.post(
    "", response_model=AskedOut, status_code=201, summary="Plan a roadshow", openapi_extra=_BODY
)
async def plan_roadshow(
    request: Request,
    response: Response,
    sight: Writer,
    fairness: Fairness | None = None,
    max_idle: Count = None,
    seed: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
) -> Any:
    """Read a workbook and plan it; the plan is a draft.

    Everything that is wrong with the file is told at once. A large event is planned by a job: the
    answer is then 202.
    """
    state = state_of(request)
    options = PlanOptions(fairness=fairness, max_idle=max_idle, seed=seed)
    folder = serving.drafts_of(state, sight).incoming
    async with receive_file(request, folder, most_bytes=MOST_FILE_BYTES) as incoming:
        draft_id = await run_in_threadpool(
            serving.draft_from_file, state, sight, incoming.path, incoming.name or ""
        )
    asked = await run_in_threadpool(serving.plan_draft, state, sight, draft_id, options)
    return _asked(asked, response)


@router.get("/{roadshow_id}", response_model=PlanOut, summary="A roadshow and its plan")
def show_roadshow(sight: Reader, roadshow_id: str, version: Version = None) -> Any:
    """Show a version of a plan, by default the latest."""
    stored = serving.get_roadshow(sight, roadshow_id)
    kept = serving.load(sight, roadshow_id, version=version)
    return {
        **RoadshowOut.of(stored).model_dump(),
        "version": kept.version,
        "disclaimer": DISCLAIMER,
        "created_at": kept.created_at,
        "score_source": kept.problem.score_source,
        "plan": plan_document(kept.plan),
    }


@router.post("/{roadshow_id}/replan", response_model=AskedOut, summary="Change a plan")
def replan_roadshow(
    request: Request, response: Response, sight: Writer, roadshow_id: str, body: ChangesIn
) -> Any:
    """Change a plan as little as possible: cancelled, late, settled, ruled out, moved, exchanged.

    The next version is stored where anything changed. A large event is planned by a job (202).
    """
    asked = serving.change_plan(
        state_of(request),
        sight,
        roadshow_id,
        body.changes(),
        change=body.change(),
        version=body.version,
    )
    return _asked(asked, response)


@router.post("/{roadshow_id}/state", response_model=RoadshowOut, summary="Publish, start or close")
def advance_roadshow(sight: Writer, roadshow_id: str, body: StateIn) -> RoadshowOut:
    """Bring a roadshow into its next state."""
    serving.advance(sight, roadshow_id, body.state)
    return RoadshowOut.of(serving.get_roadshow(sight, roadshow_id))


@router.post(
    "/{roadshow_id}/reports", response_model=RecordedOut, summary="Record who came and what came"
)
def record_reports(sight: Writer, roadshow_id: str, body: ReportsIn) -> RecordedOut:
    """Keep attendance and outcomes; they become events that the rankers learn from."""
    new = serving.record(sight, roadshow_id, [one.report() for one in body.reports])
    return RecordedOut(reports=len(body.reports), events=new)


@router.get(
    "/{roadshow_id}/files/{name}",
    response_class=Response,
    responses=_FILES,
    summary="A workbook, calendars, or pages to print",
)
def download_handout(
    sight: Reader,
    roadshow_id: str,
    name: Annotated[str, PathParam(examples=list(Handout), max_length=50)],
    lang: Annotated[str, Query(pattern="^(zh|en)$")] = "zh",
    version: Version = None,
) -> Response:
    """Download `roadshow.xlsx`, `calendars.zip` or `agendas.html`."""
    wanted = Handout.named(name)
    content = roadshow_files.handout(
        sight, roadshow_id, wanted, chinese=lang == "zh", version=version
    )
    headers = {"Content-Disposition": f'attachment; filename="{wanted.value}"'}
    return Response(content, media_type=wanted.media_type, headers=headers)


def _asked(asked: Asked, response: Response) -> dict[str, Any]:
    if asked.done is None:
        response.status_code = 202
    return {
        "roadshow_id": asked.roadshow_id,
        "version": None if asked.done is None else asked.done.version,
        "job_id": None if asked.job is None else asked.job.job_id,
        "difference": None if asked.done is None else difference_document(asked.done.difference),
    }
