"""What a ranking method is to the evaluation, and the names that have a part in the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

OWN_METHOD = "finmatch"
"""Name of the method under test."""

POPULARITY_METHOD = "popularity"
"""Name of the baseline that every verdict mentions."""


class Method(Protocol):
    """A fitted way to score the candidates of an evaluation set.

    A method is made for one :class:`~eval.protocol.EvaluationSet` before it is handed over; what it
    learned may rest on nothing dated on or after the split.

    Attributes
    ----------
    name
        Short name without blanks, lower case: it names ``run.<name>.txt`` and the JSON keys.
    title
        What the report prints, under the keys ``zh`` and ``en``.
    """

    @property
    def name(self) -> str:
        """Short name without blanks."""
        ...

    @property
    def title(self) -> Mapping[str, str]:
        """Printed name in the languages ``zh`` and ``en``."""
        ...

    def score(self, queries: NDArray[np.int64]) -> NDArray[np.floating]:
        """Score every candidate for some queries; higher is better.

        Parameters
        ----------
        queries
            Positions in ``evaluation_set.query_ids``, ascending. Shape ``(n,)``.

        Returns
        -------
        array
            Shape ``(n, n_candidates)``, columns as in ``evaluation_set.candidate_ids``. NaN marks a
            pair the method does not rank. Exclusions need no masking here: the evaluation takes
            the firm's earlier institutions out of every list itself.
        """
        ...


@runtime_checkable
class CalibratedMethod(Protocol):
    """A method that also states the probability of each pair, so that it can be checked."""

    def probability(self, queries: NDArray[np.int64]) -> NDArray[np.floating]:
        """Return the probability that each candidate funds each query, as :meth:`Method.score`."""
        ...


@runtime_checkable
class TwoSidedMethod(Protocol):
    """A method that ranks firms for an institution by a score of its own.

    Others are judged in that direction by the scores of :meth:`Method.score`, brought to one scale
    inside each query.
    """

    def score_institutions(self, candidates: NDArray[np.int64]) -> NDArray[np.floating]:
        """Score every query for some candidates; higher is better.

        Shape ``(n, n_queries)``, comparable inside a row; NaN marks a pair that is not ranked.
        """
        ...
