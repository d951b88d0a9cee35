"""A checkerboard of firms and institutions, in which every method knows the right answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import Record
from eval.baselines.past import Past
from eval.protocol import EvaluationSet, Protocol
from features.history import History, Interactions

SPLIT_AT, UNTIL = dt.date(2020, 1, 1), dt.date(2020, 12, 31)

EVEN, ODD = ("i0", "i2", "i4", "i6"), ("i1", "i3", "i5", "i7")
"""Institutions of the two colours: even ones fund firms of Jiangsu robotics, odd ones the rest."""

COLOURS: tuple[dict[str, object], ...] = (
    {"province": "江苏", "city": "苏州", "sectors": ("机器人", "硬件")},
    {"province": "浙江", "city": "杭州", "sectors": ("医疗",)},
)
N_PAST_FIRMS = 40


def past_rounds() -> list[tuple[str, str, str]]:
    """Forty firms, each funded by three of the four institutions of its colour."""
    rounds = []
    for k in range(N_PAST_FIRMS):
        side = ODD if k % 2 else EVEN
        missing = (k // 2) % 4
        funders = " ".join(name for n, name in enumerate(side) if n != missing)
        day = dt.date(2018, 1, 1) + dt.timedelta(days=17 * k)
        rounds.append((f"firm{k:02d}", day.isoformat(), funders))
    rounds += [(f"solo{k}", f"2019-0{k}-15", "i0") for k in range(1, 7)]  # i0 is the popular one
    return rounds


WINDOW_ROUNDS = (
    ("cold0", "2020-02-01", "i0 i4"),
    ("cold1", "2020-02-02", "i1 i5"),
    ("firm00", "2020-03-01", "i0"),  # had i2, i4 and i6
    ("firm01", "2020-03-02", "i1"),  # had i3, i5 and i7
    ("blank", "2020-04-01", "i3"),  # nothing is known of it
)


@dataclass(frozen=True)
class World:
    """Records and their catalogue, cut at the split."""

    records: list[Record]
    catalogue: Catalogue
    evaluation_set: EvaluationSet
    interactions: Interactions

    @property
    def past(self) -> Past:
        """A fresh view of the history."""
        rows = self.evaluation_set.offer_rows
        return Past(History.before(self.interactions, SPLIT_AT, offer_rows=rows))

    def query(self, firm: str) -> int:
        """Position of the firm's query."""
        return [name.split("@")[0] for name in self.evaluation_set.query_ids].index(firm)

    def items(self, names: Iterable[str]) -> list[int]:
        """Columns of institutions."""
        return [self.evaluation_set.candidate_ids.index(name) for name in names]


def attributes_of(rounds: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, object]]:
    """Give firms that end in an even digit the first colour, odd the second, others nothing."""
    names = {firm for firm, _, _ in rounds}
    return {
        name: COLOURS[int(name[-1]) % 2]
        for name in names
        if name[-1].isdigit() and not name.startswith("solo")
    }


@pytest.fixture(scope="session")
def make_world(make_records: Callable[..., list[Record]]) -> Callable[..., World]:
    """Build a world of rounds (firm, day, funders) with attributes by firm."""

    def make(
        rounds: Iterable[tuple[str, str, str]],
        *,
        firms: dict[str, dict[str, object]] | None = None,
        min_rounds: int = 2,
    ) -> World:
        rounds = list(rounds)
        records = make_records(rounds, firms=attributes_of(rounds) if firms is None else firms)
        catalogue = Catalogue.from_records(records)
        protocol = Protocol(SPLIT_AT, UNTIL, min_rounds)
        return World(
            records,
            catalogue,
            EvaluationSet.from_catalogue(catalogue, protocol),
            Interactions.from_catalogue(catalogue),
        )

    return make


@pytest.fixture(scope="session")
def checkerboard(make_world: Callable[..., World]) -> World:
    return make_world([*past_rounds(), *WINDOW_ROUNDS])


@pytest.fixture(scope="session")
def tiny(make_world: Callable[..., World]) -> World:
    """Few enough links to count by hand; the split is 100 days after the links of 2019-09-23.

    ======  ==========  ========  =======
    firm    day         province  funders
    a       2019-09-23  江苏      x y
    b       2019-09-23  江苏      x
    c       2019-09-23  浙江      y
    d       2019-09-23  浙江      y z
    a       2019-12-31            z
    ======  ==========  ========  =======
    """
    rounds = [
        ("a", "2019-09-23", "x y"),
        ("b", "2019-09-23", "x"),
        ("c", "2019-09-23", "y"),
        ("d", "2019-09-23", "y z"),
        ("a", "2019-12-31", "z"),
        ("e", "2020-01-05", "x"),
        ("f", "2020-01-06", "y"),
        ("g", "2020-01-07", "z"),
        ("b", "2020-01-08", "z"),
    ]
    provinces = {"a": "江苏", "b": "江苏", "c": "浙江", "d": "浙江", "e": "江苏", "f": "浙江"}
    firms: dict[str, dict[str, object]] = {
        name: {"province": province} for name, province in provinces.items()
    }
    return make_world(rounds, firms=firms, min_rounds=1)


def score_all(world: World, baseline: object) -> np.ndarray:
    """Fit a baseline on a world and score its queries."""
    queries = world.interactions.queries.take(world.evaluation_set.need_rows)
    return baseline.fit(world.past).score(queries)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def scores_of() -> Callable[[World, object], np.ndarray]:
    """Fit a baseline on a world and return its scores ``(n_queries, n_candidates)``."""
    return score_all
