"""A roadshow of the demo: firms that agreed to be invited, and a draft of an event with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from data.consent import Consent, DataClass, Purpose
from data.records import Firm, Institution
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Participant
from service.roadshow.desk import Desk
from service.roadshow.picking import Hours, Session, picked

if TYPE_CHECKING:
    from data.store import Store

ROADSHOW_ID, ORGANISATION_ID = "roadshow_demo", "org_demo_organizer"
NAME = "示例双创基地资本对接会"
N_FIRMS, N_INSTITUTIONS = 24, 6
AHEAD_DAYS, CONSENT_DAYS = 14, 180
SEED = 7
SHOWN = (DataClass.IDENTITY, DataClass.PROFILE, DataClass.FINANCIALS, DataClass.CREDENTIALS)
LOWEST, HIGHEST = 30, 96
ELIGIBLE = 0.7
"""Share of pairs with a score; scores of the demo's event are drawn, as an organizer's own."""


def ensure_roadshow(store: Store, *, now: dt.datetime) -> None:
    """Make the event, and the consents of its firms, unless it is there."""
    if store.roadshows.find(ROADSHOW_ID) is not None:
        return
    firms = store.page(Firm, limit=N_FIRMS)
    institutions = [
        one for one in store.page(Institution, limit=200) if store.offers_of(one.institution_id)
    ][:N_INSTITUTIONS]
    if not firms or not institutions:
        return
    store.consents.grant([one for firm in firms for one in _consents(store, firm, now)])
    hours = Hours(
        day=now.date() + dt.timedelta(days=AHEAD_DAYS),
        sessions=(
            Session(title="morning", begins=dt.time(9), n_slots=5),
            Session(title="afternoon", begins=dt.time(13, 30), n_slots=5),
        ),
        slot_minutes=20,
    )
    problem = picked(
        ROADSHOW_ID,
        NAME,
        firms=[(firm.firm_id, firm.name) for firm in firms],
        institutions=institutions,
        hours=hours,
        tables=len(institutions),
    )
    problem = replace(
        problem,
        scores=_scores(len(firms), len(institutions)),
        firms=tuple(_invited(one, at) for at, one in enumerate(problem.firms)),
    )
    Desk(store).save(problem, plan(problem), created_at=now, organisation_id=ORGANISATION_ID)


def _invited(one: Participant, at: int) -> Participant:
    """Let every firm meet somebody, and a few come late."""
    late = frozenset({"s01", "s02"}) if at % 9 == 4 else frozenset()
    return replace(one, max_meetings=4, absent=late)


def _scores(n_firms: int, n_institutions: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    generator = np.random.default_rng(SEED)
    shape = (n_firms, n_institutions)
    scores = generator.integers(LOWEST, HIGHEST, shape).astype(np.float64)
    return np.where(generator.random(shape) < ELIGIBLE, scores, np.nan)


def _consents(store: Store, firm: Firm, now: dt.datetime) -> list[Consent]:
    notice = store.consents.notices()[0]
    return [
        Consent(
            consent_id=f"consent_demo_roadshow_{firm.firm_id}_{one.value}",
            firm_id=firm.firm_id,
            recipient_id=ORGANISATION_ID,
            purpose=Purpose.ROADSHOW,
            data_class=one,
            notice_version=notice.version,
            notice_sha256=notice.sha256,
            granted_at=now,
            granted_by="person_demo_firm",
            expires_at=now + dt.timedelta(days=CONSENT_DAYS),
        )
        for one in SHOWN
    ]
