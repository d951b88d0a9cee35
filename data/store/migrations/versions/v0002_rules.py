"""Versioned rules, facts beside the records, and answers to be replayed.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
DAY = sa.Text().with_variant(sa.Date(), POSTGRESQL)


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "rules",
        sa.Column("rule_id", ID, primary_key=True),
        sa.Column("version", ID, primary_key=True),
        sa.Column("effective_from", DAY),
        sa.Column("effective_to", DAY),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("subject_id", ID, primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("known_on", DAY, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expires_on", DAY),
        sa.Column("source", sa.Text()),
    )
    op.create_table(
        "eligibility_answers",
        sa.Column("answer_id", ID, primary_key=True),
        sa.Column("answered_on", DAY, nullable=False),
        sa.Column("need_id", ID, nullable=False),
        sa.Column("firm_id", ID),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_index("ix_eligibility_answers_firm_id", "eligibility_answers", ["firm_id"])


def downgrade() -> None:
    """Remove the three tables."""
    for name in ("eligibility_answers", "facts", "rules"):
        op.drop_table(name)
