"""``finmatch rules state`` and ``replay``: facts beside the records, and answers given again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import FinMatchError, InputError
from service.cli.options import AsJson, Home, Lang, Quiet, day_option
from service.cli.session import Session

STATE_EXAMPLES = ("finmatch rules state facts.csv --on 2026-07-01",)
REPLAY_EXAMPLES = ("finmatch rules replay answer_1a2b3c4d5e6f",)

COLUMNS = ("subject_id", "name", "value", "known_on", "expires_on", "source")
NEEDED = ("subject_id", "name", "value")


def state(
    files: Annotated[
        list[Path], typer.Argument(help="Tables (CSV, Excel, Parquet) or JSON.", metavar="FILE...")
    ],
    on: Annotated[
        dt.date | None,
        day_option("--on", help_text="Day on which the facts became known, where none is given."),
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Store facts of firms and bases beside their records.

    The columns are subject_id, name, value, known_on, expires_on and source. All rows are stored,
    or none where one is wrong.
    """
    from data.rules.facts import Fact
    from service.clock import today

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    facts: list[Fact] = []
    faults: list[str] = []
    for path in files:
        for place, row in _rows(path):
            try:
                fact = _fact(row, on or today())
            except FinMatchError as error:
                faults.append(f"{place}: {error}")
                continue
            if fact is not None:
                facts.append(fact)
    if faults:
        raise InputError(" | ".join(faults), field="facts")
    with session.open_store(create=True) as store:
        count = store.rules.put_facts(facts)
    session.terminal.emit({"facts": count})
    session.terminal.line("rules.stated", count=count)


def replay(
    answer_id: Annotated[str, typer.Argument(help="Id of an answer.", metavar="ANSWER_ID")],
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Give a kept answer again, from its own facts and the versions of its rules.

    The exit code is 1 where a rule answers otherwise now.
    """
    from matcher.rules.replay import replay as replay_content

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    with session.open_store() as store:
        answer = store.rules.get_answer(answer_id)
    found = replay_content(answer.content)
    differing = [one for one in found if not one.same]
    terminal.emit(
        {
            "answer_id": answer_id,
            "answered_on": answer.answered_on.isoformat(),
            "need_id": answer.need_id,
            "offer_id": answer.offer_id,
            "verdict": answer.verdict,
            "rules": [
                {
                    "rule_id": one.rule_id,
                    "version": one.version,
                    "kept": one.kept,
                    "again": one.again,
                }
                for one in found
            ],
            "same": not differing,
        }
    )
    terminal.line(
        "rules.replayed",
        answer_id=answer_id,
        day=answer.answered_on,
        verdict=terminal.text(f"verdict.{answer.verdict}"),
        count=len(found) - len(differing),
    )
    for one in differing:
        terminal.line(
            "rules.differs",
            rule_id=one.rule_id,
            version=one.version,
            kept=one.kept,
            again=one.again,
            style="red",
        )
    return 1 if differing else 0


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of a file with their place."""
    if path.suffix.lower() == ".json":
        yield from _json_rows(path)
        return
    from data.importers.opening import open_sheets

    def known(headers: Sequence[str]) -> int:
        return len(set(headers) & set(COLUMNS))

    for sheet in open_sheets(path, known):
        missing = [name for name in NEEDED if name not in sheet.headers]
        if missing:
            raise InputError(
                f"{path.name} lacks the column {missing[0]!r}.",
                field=missing[0],
                remedy=f"Use the columns {', '.join(COLUMNS)}.",
            )
        for batch in sheet.batches(10_000):
            for at, line in enumerate(batch.lines.tolist()):
                cells = {name: batch.cells[name][at].as_py() for name in batch.cells}
                yield f"{path.name}:{line}", cells


def _json_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError(f"{path.name} is no JSON: {error}.", field="facts") from error
    rows = content.get("facts") if isinstance(content, Mapping) else content
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputError(
            f"{path.name} must hold a list of objects.",
            field="facts",
            remedy=f"Give each the keys {', '.join(COLUMNS)}.",
        )
    for number, row in enumerate(rows):
        yield f"{path.name}[{number}]", row


def _fact(row: Mapping[str, Any], on: dt.date) -> Any:
    from data.importers.cells import parse_date
    from data.rules.facts import Fact, read_value, spec_of

    for name in NEEDED:
        if row.get(name) in (None, ""):
            raise InputError(f"{name} is empty.", field=name, remedy="Fill it.")
    spec = spec_of(str(row["name"]))
    value = read_value(spec, row["value"])
    if value is None:
        return None
    days = {key: row.get(key) for key in ("known_on", "expires_on")}
    known_on, expires_on = (parse_date(str(day)) if day else None for day in days.values())
    source = row.get("source")
    return Fact(
        subject_id=str(row["subject_id"]),
        name=spec.name,
        value=value,
        known_on=known_on or on,
        expires_on=expires_on,
        source=None if source is None else str(source),
    )
