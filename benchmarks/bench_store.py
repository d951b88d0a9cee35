"""What the store costs beside bare SQLite: the same rows, tables, indexes and settings in one run.

    python benchmarks/bench_store.py [--rows 1000000] [--url postgresql://…]

``raw`` is ``sqlite3``'s ``executemany`` with tuples that are ready, and ``fetchall`` into tuples.
The store begins with Arrow tables: it checks every value, finds out which rows are new, changed or
unchanged, and gives Arrow tables back. Costs are processor time of this process; read the ratios.
With ``--url`` the store is measured there (for PostgreSQL, whose server works elsewhere, see the
seconds on the wall). The peak is the memory of the process beyond the tables themselves.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from data import columns as col
from data.records import Event, Firm, Record
from data.store import Store
from data.store.rows import chunks, to_tuples
from data.store.tables import LIVE

SEED = 20_130_101
BATCH = 50_000
DAY_US = 86_400_000_000


def made_firms(rng: np.random.Generator, numbers: np.ndarray) -> pa.Table:
    """Firms with the columns that a real source fills."""
    n = len(numbers)
    return pa.table(
        {
            col.FIRM_ID: [f"firm_bench_{i:08d}" for i in numbers],
            col.NAME: [f"南京第{i}科技有限公司" for i in numbers],
            col.PROVINCE: rng.choice(["江苏", "浙江"], n),
            col.CITY: rng.choice(["南京", "苏州", "无锡", "杭州"], n),
            col.INDUSTRY: rng.choice(["C3911", "I6510", "M7310"], n),
            col.SECTORS: [["软件", "人工智能"] if i % 3 else ["生物"] for i in numbers],
            col.EMPLOYEES: rng.integers(1, 300, n),
            col.REVENUE_MINOR: rng.integers(1, 10**11, n),
            col.FOUNDED_ON: pa.array(12_000 + numbers % 3_000, pa.int32()).cast(pa.date32()),
            col.DESCRIPTION: [f"从事软件开发、系统集成及技术服务，编号{i}。" * 3 for i in numbers],
            col.SOURCE_KEY: [str(i) for i in numbers],
        }
    )


def made_events(rng: np.random.Generator, numbers: np.ndarray) -> pa.Table:
    """One funding a firm, spread over 20,000 offers."""
    n = len(numbers)
    instants = pa.array(numbers % 4_000 * DAY_US, pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            col.EVENT_ID: [f"event_bench_{i:08d}" for i in numbers],
            col.KIND: ["funded"] * n,
            col.OCCURRED_AT: instants,
            col.FIRM_ID: [f"firm_bench_{i:08d}" for i in numbers],
            col.OFFER_ID: [f"offer_bench_{i}" for i in rng.integers(0, 20_000, n)],
            col.AMOUNT_MINOR: rng.integers(1, 10**11, n),
        }
    )


def cost(work: Callable[[], Any]) -> tuple[float, float]:
    """Return the processor seconds and the seconds on the wall of ``work``."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def peak_mb() -> float:
    """Return the largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def raw_database(path: Path, record_type: type[Record]) -> sqlite3.Connection:
    """Make a bare database with the store's table, indexes and settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    table, dialect = LIVE[record_type], sqlite.dialect()
    connection.execute(str(CreateTable(table).compile(dialect=dialect)))
    for index in table.indexes:
        connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    return connection


def raw_costs(path: Path, record_type: type[Record], table: pa.Table) -> tuple[float, float]:
    """Return the processor seconds of writing ready tuples and of fetching them again."""
    connection = raw_database(path, record_type)
    rows = [row for chunk in chunks(record_type, table) for row in to_tuples(chunk)]
    name = LIVE[record_type].name
    statement = f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})"

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("COMMIT")

    written, _ = cost(write)
    read, _ = cost(connection.execute(f"SELECT * FROM {name}").fetchall)
    connection.close()
    return written, read


def staged(store: Store, tables: dict[type[Record], pa.Table]) -> None:
    """Import the tables by a session, in batches, as an importer does."""
    n = len(next(iter(tables.values())))
    with store.import_session(source="bench", fingerprint="1") as session:
        for number, start in enumerate(range(0, n, BATCH), start=1):
            for record_type, table in tables.items():
                session.stage(record_type, table.slice(start, BATCH))
            session.checkpoint(number)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--url", default=None)
    options = parser.parse_args()
    n = options.rows
    rng = np.random.default_rng(SEED)
    parts = np.array_split(rng.permutation(n), max(1, n // BATCH))
    tables: dict[type[Record], pa.Table] = {
        Firm: pa.concat_tables(made_firms(rng, part) for part in parts),
        Event: pa.concat_tables(made_events(rng, part) for part in parts),
    }
    print(f"{n:,} firms and as many events: processor seconds, and the ratio to bare SQLite\n")
    with tempfile.TemporaryDirectory() as folder:
        before = peak_mb()
        url = options.url or f"sqlite:///{folder}/store.db"
        with Store.open(url) as store:
            imported, import_wall = cost(lambda: staged(store, tables))
            import_peak = peak_mb() - before
            again, again_wall = cost(lambda: staged(store, tables))
            read, read_wall = cost(store.load_catalogue)
        raw = [raw_costs(Path(folder) / f"{k.__name__}.db", k, t) for k, t in tables.items()]
    raw_written, raw_read = (sum(pair) for pair in zip(*raw, strict=True))
    lines = [
        ("raw write", raw_written, raw_written, None),
        ("import session, all new", imported, raw_written, import_wall),
        ("import session, nothing new", again, raw_written, again_wall),
        ("raw read", raw_read, raw_read, None),
        ("load_catalogue", read, raw_read, read_wall),
    ]
    for name, seconds, base, wall in lines:
        on_wall = "" if wall is None else f"   wall {wall:6.1f} s   {2 * n / wall:9,.0f} rows/s"
        print(f"{name:30}{seconds:8.2f} s   ratio {seconds / base:5.2f}{on_wall}")
    print(f"\npeak memory of the import: {import_peak:,.0f} MB above the tables to import")


if __name__ == "__main__":
    main()
