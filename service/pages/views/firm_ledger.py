"""The services that the firm had, and its verdict on each that ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Response
from fastapi.responses import RedirectResponse

from data.errors import ArgumentError, ConflictError
from data.ledger import HIGHEST_SCORE, LOWEST_SCORE
from data.records import Institution, Offer
from service.access.policy import Action
from service.pages.access import opens
from service.pages.own_firm import firm_id_of, reader_of
from service.pages.rendering import Page, render
from service.serving.ledger import entries, rate_entry

PER_PAGE = 50

router = APIRouter(prefix="/firm", include_in_schema=False)


@router.get("/ledger", name="page_firm_ledger")
def show_ledger(
    page: Annotated[Page, opens(Action.READ_LEDGER)],
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Show services, those that wait for a verdict among them."""
    return _ledger(page, after=after)


@router.post("/ledger/{entry_id}/rating", name="page_firm_rating")
def rate(
    page: Annotated[Page, opens(Action.WRITE_RATINGS)],
    entry_id: Annotated[str, Path(max_length=200)],
    score: Annotated[int, Form()] = 0,
    comment: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Store the verdict; it is given once."""
    try:
        rate_entry(reader_of(page), entry_id, score=score, comment=comment.strip() or None)
    except ArgumentError:
        return _ledger(page, fault="ledger.choose", at=entry_id)
    except ConflictError:
        return _ledger(page, fault="ledger.rated_already", at=entry_id)
    return RedirectResponse("/firm/ledger?done=rated", status_code=303)


def _ledger(
    page: Page, *, after: str | None = None, fault: str | None = None, at: str = ""
) -> Response:
    sight, firm_id = reader_of(page), firm_id_of(page)
    listed = entries(sight, after=after, n=PER_PAGE)
    rows = [entry for entry, _ in listed.items]
    ratings = {one.rating_id: one for one in sight.store.ratings_of(firm_id=firm_id)}
    return render(
        page,
        "firm/ledger.html.jinja",
        status=422 if fault else 200,
        entries=rows,
        ratings=ratings,
        institutions=sight.store.find_many(Institution, {row.institution_id for row in rows}),
        offers=sight.store.find_many(Offer, {row.offer_id for row in rows}),
        scores=range(HIGHEST_SCORE, LOWEST_SCORE - 1, -1),
        following=listed.after,
        fault=fault,
        at=at,
        done=page.request.query_params.get("done"),
        active="/firm/ledger",
    )
