"""``finmatch models``: which bundles there are, which one serves, and changing that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session
from service.console import Terminal

if TYPE_CHECKING:
    from matcher.bundle import Bundle
    from matcher.registry import BundleEntry

LIST_EXAMPLES = ("finmatch models list", "finmatch models list --json")
PROMOTE_EXAMPLES = ("finmatch models promote 2026-07-01.1",)
ROLLBACK_EXAMPLES = ("finmatch models rollback",)


def show(
    lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False, home: Home = None
) -> None:
    """List the model bundles, oldest first; the one that serves is marked."""
    from matcher.registry import list_bundles

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    entries = list_bundles(session.settings.bundles)
    terminal.emit({"bundles": [_entry(entry) for entry in entries]})
    if not entries:
        terminal.line("models.none", place=session.settings.bundles)
        return
    table = terminal.table("models.serves", "models.name", "models.created", "models.figures")
    for entry in entries:
        table.add_row(*_row(terminal, entry))
    terminal.show(table)
    if not any(entry.current for entry in entries):
        terminal.line("models.none_serves", style="yellow")


def promote(
    name: Annotated[str, typer.Argument(help="Name of the bundle.", metavar="NAME")],
    expected: Annotated[
        str | None,
        typer.Option(
            help="Promote only if this one serves at that moment.",
            metavar="NAME",
        ),
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Let a bundle serve, once its files were found whole."""
    from matcher.registry import ANY_BUNDLE
    from matcher.registry import promote as promote_bundle

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    root = session.settings.bundles
    bundle = promote_bundle(root, name, expected=expected or ANY_BUNDLE)
    _tell(session.terminal, "models.promoted", bundle)


def rollback(
    lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False, home: Home = None
) -> None:
    """Let the bundle serve again that served before the current one."""
    from matcher.registry import rollback as roll_back

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    _tell(session.terminal, "models.rolled_back", roll_back(session.settings.bundles))


def _tell(terminal: Terminal, key: str, bundle: Bundle) -> None:
    version = bundle.manifest.fields.model_version
    terminal.emit({"current": bundle.name, "model_version": version})
    terminal.line(key, name=bundle.name, version=version)


def _entry(entry: BundleEntry) -> dict[str, Any]:
    manifest = entry.manifest
    found: dict[str, Any] = {
        "name": entry.name,
        "current": entry.current,
        "problem": entry.problem,
    }
    if manifest is not None:
        found |= {
            "created_at": manifest.created_at.isoformat(),
            "model_version": manifest.fields.model_version,
            "dataset": manifest.fields.dataset,
            "settings": dict(manifest.fields.settings),
            "metrics": dict(manifest.fields.metrics),
        }
    return found


def _row(terminal: Terminal, entry: BundleEntry) -> tuple[Text, ...]:
    mark = Text("●", style="green") if entry.current else Text("")
    if entry.manifest is None:
        broken = Text(terminal.text("models.damaged"), style="red")
        return mark, Text(entry.name), broken, Text("–")
    manifest = entry.manifest
    return (
        mark,
        Text(entry.name),
        Text(manifest.created_at.astimezone().strftime("%Y-%m-%d %H:%M")),
        Text(_figures(terminal, manifest.fields.metrics)),
    )


def _figures(terminal: Terminal, metrics: Mapping[str, Any]) -> str:
    """Return how the model did at the gate, beside popularity."""
    from eval.method import OWN_METHOD, POPULARITY_METHOD
    from eval.metrics import HEADLINE

    try:
        ours, theirs = (metrics[name][HEADLINE] for name in (OWN_METHOD, POPULARITY_METHOD))
        return terminal.text("models.gate", ours=f"{ours:.3f}", theirs=f"{theirs:.3f}")
    except (KeyError, TypeError, ValueError):  # made by other means than this training
        return "–"
