"""Replay: earlier windows on which the protocol is played again to learn from.

A ranker must see the past as it will see the future: features frozen at the start of a window,
links taken from inside it. Windows before ``split_at`` are laid end to end, the latest first. They
are as long as the window ahead, half a year at the most; where history is short against that, they
are cut by volume instead, so that each holds an equal share of the rounds. When the window ahead is
much longer than half a year, longer windows are added, so that old histories are seen too.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from eval.protocol import Protocol

MAX_UNIT_DAYS = 182
"""Half a year: the length of a replayed window where history is long."""
MIN_UNITS = 6
"""History that holds fewer windows than this is cut by volume."""
VOLUME_SHARE = 0.12
"""Share of all rounds in a window cut by volume."""
LONG_FACTOR = 1.5
"""A window ahead longer than this many units calls for long windows in training."""
N_LONG_WINDOWS = 3
DAY = dt.timedelta(days=1)


def replay_windows(
    protocol: Protocol, days: NDArray[np.datetime64], *, max_windows: int
) -> tuple[Protocol, ...]:
    """Return the windows to learn from, the latest first; all end before ``protocol.split_at``.

    Parameters
    ----------
    protocol
        The window ahead.
    days
        Days of all rounds with a link; those on or after the split are not looked at.
    """
    past = np.sort(days[days < np.datetime64(protocol.split_at)])
    if not len(past):
        return ()
    first = past[0].astype(dt.date)
    ahead = (protocol.until - protocol.split_at).days + 1
    unit = min(ahead, MAX_UNIT_DAYS)
    if (protocol.split_at - first).days < unit * MIN_UNITS:
        starts = _volume_starts(past, max_windows)
        return _end_to_end(protocol, starts)
    starts = [protocol.split_at - dt.timedelta(days=unit * k) for k in range(1, max_windows + 1)]
    windows = list(_end_to_end(protocol, [start for start in starts if start > first]))
    if ahead > LONG_FACTOR * unit:
        windows += _long_windows(protocol, first, ahead=ahead, unit=unit)
    return tuple(windows)


def _volume_starts(past: NDArray[np.datetime64], max_windows: int) -> list[dt.date]:
    shares = 1 - VOLUME_SHARE * np.arange(1, max_windows + 1)
    places = (shares[shares > 0] * len(past)).astype(int)
    starts = sorted({past[place].astype(dt.date) for place in places}, reverse=True)
    return [start for start in starts if start > past[0].astype(dt.date)]


def _end_to_end(protocol: Protocol, starts: list[dt.date]) -> tuple[Protocol, ...]:
    ends = [protocol.split_at, *starts][: len(starts)]
    return tuple(
        Protocol(start, end - DAY, protocol.min_rounds)
        for start, end in zip(starts, ends, strict=True)
    )


def _long_windows(protocol: Protocol, first: dt.date, *, ahead: int, unit: int) -> list[Protocol]:
    """Return windows as long as the one ahead, or as half of history, starting a unit apart."""
    length = min(ahead, (protocol.split_at - first).days // 2)
    starts = [
        protocol.split_at - dt.timedelta(days=length + unit * k) for k in range(N_LONG_WINDOWS)
    ]
    return [
        Protocol(start, start + dt.timedelta(days=length - 1), protocol.min_rounds)
        for start in starts
        if start > first
    ]
