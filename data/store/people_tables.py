"""The SQL tables of organisations, people, keys and sessions, and of the audit log."""

from __future__ import annotations

import sqlalchemy as sa

from data.people import Role
from data.store.tables import FLAG, ID_TYPE, METADATA, Instant

ORGANISATIONS = sa.Table(
    "organisations",
    METADATA,
    sa.Column("organisation_id", ID_TYPE, primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("role", sa.Text(), nullable=False),
    sa.Column("subject_id", ID_TYPE, nullable=True),
    sa.Column("created_at", Instant(), nullable=False),
    sa.Column("closed_at", Instant(), nullable=True),
    sa.Column("legal_hold", FLAG, nullable=False),
    sa.CheckConstraint(
        sa.column("role").in_([sa.literal_column(f"'{role.value}'") for role in Role]),
        name="ck_organisations_role",
    ),
    sa.Index("ix_organisations_subject_id", "subject_id"),
)
"""Who is responsible for what people do."""

PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("person_id", ID_TYPE, primary_key=True),
    sa.Column(
        "organisation_id",
        ID_TYPE,
        sa.ForeignKey("organisations.organisation_id", name="fk_people_organisation_id"),
        nullable=False,
    ),
    sa.Column("login", ID_TYPE, nullable=False),
    sa.Column("display_name", sa.Text(), nullable=False),
    sa.Column("password_hash", sa.Text(), nullable=True),
    sa.Column("created_at", Instant(), nullable=False),
    sa.Column("disabled_at", Instant(), nullable=True),
    sa.UniqueConstraint("login", name="uq_people_login"),
    sa.Index("ix_people_organisation_id", "organisation_id"),
)
"""Those who sign in. A login is unique over all organisations."""

API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("key_id", ID_TYPE, primary_key=True),
    sa.Column("organisation_id", ID_TYPE, nullable=False),
    sa.Column(
        "person_id",
        ID_TYPE,
        sa.ForeignKey("people.person_id", name="fk_api_keys_person_id"),
        nullable=False,
    ),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("digest", sa.Text(), nullable=False),
    sa.Column("scopes", sa.Text(), nullable=False),
    sa.Column("created_at", Instant(), nullable=False),
    sa.Column("expires_at", Instant(), nullable=False),
    sa.Column("revoked_at", Instant(), nullable=True),
    sa.Column("last_used_at", Instant(), nullable=True),
    sa.Index("ix_api_keys_organisation_id", "organisation_id"),
    sa.Index("ix_api_keys_person_id", "person_id"),
)
"""Keys of programs: never the secret, only its digest."""

SIGN_INS = sa.Table(
    "sign_ins",
    METADATA,
    sa.Column("digest", ID_TYPE, primary_key=True),
    sa.Column(
        "person_id",
        ID_TYPE,
        sa.ForeignKey("people.person_id", name="fk_sign_ins_person_id"),
        nullable=False,
    ),
    sa.Column("csrf_token", sa.Text(), nullable=False),
    sa.Column("created_at", Instant(), nullable=False),
    sa.Column("expires_at", Instant(), nullable=False),
    sa.Column("ended_at", Instant(), nullable=True),
    sa.Index("ix_sign_ins_person_id", "person_id"),
    sa.Index("ix_sign_ins_expires_at", "expires_at"),
)
"""Sessions of people: never the cookie, only its digest."""

SIGN_IN_FAILURES = sa.Table(
    "sign_in_failures",
    METADATA,
    sa.Column("login_digest", ID_TYPE, primary_key=True),
    sa.Column("failures", sa.BigInteger(), nullable=False),
    sa.Column("last_at", Instant(), nullable=False),
    sa.Index("ix_sign_in_failures_last_at", "last_at"),
)
"""Attempts to sign in since the last success, by digest: what was typed may be a password."""

AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("at", Instant(), nullable=False),
    sa.Column("organisation_id", ID_TYPE, nullable=True),
    sa.Column("person_id", ID_TYPE, nullable=True),
    sa.Column("key_id", ID_TYPE, nullable=True),
    sa.Column("action", sa.Text(), nullable=False),
    sa.Column("subject_type", sa.Text(), nullable=False),
    sa.Column("subject_id", ID_TYPE, nullable=True),
    sa.Column("detail", sa.Text(), nullable=False),
    sa.Column("request_id", sa.Text(), nullable=True),
    sa.Column("hash", sa.Text(), nullable=False),
    sa.Index("ix_audit_log_subject_id", "subject_id", "seq"),
    sa.Index("ix_audit_log_organisation_id", "organisation_id", "seq"),
)
"""Who did what when. Triggers refuse to change or remove a row; ``hash`` chains them."""
