"""One offer in full for the firm; offers side by side; saving, and contacting an institution."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Response
from fastapi.responses import RedirectResponse

from data.consent import Consent, DataClass, Purpose
from data.errors import ArgumentError, ConflictError, UnknownIdError
from data.records import EventKind
from service.access.policy import Action
from service.pages.access import opens
from service.pages.own_firm import firm_id_of, reader_of
from service.pages.rendering import Page, render
from service.serving.consents import Terms, notices
from service.serving.contacting import Step, contact, story_of, take_step
from service.serving.explaining import explain

MOST_COMPARED = 4
CONSENT_DAYS = (90, 180, 365)
USUAL_CLASSES = (DataClass.IDENTITY, DataClass.PROFILE, DataClass.CONTACT)
"""What is ticked when the form opens: what it takes to be called back."""

router = APIRouter(prefix="/firm", include_in_schema=False)

Asking = Annotated[Page, opens(Action.ASK_MATCHES)]
OfferId = Annotated[str, Path(max_length=200)]
ListId = Annotated[str | None, Query(alias="list", max_length=200)]
Place = Annotated[int | None, Query(alias="at", ge=1, le=100_000)]
FormList = Annotated[str, Form(alias="list", max_length=200)]
FormPlace = Annotated[str, Form(alias="at", max_length=6)]


@router.get("/offers/{offer_id}", name="page_firm_offer")
def show_offer(page: Asking, offer_id: OfferId, shown: ListId = None, at: Place = None) -> Response:
    """Tell everything about the firm and one offer."""
    return _offer_page(page, offer_id, shown=shown or "", place=at, note_view=True)


@router.get("/compare", name="page_firm_compare")
def compare(
    page: Asking, offer: Annotated[list[str] | None, Query(max_length=50)] = None
) -> Response:
    """Show up to four offers side by side; further ones are left out and said so."""
    wanted = list(dict.fromkeys(offer or ()))
    pairs = [_pair(page, one) for one in wanted[:MOST_COMPARED]]
    return render(
        page,
        "firm/compare.html.jinja",
        pairs=pairs,
        more=len(wanted) > MOST_COMPARED,
        rules=_rules_of(pairs),
        active="/firm/matches",
    )


@router.post("/offers/{offer_id}/save", name="page_firm_save")
def save(page: Asking, offer_id: OfferId, shown: FormList = "", at: FormPlace = "") -> Response:
    """Keep an offer for later."""
    sight = reader_of(page)
    sight.offer(offer_id)
    step = Step(
        kind=EventKind.SAVE, offer_id=offer_id, recommendation_id=shown or None, position=_place(at)
    )
    take_step(page.state, sight, firm_id_of(page), step)
    if page.request.headers.get("HX-Request"):
        return render(page, "firm/saved.html.jinja")
    return RedirectResponse(f"/firm/offers/{offer_id}?done=saved", status_code=303)


@router.get("/offers/{offer_id}/contact", name="page_firm_contact")
def show_contact(
    page: Asking, offer_id: OfferId, shown: ListId = None, at: Place = None
) -> Response:
    """Ask for consent before the firm's data go to an institution."""
    return _contact_page(page, offer_id, shown=shown or "", place=at)


@router.post("/offers/{offer_id}/contact", name="page_firm_contacted")
def take_contact(
    page: Asking,
    offer_id: OfferId,
    purpose: Annotated[Purpose, Form()] = Purpose.MATCHING,
    data_class: Annotated[list[DataClass] | None, Form(max_length=5)] = None,
    days: Annotated[int, Form(ge=1, le=366)] = CONSENT_DAYS[0],
    notice_version: Annotated[str, Form(max_length=100)] = "",
    notice_sha256: Annotated[str, Form(max_length=64)] = "",
    message: Annotated[str, Form(max_length=1_000)] = "",
    shown: FormList = "",
    at: FormPlace = "",
) -> Response:
    """Consent and contact; what was read and ticked is what counts."""
    sight, firm_id = reader_of(page), firm_id_of(page)
    step = Step(
        kind=EventKind.CONTACT,
        offer_id=offer_id,
        recommendation_id=shown or None,
        position=_place(at),
        note=message.strip() or None,
    )
    chosen = tuple(data_class or ())
    terms = Terms(
        purpose=purpose,
        data_classes=chosen,
        notice_version=notice_version,
        notice_sha256=notice_sha256,
        expires_at=sight.now + dt.timedelta(days=days),
    )
    fault = None
    try:
        contact(page.state, sight, firm_id, step, terms=terms)
    except ConflictError:
        fault = "contact.notice_changed"
    except ArgumentError:
        fault = "contact.nothing_chosen"
    if fault is None:
        return RedirectResponse(f"/firm/contacts?done=contacted#{offer_id}", status_code=303)
    return _contact_page(
        page,
        offer_id,
        shown=shown,
        place=_place(at),
        fault=fault,
        chosen=chosen,
        message=message,
        status=422,
    )


@router.post("/offers/{offer_id}/withdraw", name="page_firm_withdraw")
def withdraw(page: Asking, offer_id: OfferId) -> Response:
    """Say that the firm no longer wants it."""
    step = Step(kind=EventKind.WITHDRAWN, offer_id=offer_id)
    take_step(page.state, reader_of(page), firm_id_of(page), step)
    return RedirectResponse("/firm/contacts?done=withdrawn", status_code=303)


def _offer_page(
    page: Page, offer_id: str, *, shown: str, place: int | None, note_view: bool
) -> Response:
    sight, firm_id = reader_of(page), firm_id_of(page)
    pair = _pair(page, offer_id)
    if note_view and shown:
        step = Step(kind=EventKind.VIEW, offer_id=offer_id, recommendation_id=shown, position=place)
        take_step(page.state, sight, firm_id, step)
    events = story_of(sight, firm_id, offer_id)
    return render(
        page,
        "firm/offer.html.jinja",
        pair=pair,
        record=sight.offer(offer_id),
        institution=sight.institution(pair["institution_id"]),
        events=events,
        saved=any(event.kind is EventKind.SAVE for event in events),
        shown=shown,
        place=place or "",
        active="/firm/matches",
        done=page.request.query_params.get("done"),
        **_consent_values(page, pair["institution_id"]),
    )


def _contact_page(
    page: Page,
    offer_id: str,
    *,
    shown: str,
    place: int | None,
    fault: str | None = None,
    chosen: tuple[DataClass, ...] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    sight = reader_of(page)
    firm_id_of(page)
    offer = sight.offer(offer_id)
    values = _consent_values(page, offer.institution_id)
    if chosen is not None:
        values["chosen"] = chosen
    return render(
        page,
        "firm/contact.html.jinja",
        status=status,
        record=offer,
        institution=sight.institution(offer.institution_id),
        shown=shown,
        place=place or "",
        active="/firm/matches",
        **{**values, "message": message, "fault": fault},
    )


def _consent_values(page: Page, institution_id: str) -> dict[str, Any]:
    sight = reader_of(page)
    return {
        "notice": next(iter(notices(sight)), None),
        "held": held_by(page, institution_id),
        "classes": list(DataClass),
        "chosen": USUAL_CLASSES,
        "purposes": (Purpose.MATCHING, Purpose.DUE_DILIGENCE),
        "consent_days": CONSENT_DAYS,
        "message": "",
        "fault": None,
    }


def held_by(page: Page, recipient_id: str) -> list[Consent]:
    """Return what the firm lets a recipient see at present."""
    sight = reader_of(page)
    return sight.store.consents.of(
        firm_id=firm_id_of(page), recipient_id=recipient_id, at=sight.now
    )


def _pair(page: Page, offer_id: str) -> dict[str, Any]:
    sight = reader_of(page)
    if sight.store.find_offer(offer_id) is None:
        raise UnknownIdError(f"There is no offer_id {offer_id!r}.", field="offer_id")
    return explain(
        page.state,
        sight,
        offer_id=offer_id,
        firm_key=firm_id_of(page),
        language=page.language.value,
    )


def _rules_of(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a condition, with what each offer says of it; ``None`` where it has none."""
    titles: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        for rule in pair["eligibility"]:
            titles.setdefault(rule["rule_id"], rule)
    rows = []
    for rule_id, first in titles.items():
        cells = [
            next((rule for rule in pair["eligibility"] if rule["rule_id"] == rule_id), None)
            for pair in pairs
        ]
        rows.append({"rule": first, "cells": cells})
    return rows


def _place(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) >= 1 else None
