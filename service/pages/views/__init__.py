"""Views, one file a subject. :data:`ROUTERS` lists them."""

from __future__ import annotations

from fastapi import APIRouter

from service.pages.views import account, api_docs, firm_matches

ROUTERS: tuple[APIRouter, ...] = (account.router, api_docs.router, firm_matches.router)
