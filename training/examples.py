"""Training examples: pairs of a replayed window, with features frozen at its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import EmptyInputError
from eval.protocol import EvaluationSet
from features.batch import QueryBatch
from features.pairs import CHUNK_QUERIES, PairFeatures
from features.queries import Queries
from training.pools import best_items, closed_pairs, mask_scores, pool_size


@dataclass(frozen=True)
class Examples:
    """Rows of a ranker's training matrix; the rows of a group stand together.

    Attributes
    ----------
    x
        Features. Shape ``(n_rows, n_features)``.
    y
        1 where the pair became a link in its window, else 0.
    group_sizes
        Rows of each query (or of each institution, in the other direction).
    """

    feature_names: tuple[str, ...]
    x: NDArray[np.float32]
    y: NDArray[np.int8]
    group_sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.y)

    def aligned(self, names: tuple[str, ...]) -> Examples:
        """Return the same rows over the columns ``names``; absent ones are unknown."""
        if names == self.feature_names:
            return self
        place = {name: column for column, name in enumerate(self.feature_names)}
        x = np.full((len(self.x), len(names)), np.nan, np.float32)
        for column, name in enumerate(names):
            if name in place:
                x[:, column] = self.x[:, place[name]]
        return Examples(names, x, self.y, self.group_sizes)

    @classmethod
    def concatenate(cls, parts: list[Examples]) -> Examples:
        """Stack windows over the columns of the first one."""
        if not parts:
            raise EmptyInputError(
                "There is no earlier window with links to learn from.",
                field="split_at",
                remedy="Choose a later split date, or import a longer history.",
            )
        names = parts[0].feature_names
        aligned = [part.aligned(names) for part in parts]
        return cls(
            names,
            np.concatenate([part.x for part in aligned]),
            np.concatenate([part.y for part in aligned]),
            np.concatenate([part.group_sizes for part in aligned]),
        )


def chunks(
    features: PairFeatures, queries: Queries, rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], QueryBatch]]:
    """Yield the queries at ``rows`` in encoded pieces, with their places among the rows."""
    for start in range(0, len(rows), CHUNK_QUERIES):
        places = np.arange(start, min(start + CHUNK_QUERIES, len(rows)))
        yield places, features.encode(queries.take(rows[places]))


def firm_side_examples(
    features: PairFeatures,
    queries: Queries,
    evaluation_set: EvaluationSet,
    *,
    most: int,
    negatives: int,
    max_queries: int,
    rng: np.random.Generator,
) -> Examples:
    """Draw examples of the direction need → offers, from pools of ``most`` candidates or fewer.

    Every positive is taken, and ``negatives`` pairs drawn uniformly from the rest of the pool; the
    rows of a query are shuffled.
    """
    rows = _sampled(evaluation_set.n_queries, max_queries, rng)
    positives, closed = evaluation_set.positives, closed_pairs(features, queries, evaluation_set)
    size = pool_size(evaluation_set.n_candidates, most)
    x, y, sizes = [], [], []
    for places, batch in chunks(features, queries, rows):
        pool = best_items(mask_scores(batch.content_scores, closed[rows[places]]), size)
        query, item, label = [], [], []
        for place, row in enumerate(rows[places].tolist()):
            group, truth = _group(pool[place], positives.of(row), negatives, rng)
            query.append(np.full(len(group), place))
            item.append(group)
            label.append(truth)
            sizes.append(len(group))
        x.append(features.compute(batch, np.concatenate(query), np.concatenate(item)))
        y.append(np.concatenate(label))
    names = features.features.names
    return Examples(names, np.concatenate(x), np.concatenate(y), np.array(sizes))


def institution_side_examples(
    features: PairFeatures,
    queries: Queries,
    evaluation_set: EvaluationSet,
    *,
    most: int,
    negatives: int,
    rng: np.random.Generator,
) -> Examples:
    """Draw examples of the direction offer → needs, a group for each offer that linked.

    The pool of an offer is the needs to which the content model gives it the largest share.
    """
    log_share = content_log_shares(features, queries, evaluation_set)
    by_item = evaluation_set.positives.transpose()
    active = np.flatnonzero(by_item.counts)
    pool = best_items(np.ascontiguousarray(log_share[:, active].T), most)
    query, item, label, sizes = [], [], [], []
    for place, number in enumerate(active.tolist()):
        group, truth = _group(pool[place], by_item.of(number), negatives, rng)
        query.append(group)
        item.append(np.full(len(group), number))
        label.append(truth)
        sizes.append(len(group))
    x = compute_pairs(features, queries, np.concatenate(query), np.concatenate(item))
    return Examples(features.features.names, x, np.concatenate(label), np.array(sizes))


def content_log_shares(
    features: PairFeatures, queries: Queries, evaluation_set: EvaluationSet
) -> NDArray[np.float32]:
    """Return the content model's log-probability of every pair; closed ones minus infinity."""
    closed = closed_pairs(features, queries, evaluation_set)
    rows = np.arange(evaluation_set.n_queries)
    shares = np.empty((len(rows), evaluation_set.n_candidates), np.float32)
    for places, batch in chunks(features, queries, rows):
        log_share = batch.content_scores - batch.content_log_total
        shares[places] = mask_scores(log_share, closed[places])
    return shares


def compute_pairs(
    features: PairFeatures,
    queries: Queries,
    query: NDArray[np.int64],
    item: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Compute features of pairs in any order. Shape ``(n_pairs, n_features)``."""
    x = np.empty((len(query), len(features.features)), np.float32)
    order = np.argsort(query, kind="stable")
    ends = np.searchsorted(query[order], np.arange(len(queries) + 1))
    for places, batch in chunks(features, queries, np.arange(len(queries))):
        pairs = order[ends[places[0]] : ends[places[-1] + 1]]
        if len(pairs):
            x[pairs] = features.compute(batch, query[pairs] - places[0], item[pairs])
    return x


def _sampled(n: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    rows = np.arange(n)
    return rows if n <= most else np.sort(rng.choice(rows, most, replace=False))


def _group(
    pool: NDArray[np.int64], positives: NDArray[np.int64], negatives: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    others = np.setdiff1d(pool, positives)
    drawn = rng.choice(others, min(negatives, len(others)), replace=False)
    group = np.concatenate([positives, drawn])
    truth = np.zeros(len(group), np.int8)
    truth[: len(positives)] = 1
    order = rng.permutation(len(group))
    return group[order], truth[order]
