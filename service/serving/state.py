"""What all requests of one worker share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.metrics import Metrics
from service.serving.kept_lists import RankedLists
from service.settings import Settings

if TYPE_CHECKING:
    from data.store import Store
    from service.live import LiveMatcher
    from service.serving.keeping import Keeper

Clock = Callable[[], dt.datetime]


@dataclass(slots=True)
class ServiceState:
    """The store, the live matcher and the rest, made once a worker.

    Attributes
    ----------
    keeper
        Keeps what was shown.
    clock
        Returns an aware instant in UTC.
    ranked
        Keeps ranked lists for a while, for whoever pages, sorts and searches in them.
    demo
        The world is generated; every page and a header of every answer say so.
    """

    settings: Settings
    store: Store
    live: LiveMatcher
    keeper: Keeper
    metrics: Metrics
    clock: Clock
    demo: bool = False
    ranked: RankedLists = field(default_factory=RankedLists)
