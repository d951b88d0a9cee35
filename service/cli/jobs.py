"""``finmatch jobs``: what runs outside the request path, and the process that runs it."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session
from service.clock import now
from service.console import Terminal
from service.messages import MESSAGES

if TYPE_CHECKING:
    from data.jobs import Job

LIST_EXAMPLES = ("finmatch jobs list", "finmatch jobs list --json")
SHOW_EXAMPLES = ("finmatch jobs show job_5f0c1d2e3a4b5c6d7e8f9a0b",)
CANCEL_EXAMPLES = ("finmatch jobs cancel job_5f0c1d2e3a4b5c6d7e8f9a0b",)
RUN_EXAMPLES = ("finmatch jobs run",)

LOG_LINES = 20
STDIN = 0

JobId = Annotated[str, typer.Argument(help="Id of the job.", metavar="JOB_ID")]


def show_list(
    n: Annotated[int, typer.Option("-n", min=1, max=200, help="How many.", metavar="N")] = 20,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """List the latest jobs, the newest first."""
    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    with session.open_store() as store:
        jobs = store.jobs.listing(n=n)
    terminal.emit({"jobs": [values_of(job) for job in jobs]})
    if not jobs:
        terminal.line("jobs.none")
        return
    table = terminal.table(
        "jobs.id", "jobs.kind", "jobs.state", ("jobs.progress", "right"), "jobs.created"
    )
    for job in jobs:
        table.add_row(
            job.job_id,
            job.kind,
            terminal.text(f"jobs.state.{job.state.value}"),
            f"{job.progress:.0%}",
            job.created_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        )
    terminal.show(table)


def show_one(
    job_id: JobId,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Show one job: its state, how it ended, and the end of its log."""
    from service.jobs.folders import JobFolders
    from service.jobs.logs import log_tail

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    with session.open_store() as store:
        job = store.jobs.get(job_id)
    lines = log_tail(JobFolders(session.settings.home).log(job.job_id), LOG_LINES)
    session.terminal.emit({**values_of(job), "log": lines})
    _show(session.terminal, job)
    for line in lines:
        session.terminal.show(Text(f"  {line}", style="dim"), soft_wrap=True)


def cancel(
    job_id: JobId,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Cancel a job that waits, or have one that runs ended."""
    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    with session.open_store() as store:
        job = store.jobs.request_cancel(job_id, now=now())
    session.terminal.emit(values_of(job))
    _show(session.terminal, job)


def run(
    heavy: Annotated[
        int, typer.Option(min=1, max=64, help="Heavy jobs at a time.", metavar="N")
    ] = 1,
    attended: Annotated[
        bool, typer.Option("--attended", help="End when standard input closes.")
    ] = False,
    lang: Lang = None,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Run jobs until interrupted; `finmatch serve` does this by itself.

    Jobs that run when it ends wait for the next one.
    """
    from service.jobs.runner import Runner, RunnerSettings

    session = Session.start(lang=lang, quiet=quiet, home=home)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if attended:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    session.terminal.note("jobs.running")
    with session.open_store(create=True) as store:
        Runner(store, session.settings, clock=now, options=RunnerSettings(heavy=heavy)).run(stop)


def _stop_at_end_of_input(stop: threading.Event) -> None:
    while os.read(STDIN, 1):  # not through sys.stdin: its lock would hold up the end
        pass
    stop.set()


def _show(terminal: Terminal, job: Job) -> None:
    state = terminal.text(f"jobs.state.{job.state.value}")
    terminal.line("jobs.one", style="bold", job_id=job.job_id, kind=job.kind, state=state)
    key = f"step.{job.phrase}"
    step = terminal.text(key) if key in MESSAGES else job.phrase
    terminal.line("jobs.done", share=f"{job.progress:.0%}", step=step)
    if job.error:
        terminal.line("jobs.error", style="yellow", error=job.error)


def values_of(job: Job) -> dict[str, Any]:
    """Return a job as JSON values, without what only runners need."""
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "arguments": dict(job.arguments),
        "state": job.state.value,
        "progress": job.progress,
        "phrase": job.phrase,
        "created_at": job.created_at.isoformat(),
        "started_at": None if job.started_at is None else job.started_at.isoformat(),
        "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
        "attempt": job.attempt,
        "cancel_requested": job.cancel_requested,
        "exit_code": job.exit_code,
        "result": job.result,
        "error": job.error,
    }
