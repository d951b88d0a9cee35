"""Whose a roadshow is.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)

INDEX = "ix_roadshows_organisation_id"


def upgrade() -> None:
    """Add the owner; roadshows that are there have none."""
    op.add_column("roadshows", sa.Column("organisation_id", ID, nullable=True))
    op.create_index(INDEX, "roadshows", ["organisation_id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index(INDEX, "roadshows")
    op.drop_column("roadshows", "organisation_id")
