"""Popularity: who funds most firms these days, the same list for everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.baselines.past import Past
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class PopularitySettings:
    """Settings of :class:`Popularity`.

    Attributes
    ----------
    half_life_days
        Age at which a link counts half.
    new_only
        Count only the first link of a firm with an item: follow-on rounds say little about whom
        an institution takes on next.
    """

    half_life_days: float = 365.0
    new_only: bool = True


class Popularity:
    """Share of all links, weighted by recency.

    Relations
    ---------
    The least that any method must beat. :class:`~eval.baselines.cell_popularity.CellPopularity`
    asks the same inside the firm's place and trade.
    """

    def __init__(self, settings: PopularitySettings | None = None) -> None:
        self.settings = settings or PopularitySettings()

    def fit(self, past: Past) -> Popularity:
        """Count the links."""
        settings = self.settings
        self.share_ = past.popularity(settings.half_life_days, new_only=settings.new_only)
        return self

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Return the same shares for every query. Shape ``(n_queries, n_items)``."""
        return np.tile(self.share_, (len(queries), 1))
