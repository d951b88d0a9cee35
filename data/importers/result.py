"""What reading a source gives: tables of records and the rejects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from data.catalogue import Catalogue
from data.importers.rejects import Rejects
from data.records import Record


@dataclass(frozen=True)
class ImportResult:
    """Records read from one source, as Arrow tables in the schemas of :mod:`data.schema`."""

    source: str
    tables: dict[type[Record], pa.Table]
    rejects: Rejects = field(default_factory=Rejects)

    def catalogue(self) -> Catalogue:
        """Build a catalogue of the tables."""
        return Catalogue.from_tables(self.tables)

    def n_records(self) -> int:
        """Return the number of records of all types."""
        return sum(len(table) for table in self.tables.values())


@dataclass(frozen=True)
class Importer:
    """One kind of real data set: how to read a folder of it, and the files it takes.

    ``patterns`` are the file patterns inside the folder; the first one must match.
    """

    name: str
    patterns: tuple[str, ...]
    read: Callable[[Path], ImportResult]
