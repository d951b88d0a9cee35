"""Routes, one file a noun. :data:`ROUTERS` lists them in the order of the documentation."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.routes import (
    audit,
    candidates,
    consents,
    disputes,
    events,
    explanations,
    health,
    keys,
    organisations,
    people,
    recommendations,
    session,
)

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    recommendations.router,
    candidates.router,
    explanations.router,
    events.router,
    consents.router,
    disputes.router,
    people.router,
    organisations.router,
    keys.router,
    audit.router,
    health.router,
)
