"""What an institution's pipeline over a million firms costs beside one exact dot product.

    python -m benchmarks.pipeline [--firms 1000000] [--offers 500]

A model is fitted on a small world and laid over a large one, whose firms are those of a tenth of
its size ten times over. The open needs of the day are prepared once, which is timed apart. A query
is then compared with the product of the offer's vector and those of the eligible needs, in
processor time on one thread of one run, medians over offers.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

import matcher.pipeline as stages_of
from benchmarks.big_world import NOW, fit, make_catalogue
from benchmarks.request import Stages, cost
from data import columns as col
from data.catalogue import Catalogue, Side
from data.records import Firm
from matcher.eligibility import UnknownPolicy
from matcher.market import Market
from matcher.matcher import Matcher

COPIES = 10
FITTED_FIRMS = 5_000
N_QUERIES = 12
MOST = 3.0
"""A query may cost this many times the exact dot product over its eligible needs."""


def many_firms(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with every firm ten times; the copies never stated a need."""
    table = catalogue.firms.table
    place = table.column_names.index(col.FIRM_ID)
    parts = [table]
    for copy in range(1, COPIES):
        ids = pc.binary_join_element_wise(table.column(place), f"{copy}", "_")
        parts.append(table.set_column(place, table.schema.field(place), ids))
    return replace(catalogue, firms=Side.from_table(Firm, pa.concat_tables(parts)))


def main() -> None:
    """Fit, prepare, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=1_000_000)
    parser.add_argument("--offers", type=int, default=500)
    arguments = parser.parse_args()
    with threadpool_limits(1):
        model, _, _ = fit(make_catalogue(FITTED_FIRMS, arguments.offers))
        catalogue = many_firms(make_catalogue(arguments.firms // COPIES, arguments.offers))
        measure(Matcher(model, catalogue))


def measure(matcher: Matcher) -> None:
    """Print what preparing a day costs, and a query beside its bound."""
    market, on = matcher.market, NOW.date()
    started = time.process_time()
    needs = market.open_needs(on, include_implied=True)
    market.facts_of_needs(needs, on=on)
    print(f"{len(needs)} open needs prepared in {time.process_time() - started:.0f} s")
    items = np.arange(0, len(market.items), max(len(market.items) // N_QUERIES, 1))[:N_QUERIES]
    ids = [market.items.offer_ids.ids[item] for item in items.tolist()]
    matcher.pipeline(ids[0], now=NOW)
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")
    masks = [allowed(market, item) for item in items.tolist()]
    vectors = np.asarray(market.model.features.content_model_.item_vectors_)[items]
    bound = cost(lambda i: needs.vectors[masks[i]] @ vectors[i], len(items))
    whole = cost(lambda i: matcher.pipeline(ids[i], now=NOW), len(items))
    eligible = [int(np.count_nonzero(mask)) for mask in masks]
    print(f"eligible: {eligible}")
    print(f"dot: {np.round(bound, 1).tolist()} ms; query: {np.round(whole, 1).tolist()} ms")
    ratio = float(np.median(whole) / np.median(bound))
    print(f"query / dot: {ratio:.2f} (bar {MOST}: {'met' if ratio <= MOST else 'MISSED'})")
    spent: dict[str, float] = defaultdict(float)
    stages = Stages()
    for name in ("_allowed", "_pool", "_features", "_both_sides", "_answers", "_explained"):
        stages.watch(stages_of, name, name.strip("_"))
    for key in ids:
        matcher.pipeline(key, now=NOW)
    spent.update(stages.spent)
    for label, seconds in spent.items():
        print(f"{label:12} {1e3 * seconds / len(ids) / np.median(bound):6.2f} x dot")


def allowed(market: Market, item: int) -> np.ndarray:
    """Return which open needs may be shown for an offer."""
    on = NOW.date()
    needs = market.open_needs(on, include_implied=True)
    facts = market.facts_of_needs(needs, on=on)
    table = market.rules.needs_for(item, facts, on=np.datetime64(on, "D"), any_kind=needs.implied)
    return table.allowed(UnknownPolicy.SHOW)


if __name__ == "__main__":
    main()
