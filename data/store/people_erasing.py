"""Forgetting who the people of an organisation are, unless the law wants its data kept."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data.errors import ConflictError, UnknownIdError
from data.people import Role
from data.store.deal_tables import DEAL_MOVES, DEAL_NOTES, DEAL_REMINDERS, DEALS, THESES
from data.store.people_tables import API_KEYS, ORGANISATIONS, PEOPLE, SIGN_INS
from data.store.rows import to_instant
from data.store.tables import Instant

ERASED_NAME = "(erased)"


def assert_not_held(connection: Connection, which: sa.ColumnElement[bool], subject_id: str) -> None:
    """Raise :class:`ConflictError` where one of the organisations is under a legal hold."""
    query = sa.select(ORGANISATIONS.c.legal_hold).where(which)
    if any(connection.execute(query).scalars()):
        raise ConflictError(
            f"The data of {subject_id!r} must be kept at present (legal hold).",
            remedy="An administrator of the service lifts the hold when the law permits.",
        )


def erase_people(connection: Connection, organisation_id: str, *, at: dt.datetime) -> int:
    """Close an organisation and take the names of its people away, in the caller's transaction."""
    which = ORGANISATIONS.c.organisation_id == organisation_id
    assert_not_held(connection, which, organisation_id)
    row = connection.execute(sa.select(ORGANISATIONS).where(which)).mappings().first()
    if row is None:
        raise UnknownIdError(
            f"There is no organisation_id {organisation_id!r}.", field="organisation_id"
        )
    if row["role"] == Role.ADMINISTRATOR.value:
        raise ConflictError(
            "Those who run the service cannot be erased.", remedy="Disable the people instead."
        )
    connection.execute(
        sa.update(ORGANISATIONS)
        .where(which)
        .values(name=ERASED_NAME, closed_at=to_instant(row["closed_at"]) or at)
    )
    people = sa.select(PEOPLE.c.person_id).where(PEOPLE.c.organisation_id == organisation_id)
    connection.execute(sa.delete(SIGN_INS).where(SIGN_INS.c.person_id.in_(people)))
    connection.execute(sa.delete(API_KEYS).where(API_KEYS.c.organisation_id == organisation_id))
    if row["role"] == Role.INSTITUTION.value and not _shared(connection, row["subject_id"]):
        _erase_pipeline(connection, row["subject_id"])
    mine = PEOPLE.c.organisation_id == organisation_id
    return connection.execute(
        sa.update(PEOPLE)
        .where(mine)
        .values(
            login=sa.literal("erased:") + PEOPLE.c.person_id,
            display_name=ERASED_NAME,
            password_hash=None,
            disabled_at=sa.func.coalesce(PEOPLE.c.disabled_at, sa.bindparam("at", at, Instant())),
        )
    ).rowcount


def _shared(connection: Connection, institution_id: str) -> bool:
    """Return whether another organisation stands for the institution and is not closed."""
    table = ORGANISATIONS.c
    query = sa.select(table.organisation_id).where(
        table.subject_id == institution_id, table.closed_at.is_(None)
    )
    return connection.execute(query).first() is not None


def _erase_pipeline(connection: Connection, institution_id: str) -> None:
    mine = sa.select(DEALS.c.entry_id).where(DEALS.c.institution_id == institution_id)
    for table in (DEAL_MOVES, DEAL_NOTES, DEAL_REMINDERS):
        connection.execute(sa.delete(table).where(table.c.entry_id.in_(mine)))
    for table in (DEALS, THESES):
        connection.execute(sa.delete(table).where(table.c.institution_id == institution_id))
