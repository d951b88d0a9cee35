"""A hand-made world for tests of who sees what, and principals to look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from data.consent import Consent, DataClass, Purpose
from data.people import Role
from data.records import (
    Base,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    SizeClass,
    TaxGrade,
)
from data.store import Store
from service.access.principal import Principal
from service.access.sight import Sight

NOW = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

FIRM_A = Firm(
    firm_id="firm_ada",
    name="阿达机器人有限公司",
    company_code="91320500MA1ADA0001",
    base_id="base_1",
    country="CHN",
    province="江苏省",
    city="苏州市",
    district="工业园区",
    postcode="215123",
    industry="I6513",
    industry_system="gb4754-2017",
    sectors=("机器人", "视觉"),
    founded_on=dt.date(2021, 3, 1),
    employees=2417,
    size_class=SizeClass.SMALL,
    revenue_minor=861_234_567,
    currency="CNY",
    credentials=("tech_sme", "high_tech"),
    tax_grade=TaxGrade.B,
    description="我们做视觉抓取",
)
FIRM_B = Firm(firm_id="firm_bell", name="贝尔材料", base_id="base_2", city="无锡市")
FIRM_C = Firm(firm_id="firm_curie", name="居里生物", base_id="base_1", city="苏州市")
NEED_A = Need(
    need_id="need_ada_1",
    firm_id="firm_ada",
    kind=NeedKind.DEBT,
    stated_on=dt.date(2026, 6, 1),
    stage="growth",
    amount_low_minor=210_000_000,
    amount_high_minor=210_000_000,
    currency="CNY",
    text="补充流动资金",
)
NEED_A_OLD = Need(
    need_id="need_ada_0", firm_id="firm_ada", kind=NeedKind.EQUITY, stated_on=dt.date(2025, 1, 1)
)
NEED_B = Need(
    need_id="need_bell_1", firm_id="firm_bell", kind=NeedKind.EQUITY, stated_on=dt.date(2026, 1, 1)
)
NEED_OF_BASE = Need(
    need_id="need_base_1",
    base_id="base_1",
    kind=NeedKind.DEBT,
    stated_on=dt.date(2026, 5, 1),
    amount_low_minor=5_000_000_000,
    amount_high_minor=5_000_000_000,
    text="改造旧厂房",
)
OFFERS = (
    Offer(offer_id="offer_x", institution_id="inst_x", name="x", kind=NeedKind.DEBT),
    Offer(offer_id="offer_y", institution_id="inst_y", name="y", kind=NeedKind.EQUITY),
)


def fill(store: Store) -> None:
    """Two bases, three firms, their needs, two institutions with an offer each."""
    store.upsert(Base, [Base(base_id="base_1", name="一"), Base(base_id="base_2", name="二")])
    store.upsert(Firm, [FIRM_A, FIRM_B, FIRM_C])
    store.upsert(Need, [NEED_A, NEED_A_OLD, NEED_B, NEED_OF_BASE])
    kinds = {"inst_x": InstitutionKind.BANK, "inst_y": InstitutionKind.FUND}
    store.upsert(
        Institution,
        [Institution(institution_id=key, name=key, kind=kind) for key, kind in kinds.items()],
    )
    store.upsert(Offer, OFFERS)


def principal(role: Role, subject_id: str | None = None) -> Principal:
    """Somebody of an organisation of this role."""
    name = f"{role.value}_{subject_id or 'none'}"
    return Principal(
        organisation_id=f"org_{name}",
        organisation_name=name,
        role=role,
        subject_id=subject_id,
        person_id=f"person_{name}",
        display_name=name,
    )


FIRM_A_PERSON = principal(Role.FIRM, "firm_ada")
FIRM_B_PERSON = principal(Role.FIRM, "firm_bell")
BANK = principal(Role.INSTITUTION, "inst_x")
FUND = principal(Role.INSTITUTION, "inst_y")
ORGANIZER = principal(Role.ORGANIZER)
EVALUATOR = principal(Role.EVALUATOR)
OPERATOR = principal(Role.BASE_OPERATOR, "base_1")
ADMINISTRATOR = principal(Role.ADMINISTRATOR)
EVERYBODY = (
    FIRM_A_PERSON,
    FIRM_B_PERSON,
    BANK,
    FUND,
    ORGANIZER,
    EVALUATOR,
    OPERATOR,
    ADMINISTRATOR,
)


def sight(store: Store, who: Principal, *, now: dt.datetime = NOW, request_id: str = "r") -> Sight:
    """What somebody sees."""
    return Sight(who, store, now=now, request_id=request_id)


def agree(
    store: Store,
    classes: Iterable[DataClass],
    *,
    firm_id: str = "firm_ada",
    recipient_id: str = "inst_x",
    purpose: Purpose = Purpose.MATCHING,
) -> list[str]:
    """Let a firm consent; return the ids of the consents."""
    consents = [
        Consent(
            consent_id=f"consent_{firm_id}_{recipient_id}_{purpose.value}_{kind.value}",
            firm_id=firm_id,
            recipient_id=recipient_id,
            purpose=purpose,
            data_class=kind,
            notice_version="1",
            notice_sha256="0",
            granted_at=NOW - DAY,
            granted_by="person_1",
            expires_at=NOW + 30 * DAY,
        )
        for kind in classes
    ]
    store.consents.grant(consents)
    return [consent.consent_id for consent in consents]
