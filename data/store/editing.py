"""Editing single records: only as they were read, and with their entry in the audit log.

Reading, deciding and writing are three steps of a request, and another request may come in between.
So a write names the record that was read: where it is another one by now, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data import columns as col
from data.audit import Entry
from data.errors import ConflictError, UnknownIdError
from data.records import Base, Event, Need, Offer, Record
from data.schema import ID_COLUMN, REFERENCES
from data.store.audit_store import append_entry
from data.store.change_log import KIND_OF, note_changes
from data.store.database import explained, writing
from data.store.merging import Scratch
from data.store.people_tables import ORGANISATIONS
from data.store.reading import RecordT, read_records, select_records
from data.store.rows import chunks
from data.store.tables import LIVE, POSTGRESQL


class EditStore:
    """The part of the store that edits single records; :attr:`data.store.Store.edits`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, record: RecordT, *, expected: RecordT | None, entry: Entry | None = None) -> bool:
        """Store a record in place of ``expected``; return whether that changed anything.

        Parameters
        ----------
        expected
            The record as it was read; ``None`` where there was none.
        entry
            Of the audit log; appended in the same transaction, if anything changed.

        Raises
        ------
        ConflictError
            There is another record by now, or one at all, or none any more.
        InputError
            A value that the store does not take.
        """
        kind = type(record)
        key = str(getattr(record, ID_COLUMN[kind]))
        (chunk,) = chunks(kind, [record])
        with explained(self._engine), self._engine.connect() as connection:
            scratch = Scratch(connection, kind)
            with _emptied(connection, scratch):
                with connection.begin():
                    scratch.add(chunk)
                with writing(connection):
                    _lock(connection, kind)
                    _assert_same(connection, kind, key, expected)
                    counts = scratch.merge()
                    if counts.unchanged:
                        return False
                    note_changes(connection, scratch.changed)
                    if entry is not None:
                        append_entry(connection, entry)
        return True

    def remove(
        self, record_type: type[RecordT], key: str, *, expected: RecordT, entry: Entry | None = None
    ) -> None:
        """Delete a record that nothing refers to. Firms are erased, and events never leave.

        Raises
        ------
        ConflictError
            It is another record by now, or something refers to it.
        UnknownIdError
            There is no such record.
        """
        live = LIVE[record_type]
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            _lock(connection, record_type)
            _assert_same(connection, record_type, key, expected)
            _assert_alone(connection, expected, key)
            connection.execute(sa.delete(live).where(live.c[ID_COLUMN[record_type]] == key))
            note_changes(connection, {KIND_OF[record_type]: [key]})
            if entry is not None:
                append_entry(connection, entry)


@contextmanager
def _emptied(connection: Connection, scratch: Scratch) -> Iterator[None]:
    """Leave the temporary table empty before and after, whatever happens."""
    with connection.begin():
        scratch.clear()
    try:
        yield
    finally:
        with connection.begin():
            scratch.clear()


def _lock(connection: Connection, record_type: type[Record]) -> None:
    """Keep other writers of the table away; SQLite has one writer at a time anyway.

    The lock is the one that merging takes: taken at a later moment, two writers could wait for each
    other.
    """
    if connection.dialect.name == POSTGRESQL:
        name = LIVE[record_type].name
        connection.exec_driver_sql(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")


def _assert_same(
    connection: Connection, record_type: type[RecordT], key: str, expected: RecordT | None
) -> None:
    label = ID_COLUMN[record_type]
    query = select_records(record_type, LIVE[record_type].c[label] == key)
    found = read_records(connection, record_type, query)
    if found == ([] if expected is None else [expected]):
        return
    if not found:
        raise UnknownIdError(
            f"There is no {label} {key!r} any more.", field=label, remedy="Store it anew."
        )
    raise ConflictError(
        f"The {record_type.__name__.lower()} {key!r} "
        + ("is there already." if expected is None else "was changed in the meantime."),
        field=label,
        remedy="Read it again, and change what is there now.",
    )


def _assert_alone(connection: Connection, record: Record, key: str) -> None:
    """Raise where another record, or an organisation, refers to this one."""
    for referring, references in REFERENCES.items():
        for name, target in references.items():
            if target is not type(record):
                continue
            table = LIVE[referring]
            condition = table.c[name] == key
            if referring is Event and isinstance(record, Need) and record.firm_id is not None:
                condition &= table.c[col.FIRM_ID] == record.firm_id  # there is an index on firms
            _assert_none(connection, condition, key, table.name)
    if isinstance(record, Base):
        _assert_none(
            connection,
            LIVE[Offer].c[col.BASE_IDS].contains(f'"{key}"', autoescape=True),
            key,
            "offers",
        )
    mine = (ORGANISATIONS.c.subject_id == key) & ORGANISATIONS.c.closed_at.is_(None)
    _assert_none(connection, mine, key, "organisations")


def _assert_none(
    connection: Connection, condition: sa.ColumnElement[bool], key: str, what: str
) -> None:
    found = connection.execute(sa.select(sa.literal(1)).where(condition).limit(1)).first()
    if found is not None:
        raise ConflictError(
            f"Some {what} refer to {key!r}.",
            remedy="Delete or change those first; let an offer that was shown end instead.",
        )
