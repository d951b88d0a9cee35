"""The log of provisions: appended to, read, and cut only at its old end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from data.consent import RETENTION_YEARS, Provision
from data.errors import ArgumentError
from data.store.consent_tables import PROVISIONS
from data.store.plain_rows import from_row, reading_of, to_row, writing_to


class ProvisionStore:
    """The part of the store that says who saw what; :attr:`data.store.Store.provisions`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, provisions: Sequence[Provision]) -> None:
        """Store disclosures, all or none, before anything of them is sent."""
        if not provisions:
            return
        rows = [to_row(provision) for provision in provisions]
        for row in rows:
            del row["seq"]
        with writing_to(self._engine) as connection:
            connection.execute(sa.insert(PROVISIONS), rows)

    def of(
        self,
        *,
        firm_id: str | None = None,
        recipient_id: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Provision]:
        """Return provisions, the newest first, of a firm, to a recipient, or all.

        Parameters
        ----------
        before, limit
            A page: the first ``limit`` with a smaller ``seq``.
        """
        holds: sa.ColumnElement[bool] = sa.true()
        wanted = (
            (PROVISIONS.c.firm_id, firm_id),
            (PROVISIONS.c.recipient_id, recipient_id),
        )
        for column, value in wanted:
            holds = holds if value is None else holds & (column == value)
        if before is not None:
            holds = holds & (PROVISIONS.c.seq < before)
        query = sa.select(PROVISIONS).where(holds).order_by(PROVISIONS.c.seq.desc()).limit(limit)
        with reading_of(self._engine) as connection:
            return [from_row(Provision, row) for row in connection.execute(query).mappings()]

    def purge(self, before: dt.datetime, *, now: dt.datetime) -> int:
        """Remove provisions older than ``before``; return how many.

        The database refuses rows younger than the retention by its own clock, too.

        Raises
        ------
        ArgumentError
            ``before`` lies within the years that they must be kept.
        """
        kept_since = now - dt.timedelta(days=366 * RETENTION_YEARS)
        if before > kept_since:
            raise ArgumentError(
                f"Provisions are kept for {RETENTION_YEARS} years; got {before.isoformat()}.",
                field="before",
                remedy=f"Name an instant before {kept_since.date().isoformat()}.",
            )
        with writing_to(self._engine) as connection:
            old = sa.delete(PROVISIONS).where(PROVISIONS.c["at"] < before)
            return connection.execute(old).rowcount
