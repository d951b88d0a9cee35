"""Views, one file a subject. :data:`ROUTERS` lists them."""

from __future__ import annotations

from fastapi import APIRouter

from service.pages.views import (
    account,
    api_docs,
    base_operator,
    board,
    candidate,
    firm_checkup,
    firm_consents,
    firm_contacts,
    firm_ledger,
    firm_matches,
    firm_offers,
    firm_profile,
    offer_rules,
    offers,
    own_account,
    pipeline,
    roadshow,
    roadshow_day,
    roadshows,
    theses,
)

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    api_docs.router,
    firm_matches.router,
    firm_offers.router,
    firm_profile.router,
    firm_contacts.router,
    firm_consents.router,
    firm_checkup.router,
    firm_ledger.router,
    base_operator.router,
    pipeline.router,
    board.router,
    theses.router,
    candidate.router,
    offers.router,
    offer_rules.router,
    own_account.router,
    roadshows.router,
    roadshow_day.router,
    roadshow.router,
)
