"""The SQL tables of jobs, and of answers kept for repeated requests."""

from __future__ import annotations

import sqlalchemy as sa

from data.jobs import JobState
from data.store.tables import FLAG, ID_TYPE, METADATA, ROW_NUMBER, Instant

_STATES = ", ".join(f"'{state.value}'" for state in JobState)

JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    sa.Column("job_id", ID_TYPE, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("arguments", sa.Text(), nullable=False),
    sa.Column("organisation_id", ID_TYPE, nullable=True),
    sa.Column("person_id", ID_TYPE, nullable=True),
    sa.Column("request_key", ID_TYPE, nullable=True),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("progress", sa.Double(), nullable=False),
    sa.Column("phrase", sa.Text(), nullable=False),
    sa.Column("created_at", Instant(), nullable=False),
    sa.Column("started_at", Instant(), nullable=True),
    sa.Column("ended_at", Instant(), nullable=True),
    sa.Column("attempt", sa.BigInteger(), nullable=False),
    sa.Column("owner", sa.Text(), nullable=True),
    sa.Column("beats", sa.BigInteger(), nullable=False),
    sa.Column("heartbeat_at", Instant(), nullable=True),
    sa.Column("process", sa.Text(), nullable=True),
    sa.Column("cancel_requested", FLAG, nullable=False),
    sa.Column("exit_code", sa.BigInteger(), nullable=True),
    sa.Column("result", sa.Text(), nullable=True),
    sa.Column("error", sa.Text(), nullable=True),
    sa.Column("log_file", sa.Text(), nullable=True),
    sa.CheckConstraint(f"state IN ({_STATES})", name="ck_jobs_state"),
    sa.UniqueConstraint("job_id", name="uq_jobs_job_id"),
    sa.UniqueConstraint("request_key", name="uq_jobs_request_key"),
    sa.Index("ix_jobs_state_seq", "state", "seq"),
    sa.Index("ix_jobs_organisation_id_seq", "organisation_id", "seq"),
    sqlite_autoincrement=True,  # the queue goes by number: no clock can reorder it
)
"""Jobs, the queue among them: those that are queued, by number."""

KEPT_ANSWERS = sa.Table(
    "kept_answers",
    METADATA,
    sa.Column("request_key", ID_TYPE, primary_key=True),
    sa.Column("body_digest", sa.Text(), nullable=False),
    sa.Column("token", sa.Text(), nullable=False),
    sa.Column("begun_at", Instant(), nullable=False),
    sa.Column("status", sa.BigInteger(), nullable=True),
    sa.Column("media_type", sa.Text(), nullable=True),
    sa.Column("body", sa.LargeBinary(), nullable=True),
    sa.Index("ix_kept_answers_begun_at", "begun_at"),
)
"""What was answered to requests that may come again; without a status, one is under way."""
