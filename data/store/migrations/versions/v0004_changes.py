"""What changed in the store, in the order of the writes.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "changes",
        sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", ID),
        sa.Column("changed_at", INSTANT, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("changes")
