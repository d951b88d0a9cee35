"""Hand-made worlds with obvious answers for the tests of features."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import (
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    Record,
)
from features.content_model import ContentSettings
from features.history import History, Interactions
from features.pairs import PairFeatures, PairSettings

SPLIT = dt.date(2020, 1, 1)
SMALL = PairSettings(content=ContentSettings(members=3, dims=4, epochs=20, batch_size=32))
"""A content model that fits a few dozen rounds in milliseconds."""

CAMPS = (
    ("苏州市", "江苏省", "芯片", "C39"),
    ("杭州市", "浙江省", "医药", "C27"),
)
"""City, province, sector and industry of the two camps: offers stay inside theirs."""
N_FIRMS, N_OFFERS = 24, 4


def firm(number: int, **fields: object) -> Firm:
    """A firm of the camp ``number % 2``."""
    city, province, sector, industry = CAMPS[number % 2]
    values: dict[str, object] = {
        "firm_id": f"firm_{number}",
        "name": f"企业{number}",
        "city": city,
        "province": province,
        "sectors": (sector, f"细分{number % 3}"),
        "industry": industry,
        "industry_system": "gb4754-2017",
        "founded_on": dt.date(2012 + number % 5, 3, 1),
    }
    return Firm(**{**values, **fields})  # type: ignore[arg-type]


def need(number: int, on: dt.date, **fields: object) -> Need:
    """A need of firm ``number``."""
    values: dict[str, object] = {
        "need_id": f"need_{number}@{on}",
        "firm_id": f"firm_{number}",
        "kind": NeedKind.EQUITY,
        "stated_on": on,
        "stage": ("天使轮", "A轮")[number % 2],
        "amount_low_minor": (100 + number) * 1_000_000,
        "amount_high_minor": (100 + number) * 1_000_000,
        "currency": "CNY",
    }
    return Need(**{**values, **fields})  # type: ignore[arg-type]


def offer(number: int, **fields: object) -> Offer:
    """The offer of institution ``number``."""
    values: dict[str, object] = {
        "offer_id": f"offer_{number}",
        "institution_id": f"inst_{number}",
        "name": f"产品{number}",
        "kind": NeedKind.EQUITY,
    }
    return Offer(**{**values, **fields})  # type: ignore[arg-type]


def institution(number: int, **fields: object) -> Institution:
    """Institution ``number``."""
    values: dict[str, object] = {
        "institution_id": f"inst_{number}",
        "name": f"机构{number}",
        "kind": InstitutionKind.FUND,
    }
    return Institution(**{**values, **fields})  # type: ignore[arg-type]


def link(need_record: Need, offer_id: str) -> Event:
    """The event that ``offer_id`` funded a need on the day it was stated."""
    day = need_record.stated_on
    return Event(
        event_id=f"event_{need_record.need_id}~{offer_id}",
        kind=EventKind.FUNDED,
        occurred_at=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
        firm_id=need_record.firm_id or "",
        offer_id=offer_id,
        need_id=need_record.need_id,
    )


def camp_records(*, declares: bool = False) -> list[Record]:
    """Return two camps: firm ``n`` is funded by the offers of camp ``n % 2``, twice each."""
    extra: dict[str, object] = {}
    records: list[Record] = [firm(number) for number in range(N_FIRMS)]
    for number in range(N_OFFERS):
        if declares:
            city, _, sector, _ = CAMPS[number % 2]
            extra = {
                "regions": (city,),
                "sectors": (sector,),
                "amount_min_minor": 50_000_000,
                "amount_max_minor": 200_000_000,
                "currency": "CNY",
            }
        records += [institution(number), offer(number, **extra)]
    for number in range(N_FIRMS):
        for times, start in enumerate((dt.date(2017, 1, 5), dt.date(2018, 6, 1))):
            stated = need(number, start + dt.timedelta(days=7 * number))
            records += [stated, link(stated, f"offer_{(number % 2) + 2 * (times % 2)}")]
    asks = need(1, dt.date(2020, 2, 1))
    return [*records, asks]


@dataclass(frozen=True)
class World:
    """A catalogue, its interactions, its history before :data:`SPLIT` and the features on it."""

    catalogue: Catalogue
    interactions: Interactions
    history: History
    features: PairFeatures

    def items(self, *offer_ids: str) -> np.ndarray:
        """Return the item numbers of offers."""
        return self.features.items_.offer_ids.rows(offer_ids)


def build(records: Sequence[Record], *, offer_ids: Sequence[str] | None = None) -> World:
    """Fit small pair features on ``records`` before :data:`SPLIT`."""
    catalogue = Catalogue.from_records(records)
    interactions = Interactions.from_catalogue(catalogue)
    ids = catalogue.offers.ids
    rows = np.arange(len(ids)) if offer_ids is None else ids.rows(offer_ids)
    history = History.before(interactions, SPLIT, offer_rows=rows)
    features = PairFeatures(SMALL).fit(history, rng=np.random.default_rng(7))
    return World(catalogue, interactions, history, features)


@pytest.fixture(scope="session")
def build_world() -> Callable[..., World]:
    """The function that fits features on records."""
    return build


@pytest.fixture(scope="session")
def camps() -> World:
    """Two camps whose offers declare nothing."""
    return build(camp_records())


@pytest.fixture(scope="session")
def declaring_camps() -> World:
    """Two camps whose offers declare city, sector and amount; one more offer has no deal."""
    newcomer = offer(9, regions=("苏州市",), sectors=("芯片",), currency="CNY")
    return build([*camp_records(declares=True), institution(9), newcomer])
