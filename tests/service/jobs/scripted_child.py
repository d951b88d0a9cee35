"""A child that does what its verb says, without loading anything. Arguments: VERDICT VERB ..."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path


def tell(step: str, done: int, total: int) -> None:
    sys.stderr.write(json.dumps({"step": step, "done": done, "total": total}) + "\n")
    sys.stderr.flush()


def leave_with_runner() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def main(verdict: Path, verb: str, *rest: str) -> int:
    if "orphan" not in rest:
        threading.Thread(target=leave_with_runner, daemon=True).start()
    if verb == "work":
        sys.stderr.write("reading a file\n")
        tell("read", 1, 1)
        tell("write", 1, 2)
        sys.stdout.write(json.dumps({"arguments": rest}))
    elif verb == "fail":
        sys.stderr.write("first\nBad input: there is no such thing.\n")
        return 2
    elif verb == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb in ("sleep", "stubborn"):
        if verb == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        tell("read", 1, 2)
        threading.Event().wait(60)
    elif verb == "verdict":  # all is done, and nobody is there to hear it
        sys.stdout.write('{"done": true}')
        sys.stdout.flush()
        verdict.write_text('{"exit_code": 0}')
        threading.Event().wait(60)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), *sys.argv[2:]))
