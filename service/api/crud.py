"""The routes that all records have alike: store, replace, delete, and read what is open to all.

The bodies differ by record, so that these functions are made once for each: FastAPI reads their
annotations, which therefore must be real types here and not texts.
"""

# no "from __future__ import annotations": see above

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic
from urllib.parse import quote

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, StringConstraints

from data.schema import ID_COLUMN
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.preconditions import CHANGED, Expected, set_tag
from service.api.schemas.records import RecordT, record_of
from service.api.schemas.written import HintOut, WrittenOut
from service.serving.writing import WRITE, Written, add_record, put_record, remove_record

RecordId = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Path(description="Id of the record."),
]
KEPT_OF_IMPORTS = ("source", "source_key", "implied")
"""Fields that no body may set: a change leaves them as they are."""


@dataclass(frozen=True)
class Noun(Generic[RecordT]):
    """One kind of record: what it is called in paths and sentences, and its body."""

    record_type: type[RecordT]
    singular: str
    plural: str
    body: type[BaseModel]


def add_writes(router: APIRouter, noun: Noun[RecordT], *, deletable: bool = True) -> None:
    """Add POST, PUT and, where ``deletable``, DELETE of a kind of record."""
    kind, one = noun.record_type, noun.singular
    Writer = Annotated[Sight, allow(WRITE[kind])]
    Body = noun.body

    def create(
        response: Response,
        sight: Writer,
        body: Body,  # type: ignore[valid-type]
    ) -> WrittenOut:
        response.status_code = 201
        return _answer(response, add_record(sight, kind, _maker(kind, body)), router.prefix)

    def replace(
        response: Response,
        sight: Writer,
        record_id: RecordId,
        body: Body,  # type: ignore[valid-type]
        expected: Expected,
    ) -> WrittenOut:
        written = put_record(sight, kind, record_id, _maker(kind, body), condition=expected)
        response.status_code = 201 if written.created else 200
        return _answer(response, written, router.prefix)

    def delete(sight: Writer, record_id: RecordId, expected: Expected) -> None:
        remove_record(sight, kind, record_id, condition=expected)

    router.add_api_route(
        "",
        create,
        methods=["POST"],
        name=f"create_{one}",
        response_model=WrittenOut,
        status_code=201,
        summary=f"Store a new {one}",
        description="The service chooses the id. What looks like a mistake is told in `hints`.",
    )
    router.add_api_route(
        "/{record_id}",
        replace,
        methods=["PUT"],
        name=f"put_{one}",
        response_model=WrittenOut,
        responses={**CHANGED, 201: {"model": WrittenOut, "description": "There was none before."}},
        summary=f"Replace the {one}, or store it under this id",
        description="What is left out becomes unknown. With `If-Match`, only the record that was "
        "read is replaced. Only administrators choose the ids of new records.",
    )
    if deletable:
        router.add_api_route(
            "/{record_id}",
            delete,
            methods=["DELETE"],
            name=f"delete_{one}",
            status_code=204,
            responses=CHANGED,
            summary=f"Delete the {one}",
            description="Only what nothing refers to can be deleted; else the answer is 409.",
        )


def _maker(kind: type[RecordT], body: BaseModel) -> Callable[[str, RecordT | None], RecordT]:
    """Return how a body becomes a record under an id, in place of another one."""

    def make(key: str, before: RecordT | None) -> RecordT:
        given: dict[str, Any] = {ID_COLUMN[kind]: key}
        if before is not None:
            given |= {n: getattr(before, n) for n in KEPT_OF_IMPORTS if hasattr(before, n)}
        return record_of(body, kind, **given)

    return make


def _answer(response: Response, written: Written[RecordT], prefix: str) -> WrittenOut:
    key = str(getattr(written.record, ID_COLUMN[type(written.record)]))
    if written.created:
        response.headers["Location"] = f"{prefix}/{quote(key, safe='')}"
    return WrittenOut(
        id=key,
        etag=set_tag(response, written.tag),
        created=written.created,
        hints=[HintOut.model_validate(hint, from_attributes=True) for hint in written.hints],
    )
