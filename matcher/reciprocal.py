"""The reciprocal score: a match is good when both sides would want it.

Each side's ranker answers its own question: the firm's, "which offer would finance this need?",
the institution's, "which firm fits this offer?". Calibrated, the two answers are probabilities and
can be combined; raw scores can not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import ArgumentError

Array = NDArray[np.float64]
EVEN = 0.5
"""Firm weight at which both sides count alike."""


class Combination(Protocol):
    """Combines two arrays of probabilities."""

    def __call__(self, firm_side: Array, institution_side: Array, *, firm_weight: float) -> Array:
        """Return the scores, of the halves' shape."""


def product(firm_side: Array, institution_side: Array, *, firm_weight: float) -> Array:
    """Multiply: the chance that both happen, were they independent.

    Weights become exponents that add up to 2, so that even weights give the plain product.

    Relations
    ---------
    Orders like :func:`geometric_mean`, whose square it is; prefer it where the value itself is
    read as a joint probability, the mean where it is compared with the halves.
    """
    joint: Array = firm_side ** (2 * firm_weight) * institution_side ** (2 * (1 - firm_weight))
    return joint


def geometric_mean(firm_side: Array, institution_side: Array, *, firm_weight: float) -> Array:
    """Average the logarithms: between the halves, nearer the smaller one.

    Relations
    ---------
    The default. Milder than :func:`harmonic_mean` on a one-sided match; it does not care that the
    two sides have different base rates, which only shift all scores by one factor.
    """
    mean: Array = firm_side**firm_weight * institution_side ** (1 - firm_weight)
    return mean


def harmonic_mean(firm_side: Array, institution_side: Array, *, firm_weight: float) -> Array:
    """Average the reciprocals: close to the smaller half however large the other is.

    Relations
    ---------
    Prefer it where an approach the other side declines is costly, as with a meeting's seats. The
    side with the smaller base rate decides nearly alone; then :func:`geometric_mean` is fairer.
    """
    with np.errstate(divide="ignore"):
        mean: Array = 1 / (firm_weight / firm_side + (1 - firm_weight) / institution_side)
    return mean


COMBINATIONS: dict[str, Combination] = {
    "geometric_mean": geometric_mean,
    "harmonic_mean": harmonic_mean,
    "product": product,
}
"""How two probabilities become one score, by name."""

DEFAULT_COMBINATION = "geometric_mean"


@dataclass(frozen=True)
class ReciprocalScore:
    """Both halves and what they combine to; each of shape ``(n,)``, between 0 and 1."""

    firm_side: Array
    institution_side: Array
    score: Array
    combination: str

    def __len__(self) -> int:
        return len(self.score)


def combine(
    firm_side: ArrayLike,
    institution_side: ArrayLike,
    *,
    combination: str = DEFAULT_COMBINATION,
    firm_weight: float = EVEN,
) -> ReciprocalScore:
    """Combine the two sides' probabilities of each pair.

    Parameters
    ----------
    firm_side
        Calibrated probability from the ranking of offers for the firm's need, shape ``(n,)``.
    institution_side
        Calibrated probability from the ranking of firms for the institution's offer, ``(n,)``.
    combination
        A key of ``COMBINATIONS``.
    firm_weight
        Strictly between 0 and 1; ``EVEN`` counts both alike.

    Returns
    -------
    The score and both halves. It grows with either half and is 0 where one is 0.

    Raises
    ------
    ArgumentError
        Shapes differ, a value is no probability, the weight or the combination is unknown.
    """
    firm = _probabilities(firm_side, "firm_side")
    institution = _probabilities(institution_side, "institution_side")
    if firm.shape != institution.shape:
        raise ArgumentError(
            f"Both sides must have one shape; got {firm.shape} and {institution.shape}.",
            field="institution_side",
        )
    if not 0 < firm_weight < 1:
        raise ArgumentError(
            f"The firm weight must lie strictly between 0 and 1; got {firm_weight}.",
            field="firm_weight",
        )
    if combination not in COMBINATIONS:
        raise ArgumentError(
            f"The combination must be one of {', '.join(COMBINATIONS)}; got {combination!r}.",
            field="combination",
        )
    score = COMBINATIONS[combination](firm, institution, firm_weight=firm_weight)
    return ReciprocalScore(firm, institution, score, combination)


def _probabilities(values: ArrayLike, name: str) -> Array:
    array = np.asarray(values, dtype=np.float64)
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        raise ArgumentError(
            f"The values of {name} must be probabilities; {int(wrong.sum())} of {array.size} "
            f"are not, the first is {array[wrong].flat[0]}.",
            field=name,
            remedy="Calibrate raw scores first.",
        )
    return array
