"""Disputes in the database, and which records they mark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.audit import Entry
from data.consent import Dispute, DisputeOutcome
from data.errors import ConflictError, UnknownIdError
from data.store.consent_store import IDS_AT_ONCE
from data.store.consent_tables import DISPUTES
from data.store.plain_rows import from_row, reading_of, to_row, writing_to


class DisputeStore:
    """The part of the store that holds disputes; :attr:`data.store.Store.disputes`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, dispute: Dispute, *, entry: Entry | None = None) -> None:
        """Store a dispute; its subject is marked from now on.

        Raises
        ------
        ConflictError
            One about the same value of the same subject is open.
        """
        table = DISPUTES
        same = (
            (table.c.firm_id == dispute.firm_id)
            & (table.c.subject_id == dispute.subject_id)
            & table.c.field.is_not_distinct_from(dispute.field)
            & table.c.answered_at.is_(None)
        )
        with writing_to(self._engine, entry) as connection:
            if connection.execute(sa.select(table.c.dispute_id).where(same)).first() is not None:
                raise ConflictError(
                    f"A dispute about {dispute.subject_id!r} is open.",
                    field="subject_id",
                    remedy="Wait for its answer, or name another field.",
                )
            connection.execute(sa.insert(table).values(to_row(dispute)))

    def get(self, dispute_id: str) -> Dispute:
        """Return a dispute; raise :class:`~data.errors.UnknownIdError` without one."""
        query = sa.select(DISPUTES).where(DISPUTES.c.dispute_id == dispute_id)
        with reading_of(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownIdError(
                f"There is no dispute {dispute_id!r}.",
                field="dispute_id",
                remedy="Check the dispute_id.",
            )
        return from_row(Dispute, row)

    def answer(
        self,
        dispute_id: str,
        *,
        outcome: DisputeOutcome,
        answer: str,
        at: dt.datetime,
        by: str,
        entry: Entry | None = None,
    ) -> None:
        """Close a dispute.

        Raises
        ------
        ConflictError
            It is closed, or there is none.
        """
        table = DISPUTES
        is_open = (table.c.dispute_id == dispute_id) & table.c.answered_at.is_(None)
        values = {
            "answered_at": at,
            "answered_by": by,
            "outcome": outcome.value,
            "answer": answer,
        }
        with writing_to(self._engine, entry) as connection:
            done = connection.execute(sa.update(table).where(is_open).values(values)).rowcount
            if not done:
                raise ConflictError(
                    f"The dispute {dispute_id!r} is not open.",
                    field="dispute_id",
                    remedy="Look at its answer; a new dispute can be opened.",
                )

    def of(
        self,
        *,
        firm_id: str | None = None,
        recipient_id: str | None = None,
        open_only: bool = False,
        overdue_on: dt.date | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Dispute]:
        """Return disputes by id, of a firm, about a recipient's scores, or all.

        Parameters
        ----------
        overdue_on
            Only open ones whose last day lies before this one.
        after, limit
            A page: the first ``limit`` with a greater id.
        """
        table = DISPUTES
        holds: sa.ColumnElement[bool] = sa.true()
        wanted = ((table.c.firm_id, firm_id), (table.c.recipient_id, recipient_id))
        for column, value in wanted:
            holds = holds if value is None else holds & (column == value)
        if open_only or overdue_on is not None:
            holds = holds & table.c.answered_at.is_(None)
        if overdue_on is not None:
            holds = holds & (table.c.due_on < overdue_on)
        if after is not None:
            holds = holds & (table.c.dispute_id > after)
        query = sa.select(table).where(holds).order_by(table.c.dispute_id).limit(limit)
        with reading_of(self._engine) as connection:
            return [from_row(Dispute, row) for row in connection.execute(query).mappings()]

    def disputed(self, subject_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the records or recommendations about which a dispute is open."""
        wanted = sorted(set(subject_ids))
        found: set[str] = set()
        with reading_of(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                some = {"subjects": wanted[start : start + IDS_AT_ONCE]}
                found.update(connection.execute(_DISPUTED, some).scalars())
        return frozenset(found)


_DISPUTED = sa.select(DISPUTES.c.subject_id).where(  # built once: it is asked for every list
    DISPUTES.c.subject_id.in_(sa.bindparam("subjects", expanding=True)),
    DISPUTES.c.answered_at.is_(None),
)


def erase_disputes(connection: Connection, firm_id: str) -> None:
    """Remove the disputes of a firm that is erased."""
    connection.execute(sa.delete(DISPUTES).where(DISPUTES.c.firm_id == firm_id))
