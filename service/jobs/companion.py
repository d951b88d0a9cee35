"""The runner as a companion of the server: started with it, ended with it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from types import TracebackType

from service.jobs.processes import TERM_GRACE_S
from service.settings import Settings, environment_of

LOG = logging.getLogger("finmatch.jobs")

COMMAND = (sys.executable, "-P", "-m", "service.cli", "jobs", "run", "--attended", "--quiet")
END_WITHIN_S = 4 * TERM_GRACE_S
"""The runner ends its children first; then it is killed, and they end by themselves."""
RESTART_PAUSE_S = 2.0


class RunnerCompanion:
    """A runner process that lives as long as this object: ``with RunnerCompanion(settings): ...``.

    It reads from a pipe that this process holds: where this process is killed, the pipe closes and
    the runner ends. Where the runner ends by itself, it is started again: by a thread, or by
    :meth:`restart` where ``watch`` is false, in a process that forks and waits for its children.
    """

    def __init__(self, settings: Settings, *, watch: bool = True) -> None:
        self._settings = settings
        self._watched = watch
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Of the runner, ``None`` where it does not run."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> RunnerCompanion:
        self._start()
        if self._watched:
            self._watcher = threading.Thread(target=self._watch, name="job-runner", daemon=True)
            self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join()
        if self._process is not None:
            self._end(self._process)

    def restart(self) -> None:
        """Start the runner again, which has ended."""
        LOG.error("the job runner ended; it starts again")
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment_of(self._settings),
            start_new_session=True,  # Ctrl-C is for the server, which then ends the runner
        )

    def _watch(self) -> None:
        while not self._stop.wait(RESTART_PAUSE_S):
            if self._process is not None and self._process.poll() is not None:
                self.restart()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
