"""Recall and time of filtered search: the planner beside filtered HNSW and post-filtering.

    python benchmarks/filtered_search.py OUT [--rows 10000 100000 1000000] [--queries 20]

Vectors are clustered and of length 1. A filter is independent of them, or keeps the rows that lie
furthest along one direction (correlated). Recall@100 is against exact search in numpy. Times are
processor time of one thread, medians over queries, as ratios to an exact scan of all rows under the
same filter in the same run; the ways take turns at each query. Writes a table (Markdown), the
figures (JSON) and two plots (PNG) to OUT after each size; ``benchmarks/figures`` holds one run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from matcher.index import VectorIndex, plan_search, unit_rows

DIMENSION = 384
K = 100
SHARES = (1.0, 0.1, 0.01, 0.001)
FILTERS = ("independent", "correlated")
ROWS_PER_CLUSTER = 500
SPREAD = 0.8
"""Length of the noise beside a cluster's centre of length 1."""
HNSW_LINKS, HNSW_BUILD, HNSW_SEARCH = 16, 40, 200
"""As faiss builds by default, but for the links: a graph of a million rows takes minutes."""
SCAN = "scan"
POST_DEPTH = 10 * K
"""How many rows post-filtering asks for before it filters."""

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Figures:
    """One way of searching under one filter."""

    rows: int
    share: float
    filter: str
    way: str
    plan: str
    recall: float
    worst: float
    milliseconds: float
    ratio: float
    """Of the time to an exact scan's."""


def make_vectors(rows: int, rng: np.random.Generator) -> Vectors:
    """Return clustered unit vectors."""
    centres = unit_rows(
        rng.standard_normal((max(4, rows // ROWS_PER_CLUSTER), DIMENSION), np.float32)
    )
    vectors = rng.standard_normal((rows, DIMENSION), np.float32)
    vectors *= np.float32(SPREAD / DIMENSION**0.5)
    vectors += centres[rng.integers(len(centres), size=rows)]
    return unit_rows(vectors)


def make_filter(
    vectors: Vectors, share: float, *, correlated: bool, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Keep a share of the rows."""
    n, kept = len(vectors), max(1, round(share * len(vectors)))
    order = (
        np.argsort(-(vectors @ rng.standard_normal(DIMENSION).astype(np.float32)))
        if correlated
        else rng.permutation(n)
    )
    mask = np.zeros(n, np.bool_)
    mask[order[:kept]] = True
    return mask


def exact(vectors: Vectors, queries: Vectors, mask: NDArray[np.bool_]) -> list[Rows]:
    """Return the best eligible rows of each query."""
    rows = np.flatnonzero(mask)
    kept = vectors if len(rows) == len(vectors) else vectors[rows]
    found = []
    for query in queries:
        scores = kept @ query
        found.append(rows[np.argsort(-scores)[:K]])
    return found


def measure(
    ways: dict[str, Callable[[Vectors], Rows]], queries: Vectors, truth: list[Rows]
) -> dict[str, tuple[float, float, float, float]]:
    """Return mean and worst recall, median milliseconds and their ratio to a scan, by way."""
    spent: dict[str, list[float]] = {way: [] for way in ways}
    recalls: dict[str, list[float]] = {way: [] for way in ways}
    for search in ways.values():
        search(queries[:1])
    for query, best in zip(queries, truth, strict=True):
        for way, search in ways.items():
            started = time.process_time()
            found = search(query[None])
            spent[way].append(1000 * (time.process_time() - started))
            recalls[way].append(len(np.intersect1d(found, best)) / len(best))
    scan = float(np.median(spent[SCAN]))
    found_by = {}
    for way, times in spent.items():
        middle, found_share = float(np.median(times)), recalls[way]
        found_by[way] = (
            float(np.mean(found_share)),
            float(np.min(found_share)),
            middle,
            middle / scan,
        )
    return found_by


def ways_of(
    vectors: Vectors,
    index: VectorIndex,
    hnsw: faiss.IndexHNSWFlat | None,
    mask: NDArray[np.bool_],
) -> dict[str, Callable[[Vectors], Rows]]:
    """Return the ways of searching under a filter."""

    def scan(query: Vectors) -> Rows:
        scores = np.where(mask, vectors @ query[0], -np.inf)
        best = np.argpartition(scores, -K)[-K:]
        best = best[mask[best]]
        return best[np.argsort(-scores[best])]

    def planned(query: Vectors) -> Rows:
        return index.search(query, K, eligible=mask)[1][0]

    def after(query: Vectors) -> Rows:
        found = index.search(query, min(POST_DEPTH, len(index)))[1][0]
        return found[mask[found]][:K]

    ways = {SCAN: scan, "planner": planned, "post-filter": after}
    if hnsw is not None:
        selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=HNSW_SEARCH)
        ways["hnsw"] = lambda query: hnsw.search(query, K, params=parameters)[1][0]
    return ways


def run_size(rows: int, n_queries: int, *, with_hnsw: bool, seed: int) -> list[Figures]:
    """Measure every way under every filter over one number of rows."""
    rng = np.random.default_rng(seed)
    vectors = make_vectors(rows + n_queries, rng)
    queries, vectors = vectors[rows:], vectors[:rows]
    index = VectorIndex.build(vectors)
    hnsw = None
    if with_hnsw:
        hnsw = faiss.IndexHNSWFlat(DIMENSION, HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
        hnsw.hnsw.efConstruction = HNSW_BUILD
        hnsw.add(vectors)
    found = []
    for share in SHARES:
        for name in FILTERS[: 1 if share == 1 else 2]:
            mask = make_filter(vectors, share, correlated=name == "correlated", rng=rng)
            truth = exact(vectors, queries, mask)
            plan = str(plan_search(int(mask.sum())))
            ways = ways_of(vectors, index, hnsw, mask)
            for way, measured in measure(ways, queries, truth).items():
                figures = Figures(rows, share, name, way, plan, *measured)
                print(figures, flush=True)
                found.append(figures)
    return found


def write(found: list[Figures], out: Path) -> None:
    """Write table, figures and plot."""
    (out / "filtered_search.json").write_text(json.dumps([asdict(one) for one in found], indent=1))
    lines = [
        "| rows | eligible | filter | plan | way | recall@100 | worst | time / scan |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.rows:,} | {one.share:.1%} | {one.filter} "
        f"| {one.plan if one.way == 'planner' else ''} | {one.way} "
        f"| {one.recall:.3f} | {one.worst:.2f} | {one.ratio:.2g} |"
        for one in found
    ]
    (out / "filtered_search.md").write_text("\n".join(lines) + "\n")
    sizes = sorted({one.rows for one in found})
    figure = Figure(figsize=(4 * len(sizes), 6.4), layout="constrained")
    grid = figure.subplots(2, len(sizes), sharex=True, sharey="row", squeeze=False)
    for column, rows in enumerate(sizes):
        of_size = [one for one in found if one.rows == rows]
        draw(grid[0, column], of_size, "recall")
        draw(grid[1, column], of_size, "ratio")
        grid[0, column].set(xscale="log", title=f"{rows:,} rows", ylim=(-0.03, 1.03))
        grid[1, column].set(yscale="log", xlabel="share eligible")
        grid[1, column].axhline(1, color="0.7", linewidth=0.8)
    grid[0, 0].invert_xaxis()
    grid[0, 0].set_ylabel("recall@100")
    grid[1, 0].set_ylabel("time / exact scan")
    grid[0, 0].legend(fontsize=7)
    figure.savefig(out / "filtered_search.png", dpi=110)


def draw(axes: Axes, found: list[Figures], value: str) -> None:
    """Draw one figure of every way over the share that is eligible."""
    for way, colour in (("planner", "C0"), ("hnsw", "C1"), ("post-filter", "C2")):
        for name, line in zip(FILTERS, ("-", ":"), strict=True):
            points = [
                (one.share, getattr(one, value))
                for one in found
                if one.way == way and (one.filter == name or one.share == 1)
            ]
            if points:
                label = f"{way}, {name}"
                axes.plot(*zip(*points, strict=True), line, color=colour, marker="o", label=label)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument(
        "--hnsw-rows", type=int, default=1_000_000, help="most rows HNSW is built for"
    )
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    faiss.omp_set_num_threads(1)
    found: list[Figures] = []
    for rows in options.rows:
        with threadpool_limits(1):
            found += run_size(
                rows, options.queries, with_hnsw=rows <= options.hnsw_rows, seed=options.seed
            )
        write(found, options.out)


if __name__ == "__main__":
    main()
