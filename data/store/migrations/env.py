"""Alembic's entry: runs revisions on the connection that :mod:`data.store.migrating` hands over."""

from __future__ import annotations

from alembic import context

from data.store.migrating import VERSION_TABLE
from data.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
