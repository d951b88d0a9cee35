"""Disputes: a firm says what is wrong, and is answered within twenty days."""

from __future__ import annotations

import dataclasses

from data.consent import Dispute, DisputedKind, DisputeOutcome, due_on
from data.errors import UnknownIdError
from data.people import Role
from data.records import Firm, Need
from service.access.fields import CLASS_OF_FIELD
from service.access.logbook import Actor
from service.access.policy import Action, Reach
from service.access.seen import Listed
from service.access.sight import Sight
from service.serving.new_ids import new_id


def open_dispute(
    sight: Sight,
    firm_id: str,
    *,
    kind: DisputedKind,
    subject_id: str,
    field: str | None,
    statement: str,
) -> Dispute:
    """Mark a record or a score as disputed and start the days within which it is answered.

    Raises
    ------
    UnknownIdError
        The firm, the record or the recommendation is not the caller's.
    ConflictError
        A dispute about the same is open.
    """
    sight.own_firm(firm_id, Action.WRITE_DISPUTES)
    recipient_id = _assert_own(sight, firm_id, kind, subject_id, field)
    dispute = Dispute(
        dispute_id=new_id("dispute", sight.now),
        firm_id=firm_id,
        kind=kind,
        subject_id=subject_id,
        field=field,
        recipient_id=recipient_id,
        statement=statement,
        opened_at=sight.now,
        opened_by=sight.principal.person_id,
        due_on=due_on(sight.now),
    )
    entry = Actor.of(sight).entry(Action.WRITE_DISPUTES, "dispute", dispute.dispute_id)
    sight.store.disputes.open(dispute, entry=entry)
    return dispute


def _assert_own(
    sight: Sight, firm_id: str, kind: DisputedKind, subject_id: str, field: str | None
) -> str | None:
    """Return the institution concerned; raise where the subject is not about the firm."""
    if kind is DisputedKind.SCORE:
        shown = sight.store.shown.find(subject_id)
        if shown is None or shown.firm_id != firm_id:
            raise _unknown("subject_id", subject_id)
        return shown.institution_id
    record: Firm | Need | None = sight.store.find_firm(subject_id)
    record = record or sight.store.find_need(subject_id)
    if record is None or record.firm_id != firm_id:
        raise _unknown("subject_id", subject_id)
    if field is not None and field not in CLASS_OF_FIELD[type(record)]:
        raise _unknown("field", field)
    return None


def _unknown(field: str, key: str) -> UnknownIdError:
    return UnknownIdError(
        f"There is no {field} {key!r}.", field=field, remedy="Name a record of your own."
    )


def answer_dispute(
    sight: Sight, dispute_id: str, *, outcome: DisputeOutcome, answer: str
) -> Dispute:
    """Close a dispute and take the mark away.

    Raises
    ------
    UnknownIdError
        There is none.
    ConflictError
        It is closed.
    """
    sight.require(Action.ANSWER_DISPUTES)
    sight.store.disputes.get(dispute_id)
    entry = Actor.of(sight).entry(
        Action.ANSWER_DISPUTES, "dispute", dispute_id, detail={"outcome": outcome.value}
    )
    sight.store.disputes.answer(
        dispute_id,
        outcome=outcome,
        answer=answer,
        at=sight.now,
        by=sight.principal.person_id,
        entry=entry,
    )
    return sight.store.disputes.get(dispute_id)


def disputes(
    sight: Sight, *, open_only: bool, overdue: bool, after: str | None, n: int
) -> Listed[Dispute]:
    """Return a page of disputes: a firm's own, those about a recipient's scores, or all.

    A recipient reads the firm's name only where it may know it, and no statement.
    """
    limit = sight.require(Action.READ_DISPUTES)
    firm_id = recipient_id = None
    if limit is not Reach.ALL:
        by_firm = sight.principal.role is Role.FIRM
        firm_id = (sight.principal.firm_id or "") if by_firm else None
        recipient_id = None if by_firm else sight.recipient_id
    rows = sight.store.disputes.of(
        firm_id=firm_id,
        recipient_id=recipient_id,
        open_only=open_only,
        overdue_on=sight.now.date() if overdue else None,
        after=after,
        limit=n + 1,
    )
    page, following = rows[:n], rows[n - 1].dispute_id if len(rows) > n else None
    if recipient_id is not None:
        names = sight.names_of(row.firm_id for row in page)
        page = [
            dataclasses.replace(row, firm_id=names[row.firm_id] or "", statement="", answer=None)
            for row in page
        ]
    return Listed(page, following)
