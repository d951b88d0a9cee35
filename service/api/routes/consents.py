"""Notices, consents, requests for them, and who saw what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from data.consent import Consent, ConsentRequest, Notice
from data.errors import ArgumentError
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import DOCUMENTED_SCHEMES, allow
from service.api.errors import ERROR_CASES
from service.api.paging import CursorParam, PageOut, PageSize, read_cursor, write_cursor
from service.api.schemas.consents import (
    ConsentOut,
    ConsentRequestIn,
    ConsentRequestOut,
    ConsentsIn,
    ConsentsOut,
    NoticeIn,
    NoticeOut,
    NoticesOut,
    ProvisionOut,
    RequestAnswerIn,
    RevocationIn,
    RevocationOut,
    TermsIn,
)
from service.api.schemas.words import WORD
from service.serving import consents as serving
from service.serving.naming import recipient_names

router = APIRouter(
    prefix="/v1", tags=["consents"], responses=ERROR_CASES, dependencies=DOCUMENTED_SCHEMES
)

Reader = Annotated[Sight, allow(Action.READ_CONSENTS)]
Giver = Annotated[Sight, allow(Action.WRITE_CONSENTS)]
FirmId = Annotated[str, Path(max_length=200, pattern=WORD)]


@router.get("/consent-notices", response_model=NoticesOut, summary="What firms read first")
def list_notices(sight: Reader) -> Any:
    """Return every version of the notice, the newest, which is in force, first."""
    return {"items": [_notice(notice) for notice in serving.notices(sight)]}


@router.post(
    "/consent-notices", response_model=NoticeOut, status_code=201, summary="Publish a notice"
)
def add_notice(sight: Annotated[Sight, allow(Action.WRITE_NOTICES)], body: NoticeIn) -> Any:
    """Store a version of the notice; it never changes, and is in force from now on."""
    return _notice(serving.publish_notice(sight, version=body.version, text=body.text))


@router.post(
    "/firms/{firm_id}/consents",
    response_model=ConsentsOut,
    status_code=201,
    summary="Let a recipient see more",
)
def add_consents(sight: Giver, firm_id: FirmId, body: ConsentsIn) -> Any:
    """Consent for one recipient and purpose; one that is in force is renewed."""
    given = serving.grant(sight, firm_id, body.recipient_id, _terms(body))
    return {"items": [_consent(sight, one, one.firm_id) for one in given]}


@router.post(
    "/firms/{firm_id}/consents/revocation",
    response_model=RevocationOut,
    summary="Take consents back",
)
def revoke_consents(sight: Giver, firm_id: FirmId, body: RevocationIn) -> Any:
    """End consents at once: by id, all for one recipient, or all; doing it twice does no harm."""
    if body.consent_ids is not None:
        if body.recipient_id is not None:
            raise ArgumentError("Name consent_ids or a recipient_id.", field="recipient_id")
        return {"revoked": serving.revoke(sight, firm_id, body.consent_ids)}
    return {"revoked": serving.revoke_all(sight, firm_id, recipient_id=body.recipient_id)}


@router.get("/consents", response_model=PageOut[ConsentOut], summary="Consents given or received")
def list_consents(
    sight: Reader,
    in_force: Annotated[bool, Query(description="Only those that hold now.")] = False,
    n: PageSize = 50,
    cursor: CursorParam = None,
) -> Any:
    """Return what the caller gave or was given; the administrator reads all."""
    listed = serving.consents(sight, in_force=in_force, after=_after(cursor), n=n)
    return _page([_consent(sight, one, name) for one, name in listed.items], listed.after)


@router.post(
    "/consent-requests",
    response_model=ConsentRequestOut,
    status_code=201,
    summary="Ask a firm to show more",
)
def add_request(
    sight: Annotated[Sight, allow(Action.REQUEST_CONSENTS)], body: ConsentRequestIn
) -> Any:
    """Send a firm a request; it sees who asks, for what and why."""
    asked = serving.ask(
        sight,
        body.firm,
        purpose=body.purpose,
        data_classes=body.data_classes,
        message=body.message,
    )
    return _requests(sight, [(asked, body.firm)])[0]


@router.get(
    "/consent-requests", response_model=PageOut[ConsentRequestOut], summary="Requests to show more"
)
def list_requests(
    sight: Reader,
    waiting: Annotated[bool, Query(description="Only those without an answer.")] = False,
    n: PageSize = 50,
    cursor: CursorParam = None,
) -> Any:
    """Return the requests that the caller got or made."""
    listed = serving.requests(sight, waiting=waiting, after=_after(cursor), n=n)
    return _page(_requests(sight, listed.items), listed.after)


@router.post(
    "/consent-requests/{request_id}/answer",
    response_model=ConsentsOut,
    summary="Answer a request",
)
def answer_request(
    sight: Giver,
    request_id: Annotated[str, Path(max_length=200, pattern=WORD)],
    body: RequestAnswerIn,
) -> Any:
    """Grant some or all of what a request asks for, or, without terms, decline it."""
    terms = None if body.terms is None else _terms(body.terms)
    given = serving.answer(sight, request_id, terms)
    return {"items": [_consent(sight, one, one.firm_id) for one in given]}


@router.get("/provisions", response_model=PageOut[ProvisionOut], summary="Who saw what of whom")
def list_provisions(
    sight: Annotated[Sight, allow(Action.READ_PROVISIONS)],
    firm: Annotated[
        str | None, Query(max_length=200, pattern=WORD, description="Of one firm only.")
    ] = None,
    n: PageSize = 50,
    cursor: CursorParam = None,
) -> Any:
    """Return disclosures, the newest first: of the caller's firm, or what the caller received."""
    after = read_cursor(cursor, int)
    before = None if after is None else int(after[0])
    rows, following = serving.provisions(sight, firm_id=firm, before=before, n=n)
    names = recipient_names(sight, [row.recipient_id for row, _ in rows])
    items = [
        {
            **{f.name: getattr(row, f.name) for f in dataclasses.fields(row)},
            "firm": name,
            "recipient_name": names.get(row.recipient_id),
        }
        for row, name in rows
    ]
    next_cursor = write_cursor(None if following is None else (following,))
    return {"items": items, "next_cursor": next_cursor}


def _terms(body: TermsIn) -> serving.Terms:
    return serving.Terms(
        purpose=body.purpose,
        data_classes=body.data_classes,
        notice_version=body.notice_version,
        notice_sha256=body.notice_sha256,
        expires_at=body.expires_at,
    )


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "version": notice.version,
        "text": notice.text,
        "sha256": notice.sha256,
        "published_at": notice.published_at,
    }


def _consent(sight: Sight, consent: Consent, firm: str | None) -> dict[str, Any]:
    values = {f.name: getattr(consent, f.name) for f in dataclasses.fields(consent)}
    return {**values, "firm": firm, "in_force": consent.in_force(sight.now)}


def _requests(
    sight: Sight, rows: Iterable[tuple[ConsentRequest, str | None]]
) -> list[dict[str, Any]]:
    listed = list(rows)
    names = recipient_names(sight, [one.recipient_id for one, _ in listed])
    return [
        {
            **{f.name: getattr(one, f.name) for f in dataclasses.fields(one)},
            "firm": firm,
            "recipient_name": names.get(one.recipient_id),
        }
        for one, firm in listed
    ]


def _after(cursor: str | None) -> str | None:
    values = read_cursor(cursor, str)
    return None if values is None else str(values[0])


def _page(items: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    return {"items": items, "next_cursor": write_cursor(None if after is None else (after,))}
