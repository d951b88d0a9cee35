"""The audit log, for administrators: search it, and prove that it is as it was written."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from data.audit import Head
from data.errors import ArgumentError
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import (
    DEFAULT_N,
    CursorParam,
    PageOut,
    PageSize,
    read_cursor,
    write_cursor,
)
from service.api.schemas.audit import HeadOut, LoggedOut, VerifiedOut

router = APIRouter(prefix="/v1/audit", tags=["audit"], responses=ERROR_CASES)

Auditor = Annotated[Sight, allow(Action.READ_AUDIT)]
Key = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
MOST_SEQ = 2**63 - 1
HASH_PATTERN = r"^[0-9a-f]{64}$"


@router.get("", response_model=PageOut[LoggedOut], summary="Who did what when")
def search_audit(
    sight: Auditor,
    organisation_id: Key = None,
    person_id: Key = None,
    action: Key = None,
    subject_type: Key = None,
    subject_id: Key = None,
    since: Annotated[AwareDatetime | None, Query(description="Included.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Not included.")] = None,
    cursor: CursorParam = None,
    n: PageSize = DEFAULT_N,
) -> PageOut[LoggedOut]:
    """Search the log, newest first; every condition that is given must be met."""
    after = read_cursor(cursor, int)
    before = None if after is None else int(after[0])
    if before is not None and not 0 < before <= MOST_SEQ:
        raise ArgumentError(
            "cursor is not one of this list.", field="cursor", remedy="Begin again without."
        )
    found = sight.store.audit.search(
        organisation_id=organisation_id,
        person_id=person_id,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        since=since,
        until=until,
        before=before,
        n=n + 1,
    )
    following = (found[n - 1].seq,) if len(found) > n else None
    return PageOut(
        items=[LoggedOut.of(row) for row in found[:n]], next_cursor=write_cursor(following)
    )


@router.get("/verify", response_model=VerifiedOut, summary="Is the log as it was written?")
def verify_audit(
    sight: Auditor,
    seq: Annotated[int | None, Query(ge=1, le=MOST_SEQ)] = None,
    sha256: Annotated[
        str | None, Query(alias="hash", pattern=HASH_PATTERN, description="Of row `seq`.")
    ] = None,
) -> VerifiedOut:
    """Compute every hash anew. With a row noted before, rows cut off at the end show as well."""
    if (seq is None) != (sha256 is None):
        raise ArgumentError("seq and hash come together.", field="hash", remedy="Give both.")
    noted = None if seq is None or sha256 is None else Head(seq=seq, hash=sha256)
    head = sight.store.audit.head()
    broken = sight.store.audit.verify(head=noted)
    return VerifiedOut(intact=broken is None, first_broken=broken, head=HeadOut.of(head))
