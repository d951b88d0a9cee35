"""A service over a world made by hand, for routes that rank nothing: quick to build anew."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.records import (
    Base,
    BaseLevel,
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
)
from data.store import Store
from service.access import passwords
from service.access.passwords import Cost
from service.api.app import create_app
from service.metrics import Metrics
from service.serving.keeping import Keeper
from service.serving.state import ServiceState
from service.settings import read_settings
from tests.service.api.conftest import NOW, Api, Clock, Member, add_members

DAY = dt.date(2026, 6, 1)

BASES = [
    Base(base_id="base_a", name="甲创业园", level=BaseLevel.NATIONAL, city="苏州市"),
    Base(base_id="base_b", name="乙孵化器", level=BaseLevel.PROVINCIAL, city="无锡市"),
]
FIRMS = [
    Firm(firm_id="firm_a1", name="甲一机械", base_id="base_a", city="苏州市", sectors=("机械",)),
    Firm(firm_id="firm_a2", name="甲二软件", base_id="base_a", city="苏州市", sectors=("软件",)),
    Firm(firm_id="firm_b1", name="乙一食品", base_id="base_b", city="无锡市", sectors=("食品",)),
    Firm(firm_id="firm_b2", name="乙二医疗", base_id="base_b", city="无锡市", sectors=("医疗",)),
]
NEEDS = [
    Need(
        need_id=f"need_{firm.firm_id[5:]}",
        firm_id=firm.firm_id,
        kind=NeedKind.DEBT,
        stated_on=DAY,
        amount_low_minor=123_456_700,
        amount_high_minor=223_456_700,
        currency="CNY",
    )
    for firm in FIRMS
]
INSTITUTIONS = [
    Institution(institution_id="inst_bank", name="示例银行", kind=InstitutionKind.BANK),
    Institution(institution_id="inst_fund", name="示例基金", kind=InstitutionKind.FUND),
    Institution(institution_id="inst_guard", name="示例担保", kind=InstitutionKind.GUARANTOR),
]
OFFERS = [
    Offer(offer_id="offer_bank", institution_id="inst_bank", name="科技贷", kind=NeedKind.DEBT),
    Offer(offer_id="offer_fund", institution_id="inst_fund", name="天使投", kind=NeedKind.EQUITY),
    Offer(offer_id="offer_guard", institution_id="inst_guard", name="保", kind=NeedKind.GUARANTEE),
]
VIEW = Event(
    event_id="event_1",
    kind=EventKind.VIEW,
    occurred_at=NOW - dt.timedelta(days=3),
    firm_id="firm_a1",
    offer_id="offer_bank",
    need_id="need_a1",
)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Any, Member]]:
    """The world with its members, to copy."""
    path = tmp_path_factory.mktemp("records") / "finmatch.db"
    with Store.open(f"sqlite:///{path}") as store:
        for kind, rows in (
            (Base, BASES),
            (Firm, FIRMS),
            (Need, NEEDS),
            (Institution, INSTITUTIONS),
            (Offer, OFFERS),
        ):
            store.upsert(kind, rows)
        store.append_events([VIEW])
        with pytest.MonkeyPatch.context() as patch:
            make_hashes_cheap(patch)
            members = add_members(store, now=NOW)
    return path, members


def make_hashes_cheap(patch: pytest.MonkeyPatch) -> None:
    cheap = passwords._hasher(Cost(passes=1, memory_kib=8, lanes=1))
    patch.setattr(passwords, "_hasher", lambda _: cheap)


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> tuple[FastAPI, ServiceState]:
    """One application for all tests: its first request takes longer than a test does."""
    home = tmp_path_factory.mktemp("shared")
    store = cast(Any, None)
    state = ServiceState(
        settings=read_settings({"FINMATCH_ENCODER": "off"}, home=home),
        store=store,
        live=cast(Any, None),
        keeper=Keeper(store),
        metrics=Metrics(),
        clock=Clock(),
    )
    return create_app(state), state


@pytest.fixture
def desk(
    prepared: tuple[Path, dict[Any, Member]],
    shared_app: tuple[FastAPI, ServiceState],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Api]:
    """A service over a copy of the world, without a matcher."""
    make_hashes_cheap(monkeypatch)
    template, members = prepared
    app, state = shared_app
    shutil.copyfile(template, tmp_path / "finmatch.db")
    settings = read_settings({"FINMATCH_ENCODER": "off"}, home=tmp_path)
    clock = Clock()
    with Store.open(settings.database_url, lock_wait_s=2) as store:
        state.settings, state.store, state.clock = settings, store, clock
        state.keeper = Keeper(store)
        client = TestClient(app, base_url="http://localhost")
        yield Api(state, clock, members, client)
