"""Stated against revealed thesis, on deals that can be counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.deal_flow import Thesis
from data.errors import ForbiddenError, UnknownIdError
from data.people import Role
from data.records import (
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    SizeClass,
)
from data.store import Store
from service.access.principal import Principal
from service.access.sight import Sight
from service.serving.revealed import Gap, revealed_thesis

NOW = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three robot firms in Suzhou and one food firm in Wuxi; a fund that declares robots."""
    with Store.open(f"sqlite:///{tmp_path / 'world.db'}") as opened:
        opened.upsert(
            Institution,
            [
                Institution(
                    institution_id="inst_x",
                    name="x",
                    kind=InstitutionKind.FUND,
                    sectors=("机器人",),
                    regions=("江苏省", "苏州市"),
                )
            ],
        )
        opened.upsert(
            Offer,
            [Offer(offer_id="offer_x", institution_id="inst_x", name="x", kind=NeedKind.EQUITY)],
        )
        rows = (("1", "机器人"), ("2", "机器人"), ("3", "机器人"), ("4", "食品"))
        opened.upsert(
            Firm,
            [
                Firm(
                    firm_id=f"firm_{key}",
                    name=f"甲乙{key}",
                    sectors=(sector,),
                    province="江苏省" if sector == "机器人" else None,
                    city="苏州市" if sector == "机器人" else "无锡市",
                    size_class=SizeClass.MICRO,
                )
                for key, sector in rows
            ],
        )
        opened.upsert(
            Need,
            [
                Need(
                    need_id=f"need_{key}",
                    firm_id=f"firm_{key}",
                    kind=NeedKind.EQUITY,
                    stated_on=dt.date(2026, 1, 1),
                    amount_low_minor=amount,
                    amount_high_minor=amount,
                    currency="CNY",
                )
                for key, amount in (("1", 200), ("4", 2_000))
            ],
        )
        yield opened


def happened(store: Store, *rows: tuple[str, EventKind, str | None]) -> None:
    store.append_events(
        [
            Event(
                event_id=f"event_{number}",
                kind=kind,
                occurred_at=NOW - dt.timedelta(days=number + 1),
                firm_id=f"firm_{key}",
                offer_id="offer_x",
                need_id=need_id,
            )
            for number, (key, kind, need_id) in enumerate(rows)
        ]
    )


def look(store: Store, role: Role = Role.INSTITUTION, subject: str = "inst_x") -> Sight:
    who = Principal(
        organisation_id="o",
        organisation_name="o",
        role=role,
        subject_id=subject,
        person_id="p",
        display_name="p",
    )
    return Sight(who, store, now=NOW)


def gap(store: Store, name: str) -> Gap:
    found = revealed_thesis(look(store), "inst_x")
    return next(one for one in found.gaps if one.dimension == name)


def test_shares_are_of_deals_and_a_deal_counts_once(store: Store) -> None:
    happened(
        store,
        ("1", EventKind.FUNDED, "need_1"),
        ("1", EventKind.FUNDED, "need_1"),  # a second payment of the same deal
        ("4", EventKind.FUNDED, "need_4"),
        ("1", EventKind.CONTACT, None),
        ("2", EventKind.MEETING, None),
        ("3", EventKind.CONTACT, None),
        ("4", EventKind.CONTACT, None),
        ("2", EventKind.VIEW, None),
    )
    whole = revealed_thesis(look(store), "inst_x")
    assert (whole.n_funded, whole.n_contacted) == (2, 4)
    sectors = gap(store, "sector")
    assert sectors.declared == ("机器人",)
    assert (sectors.funded_within, sectors.contacted_within) == (1 / 2, 3 / 4)
    by_value = {row.value: row for row in sectors.rows}
    assert (by_value["食品"].declared, by_value["食品"].funded_share) == (False, 1 / 2)
    assert (by_value["机器人"].funded, by_value["机器人"].contacted) == (1, 3)
    regions = gap(store, "region")
    assert regions.contacted_within == 3 / 4
    assert {row.value for row in regions.rows} == {"江苏省", "无锡市"}


def test_what_is_not_declared_or_not_known_has_no_share_within(store: Store) -> None:
    nothing = revealed_thesis(look(store), "inst_x")
    assert (nothing.n_funded, nothing.n_contacted) == (0, 0)
    assert all(one.rows == () and one.funded_within is None for one in nothing.gaps)
    happened(store, ("1", EventKind.FUNDED, None))
    stages = gap(store, "stage")
    assert stages.declared == ()
    assert stages.funded_within is None
    assert [(row.value, row.declared) for row in stages.rows] == [(None, False)]
    assert stages.rows[0].contacted_share is None


def test_saved_theses_declare_too(store: Store) -> None:
    happened(store, ("1", EventKind.FUNDED, "need_1"), ("4", EventKind.FUNDED, "need_4"))
    store.deal_flow.put_thesis(
        Thesis(
            thesis_id="t",
            institution_id="inst_x",
            name="t",
            filters={
                "sectors": ["食品"],
                "size_classes": ["micro"],
                "amount_low_minor": 1_500,
                "currency": "CNY",
            },
            made_at=NOW,
            made_by="p",
            changed_at=NOW,
        )
    )
    assert gap(store, "sector").declared == ("机器人", "食品")
    assert gap(store, "sector").funded_within == 1.0
    assert gap(store, "size_class").funded_within == 1.0
    amounts = gap(store, "amount")
    assert amounts.declared == ("1500- CNY",)
    assert [(row.value, row.declared) for row in amounts.rows] == [
        ("100-300 CNY", False),
        ("1000-3000 CNY", True),
    ]
    assert amounts.funded_within == 1 / 2


def test_it_is_the_institutions_own(store: Store) -> None:
    with pytest.raises(UnknownIdError):
        revealed_thesis(look(store, subject="inst_y"), "inst_x")
    with pytest.raises(ForbiddenError):
        revealed_thesis(look(store, Role.FIRM, "firm_1"), "inst_x")
