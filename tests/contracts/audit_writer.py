"""A process that appends to the audit log. Arguments: the database URL, its name, how often."""

from __future__ import annotations

import datetime as dt
import sys

from data.audit import Entry
from data.store import Store


def main(url: str, writer: str, n_entries: int) -> None:
    with Store.open(url) as store:
        for n in range(n_entries):
            entry = Entry(
                at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
                action="firms.write",
                subject_type="firm",
                subject_id=f"{writer}_{n}",
            )
            store.audit.append(entry)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
