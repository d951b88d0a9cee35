"""Whole tables as files, as far as the caller may see them."""

# no "from __future__ import annotations": the functions below are made for each table

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from data.records import Record
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.serving.exporting import MEDIA_TYPES, MOST_ROWS, TABLES, Format, export_table

router = APIRouter(prefix="/v1/exports", tags=["exports"], responses=ERROR_CASES)

READ = {
    "bases": Action.READ_BASES,
    "firms": Action.READ_FIRMS,
    "needs": Action.READ_NEEDS,
    "institutions": Action.READ_INSTITUTIONS,
    "offers": Action.READ_OFFERS,
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    }
}


def _add_export(name: str, kind: type[Record]) -> None:
    Exporter = Annotated[Sight, allow(READ[name])]

    def export(
        sight: Exporter,
        file_format: Annotated[Format, Query(alias="format", description="Kind of file.")],
    ) -> FileResponse:
        with tempfile.NamedTemporaryFile(
            prefix="finmatch-export-", suffix=f".{file_format.value}", delete=False
        ) as aside:
            path = Path(aside.name)
        try:
            export_table(sight, kind, file_format, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return FileResponse(
            path,
            media_type=MEDIA_TYPES[file_format],
            filename=f"{name}.{file_format.value}",
            headers={"Cache-Control": "no-store"},
            background=BackgroundTask(path.unlink, missing_ok=True),
        )

    router.add_api_route(
        f"/{name}",
        export,
        methods=["GET"],
        name=f"export_{name}",
        response_class=FileResponse,
        responses=FILE,
        summary=f"All {name} that you may see, as a file",
        description=f"At most {MOST_ROWS:,} rows. What you may not see is empty; what is shown "
        "of firms is on record. Cells that a spreadsheet would take for a formula begin with an "
        "apostrophe.",
    )


for _name, _kind in TABLES.items():
    _add_export(_name, _kind)
