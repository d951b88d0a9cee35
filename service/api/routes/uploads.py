"""Uploads: tables that are imported as a job, with what could not be used of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from data.errors import ArgumentError
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.idempotency import KEY_FIELD, checked_key
from service.api.paging import DEFAULT_N, CursorParam, PageOut, PageSize, read_cursor, write_cursor
from service.api.receiving import Incoming, receive_file
from service.api.schemas.jobs import JobOut, RejectOut
from service.api.state import state_of
from service.jobs.folders import JobFolders
from service.serving import uploads as serving
from service.serving.jobs import job_values
from service.serving.uploads import MOST_UPLOAD_BYTES, Received, UploadRequest

router = APIRouter(prefix="/v1", tags=["uploads"], responses=ERROR_CASES)

CSV_TYPE = "text/csv; charset=utf-8"
MOST_MAPPING = 20_000
MOST_ROWS = 2**31
BYTE_ORDER_MARK = "\ufeff"
"""By which Excel knows UTF-8."""

RecordTypeName = Literal["bases", "firms", "needs", "institutions", "offers", "events", "ratings"]
_FILE = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, or a form with the part `file`; the query's parameters "
        "may then be fields of the form.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": _FILE,
                        "record_type": {"type": "string"},
                        "mapping": {"type": "string"},
                        "dry_run": {"type": "string", "enum": ["true", "false"]},
                    },
                    "required": ["file"],
                }
            },
            "text/csv": {"schema": {"type": "string"}, "example": "firm_id,name\nfirm_a,A\n"},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/octet-stream": {"schema": _FILE},
        },
    }
}


@router.post(
    "/uploads",
    response_model=JobOut,
    status_code=202,
    summary="Upload a table",
    openapi_extra=_BODY,
)
async def upload(
    request: Request,
    sight: Annotated[Sight, allow(Action.RUN_JOBS)],
    record_type: Annotated[
        RecordTypeName | None, Query(description="What the table holds; else its headers tell.")
    ] = None,
    dry_run: Annotated[bool, Query(description="Count and check only; write nothing.")] = False,
    mapping: Annotated[
        str | None,
        Query(
            max_length=MOST_MAPPING,
            description='What headers mean, as JSON: `{"columns": {"公司全称": "name"}}`.',
        ),
    ] = None,
    name: Annotated[str, Query(max_length=500, description="The file's, for display.")] = "",
    idempotency_key: Annotated[str | None, Header(alias=KEY_FIELD)] = None,
) -> Any:
    """Take CSV, JSON lines, Parquet or Excel with Chinese or English headers; import it as a job.

    An institution uploads its own offers, a base operator firms of its base, the administrator
    anything. Rows that are not yours to write are rejected alone.
    """
    state = state_of(request)
    folders = JobFolders(state.settings.home)
    async with receive_file(request, folders.incoming, most_bytes=MOST_UPLOAD_BYTES) as incoming:
        asked = UploadRequest(
            record_type=_field(incoming, "record_type", record_type),
            mapping=_mapping(_field(incoming, "mapping", mapping)),
            dry_run=_flag(_field(incoming, "dry_run", None), dry_run),
            request_key=checked_key(idempotency_key),
        )
        received = Received(path=incoming.path, sha256=incoming.sha256, name=incoming.name or name)
        job = await run_in_threadpool(serving.take_upload, state, sight, received, asked)
    return job_values(job)


@router.get(
    "/uploads/{job_id}/rejects",
    response_model=PageOut[RejectOut],
    summary="What an upload could not use",
)
def list_rejects(
    request: Request,
    sight: Annotated[Sight, allow(Action.READ_JOBS)],
    job_id: str,
    n: PageSize = DEFAULT_N,
    cursor: CursorParam = None,
) -> Any:
    """List the cells and rows that could not be used, in the order of the file."""
    found = read_cursor(cursor, int)
    after = 0 if found is None else min(max(found[0], 0), MOST_ROWS)
    rows = serving.rejected(state_of(request), sight, job_id, after=after, n=n)
    last = (after + n,) if len(rows) == n else None
    return {"items": rows, "next_cursor": write_cursor(last)}


@router.get(
    "/uploads/{job_id}/rejects.csv",
    response_class=StreamingResponse,
    responses={
        **ERROR_CASES,
        200: {"content": {"text/csv": {}}, "description": "A table (UTF-8)."},
    },
    summary="What an upload could not use, as a table",
)
def download_rejects(
    request: Request, sight: Annotated[Sight, allow(Action.READ_JOBS)], job_id: str
) -> StreamingResponse:
    """Download the list; cells that a spreadsheet would run as formulas are made plain text."""
    rows = serving.rejects_table(state_of(request), sight, job_id)
    headers = {"Content-Disposition": f'attachment; filename="{job_id}.rejects.csv"'}
    return StreamingResponse(_csv_lines(rows), media_type=CSV_TYPE, headers=headers)


def _csv_lines(rows: Iterable[list[str]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def _field(incoming: Incoming, name: str, given: str | None) -> str | None:
    """Return a field of the form, else the parameter of the query."""
    return incoming.fields.get(name) or given


def _flag(text: str | None, given: bool) -> bool:
    if text is None:
        return given
    if text not in ("true", "false"):
        raise ArgumentError(f"dry_run must be true or false; got {text[:20]!r}.", field="dry_run")
    return text == "true"


def _mapping(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ArgumentError("mapping must be a JSON object.", field="mapping")
    return content
