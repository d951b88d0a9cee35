"""``finmatch validate``: the named checks over the store, or over files before an import."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from data.errors import ArgumentError
from service.cli.importing import Source
from service.cli.options import AsJson, Home, Lang, Quiet, day_option
from service.cli.session import Session
from service.clock import today as clock_today
from service.console import Terminal

if TYPE_CHECKING:
    import pyarrow as pa

    from data.records import Record
    from data.validation import CheckResult, ValidationReport

EXAMPLES = ("finmatch validate", "finmatch validate tables firms.xlsx --json")

PASS, WARN, FAIL = "PASS", "WARN", "FAIL"
MARKS = {PASS: ("✓", "green"), WARN: ("!", "yellow"), FAIL: ("✗", "bold red")}
"""Sign and style of each :class:`data.validation.Status`."""


def run(
    source: Annotated[
        Source | None,
        typer.Argument(help="Kind of files; without it, the store is checked.", metavar="SOURCE"),
    ] = None,
    places: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders to check.", metavar="PATH"),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="What unknown headers mean (.json or .toml).", metavar="FILE"),
    ] = None,
    today: Annotated[
        dt.date | None,
        day_option("--today", help_text="Day after which nothing can have happened."),
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Check the store, or files before an import: fifteen named checks.

    Each check passes, warns or fails, with counts, examples and what to do. The exit code is 1
    where one fails.
    """
    from data.validation import validate, validate_tables

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    day = today or clock_today()
    if source is None:
        report = validate(session.load_catalogue(), today=day)
    else:
        report = validate_tables(_read(session, source, places or [], mapping), today=day)
    session.terminal.emit(report.as_dict())
    _show(session.terminal, report)
    return 1 if report.status.value == FAIL else 0


def _read(
    session: Session, source: Source, places: list[Path], mapping: Path | None
) -> dict[type[Record], pa.Table]:
    """Read files as an import would; what it rejects is noted, not checked."""
    from data.importers.mapping import read_mapping
    from data.importers.sources import SOURCES
    from data.importers.tables import read

    if not places or (source is not Source.TABLES and len(places) > 1):
        key = "validate.no_place" if not places else "validate.one_place"
        raise ArgumentError(session.terminal.text(key, source=source.value), field="PATH")
    if source is Source.TABLES:
        result = read(places, None if mapping is None else read_mapping(mapping))
    else:
        result = SOURCES[source.value].read(places[0])
    if result.rejects.total:
        session.terminal.note("validate.rejected", count=f"{result.rejects.total:,}")
    return result.tables


def _show(terminal: Terminal, report: ValidationReport) -> None:
    table = terminal.table(
        "validate.status",
        "validate.check",
        ("validate.count", "right"),
        ("validate.share", "right"),
    )
    for result in report.results:
        found = result.finding
        quiet = result.status.value == PASS
        table.add_row(
            _mark(terminal, result),
            result.title.say(chinese=terminal.chinese),
            "–" if quiet else f"{found.count:,}",
            "–" if quiet else f"{found.share:.2%}",
        )
    terminal.show(table)
    for result in report.results:
        if result.status.value != PASS:
            _show_finding(terminal, result)
    terminal.show()
    terminal.line(f"validate.{report.status.value.lower()}", style="bold")


def _mark(terminal: Terminal, result: CheckResult) -> Text:
    sign, style = MARKS[result.status.value]
    return Text(f"{sign} {terminal.text(f'status.{result.status.value.lower()}')}", style=style)


def _show_finding(terminal: Terminal, result: CheckResult) -> None:
    sign, style = MARKS[result.status.value]
    title = result.title.say(chinese=terminal.chinese)
    terminal.show()
    terminal.show(Text(f"{sign} {title}", style=style))
    for example in result.finding.examples:
        terminal.show(Text(f"    {example}"), soft_wrap=True)
    remedy = result.remedy.say(chinese=terminal.chinese)
    terminal.show(Text(f"  → {remedy}"), soft_wrap=True)
