"""The health check: what is missing, nearly met, about to end, and what would open more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from data.errors import InputError, ParseError
from service.access.policy import Action
from service.pages.access import opens
from service.pages.forms import Form
from service.pages.own_firm import firm_id_of, reader_of
from service.pages.rendering import Page, render
from service.serving.checkups import check_firm
from service.serving.profiles import state_facts

router = APIRouter(prefix="/firm", include_in_schema=False)

FACT = "fact."
FIELD_OF_FACT = {
    "age": "firm_founded_on",
    "amount": "need_amount",
    "term": "need_term_months",
    "place": "firm_city",
    "revenue": "firm_revenue_minor",
    "assets": "firm_assets_minor",
    "liabilities": "firm_liabilities_minor",
    "rd_expense": "firm_rd_expense_minor",
    "credential": "firm_credentials",
    "stage": "need_stage",
    "purpose": "need_purpose",
    "collateral": "need_collateral",
    "sector": "firm_sectors",
    "size_class": "firm_employees",
}
"""Where the form asks for what a fact is read from, unless it has the fact's own name."""


@router.get("/checkup", name="page_firm_checkup")
def show_checkup(page: Annotated[Page, opens(Action.ASK_MATCHES)]) -> Response:
    """Show the health check of the firm as it is now."""
    return _checkup(page)


@router.post("/facts", name="page_firm_facts")
def take_facts(page: Annotated[Page, opens(Action.WRITE_FIRMS)], form: Form) -> Response:
    """Store what the firm says of itself beside its record."""
    said = {
        name.removeprefix(FACT): form.one(name)
        for name in form.texts
        if name.startswith(FACT) and form.one(name)
    }
    try:
        state_facts(reader_of(page), firm_id_of(page), said)
    except (InputError, ParseError) as error:
        return _checkup(page, fault=error.field, said=said)
    return RedirectResponse("/firm/checkup?done=saved", status_code=303)


def _checkup(
    page: Page, *, fault: str | None = None, said: dict[str, str] | None = None
) -> Response:
    return render(
        page,
        "firm/checkup.html.jinja",
        status=422 if fault else 200,
        found=check_firm(page.state, reader_of(page), firm_id_of(page)),
        field_of=FIELD_OF_FACT,
        fault=fault,
        said=said or {},
        done=page.request.query_params.get("done"),
        active="/firm/checkup",
    )
