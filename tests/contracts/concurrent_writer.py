"""A process that writes in small transactions; prints as JSON what it counted as new.

Arguments: the database URL, the number of this writer, the number of rounds.
"""

from __future__ import annotations

import datetime as dt
import json
import sys

from data.records import Event, EventKind, Firm
from data.store import Store


def viewed(event_id: str) -> Event:
    return Event(
        event_id=event_id,
        kind=EventKind.VIEW,
        occurred_at=dt.datetime(2013, 1, 1, tzinfo=dt.UTC),
        firm_id="firm_a",
        offer_id="offer_a",
    )


def main(url: str, writer: str, n_rounds: int) -> None:
    new_events = new_firms = 0
    with Store.open(url) as store:
        for n in range(n_rounds):
            own = Firm(firm_id=f"firm_{writer}_{n}", name="own")
            shared = Firm(firm_id="firm_shared", name="shared", employees=n)
            new_firms += store.upsert(Firm, [own, shared]).new
            events = [viewed(f"event_{writer}_{n}"), viewed(f"event_shared_{n}")]
            new_events += store.append_events(events).new
    sys.stdout.write(json.dumps({"new_events": new_events, "new_firms": new_firms}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
