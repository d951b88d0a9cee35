"""The day that counts as today: the clock's, unless the data ended long before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from service.clock import today

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from service.console import Terminal

STALE_DAYS = 365
"""A store whose last event or need is older holds a past: ages and terms count from its end."""


def choose_day(catalogue: Catalogue, terminal: Terminal) -> dt.date:
    """Return today, or the day after the end of data that ended more than a year ago.

    In the latter case a note says so.
    """
    present, end = today(), find_end(catalogue, before=today())
    if end is None or (present - end).days <= STALE_DAYS:
        return present
    day = end + dt.timedelta(days=1)
    terminal.note("horizon.past", end=end, day=day)
    return day


def find_end(catalogue: Catalogue, *, before: dt.date) -> dt.date | None:
    """Return the last day before ``before`` on which something happened, ``None`` without one."""
    import numpy as np

    from data import columns as col

    days = np.concatenate(
        [catalogue.events.dates(col.OCCURRED_AT), catalogue.needs.dates(col.STATED_ON)]
    )
    past = days[days < np.datetime64(before)]  # NaT compares false
    if not len(past):
        return None
    end: dt.date = past.max().astype("datetime64[D]").item()
    return end
