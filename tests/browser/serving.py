"""A real server process over a demo world."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ADDRESS = re.compile(r"http://[\w.:\[\]]+")
STOP_S = 20


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the demo below ``home`` and give its address."""
    command = [sys.executable, "-m", "service.cli", "serve", "--demo", "--port", "0"]
    settings = {"FINMATCH_ENCODER": "off", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*command, "--home", str(home), "--lang", "en", "--log-level", "error"],
        stdout=subprocess.PIPE,
        env={**os.environ, **settings},
        text=True,
    )
    assert process.stdout is not None
    try:
        yield _address_of(process)
    finally:
        process.terminate()
        process.wait(STOP_S)
        process.stdout.close()


def _address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        found = _ADDRESS.search(line)
        if found is not None:
            return found[0].replace("127.0.0.1", "localhost")
    raise AssertionError("the server ended before it listened")
