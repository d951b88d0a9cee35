"""One firm as an institution sees it: a summary or more, why it ranks, and what was done so far."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from data.consent import DataClass, Purpose
from data.errors import ConflictError, DuplicateIdError, UnknownIdError
from data.people import Role
from data.records import Need
from service.access.policy import Action
from service.access.seen import SeenFirm
from service.pages.access import opens
from service.pages.institution import bases_of, done, institution_of, nobodys, said, sight_of
from service.pages.rendering import Page, render
from service.pages.views.board import choices
from service.serving import consents, deal_flow
from service.serving.candidates import similar, told_all
from service.serving.explaining import explain
from service.serving.naming import contacts
from service.serving.pipeline_rows import pair_row
from service.serving.question import NeedQuestion

SIMILAR = 6
PURPOSES = (Purpose.MATCHING, Purpose.DUE_DILIGENCE, Purpose.SERVICE)
"""What an institution may ask for."""
SHOWN_FIELDS = (
    "name", "company_code", "founded_on", "legal_form", "industry", "sectors", "base_id",
    "district", "employees", "credentials", "tax_grade", "class_one_ip", "class_two_ip",
    "revenue_minor", "assets_minor", "liabilities_minor", "rd_expense_minor", "description",
)  # fmt: skip
NEED_FIELDS = ("purpose", "term_months", "collateral", "text", "stated_on")

router = APIRouter(prefix="/pipeline/candidates", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_PIPELINE)]
Writing = Annotated[Page, opens(Action.WRITE_PIPELINE)]
Asking = Annotated[Page, opens(Action.REQUEST_CONSENTS)]


@router.get("/{key}", name="page_candidate")
def show_candidate(
    page: Reading,
    key: str,
    offer: Annotated[str, Query(max_length=200)] = "",
    purpose: Purpose = Purpose.MATCHING,
) -> Response:
    """Show a firm as far as it agreed."""
    if institution_of(page) is None:
        return nobodys(page)
    return _page(page, key, offer=offer, purpose=purpose)


def _page(
    page: Page,
    key: str,
    *,
    offer: str = "",
    purpose: Purpose = Purpose.MATCHING,
    fault: str | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    sight, institution_id = sight_of(page), institution_of(page) or ""
    seen = sight.firm(key, purpose=purpose)
    firm_id = sight.resolve(key)
    question = NeedQuestion(institution_id=institution_id, offer_id=offer or None)
    row = pair_row(page.state, sight, question, firm_id, language=page.language.value)
    known = told_all(seen.view, seen.classes)
    entries = sight.store.deal_flow.of(institution_id, firm_id=firm_id)
    return render(
        page,
        "institution/candidate.html.jinja",
        status=status,
        active="/pipeline",
        key=key,
        seen=seen.plain(),
        need=_need(page, firm_id, purpose),
        row=row,
        story=_story(page, row, key, offer) if known else None,
        counts=Counter(one["value"] for one in row["eligibility"]) if row and known else None,
        offer=offer,
        purpose=purpose,
        purposes=PURPOSES,
        data_classes=list(DataClass),
        missing=[one for one in DataClass if one not in seen.classes],
        details=[deal_flow.deal(sight, institution_id, one.entry_id) for one in entries],
        similar=similar(page.state, sight, institution_id, key, n=SIMILAR)["items"],
        requests=sight.store.consents.requests_of(firm_id=firm_id, recipient_id=sight.recipient_id)[
            ::-1
        ],
        people=_contacts(page, key, seen),
        base_names=bases_of(page),
        shown_fields=[name for name in SHOWN_FIELDS if name in seen.fields],
        need_fields=NEED_FIELDS,
        today=page.state.clock().date(),
        fault=fault,
        message=message,
        said=said(page),
        **choices(page),
    )


def _need(page: Page, firm_id: str, purpose: Purpose) -> dict[str, Any] | None:
    """Return the need that the firm stated last, as far as it may be seen."""
    sight = sight_of(page)
    stated: list[Need] = list(sight.store.needs_of_firms([firm_id]))
    if not stated:
        return None
    latest = max(stated, key=lambda need: (need.stated_on, need.need_id))
    found = sight.see_needs([latest], purpose=purpose, context=Action.READ_PIPELINE.value)
    return found[latest.need_id].plain() if found else None


def _story(page: Page, row: dict[str, Any] | None, key: str, offer: str) -> dict[str, Any] | None:
    """Return every rule of the pair for a firm that agreed; of the first offer if none is best."""
    offer_id = offer or (row["offer_id"] if row else "")
    if not offer_id:
        mine = choices(page)["offers"]
        if not mine:
            return None
        offer_id = mine[0].offer_id
    try:
        return explain(
            page.state,
            sight_of(page),
            offer_id=offer_id,
            firm_key=key,
            language=page.language.value,
        )
    except UnknownIdError:  # an offer that no model ranks yet
        return None


def _contacts(page: Page, key: str, seen: SeenFirm) -> list[dict[str, str | None]]:
    if DataClass.CONTACT not in seen.classes:
        return []
    return contacts(sight_of(page), key)


@router.post("/{key}/deal", name="page_candidate_open")
def open_deal(
    page: Writing,
    key: str,
    need: Annotated[str, Form(max_length=200)] = "",
    offer: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Put the firm into the pipeline; one that is there stays as it is."""
    try:
        deal_flow.open_deal(
            sight_of(page), institution_of(page) or "", key,
            need_key=need or None, offer_id=offer or None,
        )  # fmt: skip
    except DuplicateIdError:
        return done(f"/pipeline/candidates/{key}", "nothing")
    return done(f"/pipeline/candidates/{key}", "added", n=1)


@router.post("/{key}/consent", name="page_candidate_ask")
def ask_consent(
    page: Asking,
    key: str,
    purpose: Annotated[Purpose, Form()],
    data: Annotated[list[DataClass] | None, Form()] = None,
    message: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Ask the firm to show more; it sees who asks, for what, and why."""
    if sight_of(page).principal.role is not Role.INSTITUTION or not data:
        return _page(page, key, purpose=purpose, fault="ask.choose", message=message, status=422)
    try:
        consents.ask(
            sight_of(page), key, purpose=purpose, data_classes=data, message=message.strip()
        )
    except ConflictError:
        return _page(page, key, purpose=purpose, fault="ask.waiting", message=message, status=409)
    return done(f"/pipeline/candidates/{key}", "asked")
