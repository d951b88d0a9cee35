"""``finmatch roadshow template`` and ``export``: what the organizer fills in and hands out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from service.roadshow.desk import Kept
    from service.roadshow.wording import Words

TEMPLATE_EXAMPLES = (
    "finmatch roadshow template --out roadshow.xlsx",
    "finmatch roadshow template --out demo.xlsx --invite 30 --home var/demo",
)
EXPORT_EXAMPLES = (
    "finmatch roadshow export roadshow_2026_09 --out handout",
    "finmatch roadshow export roadshow_2026_09 --out handout --format excel --lang en",
)

DEFAULT_OUT = Path("roadshow.xlsx")
WORKBOOK, PAGES, CALENDARS = "roadshow.xlsx", "agendas.html", "calendars"


class Format(StrEnum):
    """What can be exported."""

    EXCEL = "excel"
    ICS = "ics"
    HTML = "html"


def template(
    out: Annotated[Path, typer.Option(help="Workbook to write.", metavar="FILE")] = DEFAULT_OUT,
    invite: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Fill in N firms of the store, and institutions for them."
        ),
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Write a workbook to fill in: sheets, headings, notes and example rows.

    With --invite it holds firms of the store that look for finance, and leaves the scores to the
    model.
    """
    from service.roadshow.invitation import invited
    from service.roadshow.template import EXAMPLES, write_template

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    rows = EXAMPLES
    if invite is not None:
        rows = invited(session.load_catalogue(), invite, chinese=session.terminal.chinese)
    write_template(out, chinese=session.terminal.chinese, rows=rows)
    session.terminal.emit({"file": str(out)})
    session.terminal.line("roadshow.template", place=out)


def export(
    roadshow: Annotated[str, typer.Argument(help="Id of the roadshow.", metavar="ROADSHOW")],
    out: Annotated[Path, typer.Option(help="Folder for the files.", metavar="DIR")],
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="excel, ics or html; may be repeated.", show_default="all"),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Version of the plan.", show_default="last"),
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Write a plan for people: an Excel workbook, calendars, and pages to print.

    OUT then holds roadshow.xlsx for the organizer, agendas.html with a page for each participant,
    and a calendar for each in calendars/.
    """
    from service.roadshow.desk import Desk
    from service.roadshow.wording import Words

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    with session.open_store() as store:
        desk = Desk(store)
        kept = desk.load(roadshow, version=version)
        before = desk.load(roadshow, version=kept.version - 1) if kept.version > 1 else None
        words = Words(kept.problem, kept.plan, session.terminal.chinese)
        wanted = set(formats or Format)
        files: list[Path] = []
        with session.terminal.progress() as bar:
            bar("export", 0, None)
            if Format.EXCEL in wanted:
                files.append(_workbook(session, desk, kept, before, words, out))
            if Format.HTML in wanted:
                files.append(_pages(words, out))
            if Format.ICS in wanted:
                files += _calendars(words, kept, out)
    session.terminal.emit({"roadshow_id": roadshow, "files": [str(file) for file in files]})
    session.terminal.line("roadshow.exported", count=len(files), place=out)


def _workbook(
    session: Session, desk: object, kept: Kept, before: Kept | None, words: Words, out: Path
) -> Path:
    from matcher.roadshow.replanning import difference
    from service.cli.roadshow_view import state_word
    from service.roadshow.desk import Desk
    from service.roadshow.workbook import write_workbook

    assert isinstance(desk, Desk)
    path = out / WORKBOOK
    write_workbook(
        path,
        words,
        reports=desk.reports_of(kept.problem.roadshow_id),
        change=None if before is None else difference(before.plan, kept.plan),
        state=state_word(session.terminal, kept.state),
    )
    return path


def _pages(words: Words, out: Path) -> Path:
    from service.roadshow.pages import write_agendas

    write_agendas(out / PAGES, words)
    return out / PAGES


def _calendars(words: Words, kept: Kept, out: Path) -> list[Path]:
    from service.roadshow.calendars import write_calendars

    return write_calendars(out / CALENDARS, words, stamped=kept.created_at, version=kept.version)
