"""``finmatch serve``: the service over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from data.errors import ArgumentError
from service.cli import demo_home
from service.cli.options import Home, Lang, Quiet
from service.cli.session import Session

EXAMPLES = (
    "finmatch serve",
    "finmatch serve --port 8080 --workers 2",
    "finmatch serve --demo",
)

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
MOST_WORKERS = 64


def run(
    host: Annotated[str, typer.Option(help="Address to listen on.", metavar="HOST")] = DEFAULT_HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; 0 lets the system choose.", metavar="PORT")
    ] = DEFAULT_PORT,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_WORKERS,
            help="Processes that answer; they share the model.",
            metavar="N",
        ),
    ] = 1,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Serve the world of finmatch demo, with sign-ins for all."),
    ] = False,
    jobs: Annotated[
        bool,
        typer.Option("--jobs/--no-jobs", help="Run jobs, too; else finmatch jobs run does."),
    ] = True,
    log_level: Annotated[
        str, typer.Option(help="debug, info, warning or error.", metavar="LEVEL")
    ] = "warning",
    lang: Lang = None,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Answer firms, institutions, organizers and evaluators over HTTP, until interrupted.

    The API is under /v1, its description at /docs. The first administrator is made with finmatch
    admin create.
    """
    from service.server import ServerOptions, listen, serve

    session = _session(demo, lang=lang, quiet=quiet, home=home)
    terminal = session.terminal
    if log_level not in ("debug", "info", "warning", "error"):
        raise ArgumentError(
            f"--log-level must be debug, info, warning or error; got {log_level!r}.",
            field="log_level",
        )
    if demo and host not in LOOPBACK:
        raise ArgumentError(
            terminal.text("serve.demo_host", host=host),
            field="host",
            remedy=terminal.text("serve.demo_host.remedy"),
        )
    _check_home(session, demo=demo)
    if demo:
        _make_sign_ins(session)
    sock = listen(host, port)
    options = ServerOptions(
        host=host, port=port, workers=workers, demo=demo, jobs=jobs, log_level=log_level
    )

    def ready(address: str) -> None:
        terminal.line("serve.ready", address=address)
        if demo:
            _show_sign_ins(session)

    serve(session.settings, options, sock=sock, ready=ready)


def _session(demo: bool, *, lang: Lang, quiet: Quiet, home: Home) -> Session:
    session = Session.start(lang=lang, quiet=quiet, home=home)
    if not demo:
        return session
    from service.settings import DEMO_FOLDER

    return Session.start(lang=lang, quiet=quiet, home=session.settings.home / DEMO_FOLDER)


def _check_home(session: Session, *, demo: bool) -> None:
    """Refuse to serve a demo's home as a real one: its sign-ins are known to everybody."""
    there = demo_home.find_stamp(session.settings.home)
    terminal = session.terminal
    if demo and there is None:
        raise ArgumentError(
            terminal.text("serve.no_demo", place=session.settings.home),
            field="demo",
            remedy=terminal.text("serve.no_demo.remedy"),
        )
    if there is not None and not demo:
        raise ArgumentError(
            terminal.text("serve.is_demo", place=session.settings.home),
            field="home",
            remedy=terminal.text("serve.is_demo.remedy"),
        )


def _make_sign_ins(session: Session) -> None:
    from service.clock import now
    from service.demo_people import ensure_sign_ins

    catalogue = session.load_catalogue()
    with session.open_store() as store:
        ensure_sign_ins(store, catalogue, now=now())


def _show_sign_ins(session: Session) -> None:
    from service.demo_people import DEMO_PASSWORD, SIGN_INS

    terminal = session.terminal
    table = terminal.table("serve.role", "serve.login", "serve.password")
    for sign_in in SIGN_INS:
        table.add_row(terminal.text(f"role.{sign_in.role.value}"), sign_in.login, DEMO_PASSWORD)
    terminal.show(table)
    terminal.line("demo.generated", style="bold")
