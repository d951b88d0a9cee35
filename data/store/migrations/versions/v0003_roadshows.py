"""Roadshows, every version of their plans, and reports on meetings.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
DAY = sa.Text().with_variant(sa.Date(), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "roadshows",
        sa.Column("roadshow_id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'running', 'closed')", name="ck_roadshows_state"
        ),
    )
    op.create_table(
        "roadshow_plans",
        sa.Column("roadshow_id", ID, primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("solver_version", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
    )
    op.create_table(
        "roadshow_reports",
        sa.Column("roadshow_id", ID, primary_key=True),
        sa.Column("firm_id", ID, primary_key=True),
        sa.Column("institution_id", ID, primary_key=True),
        sa.Column("attendance", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("outcome_on", DAY),
        sa.Column("follow_up_on", DAY),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )


def downgrade() -> None:
    """Remove the three tables."""
    for name in ("roadshow_reports", "roadshow_plans", "roadshows"):
        op.drop_table(name)
