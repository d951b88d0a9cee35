"""``finmatch export``: records of the store as CSV, Excel or Parquet."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from data.records import Record

EXAMPLES = (
    "finmatch export events --out events.xlsx",
    "finmatch export firms --out firms.csv --lang en",
)


class Records(StrEnum):
    """What can be exported."""

    BASES = "bases"
    FIRMS = "firms"
    NEEDS = "needs"
    INSTITUTIONS = "institutions"
    OFFERS = "offers"
    EVENTS = "events"
    RATINGS = "ratings"


def run(
    records: Annotated[Records, typer.Argument(help="Kind of records.", metavar="RECORDS")],
    out: Annotated[
        Path, typer.Option(help="File to write: .csv, .xlsx or .parquet.", metavar="FILE")
    ],
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Write records of the store to a file.

    CSV and Excel have headings and values in the language of the output, and can be imported again;
    Parquet has the columns as they are stored.
    """
    from service.sheets import check_suffix, export_records

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    check_suffix(out)
    kind = _record_type(records)
    with session.open_store() as store, terminal.progress() as bar:
        total = store.count(kind)
        n_rows = export_records(
            out,
            kind,
            store.batches(kind),
            chinese=terminal.chinese,
            wrote=lambda done: bar("export", done, total),
        )
    terminal.emit({"file": str(out), "records": records.value, "rows": n_rows})
    terminal.line("export.done", rows=f"{n_rows:,}", place=out)


def _record_type(records: Records) -> type[Record]:
    from data.importers.mapping import find_record_type

    found = find_record_type(records.value)
    assert found is not None
    return found
