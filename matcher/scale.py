"""The match score (匹配度): a probability on a scale of 0 to 100 that a reader can use.

Links are rare, so honest probabilities of good matches are small numbers. The scale is linear in
the log-odds between two of them: that of a pair at the bottom of a shortlist, and that of the best
pairs met. It says how well a pair matches beside others; it is no statement about a firm's credit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import ArgumentError, EmptyInputError

FULL = 100.0
LOW_QUANTILE, HIGH_QUANTILE = 0.05, 0.999
"""Of the pairs of past shortlists: below the first is 0, from the second on 100."""


@dataclass(frozen=True, slots=True)
class MatchScale:
    """The probabilities that stand for 0 and for 100; ``0 < low < high < 1``."""

    low: float = 1e-4
    high: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < 1:
            raise ArgumentError(
                f"The ends of the match scale must rise inside 0 … 1; got {self.low}, {self.high}.",
                field="scale",
            )

    @classmethod
    def fit(cls, probabilities: ArrayLike) -> MatchScale:
        """Choose the ends from the pairs of past shortlists.

        Raises
        ------
        EmptyInputError
            There are fewer than two different probabilities.
        """
        values = np.asarray(probabilities, dtype=np.float64)
        if len(values):
            low, high = np.quantile(values, [LOW_QUANTILE, HIGH_QUANTILE]).tolist()
            if low < high:
                return cls(low, high)
        raise EmptyInputError(
            f"The match scale needs pairs of different probability; got {len(values)} pairs.",
            field="probabilities",
        )

    def score(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Return match scores, 0 … 100, non-decreasing in the probability."""
        values = np.clip(np.asarray(probabilities, dtype=np.float64), self.low, self.high)
        low, high, at = (np.log(p) - np.log1p(-p) for p in (self.low, self.high, values))
        return np.asarray(FULL * (at - low) / (high - low), np.float64)
