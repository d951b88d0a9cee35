"""Settings of a training run; ``docs/experiments.md`` tells how the defaults were chosen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from features.pairs import PairSettings


@dataclass(frozen=True, slots=True)
class BoosterSettings:
    """One LambdaMART model (Burges 2010) of an ensemble."""

    leaves: int
    rounds: int
    feature_fraction: float
    learning_rate: float = 0.06
    min_rows_in_leaf: int = 100
    row_fraction: float = 0.7
    l2: float = 5.0
    truncation: int = 60
    """Pairs below this rank push nothing; wide, because the list is judged down to rank 100."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Everything that is set for one run.

    Attributes
    ----------
    pool_size
        Candidates of a query that the ranker orders, at the most.
    negatives
        Pairs without a link drawn uniformly from the pool of each query. Uniformly, and shuffled:
        drawing them from the top, or leaving positives first, taught the ranker the sampling.
    max_windows
        Earlier windows replayed.
    max_queries
        Queries taken from one window; more are sampled.
    reverse_pool_size, reverse_negatives
        The same for the direction institution → firms.
    """

    pair: PairSettings = field(default_factory=PairSettings)
    pool_size: int = 500
    negatives: int = 100
    max_windows: int = 8
    max_queries: int = 2500
    reverse_pool_size: int = 300
    reverse_negatives: int = 80
    boosters: tuple[BoosterSettings, ...] = (
        BoosterSettings(leaves=15, rounds=150, feature_fraction=0.4),
        BoosterSettings(leaves=8, rounds=220, feature_fraction=0.25),
    )
    round_shares: tuple[float, ...] = (0.05, 0.1, 0.3, 0.6, 1.0)
    """Of the boosters' rounds: how many are kept is chosen on the latest replayed window."""
    reverse_boosters: tuple[BoosterSettings, ...] = (
        BoosterSettings(leaves=8, rounds=150, feature_fraction=0.25),
    )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as a manifest stores them."""
        return asdict(self)
