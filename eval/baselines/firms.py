"""What the methods without attributes share: firms by their earlier items, and the fall-back.

They know a firm by its earlier institutions alone. A firm without any gets the popular ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from eval.baselines.past import Past
from features.queries import Queries


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    """What stands in for a cold firm, and steadies the list of a warm one.

    Attributes
    ----------
    half_life_days
        Age at which a link counts half for popularity.
    blend
        Weight of popularity in the list of a warm firm, 0 … 1; both parts have maximum 1.
    """

    half_life_days: float = 182.0
    blend: float = 0.2


class FirmScorer(Protocol):
    """Scores all items for firms that have a history. ``(n,)`` firm rows → ``(n, n_items)``."""

    def __call__(self, firm_rows: NDArray[np.int64]) -> NDArray[np.floating]:
        """Score the firms at these rows of the catalogue."""
        ...


class Fallback:
    """Popularity for firms that the history does not know, a blend with it for the others."""

    def __init__(self, settings: FallbackSettings) -> None:
        self.settings = settings

    def fit(self, past: Past) -> Fallback:
        """Remember who is warm, and who is popular."""
        self.warm_ = np.diff(past.history.earlier_items.indptr) > 0
        self.popularity_ = _to_unit_maximum(past.popularity(self.settings.half_life_days)[None, :])[
            0
        ]
        return self

    def score(self, queries: Queries, of_firms: FirmScorer) -> NDArray[np.float32]:
        """Return the scores of all queries. Shape ``(n_queries, n_items)``."""
        scores = np.tile(self.popularity_, (len(queries), 1))
        known = queries.firm_rows != NO_ROW
        warm = np.flatnonzero(known & self.warm_[np.maximum(queries.firm_rows, 0)])
        if len(warm):
            own = _to_unit_maximum(of_firms(queries.firm_rows[warm]))
            blend = self.settings.blend
            scores[warm] = (1 - blend) * own + blend * scores[warm]
        return scores


def _to_unit_maximum(scores: NDArray[np.floating]) -> NDArray[np.float32]:
    largest = np.abs(scores).max(axis=1, keepdims=True)
    return np.asarray(scores / np.where(largest > 0, largest, 1), np.float32)


def warm_firms(past: Past) -> tuple[NDArray[np.int64], sp.csr_matrix]:
    """Return the position of each firm among the warm ones, and the items of the warm ones.

    Returns
    -------
    positions
        ``NO_ROW`` for firms without an earlier item. Shape ``(n_firms,)``.
    items
        Ones. Shape ``(n_warm, n_items)``.
    """
    earlier = past.history.earlier_items
    warm = np.flatnonzero(np.diff(earlier.indptr) > 0)
    positions = np.full(earlier.shape[0], NO_ROW, np.int64)
    positions[warm] = np.arange(len(warm))
    return positions, earlier[warm]
