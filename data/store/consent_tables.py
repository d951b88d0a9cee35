"""The SQL tables of consents, provisions, disputes and the handles of teasers."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from data import columns as col
from data.consent import Basis, DataClass, DisputedKind, DisputeOutcome, Purpose
from data.store.tables import FLAG, ID_TYPE, METADATA, ROW_NUMBER, Day, Instant


def one_of(table: str, column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    """Return the CHECK that a column holds a value of an enumeration."""
    allowed: list[sa.ColumnElement[str]] = [
        sa.literal_column(f"'{member.value}'") for member in values
    ]
    return sa.CheckConstraint(sa.column(column).in_(allowed), name=f"ck_{table}_{column}")


NOTICES = sa.Table(
    "notices",
    METADATA,
    sa.Column("version", ID_TYPE, primary_key=True),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("published_at", Instant(), nullable=False),
)
"""Every version of the text that a firm reads before it consents."""

CONSENTS = sa.Table(
    "consents",
    METADATA,
    sa.Column("consent_id", ID_TYPE, primary_key=True),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=False),
    sa.Column("recipient_id", ID_TYPE, nullable=False),
    sa.Column("purpose", sa.Text(), nullable=False),
    sa.Column("data_class", sa.Text(), nullable=False),
    sa.Column("notice_version", ID_TYPE, nullable=False),
    sa.Column("notice_sha256", sa.Text(), nullable=False),
    sa.Column("granted_at", Instant(), nullable=False),
    sa.Column("granted_by", ID_TYPE, nullable=False),
    sa.Column("granted_key", ID_TYPE, nullable=True),
    sa.Column("expires_at", Instant(), nullable=False),
    sa.Column("revoked_at", Instant(), nullable=True),
    sa.Column("revoked_by", ID_TYPE, nullable=True),
    one_of("consents", "purpose", Purpose),
    one_of("consents", "data_class", DataClass),
    sa.Index("ix_consents_firm_id", col.FIRM_ID),
    sa.Index("ix_consents_recipient_id", "recipient_id", col.FIRM_ID),
)
"""Consents. Triggers let a row change once, when it is revoked, and never go."""

CONSENT_REQUESTS = sa.Table(
    "consent_requests",
    METADATA,
    sa.Column("request_id", ID_TYPE, primary_key=True),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=False),
    sa.Column("recipient_id", ID_TYPE, nullable=False),
    sa.Column("organisation_id", ID_TYPE, nullable=False),
    sa.Column("person_id", ID_TYPE, nullable=False),
    sa.Column("purpose", sa.Text(), nullable=False),
    sa.Column("data_classes", sa.Text(), nullable=False),
    sa.Column("message", sa.Text(), nullable=False),
    sa.Column("asked_at", Instant(), nullable=False),
    sa.Column("answered_at", Instant(), nullable=True),
    sa.Column("answered_by", ID_TYPE, nullable=True),
    sa.Column("granted", FLAG, nullable=True),
    one_of("consent_requests", "purpose", Purpose),
    sa.Index("ix_consent_requests_firm_id", col.FIRM_ID),
    sa.Index("ix_consent_requests_recipient_id", "recipient_id"),
)
"""What recipients ask firms for."""

PROVISIONS = sa.Table(
    "provisions",
    METADATA,
    sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=False),
    sa.Column("recipient_id", ID_TYPE, nullable=False),
    sa.Column("organisation_id", ID_TYPE, nullable=False),
    sa.Column("person_id", ID_TYPE, nullable=False),
    sa.Column("key_id", ID_TYPE, nullable=True),
    sa.Column("data_classes", sa.Text(), nullable=False),
    sa.Column("purpose", sa.Text(), nullable=False),
    sa.Column("basis", sa.Text(), nullable=False),
    sa.Column("consent_ids", sa.Text(), nullable=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("request_id", sa.Text(), nullable=False),
    sa.Column("context", sa.Text(), nullable=False),
    one_of("provisions", "purpose", Purpose),
    one_of("provisions", "basis", Basis),
    sa.Index("ix_provisions_firm_id", col.FIRM_ID, "seq"),
    sa.Index("ix_provisions_recipient_id", "recipient_id", "seq"),
    sqlite_autoincrement=True,
)
"""Every disclosure beyond a teaser. Triggers let no row change, and none go in three years."""

DISPUTES = sa.Table(
    "disputes",
    METADATA,
    sa.Column("dispute_id", ID_TYPE, primary_key=True),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("subject_id", ID_TYPE, nullable=False),
    sa.Column("field", sa.Text(), nullable=True),
    sa.Column("recipient_id", ID_TYPE, nullable=True),
    sa.Column("statement", sa.Text(), nullable=False),
    sa.Column("opened_at", Instant(), nullable=False),
    sa.Column("opened_by", ID_TYPE, nullable=False),
    sa.Column("due_on", Day(), nullable=False),
    sa.Column("answered_at", Instant(), nullable=True),
    sa.Column("answered_by", ID_TYPE, nullable=True),
    sa.Column("outcome", sa.Text(), nullable=True),
    sa.Column("answer", sa.Text(), nullable=True),
    one_of("disputes", "kind", DisputedKind),
    one_of("disputes", "outcome", DisputeOutcome),
    sa.Index("ix_disputes_firm_id", col.FIRM_ID),
    sa.Index("ix_disputes_subject_id", "subject_id"),
)
"""What firms hold to be wrong."""

SERVER_SECRETS = sa.Table(
    "server_secrets",
    METADATA,
    sa.Column("name", ID_TYPE, primary_key=True),
    sa.Column("value", sa.Text(), nullable=False),
)
"""Random values that all workers share and nobody else knows, hexadecimal."""

TEASER_HANDLES = sa.Table(
    "teaser_handles",
    METADATA,
    sa.Column("handle", ID_TYPE, primary_key=True),
    sa.Column("recipient_id", ID_TYPE, nullable=False),
    sa.Column("subject_id", ID_TYPE, nullable=False),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=True),
    sa.Index("ix_teaser_handles_firm_id", col.FIRM_ID),
)
"""Which firm or need a recipient knows by which handle."""
