"""The asker: what is known of the query itself; lets the ranker weigh the other features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.batch import QueryBatch
from features.spec import Feature, FeatureKind

THEME = "asker"
DAYS_PER_YEAR = 365.25


class Asker:
    """Attributes of the query, equal for all items."""

    features = (
        Feature("asker.n_earlier", FeatureKind.LOG_COUNT, THEME),
        Feature("asker.n_earlier_items", FeatureKind.LOG_COUNT, THEME),
        Feature("asker.years_since_last", FeatureKind.YEARS, THEME),
        Feature("asker.log_amount", FeatureKind.LOG_AMOUNT, THEME),
        Feature("asker.age", FeatureKind.YEARS, THEME),
        Feature("asker.n_tokens", FeatureKind.LOG_COUNT, THEME),
        Feature("asker.horizon_years", FeatureKind.YEARS, THEME),
        Feature("asker.certainty", FeatureKind.SCORE, THEME),
    )

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of the queries of pairs; the item has no part in it."""
        del item
        best = batch.content_best - batch.content_log_total
        table = np.stack(
            [
                np.log1p(batch.n_earlier),
                np.log1p(np.diff(batch.earlier.indptr)),
                batch.days_since / DAYS_PER_YEAR,
                batch.queries.log_amount,
                batch.queries.age_years,
                np.log1p(np.diff(batch.tokens.indptr)),
                batch.horizon_days / DAYS_PER_YEAR,
                best.ravel(),
            ],
            axis=1,
        )
        return table.astype(np.float32)[query]
