"""The clock: everything below the service takes its instants as arguments."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """Return the present instant, UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the present day of UTC, the calendar of all records."""
    return now().date()
