"""What happened in the demo before anybody signs in: consents, a request, services with providers.

Small, invented, and made once; it lets pages show what they are for.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from data.consent import Consent, ConsentRequest, DataClass, Purpose
from data.ledger import LedgerEntry, LedgerOutcome
from service.serving.new_ids import new_id

if TYPE_CHECKING:
    from data.people import Organisation
    from data.records import Offer
    from data.store import Store

FIRM, BANK, FUND, GUARANTOR = (
    f"org_demo_{login}" for login in ("firm", "bank", "fund", "guarantor")
)
CONSENT_DAYS = 180
SERVICES = (
    ("贷款材料辅导", BANK, 60, 30),
    ("担保方案咨询", GUARANTOR, 45, 20),
    ("商业计划书修改", FUND, 12, None),
)
"""Subject, provider, and how many days ago each was opened and closed."""


def ensure_stories(store: Store, *, now: dt.datetime) -> None:
    """Give the firm of the demo a past, unless it has one."""
    firm = store.people.find_organisation(FIRM)
    if firm is None or firm.subject_id is None or store.ledger.of(firm_id=firm.subject_id):
        return
    if store.find_firm(firm.subject_id) is None:
        return
    _consent(store, firm.subject_id, store.people.get_organisation(FUND), now=now)
    _ask(store, firm.subject_id, store.people.get_organisation(BANK), now=now)
    for subject, provider, opened, closed in SERVICES:
        organisation = store.people.get_organisation(provider)
        offers = store.offers_of(organisation.subject_id or "")
        if offers:
            _serve(store, firm.subject_id, offers[0], subject, now=now, days=(opened, closed))


def _consent(store: Store, firm_id: str, fund: Organisation, *, now: dt.datetime) -> None:
    (notice, *_) = store.consents.notices()
    given = [
        Consent(
            consent_id=new_id("consent", now),
            firm_id=firm_id,
            recipient_id=fund.subject_id or fund.organisation_id,
            purpose=Purpose.MATCHING,
            data_class=kind,
            notice_version=notice.version,
            notice_sha256=notice.sha256,
            granted_at=now,
            granted_by="person_demo_firm",
            expires_at=now + dt.timedelta(days=CONSENT_DAYS),
        )
        for kind in (DataClass.IDENTITY, DataClass.PROFILE)
    ]
    store.consents.grant(given)


def _ask(store: Store, firm_id: str, bank: Organisation, *, now: dt.datetime) -> None:
    request = ConsentRequest(
        request_id=new_id("ask", now),
        firm_id=firm_id,
        recipient_id=bank.subject_id or bank.organisation_id,
        organisation_id=bank.organisation_id,
        person_id="person_demo_bank",
        purpose=Purpose.DUE_DILIGENCE,
        data_classes=(DataClass.IDENTITY, DataClass.FINANCIALS, DataClass.CONTACT),
        message="想了解近两年的收入和在手订单，以便准备授信方案。",
        asked_at=now,
    )
    store.consents.ask(request)


def _serve(
    store: Store,
    firm_id: str,
    offer: Offer,
    subject: str,
    *,
    now: dt.datetime,
    days: tuple[int, int | None],
) -> None:
    opened, closed = days
    entry = LedgerEntry(
        entry_id=new_id("service", now),
        firm_id=firm_id,
        institution_id=offer.institution_id,
        offer_id=offer.offer_id,
        base_id=store.get_firm(firm_id).base_id,
        subject=subject,
        opened_on=(now - dt.timedelta(days=opened)).date(),
        opened_by="person_demo_base",
    )
    store.ledger.open(entry)
    if closed is not None:
        store.ledger.close(
            entry.entry_id,
            outcome=LedgerOutcome.COMPLETED,
            on=(now - dt.timedelta(days=closed)).date(),
            by="person_demo_base",
        )
