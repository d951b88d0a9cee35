"""A small world of rounds with obvious answers, for every test of the evaluation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

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
from eval.analysis import Analysis, analyse
from eval.protocol import EvaluationSet, Protocol
from eval.run import Results, run_methods

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


class FixedScores:
    """A method whose scores are given as one matrix, with probabilities if asked."""

    def __init__(self, name: str, scores: np.ndarray) -> None:
        self.name = name
        self.scores = scores

    @property
    def title(self) -> dict[str, str]:
        return {"zh": f"{self.name}法", "en": f"{self.name.title()} method"}

    def score(self, queries: np.ndarray) -> np.ndarray:
        return self.scores[queries]


class FixedProbabilities(FixedScores):
    """The same with probabilities: the scores squeezed into 0 … 1."""

    def probability(self, queries: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-self.scores[queries]))


@pytest.fixture(scope="session")
def fixed_scores() -> type[FixedScores]:
    return FixedScores


@pytest.fixture(scope="session")
def fixed_probabilities() -> type[FixedProbabilities]:
    return FixedProbabilities


PROVINCES = ("江苏", "浙江", None)
SECTORS = ("机器人", "医疗", "农业", "软件")


def _wide_rounds(generator: np.random.Generator) -> list[Round]:
    """Write three years of rounds of 120 firms with 12 funders, the first ones busier."""
    weights = 1 / np.arange(1, 13)
    rounds = {}
    for _ in range(420):
        firm = int(generator.integers(120))
        day = dt.date(2018, 1, 1) + dt.timedelta(days=int(generator.integers(3 * 365)))
        n_funders = int(generator.integers(1, 4))
        funders = generator.choice(12, n_funders, replace=False, p=weights / weights.sum())
        rounds[f"f{firm:03d}", day.isoformat()] = " ".join(f"i{f:02d}" for f in funders)
    return [(firm, day, funders) for (firm, day), funders in rounds.items()]


@pytest.fixture(scope="session")
def wide_catalogue(make_catalogue: CatalogueMaker) -> Catalogue:
    """A generated catalogue large enough for intervals, slices and reports."""
    rounds = _wide_rounds(np.random.default_rng(2024))
    firms = {
        f"f{row:03d}": {"province": PROVINCES[row % 3], "sectors": (SECTORS[row % 4],)}
        for row in range(120)
    }
    used = {firm for firm, _, _ in rounds}
    return make_catalogue(rounds, firms={name: firms[name] for name in used})


@pytest.fixture(scope="session")
def wide_set(wide_catalogue: Catalogue, small_protocol: Protocol) -> EvaluationSet:
    return EvaluationSet.from_catalogue(wide_catalogue, small_protocol)


@pytest.fixture(scope="session")
def wide_results(wide_set: EvaluationSet) -> Results:
    """Five methods with a known order: finmatch > content > popularity = twin > noise."""
    generator = np.random.default_rng(1)
    shape = (wide_set.n_queries, wide_set.n_candidates)
    popular = np.tile(np.log(wide_set.n_rounds), (shape[0], 1))
    truth = np.zeros(shape)
    truth[wide_set.positives.rows, wide_set.positives.columns] = 1.0
    return run_methods(
        wide_set,
        [
            FixedScores("popularity", popular),
            FixedScores("noise", -popular + generator.normal(size=shape)),
            FixedScores("content", popular + 2 * truth * generator.random(shape)),
            FixedProbabilities("finmatch", popular + 4 * truth * generator.random(shape) - 4),
            FixedScores("twin", popular.copy()),
        ],
    )


@pytest.fixture(scope="session")
def wide_analysis(wide_results: Results, wide_catalogue: Catalogue) -> Analysis:
    return analyse(wide_results, wide_catalogue, n_draws=400)
