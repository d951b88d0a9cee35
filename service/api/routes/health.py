"""Whether the service lives and is ready, and its metrics."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from data.errors import StoreError
from service.access.policy import Action
from service.access.sight import Sight
from service.api.answers import plain
from service.api.dependencies import allow, public
from service.api.errors import ERROR_CASES
from service.api.schemas.health import LiveOut, ReadyOut
from service.api.state import state_of
from service.metrics import CONTENT_TYPE

PROMETHEUS: dict[int | str, dict[str, Any]] = {
    200: {"content": {CONTENT_TYPE: {}}, "description": "Prometheus text."}
}

router = APIRouter(tags=["health"])


@router.get(
    "/health/live", response_model=LiveOut, dependencies=[public()], summary="The process answers"
)
async def live() -> dict[str, str]:
    """Answer as long as the process lives, whatever state the rest is in."""
    return {"status": "alive"}


@router.get(
    "/health/ready",
    response_model=ReadyOut,
    responses={
        503: {"model": ReadyOut, "description": "Something is missing; `checks` says what."}
    },
    dependencies=[public()],
    summary="Requests can be answered",
)
def ready(request: Request) -> Response:
    """Check the database, the bundle and the index, in this order.

    Says nothing to strangers but which of them is wanting.
    """
    state = state_of(request)
    checks: dict[str, Any] = {"database": "ok", "bundle": "ok", "index": "ok"}
    try:
        state.store.ping()
    except StoreError:
        checks["database"] = "away"
    status = state.live.status()
    if not status.ready:
        checks["bundle"] = checks["index"] = "none"
    elif status.stale:
        checks["index"] = "stale"
    fine = all(value == "ok" for value in checks.values())
    answer = {"status": "ready" if fine else "not_ready", "checks": checks}
    return plain(answer, status=200 if fine else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses=ERROR_CASES | PROMETHEUS,
    summary="Counters and timings of this worker",
)
def metrics(request: Request, _sight: Annotated[Sight, allow(Action.READ_METRICS)]) -> Response:
    """Return what Prometheus scrapes; a scraper sends a key of an evaluator or administrator."""
    state = state_of(request)
    status = state.live.status()
    state.metrics.bundle.clear()
    if status.bundle_name is not None:
        state.metrics.bundle.labels(status.bundle_name).set(1)
    if status.lag_s is not None:
        state.metrics.change_lag.set(status.lag_s)
    return Response(state.metrics.text(), media_type=CONTENT_TYPE)
