"""The store itself: the verbs, each one short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data import columns as col
from data.catalogue import Catalogue
from data.errors import ArgumentError, UnknownIdError
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record
from data.schema import ID_COLUMN
from data.store.audit_store import AuditStore
from data.store.change_feed import ChangeFeed
from data.store.change_log import note_changes
from data.store.consent_store import ConsentStore
from data.store.database import LOCK_WAIT_S, explained, make_engine, snapshot, writing
from data.store.deal_flow_store import DealFlowStore
from data.store.dispute_store import DisputeStore
from data.store.editing import EditStore
from data.store.erasing import erase_firm
from data.store.handle_store import HandleStore
from data.store.import_session import ImportRun, ImportSession, discard_staging, finished_runs
from data.store.job_store import JobStore
from data.store.kept_answers import KeptAnswers
from data.store.ledger_store import LedgerStore
from data.store.listing import Wanted, read_by_id, read_page
from data.store.merging import Counts, Scratch
from data.store.migrating import prepare
from data.store.people_store import PeopleStore
from data.store.provision_store import ProvisionStore
from data.store.reading import (
    RecordT,
    before_condition,
    read_batches,
    read_catalogue,
    read_records,
    select_records,
)
from data.store.roadshow_store import RoadshowStore
from data.store.rows import Rows, chunks
from data.store.rule_store import RuleStore
from data.store.shown_store import ShownStore
from data.store.tables import LIVE

BATCH_ROWS = 50_000
_IDS_AT_ONCE = 500


class Store:
    """Every record, in one database. Safe to share between threads; open one a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._handles = HandleStore(engine)

    @classmethod
    def open(cls, url: str, *, migrate: bool = True, lock_wait_s: float = LOCK_WAIT_S) -> Store:
        """Open the database at ``url``, made or brought up to date where ``migrate``.

        Parameters
        ----------
        url
            ``sqlite:///path`` or ``postgresql://user@host/name``.
        migrate
            Create the tables and run migrations; without, a database that is not up to date
            is refused, and no file is created.
        lock_wait_s
            Seconds to wait for another writer before giving up.

        Raises
        ------
        ArgumentError
            The URL has another form.
        StoreError
            The database cannot be reached, is not one, or is of another version.
        DependencyError
            The PostgreSQL driver is not installed.
        """
        engine = make_engine(url, create=migrate, lock_wait_s=lock_wait_s)
        try:
            with explained(engine):
                prepare(engine, migrate=migrate)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Close all connections; the store can be used no more."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ping(self) -> None:
        """Return if the database answers; raise :class:`~data.errors.StoreError` otherwise."""
        with explained(self._engine), self._engine.connect() as connection:
            connection.execute(sa.select(1))

    # -- writing -------------------------------------------------------------------------------

    def upsert(self, record_type: type[Record], rows: Rows) -> Counts:
        """Insert or replace records by id, in one transaction.

        ``rows`` is an Arrow table or an iterable of records, which may be longer than memory.
        Raises :class:`~data.errors.InputError` for values that the records do not allow,
        :class:`~data.errors.DuplicateIdError` where one id comes with two contents.
        """
        if record_type is Event:
            raise ArgumentError(
                "Events are append-only; upsert takes the other record types.",
                field="record_type",
                remedy="Use append_events.",
            )
        return self._take(record_type, rows)

    def append_events(self, rows: Rows) -> Counts:
        """Append events in one transaction; an event that is stored already counts as unchanged.

        Raises :class:`~data.errors.DuplicateIdError` where an id is stored with other content.
        """
        return self._take(Event, rows)

    def _take(self, record_type: type[Record], rows: Rows) -> Counts:
        with explained(self._engine), self._engine.connect() as connection:
            scratch = Scratch(connection, record_type)
            with connection.begin():
                scratch.clear()
                for number, chunk in enumerate(chunks(record_type, rows)):
                    scratch.add(chunk)
                    if number == 1:  # many rows: close afterwards, which frees the temporary table
                        connection.detach()
                scratch.settle(last_wins=False)
            with writing(connection):
                counts = scratch.merge()
                note_changes(connection, scratch.changed)
            with connection.begin():
                scratch.clear()
        return counts

    def import_session(
        self, *, source: str, fingerprint: str, imported_at: dt.datetime | None = None
    ) -> ImportSession:
        """Return the context of one import; see :mod:`data.store.import_session`.

        ``source`` names what is imported, ``fingerprint`` its exact content and reading (files,
        mapping, options, batch size): a killed run is resumed only where both are equal.
        """
        return ImportSession(
            self._engine, source=source, fingerprint=fingerprint, imported_at=imported_at
        )

    def plan_import(self, *, source: str, fingerprint: str) -> ImportSession:
        """Return a session that, other than :meth:`import_session`, counts and merges nothing."""
        return ImportSession(self._engine, source=source, fingerprint=fingerprint, dry_run=True)

    def discard_import(self, source: str) -> None:
        """Remove what an import of ``source`` that will not go on has staged."""
        with explained(self._engine), self._engine.connect() as connection:
            discard_staging(connection, source)

    def erase_firm(
        self, firm_id: str, *, erased_at: dt.datetime, reason: str
    ) -> dict[type[Record], int]:
        """Delete a firm with its needs, events and ratings; return the rows gone by type.

        The only way by which events leave. Imports under way are discarded, since they may hold
        the firm. Raises :class:`~data.errors.UnknownIdError` where nothing is known of the firm.
        """
        try:
            with explained(self._engine), self._engine.connect() as connection:
                return erase_firm(connection, firm_id, erased_at=erased_at, reason=reason)
        finally:
            self._handles.forget()

    # -- one record ----------------------------------------------------------------------------

    def find(self, record_type: type[RecordT], key: str) -> RecordT | None:
        """Return the record with this id, or ``None``."""
        query = select_records(record_type, LIVE[record_type].c[ID_COLUMN[record_type]] == key)
        found = self._records(record_type, query)
        return found[0] if found else None

    def get(self, record_type: type[RecordT], key: str) -> RecordT:
        """Return the record with this id; raise :class:`~data.errors.UnknownIdError` without."""
        found = self.find(record_type, key)
        if found is None:
            label = ID_COLUMN[record_type]
            raise UnknownIdError(
                f"There is no {label} {key!r}.",
                field=label,
                remedy=f"Check the {label}, or import the record first.",
            )
        return found

    def find_base(self, base_id: str) -> Base | None:
        """Return the base, or ``None``."""
        return self.find(Base, base_id)

    def get_base(self, base_id: str) -> Base:
        """Return the base; raise :class:`~data.errors.UnknownIdError` without."""
        return self.get(Base, base_id)

    def find_firm(self, firm_id: str) -> Firm | None:
        """Return the firm, or ``None``."""
        return self.find(Firm, firm_id)

    def get_firm(self, firm_id: str) -> Firm:
        """Return the firm; raise :class:`~data.errors.UnknownIdError` without."""
        return self.get(Firm, firm_id)

    def find_need(self, need_id: str) -> Need | None:
        """Return the need, or ``None``."""
        return self.find(Need, need_id)

    def get_need(self, need_id: str) -> Need:
        """Return the need; raise :class:`~data.errors.UnknownIdError` without."""
        return self.get(Need, need_id)

    def find_institution(self, institution_id: str) -> Institution | None:
        """Return the institution, or ``None``."""
        return self.find(Institution, institution_id)

    def get_institution(self, institution_id: str) -> Institution:
        """Return the institution; raise :class:`~data.errors.UnknownIdError` without."""
        return self.get(Institution, institution_id)

    def find_offer(self, offer_id: str) -> Offer | None:
        """Return the offer, or ``None``."""
        return self.find(Offer, offer_id)

    def get_offer(self, offer_id: str) -> Offer:
        """Return the offer; raise :class:`~data.errors.UnknownIdError` without."""
        return self.get(Offer, offer_id)

    # -- some records --------------------------------------------------------------------------

    def needs_of(self, firm_id: str) -> list[Need]:
        """Return the needs of a firm, oldest first."""
        table = LIVE[Need]
        query = select_records(Need, table.c[col.FIRM_ID] == firm_id)
        return self._records(Need, query.order_by(table.c[col.STATED_ON], table.c[col.NEED_ID]))

    def offers_of(self, institution_id: str) -> list[Offer]:
        """Return the offers of an institution, by id."""
        table = LIVE[Offer]
        query = select_records(Offer, table.c[col.INSTITUTION_ID] == institution_id)
        return self._records(Offer, query.order_by(table.c[col.OFFER_ID]))

    def find_many(self, record_type: type[RecordT], ids: Iterable[str]) -> dict[str, RecordT]:
        """Return records by id; ids that nobody has are left out. Thousands cost one query."""
        column = ID_COLUMN[record_type]
        with explained(self._engine), self._engine.connect() as connection:
            found = read_by_id(connection, record_type, ids, column=column)
        return {getattr(record, column): record for record in found}

    def needs_of_firms(self, firm_ids: Iterable[str]) -> list[Need]:
        """Return the needs of many firms, by id."""
        with explained(self._engine), self._engine.connect() as connection:
            return read_by_id(connection, Need, firm_ids, column=col.FIRM_ID)

    def page(
        self,
        record_type: type[RecordT],
        *,
        wanted: Wanted | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[RecordT]:
        """Return a page of records in the order of their ids.

        Parameters
        ----------
        wanted
            Value, or several values of which one will do, by column; of a column with lists, one
            that it holds. ``in_base`` chooses needs of a base and of the firms in it.
        after
            The id of the last record of the page before.

        Raises
        ------
        ArgumentError
            A column cannot be chosen by, or the limit is out of range.
        """
        with explained(self._engine), self._engine.connect() as connection:
            return read_page(connection, record_type, wanted or {}, after=after, limit=limit)

    def events_of(
        self,
        *,
        firm_id: str | None = None,
        offer_id: str | None = None,
        before: dt.datetime | None = None,
    ) -> list[Event]:
        """Return the events of a firm, of an offer, or of the two together, oldest first.

        Only those strictly before ``before`` where that is given.
        """
        return self._about(Event, col.OCCURRED_AT, firm_id, offer_id, before)

    def ratings_of(
        self,
        *,
        firm_id: str | None = None,
        offer_id: str | None = None,
        before: dt.datetime | None = None,
    ) -> list[Rating]:
        """Return the ratings by a firm, of an offer, or both, oldest first."""
        return self._about(Rating, col.RATED_AT, firm_id, offer_id, before)

    def _about(
        self,
        record_type: type[RecordT],
        instant: str,
        firm_id: str | None,
        offer_id: str | None,
        before: dt.datetime | None,
    ) -> list[RecordT]:
        wanted = {col.FIRM_ID: firm_id, col.OFFER_ID: offer_id}
        table = LIVE[record_type]
        conditions = [table.c[name] == key for name, key in wanted.items() if key is not None]
        if not conditions:
            raise ArgumentError(
                "Name a firm_id, an offer_id, or both; got neither.",
                field=col.FIRM_ID,
                remedy="Use batches() to read all of them.",
            )
        query = select_records(
            record_type, *conditions, before_condition(record_type, instant, before)
        )
        return self._records(
            record_type, query.order_by(table.c[instant], table.c[ID_COLUMN[record_type]])
        )

    def _records(self, record_type: type[RecordT], query: sa.Select[Any]) -> list[RecordT]:
        with explained(self._engine), self._engine.connect() as connection:
            return read_records(connection, record_type, query)

    def values_of(
        self, record_type: type[Record], column: str, ids: Iterable[str]
    ) -> dict[str, Any]:
        """Return one column of the stored records among ``ids``, by id; texts and numbers only."""
        table = LIVE[record_type]
        key, found = table.c[ID_COLUMN[record_type]], dict[str, Any]()
        wanted = sorted(set(ids))
        with explained(self._engine), self._engine.connect() as connection, connection.begin():
            for start in range(0, len(wanted), _IDS_AT_ONCE):
                some = wanted[start : start + _IDS_AT_ONCE]
                rows = connection.execute(sa.select(key, table.c[column]).where(key.in_(some)))
                found |= {row[0]: row[1] for row in rows}
        return found

    # -- everything ----------------------------------------------------------------------------

    def count(self, record_type: type[Record]) -> int:
        """Return how many records of this type there are."""
        with explained(self._engine), self._engine.connect() as connection:
            return _count(connection, record_type)

    def batches(self, record_type: type[Record], *, size: int = BATCH_ROWS) -> Iterator[pa.Table]:
        """Yield all records of this type as Arrow tables of ``size`` rows, sorted by id.

        All batches show the table as it was at the first one.
        """
        if size < 1:
            raise ArgumentError(f"size must be at least 1; got {size}.", field="size")
        key = LIVE[record_type].c[ID_COLUMN[record_type]]
        query = select_records(record_type).order_by(key)
        with explained(self._engine), self._engine.connect() as connection:
            yield from read_batches(connection, record_type, query, size=size)

    def load_catalogue(self, *, before: dt.datetime | None = None) -> Catalogue:
        """Return everything as a catalogue, all tables as of one moment, rows sorted by id.

        With ``before``, only events that occurred and needs that were stated strictly before it;
        a day counts as its first instant in UTC.
        """
        with explained(self._engine), snapshot(self._engine) as connection:
            return read_catalogue(connection, before)

    @property
    def changes(self) -> ChangeFeed:
        """What changed, for those who keep a copy in memory."""
        return ChangeFeed(self._engine)

    @property
    def rules(self) -> RuleStore:
        """Rules, facts beside the records, and answers to be replayed."""
        return RuleStore(self._engine)

    @property
    def jobs(self) -> JobStore:
        """Jobs that run outside the request path."""
        return JobStore(self._engine)

    @property
    def kept_answers(self) -> KeptAnswers:
        """Answers kept for requests that come again."""
        return KeptAnswers(self._engine)

    @property
    def people(self) -> PeopleStore:
        """Organisations and people, with their keys and sessions."""
        return PeopleStore(self._engine)

    @property
    def edits(self) -> EditStore:
        """Single records, edited only as they were read."""
        return EditStore(self._engine)

    @property
    def audit(self) -> AuditStore:
        """Who did what when."""
        return AuditStore(self._engine)

    @property
    def roadshows(self) -> RoadshowStore:
        """Roadshows: plans, states, and what came of meetings."""
        return RoadshowStore(self._engine)

    @property
    def shown(self) -> ShownStore:
        """Ranked lists as they were shown, with their impressions."""
        return ShownStore(self._engine)

    @property
    def consents(self) -> ConsentStore:
        """Notices, consents of firms, and requests for them."""
        return ConsentStore(self._engine)

    @property
    def provisions(self) -> ProvisionStore:
        """What was disclosed of whom to whom."""
        return ProvisionStore(self._engine)

    @property
    def disputes(self) -> DisputeStore:
        """What firms hold to be wrong."""
        return DisputeStore(self._engine)

    @property
    def ledger(self) -> LedgerStore:
        """Services of providers for firms, with verdicts on them."""
        return LedgerStore(self._engine)

    @property
    def deal_flow(self) -> DealFlowStore:
        """Pipelines and theses of institutions."""
        return DealFlowStore(self._engine)

    @property
    def handles(self) -> HandleStore:
        """Names by which recipients know firms and needs that they may not identify."""
        return self._handles

    def import_runs(self, source: str | None = None) -> list[ImportRun]:
        """Return the finished imports, of one source or all, oldest first."""
        with explained(self._engine), self._engine.connect() as connection:
            return finished_runs(connection, source)


def _count(connection: Connection, record_type: type[Record]) -> int:
    query = sa.select(sa.func.count()).select_from(LIVE[record_type])
    return int(connection.execute(query).scalar_one())
