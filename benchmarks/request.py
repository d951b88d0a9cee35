"""What a request costs beside the least it could: the ranker's prediction and one dot product.

    python -m benchmarks.request [--firms 100000] [--offers 20000] [--cache FOLDER]

A model of the usual size is fitted on a generated world. The *bound* of a request is the prediction
of its pool by every booster that it asks, and the exact search of the content vector among its
eligible offers. Everything is processor time on one thread, of one run, medians over needs: read
the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.big_world import NOW, POOL, fit, make_catalogue
from data.catalogue import Catalogue
from matcher.matcher import Matcher
from matcher.ranker import RankerEnsemble

SHOWN = 20
N_REQUESTS = 200
ROUNDS = 3
"""Each request is measured as often; its least cost counts, so that a busy machine adds none."""
MOST, MOST_COMPILED = 1.25, 0.7
"""A request may cost this many times its bound; the second with a compiled ranker."""
MOST_EXPLAINED = 0.15
"""Explaining what is shown may cost this share of the prediction."""
MOST_SPREAD = 1.3
"""The 99th percentile of a request's cost over the median."""


class Stages:
    """Adds up the processor time of named calls."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    def watch(self, owner: Any, name: str, label: str) -> None:
        """Replace ``owner.name`` by a call that is timed."""
        inner = getattr(owner, name)

        def timed(*args: Any, **options: Any) -> Any:
            started = time.process_time()
            try:
                return inner(*args, **options)
            finally:
                self.spent[label] += time.process_time() - started

        setattr(owner, name, timed)


def cost(run: Callable[[int], object], n: int) -> np.ndarray:
    """Return the least processor time of several runs with each number, in milliseconds."""
    times = np.empty((ROUNDS, n))
    for number in range(min(n, 20)):
        run(number)
    for again in range(ROUNDS):
        for number in range(n):
            started = time.process_time()
            run(number)
            times[again, number] = time.process_time() - started
    return 1e3 * times.min(axis=0)


def main() -> None:
    """Fit, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--offers", type=int, default=20_000)
    parser.add_argument("--cache", type=Path, help="folder that keeps the generated world")
    parser.add_argument("--requests", type=int, default=N_REQUESTS)
    arguments = parser.parse_args()
    if arguments.offers < POOL:
        parser.error(f"--offers must be at least {POOL}")
    with threadpool_limits(1):
        catalogue = make_catalogue(arguments.firms, arguments.offers, arguments.cache)
        measure(catalogue, arguments.requests)


def measure(catalogue: Catalogue, n: int) -> None:
    """Print what a request costs beside its bound, whole and stage by stage."""
    model, _, needs = fit(catalogue)
    matcher = Matcher(model, catalogue)
    asked = [catalogue.needs.ids.ids[need] for need in needs.tolist()]
    ids = [key for key in asked[: 20 * n] if n_eligible(matcher, key) >= POOL][:n]
    n = len(ids)
    print(f"{len(matcher.market.items)} offers; {n} needs to which {POOL} or more are open")
    firm, other = model.firm_side, model.institution_side
    assert other is not None
    plain = [RankerEnsemble(side.ranker.rankers, compiled=False) for side in (firm, other)]
    rows, masks, vectors = zip(*(parts(matcher, key) for key in ids), strict=True)
    index = matcher.market.model.retriever.index
    predicted = cost(lambda i: [side.score(rows[i]) for side in plain], n)
    searched = cost(lambda i: index.search(vectors[i], POOL, eligible=masks[i]), n)
    explained = cost(lambda i: firm.contributions(rows[i][:SHOWN]), n)
    whole = cost(lambda i: matcher.match(ids[i], now=NOW, k=SHOWN), n)
    tables, (firm.ranker, other.ranker) = (firm.ranker, other.ranker), plain
    lightgbm = cost(lambda i: matcher.match(ids[i], now=NOW, k=SHOWN), n)
    firm.ranker, other.ranker = tables
    bound = predicted + searched
    eligible = [int(np.count_nonzero(mask)) for mask in masks]
    print(f"eligible, median: {np.median(eligible):.0f}; {rows[0].shape[1]} features")
    for name, times in (("predict", predicted), ("search", searched), ("bound", bound)):
        print(f"{name:10} {np.median(times):6.2f} ms")
    print(f"{'request':10} {np.median(whole):6.2f} ms")
    middle = float(np.median(bound))
    verdicts = (
        ("request by LightGBM / bound", np.median(lightgbm) / middle, MOST),
        ("request by tables / bound", np.median(whole) / middle, MOST_COMPILED),
        (f"explain {SHOWN} rows / predict", np.median(explained / predicted), MOST_EXPLAINED),
        ("p99 / p50 of a request", np.percentile(whole, 99) / np.median(whole), MOST_SPREAD),
    )
    for name, value, most in verdicts:
        print(f"{name:30} {value:6.2f} (bar {most}: {'met' if value <= most else 'MISSED'})")
    print_stages(matcher, ids, middle)


def n_eligible(matcher: Matcher, key: str) -> int:
    """Return how many offers a need may be shown."""
    return matcher.match(key, now=NOW, k=1).listed.n_eligible


def parts(matcher: Matcher, key: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features of a need's pool, its eligible offers and its content vector."""
    market, day = matcher.market, np.datetime64(NOW.date(), "D")
    asking = market.seekers.read(key, on=NOW.date())
    facts = market.facts_of(asking, on=NOW.date())
    allowed = market.rules.offers_for_facts(facts, on=day).allowed()
    allowed[market.earlier_items(asking.firm_row, day)] = False
    batch = market.model.features.encode(asking.query)
    vector = np.append(batch.vectors[0], np.float32(1))[None]
    return matcher._pool(asking, allowed)[1], allowed, vector


def print_stages(matcher: Matcher, ids: list[str], bound: float) -> None:
    """Print the mean cost of each stage beside the median bound of a request, in milliseconds."""
    market, stages = matcher.market, Stages()
    model = market.model
    for owner, name, label in (
        (market.seekers, "read", "read the need"),
        (market, "facts_of", "facts"),
        (market.rules, "offers_for_facts", "eligibility"),
        (market, "earlier_items", "earlier items"),
        (model.features, "encode", "encode"),
        (model.retriever, "pool", "retrieve"),
        (model.retriever.index, "search", "  of it content lane"),
        (model.features, "compute", "features"),
        *((g, "compute", f"  of it {type(g).__name__}") for g in model.features.groups_),
        (market, "score_offers", "score"),
        (matcher, "_order", "re-rank"),
        (matcher, "_explained", "explain"),
        (market.facts, "find", "  of it facts"),
        (matcher, "_item", "items"),
        (matcher, "match", "whole"),
    ):
        stages.watch(owner, name, label)
    for key in ids:
        matcher.match(key, now=NOW, k=SHOWN)
    for label, spent in stages.spent.items():
        print(f"{label:28} {1e3 * spent / len(ids) / bound:6.3f} x bound")


if __name__ == "__main__":
    main()
