"""An import of a made-up source that kills its own process at a chosen moment.

Arguments: the database URL and the moment. Where the moment is ``never``, it runs through.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from typing import Any

import sqlalchemy as sa

from data.records import Event, EventKind, Firm
from data.store import ImportSession, Store

N_BATCHES = 4
SOURCE, FINGERPRINT = "made-up", "sha256:1"

STATEMENT_OF = {"scratch": "INSERT INTO scratch_events", "merging": "INSERT INTO events"}
"""The statement before which the process dies, for the moments inside the last step."""

LAST_STATEMENT = "DELETE FROM import_staging"


def batch_rows(number: int) -> tuple[list[Firm], list[Event]]:
    """Two firms, one of them also in the next batch, and two events, one of them in each batch."""
    firms = [Firm(firm_id=f"firm_{n}", name=f"firm {n}") for n in (number, number + 1)]
    keys = (f"event_{number}", "event_shared")
    events = [
        Event(
            event_id=key,
            kind=EventKind.FUNDED,
            occurred_at=dt.datetime(2013, 1, 1, tzinfo=dt.UTC),
            firm_id="firm_1",
            offer_id="offer_1",
        )
        for key in keys
    ]
    return firms, events


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def plant(engine: sa.Engine, moment: str) -> None:
    """Let the process die at ``moment`` of the last step."""
    on_postgresql = engine.dialect.name == "postgresql"
    prefix = STATEMENT_OF.get(moment)
    if moment == "scratch" and on_postgresql:
        prefix = "ANALYZE scratch_events"  # the rows went in by COPY, which is no statement

    def before_statement(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if prefix is not None and statement.startswith(prefix):
            die()
        if moment == "committing" and statement.startswith(LAST_STATEMENT):
            sa.event.listen(engine, "commit", lambda _connection: die())

    sa.event.listen(engine, "before_cursor_execute", before_statement)


def run(store: Store, moment: str) -> ImportSession:
    """Import the source, going on where an earlier run ended."""
    with store.import_session(source=SOURCE, fingerprint=FINGERPRINT) as session:
        for number in range(session.resume_at, N_BATCHES):
            firms, events = batch_rows(number)
            session.stage(Firm, firms)
            session.stage(Event, events)
            if moment == "staging" and number == 2:
                session.preview()  # writes what is pending, without a checkpoint
                die()
            session.checkpoint(number + 1)
        plant(store._engine, moment)
    return session


if __name__ == "__main__":
    with Store.open(sys.argv[1]) as opened:
        run(opened, sys.argv[2])
        if sys.argv[2] == "committed":
            die()
