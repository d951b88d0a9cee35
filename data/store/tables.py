"""The SQL tables, derived from the fields of the records.

One table a record type, one column a field. Money and counts are BIGINT, enumerations are text
with a CHECK, lists are JSON text, dates and instants are DATE and TIMESTAMP WITH TIME ZONE on
PostgreSQL and ISO text in UTC of fixed width on SQLite, which sorts by time. Ids compare byte by
byte on both, so that both return rows in one order.

There are no foreign keys between records: sources arrive in any order, and a reference that never
resolves is a finding of validation, not a reason to refuse a row. Reference columns are indexed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from data import columns as col
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record
from data.schema import ID_COLUMN, Column, columns_of

POSTGRESQL = "postgresql"
SQLITE = "sqlite"

TABLE_NAME: dict[type[Record], str] = {
    Base: "bases",
    Firm: "firms",
    Need: "needs",
    Institution: "institutions",
    Offer: "offers",
    Event: "events",
    Rating: "ratings",
}
"""The table of every record type, in an order in which references resolve."""

REFERENCE_INDEXES: dict[type[Record], tuple[tuple[str, ...], ...]] = {
    Firm: ((col.BASE_ID,),),
    Need: ((col.FIRM_ID,), (col.BASE_ID,)),
    Offer: ((col.INSTITUTION_ID,),),
    Event: (
        (col.FIRM_ID, col.OCCURRED_AT),
        (col.OFFER_ID, col.OCCURRED_AT),
        (col.RECOMMENDATION_ID,),
    ),
    Rating: ((col.FIRM_ID,), (col.OFFER_ID,)),
}

SQLITE_INSTANT = "%Y-%m-%d %H:%M:%S.%f"


class Instant(TypeDecorator[dt.datetime]):
    """An instant in UTC; results come as the driver gives them (:mod:`data.store.rows` decodes)."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return TIMESTAMP WITH TIME ZONE for PostgreSQL and text elsewhere."""
        if dialect.name == POSTGRESQL:
            return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Bring ``value`` to UTC and, for SQLite, into text."""
        if value is None:
            return None
        value = value.astimezone(dt.UTC)
        if dialect.name == POSTGRESQL:
            return value
        return f"{value.year:04d}" + value.strftime(SQLITE_INSTANT[2:])


class Day(TypeDecorator[dt.date]):
    """A calendar date; results come as the driver gives them."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return DATE for PostgreSQL and text elsewhere."""
        wanted = sa.Date() if dialect.name == POSTGRESQL else sa.Text()
        return dialect.type_descriptor(wanted)

    def process_bind_param(self, value: dt.date | None, dialect: Dialect) -> Any:
        """Write the date as ISO text for SQLite."""
        return value if value is None or dialect.name == POSTGRESQL else value.isoformat()


ID_TYPE = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
FLAG = sa.SmallInteger().with_variant(sa.Boolean(), POSTGRESQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), SQLITE)

_SQL_TYPES: dict[type, TypeEngine[Any]] = {
    str: sa.Text(),
    int: sa.BigInteger(),
    float: sa.Double(),
    bool: FLAG,
    dt.datetime: Instant(),
    dt.date: Day(),
    tuple: sa.Text(),
}
_IDS = frozenset(ID_COLUMN.values())


def filled_default(record_type: type[Record], name: str) -> Any:
    """Return what stands in field ``name`` when nothing is given: ``None`` unless declared."""
    field = next(f for f in dataclasses.fields(record_type) if f.name == name)
    return None if field.default is dataclasses.MISSING else field.default


def sql_type(column: Column) -> TypeEngine[Any]:
    """Return the SQL type of one record column."""
    if column.name in _IDS:
        return ID_TYPE
    return _SQL_TYPES[str if issubclass(column.python_type, StrEnum) else column.python_type]


def _live_table(record_type: type[Record], metadata: sa.MetaData) -> sa.Table:
    name = TABLE_NAME[record_type]
    parts: list[sa.schema.SchemaItem] = []
    for column in columns_of(record_type):
        is_id = column.name == ID_COLUMN[record_type]
        known = column.required or filled_default(record_type, column.name) is not None
        parts.append(
            sa.Column(column.name, sql_type(column), primary_key=is_id, nullable=not known)
        )
        if issubclass(column.python_type, StrEnum):
            allowed = [member.value for member in column.python_type]
            check = sa.column(column.name).in_([sa.literal_column(f"'{v}'") for v in allowed])
            parts.append(sa.CheckConstraint(check, name=f"ck_{name}_{column.name}"))
    parts.extend(
        sa.Index("_".join(("ix", name, *index)), *index)
        for index in REFERENCE_INDEXES.get(record_type, ())
    )
    return sa.Table(name, metadata, *parts)


METADATA = sa.MetaData()

LIVE: dict[type[Record], sa.Table] = {kind: _live_table(kind, METADATA) for kind in TABLE_NAME}
"""The table of every record type."""

IMPORT_STAGING = sa.Table(
    "import_staging",
    METADATA,
    sa.Column("run_id", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text(), nullable=False),
    sa.Column("fingerprint", sa.Text(), nullable=False),
    sa.Column("dry_run", FLAG, nullable=False),
    sa.Column("batches_done", sa.BigInteger(), nullable=False),
    sa.Column("owner", sa.Text(), nullable=False),
    sa.UniqueConstraint("source", "dry_run", name="uq_import_staging_source"),
)
"""Imports under way. ``owner`` is the token of the process that may go on with one."""

STAGED_BATCHES = sa.Table(
    "staged_batches",
    METADATA,
    sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column(
        "run_id",
        ROW_NUMBER,
        sa.ForeignKey("import_staging.run_id", name="fk_staged_batches_run_id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("batch", sa.BigInteger(), nullable=False),
    sa.Column("record_type", sa.Text(), nullable=False),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    sa.Index("ix_staged_batches_run_id", "run_id"),
)
"""Rows that wait for the end of their import, as compressed Arrow streams."""

IMPORT_RUNS = sa.Table(
    "import_runs",
    METADATA,
    sa.Column("run_id", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text(), nullable=False),
    sa.Column("fingerprint", sa.Text(), nullable=False),
    sa.Column("imported_at", Instant(), nullable=True),
    sa.Column("counts", sa.Text(), nullable=False),
)
"""Finished imports: what came from where, with the counts as JSON."""

ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column(col.FIRM_ID, ID_TYPE, primary_key=True),
    sa.Column("in_progress", FLAG, nullable=False),
    sa.Column("erased_at", Instant(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
)
"""Firms erased on request. The triggers of ``events`` let rows go only while one is in progress."""


RULES = sa.Table(
    "rules",
    METADATA,
    sa.Column("rule_id", ID_TYPE, primary_key=True),
    sa.Column("version", ID_TYPE, primary_key=True),
    sa.Column("effective_from", Day(), nullable=True),
    sa.Column("effective_to", Day(), nullable=True),
    sa.Column("content", sa.Text(), nullable=False),
)
"""Every version of every rule; ``content`` is the rule as JSON. A version never changes."""

FACTS = sa.Table(
    "facts",
    METADATA,
    sa.Column("subject_id", ID_TYPE, primary_key=True),
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("known_on", Day(), primary_key=True),
    sa.Column("value", sa.Text(), nullable=False),
    sa.Column("expires_on", Day(), nullable=True),
    sa.Column("source", sa.Text(), nullable=True),
)
"""What is known of firms and bases beside their records."""

ANSWERS = sa.Table(
    "eligibility_answers",
    METADATA,
    sa.Column("answer_id", ID_TYPE, primary_key=True),
    sa.Column("answered_on", Day(), nullable=False),
    sa.Column("need_id", ID_TYPE, nullable=False),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=True),
    sa.Column(col.OFFER_ID, ID_TYPE, nullable=False),
    sa.Column("verdict", sa.Text(), nullable=False),
    sa.Column("content", sa.Text(), nullable=False),
    sa.Index("ix_eligibility_answers_firm_id", col.FIRM_ID),
)
"""Answers to be replayed: facts, rules with their versions, and what each said, as JSON."""


CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("record_type", sa.Text(), nullable=False),
    sa.Column("record_id", ID_TYPE, nullable=True),
    sa.Column("changed_at", Instant(), nullable=False),
    sqlite_autoincrement=True,  # a number that was pruned never comes again
)
"""What changed, in the order of the commits; see :mod:`data.store.change_feed`."""


ROADSHOWS = sa.Table(
    "roadshows",
    METADATA,
    sa.Column("roadshow_id", ID_TYPE, primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("changed_at", Instant(), nullable=False),
    sa.CheckConstraint(
        "state IN ('draft', 'published', 'running', 'closed')", name="ck_roadshows_state"
    ),
    sa.Column("organisation_id", ID_TYPE, nullable=True, index=True),
)
"""Roadshows and whose they are; the columns of their plans are in ``roadshow_plans``."""

ROADSHOW_PLANS = sa.Table(
    "roadshow_plans",
    METADATA,
    sa.Column("roadshow_id", ID_TYPE, primary_key=True),
    sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("input_hash", sa.Text(), nullable=False),
    sa.Column("seed", sa.BigInteger(), nullable=False),
    sa.Column("solver_version", sa.Text(), nullable=False),
    sa.Column("created_at", Instant(), nullable=False),
    sa.Column("problem", sa.Text(), nullable=False),
    sa.Column("plan", sa.Text(), nullable=False),
)
"""Every version of every plan, with the problem it solves, as JSON."""

ROADSHOW_REPORTS = sa.Table(
    "roadshow_reports",
    METADATA,
    sa.Column("roadshow_id", ID_TYPE, primary_key=True),
    sa.Column(col.FIRM_ID, ID_TYPE, primary_key=True),
    sa.Column(col.INSTITUTION_ID, ID_TYPE, primary_key=True),
    sa.Column("attendance", sa.Text(), nullable=False),
    sa.Column("outcome", sa.Text(), nullable=True),
    sa.Column("outcome_on", Day(), nullable=True),
    sa.Column("follow_up_on", Day(), nullable=True),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("recorded_at", Instant(), nullable=False),
)
"""Attendance, outcome and follow-up of meetings, as last reported."""


SHOWN_LISTS = sa.Table(
    "shown_lists",
    METADATA,
    sa.Column("recommendation_id", ID_TYPE, primary_key=True),
    sa.Column("shown_at", Instant(), nullable=False),
    sa.Column("organisation_id", ID_TYPE, nullable=False),
    sa.Column("person_id", ID_TYPE, nullable=False),
    sa.Column("side", sa.Text(), nullable=False),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=True),
    sa.Column(col.NEED_ID, ID_TYPE, nullable=True),
    sa.Column(col.BASE_ID, ID_TYPE, nullable=True),
    sa.Column(col.INSTITUTION_ID, ID_TYPE, nullable=True),
    sa.Column("bundle", sa.Text(), nullable=False),
    sa.Column("model_version", sa.Text(), nullable=False),
    sa.Column("content", sa.LargeBinary(), nullable=False),
    sa.Index("ix_shown_lists_organisation_id", "organisation_id", "shown_at"),
    sa.Index("ix_shown_lists_firm_id", col.FIRM_ID),
)
"""Ranked answers as they were given; ``content`` is compressed JSON."""


def scratch_table(record_type: type[Record]) -> sa.Table:
    """Return a temporary table for rows on their way into the table of ``record_type``."""
    columns = [sa.Column(c.name, sql_type(c), nullable=True) for c in columns_of(record_type)]
    return sa.Table(
        f"scratch_{TABLE_NAME[record_type]}",
        sa.MetaData(),
        sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
        *columns,
        prefixes=["TEMPORARY"],
    )
