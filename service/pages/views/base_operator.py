"""The operator of a base: its resident firms and the state of their data, and its ledger."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Response
from fastapi.responses import RedirectResponse

from data import columns as col
from data.company_code import find_fault
from data.errors import ArgumentError, ConflictError, ForbiddenError, UnknownIdError
from data.ledger import LedgerOutcome
from data.records import Firm, Institution, Need, Offer
from service.access.policy import Action
from service.pages.access import opens
from service.pages.forms import Field, Kind, Typed, read_fields
from service.pages.forms import Form as TypedForm
from service.pages.own_firm import reader_of
from service.pages.rendering import Page, render
from service.serving.ledger import close_entry, entries, open_entry, satisfaction
from service.serving.profiles import completed
from service.serving.writing import add_record

PER_PAGE = 50
KEY_COLUMNS = (
    col.COMPANY_CODE,
    col.CITY,
    col.INDUSTRY,
    col.FOUNDED_ON,
    col.EMPLOYEES,
    col.REVENUE_MINOR,
    col.ASSETS_MINOR,
    col.TAX_GRADE,
    col.DESCRIPTION,
)
"""What rules and ranking ask of a firm most often."""
NEW_FIRM = (
    Field(col.NAME, required=True),
    Field(col.COMPANY_CODE, Kind.CODE),
    Field(col.CITY),
    Field(col.INDUSTRY),
    Field(col.FOUNDED_ON, Kind.DAY),
    Field(col.EMPLOYEES, Kind.COUNT),
)
RESIDENTS, LEDGER = "/base/residents", "/base/ledger"

router = APIRouter(prefix="/base", include_in_schema=False)

Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/residents", name="page_base_residents")
def show_residents(
    page: Annotated[Page, opens(Action.READ_FIRMS)], after: Cursor = None
) -> Response:
    """List the firms of the base with what is missing of each."""
    return _residents(page, after=after)


@router.post("/residents", name="page_base_add")
def add_firm(page: Annotated[Page, opens(Action.WRITE_FIRMS)], form: TypedForm) -> Response:
    """Store a new firm of the base."""
    sight, base_id = reader_of(page), base_id_of(page)
    values, faults = read_fields(NEW_FIRM, form, prefix="firm")
    if faults:
        return _residents(page, typed=form, faults=faults)

    def make(key: str, _before: Firm | None) -> Firm:
        base = sight.base(base_id)
        places = {col.COUNTRY: base.country, col.PROVINCE: base.province}
        return completed(Firm(firm_id=key, base_id=base_id, **{**places, **values}))

    try:
        add_record(sight, Firm, make)
    except ArgumentError as error:
        faults = {f"firm_{error.field or col.NAME}": "fault.refused"}
        return _residents(page, typed=form, faults=faults)
    return RedirectResponse(f"{RESIDENTS}?done=added", status_code=303)


@router.get("/ledger", name="page_base_ledger")
def show_ledger(page: Annotated[Page, opens(Action.READ_LEDGER)], after: Cursor = None) -> Response:
    """Show the services to firms of the base, and how content these are."""
    return _ledger(page, after=after)


@router.post("/ledger", name="page_base_open")
def open_service(
    page: Annotated[Page, opens(Action.WRITE_LEDGER)],
    firm_id: Annotated[str, Form(max_length=200)] = "",
    offer_id: Annotated[str, Form(max_length=200)] = "",
    subject: Annotated[str, Form(max_length=200)] = "",
    opened_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Put a new service into the ledger."""
    base_id_of(page)
    typed = {"firm_id": firm_id, "offer_id": offer_id, "subject": subject, "opened_on": opened_on}
    faults = {name: "fault.required" for name in ("firm_id", "offer_id") if not typed[name].strip()}
    if not subject.strip():
        faults["subject"] = "fault.required"
    day = None
    try:
        day = dt.date.fromisoformat(opened_on) if opened_on else None
    except ValueError:
        faults["opened_on"] = "fault.day"
    if not faults:
        try:
            open_entry(
                reader_of(page),
                firm_key=firm_id,
                offer_id=offer_id,
                institution_id=None,
                subject=subject.strip(),
                opened_on=day,
            )
        except (ArgumentError, UnknownIdError) as error:
            faults[error.field if error.field in typed else "offer_id"] = "fault.refused"
    if faults:
        return _ledger(page, typed=typed, faults=faults)
    return RedirectResponse(f"{LEDGER}?done=opened", status_code=303)


@router.post("/ledger/{entry_id}/close", name="page_base_close")
def close_service(
    page: Annotated[Page, opens(Action.WRITE_LEDGER)],
    entry_id: Annotated[str, Path(max_length=200)],
    outcome: Annotated[LedgerOutcome, Form()],
) -> Response:
    """End a service; its firm may rate it then."""
    base_id_of(page)
    try:
        close_entry(reader_of(page), entry_id, outcome)
    except ConflictError:
        return _ledger(page, faults={"": "base.closed_already"})
    return RedirectResponse(f"{LEDGER}?done=closed", status_code=303)


def base_id_of(page: Page) -> str:
    """Return the base that the reader operates; raise ForbiddenError where that is none."""
    base_id = reader_of(page).principal.base_id
    if base_id is None:
        raise ForbiddenError("This page is for operators of bases.")
    return base_id


def _residents(
    page: Page,
    *,
    after: str | None = None,
    typed: Typed | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    sight, base_id = reader_of(page), base_id_of(page)
    listed = sight.firms(after=after, n=PER_PAGE)
    firms = [Firm(**seen.fields) for seen in listed.items]
    needs: dict[str, Need] = {}
    for need in sight.store.needs_of_firms([firm.firm_id for firm in firms]):
        before = needs.get(need.firm_id or "")
        if before is None or need.stated_on >= before.stated_on:
            needs[need.firm_id or ""] = need
    return render(
        page,
        "base/residents.html.jinja",
        status=422 if faults else 200,
        base=sight.base(base_id),
        firms=[{"firm": firm, **_state(firm), "need": needs.get(firm.firm_id)} for firm in firms],
        n_key=len(KEY_COLUMNS),
        following=listed.after,
        fields=NEW_FIRM,
        texts={} if typed is None else {name: typed.one(name) for name in typed.texts},
        faults=faults or {},
        done=page.request.query_params.get("done"),
        active=RESIDENTS,
    )


def _state(firm: Firm) -> dict[str, Any]:
    """Return how much of a firm is known, and what is odd."""
    missing = [name for name in KEY_COLUMNS if getattr(firm, name) in (None, "", ())]
    code = firm.company_code
    return {
        "missing": missing,
        "n_known": len(KEY_COLUMNS) - len(missing),
        "code_fault": None if not code else find_fault(code),
    }


def _ledger(
    page: Page,
    *,
    after: str | None = None,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    sight, base_id = reader_of(page), base_id_of(page)
    listed = entries(sight, after=after, n=PER_PAGE)
    rows = [entry for entry, _ in listed.items]
    content = satisfaction(sight)
    owners = {row.institution_id for row in rows} | {one.institution_id for one in content}
    firms = {one.firm_id or one.key: one.fields.get(col.NAME, "") for one in _all_firms(page)}
    offers = sight.offers(n=200).items
    named = sight.store.find_many(Institution, owners | {offer.institution_id for offer in offers})
    return render(
        page,
        "base/ledger.html.jinja",
        status=422 if faults else 200,
        base=sight.base(base_id),
        entries=rows,
        firms=firms,
        offers=sorted(offers, key=lambda offer: offer.name),
        offer_of=sight.store.find_many(Offer, {row.offer_id for row in rows}),
        institutions=named,
        satisfaction=sorted(content, key=lambda one: (-one.n, one.institution_id)),
        outcomes=list(LedgerOutcome),
        following=listed.after,
        typed=typed or {},
        faults=faults or {},
        today=sight.now.date(),
        done=page.request.query_params.get("done"),
        active=LEDGER,
    )


def _all_firms(page: Page) -> list[Any]:
    return reader_of(page).firms(n=200).items
