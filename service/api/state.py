"""How a route reaches what all requests of its worker share."""

from __future__ import annotations

from typing import cast

from fastapi import Request

from service.serving.state import ServiceState


def state_of(request: Request) -> ServiceState:
    """Return the state of the application that answers a request."""
    return cast(ServiceState, request.app.state.service)
