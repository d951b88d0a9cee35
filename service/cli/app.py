"""The command tree: every verb with its examples, in the language of the reader."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli import (
    admin,
    checkup,
    demo,
    evaluating,
    explaining,
    exporting,
    facts,
    importing,
    jobs,
    meaning,
    models,
    pipelining,
    recommending,
    reindexing,
    roadshow,
    roadshow_files,
    roadshow_order,
    rules,
    serve,
    training,
    validating,
)
from service.cli.chinese import translate
from service.cli.options import Lang
from service.settings import Language

START_PANEL, DATA_PANEL, MODEL_PANEL, MATCH_PANEL = "Start", "Data", "Models", "Matches"
SERVICE_PANEL = "Service"
EXAMPLE_HEADING = "Examples:"


def build_command(language: Language = Language.EN) -> Any:
    """Return the command ``finmatch`` with its help in ``language``."""
    app = typer.Typer(
        name="finmatch", add_completion=False, no_args_is_help=False, rich_markup_mode="rich"
    )
    app.callback(epilog=_examples("finmatch demo", "finmatch recommend --help"))(_root)
    _add(app, "demo", demo.run, demo.EXAMPLES, panel=START_PANEL)
    _add(app, "import", importing.run, importing.EXAMPLES, panel=DATA_PANEL)
    _add(app, "validate", validating.run, validating.EXAMPLES, panel=DATA_PANEL)
    _add(app, "export", exporting.run, exporting.EXAMPLES, panel=DATA_PANEL)
    _add(app, "train", training.run, training.EXAMPLES, panel=MODEL_PANEL)
    _add(app, "evaluate", evaluating.run, evaluating.EXAMPLES, panel=MODEL_PANEL)
    _add(app, "meaning", meaning.run, meaning.EXAMPLES, panel=MODEL_PANEL)
    _add(app, "recommend", recommending.run, recommending.EXAMPLES, panel=MATCH_PANEL)
    _add(app, "pipeline", pipelining.run, pipelining.EXAMPLES, panel=MATCH_PANEL)
    _add(app, "explain", explaining.run, explaining.EXAMPLES, panel=MATCH_PANEL)
    _add(app, "checkup", checkup.run, checkup.EXAMPLES, panel=MATCH_PANEL)
    _add(app, "serve", serve.run, serve.EXAMPLES, panel=START_PANEL)
    bundles = typer.Typer(no_args_is_help=False)
    _add(bundles, "list", models.show, models.LIST_EXAMPLES)
    _add(bundles, "promote", models.promote, models.PROMOTE_EXAMPLES)
    _add(bundles, "rollback", models.rollback, models.ROLLBACK_EXAMPLES)
    _add(bundles, "reindex", reindexing.run, reindexing.EXAMPLES)
    app.add_typer(
        bundles,
        name="models",
        help="List the model bundles, and choose the one that serves.",
        rich_help_panel=MODEL_PANEL,
        epilog=_examples("finmatch models list"),
    )
    queue = typer.Typer(no_args_is_help=False)
    _add(queue, "list", jobs.show_list, jobs.LIST_EXAMPLES)
    _add(queue, "show", jobs.show_one, jobs.SHOW_EXAMPLES)
    _add(queue, "cancel", jobs.cancel, jobs.CANCEL_EXAMPLES)
    _add(queue, "run", jobs.run, jobs.RUN_EXAMPLES)
    app.add_typer(
        queue,
        name="jobs",
        help="See, cancel and run jobs that the service was asked for.",
        rich_help_panel=MODEL_PANEL,
        epilog=_examples("finmatch jobs list"),
    )
    book = typer.Typer(no_args_is_help=False)
    _add(book, "list", rules.listing, rules.LIST_EXAMPLES)
    _add(book, "show", rules.show, rules.SHOW_EXAMPLES)
    _add(book, "validate", rules.validate, rules.VALIDATE_EXAMPLES)
    _add(book, "import", rules.add, rules.IMPORT_EXAMPLES)
    _add(book, "export", rules.export, rules.EXPORT_EXAMPLES)
    _add(book, "schema", rules.schema, rules.SCHEMA_EXAMPLES)
    _add(book, "facts", rules.facts, rules.FACTS_EXAMPLES)
    _add(book, "state", facts.state, facts.STATE_EXAMPLES)
    _add(book, "replay", facts.replay, facts.REPLAY_EXAMPLES)
    app.add_typer(
        book,
        name="rules",
        help="Read, check, keep and show the rules of eligibility.",
        rich_help_panel=DATA_PANEL,
        epilog=_examples("finmatch rules list"),
    )
    roadshows = typer.Typer(no_args_is_help=False)
    _add(roadshows, "template", roadshow_files.template, roadshow_files.TEMPLATE_EXAMPLES)
    _add(roadshows, "plan", roadshow.plan, roadshow.PLAN_EXAMPLES)
    _add(roadshows, "show", roadshow.show, roadshow.SHOW_EXAMPLES)
    _add(roadshows, "export", roadshow_files.export, roadshow_files.EXPORT_EXAMPLES)
    _add(roadshows, "replan", roadshow.replan, roadshow.REPLAN_EXAMPLES)
    _add(roadshows, "verify", roadshow.verify, roadshow.VERIFY_EXAMPLES)
    _add(roadshows, "advance", roadshow.advance, roadshow.ADVANCE_EXAMPLES)
    _add(roadshows, "record", roadshow.record, roadshow.RECORD_EXAMPLES)
    _add(roadshows, "order", roadshow_order.order, roadshow_order.EXAMPLES)
    app.add_typer(
        roadshows,
        name="roadshow",
        help="Plan roadshows: who meets whom, when, at which table.",
        rich_help_panel=MATCH_PANEL,
        epilog=_examples("finmatch roadshow template"),
    )
    administration = typer.Typer(no_args_is_help=False)
    _add(administration, "create", admin.create, admin.CREATE_EXAMPLES)
    _add(administration, "list", admin.listing, admin.LIST_EXAMPLES)
    _add(administration, "disable", admin.disable, admin.DISABLE_EXAMPLES)
    _add(administration, "password", admin.password, admin.PASSWORD_EXAMPLES)
    _add(administration, "key", admin.key, admin.KEY_EXAMPLES)
    app.add_typer(
        administration,
        name="admin",
        help="Make the first administrator, and look after people and keys.",
        rich_help_panel=SERVICE_PANEL,
        epilog=_examples("finmatch admin create root@example.org"),
    )
    command = typer.main.get_command(app)
    if language is Language.ZH:
        translate(command)
    _tidy(command)
    return command


def _tidy(command: Any) -> None:
    """Join the lines of each paragraph of help, and let flags name no type."""
    paragraphs = (command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)
    for parameter in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    for child in getattr(command, "commands", {}).values():
        _tidy(child)


def _add(
    app: typer.Typer, name: str, verb: Any, examples: tuple[str, ...], *, panel: str = ""
) -> None:
    app.command(name, epilog=_examples(*examples), rich_help_panel=panel or None)(verb)


def _examples(*lines: str) -> str:
    return "\n".join((EXAMPLE_HEADING, *lines))


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"finmatch {version('finmatch')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    lang: Lang = None,
) -> None:
    """Match small firms with finance and services, with reasons.

    What is shown is a match score, never a credit score.
    """
