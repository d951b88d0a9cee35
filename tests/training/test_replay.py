from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from eval.protocol import Protocol
from training.replay import replay_windows


def days(first: str, last: str, per_day: int = 1) -> np.ndarray:
    return np.repeat(np.arange(first, last, dtype="datetime64[D]"), per_day)


AHEAD = Protocol(dt.date(2013, 1, 1), dt.date(2013, 6, 30))


def test_windows_lie_end_to_end_before_the_split():
    windows = replay_windows(AHEAD, days("2005-01-01", "2013-06-30"), max_windows=4)
    assert [w.split_at for w in windows] == [
        dt.date(2013, 1, 1) - dt.timedelta(days=181 * k) for k in (1, 2, 3, 4)
    ]
    ends = [AHEAD.split_at, *(w.split_at for w in windows)]
    assert [w.until + dt.timedelta(days=1) for w in windows] == ends[:4]


def test_what_comes_after_the_split_changes_nothing():
    short = replay_windows(AHEAD, days("2005-01-01", "2013-01-01"), max_windows=8)
    long = replay_windows(AHEAD, days("2005-01-01", "2013-06-30", 3), max_windows=8)
    assert short == long


def test_a_short_history_is_cut_by_volume():
    ahead = Protocol(dt.date(2020, 5, 1), dt.date(2020, 6, 30), 1)
    april = np.concatenate(
        [days("2020-04-03", "2020-04-17", 10), days("2020-04-27", "2020-05-01", 100)]
    )
    windows = replay_windows(ahead, april, max_windows=8)
    assert [w.split_at for w in windows[:4]] == [dt.date(2020, 4, 30 - k) for k in range(4)]
    assert all(w.until < ahead.split_at for w in windows)
    assert all(w.min_rounds == 1 for w in windows)


def test_a_long_window_ahead_adds_long_windows():
    ahead = Protocol(dt.date(2011, 7, 1), dt.date(2013, 6, 30))
    windows = replay_windows(ahead, days("2000-01-01", "2011-07-01"), max_windows=2)
    lengths = [(w.until - w.split_at).days + 1 for w in windows]
    assert lengths == [182, 182, 731, 731, 731]
    assert all(w.until < ahead.split_at for w in windows)


@pytest.mark.parametrize(
    "past", [days("2013-01-01", "2013-02-01"), days("2012-12-31", "2013-01-01")]
)
def test_no_history_gives_no_window(past: np.ndarray):
    assert replay_windows(AHEAD, past, max_windows=4) == ()
