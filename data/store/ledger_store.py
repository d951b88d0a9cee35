"""The service ledger in the database. A verdict is stored once, with the entry that it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.audit import Entry
from data.errors import ConflictError, DuplicateIdError, UnknownIdError
from data.ledger import LedgerEntry, LedgerOutcome, Satisfaction, satisfaction_of
from data.records import Rating
from data.store.change_log import ChangeKind, note_changes
from data.store.deal_tables import LEDGER
from data.store.plain_rows import from_row, reading_of, to_row, writing_to
from data.store.tables import LIVE


class LedgerStore:
    """The part of the store that holds the ledger; :attr:`data.store.Store.ledger`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, entry: LedgerEntry, *, log: Entry | None = None) -> None:
        """Store a new entry.

        Raises
        ------
        DuplicateIdError
            The id is taken.
        """
        with writing_to(self._engine, log) as connection:
            if _find(connection, entry.entry_id) is not None:
                raise DuplicateIdError(
                    f"The entry_id {entry.entry_id!r} is taken.", field="entry_id"
                )
            connection.execute(sa.insert(LEDGER).values(to_row(entry)))

    def find(self, entry_id: str) -> LedgerEntry | None:
        """Return an entry, or ``None``."""
        with reading_of(self._engine) as connection:
            return _find(connection, entry_id)

    def get(self, entry_id: str) -> LedgerEntry:
        """Return an entry; raise :class:`~data.errors.UnknownIdError` without one."""
        found = self.find(entry_id)
        if found is None:
            raise UnknownIdError(
                f"There is no entry_id {entry_id!r}.",
                field="entry_id",
                remedy="List the entries of the ledger.",
            )
        return found

    def close(
        self,
        entry_id: str,
        *,
        outcome: LedgerOutcome,
        on: dt.date,
        by: str,
        log: Entry | None = None,
    ) -> None:
        """End a service.

        Raises
        ------
        ConflictError
            It is closed, or there is none.
        """
        table = LEDGER
        is_open = (table.c.entry_id == entry_id) & table.c.closed_on.is_(None)
        values = {"outcome": outcome.value, "closed_on": on, "closed_by": by}
        with writing_to(self._engine, log) as connection:
            if not connection.execute(sa.update(table).where(is_open).values(values)).rowcount:
                raise ConflictError(
                    f"The entry {entry_id!r} is not open.",
                    field="entry_id",
                    remedy="Look at its outcome.",
                )

    def rate(self, entry_id: str, rating: Rating, *, log: Entry | None = None) -> None:
        """Store the firm's verdict on a closed entry, in one transaction with the entry.

        Raises
        ------
        ConflictError
            The entry is open, has its verdict, or is not the firm's.
        """
        table = LEDGER
        due = (
            (table.c.entry_id == entry_id)
            & (table.c.firm_id == rating.firm_id)
            & (table.c.offer_id == rating.offer_id)
            & table.c.closed_on.is_not(None)
            & table.c.rating_id.is_(None)
        )
        values = {"rating_id": rating.rating_id}
        with writing_to(self._engine, log) as connection:
            if not connection.execute(sa.update(table).where(due).values(values)).rowcount:
                raise ConflictError(
                    f"The entry {entry_id!r} cannot be rated: it is open, or it was rated.",
                    field="entry_id",
                    remedy="An entry is rated once, by its firm, after it is closed.",
                )
            connection.execute(sa.insert(LIVE[Rating]).values(to_row(rating)))
            note_changes(connection, {ChangeKind.RATING: [rating.rating_id]})

    def of(
        self,
        *,
        firm_id: str | None = None,
        institution_id: str | None = None,
        base_id: str | None = None,
        open_only: bool = False,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[LedgerEntry]:
        """Return entries by id: of a firm, a provider, the firms of a base, or all."""
        table = LEDGER
        holds: sa.ColumnElement[bool] = table.c.closed_on.is_(None) if open_only else sa.true()
        wanted = (
            (table.c.firm_id, firm_id),
            (table.c.institution_id, institution_id),
            (table.c.base_id, base_id),
        )
        for column, value in wanted:
            holds = holds if value is None else holds & (column == value)
        if after is not None:
            holds = holds & (table.c.entry_id > after)
        query = sa.select(table).where(holds).order_by(table.c.entry_id).limit(limit)
        with reading_of(self._engine) as connection:
            return [from_row(LedgerEntry, row) for row in connection.execute(query).mappings()]

    def satisfaction(
        self, institution_ids: Iterable[str] | None = None, *, base_id: str | None = None
    ) -> list[Satisfaction]:
        """Return how content firms are with providers that have entries, by id.

        Parameters
        ----------
        base_id
            Count entries of firms of one base only.
        """
        table, ratings = LEDGER, LIVE[Rating]
        join = table.outerjoin(ratings, ratings.c.rating_id == table.c.rating_id)
        query = sa.select(table.c.institution_id, table.c.closed_on, ratings.c.score)
        query = query.select_from(join)
        if institution_ids is not None:
            query = query.where(table.c.institution_id.in_(sorted(set(institution_ids))))
        if base_id is not None:
            query = query.where(table.c.base_id == base_id)
        scores: dict[str, list[int]] = {}
        states: dict[str, list[bool]] = {}
        with reading_of(self._engine) as connection:
            for row in connection.execute(query):
                states.setdefault(row.institution_id, []).append(row.closed_on is not None)
                if row.score is not None:
                    scores.setdefault(row.institution_id, []).append(row.score)
        return [
            satisfaction_of(
                key, scores.get(key, []), n_open=closed.count(False), n_closed=closed.count(True)
            )
            for key, closed in sorted(states.items())
        ]


def _find(connection: Connection, entry_id: str) -> LedgerEntry | None:
    query = sa.select(LEDGER).where(LEDGER.c.entry_id == entry_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else from_row(LedgerEntry, row)


def erase_ledger(connection: Connection, firm_id: str) -> None:
    """Remove the entries of a firm that is erased."""
    connection.execute(sa.delete(LEDGER).where(LEDGER.c.firm_id == firm_id))
