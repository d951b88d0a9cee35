"""Search the settings of the baselines on a window before the test, with one budget for all.

Every method is given the same number of settings: half of them drawn at random from its space, the
rest by changing one or two values of the best so far. The search sees the window ``val`` only.

Usage::

    python benchmarks/tune_baselines.py crunchbase --data DIR [--methods lightfm,ridge]

It prints a table, the best settings as Python for ``eval/baselines/tuned.py``, and, with ``--log``,
every trial as one JSON line. An interrupted search goes on where the log ends.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from data.importers import SOURCES
from eval.baselines.cell_popularity import DEFAULT_CELLS
from eval.baselines.lift_sum import ThemeWeights
from eval.baselines.method import Baseline
from eval.baselines.past import Past
from eval.baselines.registry import BASELINES, get_baseline
from eval.metrics import evaluate_lists
from eval.protocol import MIN_ROUNDS, EvaluationSet, Protocol
from eval.ranking import RankedLists
from features.history import History, Interactions
from features.queries import Queries

VAL = {
    "crunchbase": (dt.date(2012, 7, 1), dt.date(2012, 12, 31)),
    "itjuzi": (dt.date(2015, 1, 1), dt.date(2015, 6, 30)),
    "ppp": (dt.date(2020, 4, 29), dt.date(2020, 4, 30)),
}
"""The window that settings may be chosen on, both days included."""

BUDGET = 24
"""Settings that each method is given."""
RANDOM_SHARE = 1 / 2
MAX_QUERIES = 4_000
"""Queries that a trial is judged on; a larger window is sampled once for all."""
CHUNK_QUERIES = 512
HEADLINE, WIDE = "ndcg@10", "recall@100"

Space = Mapping[str, Sequence[Any]]
"""Dotted path of a setting → the values to choose from."""

YEARS = (182.0, 365.0, 730.0, 1095.0, 1825.0)
WEEKS = (3.0, 7.0, 14.0, 28.0, 1000.0)
HALF_LIVES = {"crunchbase": YEARS, "itjuzi": YEARS, "ppp": WEEKS}
"""Days; the loan programme is four weeks old at its split date."""

CELLS = {
    "crunchbase": (
        DEFAULT_CELLS,
        ("metro",),
        ("metro", "metro*sector_main"),
        ("metro", "metro*sectors"),
        ("metro", "metro*sectors", "metro*sector_main"),
        ("metro", "metro*sectors", "sectors"),
        ("metro", "metro*sectors", "stage*sector_main"),
        ("metro", "metro*sectors", "metro*stage"),
        ("city", "metro", "metro*sectors"),
        ("metro", "metro*sectors", "metro*stage", "province*stage", "stage*sector_main"),
        ("metro", "metro*sectors", "metro*stage", "metro*amount_coarse", "province"),
        ("metro*sector_main", "metro*stage", "metro*amount_coarse"),
        ("province*sector_main", "province*stage", "stage*sector_main"),
    ),
    "itjuzi": (
        DEFAULT_CELLS,
        ("province", "sector_main", "stage"),
        ("stage*sector_main", "province*stage"),
        ("stage*sector_main", "province*stage", "province*sector_main"),
        ("stage*sector_main", "province*stage", "stage*amount_coarse"),
        ("stage*sector_main", "province*stage", "province", "sector_main", "stage"),
        ("stage*sector_main", "stage*amount_coarse"),
        ("stage*sector_main", "province*stage", "province*amount_coarse"),
        ("stage*sector_main", "stage*currency", "province*stage"),
        ("stage*sector_main", "province*sector_main", "stage*amount_coarse", "province*stage"),
    ),
    "ppp": (
        DEFAULT_CELLS,
        ("city", "postcode"),
        ("city", "postcode", "city*amount_coarse"),
        ("postcode", "city*amount_coarse"),
        ("city", "postcode", "city*amount_coarse", "postcode*legal_form", "city*industry_group"),
        ("city*amount_coarse", "postcode*amount_coarse"),
        ("city*amount_coarse", "postcode*amount_coarse", "city*legal_form"),
        ("postcode", "city*amount_coarse", "city*industry_group"),
        ("city*amount_coarse", "city*industry_group", "postcode*amount_coarse"),
        ("postcode*amount_coarse", "postcode*industry_group", "postcode*legal_form"),
    ),
}
"""Cells that were drawn up by hand: places, and places with trade, stage or amount."""

WEIGHTS = (
    ThemeWeights(),
    ThemeWeights(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    ThemeWeights(1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.25),
    ThemeWeights(1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 1.0),
    ThemeWeights(0.5, 0.5, 0.5, 0.25, 0.0, 0.0, 1.0),
    ThemeWeights(1.5, 1.0, 0.5, 0.25, 0.0, 0.0, 0.5),
    ThemeWeights(0.5, 0.5, 1.0, 1.0, 0.25, 0.25, 0.5),
    ThemeWeights(0.5, 1.5, 1.0, 0.5, 0.0, 0.0, 0.25),
)
"""Hand-made profiles of the lift sum, in the order of the fields."""

FLAG = (False, True)
ATTRIBUTES: Space = {
    "attributes.min_count": (2, 3, 5, 10, 20),
    "attributes.crosses": FLAG,
    "attributes.name_words": FLAG,
}


def space_of(name: str, source: str) -> Space:
    """Return the settings to search for one method on one source."""
    half_lives = HALF_LIVES[source]
    fallback: Space = {
        "fallback.half_life_days": half_lives,
        "fallback.blend": (0.02, 0.05, 0.1, 0.2, 0.4),
    }
    age: Space = {"half_life_days": half_lives}
    spaces: dict[str, Space] = {
        "popularity": {"half_life_days": (*half_lives, 90.0, 1e4), "new_only": FLAG},
        "cell_popularity": {**age, "cells": CELLS[source], "prior": (1.0, 3.0, 10.0, 30.0, 100.0)},
        "item_knn": {
            "neighbours": (20, 50, 100, 300, 1000),
            "shrink": (0.0, 1.0, 5.0, 20.0),
            **fallback,
        },
        "ease": {"l2": (30.0, 100.0, 300.0, 1000.0, 3000.0), **fallback},
        "als": {
            "factors": (16, 32, 64, 128),
            "regularisation": (0.1, 1.0, 10.0, 30.0, 100.0),
            "confidence": (1.0, 5.0, 20.0, 60.0),
            **fallback,
        },
        "bpr": {
            "factors": (16, 32, 64, 128),
            "regularisation": (0.003, 0.01, 0.03, 0.1),
            "learning_rate": (0.01, 0.03, 0.1),
            "iterations": (50, 100, 200),
            **fallback,
        },
        "firm_knn": {
            **ATTRIBUTES,
            **age,
            "neighbours": (100, 200, 400, 800, 1600),
            "sharpness": (1.0, 2.0, 3.0, 4.0),
        },
        "lift_sum": {
            **ATTRIBUTES,
            **age,
            "weights": WEIGHTS,
            "popularity": (1.0, 2.0, 3.0, 5.0, 8.0, 12.0),
            "prior": (5.0, 20.0, 60.0, 200.0, 600.0),
        },
        "bm25": {
            **ATTRIBUTES,
            **age,
            "saturation": (1.2, 5.0, 15.0, 40.0),
            "length_penalty": (0.0, 0.05, 0.1, 0.2, 0.4, 0.75),
        },
        "tfidf_centroid": {
            **ATTRIBUTES,
            **age,
            "idf_power": (0.5, 1.0, 1.5, 2.0),
            "length_power": (0.4, 0.55, 0.7, 0.8, 1.0),
        },
        "lightfm": {
            **ATTRIBUTES,
            **age,
            "components": (32, 64, 128),
            "learning_rate": (0.01, 0.02, 0.04, 0.08),
            "epochs": (10, 20, 40, 80),
            "token_penalty": (0.0, 1e-6, 1e-5, 1e-4),
            "max_sampled": (10, 30, 100),
            "family_power": (0.0, 0.5, 1.0),
        },
        "ridge": {
            **ATTRIBUTES,
            **age,
            "l2": (3.0, 10.0, 30.0, 100.0, 300.0),
            "family_power": (0.0, 0.5, 1.0),
            "max_tokens": (2_000, 4_000, 6_000),
        },
    }
    return spaces[name]


def settings_at(settings_type: type, choice: Mapping[str, Any]) -> Any:
    """Build settings from a value for each dotted path."""
    nested: dict[str, dict[str, Any]] = {}
    direct: dict[str, Any] = {}
    for path, value in choice.items():
        head, _, rest = path.partition(".")
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            direct[head] = value
    default = settings_type()
    for head, inner in nested.items():
        direct[head] = settings_at(type(getattr(default, head)), inner)
    return settings_type(**direct)


def draw(space: Space, rng: np.random.Generator) -> dict[str, Any]:
    """Choose a value for each setting."""
    return {path: values[int(rng.integers(len(values)))] for path, values in space.items()}


def vary(choice: Mapping[str, Any], space: Space, rng: np.random.Generator) -> dict[str, Any]:
    """Choose one or two settings again."""
    n_changed = min(int(rng.integers(1, 3)), len(space))
    changed = rng.choice(sorted(space), size=n_changed, replace=False).tolist()
    return {**choice, **draw({path: space[path] for path in changed}, rng)}


@dataclass(frozen=True)
class Window:
    """What a trial is judged on."""

    past: Past
    queries: Queries
    evaluation_set: EvaluationSet
    positions: np.ndarray

    @classmethod
    def read(cls, source: str, data: Path, *, rng: np.random.Generator) -> Window:
        """Import ``data`` and cut the window ``val``."""
        catalogue = SOURCES[source].read(data).catalogue()
        split_at, until = VAL[source]
        protocol = Protocol(split_at, until, MIN_ROUNDS[source])
        found = EvaluationSet.from_catalogue(catalogue, protocol)
        interactions = Interactions.from_catalogue(catalogue)
        history = History.before(interactions, split_at, offer_rows=found.offer_rows)
        n = min(found.n_queries, MAX_QUERIES)
        positions = np.sort(rng.choice(found.n_queries, size=n, replace=False))
        queries = interactions.queries.take(found.need_rows[positions])
        return cls(Past(history), queries, found, positions)

    def judge(self, baseline: Baseline) -> dict[str, float]:
        """Fit a baseline and return its metrics and its processor time."""
        started = time.process_time()
        baseline.fit(self.past)
        rows = np.arange(len(self.positions))
        pieces = [rows[a : a + CHUNK_QUERIES] for a in range(0, len(rows), CHUNK_QUERIES)]
        chunks = ((piece, baseline.score(self.queries.take(piece))) for piece in pieces)
        lists = RankedLists.from_chunks(
            chunks, self.evaluation_set.excluded.take_rows(self.positions)
        )
        values = evaluate_lists(lists, self.evaluation_set.positives.take_rows(self.positions))
        means = {metric: float(of_queries.mean()) for metric, of_queries in values.items()}
        return {**means, "cpu_seconds": time.process_time() - started}


@dataclass(frozen=True)
class Trial:
    """One choice of settings and what came of it."""

    settings: Any
    choice: Mapping[str, Any]
    result: Mapping[str, float]


def search(
    name: str,
    space: Space,
    window: Window,
    *,
    budget: int,
    rng: np.random.Generator,
    done: Mapping[str, Mapping[str, float]],
) -> Iterator[Trial]:
    """Try ``budget`` different settings; those in ``done`` are not judged again."""
    kind = get_baseline(name)
    size = int(np.prod([len(values) for values in space.values()]))
    best: Trial | None = None
    seen: set[str] = set()
    while len(seen) < min(budget, size):
        varying = best is not None and len(seen) >= round(RANDOM_SHARE * budget)
        choice = vary(best.choice, space, rng) if varying and best else draw(space, rng)
        settings = settings_at(kind.settings_type, choice)
        if repr(settings) in seen:
            continue
        seen.add(repr(settings))
        result = done.get(repr(settings)) or window.judge(kind.make(settings))
        trial = Trial(settings, choice, result)
        if best is None or result[HEADLINE] > best.result[HEADLINE]:
            best = trial
        yield trial


def read_log(path: Path | None, source: str) -> dict[str, dict[str, dict[str, float]]]:
    """Return method → settings → result of the trials in a log."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    if path is not None and path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            trial = json.loads(line)
            if trial["source"] == source:
                found.setdefault(trial["method"], {})[trial["settings"]] = trial["result"]
    return found


def tune(arguments: argparse.Namespace) -> None:
    """Search every method asked for and print what was found."""
    source, log = arguments.source, arguments.log
    window = Window.read(source, arguments.data, rng=np.random.default_rng(arguments.seed))
    done = read_log(log, source)
    names = arguments.methods.split(",") if arguments.methods else list(BASELINES)
    for name in names:
        if get_baseline(name).identity_only and not len(window.evaluation_set.excluded):
            print(f"{name}: no firm of the window has a history; left out")
            continue
        rng = np.random.default_rng([arguments.seed, zlib.crc32(f"{source} {name}".encode())])
        trials = []
        known = done.get(name, {})
        space = space_of(name, source)
        for trial in search(name, space, window, budget=arguments.budget, rng=rng, done=known):
            trials.append(trial)
            if log is not None and repr(trial.settings) not in known:
                line = {
                    "source": source,
                    "method": name,
                    "settings": repr(trial.settings),
                    "values": asdict(trial.settings),
                    "result": trial.result,
                }
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
        report(name, trials)


def report(name: str, trials: Sequence[Trial]) -> None:
    """Print the spread of the trials and the best settings."""
    values = sorted(trial.result[HEADLINE] for trial in trials)
    best = max(trials, key=lambda trial: trial.result[HEADLINE])
    print(
        f"{name:16} trials {len(trials):3}  worst {values[0]:.4f}  "
        f"median {values[len(values) // 2]:.4f}  best {values[-1]:.4f}  "
        f"{WIDE} {best.result[WIDE]:.4f}  CPU {best.result['cpu_seconds']:.1f} s"
    )
    print(f"    {name!r}: {best.settings!r},", flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and tune."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", choices=sorted(VAL))
    parser.add_argument("--data", type=Path, required=True, help="folder of the source's files")
    parser.add_argument("--methods", help="names, divided by commas; all by default")
    parser.add_argument("--budget", type=int, default=BUDGET)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, help="file of trials, appended to")
    with threadpool_limits(1):
        tune(parser.parse_args(argv))


if __name__ == "__main__":
    main()
