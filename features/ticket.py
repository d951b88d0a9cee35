"""Ticket: how far amount, age and round number are from the item's usual deals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.follows import follows
from features.history import History
from features.spec import Feature, FeatureKind

HALF_LIFE_DAYS = 1095.0
PRIOR_DEALS = 3.0
"""Pseudo-deals at the overall mean and spread, so that one deal is not a habit."""


class Ticket:
    """Distance of a query from the item's recency-weighted mean, absolute and in its own spread."""

    def fit(self, history: History) -> Ticket:
        """Learn mean and spread of log amount, age and round number of each item's deals."""
        counts, _ = history.last_round_days(history.rounds)
        values = (
            history.rounds.log_amount,
            np.log1p(np.maximum(history.rounds.age_years, 0)),
            np.log1p(counts),
        )
        weights = 0.5 ** (history.link_age_days / HALF_LIFE_DAYS)
        moments = [_moments(history, value[history.link_round], weights) for value in values]
        self.mean_ = np.stack([m[0] for m in moments])
        self.spread_ = np.stack([m[1] for m in moments])
        self.overall_ = np.array([m[2] for m in moments])
        return self

    @property
    def features(self) -> tuple[Feature, ...]:
        """For each of amount, age and round: signed distance, distance in spreads, log density."""
        found = []
        for name, theme in (("amount", "amount"), ("age", "firm_profile"), ("round", "stage")):
            found += [
                Feature(f"ticket.{name}_above", FeatureKind.DISTANCE, theme),
                Feature(f"ticket.{name}_spreads", FeatureKind.DISTANCE, theme),
                Feature(f"ticket.{name}_fit", FeatureKind.LOG_LIFT, theme),
            ]
        return (*found, Feature("ticket.usual_amount", FeatureKind.LOG_AMOUNT, "amount"))

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item."""
        asked = (
            batch.queries.log_amount,
            np.log1p(np.maximum(batch.queries.age_years, 0)),
            np.log1p(batch.n_earlier),
        )
        value = np.stack(asked)[:, query]
        mean, spread = self.mean_[:, item], self.spread_[:, item]
        overall_mean, overall_spread = self.overall_.T[:, :, None]
        above = value - mean
        spreads = np.abs(above) / spread
        overall = np.abs(value - overall_mean) / overall_spread
        found = np.empty((len(self.features), len(item)), np.float32)
        found[0:-1:3] = above
        found[1:-1:3] = spreads
        found[2:-1:3] = (overall**2 - spreads**2) / 2 + self._log_spreads[:, item]
        found[-1] = mean[0] - self.overall_[0, 0]
        return found.T

    @follows("spread_")
    def _log_spreads(self) -> NDArray[np.float64]:
        """Log of the overall spread over each item's. Shape ``(3, n_items)``."""
        return np.asarray(np.log(self.overall_[:, 1:] / self.spread_), np.float64)


def _moments(
    history: History, values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, float]]:
    known = ~np.isnan(values)
    if not known.any():
        nothing = np.full(history.n_items, np.nan)
        return nothing, nothing, (np.nan, np.nan)
    item, value, weight = history.link_item[known], values[known], weights[known]
    overall = float(np.average(value, weights=weight))
    variance = max(float(np.average((value - overall) ** 2, weights=weight)), 1e-4)
    total = np.bincount(item, weight, history.n_items) + PRIOR_DEALS
    mean = (np.bincount(item, weight * value, history.n_items) + PRIOR_DEALS * overall) / total
    square = np.bincount(item, weight * (value - mean[item]) ** 2, history.n_items)
    spread = np.sqrt((square + PRIOR_DEALS * variance) / total)
    return mean, spread, (overall, float(np.sqrt(variance)))
