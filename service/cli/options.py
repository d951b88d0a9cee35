"""Options that several verbs share, and how their values are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from service.settings import Language

OUTPUT_PANEL = "Output"


def parse_day(text: str | dt.date) -> dt.date:
    """Read a date as ``2013-01-31``."""
    if isinstance(text, dt.date):
        return text
    try:
        return dt.datetime.strptime(text.strip(), "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date.") from None


def day_option(*names: str, help_text: str) -> object:
    """Return an option whose value is a day."""
    return typer.Option(*names, parser=parse_day, metavar="YYYY-MM-DD", help=help_text)


def inherited(context: typer.Context, value: Language | None) -> Language | None:
    """Return the language of the verb, else the one given before the verb."""
    return value or context.find_root().params.get("lang")


Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Folder of the database and the models, instead of FINMATCH_HOME.",
        rich_help_panel=OUTPUT_PANEL,
        file_okay=False,
    ),
]
Lang = Annotated[
    Language | None,
    typer.Option(
        "--lang",
        callback=inherited,
        help="Language of the output.",
        rich_help_panel=OUTPUT_PANEL,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON document instead of tables.", rich_help_panel=OUTPUT_PANEL
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress and no notes.", rich_help_panel=OUTPUT_PANEL),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="Seed of everything that is drawn.")
]
AsOf = Annotated[dt.date | None, day_option("--as-of", help_text="The day that counts as today.")]
ProfileFile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        help="A firm that is not in the store (JSON, or a table of one row).",
        metavar="FILE",
    ),
]
Details = Annotated[
    bool, typer.Option("--details", help="Show every condition, with its rule and version.")
]
