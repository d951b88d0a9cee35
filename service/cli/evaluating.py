"""``finmatch evaluate``: FinMatch, baselines and foreign runs on one window of a real set."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from data.errors import InputError
from service.cli.options import AsJson, Lang, Quiet, Seed, day_option
from service.cli.session import Session
from service.clock import now
from service.console import Progress, Terminal

if TYPE_CHECKING:
    from data.importers import ImportResult
    from eval.analysis import Analysis, Scope
    from eval.comparison import ComparisonRow
    from eval.run import MethodResult
    from training.evaluate import Evaluation

EXAMPLES = (
    "finmatch evaluate crunchbase --data ../shared/data/crunchbase "
    "--split-at 2013-01-01 --until 2013-06-30 --out out/crunchbase",
    "finmatch evaluate ppp --data loans --split-at 2020-05-01 --until 2020-06-30 --out out "
    "--method finmatch --method popularity --run run.mine.txt",
)

REJECTS_FILE = "rejects.csv"


class DataSet(StrEnum):
    """The sets with a protocol."""

    CRUNCHBASE = "crunchbase"
    ITJUZI = "itjuzi"
    PPP = "ppp"


def run(
    data_set: Annotated[DataSet, typer.Argument(help="Kind of funding history.", metavar="SET")],
    data: Annotated[Path, typer.Option(help="Folder with the files of the set.", metavar="DIR")],
    split_at: Annotated[
        dt.date,
        day_option("--split-at", help_text="First day of the window; only earlier days train."),
    ],
    until: Annotated[dt.date, day_option("--until", help_text="Last day of the window.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.", metavar="OUT")],
    method: Annotated[
        list[str] | None,
        typer.Option(help="Run only this method; may be repeated.", metavar="NAME"),
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Compare with the baselines.")
    ] = True,
    run_file: Annotated[
        list[Path] | None,
        typer.Option(
            "--run",
            help="TREC run of another system to compare, named after its file; may be repeated.",
            metavar="FILE",
        ),
    ] = None,
    seed: Seed = 0,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train on what happened before a day, rank for every round after it, and compare.

    OUT then holds qrels.txt, run.METHOD.txt of every method (TREC), metrics.json,
    per_query.parquet, and report.html for reading.
    """
    from eval.protocol import MIN_ROUNDS, Protocol
    from eval.results import METRICS_FILE
    from training.evaluate import evaluate

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet)
    terminal = session.terminal
    protocol = Protocol(split_at, until, min_rounds=MIN_ROUNDS[data_set.value])
    _check_out(terminal, out)
    with terminal.progress() as bar:
        bar("read", 0, None)
        read = _read(terminal, data_set, data, out)
        found = evaluate(
            read.catalogue(),
            source=data_set.value,
            protocol=protocol,
            out=out,
            methods=method,
            baselines=baselines,
            foreign_runs=run_file or (),
            seed=seed,
            generated_at=now(),
            progress=_titled(terminal, bar),
        )
    if terminal.as_json:
        terminal.emit(json.loads((out / METRICS_FILE).read_text(encoding="utf-8")))
    _show(terminal, found, out)


def _check_out(terminal: Terminal, out: Path) -> None:
    """Find out before the work, not after it, that the results have no place."""
    if out.exists() and not out.is_dir():
        raise InputError(
            terminal.text("evaluate.out_is_file", place=out),
            field="out",
            remedy=terminal.text("evaluate.out_is_file.remedy"),
        )
    out.mkdir(parents=True, exist_ok=True)


def _read(terminal: Terminal, data_set: DataSet, data: Path, out: Path) -> ImportResult:
    """Read the files; list what cannot be used beside the results."""
    from data.importers.rejects import RejectsFile
    from data.importers.sources import SOURCES

    result = SOURCES[data_set.value].read(data)
    with RejectsFile(out / REJECTS_FILE) as file:
        for reject in result.rejects:
            file.write(reject)
    if result.rejects.total:
        terminal.note(
            "evaluate.rejected", count=f"{result.rejects.total:,}", place=out / REJECTS_FILE
        )
    return result


def _titled(terminal: Terminal, bar: Progress) -> Callable[[str, int, int], None]:
    """Let the progress bar name methods by their titles."""
    from eval.baselines.registry import BASELINES

    titles = {name: kind.title[terminal.language.value] for name, kind in BASELINES.items()}

    def update(step: str, done: int, total: int) -> None:
        bar(titles.get(step, step), done, total)

    return update


def _show(terminal: Terminal, found: Evaluation, out: Path) -> None:
    from eval.analysis import COLD, NEW, REVERSE
    from eval.report import SCOPE_TITLES

    facts = found.results.evaluation_set
    terminal.line(
        "evaluate.window",
        style="bold",
        split_at=facts.protocol.split_at,
        until=facts.protocol.until,
        queries=f"{facts.n_queries:,}",
        cold=f"{int(facts.cold.sum()):,}",
        candidates=f"{facts.n_candidates:,}",
    )
    for name in (NEW, COLD, REVERSE):
        scope = found.analysis.scopes.get(name)
        if scope is not None:
            terminal.show()
            title = SCOPE_TITLES[name][terminal.language.value]
            _show_scope(terminal, found.analysis, scope, title)
    terminal.show()
    subject = found.analysis.titles[found.analysis.subject][terminal.language.value]
    terminal.line("evaluate.intervals", subject=subject)
    for name, result in found.results.methods.items():
        if result.dropped is not None:
            _show_foreign(terminal, name, result)
    for name, why in found.left_out.items():
        reason = why[terminal.language.value]
        terminal.line("evaluate.left_out", style="yellow", name=name, why=reason)
    terminal.show()
    terminal.show(
        Text(found.statement.sentence[terminal.language.value], style="bold"), soft_wrap=True
    )
    terminal.line("evaluate.written", place=out)


def _show_foreign(terminal: Terminal, name: str, result: MethodResult) -> None:
    """Tell what of a foreign run did not count."""
    dropped = {why: count for why, count in (result.dropped or {}).items() if count}
    if dropped:
        lines = "  ".join(
            f"{terminal.text(f'dropped.{why}')} {count:,}" for why, count in dropped.items()
        )
        terminal.line("evaluate.dropped", style="yellow", name=name, lines=lines)
    if result.missing_queries:
        missing = f"{result.missing_queries:,}"
        terminal.line("evaluate.missing", style="yellow", name=name, count=missing)


def short_title(metric: str) -> str:
    """Return the name of a metric as the heading of a narrow column."""
    return metric.upper().replace("RECALL", "R")


def _show_scope(terminal: Terminal, analysis: Analysis, scope: Scope, title: str) -> None:
    """Print one line a method, the best first: headline with interval, and the other metrics."""
    from eval.analysis import REVERSE
    from eval.metrics import HEADLINE, METRICS

    language = terminal.language.value
    others = [name for name in METRICS if name != HEADLINE]
    figures = [short_title(name) for name in (HEADLINE, *others)]
    covers = scope.name != REVERSE
    table = terminal.figures("evaluate.method", *figures, title=title)
    if covers:
        table.add_column(terminal.text("evaluate.coverage"), justify="right", no_wrap=True)
    table.add_column(terminal.text("evaluate.difference"), justify="right", no_wrap=True)
    rows = {row.method: row for row in scope.against_subject.rows}
    for row in sorted(scope.headline.rows, key=lambda row: -row.score.mean):
        method = row.method
        cells = [
            Text(analysis.titles[method][language]),
            Text(f"{row.score.mean:.3f} [{row.score.low:.3f}, {row.score.high:.3f}]"),
            *(Text(f"{scope.comparisons[name].row(method).score.mean:.3f}") for name in others),
        ]
        if covers:
            cells.append(Text(f"{analysis.exposures[method].coverage:.2f}"))
        cells.append(_against(rows[method], analysis.subject))
        style = "bold" if method == analysis.subject else ""
        table.add_row(*cells, style=style)
    terminal.show(table)


def _against(row: ComparisonRow, subject: str) -> Text:
    """Return how far a method is from the subject, in green or red where that is no chance."""
    if row.method == subject:
        return Text("–")
    style = {"better": "red", "worse": "green"}.get(row.verdict.value, "")
    sign = {"better": "▲", "worse": "▼"}.get(row.verdict.value, "≈")
    return Text(f"{row.difference.mean:+.3f} {sign}".replace("-", "−"), style=style)
