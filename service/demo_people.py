"""Sign-ins of the demo: one organisation and one person of every role, with a known password.

They exist in the home of the demo alone; the service refuses to serve that home as a real one, and
to serve the demo to other machines.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data import columns as col
from data.people import Organisation, Person, Role
from data.records import (
    Base,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    NeedKind,
)
from service.access.demo_notice import ensure_notice
from service.access.passwords import hash_password
from service.demo_deals import ensure_deals
from service.demo_roadshow import ensure_roadshow
from service.demo_stories import ensure_stories

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.store import Store

DEMO_PASSWORD = "finmatch-demo"
"""Of generated data, on the loopback alone."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One person of the demo, and the kind of institution where the role is one."""

    login: str
    role: Role
    display_name: str
    kind: InstitutionKind | None = None

    @property
    def organisation_id(self) -> str:
        """Of the organisation that the person belongs to."""
        return f"org_demo_{self.login}"


SIGN_INS = (
    SignIn("firm", Role.FIRM, "企业 王晓"),
    SignIn("bank", Role.INSTITUTION, "客户经理 李楠", InstitutionKind.BANK),
    SignIn("fund", Role.INSTITUTION, "投资经理 陈卓", InstitutionKind.FUND),
    SignIn("guarantor", Role.INSTITUTION, "担保经理 赵宁", InstitutionKind.GUARANTOR),
    SignIn("organizer", Role.ORGANIZER, "活动主办 周敏"),
    SignIn("evaluator", Role.EVALUATOR, "评估员 吴桐"),
    SignIn("base", Role.BASE_OPERATOR, "基地运营 孙悦"),
    SignIn("admin", Role.ADMINISTRATOR, "管理员 郑安"),
)

ORGANISATION_NAMES = {
    Role.ORGANIZER: "示例对接会组委会",
    Role.EVALUATOR: "示例评估中心",
    Role.ADMINISTRATOR: "示例平台管理处",
}


def ensure_sign_ins(store: Store, catalogue: Catalogue, *, now: dt.datetime) -> None:
    """Make the organisations and people of the demo that are not there yet, and its notice."""
    ensure_notice(store, now=now)
    hashed = None
    for sign_in in SIGN_INS:
        if store.people.find_organisation(sign_in.organisation_id) is not None:
            continue
        subject_id, name = _subject(catalogue, sign_in)
        store.people.add_organisation(
            Organisation(
                organisation_id=sign_in.organisation_id,
                name=name,
                role=sign_in.role,
                subject_id=subject_id,
                created_at=now,
            )
        )
        hashed = hashed or hash_password(DEMO_PASSWORD)
        store.people.add_person(
            Person(
                person_id=f"person_demo_{sign_in.login}",
                organisation_id=sign_in.organisation_id,
                login=sign_in.login,
                display_name=sign_in.display_name,
                password_hash=hashed,
                created_at=now,
            )
        )
    ensure_stories(store, now=now)
    ensure_deals(store, now=now)
    ensure_roadshow(store, now=now)


def _subject(catalogue: Catalogue, sign_in: SignIn) -> tuple[str | None, str]:
    """Return the record that an organisation stands for, and its name."""
    if sign_in.role is Role.FIRM:
        return _named(catalogue, Firm, _asking_firm(catalogue))
    if sign_in.role is Role.BASE_OPERATOR:
        firm = catalogue.firms.get(_asking_firm(catalogue))
        assert isinstance(firm, Firm)
        return _named(catalogue, Base, firm.base_id or catalogue.bases.ids.ids[0])
    if sign_in.kind is not None:
        return _named(catalogue, Institution, _busiest(catalogue, sign_in.kind))
    return None, ORGANISATION_NAMES[sign_in.role]


def _asking_firm(catalogue: Catalogue) -> str:
    """Return the firm that stated a loan need last."""
    needs = catalogue.needs
    loans = [
        (day, firm_id)
        for day, firm_id, kind in zip(
            needs.dates(col.STATED_ON).tolist(),
            needs.strings(col.FIRM_ID).tolist(),
            needs.strings(col.KIND).tolist(),
            strict=True,
        )
        if firm_id is not None and kind == NeedKind.DEBT
    ]
    return str(max(loans)[1]) if loans else catalogue.firms.ids.ids[0]


def _busiest(catalogue: Catalogue, kind: InstitutionKind) -> str:
    """Return the institution of a kind that closed most deals."""
    offers = catalogue.offers
    owner = dict(zip(offers.ids.ids, offers.strings(col.INSTITUTION_ID), strict=True))
    kinds = catalogue.institutions.strings(col.KIND)
    of_kind = {
        key for key, one in zip(catalogue.institutions.ids.ids, kinds, strict=True) if one == kind
    }
    events = catalogue.events
    deals = Counter(
        owner[offer_id]
        for offer_id, happened in zip(
            events.strings(col.OFFER_ID), events.strings(col.KIND), strict=True
        )
        if happened == EventKind.FUNDED and owner.get(offer_id) in of_kind
    )
    return deals.most_common(1)[0][0] if deals else min(of_kind)


def _named(catalogue: Catalogue, kind: type, key: str) -> tuple[str, str]:
    side = {Firm: catalogue.firms, Base: catalogue.bases, Institution: catalogue.institutions}[kind]
    record = side.get(key)
    return key, str(getattr(record, "name", key))
