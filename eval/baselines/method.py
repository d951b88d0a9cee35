"""What a baseline is, and how a fitted one becomes a method of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eval.baselines.past import Past
from features.queries import Queries


class Baseline(Protocol):
    """A simple ranking method. The constructor stores settings, ``fit`` learns.

    What a baseline draws at random follows from the ``seed`` in its settings, so that fitting again
    gives the same scores.
    """

    @property
    def settings(self) -> Any:
        """The frozen settings it was made with."""
        ...

    def fit(self, past: Past) -> Baseline:
        """Learn from the rounds and links before the split; return itself."""
        ...

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Score all items for queries of the window. Shape ``(n_queries, n_items)``."""
        ...


@dataclass(frozen=True)
class BaselineMethod:
    """A fitted baseline over the queries of one evaluation set: an :class:`eval.method.Method`."""

    name: str
    title: Mapping[str, str]
    baseline: Baseline
    queries: Queries

    def score(self, queries: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score every candidate for the queries at these positions. ``(n, n_candidates)``."""
        return self.baseline.score(self.queries.take(queries))
