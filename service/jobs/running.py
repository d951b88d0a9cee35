"""One child process at work: started, listened to, and ended."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from data.jobs import Job, JobState, Outcome
from service.jobs.folders import JobFolders
from service.jobs.kinds import JobKind
from service.jobs.processes import ProcessName, end_group

CHILD = (sys.executable, "-P", "-m", "service.jobs.child")
"""``-P``: no folder ``data`` of the place where the server was started is taken for ours."""

LONGEST_LINE = 1 << 14
MOST_LOG_BYTES = 8 << 20
"""Of one job's log; what comes after is dropped, and the log says so."""
MOST_RESULT_BYTES = 1 << 20
"""Of the document that a verb prints; longer ones are not kept beside the job."""
CUT = "... the log is full; the rest was dropped ...\n"
DRAIN_S = 5.0
"""How long to wait for the last lines of a child that has ended."""


class _Log:
    """A log file of bounded size. Where the disk is full, lines are lost, and the job goes on."""

    def __init__(self, path: Path) -> None:
        self._size = 0
        self._file: IO[str] | None = None
        with suppress(OSError):
            self._file = path.open("a", encoding="utf-8")

    def write(self, line: str) -> None:
        before, self._size = self._size, self._size + len(line)
        if self._file is None or before > MOST_LOG_BYTES:
            return
        with suppress(OSError):
            self._file.write(line if self._size <= MOST_LOG_BYTES else CUT)
            self._file.flush()

    def close(self) -> None:
        with suppress(OSError):
            if self._file is not None:
                self._file.close()


class Progress:
    """How far a verb is, from the steps that it tells: each is an equal part of the whole."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._steps = list(steps)
        self.share = 0.0
        self.phrase = ""

    def take(self, step: str, done: float, total: float | None) -> None:
        """Take in one line; the share never falls."""
        self.phrase = step
        if step not in self._steps:
            return
        within = min(max(done / total, 0.0), 1.0) if total else 0.0
        share = (self._steps.index(step) + within) / len(self._steps)
        self.share = max(self.share, min(share, 1.0))


class Work:
    """The child process of one job.

    Attributes
    ----------
    reason
        Why it was told to end, ``None`` while it was not: ``cancelled``, ``late``, ``disowned`` or
        ``stopped``.
    """

    def __init__(
        self,
        job: Job,
        kind: JobKind,
        command: Sequence[str],
        *,
        folders: JobFolders,
        environment: Mapping[str, str],
        program: Sequence[str] = CHILD,
    ) -> None:
        self.job = job
        self.kind = kind
        self.progress = Progress(kind.steps)
        self.reason: str | None = None
        self.begun = time.monotonic()
        self._folders = folders
        self._last_line = ""
        self._output = folders.output(job.job_id, job.attempt)
        self._verdict = folders.verdict(job.job_id, job.attempt)
        for path in (self.log_path, self._output):
            path.parent.mkdir(parents=True, exist_ok=True)
        arguments = [*program, str(self._verdict), *command]
        with self._output.open("wb") as output:
            self._child = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.PIPE,
                env=dict(environment),
                start_new_session=True,
            )
        self.process = ProcessName.of(self._child.pid)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def log_path(self) -> Path:
        """Where what it says goes."""
        return self._folders.log(self.job.job_id)

    def poll(self) -> int | None:
        """Return its exit code, ``None`` while it works."""
        return self._child.poll()

    def end(self, reason: str) -> None:
        """Tell it to end in a thread, and kill it where it does not: poll for the end."""
        if self.reason is None:
            self.reason = reason
            threading.Thread(target=self._end, daemon=True).start()

    def outcome(self) -> Outcome:
        """Return how it ended; call it after :meth:`poll` gave a code."""
        code = self._child.wait()
        self._listener.join(DRAIN_S)
        if self._child.stdin is not None:
            self._child.stdin.close()
        fine = outcome_of(self.kind, code, self._output, error=self._last_line)
        if fine.state is JobState.SUCCEEDED or self.reason is None:
            return fine
        if self.reason == "cancelled":
            return Outcome(state=JobState.CANCELLED, exit_code=code)
        text = f"It took longer than {self.kind.limit_s:.0f} s." if self.reason == "late" else None
        return Outcome(state=JobState.FAILED, exit_code=code, error=text or self._last_line)

    def _end(self) -> None:
        if self.process is not None:
            end_group(self.process)

    def _listen(self) -> None:
        stream = self._child.stderr
        assert stream is not None
        log = _Log(self.log_path)
        log.write(f"--- attempt {self.job.attempt}\n")
        with stream:
            while raw := stream.readline(LONGEST_LINE):
                line = raw.decode("utf-8", errors="replace")
                if self._is_progress(line):
                    continue
                if line.strip():
                    self._last_line = line.strip()
                log.write(line)
        log.close()

    def _is_progress(self, line: str) -> bool:
        told = read_progress(line)
        if told is not None:
            self.progress.take(*told)
        return told is not None


def read_progress(line: str) -> tuple[str, float, float | None] | None:
    """Return step, done and total of a line of progress, ``None`` for any other line."""
    if not line.startswith('{"step"'):
        return None
    try:
        content = json.loads(line)
        total = content["total"]
        return str(content["step"]), float(content["done"]), None if total is None else float(total)
    except (ValueError, KeyError, TypeError):
        return None


def outcome_of(kind: JobKind, code: int, output: Path, *, error: str = "") -> Outcome:
    """Return how a child ended, by its exit code and the document that it printed."""
    document = _document(output)
    if code in kind.fine_codes and (code == 0 or document is not None):
        return Outcome(state=JobState.SUCCEEDED, exit_code=code, result=document)
    killed = f"It was ended by signal {-code}." if code < 0 else ""
    return Outcome(
        state=JobState.FAILED, exit_code=code, error=error or killed or f"It ended with {code}."
    )


def earlier_outcome(kind: JobKind, job: Job, folders: JobFolders) -> Outcome | None:
    """Return how a child ended whose runner is gone; ``None`` where it did not come to an end."""
    try:
        text = folders.verdict(job.job_id, job.attempt).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    found = outcome_of(
        kind, int(json.loads(text)["exit_code"]), folders.output(job.job_id, job.attempt)
    )
    return found if found.state is JobState.SUCCEEDED else None


def _document(output: Path) -> dict[str, Any] | None:
    """Return the document that a verb printed; ``None`` where it is none, or very long."""
    try:
        with output.open("rb") as file:
            raw: bytes = file.read(MOST_RESULT_BYTES + 1)
        content = json.loads(raw) if len(raw) <= MOST_RESULT_BYTES else {"output": "too long"}
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else {"output": content}
