"""Offers that the firm saved or contacted, and how each stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from service.access.policy import Action
from service.pages.access import opens
from service.pages.own_firm import firm_id_of, reader_of
from service.pages.rendering import Page, render
from service.serving.contacting import stories

router = APIRouter(prefix="/firm", include_in_schema=False)

STATES = ("running", "saved", "ended")


@router.get("/contacts", name="page_firm_contacts")
def show_contacts(page: Annotated[Page, opens(Action.READ_FIRMS)]) -> Response:
    """Show every contact with its history, those that run first."""
    found = stories(reader_of(page), firm_id_of(page))
    return render(
        page,
        "firm/contacts.html.jinja",
        groups=[(state, [one for one in found if one.status == state]) for state in STATES],
        n=len(found),
        done=page.request.query_params.get("done"),
    )
