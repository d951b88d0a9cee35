"""Parquet files of a user as sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import InputError
from data.importers.sheets import Batch, checked_headers


@dataclass(frozen=True)
class ParquetSheet:
    """A Parquet file; its first row is line 1."""

    file: Path
    headers: tuple[str, ...]
    n_rows: int | None
    name: str = ""

    def batches(self, size: int) -> Iterator[Batch]:
        """Give the rows, ``size`` at a time."""
        line = 1
        try:
            with pq.ParquetFile(self.file) as parquet:
                for block in parquet.iter_batches(batch_size=size):
                    lines = np.arange(line, line + len(block), dtype=np.int64)
                    line += len(block)
                    cells = dict(zip(self.headers, block.columns, strict=True))
                    yield Batch(lines, cells)
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(self.file, error) from error


def open_parquet(path: Path) -> ParquetSheet:
    """Open a Parquet file.

    Raises
    ------
    InputError
        Where it is damaged, or no Parquet file.
    """
    try:
        with pq.ParquetFile(path) as parquet:
            names = parquet.schema_arrow.names
            n_rows = parquet.metadata.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(path, error) from error
    return ParquetSheet(path, checked_headers(names, path.name), n_rows)


def _unreadable(path: Path, error: BaseException) -> InputError:
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return InputError(
        f"{path.name} cannot be read as a Parquet file: {reason}.",
        field="data",
        remedy="Copy the file again, or write it anew; it is damaged or of another format.",
    )
