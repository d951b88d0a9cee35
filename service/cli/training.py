"""``finmatch train``: from the store to a bundle that serves."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.horizon import choose_day
from service.cli.options import AsJson, Home, Lang, Quiet, Seed, day_option
from service.cli.session import Session
from service.clock import now
from service.console import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from training.run import TrainOutcome

EXAMPLES = (
    "finmatch train",
    "finmatch train --as-of 2013-01-01 --no-promote",
    "finmatch train encoder --name mine",
)

GATE_REFUSED = 1


class Trained(StrEnum):
    """What can be trained."""

    MODEL = "model"
    ENCODER = "encoder"


def run(
    what: Annotated[
        Trained,
        typer.Argument(help="The match model, or the text encoder it reads with.", metavar="WHAT"),
    ] = Trained.MODEL,
    as_of: Annotated[
        dt.date | None,
        day_option("--as-of", help_text="Train on what happened before this day; by default, all."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the bundle, or of the encoder's folder.",
            metavar="NAME",
            show_default="the day and a number",
        ),
    ] = None,
    promote: Annotated[
        bool,
        typer.Option("--promote/--no-promote", help="Let the model serve if it passes the gate."),
    ] = True,
    seed: Seed = 0,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Train on the histories of the store, and let the model serve if it is good enough.

    The gate compares it with popularity on the latest months, which it has not seen. The exit code
    is 1 where it should serve and does not pass: the model before goes on serving.

    With `encoder`, the text encoder is adapted to the deals instead (extra `encoder`), and kept
    where it is better on the latest half year, which it has not seen; otherwise the code is 1.
    """
    from training.run import train

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    if what is Trained.ENCODER:
        from service.cli.adapting import adapt

        return adapt(session, as_of=as_of, name=name, seed=seed)
    terminal, root = session.terminal, session.settings.bundles
    with terminal.progress() as bar:
        bar("read", 0, None)
        catalogue = session.load_catalogue()
        day = as_of or choose_day(catalogue, terminal)
        outcome = train(
            catalogue,
            as_of=day,
            root=root,
            name=name or free_name(root, day),
            created_at=now(),
            seed=seed,
            promote=promote,
            encoder=session.open_encoder(),
            progress=bar,
        )
    terminal.emit(outcome_values(outcome))
    show_outcome(terminal, outcome, wanted=promote)
    return GATE_REFUSED if promote and not outcome.promoted else 0


def free_name(root: Path, day: dt.date) -> str:
    """Return the first free name of the form ``2026-07-01.1``."""
    number = 1
    while (root / f"{day}.{number}").exists():
        number += 1
    return f"{day}.{number}"


def outcome_values(outcome: TrainOutcome) -> dict[str, Any]:
    """Return what training left, as JSON values."""
    return {
        "bundle": outcome.bundle_path.name,
        "path": str(outcome.bundle_path),
        "model_version": outcome.model_version,
        "promoted": outcome.promoted,
        "gate": {"passed": outcome.gate.passed, **outcome.metrics},
        "cpu_seconds": {step: round(spent, 1) for step, spent in outcome.cpu_seconds.items()},
    }


def show_outcome(
    terminal: Terminal, outcome: TrainOutcome, *, wanted: bool, demo: bool = False
) -> None:
    """Tell the bundle, how it did at the gate, and whether it serves."""
    seconds = f"{sum(outcome.cpu_seconds.values()):.0f}"
    name = outcome.bundle_path.name
    terminal.line("train.done", style="" if demo else "bold", name=name, seconds=seconds)
    terminal.line("train.gate", found=outcome.gate.sentence(terminal.language.value))
    if demo:
        return
    if outcome.promoted:
        terminal.line("train.promoted")
    elif wanted:
        terminal.line("train.refused", style="yellow", name=name)
    else:
        terminal.line("train.kept", name=name)
