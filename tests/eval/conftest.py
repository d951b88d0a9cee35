"""A small world of rounds with obvious answers, for every test of the evaluation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

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
from eval.protocol import EvaluationSet, Protocol

Round = tuple[str, str, str]
CatalogueMaker = Callable[..., Catalogue]

ROUNDS: tuple[Round, ...] = (
    # firm, day, funders: the split is 2020-01-01, the window the year 2020
    ("a", "2018-01-01", "x y"),
    ("b", "2018-06-01", "x z"),
    ("c", "2019-01-01", "y x"),
    ("d", "2019-05-05", ""),  # nobody disclosed, but the firm is known
    ("a", "2020-02-01", "x y z"),  # x and y are not new, z is no candidate: no query
    ("b", "2020-03-01", "x y"),  # only y is new
    ("d", "2020-03-01", "x"),
    ("e", "2020-01-01", "y x"),  # the first day of the window belongs to it
    ("e", "2020-07-01", "x"),  # funded by x in the window, but not before the split
    ("g", "2020-12-31", "z"),  # z is no candidate: no query
    ("h", "2021-01-01", "x"),  # after the window
)


def records_of(rounds: Iterable[Round], firms: dict[str, dict[str, object]]) -> list[Record]:
    rounds = list(rounds)
    names = sorted({firm for firm, _, _ in rounds})
    funders = sorted({funder for _, _, given in rounds for funder in given.split()})
    records: list[Record] = [
        Firm(firm_id=f"firm_{n}", name=n, source_key=n, **firms.get(n, {})) for n in names
    ]
    for funder in funders:
        records += [
            Institution(institution_id=f"inst_{funder}", name=funder, kind=InstitutionKind.FUND),
            Offer(
                offer_id=f"offer_{funder}",
                institution_id=f"inst_{funder}",
                name=funder,
                kind=NeedKind.EQUITY,
                source_key=funder,
            ),
        ]
    for firm, day, given in rounds:
        key = f"{firm}@{day}"
        records.append(
            Need(
                need_id=f"need_{key}",
                firm_id=f"firm_{firm}",
                kind=NeedKind.EQUITY,
                stated_on=dt.date.fromisoformat(day),
                source_key=key,
            )
        )
        records += [
            Event(
                event_id=f"event_{key}~{funder}",
                kind=EventKind.FUNDED,
                occurred_at=dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC),
                firm_id=f"firm_{firm}",
                offer_id=f"offer_{funder}",
                need_id=f"need_{key}",
            )
            for funder in given.split()
        ]
    return records


@pytest.fixture(scope="session")
def make_records() -> Callable[..., list[Record]]:
    """Turn rounds (firm, day, funders) into records; ``firms`` gives attributes by firm."""

    def make(
        rounds: Iterable[Round] = ROUNDS, *, firms: dict[str, dict[str, object]] | None = None
    ) -> list[Record]:
        return records_of(rounds, firms or {})

    return make


@pytest.fixture(scope="session")
def make_catalogue(make_records: Callable[..., list[Record]]) -> CatalogueMaker:
    """Turn rounds (firm, day, funders) into a catalogue."""

    def make(
        rounds: Iterable[Round] = ROUNDS, *, firms: dict[str, dict[str, object]] | None = None
    ) -> Catalogue:
        return Catalogue.from_records(make_records(rounds, firms=firms))

    return make


@pytest.fixture(scope="session")
def small_protocol() -> Protocol:
    return Protocol(dt.date(2020, 1, 1), dt.date(2020, 12, 31), min_rounds=2)


@pytest.fixture(scope="session")
def small_set(make_catalogue: CatalogueMaker, small_protocol: Protocol) -> EvaluationSet:
    """The evaluation set of :data:`ROUNDS`: four queries, candidates x and y."""
    return EvaluationSet.from_catalogue(make_catalogue(), small_protocol)
