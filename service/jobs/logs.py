"""Reading the logs of jobs."""

from __future__ import annotations

from pathlib import Path

MOST_TAIL_BYTES = 256 << 10


def log_tail(path: Path, n_lines: int) -> list[str]:
    """Return the last lines of a log, none where there is none (yet)."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - MOST_TAIL_BYTES, 0))
            raw: bytes = file.read()
    except FileNotFoundError:
        return []
    lines = raw.decode("utf-8", errors="replace").splitlines()
    if size > MOST_TAIL_BYTES:
        lines = lines[1:]  # the first one was cut
    return lines[-n_lines:]
