"""A runner process with scripted children. Arguments: home, and the kinds it runs as JSON."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

from data.store import Store
from service.clock import now
from service.jobs import kinds
from service.jobs.runner import Runner, RunnerSettings
from service.settings import read_settings

PROGRAM = (sys.executable, str(Path(__file__).with_name("scripted_child.py")))
QUICK = RunnerSettings(poll_s=0.02, tell_s=0.05, beat_s=0.2, lost_after_s=0.3)


def scripted(verb: str, *rest: str, **options: object) -> kinds.JobKind:
    """A kind of job whose child does what ``verb`` says."""
    return kinds.JobKind(
        takes={}, command=lambda _: [verb, *rest], steps=("read", "write"), **options
    )


def main(home: Path, *verbs: str) -> None:
    kinds.KINDS = {verb: scripted(*verb.split("-")) for verb in verbs}
    from service.jobs import runner

    runner.KINDS = kinds.KINDS
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = read_settings(home=home)
    with Store.open(settings.database_url) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        Runner(store, settings, clock=now, options=QUICK, program=PROGRAM).run(stop)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *json.loads(sys.argv[2]))
