"""Routes, one file a noun. :data:`ROUTERS` lists them in the order of the documentation."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.routes import health

ROUTERS: tuple[APIRouter, ...] = (health.router,)
