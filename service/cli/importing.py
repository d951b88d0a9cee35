"""``finmatch import``: real sets and a user's own tables into the store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import ArgumentError
from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session
from service.clock import now
from service.console import Terminal

if TYPE_CHECKING:
    from data.importers.reach import RowReach
    from data.importers.run import ImportReport, TableNote
    from data.store import Store

MOST_REJECTS_SHOWN = 8
MOST_PREVIEWED = 3

EXAMPLES = (
    "finmatch import crunchbase ../shared/data/crunchbase",
    "finmatch import tables firms.xlsx offers.csv --mapping headers.toml --dry-run",
)


class Source(StrEnum):
    """What can be imported."""

    CRUNCHBASE = "crunchbase"
    ITJUZI = "itjuzi"
    PPP = "ppp"
    TABLES = "tables"


def run(
    source: Annotated[Source, typer.Argument(help="Kind of files.", metavar="SOURCE")],
    places: Annotated[
        list[Path],
        typer.Argument(help="Folder of the set; for tables, files and folders.", metavar="PATH"),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(help="What unknown headers mean (.json or .toml).", metavar="FILE"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be imported; write nothing.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="Where to list what could not be used (CSV).",
            metavar="FILE",
            show_default="HOME/rejects/SOURCE.rejects.csv",
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            help="Name under which the import is noted and resumed.",
            metavar="NAME",
            show_default="SOURCE",
        ),
    ] = None,
    for_institution: Annotated[
        str | None,
        typer.Option(
            "--for-institution", help="Take only offers of this institution.", metavar="ID"
        ),
    ] = None,
    for_base: Annotated[
        str | None,
        typer.Option("--for-base", help="Take only firms of this base.", metavar="ID"),
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Import funding histories or your own tables into the store.

    SOURCE is crunchbase, itjuzi, ppp (a folder with the files of that set) or tables (CSV, JSON
    lines, Parquet and Excel files with Chinese or English headers). The same files a second time
    add nothing; an import that was interrupted goes on where it stopped.
    """
    from data.importers.mapping import read_mapping
    from data.importers.run import import_into

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    rejects_path = rejects or session.settings.rejects / f"{source.value}.rejects.csv"
    said = None if mapping is None else read_mapping(mapping)
    with _target(session, dry_run=dry_run) as store, terminal.progress() as bar:
        report = import_into(
            store,
            source.value,
            places,
            mapping=said,
            dry_run=dry_run,
            progress=lambda done, total: bar("import", done, total),
            rejects_path=rejects_path,
            imported_at=now(),
            label=label,
            reach=_reach(for_institution, for_base),
        )
    terminal.emit(report.as_dict())
    _show(terminal, report)
    return 0


def _reach(institution_id: str | None, base_id: str | None) -> RowReach | None:
    from data.importers.reach import RowReach
    from data.records import Firm, Offer

    if institution_id is not None and base_id is not None:
        raise ArgumentError(
            "An import is limited to an institution or to a base, not to both.",
            field="--for-base",
            remedy="Leave one of the options out.",
        )
    if institution_id is not None:
        return RowReach(Offer, institution_id)
    return None if base_id is None else RowReach(Firm, base_id)


@contextmanager
def _target(session: Session, *, dry_run: bool) -> Iterator[Store]:
    """Open the store; a dry run makes none where there is none."""
    from data.store import Store

    file = session.database_file
    if dry_run and file is not None and not file.exists():
        with (
            tempfile.TemporaryDirectory() as folder,
            Store.open(f"sqlite:///{folder}/dry-run.db") as store,
        ):
            yield store
    else:
        with session.open_store(create=True) as store:
            yield store


def _show(terminal: Terminal, report: ImportReport) -> None:
    heading = "import.dry" if report.dry_run else "import.done"
    terminal.line(heading, style="bold", source=report.source, rows=f"{report.n_rows:,}")
    if report.resumed_at:
        terminal.line("import.resumed", batches=report.resumed_at)
    for note in report.notes:
        _show_columns(terminal, note)
    table = terminal.table(
        "import.records",
        ("import.new", "right"),
        ("import.changed", "right"),
        ("import.same", "right"),
    )
    for kind, counts in report.counts.items():
        words = terminal.text(f"record.{kind.__name__.lower()}")
        table.add_row(words, f"{counts.new:,}", f"{counts.changed:,}", f"{counts.unchanged:,}")
    terminal.show(table)
    if not any(counts.new or counts.changed for counts in report.counts.values()):
        terminal.line("import.nothing_new")
    if report.dry_run:
        _show_preview(terminal, report)
    _show_rejects(terminal, report)


def _show_columns(terminal: Terminal, note: TableNote) -> None:
    pairs = "  ".join(f"{header} → {target}" for header, target in note.columns.items())
    kind = terminal.text(f"record.{note.record_type.__name__.lower()}")
    terminal.line("import.table", place=note.place, kind=kind, columns=pairs)
    if note.left_out or note.unknown:
        left = "、".join((*note.left_out, *note.unknown))
        terminal.line("import.left_out", style="yellow", columns=left)


def _show_preview(terminal: Terminal, report: ImportReport) -> None:
    from data.schema import ID_COLUMN

    table = terminal.table("import.records", "import.first")
    for kind, records in report.preview.items():
        for record in records[:MOST_PREVIEWED]:
            name = getattr(record, "name", None)
            shown = getattr(record, ID_COLUMN[kind]) + (f"  {name}" if name else "")
            table.add_row(terminal.text(f"record.{kind.__name__.lower()}"), shown)
    terminal.show()
    terminal.show(table)


def _show_rejects(terminal: Terminal, report: ImportReport) -> None:
    rejects = report.rejects
    if not rejects.total:
        return
    terminal.show()
    terminal.line(
        "import.rejects",
        style="yellow",
        cells=f"{rejects.total - rejects.rows:,}",
        rows=f"{rejects.rows:,}",
        place=report.rejects_path,
    )
    table = terminal.table("import.file", "import.column", ("import.count", "right"))
    for (file, column), count in rejects.by_column.most_common(MOST_REJECTS_SHOWN):
        table.add_row(file, column, f"{count:,}")
    terminal.show(table)
