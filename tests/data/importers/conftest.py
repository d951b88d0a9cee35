"""Small folders of the real sets, written by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Write = Callable[..., Path]


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write one Parquet file of columns into the folder of the test."""

    def write_file(name: str, columns: Mapping[str, Sequence[Any] | pa.Array]) -> Path:
        pq.write_table(pa.table(dict(columns)), tmp_path / name)
        return tmp_path

    return write_file
