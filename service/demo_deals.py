"""The deal flow of the demo's bank before anybody signs in: firms on its board, and a thesis.

Small, generated, and made once; one of the firms lets the bank see everything.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from data.consent import Consent, DataClass, Purpose
from data.deal_flow import DealEntry, DealMove, DealNote, DealReminder, Stage, Thesis
from data.records import Need, NeedKind

if TYPE_CHECKING:
    from data.store import Store

BANK, PERSON = "org_demo_bank", "person_demo_bank"
DEMO_FIRM = "org_demo_firm"
STAGES: tuple[tuple[Stage, ...], ...] = (
    (Stage.SCREENING, Stage.CONTACTED, Stage.MEETING),
    (Stage.SCREENING, Stage.DUE_DILIGENCE),
    (Stage.SCREENING,),
    (Stage.CONTACTED,),
    (),
    (),
    (Stage.SCREENING, Stage.PASSED),
)
"""What each firm on the board went through after it was put there."""
PASSED_FOR = "所需期限超出产品上限"
NOTE = "财务负责人愿意下周面谈，请带产品说明。"
REMINDER = "准备面谈材料"
THESIS = "苏南小微"
THESIS_FILTERS = {"regions": ["苏州市", "无锡市", "常州市"], "size_classes": ["micro", "small"]}
CONSENT_DAYS = 180
MOST_NEEDS = 5_000


def ensure_deals(store: Store, *, now: dt.datetime) -> None:
    """Give the bank of the demo a board and a thesis, unless it has some."""
    bank = store.people.find_organisation(BANK)
    if bank is None or bank.subject_id is None:
        return
    if store.deal_flow.of(bank.subject_id, limit=1) or not store.consents.notices():
        return
    offers = [one for one in store.offers_of(bank.subject_id) if one.kind is NeedKind.DEBT]
    needs = _asking(store, len(STAGES)) if offers else []
    for number, (need, steps) in enumerate(zip(needs, STAGES, strict=False)):
        _enter(store, bank.subject_id, need, steps, offers[0].offer_id, number=number, now=now)
    if needs:
        _agree(store, needs[0].firm_id or "", bank.subject_id, now=now)
        _work(store, bank.subject_id, now=now)
    store.deal_flow.put_thesis(
        Thesis(
            thesis_id="thesis_demo_bank",
            institution_id=bank.subject_id,
            name=THESIS,
            filters=THESIS_FILTERS,
            made_at=now,
            made_by=PERSON,
            changed_at=now,
        )
    )


def _asking(store: Store, n: int) -> list[Need]:
    """Return the latest loan needs of different firms, but for the firm of the demo."""
    own = store.people.find_organisation(DEMO_FIRM)
    stated = store.page(Need, wanted={"kind": NeedKind.DEBT.value}, limit=MOST_NEEDS)
    found: dict[str, Need] = {}
    for need in sorted(stated, key=lambda one: (one.stated_on, one.need_id), reverse=True):
        if need.firm_id and (own is None or need.firm_id != own.subject_id):
            found.setdefault(need.firm_id, need)
    return list(found.values())[:n]


def _enter(
    store: Store,
    institution_id: str,
    need: Need,
    steps: tuple[Stage, ...],
    offer_id: str,
    *,
    number: int,
    now: dt.datetime,
) -> None:
    """Put a firm on the board, a day for each step until today."""
    begun = now - dt.timedelta(days=len(steps) + number + 1)
    entry = DealEntry(
        entry_id=f"deal_demo_{number}",
        institution_id=institution_id,
        firm_id=need.firm_id or "",
        need_id=need.need_id,
        offer_id=offer_id,
        opened_at=begun,
        opened_by=PERSON,
        assigned_to=PERSON if number % 2 == 0 else None,
        changed_at=begun,
    )
    store.deal_flow.open(entry, _move(entry.entry_id, None, Stage.NEW, at=begun))
    before = Stage.NEW
    for day, after in enumerate(steps, start=1):
        at = begun + dt.timedelta(days=day)
        entry = replace(entry, stage=after, changed_at=at)
        store.deal_flow.move(entry, _move(entry.entry_id, before, after, at=at))
        before = after


def _move(entry_id: str, before: Stage | None, after: Stage, *, at: dt.datetime) -> DealMove:
    reason = PASSED_FOR if after is Stage.PASSED else ""
    return DealMove(
        entry_id=entry_id, at=at, person_id=PERSON, before=before, after=after, reason=reason
    )


def _agree(store: Store, firm_id: str, recipient_id: str, *, now: dt.datetime) -> None:
    """Let the bank see everything of one firm."""
    notice = store.consents.notices()[0]
    store.consents.grant(
        [
            Consent(
                consent_id=f"consent_demo_bank_{one.value}",
                firm_id=firm_id,
                recipient_id=recipient_id,
                purpose=Purpose.MATCHING,
                data_class=one,
                notice_version=notice.version,
                notice_sha256=notice.sha256,
                granted_at=now - dt.timedelta(days=1),
                granted_by="person_demo_firm",
                expires_at=now + dt.timedelta(days=CONSENT_DAYS),
            )
            for one in DataClass
        ]
    )


def _work(store: Store, institution_id: str, *, now: dt.datetime) -> None:
    """Write down something about the first firm, and what is to be done."""
    at = now - dt.timedelta(hours=3)
    store.deal_flow.add_note(
        DealNote(
            note_id="note_demo_bank", entry_id="deal_demo_0", at=at, person_id=PERSON, text=NOTE
        )
    )
    store.deal_flow.add_reminder(
        DealReminder(
            reminder_id="reminder_demo_bank",
            entry_id="deal_demo_0",
            institution_id=institution_id,
            due_on=now.date() + dt.timedelta(days=2),
            text=REMINDER,
            assigned_to=PERSON,
            made_at=at,
            made_by=PERSON,
        )
    )
