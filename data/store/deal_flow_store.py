"""Pipelines of institutions in the database: entries, moves, notes, reminders, theses.

A move changes the entry, adds to its history and appends its event in one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from data import columns as col
from data.audit import Entry
from data.deal_flow import DealEntry, DealMove, DealNote, DealReminder, Stage, Thesis
from data.errors import ConflictError, DuplicateIdError, UnknownIdError
from data.records import Event, EventKind, Offer
from data.store.change_log import ChangeKind, note_changes
from data.store.deal_tables import DEAL_MOVES, DEAL_NOTES, DEAL_REMINDERS, DEALS, THESES
from data.store.plain_rows import RowT, from_row, reading_of, to_row, writing_to
from data.store.reading import read_records, select_records
from data.store.tables import LIVE


class DealFlowStore:
    """The part of the store that holds pipelines; :attr:`data.store.Store.deal_flow`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- entries -------------------------------------------------------------------------------

    def open(self, entry: DealEntry, move: DealMove, *, log: Entry | None = None) -> None:
        """Store a new entry with the first line of its history.

        Raises
        ------
        DuplicateIdError
            The firm and need are in the pipeline.
        """
        with writing_to(self._engine, log) as connection:
            _insert(connection, DEALS, entry, what="The firm and its need are in the pipeline.")
            connection.execute(sa.insert(DEAL_MOVES).values(_move_row(move)))

    def find(self, entry_id: str) -> DealEntry | None:
        """Return an entry, or ``None``."""
        found = self._rows(DealEntry, DEALS, DEALS.c.entry_id == entry_id)
        return found[0] if found else None

    def of(
        self,
        institution_id: str,
        *,
        stages: Iterable[Stage] | None = None,
        assigned_to: str | None = None,
        firm_id: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[DealEntry]:
        """Return entries of an institution by id."""
        holds = DEALS.c.institution_id == institution_id
        if stages is not None:
            holds = holds & DEALS.c.stage.in_([stage.value for stage in stages])
        if assigned_to is not None:
            holds = holds & (DEALS.c.assigned_to == assigned_to)
        if firm_id is not None:
            holds = holds & (DEALS.c.firm_id == firm_id)
        if after is not None:
            holds = holds & (DEALS.c.entry_id > after)
        return self._rows(DealEntry, DEALS, holds, order=DEALS.c.entry_id, limit=limit)

    def move(
        self,
        entry: DealEntry,
        move: DealMove,
        *,
        event: Event | None = None,
        log: Entry | None = None,
    ) -> None:
        """Store an entry in its next stage, with the move and its event, or nothing.

        Parameters
        ----------
        entry
            As it is after the move.

        Raises
        ------
        ConflictError
            The entry is not in the stage that the move begins at any more.
        """
        assert move.before is not None
        there = (DEALS.c.entry_id == entry.entry_id) & (DEALS.c.stage == move.before.value)
        row = to_row(entry)
        with writing_to(self._engine, log) as connection:
            if not connection.execute(sa.update(DEALS).where(there).values(row)).rowcount:
                raise ConflictError(
                    f"The entry {entry.entry_id!r} is not in {move.before.value!r} any more.",
                    field="to",
                    remedy="Read it again and move it from where it is.",
                )
            connection.execute(sa.insert(DEAL_MOVES).values(_move_row(move)))
            if event is not None:
                connection.execute(sa.insert(LIVE[Event]).values(to_row(event)))
                note_changes(connection, {ChangeKind.EVENT: [event.event_id]})

    def assign(
        self,
        entry_id: str,
        person_id: str | None,
        *,
        at: dt.datetime,
        log: Entry | None = None,
    ) -> None:
        """Give an entry to a person, or to nobody."""
        values = {"assigned_to": person_id, "changed_at": at}
        update = sa.update(DEALS).where(DEALS.c.entry_id == entry_id).values(values)
        with writing_to(self._engine, log) as connection:
            connection.execute(update)

    def counts(self, institution_id: str) -> dict[Stage, int]:
        """Return how many entries are in each stage; empty ones are left out."""
        query = sa.select(DEALS.c.stage, sa.func.count()).group_by(DEALS.c.stage)
        query = query.where(DEALS.c.institution_id == institution_id)
        with reading_of(self._engine) as connection:
            return {Stage(stage): int(n) for stage, n in connection.execute(query)}

    def moves_of(self, entry_id: str) -> list[DealMove]:
        """Return the history of an entry, oldest first."""
        holds = DEAL_MOVES.c.entry_id == entry_id
        return self._rows(DealMove, DEAL_MOVES, holds, order=DEAL_MOVES.c.seq)

    # -- notes and reminders -------------------------------------------------------------------

    def add_note(self, note: DealNote, *, log: Entry | None = None) -> None:
        """Store a note."""
        with writing_to(self._engine, log) as connection:
            connection.execute(sa.insert(DEAL_NOTES).values(to_row(note)))

    def notes_of(self, entry_id: str) -> list[DealNote]:
        """Return the notes on an entry, oldest first."""
        holds = DEAL_NOTES.c.entry_id == entry_id
        return self._rows(DealNote, DEAL_NOTES, holds, order=DEAL_NOTES.c.note_id)

    def add_reminder(self, reminder: DealReminder, *, log: Entry | None = None) -> None:
        """Store a reminder."""
        with writing_to(self._engine, log) as connection:
            connection.execute(sa.insert(DEAL_REMINDERS).values(to_row(reminder)))

    def find_reminder(self, reminder_id: str) -> DealReminder | None:
        """Return a reminder, or ``None``."""
        holds = DEAL_REMINDERS.c.reminder_id == reminder_id
        found = self._rows(DealReminder, DEAL_REMINDERS, holds)
        return found[0] if found else None

    def finish_reminder(
        self, reminder_id: str, *, at: dt.datetime, by: str, log: Entry | None = None
    ) -> None:
        """Mark a reminder as done.

        Raises
        ------
        ConflictError
            It is done, or there is none.
        """
        table = DEAL_REMINDERS
        is_open = (table.c.reminder_id == reminder_id) & table.c.done_at.is_(None)
        values = {"done_at": at, "done_by": by}
        with writing_to(self._engine, log) as connection:
            if not connection.execute(sa.update(table).where(is_open).values(values)).rowcount:
                raise ConflictError(
                    f"The reminder {reminder_id!r} is not open.", field="reminder_id"
                )

    def reminders_of(
        self,
        *,
        entry_id: str | None = None,
        institution_id: str | None = None,
        open_only: bool = False,
        due_by: dt.date | None = None,
        limit: int | None = None,
    ) -> list[DealReminder]:
        """Return reminders of an entry or an institution, the one due first first."""
        table = DEAL_REMINDERS
        holds: sa.ColumnElement[bool] = table.c.done_at.is_(None) if open_only else sa.true()
        wanted = ((table.c.entry_id, entry_id), (table.c.institution_id, institution_id))
        for column, value in wanted:
            holds = holds if value is None else holds & (column == value)
        if due_by is not None:
            holds = holds & (table.c.due_on <= due_by)
        query = sa.select(table).where(holds).order_by(table.c.due_on, table.c.reminder_id)
        with reading_of(self._engine) as connection:
            rows = connection.execute(query.limit(limit)).mappings()
            return [from_row(DealReminder, row) for row in rows]

    # -- theses --------------------------------------------------------------------------------

    def put_thesis(self, thesis: Thesis, *, log: Entry | None = None) -> None:
        """Store a thesis, in place of the one with its id.

        Raises
        ------
        DuplicateIdError
            Another one of the institution has the name.
        """
        with writing_to(self._engine, log) as connection:
            connection.execute(sa.delete(THESES).where(THESES.c.thesis_id == thesis.thesis_id))
            _insert(connection, THESES, thesis, what=f"There is a thesis {thesis.name!r}.")

    def find_thesis(self, thesis_id: str) -> Thesis | None:
        """Return a thesis, or ``None``."""
        found = self._rows(Thesis, THESES, THESES.c.thesis_id == thesis_id)
        return found[0] if found else None

    def get_thesis(self, institution_id: str, thesis_id: str) -> Thesis:
        """Return a thesis of an institution; raise ``UnknownIdError`` without."""
        found = self.find_thesis(thesis_id)
        if found is None or found.institution_id != institution_id:
            raise UnknownIdError(
                f"There is no thesis_id {thesis_id!r}.",
                field="thesis_id",
                remedy="List the saved theses.",
            )
        return found

    def theses_of(self, institution_id: str) -> list[Thesis]:
        """Return the theses of an institution by name."""
        holds = THESES.c.institution_id == institution_id
        return self._rows(Thesis, THESES, holds, order=THESES.c.name)

    def remove_thesis(self, thesis_id: str, *, log: Entry | None = None) -> None:
        """Remove a thesis, if it is there."""
        with writing_to(self._engine, log) as connection:
            connection.execute(sa.delete(THESES).where(THESES.c.thesis_id == thesis_id))

    # -- what it did -----------------------------------------------------------------------------

    def deeds_of(
        self, institution_id: str, kinds: Iterable[EventKind], *, before: dt.datetime
    ) -> list[Event]:
        """Return the events of these kinds about any offer of an institution, oldest first."""
        offers, events = LIVE[Offer], LIVE[Event]
        mine = sa.select(offers.c[col.OFFER_ID]).where(
            offers.c[col.INSTITUTION_ID] == institution_id
        )
        query = select_records(
            Event,
            events.c[col.OFFER_ID].in_(mine),
            events.c[col.KIND].in_([kind.value for kind in kinds]),
            events.c[col.OCCURRED_AT] < before,
        ).order_by(events.c[col.OCCURRED_AT], events.c[col.EVENT_ID])
        with reading_of(self._engine) as connection:
            return read_records(connection, Event, query)

    def _rows(
        self,
        kind: type[RowT],
        table: sa.Table,
        holds: sa.ColumnElement[bool],
        *,
        order: Any = None,
        limit: int | None = None,
    ) -> list[RowT]:
        query = sa.select(table).where(holds).limit(limit)
        if order is not None:
            query = query.order_by(order)
        with reading_of(self._engine) as connection:
            return [from_row(kind, row) for row in connection.execute(query).mappings()]


def _insert(connection: Connection, table: sa.Table, row: object, *, what: str) -> None:
    try:
        connection.execute(sa.insert(table).values(to_row(row)))
    except exc.IntegrityError as error:
        raise DuplicateIdError(what, remedy="Change the one that is there.") from error


def _move_row(move: DealMove) -> dict[str, Any]:
    row = to_row(move)
    del row["seq"]
    return row


def erase_deals(connection: Connection, firm_id: str) -> None:
    """Remove a firm that is erased from all pipelines."""
    mine = sa.select(DEALS.c.entry_id).where(DEALS.c.firm_id == firm_id)
    for table in (DEAL_MOVES, DEAL_NOTES, DEAL_REMINDERS):
        connection.execute(sa.delete(table).where(table.c.entry_id.in_(mine)))
    connection.execute(sa.delete(DEALS).where(DEALS.c.firm_id == firm_id))
