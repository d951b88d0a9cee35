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

from data import columns as col
from data.errors import DuplicateIdError
from data.records import Event, Record
from data.schema import ID_COLUMN, schema_of
from data.store.change_log import KIND_OF, MANY, UNNOTED_EVENTS, ChangeKind
from data.store.rows import to_csv, to_tuples
from data.store.tables import LIVE, POSTGRESQL, TABLE_NAME, scratch_table

_SCRATCH = {kind: scratch_table(kind) for kind in TABLE_NAME}
_SEQ = "seq"
_NEWEST = "newest"


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
        self._changed: list[str] | None = []

    @property
    def changed(self) -> dict[ChangeKind, list[str] | None]:
        """What :meth:`merge` wrote, for the change feed; ``None`` where it was a lot."""
        return {KIND_OF[self.record_type]: self._changed}

    def clear(self) -> None:
        """Create the temporary table, or empty what an earlier use left."""
        self._table.create(self._connection, checkfirst=True)
        verb = "TRUNCATE" if self._on_postgresql else "DELETE FROM"
        self._connection.exec_driver_sql(f"{verb} {self._table.name}")

    def add(self, chunk: pa.Table) -> None:
        """Append a checked table (:func:`data.store.rows.conform`)."""
        if self._on_postgresql:
            driver: Any = self._connection.connection.dbapi_connection
            statement = f"COPY {self._into(self._names)} FROM STDIN (FORMAT csv)"
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(to_csv(chunk))
            return
        known = [name for name in self._names if chunk.column(name).null_count < len(chunk)]
        marks = ", ".join("?" * len(known))  # binding the columns that nobody fills would cost most
        sql = f"INSERT INTO {self._into(known)} VALUES ({marks})"
        self._connection.exec_driver_sql(sql, to_tuples(chunk.select(known)))

    def _into(self, names: list[str]) -> str:
        quote = self._connection.dialect.identifier_preparer.quote
        return f"{self._table.name} ({', '.join(quote(name) for name in names)})"

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
        index = f"{self._table.name}_by_id"  # without it SQLite compares every row with every row
        self._connection.exec_driver_sql(
            f"CREATE INDEX {index} ON {self._table.name} ({self._id}, {_SEQ})"
        )
        clashes, first = self._clashes()
        if clashes and (not last_wins or self.record_type is Event):
            raise DuplicateIdError(
                f"{self._id} {first!r} comes twice with different content.",
                field=self._id,
                remedy="Keep one record for each id.",
            )
        self._drop_repeated()
        self._connection.exec_driver_sql(f"DROP INDEX {index}")
        return clashes

    def _repeated(self) -> sa.Subquery:
        """Return the ids that occur more than once, each with its newest row."""
        seq, key = self._table.c[_SEQ], self._table.c[self._id]
        repeated = sa.select(key, sa.func.max(seq).label(_NEWEST)).group_by(key)
        return repeated.having(sa.func.count() > 1).subquery()

    def _clashes(self) -> tuple[int, str | None]:
        key = self._table.c[self._id]
        repeated, newest = self._repeated(), self._table.alias()
        found = self._connection.execute(
            sa.select(sa.func.count(key.distinct()), sa.func.min(key))
            .select_from(self._table)
            .join(repeated, repeated.c[self._id] == key)
            .join(newest, newest.c[_SEQ] == repeated.c[_NEWEST])
            .where(self._differs(self._table, newest))
        ).one()
        return int(found[0]), found[1]

    def _drop_repeated(self) -> None:
        # joins and IN: PostgreSQL may go through a NOT IN row by row
        repeated, older = self._repeated(), self._table.alias()
        stale = (
            sa.select(older.c[_SEQ])
            .join(repeated, repeated.c[self._id] == older.c[self._id])
            .where(older.c[_SEQ] < repeated.c[_NEWEST])
        )
        self._connection.execute(sa.delete(self._table).where(self._table.c[_SEQ].in_(stale)))

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
        ids = rows.with_only_columns(self._table.c[self._id])
        if self.record_type is Event:
            self._choose(ids.where(self._table.c[col.KIND].not_in(UNNOTED_EVENTS)))
        else:
            chosen = self._choose(ids)
            if chosen == []:
                return 0
            if chosen is not None:
                rows = rows.where(self._table.c[self._id].in_(chosen))
        # by id: a million random ids cost twice the time, and two writers of the same events who
        # took them in different orders would wait for each other
        rows = rows.order_by(self._table.c[self._id])
        dialect = postgresql if self._on_postgresql else sqlite
        insert = dialect.insert(self._live).from_select(self._names, rows)
        # another process may append the same event between our reading and our writing
        insert = insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        return self._connection.execute(insert).rowcount

    def _update_different(self) -> int:
        values = {name: self._table.c[name] for name in self._names if name != self._id}
        different = self._differs(self._live, self._table)
        query = sa.select(self._table.c[self._id]).join(self._live, self._same_id())
        chosen = self._choose(query.where(different))
        if chosen == []:
            return 0
        update = sa.update(self._live).values(values).where(self._same_id(), different)
        if chosen is not None:
            update = update.where(self._live.c[self._id].in_(chosen))
        return self._connection.execute(update).rowcount

    def _choose(self, query: sa.Select[Any]) -> list[str] | None:
        """Return the ids that ``query`` finds, and note them; ``None`` for more than can be named.

        It costs as much as the write that then needs to look at the chosen rows only.
        """
        # materialized, or PostgreSQL would walk the whole join row by row to find the first ones
        found = query.cte("found").prefix_with("MATERIALIZED", dialect=POSTGRESQL)
        ids = self._connection.execute(sa.select(found).limit(MANY + 1)).scalars().all()
        chosen = None if len(ids) > MANY else list(ids)
        if chosen is None or self._changed is None:
            self._changed = None
        else:
            self._changed = self._changed + chosen
        return chosen

    def _refuse_other_content(self) -> None:
        mine, stored = self._table, self._live
        # min(), not LIMIT 1: PostgreSQL would walk the whole join row by row to find a first one
        first = self._connection.execute(
            sa.select(sa.func.min(mine.c[self._id]))
            .join(stored, self._same_id())
            .where(self._differs(mine, stored))
        ).scalar()
        if first is None:
            return
        unlike = [mine.c[n].is_distinct_from(stored.c[n]).label(n) for n in self._names]
        pair = self._connection.execute(
            sa.select(*unlike)
            .join_from(mine, stored, self._same_id())
            .where(mine.c[self._id] == first)
        ).one()
        names = ", ".join(n for n in self._names if pair._mapping[n])
        raise DuplicateIdError(
            f"{self._id} {first!r} is stored already with another {names}.",
            field=self._id,
            remedy="Events never change: give the new fact an id of its own.",
        )
