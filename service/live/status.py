"""How a live matcher is doing, and the settings by which it follows the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """How often to look, in seconds.

    Attributes
    ----------
    poll_s
        Between two looks at the store: a write is searchable after this and the time to apply it.
    most_wait_s
        The longest wait after errors; each one doubles the wait.
    retry_bundle_s
        Until what could not be loaded or built is tried again.
    most_changed, least_changed
        Records laid over a matcher before it is built anew: at the most, and at the least where a
        tenth of the offers are few.
    """

    poll_s: float = 0.5
    most_wait_s: float = 10.0
    retry_bundle_s: float = 30.0
    most_changed: int = 2_000
    least_changed: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatus:
    """What health and metrics show.

    Attributes
    ----------
    ready
        There is a matcher; it may be stale.
    stale
        The store could not be read, or not be applied, when last looked at.
    bundle_name, model_version
        Of the matcher; ``None`` before the first.
    seq
        Number of the last change of the store that the matcher knows.
    n_changed
        Records that differ from the matcher's last full build.
    looked_at
        When the store was last read without error.
    lag_s
        Seconds since then.
    store_error, bundle_error
        Why the store could not be read, or a bundle not be loaded; ``None`` where all is well.
    """

    ready: bool
    stale: bool
    bundle_name: str | None
    model_version: str | None
    seq: int
    n_changed: int
    looked_at: dt.datetime | None
    lag_s: float | None
    store_error: str | None
    bundle_error: str | None
