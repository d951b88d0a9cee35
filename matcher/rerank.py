"""Re-ranking: a list that is not ten times the same, from providers not always the same.

Two dials act on an already ranked list. *Diversity* is maximal marginal relevance (Carbonell &
Goldstein, SIGIR 1998): an item loses what it repeats of the items above it. The *exposure guard*
lowers items that lists have already shown more than their fair share. Both are bounded twice: no
item falls by more than ``max_shift`` places, and the first 1, 2, … places never hold less than
``1 - max_loss`` of the score they could hold. With both dials at 0 the list stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.catalogue import NO_ROW
from data.errors import ArgumentError

Array = NDArray[np.float64]
ROUNDING = 1e-12  # of the score: sums in another order may differ by this


@dataclass(frozen=True, slots=True)
class RerankSettings:
    """How far the list may be changed.

    Parameters
    ----------
    diversity
        0 keeps the order, 1 looks at nothing but variety (inside the bounds below).
    guard
        Strength of the exposure guard, 0 … 1: the most an item's relevance is lowered by.
    max_shift
        Places that an item may fall at most.
    max_loss
        Share of the achievable score that any number of first places may lose, 0 … 1.
    """

    diversity: float = 0.0
    guard: float = 0.0
    max_shift: int = 10
    max_loss: float = 0.05

    def __post_init__(self) -> None:
        for name in ("diversity", "guard", "max_loss"):
            if not 0 <= getattr(self, name) <= 1:
                raise ArgumentError(
                    f"{name} must lie in 0 … 1; got {getattr(self, name)}.", field=name
                )
        if self.max_shift < 0:
            raise ArgumentError(
                f"max_shift must be at least 0; got {self.max_shift}.", field="max_shift"
            )


@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes two candidates alike; the largest of all that apply counts.

    Parameters
    ----------
    vectors
        Rows of length 1, shape ``(n, dimension)``; alike by their cosine, if positive.
    groups
        Integers of shape ``(n, n_groupings)``, such as institution and kind; two rows with the
        same value in a column are alike by that column's weight; ``NO_ROW`` is like nothing.
    weights
        Likeness of each grouping, 0 … 1, shape ``(n_groupings,)``.
    """

    vectors: NDArray[np.floating] | None = None
    groups: NDArray[np.integer] | None = None
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        columns = 0 if self.groups is None else self.groups.shape[-1]
        if len(self.weights) != columns or not all(0 <= weight <= 1 for weight in self.weights):
            raise ArgumentError(
                f"Each of the {columns} groupings needs a weight in 0 … 1; got {self.weights}.",
                field="weights",
            )

    def check(self, n: int) -> None:
        """Raise :class:`ArgumentError` unless this describes ``n`` candidates."""
        for name in ("vectors", "groups"):
            part = getattr(self, name)
            if part is not None and (part.ndim != 2 or len(part) != n):
                raise ArgumentError(
                    f"The {name} must describe {n} candidates; got shape {part.shape}.", field=name
                )

    def __len__(self) -> int:
        described = self.vectors if self.vectors is not None else self.groups
        return 0 if described is None else len(described)

    def take(self, rows: NDArray[np.integer]) -> Likeness:
        """Return the likeness of the candidates ``rows``, in that order."""
        vectors = None if self.vectors is None else self.vectors[rows]
        groups = None if self.groups is None else self.groups[rows]
        return Likeness(vectors, groups, self.weights)

    def to(self, row: int) -> Array:
        """Return how much every candidate is like candidate ``row``, 0 … 1, shape ``(n,)``."""
        alike = np.zeros(len(self))
        if self.vectors is not None:
            np.maximum(alike, self.vectors @ self.vectors[row], out=alike)
        if self.groups is not None:
            for column, weight in zip(self.groups.T, self.weights, strict=True):
                if column[row] != NO_ROW:
                    np.maximum(alike, (column == column[row]) * weight, out=alike)
        return np.minimum(alike, 1.0, out=alike)


def exposure_penalty(counts: ArrayLike, *, fair: ArrayLike | None = None) -> Array:
    """Return how far each item is above its fair share of exposure.

    Parameters
    ----------
    counts
        How often each item of the catalogue was shown so far, ≥ 0, shape ``(n_items,)``.
    fair
        How often it should have been, > 0, shape ``(n_items,)`` or one number; ``None`` gives
        every item the mean. A share in proportion to expected links treats merit as deserved.

    Returns
    -------
    ``1 - fair / count`` where ``count`` exceeds ``fair``, else 0; below 1, shape ``(n_items,)``.
    """
    shown = np.asarray(counts, dtype=np.float64)
    if shown.ndim != 1 or not (np.isfinite(shown) & (shown >= 0)).all():
        raise ArgumentError("Exposure counts must be a line of numbers ≥ 0.", field="counts")
    if fair is None:
        due = np.full(shown.shape, shown.mean() if len(shown) else 0.0)
    else:
        due = np.broadcast_to(np.asarray(fair, dtype=np.float64), shown.shape)
        if not (due > 0).all():
            raise ArgumentError("Fair shares of exposure must be positive.", field="fair")
    over = shown > due
    penalty: Array = np.where(over, 1 - due / np.where(over, shown, 1.0), 0.0)
    return penalty


def rerank(
    scores: ArrayLike,
    k: int,
    *,
    settings: RerankSettings,
    likeness: Likeness | None = None,
    penalty: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Choose and order ``k`` candidates.

    Parameters
    ----------
    scores
        Calibrated or otherwise non-negative scores, shape ``(n,)``; their sum must mean something.
    k
        How many to return, at least 1; may exceed ``n``.
    settings
        Dials and bounds.
    likeness
        What makes candidates alike; ``None`` leaves the diversity dial without effect.
    penalty
        :func:`exposure_penalty` of each candidate, shape ``(n,)``.

    Returns
    -------
    Positions of the chosen candidates, best first, shape ``(min(k, n),)``, none twice.

    Raises
    ------
    ArgumentError
        ``k`` below 1, negative or non-finite scores, shapes that do not fit.

    Notes
    -----
    Greedy, one place at a time. The bounds can always be kept: of the first ``p`` candidates by
    score one is always left for place ``p``, and so is the one that may fall no further.
    """
    values, lowered = _checked(scores, k, penalty)
    if likeness is not None:
        likeness.check(len(values))
    order = np.argsort(-values, kind="stable").astype(np.int64)
    varied = settings.diversity > 0 and likeness is not None and len(likeness) > 0
    if not varied and not (settings.guard > 0 and lowered.any()):
        return order[:k]
    among = likeness.take(order) if varied and likeness is not None else None
    return order[_greedy(values[order], lowered[order], k, settings=settings, likeness=among)]


def _greedy(
    ranked: Array,
    lowered: Array,
    k: int,
    *,
    settings: RerankSettings,
    likeness: Likeness | None,
) -> list[int]:
    """Fill the places from the first on; everything is given in descending order of score."""
    total = ranked.sum()
    floor = (1 - settings.max_loss) * np.cumsum(ranked) - ROUNDING * total
    dial = settings.diversity if likeness is not None else 0.0
    relevance = ranked * (1 - settings.guard * lowered) / (ranked.max(initial=0.0) or 1.0)
    worth = (1 - dial) * relevance
    nearest = np.zeros(len(ranked))
    left = np.ones(len(ranked), dtype=bool)
    chosen: list[int] = []
    held = 0.0
    for place in range(min(k, len(ranked))):
        due = place - settings.max_shift
        if due >= 0 and left[due]:
            pick = due
        else:
            allowed = left & (held + ranked >= floor[place])
            pick = int(np.argmax(np.where(allowed, worth - dial * nearest, -np.inf)))
        chosen.append(pick)
        left[pick] = False
        held += ranked[pick]
        if likeness is not None:
            np.maximum(nearest, likeness.to(pick), out=nearest)
    return chosen


def _checked(scores: ArrayLike, k: int, penalty: ArrayLike | None) -> tuple[Array, Array]:
    values = np.asarray(scores, dtype=np.float64)
    lowered = np.zeros_like(values) if penalty is None else np.asarray(penalty, dtype=np.float64)
    if k < 1:
        raise ArgumentError(f"k must be a positive integer; got {k}.", field="k")
    if values.ndim != 1 or lowered.shape != values.shape:
        raise ArgumentError(
            f"Scores and penalty must be of one length; got {values.shape} and {lowered.shape}.",
            field="penalty",
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ArgumentError(
            "Scores must be finite and at least 0.",
            field="scores",
            remedy="Calibrate raw scores first.",
        )
    if not ((lowered >= 0) & (lowered <= 1)).all():
        raise ArgumentError("Penalties must lie in 0 … 1.", field="penalty")
    return values, lowered
