"""What all requests of one worker share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from fastapi import Request

from service.metrics import Metrics
from service.settings import Settings

if TYPE_CHECKING:
    from data.store import Store
    from service.live import LiveMatcher

Clock = Callable[[], dt.datetime]


@dataclass(slots=True)
class ServiceState:
    """The store, the live matcher and the rest, made once a worker.

    Attributes
    ----------
    clock
        Returns an aware instant in UTC.
    demo
        The world is generated, and every page and answer's header says so.
    """

    settings: Settings
    store: Store
    live: LiveMatcher
    metrics: Metrics
    clock: Clock
    demo: bool = False


def state_of(request: Request) -> ServiceState:
    """Return the state of the application that answers a request."""
    return cast(ServiceState, request.app.state.service)
