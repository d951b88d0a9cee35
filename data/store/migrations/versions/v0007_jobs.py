"""Jobs that run outside the request path, and answers kept for repeated requests.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
SQLITE = "sqlite"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
FLAG = sa.SmallInteger().with_variant(sa.Boolean(), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), SQLITE)


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "jobs",
        sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID),
        sa.Column("person_id", ID),
        sa.Column("request_key", ID),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", INSTANT),
        sa.Column("process", sa.Text()),
        sa.Column("cancel_requested", FLAG, nullable=False),
        sa.Column("exit_code", sa.BigInteger()),
        sa.Column("result", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("log_file", sa.Text()),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'lost')",
            name="ck_jobs_state",
        ),
        sa.UniqueConstraint("job_id", name="uq_jobs_job_id"),
        sa.UniqueConstraint("request_key", name="uq_jobs_request_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state_seq", "jobs", ["state", "seq"])
    op.create_index("ix_jobs_organisation_id_seq", "jobs", ["organisation_id", "seq"])
    op.create_table(
        "kept_answers",
        sa.Column("request_key", ID, primary_key=True),
        sa.Column("body_digest", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("status", sa.BigInteger()),
        sa.Column("media_type", sa.Text()),
        sa.Column("body", sa.LargeBinary()),
    )
    op.create_index("ix_kept_answers_begun_at", "kept_answers", ["begun_at"])


def downgrade() -> None:
    """Remove the two tables."""
    for name in ("kept_answers", "jobs"):
        op.drop_table(name)
