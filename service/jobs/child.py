"""The process of one job: runs a verb, and writes its exit code as its last act.

``python -P -m service.jobs.child VERDICT VERB ...``. It ends when its standard input closes: that
happens when the runner is gone, however it went, so that no child outlives it unseen. The verdict
is what a later runner reads to know that the work was done: it is not done a second time.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

STDIN = 0
NICENESS = 10
"""Requests go before jobs where both want the processor."""

LEAVE_WITHIN_S = 5.0
"""After its runner is gone; then it is cut off, whatever it does."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb of ``arguments[1:]`` and write how it ended to the file ``arguments[0]``."""
    from service.cli.entry import main as run
    from service.settings import pin_threads

    verdict, verb = Path(arguments[0]), list(arguments[1:])
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_watch_runner, daemon=True).start()
    pin_threads()
    os.nice(NICENESS)
    code = run(verb)
    write_verdict(verdict, code)
    return code


def write_verdict(path: Path, code: int) -> None:
    """Write the exit code so that it is there whole or not at all."""
    aside = path.with_name(f".{path.name}.part")
    with aside.open("w", encoding="ascii") as file:
        file.write(json.dumps({"exit_code": code}))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _watch_runner() -> None:
    while os.read(STDIN, 1):  # not through sys.stdin: its lock would hold up the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LEAVE_WITHIN_S)
    os._exit(1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
