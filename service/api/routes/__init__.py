"""Routes, one file a noun. :data:`ROUTERS` lists them in the order of the documentation."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.routes import (
    candidates,
    consents,
    disputes,
    events,
    explanations,
    health,
    recommendations,
)

ROUTERS: tuple[APIRouter, ...] = (
    recommendations.router,
    candidates.router,
    explanations.router,
    events.router,
    consents.router,
    disputes.router,
    health.router,
)
