"""Notices, consents and requests for them, in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.audit import Entry
from data.consent import Consent, ConsentRequest, DataClass, Notice, Purpose
from data.errors import ConflictError, UnknownIdError
from data.store.consent_tables import CONSENT_REQUESTS, CONSENTS, NOTICES
from data.store.plain_rows import from_row, reading_of, to_row, writing_to
from data.store.tables import Instant

IDS_AT_ONCE = 5_000
"""Ids in one statement; SQLite takes 32,766 values, PostgreSQL 65,535."""


class ConsentStore:
    """The part of the store that holds consents; :attr:`data.store.Store.consents`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- notices -------------------------------------------------------------------------------

    def publish(self, notice: Notice, *, entry: Entry | None = None) -> bool:
        """Store a version of the notice; return whether it is new.

        Raises
        ------
        ConflictError
            The version is there with another text.
        """
        with writing_to(self._engine, entry) as connection:
            there = _first(connection, NOTICES, NOTICES.c.version == notice.version)
            if there is not None and there["text"] != notice.text:
                raise ConflictError(
                    f"Version {notice.version!r} of the notice is there with another text.",
                    field="version",
                    remedy="Give the new text a version of its own.",
                )
            if there is None:
                connection.execute(sa.insert(NOTICES).values(to_row(notice)))
        return there is None

    def notices(self) -> list[Notice]:
        """Return every version, the newest first."""
        query = sa.select(NOTICES).order_by(NOTICES.c.published_at.desc(), NOTICES.c.version.desc())
        with reading_of(self._engine) as connection:
            return [from_row(Notice, row) for row in connection.execute(query).mappings()]

    def get_notice(self, version: str) -> Notice:
        """Return a version; raise :class:`~data.errors.UnknownIdError` without one."""
        with reading_of(self._engine) as connection:
            row = _first(connection, NOTICES, NOTICES.c.version == version)
        return from_row(Notice, _there(row, "version", version, what="notice"))

    # -- consents ------------------------------------------------------------------------------

    def grant(self, consents: Sequence[Consent], *, entry: Entry | None = None) -> None:
        """Store consents, all or none.

        One in force of the same firm for the same recipient, purpose and class ends with it, so
        that a single revocation is enough.
        """
        if not consents:
            return
        with writing_to(self._engine, entry) as connection:
            _grant(connection, consents)

    def revoke(
        self,
        firm_id: str,
        consent_ids: Iterable[str],
        *,
        at: dt.datetime,
        by: str,
        entry: Entry | None = None,
    ) -> list[str]:
        """End consents of a firm at once; return the ids that ended now.

        One that ended before stays as it was: revoking twice does no harm.

        Raises
        ------
        UnknownIdError
            One of them is not the firm's; then nothing is revoked.
        """
        wanted = sorted(set(consent_ids))
        mine = (CONSENTS.c.firm_id == firm_id) & CONSENTS.c.consent_id.in_(wanted)
        with writing_to(self._engine, entry) as connection:
            found = [
                from_row(Consent, row)
                for row in connection.execute(sa.select(CONSENTS).where(mine)).mappings()
            ]
            missing = set(wanted) - {consent.consent_id for consent in found}
            if missing:
                _there(None, "consent_id", min(missing), what="consent")
            open_ids = [c.consent_id for c in found if c.revoked_at is None and c.expires_at > at]
            connection.execute(
                sa.update(CONSENTS)
                .where(CONSENTS.c.consent_id.in_(open_ids))
                .values(revoked_at=at, revoked_by=by)
            )
        return sorted(open_ids)

    def in_force(
        self,
        recipient_id: str,
        *,
        at: dt.datetime,
        purpose: Purpose | None = None,
        firm_ids: Iterable[str] | None = None,
    ) -> list[Consent]:
        """Return what a recipient may see at an instant, by firm and class of data.

        Parameters
        ----------
        purpose
            For one purpose only.
        firm_ids
            Of these firms only; a thousand cost one query.
        """
        holds = _holding(at) & (CONSENTS.c.recipient_id == recipient_id)
        if purpose is not None:
            holds &= CONSENTS.c.purpose == purpose.value
        if firm_ids is None:
            return self._consents(holds)
        found: list[Consent] = []
        wanted = sorted(set(firm_ids))
        for start in range(0, len(wanted), IDS_AT_ONCE):
            some = wanted[start : start + IDS_AT_ONCE]
            found += self._consents(holds & CONSENTS.c.firm_id.in_(some))
        return found

    def permitted(
        self,
        recipient_id: str,
        firm_ids: Iterable[str],
        *,
        at: dt.datetime,
        purpose: Purpose | None = None,
    ) -> dict[str, dict[DataClass, str]]:
        """Return the consent under which each class of each firm may be seen; see in_force.

        Firms that consented to nothing are left out.
        """
        found: dict[str, dict[DataClass, str]] = {}
        wanted = sorted(set(firm_ids))
        given = {"recipient": recipient_id, "at": at, "purpose": purpose and purpose.value}
        with reading_of(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                some = {**given, "firms": wanted[start : start + IDS_AT_ONCE]}
                for firm_id, kind, consent_id in connection.execute(_PERMITTED, some):
                    found.setdefault(firm_id, {})[DataClass(kind)] = consent_id
        return found

    def of(
        self,
        *,
        firm_id: str | None = None,
        recipient_id: str | None = None,
        at: dt.datetime | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Consent]:
        """Return consents by id, of a firm, of a recipient, or all; also those that ended.

        Parameters
        ----------
        at
            Only those in force at this instant.
        after, limit
            A page: the first ``limit`` with a greater id.
        """
        holds: sa.ColumnElement[bool] = sa.true() if at is None else _holding(at)
        for column, value in ((CONSENTS.c.firm_id, firm_id), (_TO, recipient_id)):
            holds = holds if value is None else holds & (column == value)
        if after is not None:
            holds = holds & (CONSENTS.c.consent_id > after)
        query = sa.select(CONSENTS).where(holds).order_by(CONSENTS.c.consent_id).limit(limit)
        with reading_of(self._engine) as connection:
            return [from_row(Consent, row) for row in connection.execute(query).mappings()]

    def _consents(self, condition: sa.ColumnElement[bool]) -> list[Consent]:
        query = sa.select(CONSENTS).where(condition)
        query = query.order_by(CONSENTS.c.firm_id, CONSENTS.c.data_class, CONSENTS.c.consent_id)
        with reading_of(self._engine) as connection:
            return [from_row(Consent, row) for row in connection.execute(query).mappings()]

    # -- requests ------------------------------------------------------------------------------

    def ask(self, request: ConsentRequest, *, entry: Entry | None = None) -> None:
        """Store a recipient's wish.

        Raises
        ------
        ConflictError
            One of the same recipient for the same firm and purpose waits for its answer.
        """
        table = CONSENT_REQUESTS
        waiting = (
            (table.c.firm_id == request.firm_id)
            & (table.c.recipient_id == request.recipient_id)
            & (table.c.purpose == request.purpose.value)
            & table.c.answered_at.is_(None)
        )
        with writing_to(self._engine, entry) as connection:
            if _first(connection, table, waiting) is not None:
                raise ConflictError(
                    "A request for this firm and purpose waits for its answer.",
                    field="purpose",
                    remedy="Wait until the firm answers it.",
                )
            connection.execute(sa.insert(table).values(to_row(request)))

    def find_request(self, request_id: str) -> ConsentRequest | None:
        """Return a request, or ``None``."""
        with reading_of(self._engine) as connection:
            row = _first(connection, CONSENT_REQUESTS, CONSENT_REQUESTS.c.request_id == request_id)
        return None if row is None else from_row(ConsentRequest, row)

    def requests_of(
        self,
        *,
        firm_id: str | None = None,
        recipient_id: str | None = None,
        waiting: bool = False,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[ConsentRequest]:
        """Return requests by id, to a firm, of a recipient, or all; ``waiting`` ones only."""
        table = CONSENT_REQUESTS
        holds: sa.ColumnElement[bool] = table.c.answered_at.is_(None) if waiting else sa.true()
        wanted = ((table.c.firm_id, firm_id), (table.c.recipient_id, recipient_id))
        for column, value in wanted:
            holds = holds if value is None else holds & (column == value)
        if after is not None:
            holds = holds & (table.c.request_id > after)
        query = sa.select(table).where(holds).order_by(table.c.request_id).limit(limit)
        with reading_of(self._engine) as connection:
            return [from_row(ConsentRequest, row) for row in connection.execute(query).mappings()]

    def answer_request(
        self,
        request_id: str,
        consents: Sequence[Consent],
        *,
        at: dt.datetime,
        by: str,
        entry: Entry | None = None,
    ) -> None:
        """Answer a request with consents, or with none to decline it; all in one transaction.

        Raises
        ------
        ConflictError
            It has been answered, or there is none.
        """
        table = CONSENT_REQUESTS
        open_one = (table.c.request_id == request_id) & table.c.answered_at.is_(None)
        values = {"answered_at": at, "answered_by": by, "granted": bool(consents)}
        with writing_to(self._engine, entry) as connection:
            done = connection.execute(sa.update(table).where(open_one).values(values)).rowcount
            if not done:
                raise ConflictError(
                    f"The request {request_id!r} does not wait for an answer.",
                    field="request_id",
                    remedy="Look at its answer; consents can be given without a request.",
                )
            if consents:
                _grant(connection, consents)


_TO = CONSENTS.c.recipient_id


def _grant(connection: Connection, consents: Sequence[Consent]) -> None:
    for consent in consents:
        same = (
            (CONSENTS.c.firm_id == consent.firm_id)
            & (CONSENTS.c.recipient_id == consent.recipient_id)
            & (CONSENTS.c.purpose == consent.purpose.value)
            & (CONSENTS.c.data_class == consent.data_class.value)
        )
        connection.execute(
            sa.update(CONSENTS)
            .where(same & _holding(consent.granted_at))
            .where(CONSENTS.c.revoked_at.is_(None))
            .values(revoked_at=consent.granted_at, revoked_by=consent.granted_by)
        )
    connection.execute(sa.insert(CONSENTS), [to_row(consent) for consent in consents])


def _holding(at: dt.datetime | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    unrevoked = CONSENTS.c.revoked_at.is_(None) | (CONSENTS.c.revoked_at > at)
    return (CONSENTS.c.granted_at <= at) & (CONSENTS.c.expires_at > at) & unrevoked


_PURPOSE = sa.bindparam("purpose", type_=sa.Text())
_PERMITTED = (  # built once: building it costs as much as running it
    sa.select(CONSENTS.c.firm_id, CONSENTS.c.data_class, CONSENTS.c.consent_id)
    .where(CONSENTS.c.recipient_id == sa.bindparam("recipient"))
    .where(CONSENTS.c.firm_id.in_(sa.bindparam("firms", expanding=True)))
    .where(_PURPOSE.is_(None) | (CONSENTS.c.purpose == _PURPOSE))
    .where(_holding(sa.bindparam("at", type_=Instant())))
    .order_by(CONSENTS.c.firm_id, CONSENTS.c.data_class, CONSENTS.c.consent_id)
)


def _first(
    connection: Connection, table: sa.Table, condition: sa.ColumnElement[bool]
) -> sa.RowMapping | None:
    return connection.execute(sa.select(table).where(condition).limit(1)).mappings().first()


def _there(row: Any, field: str, key: str, *, what: str) -> Any:
    if row is None:
        raise UnknownIdError(
            f"There is no {what} {key!r}.", field=field, remedy=f"Check the {field}."
        )
    return row


def end_consents(connection: Connection, firm_id: str, *, at: dt.datetime) -> None:
    """End all consents of a firm that is erased; what was permitted until then stays known."""
    table = CONSENTS
    mine = (table.c.firm_id == firm_id) & table.c.revoked_at.is_(None)
    connection.execute(sa.update(table).where(mine).values(revoked_at=at, revoked_by="erasure"))
    requests = CONSENT_REQUESTS
    connection.execute(sa.delete(requests).where(requests.c.firm_id == firm_id))
