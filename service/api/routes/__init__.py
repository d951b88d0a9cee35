"""Routes, one file a noun. :data:`ROUTERS` lists them in the order of the documentation."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.routes import (
    audit,
    bases,
    candidates,
    consents,
    deal_flow,
    disputes,
    events,
    explanations,
    firms,
    health,
    institutions,
    jobs,
    keys,
    ledger,
    models,
    needs,
    offers,
    organisations,
    own_data,
    people,
    recommendations,
    session,
    theses,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    recommendations.router,
    candidates.router,
    deal_flow.router,
    theses.router,
    explanations.router,
    events.router,
    consents.router,
    disputes.router,
    ledger.router,
    bases.router,
    firms.router,
    needs.router,
    institutions.router,
    offers.router,
    people.router,
    organisations.router,
    own_data.router,
    keys.router,
    audit.router,
    jobs.router,
    uploads.router,
    models.router,
    health.router,
)
