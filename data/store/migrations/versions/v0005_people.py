"""Organisations, people, sessions, keys, and the audit log.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

POSTGRESQL = "postgresql"
ID = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
FLAG = sa.SmallInteger().with_variant(sa.Boolean(), POSTGRESQL)
INSTANT = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), POSTGRESQL)

SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
)
POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION finmatch_guard_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION finmatch_guard_audit_log()
    """,
    """
    CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION finmatch_guard_audit_log()
    """,
)


def upgrade() -> None:
    """Create the tables."""
    _create_organisations()
    _create_people()
    _create_api_keys()
    _create_sign_ins()
    _create_sign_in_failures()
    _create_audit_log()
    on_postgresql = op.get_bind().dialect.name == POSTGRESQL
    for statement in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables."""
    for name in (
        "audit_log",
        "sign_in_failures",
        "sign_ins",
        "api_keys",
        "people",
        "organisations",
    ):
        op.drop_table(name)
    if op.get_bind().dialect.name == POSTGRESQL:
        op.execute("DROP FUNCTION finmatch_guard_audit_log()")


def _create_organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("organisation_id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("subject_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("legal_hold", FLAG, nullable=False),
        sa.CheckConstraint(
            "role IN ('firm', 'institution', 'organizer', 'evaluator', 'base_operator', "
            "'administrator')",
            name="ck_organisations_role",
        ),
    )
    op.create_index("ix_organisations_subject_id", "organisations", ["subject_id"])


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("person_id", ID, primary_key=True),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("login", ID, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.UniqueConstraint("login", name="uq_people_login"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name="fk_people_organisation_id",
        ),
    )
    op.create_index("ix_people_organisation_id", "people", ["organisation_id"])


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", ID, primary_key=True),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_api_keys_person_id"),
    )
    op.create_index("ix_api_keys_organisation_id", "api_keys", ["organisation_id"])
    op.create_index("ix_api_keys_person_id", "api_keys", ["person_id"])


def _create_sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("digest", ID, primary_key=True),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_sign_ins_person_id"),
    )
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"])
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])


def _create_sign_in_failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("login_digest", ID, primary_key=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
    )
    op.create_index("ix_sign_in_failures_last_at", "sign_in_failures", ["last_at"])


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("organisation_id", ID),
        sa.Column("person_id", ID),
        sa.Column("key_id", ID),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", ID),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text()),
        sa.Column("hash", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_log_subject_id", "audit_log", ["subject_id", "seq"])
    op.create_index("ix_audit_log_organisation_id", "audit_log", ["organisation_id", "seq"])
