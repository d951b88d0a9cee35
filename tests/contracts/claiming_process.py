"""A process that claims jobs until none is left; prints as JSON which it got.

Arguments: the database URL and the name of this claimant.
"""

from __future__ import annotations

import datetime as dt
import json
import sys

from data.jobs import JobState, Outcome
from data.store import Store


def main(url: str, owner: str) -> None:
    got = []
    with Store.open(url) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        while (job := store.jobs.claim(owner=owner, now=dt.datetime.now(dt.UTC))) is not None:
            got.append(job.job_id)
            store.jobs.finish(
                job.job_id,
                owner=owner,
                now=dt.datetime.now(dt.UTC),
                outcome=Outcome(state=JobState.SUCCEEDED),
            )
    sys.stdout.write(json.dumps(got))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
