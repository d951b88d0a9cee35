"""The service ledger (服务台帐): entries, verdicts, and how content firms are with providers."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from data.ledger import LedgerEntry
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import DOCUMENTED_SCHEMES, allow
from service.api.errors import ERROR_CASES
from service.api.paging import CursorParam, PageOut, PageSize, read_cursor, write_cursor
from service.api.schemas.ledger import (
    LedgerCloseIn,
    LedgerEntryIn,
    LedgerEntryOut,
    RatingIn,
    RatingOut,
    SatisfactionsOut,
)
from service.api.schemas.words import WORD
from service.serving import ledger as serving

router = APIRouter(
    prefix="/v1/ledger", tags=["ledger"], responses=ERROR_CASES, dependencies=DOCUMENTED_SCHEMES
)

Reader = Annotated[Sight, allow(Action.READ_LEDGER)]
Writer = Annotated[Sight, allow(Action.WRITE_LEDGER)]
EntryId = Annotated[str, Path(max_length=200, pattern=WORD)]
Provider = Annotated[
    str | None, Query(max_length=200, pattern=WORD, description="Of one provider only.")
]


@router.post("", response_model=LedgerEntryOut, status_code=201, summary="Open an entry")
def open_entry(sight: Writer, body: LedgerEntryIn) -> Any:
    """Open an entry for a service; the firm, its provider or the base's operator may."""
    entry = serving.open_entry(
        sight,
        firm_key=body.firm,
        offer_id=body.offer_id,
        institution_id=body.institution_id,
        subject=body.subject,
        opened_on=body.opened_on,
    )
    return _entry(serving.seen_by(sight, entry), body.firm)


@router.get("", response_model=PageOut[LedgerEntryOut], summary="Entries of the ledger")
def list_entries(
    sight: Reader,
    institution_id: Provider = None,
    open_only: bool = False,
    n: PageSize = 50,
    cursor: CursorParam = None,
) -> Any:
    """Return the entries that the caller takes part in, those of its base, or all."""
    values = read_cursor(cursor, str)
    listed = serving.entries(
        sight,
        institution_id=institution_id,
        open_only=open_only,
        after=None if values is None else str(values[0]),
        n=n,
    )
    following = None if listed.after is None else (listed.after,)
    items = [_entry(entry, firm) for entry, firm in listed.items]
    return {"items": items, "next_cursor": write_cursor(following)}


@router.get("/satisfaction", response_model=SatisfactionsOut, summary="Verdicts on providers")
def list_satisfaction(sight: Reader, institution_id: Provider = None) -> Any:
    """Return how content firms are with providers; each closed and rated entry counts once."""
    found = serving.satisfaction(sight, institution_id)
    return {"items": [dataclasses.asdict(one) for one in found]}


@router.get("/{entry_id}", response_model=LedgerEntryOut, summary="One entry")
def get_entry(sight: Reader, entry_id: EntryId) -> Any:
    """Return an entry that the caller takes part in."""
    entry = serving.entry_within(sight, entry_id, Action.READ_LEDGER)
    return _named(sight, entry)


@router.post("/{entry_id}/close", response_model=LedgerEntryOut, summary="Close an entry")
def close_entry(sight: Writer, entry_id: EntryId, body: LedgerCloseIn) -> Any:
    """End a service; from now on the firm may rate it."""
    entry = serving.close_entry(sight, entry_id, body.outcome)
    return _named(sight, entry)


@router.post(
    "/{entry_id}/rating", response_model=RatingOut, status_code=201, summary="Rate a service"
)
def rate_entry(
    sight: Annotated[Sight, allow(Action.WRITE_RATINGS)], entry_id: EntryId, body: RatingIn
) -> Any:
    """Store the firm's verdict on a closed entry, once."""
    return dataclasses.asdict(
        serving.rate_entry(sight, entry_id, score=body.score, comment=body.comment)
    )


def _named(sight: Sight, entry: LedgerEntry) -> dict[str, Any]:
    name = sight.names_of([entry.firm_id])[entry.firm_id]
    return _entry(serving.seen_by(sight, entry), name)


def _entry(entry: LedgerEntry, firm: str | None) -> dict[str, Any]:
    values = dataclasses.asdict(entry)
    return {**values, "firm": firm, "rated": entry.rating_id is not None}
