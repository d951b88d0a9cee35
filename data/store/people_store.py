"""Organisations and people in the database, with their keys and sessions."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection

from data.audit import Entry
from data.errors import ArgumentError, ConflictError, DuplicateIdError
from data.people import ROLES_WITH_SUBJECT, Organisation, Person, Role
from data.store.credential_store import (
    CredentialStore,
    end_sessions,
    organisation_of,
    person_of,
    revoke_keys,
    unknown,
)
from data.store.people_erasing import erase_people
from data.store.people_tables import API_KEYS, ORGANISATIONS, PEOPLE, SIGN_INS
from data.store.rows import with_zone

_ORGANISATION_REMEDY = "Check the organisation_id."
_PERSON_REMEDY = "Check the person_id."


class PeopleStore(CredentialStore):
    """The part of the store that holds people; :attr:`data.store.Store.people`.

    Whatever writes takes an ``entry`` of the audit log, which is appended in the same transaction.
    """

    # -- organisations -------------------------------------------------------------------------

    def add_organisation(self, organisation: Organisation, *, entry: Entry | None = None) -> None:
        """Store a new organisation.

        Raises
        ------
        ArgumentError
            Its role needs a ``subject_id`` and it has none, or the other way round.
        DuplicateIdError
            The id is taken.
        """
        with_zone(organisation.created_at, field="created_at")
        if (organisation.role in ROLES_WITH_SUBJECT) != (organisation.subject_id is not None):
            needs = "needs a" if organisation.subject_id is None else "takes no"
            raise ArgumentError(
                f"An organisation of role {organisation.role.value} {needs} subject_id.",
                field="subject_id",
                remedy="Name the firm, institution or base that it stands for, and only then.",
            )
        with self._writing(entry) as connection:
            _insert(connection, ORGANISATIONS, organisation, "organisation_id")

    def find_organisation(self, organisation_id: str) -> Organisation | None:
        """Return the organisation, or ``None``."""
        row = self._first(
            sa.select(ORGANISATIONS).where(ORGANISATIONS.c.organisation_id == organisation_id)
        )
        return None if row is None else organisation_of(row)

    def get_organisation(self, organisation_id: str) -> Organisation:
        """Return the organisation; raise :class:`~data.errors.UnknownIdError` without one."""
        found = self.find_organisation(organisation_id)
        if found is None:
            raise unknown("organisation_id", organisation_id, _ORGANISATION_REMEDY)
        return found

    def organisations(
        self, *, role: Role | None = None, after: str | None = None, n: int | None = None
    ) -> list[Organisation]:
        """Return organisations by id, of one role or all, only those after an id, at most ``n``."""
        table = ORGANISATIONS
        query = sa.select(table).order_by(table.c.organisation_id).limit(n)
        if role is not None:
            query = query.where(table.c.role == role.value)
        if after is not None:
            query = query.where(table.c.organisation_id > after)
        return [organisation_of(row) for row in self._all(query)]

    def organisations_for(self, subject_id: str) -> list[Organisation]:
        """Return the organisations that stand for a firm, an institution or a base."""
        table = ORGANISATIONS
        query = sa.select(table).where(table.c.subject_id == subject_id)
        return [organisation_of(row) for row in self._all(query.order_by(table.c.organisation_id))]

    def rename_organisation(
        self, organisation_id: str, *, name: str, entry: Entry | None = None
    ) -> None:
        """Give an organisation another name."""
        with self._writing(entry) as connection:
            _change_organisation(connection, organisation_id, name=name)

    def set_legal_hold(
        self, organisation_id: str, *, held: bool, entry: Entry | None = None
    ) -> None:
        """Say whether the data of an organisation must be kept."""
        with self._writing(entry) as connection:
            _change_organisation(connection, organisation_id, legal_hold=held)

    def close_organisation(
        self, organisation_id: str, *, at: dt.datetime, entry: Entry | None = None
    ) -> None:
        """Let nobody of an organisation sign in any more; sessions end and keys are revoked.

        Raises :class:`~data.errors.ConflictError` where no administrator would be left.
        """
        with_zone(at, field="at")
        with self._writing(entry) as connection:
            _change_organisation(connection, organisation_id, closed_at=at)
            _assert_administrator(connection)
            member = PEOPLE.c.organisation_id == organisation_id
            people = sa.select(PEOPLE.c.person_id).where(member)
            end_sessions(connection, SIGN_INS.c.person_id.in_(people), at=at)
            revoke_keys(connection, API_KEYS.c.organisation_id == organisation_id, at=at)

    def erase_people(
        self, organisation_id: str, *, at: dt.datetime, entry: Entry | None = None
    ) -> int:
        """Close an organisation and forget who its people are; return how many there were.

        Ids stay, so that the logs still say that somebody of it did something. What an
        institution kept for itself, its pipeline and theses, goes as well.

        Raises
        ------
        ConflictError
            It is under a legal hold, or runs the service.
        UnknownIdError
            There is no such organisation.
        """
        with_zone(at, field="at")
        with self._writing(entry) as connection:
            return erase_people(connection, organisation_id, at=at)

    # -- people --------------------------------------------------------------------------------

    def add_person(self, person: Person, *, entry: Entry | None = None) -> None:
        """Store a new person.

        Raises
        ------
        DuplicateIdError
            Somebody has this login or id.
        UnknownIdError
            There is no such organisation.
        ConflictError
            It is closed.
        """
        with_zone(person.created_at, field="created_at")
        organisation = self.get_organisation(person.organisation_id)
        if organisation.closed_at is not None:
            raise ConflictError(
                f"The organisation {organisation.name!r} is closed.",
                field="organisation_id",
                remedy="Make a new organisation.",
            )
        with self._writing(entry) as connection:
            taken = sa.select(PEOPLE.c.person_id).where(PEOPLE.c.login == person.login)
            if connection.execute(taken).first() is not None:
                raise _login_taken(person)
            _insert(connection, PEOPLE, person, "login")

    def find_person(self, person_id: str) -> Person | None:
        """Return the person, or ``None``."""
        row = self._first(sa.select(PEOPLE).where(PEOPLE.c.person_id == person_id))
        return None if row is None else person_of(row)

    def get_person(self, person_id: str) -> Person:
        """Return the person; raise :class:`~data.errors.UnknownIdError` without one."""
        found = self.find_person(person_id)
        if found is None:
            raise unknown("person_id", person_id, _PERSON_REMEDY)
        return found

    def find_login(self, login: str) -> Person | None:
        """Return the person who signs in so, or ``None``."""
        row = self._first(sa.select(PEOPLE).where(PEOPLE.c.login == login))
        return None if row is None else person_of(row)

    def get_login(self, login: str) -> Person:
        """Return the person who signs in so; raise :class:`~data.errors.UnknownIdError` without."""
        found = self.find_login(login)
        if found is None:
            raise unknown("login", login, "Check the login.")
        return found

    def people_of(self, organisation_id: str) -> list[Person]:
        """Return the people of an organisation, by login."""
        query = sa.select(PEOPLE).where(PEOPLE.c.organisation_id == organisation_id)
        return [person_of(row) for row in self._all(query.order_by(PEOPLE.c.login))]

    def rename_person(
        self, person_id: str, *, display_name: str, entry: Entry | None = None
    ) -> None:
        """Give a person another name to show."""
        with self._writing(entry) as connection:
            _change_person(connection, person_id, display_name=display_name)

    def set_password(
        self, person_id: str, *, password_hash: str, at: dt.datetime, entry: Entry | None = None
    ) -> None:
        """Replace a password and end every session of the person: who knew the old one is out."""
        with self._writing(entry) as connection:
            _change_person(connection, person_id, password_hash=password_hash)
            end_sessions(connection, SIGN_INS.c.person_id == person_id, at=at)

    def renew_hash(self, person_id: str, *, before: str, password_hash: str) -> None:
        """Keep the same password under other parameters, unless it was changed meanwhile."""
        same = (PEOPLE.c.person_id == person_id) & (PEOPLE.c.password_hash == before)
        with self._writing(None) as connection:
            connection.execute(sa.update(PEOPLE).where(same).values(password_hash=password_hash))

    def disable_person(
        self, person_id: str, *, at: dt.datetime, entry: Entry | None = None
    ) -> None:
        """Let a person sign in no more; sessions end and keys are revoked.

        Raises :class:`~data.errors.ConflictError` for the last administrator.
        """
        with_zone(at, field="at")
        with self._writing(entry) as connection:
            _change_person(connection, person_id, disabled_at=at)
            _assert_administrator(connection)
            end_sessions(connection, SIGN_INS.c.person_id == person_id, at=at)
            revoke_keys(connection, API_KEYS.c.person_id == person_id, at=at)

    def enable_person(self, person_id: str, *, entry: Entry | None = None) -> None:
        """Let a person sign in again; keys stay revoked."""
        with self._writing(entry) as connection:
            _change_person(connection, person_id, disabled_at=None)


def _insert(
    connection: Connection, table: sa.Table, row: Organisation | Person, field: str
) -> None:
    try:
        connection.execute(sa.insert(table).values(dataclasses.asdict(row)))
    except exc.IntegrityError as error:  # another writer was faster, or the id is taken
        raise DuplicateIdError(
            f"The {field} {getattr(row, field)!r} or the id is taken.",
            field=field,
            remedy="Choose another one.",
        ) from error


def _login_taken(person: Person) -> DuplicateIdError:
    return DuplicateIdError(
        f"Somebody has the login {person.login!r}.", field="login", remedy="Choose another one."
    )


def _change_organisation(connection: Connection, organisation_id: str, **values: Any) -> None:
    update = sa.update(ORGANISATIONS).where(ORGANISATIONS.c.organisation_id == organisation_id)
    if not connection.execute(update.values(values)).rowcount:
        raise unknown("organisation_id", organisation_id, _ORGANISATION_REMEDY)


def _change_person(connection: Connection, person_id: str, **values: Any) -> None:
    update = sa.update(PEOPLE).where(PEOPLE.c.person_id == person_id)
    if not connection.execute(update.values(values)).rowcount:
        raise unknown("person_id", person_id, _PERSON_REMEDY)


def _assert_administrator(connection: Connection) -> None:
    """Raise where there were administrators and none of them may sign in any more."""
    table = PEOPLE.join(ORGANISATIONS, ORGANISATIONS.c.organisation_id == PEOPLE.c.organisation_id)
    query = sa.select(
        ORGANISATIONS.c.organisation_id, ORGANISATIONS.c.closed_at, PEOPLE.c.disabled_at
    )
    query = query.select_from(table).where(ORGANISATIONS.c.role == Role.ADMINISTRATOR.value)
    rows = connection.execute(query).all()
    if rows and all(row.closed_at is not None or row.disabled_at is not None for row in rows):
        raise ConflictError(
            "This is the last administrator.",
            remedy="Make another administrator first, with finmatch admin create.",
        )
