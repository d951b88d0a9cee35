"""How rows enter the live tables: through a temporary table, then in two set statements.

Rows first go to a *scratch* table of the connection, without any lock on the live tables. Under
the write lock, one INSERT then takes the unknown ids and one UPDATE the rows whose content
differs; the rest is unchanged. So the lock is held for the set statements only, and the counts are
exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data.errors import DuplicateIdError
from data.records import Event, Record
from data.schema import ID_COLUMN, schema_of
from data.store.rows import to_csv, to_tuples
from data.store.tables import LIVE, POSTGRESQL, TABLE_NAME, scratch_table

_SCRATCH = {kind: scratch_table(kind) for kind in TABLE_NAME}
_SEQ = "seq"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many ids were new, changed in content, or stored alike before."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """The number of distinct ids."""
        return self.new + self.changed + self.unchanged

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged
        )


class Scratch:
    """Rows of one record type that wait in a temporary table of ``connection``."""

    def __init__(self, connection: Connection, record_type: type[Record]) -> None:
        self.record_type = record_type
        self._connection = connection
        self._on_postgresql = connection.dialect.name == POSTGRESQL
        self._live = LIVE[record_type]
        self._table = _SCRATCH[record_type]
        self._id = ID_COLUMN[record_type]
        self._names = schema_of(record_type).names
        quote = connection.dialect.identifier_preparer.quote
        self._into = f"{self._table.name} ({', '.join(quote(name) for name in self._names)})"

    def clear(self) -> None:
        """Create the temporary table, or empty what an earlier use left."""
        self._table.create(self._connection, checkfirst=True)
        verb = "TRUNCATE" if self._on_postgresql else "DELETE FROM"
        self._connection.exec_driver_sql(f"{verb} {self._table.name}")

    def add(self, chunk: pa.Table) -> None:
        """Append a checked table (:func:`data.store.rows.conform`)."""
        if self._on_postgresql:
            driver: Any = self._connection.connection.dbapi_connection
            statement = f"COPY {self._into} FROM STDIN (FORMAT csv)"
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(to_csv(chunk))
            return
        marks = ", ".join("?" * len(self._names))
        sql = f"INSERT INTO {self._into} VALUES ({marks})"
        self._connection.exec_driver_sql(sql, to_tuples(chunk))

    def settle(self, *, last_wins: bool) -> int:
        """Leave one row an id; return how many ids came with several contents.

        Equal repetitions are dropped. Of different ones the last stays where ``last_wins``;
        otherwise, and always for events, :class:`DuplicateIdError` names the first such id.
        """
        if self._on_postgresql:
            self._connection.exec_driver_sql(f"ANALYZE {self._table.name}")
        key = self._table.c[self._id]
        rows, ids = self._connection.execute(
            sa.select(sa.func.count(), sa.func.count(key.distinct()))
        ).one()
        if rows == ids:
            return 0
        clashes, first = self._clashes()
        if clashes and (not last_wins or self.record_type is Event):
            raise DuplicateIdError(
                f"{self._id} {first!r} comes twice with different content.",
                field=self._id,
                remedy="Keep one record for each id.",
            )
        newest = sa.select(sa.func.max(self._table.c[_SEQ])).group_by(key)
        self._connection.execute(sa.delete(self._table).where(self._table.c[_SEQ].not_in(newest)))
        return clashes

    def _clashes(self) -> tuple[int, str | None]:
        seq, key = self._table.c[_SEQ], self._table.c[self._id]
        repeated = (
            sa.select(key, sa.func.max(seq).label("newest"))
            .group_by(key)
            .having(sa.func.count() > 1)
            .subquery()
        )
        other = self._table.alias("other")
        found = self._connection.execute(
            sa.select(sa.func.count(key.distinct()), sa.func.min(key))
            .select_from(self._table)
            .join(repeated, repeated.c[self._id] == key)
            .join(other, other.c[_SEQ] == repeated.c.newest)
            .where(self._differs(self._table, other))
        ).one()
        return int(found[0]), found[1]

    def _differs(self, left: sa.FromClause, right: sa.FromClause) -> sa.ColumnElement[bool]:
        names = [name for name in self._names if name != self._id]
        return sa.or_(*(left.c[name].is_distinct_from(right.c[name]) for name in names))

    def _same_id(self) -> sa.ColumnElement[bool]:
        return self._table.c[self._id] == self._live.c[self._id]

    def _unknown(self) -> sa.ColumnElement[bool]:
        return ~sa.exists().where(self._same_id()).correlate(self._table)

    def _count(self) -> int:
        return self._scalar(sa.select(sa.func.count()).select_from(self._table))

    def _scalar(self, query: sa.Select[Any]) -> int:
        return int(self._connection.execute(query).scalar_one())

    def preview(self) -> Counts:
        """Return what :meth:`merge` would count, reading only."""
        rows = sa.select(sa.func.count()).select_from(self._table)
        new = self._scalar(rows.where(self._unknown()))
        if self.record_type is Event:
            self._refuse_other_content()
            return Counts(new, 0, self._count() - new)
        pairs = rows.join(self._live, self._same_id())
        changed = self._scalar(pairs.where(self._differs(self._table, self._live)))
        return Counts(new, changed, self._count() - new - changed)

    def merge(self) -> Counts:
        """Write the rows into the live table, inside the caller's write transaction."""
        appending = self.record_type is Event
        if self._on_postgresql and not appending:  # SQLite's one write lock is held already
            self._connection.exec_driver_sql(
                f"LOCK TABLE {self._live.name} IN SHARE ROW EXCLUSIVE MODE"
            )
        new = self._insert_unknown()
        if appending:
            self._refuse_other_content()
            return Counts(new, 0, self._count() - new)
        changed = self._update_different()
        return Counts(new, changed, self._count() - new - changed)

    def _insert_unknown(self) -> int:
        rows = sa.select(*(self._table.c[name] for name in self._names)).where(self._unknown())
        dialect = postgresql if self._on_postgresql else sqlite
        insert = dialect.insert(self._live).from_select(self._names, rows)
        # another process may append the same event between our reading and our writing
        insert = insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        return self._connection.execute(insert).rowcount

    def _update_different(self) -> int:
        values = {name: self._table.c[name] for name in self._names if name != self._id}
        update = sa.update(self._live).values(values)
        different = self._differs(self._live, self._table)
        return self._connection.execute(update.where(self._same_id(), different)).rowcount

    def _refuse_other_content(self) -> None:
        pairs = sa.select(self._table, self._live).join(self._live, self._same_id())
        first = self._connection.execute(
            pairs.where(self._differs(self._table, self._live))
            .order_by(self._table.c[self._id])
            .limit(1)
        ).first()
        if first is None:
            return
        ours, stored = first[1 : len(self._names) + 1], first[len(self._names) + 1 :]
        names = [n for n, a, b in zip(self._names, ours, stored, strict=True) if a != b]
        raise DuplicateIdError(
            f"{self._id} {first[1]!r} is stored already with another {', '.join(names)}.",
            field=self._id,
            remedy="Events never change: give the new fact an id of its own.",
        )
