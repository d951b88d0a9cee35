"""Consents, provisions, disputes, the service ledger, and pipelines of institutions.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
FLAG = sa.SmallInteger().with_variant(sa.Boolean(), POSTGRESQL)
DAY = sa.Text().with_variant(sa.Date(), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

STAGES = (
    "('new', 'screening', 'contacted', 'meeting', 'due_diligence', 'term_sheet', 'approved', "
    "'funded', 'passed')"
)
PURPOSES = "purpose IN ('matching', 'due_diligence', 'roadshow', 'service')"

CONSENT_COLUMNS = (
    "consent_id",
    "firm_id",
    "recipient_id",
    "purpose",
    "data_class",
    "notice_version",
    "notice_sha256",
    "granted_at",
    "granted_by",
    "granted_key",
    "expires_at",
)
"""What never changes; only ``revoked_at`` and ``revoked_by`` do, once."""
SQLITE_SAME = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in CONSENT_COLUMNS)
POSTGRESQL_SAME = " AND ".join(
    f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in CONSENT_COLUMNS
)

SQLITE_GUARDS = (
    """
    CREATE TRIGGER provisions_no_update BEFORE UPDATE ON provisions
    BEGIN SELECT RAISE(ABORT, 'provisions are append-only'); END
    """,
    """
    CREATE TRIGGER provisions_no_delete BEFORE DELETE ON provisions
    WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%f000', 'now', '-3 years')
    BEGIN SELECT RAISE(ABORT, 'provisions are kept for three years'); END
    """,
    f"""
    CREATE TRIGGER consents_revoked_once BEFORE UPDATE ON consents
    WHEN NOT (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND {SQLITE_SAME})
    BEGIN SELECT RAISE(ABORT, 'a consent changes only when it is revoked'); END
    """,
    """
    CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents
    BEGIN SELECT RAISE(ABORT, 'consents are kept'); END
    """,
    """
    CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices
    BEGIN SELECT RAISE(ABORT, 'notices are kept'); END
    """,
    """
    CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices
    BEGIN SELECT RAISE(ABORT, 'notices are kept'); END
    """,
)
POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION finmatch_guard_provisions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.at <= now() - interval '3 years' THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'provisions are append-only' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER provisions_append_only BEFORE UPDATE OR DELETE ON provisions
    FOR EACH ROW EXECUTE FUNCTION finmatch_guard_provisions()
    """,
    """
    CREATE TRIGGER provisions_no_truncate BEFORE TRUNCATE ON provisions
    FOR EACH STATEMENT EXECUTE FUNCTION finmatch_guard_provisions()
    """,
    f"""
    CREATE FUNCTION finmatch_guard_consents() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND {POSTGRESQL_SAME} THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'a consent changes only when it is revoked'
            USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER consents_kept BEFORE UPDATE OR DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION finmatch_guard_consents()
    """,
    """
    CREATE TRIGGER consents_no_truncate BEFORE TRUNCATE ON consents
    FOR EACH STATEMENT EXECUTE FUNCTION finmatch_guard_consents()
    """,
    """
    CREATE FUNCTION finmatch_guard_notices() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'notices are kept' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER notices_kept BEFORE UPDATE OR DELETE ON notices
    FOR EACH ROW EXECUTE FUNCTION finmatch_guard_notices()
    """,
    """
    CREATE TRIGGER notices_no_truncate BEFORE TRUNCATE ON notices
    FOR EACH STATEMENT EXECUTE FUNCTION finmatch_guard_notices()
    """,
)
POSTGRESQL_FUNCTIONS = (
    "finmatch_guard_provisions",
    "finmatch_guard_consents",
    "finmatch_guard_notices",
)
TABLES = (
    "notices",
    "consents",
    "consent_requests",
    "provisions",
    "disputes",
    "server_secrets",
    "teaser_handles",
    "ledger_entries",
    "deal_entries",
    "deal_moves",
    "deal_notes",
    "deal_reminders",
    "theses",
)


def upgrade() -> None:
    """Create the tables."""
    _create_notices()
    _create_consents()
    _create_consent_requests()
    _create_provisions()
    _create_disputes()
    _create_handles()
    _create_ledger()
    _create_deals()
    _create_deal_details()
    on_postgresql = op.get_bind().dialect.name == POSTGRESQL
    for statement in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables."""
    for name in reversed(TABLES):
        op.drop_table(name)
    if op.get_bind().dialect.name == POSTGRESQL:
        for name in POSTGRESQL_FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("version", ID, primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("consent_id", ID, primary_key=True),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("notice_version", ID, nullable=False),
        sa.Column("notice_sha256", sa.Text(), nullable=False),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("granted_by", ID, nullable=False),
        sa.Column("granted_key", ID),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoked_by", ID),
        sa.CheckConstraint(PURPOSES, name="ck_consents_purpose"),
        sa.CheckConstraint(
            "data_class IN ('identity', 'profile', 'financials', 'credentials', 'contact')",
            name="ck_consents_data_class",
        ),
    )
    op.create_index("ix_consents_firm_id", "consents", ["firm_id"])
    op.create_index("ix_consents_recipient_id", "consents", ["recipient_id", "firm_id"])


def _create_consent_requests() -> None:
    op.create_table(
        "consent_requests",
        sa.Column("request_id", ID, primary_key=True),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("data_classes", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("answered_by", ID),
        sa.Column("granted", FLAG),
        sa.CheckConstraint(PURPOSES, name="ck_consent_requests_purpose"),
    )
    op.create_index("ix_consent_requests_firm_id", "consent_requests", ["firm_id"])
    op.create_index("ix_consent_requests_recipient_id", "consent_requests", ["recipient_id"])


def _create_provisions() -> None:
    op.create_table(
        "provisions",
        sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key_id", ID),
        sa.Column("data_classes", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("consent_ids", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.CheckConstraint(PURPOSES, name="ck_provisions_purpose"),
        sa.CheckConstraint(
            "basis IN ('consent', 'base', 'administration')", name="ck_provisions_basis"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_provisions_firm_id", "provisions", ["firm_id", "seq"])
    op.create_index("ix_provisions_recipient_id", "provisions", ["recipient_id", "seq"])


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("dispute_id", ID, primary_key=True),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("field", sa.Text()),
        sa.Column("recipient_id", ID),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("answered_by", ID),
        sa.Column("outcome", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.CheckConstraint("kind IN ('record', 'score')", name="ck_disputes_kind"),
        sa.CheckConstraint(
            "outcome IN ('corrected', 'explained', 'rejected')", name="ck_disputes_outcome"
        ),
    )
    op.create_index("ix_disputes_firm_id", "disputes", ["firm_id"])
    op.create_index("ix_disputes_subject_id", "disputes", ["subject_id"])


def _create_handles() -> None:
    op.create_table(
        "server_secrets",
        sa.Column("name", ID, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "teaser_handles",
        sa.Column("handle", ID, primary_key=True),
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("firm_id", ID),
    )
    op.create_index("ix_teaser_handles_firm_id", "teaser_handles", ["firm_id"])


def _create_ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("entry_id", ID, primary_key=True),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("institution_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("base_id", ID),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("closed_on", DAY),
        sa.Column("closed_by", ID),
        sa.Column("outcome", sa.Text()),
        sa.Column("rating_id", ID),
        sa.CheckConstraint(
            "outcome IN ('completed', 'partly', 'failed', 'cancelled')",
            name="ck_ledger_entries_outcome",
        ),
    )
    op.create_index("ix_ledger_entries_firm_id", "ledger_entries", ["firm_id"])
    op.create_index("ix_ledger_entries_institution_id", "ledger_entries", ["institution_id"])
    op.create_index("ix_ledger_entries_base_id", "ledger_entries", ["base_id"])


def _create_deals() -> None:
    op.create_table(
        "deal_entries",
        sa.Column("entry_id", ID, primary_key=True),
        sa.Column("institution_id", ID, nullable=False),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("need_id", ID),
        sa.Column("offer_id", ID),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("assigned_to", ID),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint(f"stage IN {STAGES}", name="ck_deal_entries_stage"),
    )
    op.create_index("ix_deal_entries_institution_id", "deal_entries", ["institution_id", "stage"])
    op.create_index("ix_deal_entries_firm_id", "deal_entries", ["firm_id"])
    pair = ["institution_id", "firm_id"]
    op.create_index("uq_deal_entries_need", "deal_entries", [*pair, "need_id"], unique=True)
    without_need = sa.text("need_id IS NULL")
    op.create_index(
        "uq_deal_entries_firm",
        "deal_entries",
        pair,
        unique=True,
        sqlite_where=without_need,
        postgresql_where=without_need,
    )
    op.create_table(
        "deal_moves",
        sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key_id", ID),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(f"before IN {STAGES}", name="ck_deal_moves_before"),
        sa.CheckConstraint(f"after IN {STAGES}", name="ck_deal_moves_after"),
    )
    op.create_index("ix_deal_moves_entry_id", "deal_moves", ["entry_id", "seq"])


def _create_deal_details() -> None:
    op.create_table(
        "deal_notes",
        sa.Column("note_id", ID, primary_key=True),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("ix_deal_notes_entry_id", "deal_notes", ["entry_id"])
    op.create_table(
        "deal_reminders",
        sa.Column("reminder_id", ID, primary_key=True),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("institution_id", ID, nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("assigned_to", ID),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("done_at", INSTANT),
        sa.Column("done_by", ID),
    )
    op.create_index("ix_deal_reminders_entry_id", "deal_reminders", ["entry_id"])
    op.create_index(
        "ix_deal_reminders_institution_id", "deal_reminders", ["institution_id", "due_on"]
    )
    op.create_table(
        "theses",
        sa.Column("thesis_id", ID, primary_key=True),
        sa.Column("institution_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.UniqueConstraint("institution_id", "name", name="uq_theses_name"),
    )
