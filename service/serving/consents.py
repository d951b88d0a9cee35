"""Consents: given, asked for, withdrawn, and who saw what under them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.consent import (
    Consent,
    ConsentRequest,
    DataClass,
    Notice,
    Provision,
    Purpose,
    assert_expiry,
    ordered_classes,
)
from data.errors import ArgumentError, ConflictError, UnknownIdError
from data.people import Role
from data.records import Institution
from service.access.logbook import Actor
from service.access.policy import Action, Reach
from service.access.seen import Listed
from service.access.sight import Sight
from service.serving.new_ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a firm agrees to, and the notice that it read.

    Attributes
    ----------
    notice_version, notice_sha256
        Of the text that was on the screen.
    """

    purpose: Purpose
    data_classes: Sequence[DataClass]
    notice_version: str
    notice_sha256: str
    expires_at: dt.datetime


# -- notices -----------------------------------------------------------------------------------


def publish_notice(sight: Sight, *, version: str, text: str) -> Notice:
    """Store a new version of the notice.

    Raises
    ------
    ConflictError
        The version is there with another text.
    """
    sight.require(Action.WRITE_NOTICES)
    notice = Notice(version=version, text=text, published_at=sight.now)
    entry = Actor.of(sight).entry(
        Action.WRITE_NOTICES, "notice", version, detail={"sha256": notice.sha256}
    )
    sight.store.consents.publish(notice, entry=entry)
    return sight.store.consents.get_notice(version)


def notices(sight: Sight) -> list[Notice]:
    """Return every version of the notice, the newest first: the first one is to be shown."""
    sight.require(Action.READ_CONSENTS)
    return sight.store.consents.notices()


# -- giving and withdrawing ----------------------------------------------------------------------


def grant(sight: Sight, firm_id: str, recipient_id: str, terms: Terms) -> list[Consent]:
    """Let a recipient see classes of a firm's data for a purpose.

    Raises
    ------
    UnknownIdError
        The firm is not the caller's, or nobody is called ``recipient_id``.
    ConflictError
        The notice that was read is not the newest one, or another text.
    ArgumentError
        The end is past or too far ahead.
    """
    sight.own_firm(firm_id, Action.WRITE_CONSENTS)
    _assert_recipient(sight, recipient_id)
    consents = _consents(sight, firm_id, recipient_id, terms)
    entry = Actor.of(sight).entry(
        Action.WRITE_CONSENTS,
        "firm",
        firm_id,
        detail={"recipient_id": recipient_id, "granted": [c.consent_id for c in consents]},
    )
    sight.store.consents.grant(consents, entry=entry)
    return consents


def _consents(sight: Sight, firm_id: str, recipient_id: str, terms: Terms) -> list[Consent]:
    _assert_notice(sight, terms)
    assert_expiry(sight.now, terms.expires_at)
    if not terms.data_classes:
        raise ArgumentError("Name at least one class of data.", field="data_classes")
    return [
        Consent(
            consent_id=new_id("consent", sight.now),
            firm_id=firm_id,
            recipient_id=recipient_id,
            purpose=terms.purpose,
            data_class=kind,
            notice_version=terms.notice_version,
            notice_sha256=terms.notice_sha256,
            granted_at=sight.now,
            granted_by=sight.principal.person_id,
            granted_key=sight.principal.key_id,
            expires_at=terms.expires_at,
        )
        for kind in ordered_classes(terms.data_classes)
    ]


def _assert_notice(sight: Sight, terms: Terms) -> None:
    newest = next(iter(sight.store.consents.notices()), None)
    read = (terms.notice_version, terms.notice_sha256)
    if newest is None or read != (newest.version, newest.sha256):
        raise ConflictError(
            "The notice that was read is not the one in force.",
            field="notice_version",
            remedy="Read the newest notice with GET /v1/consent-notices and send its hash.",
        )


def _assert_recipient(sight: Sight, recipient_id: str) -> None:
    """Raise unless this is an institution, or an organizer's organisation."""
    if sight.store.find(Institution, recipient_id) is not None:
        return
    organisation = sight.store.people.find_organisation(recipient_id)
    if organisation is None or organisation.role is not Role.ORGANIZER:
        raise UnknownIdError(
            f"There is no recipient_id {recipient_id!r}.",
            field="recipient_id",
            remedy="Name an institution, or the organisation of a roadshow's organizer.",
        )


def revoke(sight: Sight, firm_id: str, consent_ids: Iterable[str]) -> list[str]:
    """End consents at once; return the ids of those that ended now.

    Raises
    ------
    UnknownIdError
        The firm is not the caller's, or one of the consents is not the firm's.
    """
    sight.own_firm(firm_id, Action.WRITE_CONSENTS)
    wanted = sorted(set(consent_ids))
    entry = Actor.of(sight).entry(
        Action.WRITE_CONSENTS, "firm", firm_id, detail={"revoked": wanted}
    )
    return sight.store.consents.revoke(
        firm_id, wanted, at=sight.now, by=sight.principal.person_id, entry=entry
    )


def revoke_all(sight: Sight, firm_id: str, *, recipient_id: str | None = None) -> list[str]:
    """End every consent of a firm, or all for one recipient; return the ids that ended."""
    sight.own_firm(firm_id, Action.WRITE_CONSENTS)
    held = sight.store.consents.of(firm_id=firm_id, recipient_id=recipient_id, at=sight.now)
    return revoke(sight, firm_id, [consent.consent_id for consent in held])


def consents(
    sight: Sight, *, in_force: bool, after: str | None, n: int
) -> Listed[tuple[Consent, str | None]]:
    """Return a page of the caller's consents, given or received, each with the firm's name for it.

    The name is the firm's id or handle, ``None`` for a firm that is gone.
    """
    firm_id, recipient_id = _sides(sight, Action.READ_CONSENTS)
    rows = sight.store.consents.of(
        firm_id=firm_id,
        recipient_id=recipient_id,
        at=sight.now if in_force else None,
        after=after,
        limit=n + 1,
    )
    names = sight.names_of(row.firm_id for row in rows[:n])
    following = rows[n - 1].consent_id if len(rows) > n else None
    return Listed([(row, names[row.firm_id]) for row in rows[:n]], following)


def _sides(sight: Sight, action: Action) -> tuple[str | None, str | None]:
    """Return whose firm and which recipient a list is limited to; ``(None, None)`` for all."""
    if sight.require(action) is Reach.ALL:
        return None, None
    if sight.principal.role is Role.FIRM:
        return sight.principal.firm_id or "", None
    return None, sight.recipient_id


# -- asking ------------------------------------------------------------------------------------


def ask(
    sight: Sight,
    firm_key: str,
    *,
    purpose: Purpose,
    data_classes: Iterable[DataClass],
    message: str,
) -> ConsentRequest:
    """Ask a firm to show more.

    Raises
    ------
    UnknownIdError
        The caller knows no firm by this name.
    ConflictError
        A request for this firm and purpose waits for its answer.
    """
    sight.require(Action.REQUEST_CONSENTS)
    request = ConsentRequest(
        request_id=new_id("ask", sight.now),
        firm_id=sight.resolve(firm_key),
        recipient_id=sight.recipient_id,
        organisation_id=sight.principal.organisation_id,
        person_id=sight.principal.person_id,
        purpose=purpose,
        data_classes=ordered_classes(data_classes),
        message=message,
        asked_at=sight.now,
    )
    entry = Actor.of(sight).entry(Action.REQUEST_CONSENTS, "consent_request", request.request_id)
    sight.store.consents.ask(request, entry=entry)
    return request


def requests(
    sight: Sight, *, waiting: bool, after: str | None, n: int
) -> Listed[tuple[ConsentRequest, str | None]]:
    """Return a page of requests that the caller got or made, each with its name for the firm."""
    firm_id, recipient_id = _sides(sight, Action.READ_CONSENTS)
    rows = sight.store.consents.requests_of(
        firm_id=firm_id, recipient_id=recipient_id, waiting=waiting, after=after, limit=n + 1
    )
    names = sight.names_of(row.firm_id for row in rows[:n])
    following = rows[n - 1].request_id if len(rows) > n else None
    return Listed([(row, names[row.firm_id]) for row in rows[:n]], following)


def answer(sight: Sight, request_id: str, terms: Terms | None) -> list[Consent]:
    """Answer a request with consents to some or all of what it asks for, or decline it.

    Parameters
    ----------
    terms
        For the purpose of the request; ``None`` declines.

    Raises
    ------
    UnknownIdError
        There is no such request to the caller.
    ConflictError
        It was answered, or the notice is not the newest one.
    ArgumentError
        The terms go beyond the request.
    """
    sight.require(Action.WRITE_CONSENTS)
    request = sight.store.consents.find_request(request_id)
    if request is None or request.firm_id != sight.principal.firm_id:
        raise UnknownIdError(
            f"There is no request_id {request_id!r}.",
            field="request_id",
            remedy="List the requests.",
        )
    given: list[Consent] = []
    if terms is not None:
        beyond = set(terms.data_classes) - set(request.data_classes)
        if beyond or terms.purpose is not request.purpose:
            raise ArgumentError(
                "The answer goes beyond what was asked for.",
                field="data_classes",
                remedy="Name classes of the request only.",
            )
        given = _consents(sight, request.firm_id, request.recipient_id, terms)
    entry = Actor.of(sight).entry(
        Action.WRITE_CONSENTS,
        "consent_request",
        request_id,
        detail={"granted": [consent.consent_id for consent in given]},
    )
    sight.store.consents.answer_request(
        request_id, given, at=sight.now, by=sight.principal.person_id, entry=entry
    )
    return given


# -- who saw what --------------------------------------------------------------------------------


def provisions(
    sight: Sight, *, firm_id: str | None, before: int | None, n: int
) -> tuple[list[tuple[Provision, str | None]], int | None]:
    """Return a page of provisions, the newest first, and where the next one begins.

    A firm reads who saw what of it, a recipient what it received, the administrator all.
    """
    own, recipient_id = _sides(sight, Action.READ_PROVISIONS)
    if firm_id is not None:
        firm_id = sight.resolve(firm_id) if recipient_id is not None else firm_id
        if own is not None and firm_id != own:
            raise UnknownIdError(f"There is no firm_id {firm_id!r}.", field="firm_id")
    rows = sight.store.provisions.of(
        firm_id=own if own is not None else firm_id,
        recipient_id=recipient_id,
        before=before,
        limit=n + 1,
    )
    names = sight.names_of(row.firm_id for row in rows[:n])
    following = rows[n - 1].seq if len(rows) > n else None
    return [(row, names[row.firm_id]) for row in rows[:n]], following
