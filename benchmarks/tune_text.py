"""Choose how wording and meaning are joined, on texts that are not those of the test of meaning.

    python -m benchmarks.tune_text [--encoder embedded] [--registry DIR]

Three sets of queries. *deals*: loans that firms of a generated world asked for in the half year
before its last one; found shall be the offers that funded them, among all loans. *names* and
*scopes* (with ``--registry``): firms of a national register; from a firm's name, or from every
second item of its business scope, the other items shall be found. Prints NDCG@10 by the cut of
wording and the weights of both, and recall of the whole retrieval by the weights of its lanes.
Intervals are those of the difference to meaning alone, and to the lanes without texts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from data import columns as col
from data.catalogue import Catalogue
from data.demo.world import generate
from data.records import Firm, Need, NeedKind
from eval.meaning.measuring import graded_ndcg
from features.encoder.cache import VectorCache, cache_folder
from features.encoder.centring import Centring
from features.encoder.opening import EMBEDDED, open_encoder
from features.encoder.protocol import TextEncoder
from features.history import History, Interactions
from features.pairs import PairFeatures
from matcher.fusion import fuse_scores
from matcher.lexical import LexicalIndex
from matcher.retrieval import LaneWeights, Retriever, offer_texts
from matcher.seeker import said
from matcher.text_lane import TextLane, asked_part
from service.settings import read_settings

TODAY = dt.date(2026, 6, 30)
HALF_YEAR = dt.timedelta(days=182)
SEED = 11
N_QUERIES = 400
N_DOCUMENTS = 1_500
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, np.inf)
"""Of the ceiling of BM25; infinity leaves wording out."""
WEIGHTS = ((1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (1.0, 2.0))
"""Of meaning and of wording."""
LANES = ((4, 1, 0, 0), (4, 1, 1, 0), (4, 1, 0, 1), (4, 1, 1, 1), (4, 1, 2, 2), (1, 1, 1, 1))
"""Of content, history, wording and meaning."""
POOL_DEPTHS = (100, 300)
FIRMS, OFFERS = 3_000, 2_400
KIND = NeedKind.DEBT
FORMULA = re.compile(r"[（(〔][^）)〕]*(?:批准|许可|资质|凭)[^）)〕]*[）)〕]|〓|\*+")
"""What registrars append to every scope."""
ITEM_ENDS = re.compile(r"[;；,，、。]")

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Texts:
    """Queries, documents, and which are right: 1; 0 is a wrong one, -1 no candidate."""

    name: str
    queries: tuple[str, ...]
    documents: tuple[str, ...]
    grades: NDArray[np.int64]


@dataclass(frozen=True)
class Deals:
    """Needs of a window that were funded, as rows of a catalogue, and what they say."""

    catalogue: Catalogue
    interactions: Interactions
    start: dt.date
    rows: NDArray[np.int64]
    texts: Texts

    @classmethod
    def of_world(cls, rng: np.random.Generator) -> Deals:
        """Generate a world and take needs of the half year before its last one."""
        catalogue = generate((FIRMS, OFFERS), seed=SEED, today=TODAY).catalogue()
        interactions = Interactions.from_catalogue(catalogue)
        links, days = interactions.links, catalogue.needs.dates(col.STATED_ON)
        start, end = TODAY - 2 * HALF_YEAR, TODAY - HALF_YEAR
        among = catalogue.offers.strings(col.KIND) == KIND
        linked = links.need_rows[among[links.offer_rows] & (links.need_rows >= 0)]
        late = (days[linked] >= np.datetime64(start)) & (days[linked] < np.datetime64(end))
        rows = np.sort(rng.choice(np.unique(linked[late]), N_QUERIES, replace=False))
        grades = np.tile(np.where(among, 0, -1).astype(np.int64), (len(rows), 1))
        place = {row: at for at, row in enumerate(rows.tolist())}
        for row, offer in zip(links.need_rows.tolist(), links.offer_rows.tolist(), strict=True):
            if row in place and among[offer]:
                grades[place[row], offer] = 1
        said_by_all = offer_texts(catalogue, interactions.offers)
        offers = [text if own else "" for text, own in zip(said_by_all, among, strict=True)]
        texts = Texts("deals", needs_said(catalogue, rows), tuple(offers), grades)
        return cls(catalogue, interactions, start, rows, texts)


def needs_said(catalogue: Catalogue, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Return what needs and their firms say, as far as it is read."""
    found = []
    for row in rows.tolist():
        need = catalogue.needs.record(row)
        assert isinstance(need, Need)
        firm = catalogue.firms.find(need.firm_id or "")
        found.append(asked_part(said(need, firm if isinstance(firm, Firm) else None)))
    return tuple(found)


def registry_texts(folder: Path, rng: np.random.Generator) -> Iterator[Texts]:
    """Yield names, and halves of scopes, each with the other halves."""
    table = pd.read_parquet(folder / "firms.parquet", columns=["name", "scope", "province", "city"])
    table = table.sample(10 * N_DOCUMENTS, random_state=int(rng.integers(2**31)))
    halves = []
    for name, scope, *places in table.itertuples(index=False):
        items = [item.strip() for item in ITEM_ENDS.split(FORMULA.sub("", str(scope)))]
        items = [item for item in items if len(item) > 1]
        if 4 <= len(items) <= 20:
            bare = re.sub("|".join(re.escape(str(place)) for place in places), "", str(name))
            halves.append((bare, "；".join(items[::2]), "；".join(items[1::2])))
    names, queries, documents = zip(*halves[:N_DOCUMENTS], strict=True)
    grades = np.eye(N_QUERIES, len(documents), dtype=np.int64)
    yield Texts("names", names[:N_QUERIES], documents, grades)
    yield Texts("scopes", queries[:N_QUERIES], documents, grades)


def tell_fusions(texts: Texts, encoder: TextEncoder) -> None:
    """Print NDCG@10 of each cut and weighting, with the 95 % interval against meaning alone."""
    dense, wording, share = score(texts, encoder)
    print(f"\n## {texts.name}: {len(texts.queries)} queries, {len(texts.documents)} documents")
    alone = f"BM25 {ndcg(texts, wording).mean():.4f}, encoder {ndcg(texts, dense).mean():.4f}"
    best = np.percentile(share.max(axis=1), [10, 50, 90]).round(2).tolist()
    print(f"{alone}; wording's best score as a share of its ceiling, deciles 1, 5, 9: {best}")
    meaning = ndcg(texts, dense)
    for weights in WEIGHTS:
        cells = []
        for least in SHARES:
            held = np.where(share >= least, wording, -np.inf)
            found = ndcg(texts, fuse_scores(np.stack([dense, held]), weights))
            error = 1.96 * (found - meaning).std() / len(found) ** 0.5
            cells.append(f"{least:g}: {found.mean():.4f} ±{error:.3f}")
        print(f"{weights[0]:g} to {weights[1]:g} | " + " | ".join(cells), flush=True)


def score(texts: Texts, encoder: TextEncoder) -> tuple[Scores, Scores, Scores]:
    """Return centred cosines, BM25, and its share of its ceiling; -inf for no candidate."""
    queries, documents = encoder.encode(texts.queries), encoder.encode(texts.documents)
    centring = Centring.fit(
        {"query": (texts.queries, queries), "document": (texts.documents, documents)},
        fingerprint=encoder.info.fingerprint,
    )
    asked = centring.apply("query", texts.queries, queries)
    dense = (asked @ centring.apply("document", texts.documents, documents).T).astype(np.float64)
    index = LexicalIndex.build(texts.documents)
    wording = np.array([index.scores(query) for query in texts.queries], np.float64)
    share = wording / np.array([[index.ceiling(query)] for query in texts.queries])
    out = texts.grades < 0
    wording = np.where(out | (wording <= 0), -np.inf, wording)
    return np.where(out, -np.inf, dense), wording, np.where(out, 0.0, share)


def ndcg(texts: Texts, scores: Scores) -> Scores:
    """NDCG@10 of each query."""
    return graded_ndcg(scores, np.maximum(texts.grades, 0))


def tell_pools(deals: Deals, encoder: TextEncoder) -> None:
    """Print how much of what was funded the fused lanes find, by their weights."""
    catalogue, interactions = deals.catalogue, deals.interactions
    every = np.arange(len(catalogue.offers))
    history = History.before(interactions, deals.start, offer_rows=every)
    features = PairFeatures().fit(history, rng=np.random.default_rng(SEED))
    batch = features.encode(interactions.queries.take(deals.rows))
    lane = TextLane.build(encoder, deals.texts.documents, needs=deals.texts.queries[::2])
    allowed, right = deals.texts.grades >= 0, deals.texts.grades == 1
    first: dict[int, Scores] = {}
    print(f"\n## pools; eligible offers, median: {np.median(allowed.sum(axis=1)):.0f}")
    for lanes in LANES:
        weights = LaneWeights(*map(float, lanes))
        retriever = Retriever.build(features, deals.texts.documents, weights=weights, text=lane)
        cells = []
        for depth in POOL_DEPTHS:
            pools = retriever.pool(batch, depth, allowed=allowed, texts=deals.texts.queries)
            found = np.take_along_axis(right, pools, axis=1).sum(axis=1) / right.sum(axis=1)
            error = 1.96 * (found - first.setdefault(depth, found)).std() / len(found) ** 0.5
            cells.append(f"R@{depth} {found.mean():.4f} ±{error:.4f}")
        print(lanes, " ".join(cells), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default=EMBEDDED)
    parser.add_argument("--registry", type=Path)
    options = parser.parse_args()
    cache, rng = read_settings().cache, np.random.default_rng(SEED)
    with threadpool_limits(1):
        opened = open_encoder(options.encoder, cache=cache)
        assert opened is not None
        encoder = VectorCache(opened, cache_folder(cache / "vectors", opened.info))
        if options.registry is not None:
            for texts in registry_texts(options.registry, rng):
                tell_fusions(texts, encoder)
        deals = Deals.of_world(rng)
        tell_fusions(deals.texts, encoder)
        tell_pools(deals, encoder)


if __name__ == "__main__":
    main()
