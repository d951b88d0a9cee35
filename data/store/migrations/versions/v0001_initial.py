"""The first tables: records, imports under way and done, erasures, and the guard of the events.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
FLAG = sa.SmallInteger().with_variant(sa.Boolean(), POSTGRESQL)
DAY = sa.Text().with_variant(sa.Date(), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_GUARDS = (
    """
    CREATE TRIGGER events_no_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """,
    """
    CREATE TRIGGER events_no_delete BEFORE DELETE ON events
    WHEN NOT EXISTS (
        SELECT 1 FROM erasures WHERE erasures.firm_id = OLD.firm_id AND in_progress
    )
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """,
)
POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION finmatch_guard_events() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (
                SELECT 1 FROM erasures WHERE erasures.firm_id = OLD.firm_id AND in_progress
            ) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION finmatch_guard_events()
    """,
    """
    CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION finmatch_guard_events()
    """,
)


def upgrade() -> None:
    """Create everything."""
    _create_bases()
    _create_firms()
    _create_needs()
    _create_institutions()
    _create_offers()
    _create_events()
    _create_ratings()
    _create_import_staging()
    _create_staged_batches()
    _create_import_runs()
    _create_erasures()
    on_postgresql = op.get_bind().dialect.name == POSTGRESQL
    for statement in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    """Remove everything, rows included."""
    for name in (
        "erasures",
        "import_runs",
        "staged_batches",
        "import_staging",
        "ratings",
        "events",
        "offers",
        "institutions",
        "needs",
        "firms",
        "bases",
    ):
        op.drop_table(name)
    if op.get_bind().dialect.name == POSTGRESQL:
        op.execute("DROP FUNCTION finmatch_guard_events()")


def _create_bases() -> None:
    op.create_table(
        "bases",
        sa.Column("base_id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("province", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("operator", sa.Text()),
        sa.Column("founded_on", DAY),
        sa.Column("focus_sectors", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("source_key", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('entrepreneurship_base', 'entrepreneurship_park', 'maker_space', "
            "'incubator', 'park_in_park', 'anchor_firm_base')",
            name="ck_bases_kind",
        ),
        sa.CheckConstraint(
            "level IN ('national', 'provincial', 'municipal')",
            name="ck_bases_level",
        ),
    )


def _create_firms() -> None:
    op.create_table(
        "firms",
        sa.Column("firm_id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company_code", sa.Text()),
        sa.Column("base_id", ID),
        sa.Column("country", sa.Text()),
        sa.Column("province", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("postcode", sa.Text()),
        sa.Column("metro", sa.Text()),
        sa.Column("industry", sa.Text()),
        sa.Column("industry_system", sa.Text()),
        sa.Column("sectors", sa.Text(), nullable=False),
        sa.Column("legal_form", sa.Text()),
        sa.Column("nonprofit", FLAG),
        sa.Column("founded_on", DAY),
        sa.Column("employees", sa.BigInteger()),
        sa.Column("size_class", sa.Text()),
        sa.Column("revenue_minor", sa.BigInteger()),
        sa.Column("assets_minor", sa.BigInteger()),
        sa.Column("liabilities_minor", sa.BigInteger()),
        sa.Column("rd_expense_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("credentials", sa.Text(), nullable=False),
        sa.Column("tax_grade", sa.Text()),
        sa.Column("class_one_ip", sa.BigInteger()),
        sa.Column("class_two_ip", sa.BigInteger()),
        sa.Column("key_project", FLAG),
        sa.Column("description", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("source_key", sa.Text()),
        sa.CheckConstraint(
            "size_class IN ('micro', 'small', 'medium', 'large')",
            name="ck_firms_size_class",
        ),
        sa.CheckConstraint("tax_grade IN ('A', 'B', 'M', 'C', 'D')", name="ck_firms_tax_grade"),
    )
    op.create_index("ix_firms_base_id", "firms", ["base_id"])


def _create_needs() -> None:
    op.create_table(
        "needs",
        sa.Column("need_id", ID, primary_key=True),
        sa.Column("firm_id", ID),
        sa.Column("base_id", ID),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stated_on", DAY, nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("amount_low_minor", sa.BigInteger()),
        sa.Column("amount_high_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("purpose", sa.Text()),
        sa.Column("term_months", sa.BigInteger()),
        sa.Column("collateral", sa.Text(), nullable=False),
        sa.Column("employees", sa.BigInteger()),
        sa.Column("text", sa.Text()),
        sa.Column("implied", FLAG, nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("source_key", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('debt', 'equity', 'guarantee', 'insurance', 'service')",
            name="ck_needs_kind",
        ),
    )
    op.create_index("ix_needs_base_id", "needs", ["base_id"])
    op.create_index("ix_needs_firm_id", "needs", ["firm_id"])


def _create_institutions() -> None:
    op.create_table(
        "institutions",
        sa.Column("institution_id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("natural_person", FLAG),
        sa.Column("registration_no", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("province", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("sectors", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("declared_on", DAY),
        sa.Column("description", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("source_key", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('bank', 'guarantor', 'insurer', 'fund', 'service_provider')",
            name="ck_institutions_kind",
        ),
    )


def _create_offers() -> None:
    op.create_table(
        "offers",
        sa.Column("offer_id", ID, primary_key=True),
        sa.Column("institution_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_min_minor", sa.BigInteger()),
        sa.Column("amount_max_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("term_min_months", sa.BigInteger()),
        sa.Column("term_max_months", sa.BigInteger()),
        sa.Column("rate_low_pct", sa.Double()),
        sa.Column("rate_high_pct", sa.Double()),
        sa.Column("fee_pct", sa.Double()),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("base_ids", sa.Text(), nullable=False),
        sa.Column("base_levels", sa.Text(), nullable=False),
        sa.Column("industries", sa.Text(), nullable=False),
        sa.Column("industries_excluded", sa.Text(), nullable=False),
        sa.Column("sectors", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("size_classes", sa.Text(), nullable=False),
        sa.Column("credentials_any", sa.Text(), nullable=False),
        sa.Column("tax_grades", sa.Text(), nullable=False),
        sa.Column("collateral_any", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("firm_age_min_months", sa.BigInteger()),
        sa.Column("firm_age_max_months", sa.BigInteger()),
        sa.Column("employees_min", sa.BigInteger()),
        sa.Column("employees_max", sa.BigInteger()),
        sa.Column("revenue_min_minor", sa.BigInteger()),
        sa.Column("revenue_max_minor", sa.BigInteger()),
        sa.Column("class_one_ip_min", sa.BigInteger()),
        sa.Column("resident_first", FLAG, nullable=False),
        sa.Column("valid_from", DAY),
        sa.Column("valid_to", DAY),
        sa.Column("description", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("source_key", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('debt', 'equity', 'guarantee', 'insurance', 'service')",
            name="ck_offers_kind",
        ),
    )
    op.create_index("ix_offers_institution_id", "offers", ["institution_id"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", ID, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("need_id", ID),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("recommendation_id", sa.Text()),
        sa.Column("position", sa.BigInteger()),
        sa.Column("model_version", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('impression', 'view', 'save', 'contact', 'meeting', 'application', "
            "'approval', 'funded', 'declined', 'withdrawn')",
            name="ck_events_kind",
        ),
    )
    op.create_index("ix_events_firm_id_occurred_at", "events", ["firm_id", "occurred_at"])
    op.create_index("ix_events_offer_id_occurred_at", "events", ["offer_id", "occurred_at"])


def _create_ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("rating_id", ID, primary_key=True),
        sa.Column("firm_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("rated_at", INSTANT, nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("source", sa.Text()),
    )
    op.create_index("ix_ratings_firm_id", "ratings", ["firm_id"])
    op.create_index("ix_ratings_offer_id", "ratings", ["offer_id"])


def _create_import_staging() -> None:
    op.create_table(
        "import_staging",
        sa.Column("run_id", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("dry_run", FLAG, nullable=False),
        sa.Column("batches_done", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.UniqueConstraint("source", "dry_run", name="uq_import_staging_source"),
    )


def _create_staged_batches() -> None:
    op.create_table(
        "staged_batches",
        sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column(
            "run_id",
            ROW_NUMBER,
            sa.ForeignKey(
                "import_staging.run_id", name="fk_staged_batches_run_id", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_staged_batches_run_id", "staged_batches", ["run_id"])


def _create_import_runs() -> None:
    op.create_table(
        "import_runs",
        sa.Column("run_id", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("imported_at", INSTANT),
        sa.Column("counts", sa.Text(), nullable=False),
    )


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("firm_id", ID, primary_key=True),
        sa.Column("in_progress", FLAG, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
