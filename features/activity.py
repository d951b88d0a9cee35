"""Activity: how much, how recently and how broadly an item deals, whoever asks."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.history import History
from features.spec import Feature, FeatureKind
from features.tokens import Vocabulary

HALF_LIVES_DAYS = (90.0, 365.0, 1095.0, 36500.0)
"""From the last season to all time."""
BREADTH_FAMILIES = ("sector_main", "industry_group", "metro", "city", "province", "stage")
BREADTH_HALF_LIFE_DAYS = 1095.0
DAYS_PER_YEAR = 365.25
LOG_FLOOR = 0.01
"""Deals relative to the mean item's that stand for none."""


class Activity:
    """Popularity at several half-lives, recency, trend, breadth, company kept."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def fit(self, history: History, tokens: sp.csr_matrix) -> Activity:
        """Count what each item did; ``tokens`` are those of ``history.rounds``."""
        columns = [_log_relative(_sums(history, half_life)) for half_life in HALF_LIVES_DAYS]
        columns.append(columns[0] - columns[2])
        columns += list(_first_and_last(history))
        columns += list(_company(history))
        columns += list(self._breadth(history, tokens))
        self.table_ = np.stack(columns, axis=1).astype(np.float32)
        return self

    def _breadth(self, history: History, tokens: sp.csr_matrix) -> list[NDArray[np.float64]]:
        links = history.decayed_links(BREADTH_HALF_LIFE_DAYS)
        found = []
        for family in self._breadth_families:
            index = self.vocabulary.families_.index(family)
            start, end = self.vocabulary.family_starts_[index : index + 2]
            counts = (tokens[:, start:end].T @ links).toarray().T
            share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
            entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(axis=1)
            found.append(np.where(counts.sum(axis=1) > 0, entropy, np.nan))
        return found

    @property
    def _breadth_families(self) -> list[str]:
        return [f for f in BREADTH_FAMILIES if f in self.vocabulary.families_]

    @property
    def features(self) -> tuple[Feature, ...]:
        """One feature a column of the item table."""
        log_lift, years = FeatureKind.LOG_LIFT, FeatureKind.YEARS
        return (
            *(Feature(f"activity.share_{h:.0f}d", log_lift, "activity") for h in HALF_LIVES_DAYS),
            Feature("activity.trend", log_lift, "activity"),
            Feature("activity.years_since_last", years, "recency"),
            Feature("activity.years_since_first", years, "experience"),
            Feature("activity.gap_ratio", FeatureKind.SCORE, "recency"),
            Feature("activity.company", FeatureKind.LOG_COUNT, "syndicate"),
            Feature("activity.new_share", FeatureKind.SHARE, "openness"),
            Feature("activity.first_round_share", FeatureKind.SHARE, "firm_profile"),
            *(
                Feature(f"activity.breadth_{family}", FeatureKind.SCORE, "breadth")
                for family in self._breadth_families
            ),
        )

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the item table's rows; the query has no part in it."""
        del batch, query
        return self.table_[item]


def _sums(history: History, half_life: float) -> NDArray[np.float64]:
    weights = 0.5 ** (history.link_age_days / half_life)
    return np.asarray(np.bincount(history.link_item, weights, history.n_items), np.float64)


def _log_relative(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log deals relative to the mean item: a growing history changes nothing."""
    mean = max(float(sums.mean()), 1e-9)
    return np.asarray(np.log(sums / mean + LOG_FLOOR), np.float64)


def _first_and_last(history: History) -> tuple[NDArray[np.float64], ...]:
    last, first = np.full(history.n_items, np.nan), np.full(history.n_items, np.nan)
    years = history.link_age_days / DAYS_PER_YEAR  # links are in order of time
    last[history.link_item] = years
    first[history.link_item[::-1]] = years[::-1]
    n_links = np.bincount(history.link_item, minlength=history.n_items)
    gap = (first - last) / np.maximum(n_links - 1, 1)
    return last, first, np.log((last + 0.1) / (gap + 0.1))


def _company(history: History) -> tuple[NDArray[np.float64], ...]:
    """Return mean log syndicate size, share of first links, share of firms' first rounds."""
    item, n_items = history.link_item, history.n_items
    n_links = np.maximum(np.bincount(item, minlength=n_items), 1)
    in_round = np.bincount(history.link_round, minlength=history.n_rounds)[history.link_round]
    counts, _ = history.last_round_days(history.rounds)
    is_first = (counts == 0)[history.link_round]

    def mean(values: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.bincount(item, values, n_items) / n_links

    return mean(np.log(in_round * 1.0)), mean(history.link_new * 1.0), mean(is_first * 1.0)
