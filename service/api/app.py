"""The application: routes, the error shape and the envelope around one worker's state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI

from service import pages
from service.api.envelope import Envelope, Limits
from service.api.errors import Errors
from service.api.idempotency import Idempotency
from service.api.routes import ROUTERS
from service.pages.faults import fault_page
from service.serving.state import ServiceState

TITLE = "FinMatch"
VERSION = "1"
DESCRIPTION = """\
Matches small firms in innovation bases (双创基地) with finance and services, with reasons.

**匹配度，非信用评价** — a match score, not a credit rating.

Sign in with `POST /v1/session` or send a key in `X-API-Key`. Every answer is limited to what your
organisation may see. Lists come in pages: give `next_cursor` back as `cursor`. Every error has one
shape, `{"error": {"code", "message", "field", "request_id"}}`. A `POST` with an `Idempotency-Key`
may be repeated: it is done once.
"""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def create_app(
    state: ServiceState, *, limits: Limits | None = None, lifespan: Lifespan | None = None
) -> FastAPI:
    """Build the application around a state.

    Parameters
    ----------
    state
        Of this worker; its store is open, its matcher may still be loading.
    limits
        On size and load.
    lifespan
        What to start and stop with the worker.
    """
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        telemetry={"auto_configure": state.settings.telemetry},
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = state
    Errors(fault_page).install(app)
    for router in ROUTERS:
        app.include_router(router)
    pages.install(app)
    app.add_middleware(Idempotency, state=state)
    app.add_middleware(Envelope, metrics=state.metrics, limits=limits or Limits(), demo=state.demo)
    return app
