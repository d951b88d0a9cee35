"""Whose records an import may write: one institution its offers, one base its firms."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data import columns as col
from data.errors import InputError
from data.importers.mapping import ImportMapping, TableMapping
from data.importers.record_tables import column_of
from data.records import Firm, Offer, Record
from data.schema import ID_COLUMN

if TYPE_CHECKING:
    from data.importers.planning import TablePlan
    from data.store import Store

OWNER_COLUMN: dict[type[Record], str] = {Offer: col.INSTITUTION_ID, Firm: col.BASE_ID}
"""The column of a record that says whose it is, for the types that an owner may upload."""


@dataclass(frozen=True)
class RowReach:
    """Only records of one type that belong to one owner."""

    record_type: type[Record]
    owner_id: str

    @property
    def owner_column(self) -> str:
        """The column that says whose a record is."""
        return OWNER_COLUMN[self.record_type]

    def with_owner(self, mapping: ImportMapping) -> ImportMapping:
        """Return a mapping by which every table holds this type, and the owner's by default.

        Raises
        ------
        InputError
            The mapping says that a table holds another type.
        """
        default = {self.owner_column: self.owner_id}
        tables = {**mapping.tables, "*": mapping.tables.get("*", TableMapping())}
        given = {
            pattern: dataclasses.replace(
                table,
                record_type=self._only(table.record_type),
                defaults={**table.defaults, **default},
            )
            for pattern, table in tables.items()
        }
        return dataclasses.replace(mapping, tables=given)

    def _only(self, said: type[Record] | None) -> type[Record]:
        if said not in (None, self.record_type):
            raise InputError(
                f"You may upload {self.record_type.__name__.lower()} records only.",
                field="record_type",
                remedy="Leave the others out, or ask the administrator to import them.",
            )
        return self.record_type


class RowGuard(Protocol):
    """Says which tables and which of their records may be written."""

    def limited(self, plan: TablePlan) -> TablePlan:
        """Return the plan of a table as it may be read."""

    def outside(self, record_type: type[Record], table: pa.Table) -> NDArray[np.bool_]:
        """Return which records may not be written, shape ``(n,)``."""


class StoreGuard:
    """Lets pass what belongs to one owner, in the table and, where it is stored, there too.

    A table that does not say whose its records are is taken for the owner's.
    """

    def __init__(self, reach: RowReach, store: Store) -> None:
        self.reach = reach
        self._store = store

    def limited(self, plan: TablePlan) -> TablePlan:
        """Return the plan without the owner as a default where a column names the owners."""
        reach = self.reach
        if not any(reach.owner_column in column.target.fills for column in plan.columns):
            return plan
        defaults = {k: v for k, v in plan.defaults.items() if k != reach.owner_column}
        return dataclasses.replace(plan, defaults=defaults)

    def outside(self, record_type: type[Record], table: pa.Table) -> NDArray[np.bool_]:
        """Return which records belong to others, by what they say or by what is stored."""
        mine, owner = self.reach.owner_id, self.reach.owner_column
        said = column_of(table, owner).to_pylist()
        ids = column_of(table, ID_COLUMN[record_type]).to_pylist()
        stored = self._store.values_of(record_type, owner, ids)
        return np.array(_others(zip(said, ids, strict=True), mine, stored), dtype=bool)


def _others(
    rows: Iterable[tuple[str | None, str]], mine: str, stored: dict[str, str | None]
) -> list[bool]:
    return [said != mine or stored.get(record_id, mine) != mine for said, record_id in rows]
