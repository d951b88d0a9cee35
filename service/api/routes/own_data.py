"""Everything about one organisation: exported, held, deleted."""

from __future__ import annotations

import tempfile
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import DOCUMENTED_SCHEMES, allow
from service.api.errors import ERROR_CASES
from service.api.schemas.own_data import DeletedOut, HoldIn
from service.api.schemas.people import OrganisationOut, PersonId
from service.serving import own_data as serving

router = APIRouter(
    prefix="/v1/organisations/{organisation_id}",
    tags=["own data"],
    responses=ERROR_CASES,
    dependencies=DOCUMENTED_SCHEMES,
)

ZIP = "application/zip"


@router.get(
    "/export",
    response_class=FileResponse,
    responses={200: {"content": {ZIP: {}}, "description": "A ZIP archive of JSON lines."}},
    summary="Everything about an organisation",
)
def export_data(
    sight: Annotated[Sight, allow(Action.EXPORT_DATA)], organisation_id: PersonId
) -> Any:
    """Return a ZIP archive: a file of JSON lines for each kind of data, and a manifest."""
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        path = FilePath(file.name)
    try:
        serving.export_data(sight, organisation_id, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return FileResponse(
        path,
        media_type=ZIP,
        filename="finmatch-export.zip",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


@router.put("/legal-hold", response_model=OrganisationOut, summary="Keep data from deletion")
def set_legal_hold(
    sight: Annotated[Sight, allow(Action.HOLD_DATA)], organisation_id: PersonId, body: HoldIn
) -> Any:
    """Put an organisation's data under a legal hold, or lift it; administrators only."""
    return OrganisationOut.of(
        serving.set_legal_hold(sight, organisation_id, held=body.held, reason=body.reason)
    )


@router.post("/erasure", response_model=DeletedOut, summary="Delete an organisation's data")
def delete_data(
    sight: Annotated[Sight, allow(Action.DELETE_DATA)], organisation_id: PersonId
) -> Any:
    """Delete for good and close the organisation; refused (409) under a legal hold.

    Consents, provisions and the audit log stay, with ids only, as the law requires.
    """
    return {"deleted": serving.delete_data(sight, organisation_id)}
