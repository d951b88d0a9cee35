"""The evaluation agrees with the independent tools on every window of the real sets."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from data.catalogue import Catalogue
from data.importers import SOURCES
from eval.intervals import Resampling
from eval.metrics import METRICS, coverage, exposure
from eval.metrics import gini as gini_of
from eval.protocol import MIN_ROUNDS, EvaluationSet, Protocol
from eval.ranking import LIST_DEPTH, RankedLists
from eval.run import run_methods
from eval.trec import read_qrels, read_run, write_qrels, write_run

pytestmark = [
    pytest.mark.real_data,
    # the scoring tool leaves the files it reads to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WINDOWS = [
    ("crunchbase", "2012-07-01", "2012-12-31", 1750, 1143, 3228),
    ("crunchbase", "2013-01-01", "2013-06-30", 2040, 1343, 3482),
    ("crunchbase", "2011-07-01", "2013-06-30", 6846, 5075, 2665),
    ("itjuzi", "2015-01-01", "2015-06-30", 1557, 1115, 417),
    ("itjuzi", "2015-07-01", "2015-12-31", 1663, 1060, 542),
    ("itjuzi", "2014-01-01", "2015-12-31", 4265, 3531, 251),
    ("ppp", "2020-04-29", "2020-04-30", 13089, 13089, 556),
    ("ppp", "2020-05-01", "2020-06-30", 35239, 35239, 592),
]
"""Set, split, end, then queries, cold queries and candidates as the protocol's table has them."""

SCORED = [WINDOWS[1][:3], WINDOWS[4][:3]]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def make_qrels(shared_tools_dir: Path) -> ModuleType:
    return _load(shared_tools_dir / "make_qrels.py")


@pytest.fixture(scope="module")
def score_run(shared_tools_dir: Path) -> ModuleType:
    return _load(shared_tools_dir / "score_run.py")


@pytest.fixture(scope="module")
def catalogue_of(real_data_dir: Path) -> Callable[[str], Catalogue]:
    """Return the catalogue of a set, read once."""
    read: dict[str, Catalogue] = {}

    def get(name: str) -> Catalogue:
        if name not in read:
            if not (real_data_dir / name).is_dir():
                pytest.skip(f"the real set {name} is absent: no folder {real_data_dir / name}")
            read[name] = SOURCES[name].read(real_data_dir / name).catalogue()
        return read[name]

    return get


def evaluation_set(catalogue: Catalogue, name: str, split_at: str, until: str) -> EvaluationSet:
    protocol = Protocol(
        dt.date.fromisoformat(split_at), dt.date.fromisoformat(until), MIN_ROUNDS[name]
    )
    return EvaluationSet.from_catalogue(catalogue, protocol)


def pair_lines(found: EvaluationSet, pairs_name: str, middle: str, last: str) -> str:
    pairs = getattr(found, pairs_name)
    queries, candidates = found.query_ids, found.candidate_ids
    return "".join(
        f"{queries[row]}{middle}{candidates[column]}{last}\n"
        for row, column in zip(pairs.rows.tolist(), pairs.columns.tolist(), strict=True)
    )


@pytest.mark.parametrize(("name", "split_at", "until", "queries", "cold", "candidates"), WINDOWS)
def test_queries_candidates_positives_and_exclusions_are_those_of_the_tool(
    name: str,
    split_at: str,
    until: str,
    queries: int,
    cold: int,
    candidates: int,
    catalogue_of: Callable[[str], Catalogue],
    make_qrels: ModuleType,
    real_data_dir: Path,
    tmp_path: Path,
):
    found = evaluation_set(catalogue_of(name), name, split_at, until)
    assert (found.n_queries, int(found.cold.sum()), found.n_candidates) == (
        queries,
        cold,
        candidates,
    )
    make_qrels.build(name, real_data_dir / name, split_at, until, tmp_path)
    theirs = pd.read_parquet(tmp_path / "queries.parquet")
    assert list(found.query_ids) == theirs.query_id.tolist()
    assert found.cold.tolist() == theirs.cold.tolist()
    assert found.positives.counts.tolist() == theirs.n_pos.tolist()
    _, groups = np.unique(theirs.firm.to_numpy(object), return_inverse=True)
    assert found.firm_groups.tolist() == groups.tolist()
    deals = pd.read_parquet(tmp_path / "candidates.parquet").set_index("funder").n_deals
    assert set(found.candidate_ids) == set(deals.index)
    assert found.n_rounds.tolist() == deals.loc[list(found.candidate_ids)].tolist()
    qrels = (tmp_path / "qrels.txt").read_text(encoding="utf-8")
    assert pair_lines(found, "positives", " 0 ", " 1") == qrels
    exclusions = (tmp_path / "exclusions.txt").read_text(encoding="utf-8")
    assert pair_lines(found, "excluded", " ", "") == exclusions


class NoisyPopularity:
    """Popularity with rounded noise, so that scores tie; it knows a little of the truth."""

    name = "noisy"

    def __init__(self, found: EvaluationSet, seed: int) -> None:
        self.found, self.seed = found, seed

    @property
    def title(self) -> dict[str, str]:
        return {"zh": "带噪热门", "en": "Noisy popularity"}

    def score(self, queries: np.ndarray) -> np.ndarray:
        generator = np.random.default_rng([self.seed, int(queries[0])])
        noise = generator.normal(size=(len(queries), self.found.n_candidates))
        scores = (np.log(self.found.n_rounds) + noise).round(1)
        right = self.found.positives.take_rows(queries)
        scores[right.rows, right.columns] += generator.random(len(right)).round(1)
        return scores


@pytest.fixture(scope="module", params=SCORED, ids=[window[0] for window in SCORED])
def scored(
    request: pytest.FixtureRequest,
    catalogue_of: Callable[[str], Catalogue],
    make_qrels: ModuleType,
    real_data_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[EvaluationSet, Path]:
    """An evaluation set and the tool's folder of the same window."""
    name, split_at, until = request.param
    folder = tmp_path_factory.mktemp(name)
    make_qrels.build(name, real_data_dir / name, split_at, until, folder)
    return evaluation_set(catalogue_of(name), name, split_at, until), folder


def test_metrics_and_intervals_are_those_of_the_tool(
    scored: tuple[EvaluationSet, Path], score_run: ModuleType
):
    found, folder = scored
    results = run_methods(found, [NoisyPopularity(found, 1)], reverse=False)
    result = results.methods["noisy"]
    write_run(folder / "run.noisy.txt", result.lists, found, tag="noisy")
    queries, candidates, relevant, excluded = score_run.load_set(folder)
    theirs, top, dropped = score_run.per_query(
        score_run.load_run(folder / "run.noisy.txt"), queries, candidates, relevant, excluded
    )
    assert set(dropped.values()) == {0}
    draws = Resampling.draw(found.firm_groups)
    for ours, column in zip(METRICS, score_run.METRICS, strict=True):
        values = result.metrics[ours]
        np.testing.assert_allclose(values, theirs[column].to_numpy(), atol=1e-12)
        low, high = score_run.boot(values, queries.firm.to_numpy())
        interval = draws.interval(values)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)
    spread = score_run.exposure(top, queries.query_id.to_numpy(), len(candidates))
    counts = exposure(result.lists)
    assert (coverage(counts), gini_of(counts)) == pytest.approx(spread, abs=1e-9)


def test_a_paired_difference_on_cold_firms_is_that_of_the_tool(
    scored: tuple[EvaluationSet, Path], score_run: ModuleType
):
    found, folder = scored
    per_query = []
    for seed in (1, 2):
        lists = RankedLists.from_scores(
            NoisyPopularity(found, seed).score(np.arange(found.n_queries)),
            found.excluded,
            depth=10,  # all that NDCG@10 looks at
        )
        write_run(folder / f"run.{seed}.txt", lists, found, tag=str(seed))
        per_query.append(
            METRICS["ndcg@10"].of(
                found.positives.contains(np.arange(found.n_queries)[:, None], lists.candidates),
                found.positives.counts,
            )
        )
    runs = [score_run.load_run(folder / f"run.{seed}.txt") for seed in (1, 2)]
    theirs = score_run.score(runs[0], folder, cold=True, against=runs[1])["diff"]["ndcg10"]
    difference = (per_query[0] - per_query[1])[found.cold]
    ours = Resampling.draw(found.firm_groups[found.cold]).interval(difference)
    assert [ours.mean, ours.low, ours.high] == pytest.approx(theirs, abs=5.1e-5)  # 4 decimals


def test_a_dirty_run_is_cleaned_as_the_tool_does(
    scored: tuple[EvaluationSet, Path], score_run: ModuleType
):
    """Scores tie, lines repeat, strangers and earlier funders are listed, order is shuffled."""
    found, folder = scored
    generator = np.random.default_rng(9)
    lines = []
    for query in (*found.query_ids[::3], "stranger@2013-01-01"):
        for candidate in generator.integers(0, found.n_candidates, 150).tolist():
            score, rank = generator.normal(), generator.integers(1, 50)
            lines.append(f"{query} Q0 {found.candidate_ids[candidate]} {rank} {score:.1f} t\n")
        lines.append(f"{query} Q0 no_candidate 1 9.0 t\n")
    for query, candidate in zip(found.excluded.rows, found.excluded.columns, strict=True):
        lines.append(f"{found.query_ids[query]} Q0 {found.candidate_ids[candidate]} 1 9 t\n")
    generator.shuffle(lines)
    path = folder / "run.dirty.txt"
    path.write_text("".join(lines), encoding="utf-8")
    ours = read_run(path, found)
    theirs, _, dropped = score_run.per_query(
        score_run.load_run(path), *score_run.load_set(folder), depth=LIST_DEPTH
    )
    assert dict(ours.dropped) == dropped
    result = run_methods(found, [ours], reverse=False).methods["dirty"]
    for metric, column in zip(METRICS, score_run.METRICS, strict=True):
        np.testing.assert_allclose(result.metrics[metric], theirs[column].to_numpy(), atol=1e-12)


def test_qrels_are_those_of_the_tool(scored: tuple[EvaluationSet, Path]):
    found, folder = scored
    write_qrels(folder / "ours.txt", found)
    assert (folder / "ours.txt").read_bytes() == (folder / "qrels.txt").read_bytes()
    pairs = read_qrels(folder / "qrels.txt", found)
    assert pairs.columns.tolist() == found.positives.columns.tolist()
