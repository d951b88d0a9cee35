"""Lists that were shown, to be replayed.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)

EVENTS_INDEX = "ix_events_recommendation_id"


def upgrade() -> None:
    """Create the table, and the index by which impressions are found."""
    op.create_table(
        "shown_lists",
        sa.Column("recommendation_id", ID, primary_key=True),
        sa.Column("shown_at", INSTANT, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("firm_id", ID),
        sa.Column("need_id", ID),
        sa.Column("base_id", ID),
        sa.Column("institution_id", ID),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_index(
        "ix_shown_lists_organisation_id", "shown_lists", ["organisation_id", "shown_at"]
    )
    op.create_index("ix_shown_lists_firm_id", "shown_lists", ["firm_id"])
    op.create_index(EVENTS_INDEX, "events", ["recommendation_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index(EVENTS_INDEX, "events")
    op.drop_table("shown_lists")
