"""Views, one file a subject. :data:`ROUTERS` lists them."""

from __future__ import annotations

from fastapi import APIRouter

from service.pages.views import account, firm_matches

ROUTERS: tuple[APIRouter, ...] = (account.router, firm_matches.router)
