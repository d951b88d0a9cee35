"""``finmatch models reindex``: the model that serves, written anew over the offers of the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session
from service.clock import now

if TYPE_CHECKING:
    from matcher.bundle import Bundle

EXAMPLES = ("finmatch models reindex",)

SUFFIX = ".r"
"""Between the name of a bundle and the number of times it was written anew."""


def run(
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the new bundle.",
            metavar="NAME",
            show_default="that of the old one and a number",
        ),
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Let it serve once it is written.")
    ] = True,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Write the model that serves anew, over the offers that the store has now, and let it serve.

    What was learned stays. Offers that came since have their place in the index of the bundle, and
    those that are gone leave it: loading it is quicker than laying the old one over the store.
    """
    from features.links import Links
    from matcher.bundle import write_bundle
    from matcher.market import laid_over
    from matcher.model import MatchModel
    from matcher.registry import open_current
    from matcher.registry import promote as promote_bundle

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal, root = session.terminal, session.settings.bundles
    with terminal.progress() as bar:
        bar("read", 0, None)
        old = open_current(root)
        catalogue = session.load_catalogue()
        bar("load", 0, None)
        model = MatchModel.load(old, encoder=session.open_encoder())
        moved = laid_over(model, catalogue, Links.from_catalogue(catalogue))
        bar("write", 0, None)
        written = name or free_name(root, old)
        fields = old.manifest.fields
        with write_bundle(root, written, created_at=now(), manifest_fields=fields) as folder:
            moved.save(folder)
    if promote:
        promote_bundle(root, written, expected=old.name)
    offers = len(moved.items.offer_ids.ids)
    terminal.emit({"bundle": written, "from": old.name, "offers": offers, "promoted": promote})
    terminal.line("models.reindexed", style="bold", name=written, offers=f"{offers:,}")
    if promote:
        terminal.line("models.current")


def free_name(root: Path, old: Bundle) -> str:
    """Return the first free name of the form ``2026-07-01.1.r1``."""
    stem, _, count = old.name.rpartition(SUFFIX)
    stem = stem if stem and count.isdigit() else old.name
    number = 1
    while (root / f"{stem}{SUFFIX}{number}").exists():
        number += 1
    return f"{stem}{SUFFIX}{number}"
