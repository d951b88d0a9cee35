"""A small trained model over a generated world, for the tests of the serving path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.demo.world import generate
from features.conditions import Conditions
from features.content_model import ContentSettings
from features.history import History, Interactions
from features.pairs import CHUNK_QUERIES, PairFeatures, PairSettings
from features.rules.answers import Answer
from matcher.calibration import PoolCalibrator
from matcher.direction import typical_pool
from matcher.model import MatchModel
from matcher.ranker import Ranker, RankerEnsemble
from matcher.retrieval import offer_texts
from matcher.scale import MatchScale

TODAY = dt.date(2026, 6, 30)
SPLIT = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
SIZE = (240, 60)
SETTINGS = PairSettings(content=ContentSettings(members=2, dims=8, epochs=6))
N_ROUNDS = 25


@dataclass(frozen=True)
class Served:
    """A model trained on a world, and the store it was trained on."""

    catalogue: Catalogue
    interactions: Interactions
    model: MatchModel

    def open_need_ids(self, kind: str | None = None) -> list[str]:
        """Return the latest needs of firms, of one kind if that is given."""
        needs = self.catalogue.needs
        days, kinds = needs.dates("stated_on"), needs.strings("kind")
        rows = np.argsort(days, kind="stable")[::-1].tolist()
        of_firms = needs.strings("firm_id")
        return [
            needs.ids.ids[row]
            for row in rows
            if of_firms[row] is not None and (kind is None or kinds[row] == kind)
        ]


def fit_ranker(
    X: NDArray[np.float32], y: NDArray[np.int64], groups: NDArray[np.int64], names: Sequence[str]
) -> RankerEnsemble:
    """Train a tiny LambdaMART; rows of a group stand together."""
    parameters = {
        "objective": "lambdarank",
        "num_leaves": 6,
        "min_data_in_leaf": 10,
        "num_threads": 1,
        "verbose": -1,
        "seed": 1,
    }
    sizes = np.bincount(groups)
    data = lightgbm.Dataset(X, y, group=sizes[sizes > 0], feature_name=list(names))
    return RankerEnsemble([Ranker(lightgbm.train(parameters, data, N_ROUNDS))])


def train(
    catalogue: Catalogue,
    *,
    offer_rows: NDArray[np.int64] | None = None,
    settings: PairSettings = SETTINGS,
    two_sided: bool = True,
) -> Served:
    """Fit features before :data:`SPLIT` and rankers on the links since, among eligible offers."""
    interactions = Interactions.from_catalogue(catalogue)
    rows = np.arange(len(catalogue.offers)) if offer_rows is None else offer_rows
    history = History.before(interactions, SPLIT, offer_rows=rows)
    features = PairFeatures(settings).fit(history, rng=np.random.default_rng(1))
    links, n = interactions.links, len(rows)
    recent = (links.dates >= np.datetime64(SPLIT)) & (links.need_rows >= 0)
    need_rows = np.unique(links.need_rows[recent])
    queries = interactions.queries.take(need_rows)
    truth = np.zeros((len(need_rows), n), np.int64)
    item_of = np.full(len(catalogue.offers), -1)
    item_of[rows] = np.arange(n)
    asked = np.searchsorted(need_rows, links.need_rows[recent])
    item = item_of[links.offer_rows[recent]]
    truth[asked[item >= 0], item[item >= 0]] = 1
    query, item = np.repeat(np.arange(len(need_rows)), n), np.tile(np.arange(n), len(need_rows))
    answers = Conditions(features.items_).check(queries, query, item, days=queries.days)
    kept = answers.max(axis=1) < Answer.UNMET
    query, item = query[kept], item[kept]
    X = np.concatenate(
        [
            features.compute(
                features.encode(
                    queries.take(np.arange(start, min(start + CHUNK_QUERIES, len(need_rows))))
                ),
                query[(query >= start) & (query < start + CHUNK_QUERIES)] - start,
                item[(query >= start) & (query < start + CHUNK_QUERIES)],
            )
            for start in range(0, len(need_rows), CHUNK_QUERIES)
        ]
    )
    y, names = truth[query, item], features.features.names
    firm_ranker = fit_ranker(X, y, query, names)
    firm_scores = firm_ranker.score(X)
    firm_calibrator = PoolCalibrator().fit(firm_scores, y, groups=query)
    scale = MatchScale.fit(firm_calibrator.apply(firm_scores, groups=query))
    extra: dict[str, object] = {}
    if two_sided:
        by_item = np.lexsort((query, item))
        ranker = fit_ranker(X[by_item], y[by_item], item[by_item], names)
        scores = ranker.score(X)
        extra = {
            "institution_ranker": ranker,
            "institution_calibrator": PoolCalibrator().fit(scores, y, groups=item),
            "institution_pool": typical_pool(scores, item),
        }
    model = MatchModel.from_parts(
        features,
        firm_ranker,
        firm_calibrator,
        texts=offer_texts(catalogue, features.items_),
        scale=scale,
        version="test-1",
        **extra,  # type: ignore[arg-type]
    )
    return Served(catalogue, interactions, model)


def make_served() -> Served:
    """Generate a world and train on it."""
    return train(generate(SIZE, seed=5, today=TODAY).catalogue())
