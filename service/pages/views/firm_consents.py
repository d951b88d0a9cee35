"""What the firm let others see: consents, requests, who saw what, disputes, and all of its data."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi import Form as Sent
from fastapi.responses import FileResponse, RedirectResponse
from starlette.background import BackgroundTask

from data.consent import Consent, DataClass, DisputedKind
from data.errors import ArgumentError, ConflictError, UnknownIdError
from data.records import Need
from service.access.cookies import drop_session_cookie
from service.access.policy import Action
from service.pages.access import opens
from service.pages.firm_form import AMOUNT, FIELDS, FIRM
from service.pages.own_firm import firm_id_of, reader_of
from service.pages.rendering import Page, render
from service.serving import own_data
from service.serving.consents import (
    Terms,
    answer,
    consents,
    notices,
    provisions,
    requests,
    revoke,
    revoke_all,
)
from service.serving.disputes import disputes, open_dispute
from service.serving.naming import recipient_names

PER_PAGE = 50
MOST_CONSENTS = 500
CONSENT_DAYS = 180
ZIP = "application/zip"

router = APIRouter(prefix="/firm", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_CONSENTS)]
Writing = Annotated[Page, opens(Action.WRITE_CONSENTS)]


@router.get("/consents", name="page_firm_consents")
def show_consents(
    page: Reading, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Response:
    """Show consents, requests, the log of who saw what, and disputes."""
    return _show(page, before=before)


@router.post("/consents/revoke", name="page_firm_revoke")
def take_revoke(
    page: Writing,
    consent_id: Annotated[list[str] | None, Sent(max_length=200)] = None,
    recipient_id: Annotated[str, Sent(max_length=200)] = "",
) -> Response:
    """End some consents, or all for one recipient."""
    sight, firm_id = reader_of(page), firm_id_of(page)
    if recipient_id:
        revoke_all(sight, firm_id, recipient_id=recipient_id)
    else:
        revoke(sight, firm_id, consent_id or ())
    return RedirectResponse("/firm/consents?done=revoked", status_code=303)


@router.post("/requests/{request_id}", name="page_firm_answer")
def take_answer(
    page: Writing,
    request_id: Annotated[str, Path(max_length=200)],
    granted: Annotated[bool, Sent()],
    data_class: Annotated[list[DataClass] | None, Sent(max_length=5)] = None,
    notice_version: Annotated[str, Sent(max_length=100)] = "",
    notice_sha256: Annotated[str, Sent(max_length=64)] = "",
) -> Response:
    """Give some or all of what a request asks for, or decline it."""
    sight = reader_of(page)
    asked = sight.store.consents.find_request(request_id)
    if asked is None or asked.firm_id != firm_id_of(page):
        raise UnknownIdError(f"There is no request_id {request_id!r}.", field="request_id")
    terms = Terms(
        purpose=asked.purpose,
        data_classes=tuple(data_class or ()),
        notice_version=notice_version,
        notice_sha256=notice_sha256,
        expires_at=sight.now + dt.timedelta(days=CONSENT_DAYS),
    )
    try:
        answer(sight, request_id, terms if granted else None)
    except ConflictError:
        return _show(page, fault="contact.notice_changed")
    except ArgumentError:
        return _show(page, fault="contact.nothing_chosen")
    done = "granted" if granted else "declined"
    return RedirectResponse(f"/firm/consents?done={done}", status_code=303)


@router.post("/disputes", name="page_firm_dispute")
def take_dispute(
    page: Annotated[Page, opens(Action.WRITE_DISPUTES)],
    subject_id: Annotated[str, Sent(max_length=200)],
    statement: Annotated[str, Sent(max_length=2_000)] = "",
    field: Annotated[str, Sent(max_length=60)] = "",
) -> Response:
    """Say what is wrong about a record; it is answered within twenty days."""
    sight, firm_id = reader_of(page), firm_id_of(page)
    if not statement.strip():
        return _show(page, fault="disputes.empty", statement=statement)
    try:
        open_dispute(
            sight,
            firm_id,
            kind=DisputedKind.RECORD,
            subject_id=subject_id,
            field=field or None,
            statement=statement.strip(),
        )
    except ConflictError:
        return _show(page, fault="disputes.open_already", statement=statement)
    return RedirectResponse("/firm/consents?done=disputed#disputes", status_code=303)


@router.get("/data.zip", name="page_firm_data")
def export(page: Annotated[Page, opens(Action.EXPORT_DATA)]) -> Response:
    """Hand everything over that is kept of the firm."""
    sight = reader_of(page)
    firm_id_of(page)
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        path = FilePath(file.name)
    try:
        own_data.export_data(sight, sight.principal.organisation_id, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return FileResponse(
        path,
        media_type=ZIP,
        filename="finmatch-export.zip",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


@router.get("/erase", name="page_firm_erase")
def show_erase(page: Annotated[Page, opens(Action.DELETE_DATA)]) -> Response:
    """Ask once more before everything goes."""
    firm_id_of(page)
    return _erase(page)


@router.post("/erase", name="page_firm_erased")
def take_erase(
    page: Annotated[Page, opens(Action.DELETE_DATA)],
    confirmation: Annotated[str, Sent(max_length=40)] = "",
) -> Response:
    """Delete everything of the firm, and let its people go."""
    sight = reader_of(page)
    firm_id_of(page)
    fault = None
    if confirmation.strip().upper() != page.say("erase.word"):
        fault = "erase.not_confirmed"
    else:
        try:
            own_data.delete_data(sight, sight.principal.organisation_id)
        except ConflictError:
            fault = "erase.held"
    if fault is not None:
        return _erase(page, fault=fault)
    response = RedirectResponse("/sign-in", status_code=303)
    drop_session_cookie(page.request, response, demo=page.state.demo)
    return response


def _erase(page: Page, *, fault: str | None = None) -> Response:
    return render(
        page,
        "firm/erase.html.jinja",
        status=422 if fault else 200,
        fault=fault,
        word_typed=page.say("erase.word"),
        active="/firm/consents",
    )


def _show(
    page: Page, *, before: int | None = None, fault: str | None = None, statement: str = ""
) -> Response:
    sight, firm_id = reader_of(page), firm_id_of(page)
    given = consents(sight, in_force=False, after=None, n=MOST_CONSENTS).items
    waiting = requests(sight, waiting=True, after=None, n=PER_PAGE).items
    seen, following = provisions(sight, firm_id=None, before=before, n=PER_PAGE)
    opened = disputes(sight, open_only=False, overdue=False, after=None, n=PER_PAGE).items
    ids = {c.recipient_id for c, _ in given} | {r.recipient_id for r, _ in waiting}
    ids |= {p.recipient_id for p, _ in seen}
    records = sight.store.needs_of(firm_id)
    return render(
        page,
        "firm/consents.html.jinja",
        status=422 if fault else 200,
        recipients=_by_recipient(consent for consent, _ in given),
        now=sight.now,
        today=sight.now.date(),
        requests=[request for request, _ in waiting],
        provisions=[provision for provision, _ in seen],
        following=following,
        disputes=sorted(opened, key=lambda one: one.opened_at, reverse=True),
        names=recipient_names(sight, ids),
        notice=next(iter(notices(sight)), None),
        consent_days=CONSENT_DAYS,
        firm_id=firm_id,
        needs=sorted(records, key=_stated, reverse=True)[:5],
        fields=[one.name for one in FIELDS[FIRM] if one.name != AMOUNT],
        fault=fault,
        statement=statement,
        done=page.request.query_params.get("done"),
        active="/firm/consents",
    )


def _stated(need: Need) -> tuple[dt.date, str]:
    return need.stated_on, need.need_id


def _place(consent: Consent) -> tuple[str, str, int, dt.datetime]:
    kind = list(DataClass).index(consent.data_class)
    return consent.recipient_id, consent.purpose, kind, consent.granted_at


def _by_recipient(given: Iterable[Consent]) -> list[dict[str, Any]]:
    """Return consents by recipient, those in force first."""

    def recipient(consent: Consent) -> str:
        return consent.recipient_id

    ordered = sorted(given, key=_place)
    return [
        {"recipient_id": key, "consents": list(rows)} for key, rows in groupby(ordered, recipient)
    ]
