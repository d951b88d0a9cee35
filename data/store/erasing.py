"""Erasing a firm on request: the one path by which events leave the store."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data import columns as col
from data.errors import UnknownIdError
from data.records import Event, Firm, Need, Rating, Record
from data.schema import ID_COLUMN
from data.store.change_log import KIND_OF, ChangeKind, forget_changes, note_changes
from data.store.consent_store import end_consents
from data.store.database import writing
from data.store.deal_flow_store import erase_deals
from data.store.dispute_store import erase_disputes
from data.store.handle_store import erase_handles
from data.store.ledger_store import erase_ledger
from data.store.people_erasing import assert_not_held
from data.store.people_tables import ORGANISATIONS
from data.store.roadshow_store import erase_from_roadshows
from data.store.rows import with_zone
from data.store.shown_store import erase_shown
from data.store.tables import ANSWERS, ERASURES, FACTS, IMPORT_STAGING, LIVE, POSTGRESQL

_HOLDING: tuple[type[Record], ...] = (Event, Rating, Need, Firm)


def erase_firm(
    connection: Connection, firm_id: str, *, erased_at: dt.datetime, reason: str
) -> dict[type[Record], int]:
    """Delete what is stored about a firm and note the erasure, in one transaction.

    The triggers of ``events`` let a row go only while its firm has an erasure in progress. On
    SQLite the freed pages are overwritten and the log is emptied, so that nothing stays readable
    in the file; on PostgreSQL the next VACUUM does that. Staged imports are discarded with it.

    Nothing goes while the firm's organisation is under a legal hold.

    Consents end but are kept, as are provisions and the audit log: the law wants them known for
    years. They name the firm by its id only.
    """
    with_zone(erased_at, field="erased_at")
    on_sqlite = connection.dialect.name != POSTGRESQL
    if on_sqlite:
        _pragma(connection, "secure_delete=ON")
    with writing(connection):
        assert_not_held(connection, ORGANISATIONS.c.subject_id == firm_id, firm_id)
        connection.execute(sa.delete(ERASURES).where(ERASURES.c.firm_id == firm_id))
        connection.execute(
            sa.insert(ERASURES).values(
                firm_id=firm_id, in_progress=True, erased_at=erased_at, reason=reason
            )
        )
        for kind in _HOLDING[:-1]:
            forget_changes(connection, KIND_OF[kind], _ids(connection, kind, firm_id))
        gone = {kind: _delete(connection, kind, firm_id) for kind in _HOLDING}
        if not any(gone.values()):
            raise UnknownIdError(
                f"There is no {col.FIRM_ID} {firm_id!r}.",
                field=col.FIRM_ID,
                remedy=f"Check the {col.FIRM_ID}.",
            )
        connection.execute(sa.delete(FACTS).where(FACTS.c.subject_id == firm_id))
        connection.execute(sa.delete(ANSWERS).where(ANSWERS.c.firm_id == firm_id))
        erase_from_roadshows(connection, firm_id)
        erase_shown(connection, firm_id)
        erase_deals(connection, firm_id)
        erase_ledger(connection, firm_id)
        erase_disputes(connection, firm_id)
        erase_handles(connection, firm_id)
        end_consents(connection, firm_id, at=erased_at)
        connection.execute(sa.delete(IMPORT_STAGING))
        connection.execute(
            sa.update(ERASURES).where(ERASURES.c.firm_id == firm_id).values(in_progress=False)
        )
        note_changes(connection, {ChangeKind.FIRM: [firm_id], ChangeKind.FACT: [firm_id]})
    if on_sqlite:
        _pragma(connection, "secure_delete=OFF")
        _pragma(connection, "wal_checkpoint(TRUNCATE)")
    return gone


def _ids(connection: Connection, record_type: type[Record], firm_id: str) -> list[str]:
    table = LIVE[record_type]
    query = sa.select(table.c[ID_COLUMN[record_type]]).where(table.c[col.FIRM_ID] == firm_id)
    return list(connection.execute(query).scalars())


def _delete(connection: Connection, record_type: type[Record], firm_id: str) -> int:
    table = LIVE[record_type]
    return connection.execute(sa.delete(table).where(table.c[col.FIRM_ID] == firm_id)).rowcount


def _pragma(connection: Connection, pragma: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA {pragma}").close()
