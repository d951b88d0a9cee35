r"""Cost of a whole evaluation of our own method: CPU minutes and peak memory, import to report.

    python -m benchmarks.evaluation crunchbase --data ../shared/data/crunchbase \
        --split-at 2013-01-01 --until 2013-06-30

Prints the shares of the steps, which hold on any machine, and the totals, which hold on this one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from data.importers import SOURCES
from eval.protocol import MIN_ROUNDS, Protocol
from training.evaluate import evaluate

BYTES_PER_KIB = 1024


class StepClock:
    """Adds up the processor time between progress calls, by step."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._step, self._since = "read", time.process_time()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Close the running step and open ``step``."""
        del done, total
        now = time.process_time()
        self.seconds[self._step] += now - self._since
        self._step, self._since = step, now


def main() -> None:
    """Run the evaluation that the arguments name and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", choices=sorted(MIN_ROUNDS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split-at", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--until", type=dt.date.fromisoformat, required=True)
    arguments = parser.parse_args()
    clock = StepClock()
    catalogue = SOURCES[arguments.source].read(arguments.data).catalogue()
    protocol = Protocol(arguments.split_at, arguments.until, MIN_ROUNDS[arguments.source])
    with tempfile.TemporaryDirectory() as folder:
        evaluate(
            catalogue,
            source=arguments.source,
            protocol=protocol,
            out=Path(folder),
            baselines=False,
            progress=clock,
        )
    clock("end", 0, 0)
    total = sum(clock.seconds.values())
    for step, seconds in clock.seconds.items():
        print(f"{step:12s} {seconds:8.1f} s  {seconds / total:6.1%}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_KIB
    print(f"{'total':12s} {total:8.1f} s CPU, peak memory {peak / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
