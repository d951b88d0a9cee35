"""``finmatch rules``: read, check, keep and show the rules of eligibility."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from data.errors import ArgumentError
from service.cli.options import AsJson, Home, Lang, Quiet, day_option
from service.cli.session import Session

if TYPE_CHECKING:
    from data.rules.book import RuleBook
    from data.rules.nodes import Fault
    from data.rules.rule import Rule
    from service.console import Terminal

VALIDATE_EXAMPLES = ("finmatch rules validate rules.yaml more.xlsx",)
SCHEMA_EXAMPLES = ("finmatch rules schema", "finmatch rules schema --out rules.schema.json")
IMPORT_EXAMPLES = ("finmatch rules import rules.yaml",)
LIST_EXAMPLES = ("finmatch rules list", "finmatch rules list --on 2026-03-31")
SHOW_EXAMPLES = ("finmatch rules show cn.specialised_sme --on 2026-04-01",)
EXPORT_EXAMPLES = ("finmatch rules export --out rules.xlsx", "finmatch rules export --out cn.yaml")
FACTS_EXAMPLES = ("finmatch rules facts",)

Files = Annotated[
    list[Path], typer.Argument(help="Rule files (YAML, JSON, Excel).", metavar="FILE...")
]
On = Annotated[
    dt.date | None,
    day_option("--on", help_text="Versions that hold on this day; today by default."),
]


def validate(
    files: Files, lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False,
    home: Home = None,
) -> int:  # fmt: skip
    """Check rule files: every error with its file, line and path.

    The exit code is 1 where there is one.
    """
    from data.rules.book import RuleBook
    from data.rules.files import read_rules
    from data.rules.nodes import RuleFaultsError

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    try:
        rules = read_rules(files)
        RuleBook.with_national(rules)
    except RuleFaultsError as error:
        session.terminal.emit({"rules": 0, "faults": [_fault(fault) for fault in error.faults]})
        _show_faults(session.terminal, error.faults)
        return 1
    session.terminal.emit({"rules": len(rules), "faults": []})
    session.terminal.line("rules.valid", count=len(rules), style="green")
    return 0


def schema(
    out: Annotated[
        Path | None, typer.Option(help="File to write; else it is printed.", metavar="FILE")
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Print the JSON Schema of rule files, for editors that complete and check while one types."""
    from data.rules.json_schema import json_schema
    from service.sheets import whole_file

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    text = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    with whole_file(out) as aside:
        aside.write_text(text, encoding="utf-8")
    session.terminal.emit({"written": str(out)})
    session.terminal.line("rules.written", place=out)


def add(
    files: Files, lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False,
    home: Home = None,
) -> None:  # fmt: skip
    """Add rules to the store: all of them, or none where one is wrong.

    A version never changes once it is there; what changes gets a new version.
    """
    from data.rules.files import read_rules

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    rules = read_rules(files)
    with session.open_store(create=True) as store:
        counts = store.rules.add(rules)
    found = {"new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged}
    session.terminal.emit(found)
    new, changed, unchanged = found.values()
    session.terminal.line("rules.added", new=new, changed=changed, unchanged=unchanged)


def listing(
    on: On = None, lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False,
    home: Home = None,
) -> None:  # fmt: skip
    """List the rules that hold on a day, the national definitions included."""
    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    rules = _book(session).in_force(_day(on))
    terminal.emit({"rules": [_entry(rule) for rule in rules]})
    table = terminal.table("rules.id", "rules.version", "rules.days", "rules.title", "rules.marks")
    for rule in rules:
        table.add_row(
            rule.rule_id,
            rule.version,
            _days(rule),
            rule.title_zh if terminal.chinese else rule.title_en,
            Text(terminal.text("rules.unconfirmed") if rule.unconfirmed else "", style="yellow"),
        )
    terminal.show(table)


def show(
    rule_id: Annotated[str, typer.Argument(help="Id of a rule.", metavar="RULE_ID")],
    on: On = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Show one rule: the version that holds on a day, and the days of the others."""
    from data.rules.writing import plain_rule, rules_text

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal, book = session.terminal, _book(session)
    found = book.find(rule_id, on=_day(on))
    versions = book.versions(rule_id)
    if found is None:
        known = ", ".join(f"{rule.version} ({_days(rule)})" for rule in versions)
        raise ArgumentError(
            terminal.text("rules.none_holds", rule_id=rule_id, day=_day(on)),
            field="rule_id",
            remedy=known or terminal.text("rules.see_list"),
        )
    terminal.emit(
        {"rule": plain_rule(found), "versions": [_entry(version) for version in versions]}
    )
    terminal.show(Text(rules_text([found])), soft_wrap=True)
    for version in versions:
        terminal.line(
            "rules.one_version", version=version.version, days=_days(version), style="dim"
        )


def export(
    out: Annotated[
        Path, typer.Option(help="File to write: .yaml, .json or .xlsx.", metavar="FILE")
    ],
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Write every version of every rule in a form that can be edited and imported again."""
    from data.rules.files import EXCEL_SUFFIX, JSON_SUFFIX, SUFFIXES
    from data.rules.sheets import write_workbook
    from data.rules.writing import plain_rule, rules_text
    from service.sheets import whole_file

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    suffix = out.suffix.lower()
    if suffix not in SUFFIXES:
        raise ArgumentError(
            f"{out.name} is of no format that holds rules.",
            field="out",
            remedy=f"Give a file that ends in {', '.join(SUFFIXES)}.",
        )
    rules = _book(session).rules
    with whole_file(out) as aside:
        if suffix == EXCEL_SUFFIX:
            write_workbook(aside, rules)
        elif suffix == JSON_SUFFIX:
            content = {"rules": [plain_rule(rule) for rule in rules]}
            aside.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
        else:
            aside.write_text(rules_text(rules), encoding="utf-8")
    session.terminal.emit({"rules": len(rules), "written": str(out)})
    session.terminal.line("rules.exported", count=len(rules), place=out)


def facts(
    lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False, home: Home = None
) -> None:
    """List the facts that a rule may ask about, and how their values are written."""
    from data.rules.values import EXAMPLE
    from data.rules.vocabulary import FACTS

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    rows = [
        {
            "name": spec.name,
            "zh": spec.zh,
            "en": spec.en,
            "kind": spec.kind.value,
            "origin": spec.origin.value,
            "values": list(spec.choice) if spec.choice else [],
            "example": EXAMPLE.get(spec.kind),
        }
        for spec in FACTS.values()
    ]
    terminal.emit({"facts": rows})
    table = terminal.table("rules.fact", "rules.meaning", "rules.origin", "rules.values")
    for row in rows:
        values: Any = row["values"]
        said = ", ".join(values) or row["example"] or ""
        table.add_row(
            str(row["name"]), str(row["zh" if terminal.chinese else "en"]),
            terminal.text(f"origin.{row['origin']}"), str(said),
        )  # fmt: skip
    terminal.show(table)


def _book(session: Session) -> RuleBook:
    """Return the rules of the store, or the national definitions where there is no store."""
    from data.rules.book import RuleBook

    file = session.database_file
    if file is not None and not file.exists():
        return RuleBook.with_national()
    return session.load_rules()[0]


def _day(on: dt.date | None) -> dt.date:
    from service.clock import today

    return on or today()


def _days(rule: Rule) -> str:
    ends = (rule.effective_from, rule.effective_to)
    return " – ".join("" if end is None else end.isoformat() for end in ends).strip()


def _entry(rule: Rule) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "version": rule.version,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "effective_from": None if rule.effective_from is None else rule.effective_from.isoformat(),
        "effective_to": None if rule.effective_to is None else rule.effective_to.isoformat(),
        "source": rule.source,
        "unconfirmed": list(rule.unconfirmed),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.file,
        "line": fault.line,
        "path": fault.path,
        "message": fault.message,
        "remedy": fault.remedy,
    }


def _show_faults(terminal: Terminal, faults: tuple[Fault, ...]) -> None:
    terminal.line("rules.faults", count=len(faults), style="red")
    for fault in faults:
        terminal.show(Text(f"  {fault}"), soft_wrap=True)
