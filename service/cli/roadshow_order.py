"""``finmatch roadshow order``: what the service asks for when planning takes longer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from matcher.matcher import Matcher

EXAMPLES = ("finmatch roadshow order order.json",)

BAD_FILE = 2


def order(
    file: Annotated[
        Path, typer.Argument(help="Order that the service has written.", metavar="FILE")
    ],
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Plan or change a roadshow as the service was asked to.

    The service runs this as a job where an event is too large for a request. The plan becomes the
    next version of the roadshow.
    """
    from service.cli.roadshow_view import show_troubles
    from service.cli.serving import Serving
    from service.clock import now
    from service.roadshow.carrying import carry_out
    from service.roadshow.cells import RoadshowFileError
    from service.roadshow.order import read_order

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    asked = read_order(file)
    opened: list[Matcher] = []

    def matcher() -> Matcher:
        if not opened:
            opened.append(Serving.open(session, as_of=None).matcher)
        return opened[0]

    with session.open_store() as store, session.terminal.progress() as bar:
        try:
            done = carry_out(store, asked, matcher=matcher, now=now(), told=bar)
        except RoadshowFileError as error:
            show_troubles(session.terminal, error.troubles)
            return BAD_FILE
    session.terminal.emit(
        {
            "roadshow_id": asked.problem.roadshow_id,
            "version": done.version,
            "meetings": len(done.plan.meetings),
            "added": len(done.difference.added),
            "removed": len(done.difference.removed),
            "moved": len(done.difference.moved),
        }
    )
    session.terminal.line("roadshow.ordered", version=done.version, style="green")
    return 0
