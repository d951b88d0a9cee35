"""What eligibility costs beside the exact dot product over the same rows.

    python -m benchmarks.eligibility [--offers 20000] [--firms 1000000] [--out benchmarks/results]

One firm is checked against every offer, and one offer against every firm. Offers are those of a
generated world, each with conditions in its columns and, for the second figure, a rule of its own
beside them. Both answers come whole: every condition of every pair, and the verdict. Costs are
processor time on one thread, medians; the dot product is 384 float32 a row, numpy on one thread.
Times shall be at most twice those of the dot product.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from data.demo.world import generate
from data.rules.book import RuleBook
from data.rules.conditions import Bounds, Condition, Group, Mode, Named, OneOf, Op
from data.rules.rule import Rule, Scope
from features.items import Items
from features.queries import Queries
from features.rules.fact_table import FactTable
from matcher.eligibility import EligibilityRules

DIMS = 384
WORLD_FIRMS = 2000
TODAY = dt.date(2026, 7, 1)
ON = np.datetime64(TODAY, "D")
REPEATS, FEW_REPEATS = 30, 7
OFFERS_ASKED = 12
SEED = 3
MOST = 2.0
"""Eligibility may take this many times the dot product."""


def random_rule(rng: np.random.Generator, offer_id: str) -> Rule:
    """Return a rule as offers have them: a handful of conditions, alternatives, a veto list."""
    wan = 1_000_000.0
    parts: list[Condition] = [
        OneOf("veto", ("dishonest_debtor", "serious_dishonesty"), Mode.NONE),
        Group(
            Op.ANY,
            (
                OneOf("credential", ("high_tech", "tech_sme")),
                Bounds("rd_share", least=float(rng.integers(1, 8))),
                Named("cn.size.small_or_micro"),
            ),
        ),
        Bounds("debt_ratio", most=float(rng.integers(50, 90))),
        Bounds("employees", least=float(rng.integers(1, 40))),
        Bounds("revenue", least=wan * float(rng.integers(10, 500)), currency="CNY"),
    ]
    chosen = tuple(part for part in parts if rng.random() < 0.7) or (parts[0],)
    return Rule(
        rule_id=f"own.{offer_id}",
        version="1",
        title_zh="准入",
        title_en="Terms",
        source="",
        require=Group(Op.ALL, chosen),
        scope=Scope(offers=(offer_id,)),
    )


def median_seconds(run: Callable[[int], object], repeats: int) -> float:
    """Return the median processor time of ``run``, which is told its turn."""
    run(0)
    times = []
    for turn in range(repeats):
        started = time.process_time()
        run(turn)
        times.append(time.process_time() - started)
    return float(np.median(times))


def measure(n_offers: int, n_firms: int) -> dict[str, float]:
    """Return seconds by name."""
    rng = np.random.default_rng(SEED)
    catalogue = generate((WORLD_FIRMS, n_offers), seed=SEED, today=TODAY).catalogue()
    items = Items.from_catalogue(catalogue)
    queries = Queries.from_catalogue(catalogue)
    own = [random_rule(rng, offer_id) for offer_id in items.offer_ids.ids]
    plain, full = EligibilityRules(items), EligibilityRules(items, RuleBook.with_national(own))
    facts = FactTable.from_queries(queries, np.full(len(queries), ON))
    one_row = [
        facts.take(rng.integers(0, len(queries), 1)) for _ in range(max(REPEATS, FEW_REPEATS))
    ]
    found: dict[str, float] = {}
    offers = rng.standard_normal((len(items), DIMS), np.float32)
    found["dot, offers"] = median_seconds(lambda turn: offers @ offers[turn], REPEATS)
    for name, rules in (("columns", plain), ("columns and rules", full)):

        def one_firm(turn: int, rules: EligibilityRules = rules) -> object:
            return rules.offers_for_facts(one_row[turn], on=ON).allowed()

        found[f"one firm, {name}"] = median_seconds(one_firm, REPEATS)
    many = facts.take(rng.integers(0, len(queries), n_firms))
    asked = rng.integers(0, len(items), OFFERS_ASKED).tolist()
    for name, rules in (("columns", plain), ("columns and rules", full)):

        def one_offer(turn: int, rules: EligibilityRules = rules) -> object:
            return rules.needs_for(asked[turn % OFFERS_ASKED], many, on=ON).allowed()

        for turn in range(OFFERS_ASKED):
            one_offer(turn)  # columns of facts are read once, as vectors are
        found[f"one offer, {name}"] = median_seconds(one_offer, OFFERS_ASKED)
    vectors = rng.standard_normal((n_firms, DIMS), np.float32)
    found["dot, firms"] = median_seconds(lambda turn: vectors @ vectors[turn], FEW_REPEATS)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--offers", type=int, default=20_000)
    parser.add_argument("--firms", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, help="Folder for eligibility.json.")
    arguments = parser.parse_args()
    with threadpool_limits(1):
        found = measure(arguments.offers, arguments.firms)
    print(f"{arguments.offers:,} offers, {arguments.firms:,} firms, CPU ms")
    verdicts = []
    for side, reference in (("one firm", "dot, offers"), ("one offer", "dot, firms")):
        base = found[reference]
        print(f"{reference}: {1e3 * base:.2f}")
        for name in (f"{side}, columns", f"{side}, columns and rules"):
            ratio = found[name] / base
            verdicts.append(ratio <= MOST)
            print(f"{name}: {1e3 * found[name]:.2f} = {ratio:.2f} x")
    print(f"at most {MOST:.0f} x the dot product: {'met' if all(verdicts) else 'MISSED'}")
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        path = arguments.out / "eligibility.json"
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
