"""Metrics: one value for each query, and two that look at all lists together.

Averaging, slicing and intervals happen above this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError
from eval.pairs import PairSet
from eval.ranking import NO_CANDIDATE, RankedLists

EXPOSURE_DEPTH = 10
"""Places of a list that count as shown, for coverage and Gini."""


def find_hits(lists: RankedLists, positives: PairSet) -> NDArray[np.bool_]:
    """Say of every place whether it holds a positive. Shape ``(n_queries, depth)``."""
    rows = np.arange(lists.n_queries)[:, None]
    return positives.contains(rows, lists.candidates)


def ndcg(
    hits: NDArray[np.bool_], n_positives: NDArray[np.int64], *, k: int = 10
) -> NDArray[np.float64]:
    """Normalised discounted cumulative gain with binary gain. Shape ``(n_queries,)``, 0 … 1.

    The ideal list has ``min(k, positives)`` hits on top (Järvelin & Kekäläinen 2002, base 2).

    Relations
    ---------
    Prefer it as the headline: it rewards the order inside the first page. Use :func:`recall` to ask
    only whether the right candidate is there, :func:`mrr` where one hit is enough.
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    top = hits[:, :k]
    gains = (top * discounts[: top.shape[1]]).sum(axis=1)
    ideals = np.concatenate([[np.inf], np.cumsum(discounts)])  # no positive: 0
    return np.asarray(gains / ideals[np.minimum(n_positives, k)])


def recall(
    hits: NDArray[np.bool_], n_positives: NDArray[np.int64], *, k: int = 10
) -> NDArray[np.float64]:
    """Share of the positives that the first ``k`` places hold. Shape ``(n_queries,)``, 0 … 1.

    Relations
    ---------
    At 10 it says what a reader of one page finds; at 100 what a later stage could still move up.
    """
    return np.asarray(hits[:, :k].sum(axis=1) / np.maximum(n_positives, 1))


def mrr(
    hits: NDArray[np.bool_], n_positives: NDArray[np.int64], *, k: int = 100
) -> NDArray[np.float64]:
    """Reciprocal rank of the first positive, 0 beyond place ``k``. Shape ``(n_queries,)``.

    Relations
    ---------
    Looks at one hit only; :func:`ndcg` looks at all of the first page.
    """
    del n_positives  # one hit is all it looks at
    top = hits[:, :k]
    first = top.argmax(axis=1) if top.shape[1] else np.zeros(len(top), np.int64)
    return np.where(top.any(axis=1), 1 / (first + 1), 0.0)


def exposure(lists: RankedLists, *, k: int = EXPOSURE_DEPTH) -> NDArray[np.int64]:
    """Count how often each candidate is among the first ``k``. Shape ``(n_candidates,)``."""
    top = lists.candidates[:, :k]
    return np.bincount(top[top != NO_CANDIDATE], minlength=lists.n_candidates).astype(np.int64)


def coverage(counts: NDArray[np.int64]) -> float:
    """Share of the candidates that are shown at all, from :func:`exposure`. 0 … 1."""
    return float(np.count_nonzero(counts) / len(counts))


def gini(counts: NDArray[np.int64]) -> float:
    """Gini coefficient of the exposure: 0 all shown equally, near 1 one candidate has all.

    Relations
    ---------
    :func:`coverage` counts who is shown at all; Gini also sees how unequally.
    """
    ordered = np.sort(counts).astype(np.float64)
    total, n = ordered.sum(), len(ordered)
    if not total:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is computed and named. ``of`` takes hits and numbers of positives."""

    of: Callable[[NDArray[np.bool_], NDArray[np.int64]], NDArray[np.float64]]
    title: Mapping[str, str]
    meaning: Mapping[str, str]


METRICS: dict[str, Metric] = {
    "ndcg@10": Metric(
        ndcg,
        {"zh": "NDCG@10", "en": "NDCG@10"},
        {
            "zh": "前十名的排序质量：真正成交的机构排得越靠前，得分越高。"
            "1 为完美，0 为前十名全未命中。",
            "en": "Quality of the first ten places: the higher the institutions that really funded "
            "the firm stand, the better. 1 is perfect, 0 means none is among the ten.",
        },
    ),
    "recall@10": Metric(
        recall,
        {"zh": "召回率@10", "en": "Recall@10"},
        {
            "zh": "真正成交的机构中，有多大比例出现在前十名。",
            "en": "Of the institutions that really funded the firm, the share among the first ten.",
        },
    ),
    "recall@100": Metric(
        lambda hits, n_positives: recall(hits, n_positives, k=100),
        {"zh": "召回率@100", "en": "Recall@100"},
        {
            "zh": "真正成交的机构中，有多大比例出现在前一百名。",
            "en": "The same share among the first hundred.",
        },
    ),
    "mrr": Metric(
        mrr,
        {"zh": "平均倒数排名", "en": "MRR"},
        {
            "zh": "第一个命中机构名次的倒数：排第一得 1，排第二得 1/2，排第十得 1/10，"
            "百名之外得 0。",
            "en": "One divided by the place of the first right institution: 1 for the first place, "
            "1/2 for the second, 1/10 for the tenth, 0 beyond the hundredth.",
        },
    ),
}
"""Every per-query metric under the name that files, options and docs use."""

HEADLINE = "ndcg@10"
"""The metric that verdicts rest on."""


def get_metric(name: str) -> Metric:
    """Return the metric called ``name``; raise :class:`ArgumentError` with the list of names."""
    if name not in METRICS:
        raise ArgumentError(
            f"There is no metric {name!r}.",
            field="metric",
            remedy=f"Choose one of {', '.join(METRICS)}.",
        )
    return METRICS[name]


def evaluate_lists(lists: RankedLists, positives: PairSet) -> dict[str, NDArray[np.float64]]:
    """Return every metric of every query, each of shape ``(n_queries,)``."""
    hits, n_positives = find_hits(lists, positives), positives.counts
    return {name: metric.of(hits, n_positives) for name, metric in METRICS.items()}
