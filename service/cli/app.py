"""The command tree: every verb with its examples, in the language of the reader."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

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


class Verb(NamedTuple):
    """One verb of a group, with its examples."""

    name: str
    run: Any
    examples: tuple[str, ...]


class Group(NamedTuple):
    """Verbs that share a first word; ``example`` stands below their list."""

    name: str
    help: str
    panel: str
    example: str
    verbs: tuple[Verb, ...]


GROUPS = (
    Group(
        "models",
        "List the model bundles, and choose the one that serves.",
        MODEL_PANEL,
        "finmatch models list",
        (
            Verb("list", models.show, models.LIST_EXAMPLES),
            Verb("promote", models.promote, models.PROMOTE_EXAMPLES),
            Verb("rollback", models.rollback, models.ROLLBACK_EXAMPLES),
            Verb("reindex", reindexing.run, reindexing.EXAMPLES),
        ),
    ),
    Group(
        "jobs",
        "See, cancel and run jobs that the service was asked for.",
        MODEL_PANEL,
        "finmatch jobs list",
        (
            Verb("list", jobs.show_list, jobs.LIST_EXAMPLES),
            Verb("show", jobs.show_one, jobs.SHOW_EXAMPLES),
            Verb("cancel", jobs.cancel, jobs.CANCEL_EXAMPLES),
            Verb("run", jobs.run, jobs.RUN_EXAMPLES),
        ),
    ),
    Group(
        "rules",
        "Read, check, keep and show the rules of eligibility.",
        DATA_PANEL,
        "finmatch rules list",
        (
            Verb("list", rules.listing, rules.LIST_EXAMPLES),
            Verb("show", rules.show, rules.SHOW_EXAMPLES),
            Verb("validate", rules.validate, rules.VALIDATE_EXAMPLES),
            Verb("import", rules.add, rules.IMPORT_EXAMPLES),
            Verb("export", rules.export, rules.EXPORT_EXAMPLES),
            Verb("schema", rules.schema, rules.SCHEMA_EXAMPLES),
            Verb("facts", rules.facts, rules.FACTS_EXAMPLES),
            Verb("state", facts.state, facts.STATE_EXAMPLES),
            Verb("replay", facts.replay, facts.REPLAY_EXAMPLES),
        ),
    ),
    Group(
        "roadshow",
        "Plan roadshows: who meets whom, when, at which table.",
        MATCH_PANEL,
        "finmatch roadshow template",
        (
            Verb("template", roadshow_files.template, roadshow_files.TEMPLATE_EXAMPLES),
            Verb("plan", roadshow.plan, roadshow.PLAN_EXAMPLES),
            Verb("show", roadshow.show, roadshow.SHOW_EXAMPLES),
            Verb("export", roadshow_files.export, roadshow_files.EXPORT_EXAMPLES),
            Verb("replan", roadshow.replan, roadshow.REPLAN_EXAMPLES),
            Verb("verify", roadshow.verify, roadshow.VERIFY_EXAMPLES),
            Verb("advance", roadshow.advance, roadshow.ADVANCE_EXAMPLES),
            Verb("record", roadshow.record, roadshow.RECORD_EXAMPLES),
            Verb("order", roadshow_order.order, roadshow_order.EXAMPLES),
        ),
    ),
    Group(
        "admin",
        "Make the first administrator, and look after people and keys.",
        SERVICE_PANEL,
        "finmatch admin create root@example.org",
        (
            Verb("create", admin.create, admin.CREATE_EXAMPLES),
            Verb("list", admin.listing, admin.LIST_EXAMPLES),
            Verb("disable", admin.disable, admin.DISABLE_EXAMPLES),
            Verb("password", admin.password, admin.PASSWORD_EXAMPLES),
            Verb("key", admin.key, admin.KEY_EXAMPLES),
        ),
    ),
)
"""Verbs of verbs, in the order of the help."""


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
    for group in GROUPS:
        inner = typer.Typer(no_args_is_help=False)
        for verb in group.verbs:
            _add(inner, *verb)
        app.add_typer(
            inner,
            name=group.name,
            help=group.help,
            rich_help_panel=group.panel,
            epilog=_examples(group.example),
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
