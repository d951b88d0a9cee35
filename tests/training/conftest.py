"""A checkerboard world: each funder takes one sector in one place, and nothing else matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

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
from eval.protocol import Protocol
from features.content_model import ContentSettings
from features.pairs import PairSettings
from training.settings import BoosterSettings, TrainSettings

SECTORS, PLACES = ("bio", "chips", "food"), ("north", "south")
FUNDERS_PER_CELL = 3
FIRST_DAY = dt.date(2016, 1, 1)
DAYS = 5 * 365
SPLIT = dt.date(2020, 6, 1)
UNTIL = dt.date(2020, 11, 30)

RecordsMaker = Callable[..., list[Record]]


def funders_of(sector: str, place: str) -> list[str]:
    return [f"{sector}-{place}-{k}" for k in range(FUNDERS_PER_CELL)]


def make_records(seed: int = 0, n_rounds: int = 900) -> list[Record]:
    rng = np.random.default_rng(seed)
    records: list[Record] = []
    for sector in SECTORS:
        for place in PLACES:
            for key in funders_of(sector, place):
                records += [
                    Institution(institution_id=f"inst_{key}", name=key, kind=InstitutionKind.FUND),
                    Offer(
                        offer_id=f"offer_{key}",
                        institution_id=f"inst_{key}",
                        name=key,
                        kind=NeedKind.EQUITY,
                        source_key=key,
                    ),
                ]
    for number in range(n_rounds):
        sector, place = str(rng.choice(SECTORS)), str(rng.choice(PLACES))
        day = FIRST_DAY + dt.timedelta(days=int(rng.integers(DAYS)))
        firm, need = f"firm_{number}", f"need_{number}@{day}"
        records += [
            Firm(
                firm_id=firm, name=firm, province=place, sectors=(sector,), source_key=str(number)
            ),
            Need(
                need_id=need,
                firm_id=firm,
                kind=NeedKind.EQUITY,
                stated_on=day,
                amount_low_minor=100 * int(10 ** rng.uniform(5, 7)),
                currency="CNY",
                source_key=f"{number}@{day}",
            ),
        ]
        for funder in rng.choice(funders_of(sector, place), 1 + number % 2, replace=False):
            records.append(
                Event(
                    event_id=f"event_{number}~{funder}",
                    kind=EventKind.FUNDED,
                    occurred_at=dt.datetime.combine(day, dt.time(), dt.UTC),
                    firm_id=firm,
                    offer_id=f"offer_{funder}",
                    need_id=need,
                )
            )
    return records


@pytest.fixture(scope="session")
def records() -> list[Record]:
    return make_records()


@pytest.fixture(scope="session")
def catalogue(records: list[Record]) -> Catalogue:
    return Catalogue.from_records(records)


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return Protocol(SPLIT, UNTIL)


@pytest.fixture(scope="session")
def settings() -> TrainSettings:
    """Settings small enough for tests: two windows, two small models."""
    booster = BoosterSettings(leaves=4, rounds=20, feature_fraction=0.5, min_rows_in_leaf=20)
    return TrainSettings(
        pair=PairSettings(content=ContentSettings(members=2, dims=8, epochs=20)),
        pool_size=12,
        negatives=8,
        max_windows=3,
        reverse_pool_size=40,
        reverse_negatives=20,
        boosters=(booster, booster),
        reverse_boosters=(booster,),
    )
