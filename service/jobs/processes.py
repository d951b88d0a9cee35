"""Processes by a name that no other process ever gets: place, number and moment of start.

A number alone is reused; a number and its start, seen from the same place, mean the same process.
Only processes that this software started and named so are ever ended.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TERM_GRACE_S = 5.0
"""How long a process group may tidy up after it was told to end, before it is killed."""

_POLL_S = 0.05
_STATE_FIELD, _START_FIELD = 0, 19  # of /proc/PID/stat, counted after the name in brackets
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_SPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True, slots=True)
class ProcessName:
    """One process: where it runs, its number, and when it started as the system tells it."""

    place: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.place}/{self.pid}/{self.started}"

    @classmethod
    def parse(cls, text: str | None) -> ProcessName | None:
        """Read what ``str`` wrote; ``None`` for anything else."""
        parts = (text or "").split("/")
        if len(parts) != 3 or not parts[1].isdigit():
            return None
        return cls(parts[0], int(parts[1]), parts[2])

    @classmethod
    def of(cls, pid: int) -> ProcessName | None:
        """Return the name of a process of this place, ``None`` where it has ended."""
        started = _started(pid)
        return None if started is None else cls(this_place(), pid, started)

    @property
    def is_here(self) -> bool:
        """Whether it can be seen from here: same machine, since its start, same process space."""
        return self.place == this_place()

    @property
    def alive(self) -> bool:
        """Whether it still runs; only where :attr:`is_here`."""
        return self.is_here and _started(self.pid) == self.started


def this_place() -> str:
    """Name where this process can see others: host, boot and process space."""
    parts = [socket.gethostname().replace("/", "_")]
    with suppress(OSError):
        parts.append(_BOOT_ID.read_text(encoding="ascii").strip())
        parts.append(str(_PID_SPACE.stat().st_ino))
    return "~".join(parts)


def _started(pid: int) -> str | None:
    """Return when a process started, as an opaque text; ``None`` where it does not run."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        text = stat.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[_STATE_FIELD] in "ZX" else fields[_START_FIELD]


def _started_by_ps(pid: int) -> str | None:
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip().replace("/", "-") or None


def end_group(process: ProcessName, *, grace_s: float = TERM_GRACE_S) -> bool:
    """End a process that leads a group, and its group: ask, wait, then kill.

    Returns whether there was anything to end. A process that is not the one named is left alone.
    """
    if not process.alive or _group_of(process.pid) != process.pid:
        return False
    _signal_group(process, signal.SIGTERM)
    give_up = time.monotonic() + grace_s
    while process.alive and time.monotonic() < give_up:
        time.sleep(_POLL_S)
    _signal_group(process, signal.SIGKILL)
    return True


def _signal_group(process: ProcessName, number: signal.Signals) -> None:
    if process.alive:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _group_of(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None
