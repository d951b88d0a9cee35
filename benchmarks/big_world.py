"""A world of the size that the bars of serving name, and a model of the usual size over it.

What the model has learned is no matter here, only how much there is of it: every deal of the
history counts, but the content model sees a sample of the rounds, once, and the boosters learn an
invented target.
"""

from __future__ import annotations

import datetime as dt
import pickle
from functools import partial
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import Catalogue
from data.demo.world import generate
from data.records import Event, EventKind, Record
from features.content_model import ContentModel, ContentSettings
from features.history import History, Interactions
from features.pairs import PairFeatures, PairSettings
from features.queries import Queries
from matcher.calibration import PoolCalibrator
from matcher.direction import typical_pool
from matcher.model import MatchModel
from matcher.ranker import Ranker, RankerEnsemble
from matcher.retrieval import offer_texts
from training.settings import BoosterSettings, TrainSettings

TODAY = dt.date(2026, 6, 30)
SPLIT = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
POOL = 500
SEED = 20_130_101
LEARNED_ROUNDS = 8_000
"""Of the content model: below its own bound of a short history, so that members are doubled."""
FITTED_QUERIES = 40


class SampledFeatures(PairFeatures):
    """Pair features whose content model learns from some of the rounds, in one pass."""

    def _fit_content(
        self,
        history: History,
        inputs: sp.csr_matrix,
        item_tokens: sp.csr_matrix | None,
        rng: np.random.Generator,
    ) -> ContentModel:
        links = history.decayed_links(np.inf)
        linked = np.flatnonzero(np.diff(links.indptr) > 0)
        linked = np.sort(rng.permutation(linked)[:LEARNED_ROUNDS])
        links = links[linked]
        links.data[:] = 1.0
        ages = (history.as_of - history.rounds.days[linked]).astype(np.float64)
        return ContentModel(self.settings.content).fit(
            inputs[linked], links, ages, rng=rng, item_tokens=item_tokens
        )


def make_catalogue(firms: int, offers: int, cache: Path | None = None) -> Catalogue:
    """Generate a world with all its deals; other events no request looks at.

    With a ``cache`` folder what was generated there before is read again.
    """
    path = None if cache is None else cache / f"world-{firms}-{offers}.pickle"
    if path is not None and path.exists():
        with path.open("rb") as stream:
            found: Catalogue = pickle.load(stream)
        return found
    tables: dict[type[Record], list[pa.Table]] = {}
    for kind, table in generate((firms, offers), seed=1, today=TODAY).tables():
        if kind is Event:
            table = table.filter(pc.equal(table.column(col.KIND), EventKind.FUNDED.value))
        tables.setdefault(kind, []).append(table)
    catalogue = Catalogue.from_tables({k: pa.concat_tables(v) for k, v in tables.items()})
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            pickle.dump(catalogue, stream, protocol=5)
    return catalogue


def fit(catalogue: Catalogue) -> tuple[MatchModel, Queries, NDArray[np.int64]]:
    """Fit a model of the usual size; return it with the needs of the last half year."""
    interactions = Interactions.from_catalogue(catalogue)
    every = np.arange(len(catalogue.offers))
    history = History.before(interactions, SPLIT, offer_rows=every)
    settings = PairSettings(content=ContentSettings(members=4, epochs=1))  # doubled: 8 as usual
    features = SampledFeatures(settings).fit(history, rng=np.random.default_rng(SEED))
    queries = interactions.queries
    needs = np.flatnonzero((queries.days >= np.datetime64(SPLIT)) & (queries.firm_rows >= 0))
    needs = np.random.default_rng(SEED).permutation(needs)
    X = pools(features, queries.take(needs[:FITTED_QUERIES]))
    y = (X[:, 0] > np.quantile(X[:, 0], 0.98)).astype(np.int64)
    names, boosters = features.features.names, TrainSettings()
    train = partial(boosted, X, y, names=names)
    firm_side = RankerEnsemble([train(s, seed=n) for n, s in enumerate(boosters.boosters)])
    other = RankerEnsemble([train(s, seed=n) for n, s in enumerate(boosters.reverse_boosters)])
    groups = np.repeat(np.arange(len(X) // POOL), POOL)
    model = MatchModel.from_parts(
        features,
        firm_side,
        PoolCalibrator().fit(firm_side.score(X), y, groups=groups),
        institution_ranker=other,
        institution_calibrator=PoolCalibrator().fit(other.score(X), y, groups=groups),
        institution_pool=typical_pool(other.score(X), groups),
        texts=offer_texts(catalogue, features.items_),
        pool_size=POOL,
    )
    return model, queries, needs


def boosted(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    settings: BoosterSettings,
    *,
    names: tuple[str, ...],
    seed: int,
) -> Ranker:
    """Train one model of the usual size over pools of :data:`POOL` rows."""
    parameters = {
        "objective": "lambdarank",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_rows_in_leaf,
        "feature_fraction": settings.feature_fraction,
        "num_threads": 1,
        "verbose": -1,
        "seed": seed,
    }
    data = lightgbm.Dataset(X, y, group=[POOL] * (len(X) // POOL), feature_name=list(names))
    return Ranker(lightgbm.train(parameters, data, settings.rounds))


def pools(features: PairFeatures, queries: Queries) -> NDArray[np.float32]:
    """Compute the features of the best :data:`POOL` items of each query by the content model."""
    batch = features.encode(queries)
    best = np.argsort(-batch.content_scores, axis=1)[:, :POOL]
    query = np.repeat(np.arange(len(batch)), best.shape[1])
    return features.compute(batch, query, best.ravel())
