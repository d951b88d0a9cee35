"""The SQL tables of the service ledger and of the pipelines of institutions."""

from __future__ import annotations

import sqlalchemy as sa

from data import columns as col
from data.deal_flow import Stage
from data.ledger import LedgerOutcome
from data.store.consent_tables import one_of
from data.store.tables import ID_TYPE, METADATA, ROW_NUMBER, Day, Instant

LEDGER = sa.Table(
    "ledger_entries",
    METADATA,
    sa.Column("entry_id", ID_TYPE, primary_key=True),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=False),
    sa.Column(col.INSTITUTION_ID, ID_TYPE, nullable=False),
    sa.Column(col.OFFER_ID, ID_TYPE, nullable=False),
    sa.Column(col.BASE_ID, ID_TYPE, nullable=True),
    sa.Column("subject", sa.Text(), nullable=False),
    sa.Column("opened_on", Day(), nullable=False),
    sa.Column("opened_by", ID_TYPE, nullable=False),
    sa.Column("closed_on", Day(), nullable=True),
    sa.Column("closed_by", ID_TYPE, nullable=True),
    sa.Column("outcome", sa.Text(), nullable=True),
    sa.Column("rating_id", ID_TYPE, nullable=True),
    one_of("ledger_entries", "outcome", LedgerOutcome),
    sa.Index("ix_ledger_entries_firm_id", col.FIRM_ID),
    sa.Index("ix_ledger_entries_institution_id", col.INSTITUTION_ID),
    sa.Index("ix_ledger_entries_base_id", col.BASE_ID),
)
"""Services of providers for firms."""

DEALS = sa.Table(
    "deal_entries",
    METADATA,
    sa.Column("entry_id", ID_TYPE, primary_key=True),
    sa.Column(col.INSTITUTION_ID, ID_TYPE, nullable=False),
    sa.Column(col.FIRM_ID, ID_TYPE, nullable=False),
    sa.Column(col.NEED_ID, ID_TYPE, nullable=True),
    sa.Column(col.OFFER_ID, ID_TYPE, nullable=True),
    sa.Column("stage", sa.Text(), nullable=False),
    sa.Column("assigned_to", ID_TYPE, nullable=True),
    sa.Column(col.AMOUNT_MINOR, sa.BigInteger(), nullable=True),
    sa.Column(col.CURRENCY, sa.Text(), nullable=True),
    sa.Column("opened_at", Instant(), nullable=False),
    sa.Column("opened_by", ID_TYPE, nullable=False),
    sa.Column("changed_at", Instant(), nullable=False),
    one_of("deal_entries", "stage", Stage),
    sa.Index("ix_deal_entries_institution_id", col.INSTITUTION_ID, "stage"),
    sa.Index("ix_deal_entries_firm_id", col.FIRM_ID),
    sa.Index("uq_deal_entries_need", col.INSTITUTION_ID, col.FIRM_ID, col.NEED_ID, unique=True),
    sa.Index(
        "uq_deal_entries_firm",
        col.INSTITUTION_ID,
        col.FIRM_ID,
        unique=True,
        sqlite_where=sa.text("need_id IS NULL"),
        postgresql_where=sa.text("need_id IS NULL"),
    ),
)
"""Firms in the pipelines of institutions."""

DEAL_MOVES = sa.Table(
    "deal_moves",
    METADATA,
    sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("entry_id", ID_TYPE, nullable=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("person_id", ID_TYPE, nullable=False),
    sa.Column("key_id", ID_TYPE, nullable=True),
    sa.Column("before", sa.Text(), nullable=True),
    sa.Column("after", sa.Text(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    one_of("deal_moves", "before", Stage),
    one_of("deal_moves", "after", Stage),
    sa.Index("ix_deal_moves_entry_id", "entry_id", "seq"),
)
"""Every step of every entry."""

DEAL_NOTES = sa.Table(
    "deal_notes",
    METADATA,
    sa.Column("note_id", ID_TYPE, primary_key=True),
    sa.Column("entry_id", ID_TYPE, nullable=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("person_id", ID_TYPE, nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Index("ix_deal_notes_entry_id", "entry_id"),
)
"""Notes of institutions on their entries."""

DEAL_REMINDERS = sa.Table(
    "deal_reminders",
    METADATA,
    sa.Column("reminder_id", ID_TYPE, primary_key=True),
    sa.Column("entry_id", ID_TYPE, nullable=False),
    sa.Column(col.INSTITUTION_ID, ID_TYPE, nullable=False),
    sa.Column("due_on", Day(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("assigned_to", ID_TYPE, nullable=True),
    sa.Column("made_at", Instant(), nullable=False),
    sa.Column("made_by", ID_TYPE, nullable=False),
    sa.Column("done_at", Instant(), nullable=True),
    sa.Column("done_by", ID_TYPE, nullable=True),
    sa.Index("ix_deal_reminders_entry_id", "entry_id"),
    sa.Index("ix_deal_reminders_institution_id", col.INSTITUTION_ID, "due_on"),
)
"""What institutions want to be reminded of."""

THESES = sa.Table(
    "theses",
    METADATA,
    sa.Column("thesis_id", ID_TYPE, primary_key=True),
    sa.Column(col.INSTITUTION_ID, ID_TYPE, nullable=False),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("filters", sa.Text(), nullable=False),
    sa.Column("made_at", Instant(), nullable=False),
    sa.Column("made_by", ID_TYPE, nullable=False),
    sa.Column("changed_at", Instant(), nullable=False),
    sa.UniqueConstraint(col.INSTITUTION_ID, "name", name="uq_theses_name"),
)
"""Named filters of institutions, as JSON."""
