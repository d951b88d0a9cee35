"""Consents, the log of provisions, disputes with their due dates, and the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse

from data.consent import DisputeOutcome
from data.errors import ConflictError
from service.access.policy import Action
from service.pages.access import opens
from service.pages.rendering import Page, render
from service.pages.views.roadshows import sight_of
from service.serving import consents, disputes, ledger

PER_PAGE = 50
MOST_ANSWER = 4_000
MOST_SEQ = 2**63 - 1
PARTS = ("consents", "provisions", "disputes", "notices")

router = APIRouter(prefix="/admin", include_in_schema=False)

Auditing = Annotated[Page, opens(Action.READ_AUDIT)]
Answering = Annotated[Page, opens(Action.ANSWER_DISPUTES)]
Key = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Seq = Annotated[int | None, Query(ge=1, le=MOST_SEQ)]


@router.get("/privacy", name="page_admin_privacy")
def show_privacy(
    page: Auditing,
    part: Annotated[str, Query(max_length=20)] = "consents",
    firm: Key = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
    before: Seq = None,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> Response:
    """Show consents, who was shown what, or what is disputed."""
    return _privacy(page, part, firm=firm, after=after, before=before, everything=everything)


def _privacy(
    page: Page,
    part: str,
    *,
    firm: str = "",
    after: str | None = None,
    before: int | None = None,
    everything: bool = False,
    fault: ConflictError | None = None,
) -> Response:
    sight = sight_of(page)
    chosen = part if part in PARTS else PARTS[0]
    found: dict[str, Any] = {"rows": [], "following": None}
    if chosen == "consents":
        listed = consents.consents(sight, in_force=not everything, after=after, n=PER_PAGE)
        found = {"rows": [row for row, _ in listed.items], "following": listed.after}
    elif chosen == "provisions":
        rows, following = consents.provisions(
            sight, firm_id=firm or None, before=before, n=PER_PAGE
        )
        found = {"rows": [row for row, _ in rows], "following": following}
    elif chosen == "disputes":
        disputed = disputes.disputes(
            sight, open_only=not everything, overdue=False, after=after, n=PER_PAGE
        )
        found = {"rows": disputed.items, "following": disputed.after}
    else:
        found["rows"] = consents.notices(sight)
    return render(
        page,
        f"admin/privacy_{chosen}.html.jinja",
        status=200 if fault is None else 409,
        active="/admin/privacy",
        part=chosen,
        parts=PARTS,
        firm=firm,
        everything=everything,
        today=sight.now.date(),
        outcomes=list(DisputeOutcome),
        fault=fault,
        **found,
    )


@router.post("/privacy/disputes/{dispute_id}", name="page_admin_dispute_answered")
def answer(
    page: Answering,
    dispute_id: str,
    outcome: Annotated[DisputeOutcome, Form()],
    text: Annotated[str, Form(min_length=1, max_length=MOST_ANSWER)],
) -> Response:
    """Answer a dispute."""
    try:
        disputes.answer_dispute(sight_of(page), dispute_id, outcome=outcome, answer=text)
    except ConflictError as error:
        return _privacy(page, "disputes", fault=error)
    return RedirectResponse("/admin/privacy?part=disputes", status_code=303)


@router.get("/ledger", name="page_admin_ledger")
def show_ledger(
    page: Auditing,
    institution: Key = "",
    open_only: Annotated[bool, Query(alias="open")] = False,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Show the service ledger, and how content firms are with each provider."""
    sight = sight_of(page)
    listed = ledger.entries(
        sight,
        institution_id=institution or None,
        open_only=open_only,
        after=after,
        n=PER_PAGE,
    )
    ratings = ledger.satisfaction(sight)
    names = _names(page, [one.institution_id for one in ratings])
    return render(
        page,
        "admin/ledger.html.jinja",
        active="/admin/ledger",
        rows=[row[0] if isinstance(row, tuple) else row for row in listed.items],
        following=listed.after,
        ratings=sorted(ratings, key=lambda one: (-one.n, one.institution_id)),
        names=names,
        institution=institution,
        open_only=open_only,
    )


def _names(page: Page, institution_ids: list[str]) -> dict[str, str]:
    """Return the names of institutions; the ids of those that are gone."""
    store = sight_of(page).store
    found = {key: store.find_institution(key) for key in set(institution_ids)}
    return {key: key if one is None else one.name for key, one in found.items()}


@router.get("/audit", name="page_admin_audit")
def show_audit(
    page: Auditing,
    organisation: Key = "",
    person: Key = "",
    action: Key = "",
    subject: Key = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    before: Seq = None,
    check: bool = False,
) -> Response:
    """Search the audit log; on request every hash is computed anew."""
    audit = sight_of(page).store.audit
    found = audit.search(
        organisation_id=organisation or None,
        person_id=person or None,
        action=action or None,
        subject_id=subject or None,
        since=_midnight(since),
        until=_midnight(until, days=1),
        before=before,
        n=PER_PAGE + 1,
    )
    broken = audit.verify() if check else None
    return render(
        page,
        "admin/audit.html.jinja",
        active="/admin/audit",
        rows=found[:PER_PAGE],
        following=found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None,
        values={
            "organisation": organisation,
            "person": person,
            "action": action,
            "subject": subject,
            "since": since,
            "until": until,
        },
        checked=check,
        broken=broken,
        head=audit.head(),
    )


def _midnight(text: str, *, days: int = 0) -> dt.datetime | None:
    """Return the first instant of a day that was typed, ``None`` for anything else."""
    try:
        day = dt.date.fromisoformat(text) + dt.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
