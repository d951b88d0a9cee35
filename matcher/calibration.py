"""Calibration: from a raw ranker score to the probability that a pair becomes a link.

A lambdarank score orders the candidates of one query and means nothing beside another query's.
Before a score is shown, thresholded or combined with the other side's it is mapped to a
probability, by a map that never swaps two candidates of one query. Links are rare (about 3 in
1,000 pairs), so probabilities are small and never exactly 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleForeignError,
    EmptyInputError,
    NotFittedError,
)
from matcher.logistic import fit_logistic, log_odds_to_probability

MIN_PROBABILITY = 1e-7  # far below any base rate met; keeps logarithms and ratios finite
PRIOR_ROWS = 1.0  # rows at the base rate that each isotonic step is mixed with (Laplace)

Array = NDArray[np.float64]


class Calibrator(Protocol):
    """A map from scores to probabilities, non-decreasing inside a query's pool.

    ``fit`` and ``apply`` take the whole pool of each query, not only what is shown.
    """

    kind: ClassVar[str]

    def fit(
        self,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Learn the map.

        Parameters
        ----------
        scores
            Raw scores, finite, shape ``(n,)``.
        labels
            1 or True where the pair became a link, shape ``(n,)``.
        groups
            Integer naming each row's query, shape ``(n,)``; ``None`` is one query.
        weights
            How many pairs a row stands for, > 0: 1 / sampling rate for sampled negatives.

        Raises
        ------
        ArgumentError
            Shapes differ, a value is not finite, a weight is not positive.
        EmptyInputError
            There is no link or nothing but links.
        """

    def apply(self, scores: ArrayLike, *, groups: ArrayLike | None = None) -> Array:
        """Return probabilities strictly between 0 and 1, shape ``(n,)``.

        Raises
        ------
        NotFittedError
            Called before ``fit``.
        ArgumentError
            Shapes differ or a score is not finite.
        """

    def to_dict(self) -> dict[str, Any]:
        """Return what :func:`calibrator_from_dict` reads, made of numbers, texts and lists."""

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`."""


class PlattCalibrator:
    """A logistic curve of the score (Platt 1999): two numbers, hard to overfit.

    Relations
    ---------
    :class:`IsotonicCalibrator` follows any shape but needs thousands of links;
    :class:`PoolCalibrator` also sees how a candidate stands among the others of its query.
    """

    kind: ClassVar[str] = "platt"

    def __init__(self) -> None:
        self.coefficients_: tuple[float, ...] | None = None

    def fit(
        self,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Learn intercept and slope; a negative slope is held at 0. ``groups`` are not used."""
        s, y, _, w = _checked(scores, labels, groups=groups, weights=weights)
        self.coefficients_ = _monotone_logistic([s], y, w)
        return self

    def apply(self, scores: ArrayLike, *, groups: ArrayLike | None = None) -> Array:
        """Return probabilities; see :class:`Calibrator`."""
        intercept, slope = _fitted(self.coefficients_, self.kind)
        s, _ = _checked_scores(scores, groups)
        return _bounded(log_odds_to_probability(intercept + slope * s))

    def to_dict(self) -> dict[str, Any]:
        """Return kind and coefficients."""
        return {"kind": self.kind, "coefficients": list(_fitted(self.coefficients_, self.kind))}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`."""
        calibrator = cls()
        calibrator.coefficients_ = _numbers(content, "coefficients", length=2)
        return calibrator


class IsotonicCalibrator:
    """A non-decreasing curve of any shape, through the means of its steps.

    Pooling adjacent violators gives steps; the curve joins the centres of the steps (centred
    isotonic regression, Oron & Flournoy 2017), so that unequal scores rarely become ties. Each
    step is mixed with ``PRIOR_ROWS`` rows at the base rate.

    Relations
    ---------
    See :class:`PlattCalibrator`.
    """

    kind: ClassVar[str] = "isotonic"

    def __init__(self) -> None:
        self.scores_: tuple[float, ...] | None = None
        self.probabilities_: tuple[float, ...] | None = None

    def fit(
        self,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Learn the knots of the curve. ``groups`` are not used."""
        s, y, _, w = _checked(scores, labels, groups=groups, weights=weights)
        values, which = np.unique(s, return_inverse=True)
        rows, links = _sums(which, w), _sums(which, w * y)
        step = _steps(links / rows, rows)
        centres = _sums(step, rows * values) / _sums(step, rows)
        rows, links = _sums(step, rows), _sums(step, links)
        base_rate = links.sum() / rows.sum()
        smoothed = (links + PRIOR_ROWS * base_rate) / (rows + PRIOR_ROWS)
        step = _steps(smoothed, rows)  # mixing can turn two short steps round
        weight = _sums(step, rows)
        self.scores_ = tuple((_sums(step, rows * centres) / weight).tolist())
        self.probabilities_ = tuple((_sums(step, rows * smoothed) / weight).tolist())
        return self

    def apply(self, scores: ArrayLike, *, groups: ArrayLike | None = None) -> Array:
        """Return probabilities; beyond the outermost knots the curve is flat."""
        knots = _fitted(self.scores_, self.kind)
        s, _ = _checked_scores(scores, groups)
        return _bounded(np.interp(s, knots, _fitted(self.probabilities_, self.kind)))

    def to_dict(self) -> dict[str, Any]:
        """Return kind and knots."""
        return {
            "kind": self.kind,
            "scores": list(_fitted(self.scores_, self.kind)),
            "probabilities": list(_fitted(self.probabilities_, self.kind)),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`."""
        calibrator = cls()
        calibrator.scores_ = _numbers(content, "scores")
        calibrator.probabilities_ = _numbers(
            content, "probabilities", length=len(calibrator.scores_)
        )
        if np.any(np.diff(calibrator.scores_) <= 0) or np.any(
            np.diff(calibrator.probabilities_) < 0
        ):
            raise _damaged("its knots do not rise")
        return calibrator


class PoolCalibrator:
    """A logistic curve of the score and of the competition inside the query's pool.

    A score of 2 means something else where every candidate has 2 and where all others have -3.
    The log-odds are ``slope · score + b · total + intercept`` with ``total`` the log of the sum of
    exp(score) over the pool; ``score - total`` is the log-softmax inside the pool, so that the
    softmax and the plain logistic curve are both special cases. The size of the pool has no
    coefficient of its own: pools of one window are of one size, and a slope learned from none
    would explode on pools of another. For two candidates of one query only the score differs, and
    its slope is held at 0 or more.

    Relations
    ---------
    The best of the three where a query has few links in a large pool; needs whole pools.
    """

    kind: ClassVar[str] = "pool"

    def __init__(self) -> None:
        self.coefficients_: tuple[float, ...] | None = None

    def fit(
        self,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Learn the three coefficients; sampled rows count by their weight in the total, too."""
        s, y, g, w = _checked(scores, labels, groups=groups, weights=weights)
        self.coefficients_ = _monotone_logistic([s, _pool_totals(s, g, w)], y, w)
        return self

    def apply(self, scores: ArrayLike, *, groups: ArrayLike | None = None) -> Array:
        """Return probabilities; see :class:`Calibrator`."""
        intercept, slope, b = _fitted(self.coefficients_, self.kind)
        s, g = _checked_scores(scores, groups)
        total = _pool_totals(s, g, np.ones_like(s))
        return _bounded(log_odds_to_probability(intercept + slope * s + b * total))

    def to_dict(self) -> dict[str, Any]:
        """Return kind and coefficients."""
        return {"kind": self.kind, "coefficients": list(_fitted(self.coefficients_, self.kind))}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`."""
        calibrator = cls()
        calibrator.coefficients_ = _numbers(content, "coefficients", length=3)
        return calibrator


CALIBRATORS: dict[str, Callable[[], Calibrator]] = {
    PlattCalibrator.kind: PlattCalibrator,
    IsotonicCalibrator.kind: IsotonicCalibrator,
    PoolCalibrator.kind: PoolCalibrator,
}
"""The kinds of calibrator by name."""


def calibrator_from_dict(content: Mapping[str, Any]) -> Calibrator:
    """Rebuild a calibrator of any kind.

    Raises
    ------
    BundleForeignError
        Its kind is unknown.
    BundleDamagedError
        Its numbers are missing or are no numbers.
    """
    kind = content.get("kind")
    if kind not in CALIBRATORS:
        raise BundleForeignError(
            f"The calibrator is of kind {kind!r}; known are {', '.join(sorted(CALIBRATORS))}.",
            field="kind",
            remedy="Use the version of FinMatch that made the bundle, or train again.",
        )
    return CALIBRATORS[kind]().from_dict(content)


def _monotone_logistic(columns: Sequence[Array], y: Array, w: Array) -> tuple[float, ...]:
    """Fit a logistic curve whose first slope is not negative; intercept first."""
    X = np.column_stack(columns)
    coefficients = fit_logistic(X, y, weights=w)
    if coefficients[1] < 0:
        X[:, 0] = 0.0
        coefficients = fit_logistic(X, y, weights=w)
        coefficients[1] = 0.0
    return tuple(coefficients.tolist())


def _pool_totals(s: Array, g: NDArray[np.int64], w: Array) -> Array:
    """Return for each row the log-sum-exp of its pool, ``(n,)``."""
    top = np.full(g.max() + 1 if len(g) else 0, -np.inf)
    np.maximum.at(top, g, s)
    total: Array = top + np.log(_sums(g, w * np.exp(s - top[g])))
    return total[g]


def _steps(values: Array, weights: Array) -> NDArray[np.int64]:
    """Return the step of each value in the non-decreasing curve nearest to all, shape ``(n,)``."""
    from scipy.optimize import isotonic_regression  # half a second that serving does not need

    blocks = isotonic_regression(values, weights=weights).blocks
    return np.repeat(np.arange(len(blocks) - 1), np.diff(blocks))


def _sums(step: NDArray[np.int64], values: Array) -> Array:
    """Sum ``values`` by step."""
    return np.bincount(step, weights=values).astype(np.float64, copy=False)


def _bounded(probabilities: Array) -> Array:
    return np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)


def _checked_scores(scores: ArrayLike, groups: ArrayLike | None) -> tuple[Array, NDArray[np.int64]]:
    """Return scores and, numbered from 0 without gaps, the pool of each row."""
    s = np.asarray(scores, dtype=np.float64)
    g = np.zeros(s.shape, dtype=np.int64) if groups is None else np.asarray(groups)
    if s.ndim != 1 or g.shape != s.shape:
        raise ArgumentError(
            f"Scores and groups must be of one length; got shapes {s.shape} and {g.shape}.",
            field="scores",
        )
    if not np.isfinite(s).all():
        raise ArgumentError(
            f"Scores must be finite; {int((~np.isfinite(s)).sum())} of {len(s)} are not.",
            field="scores",
        )
    return s, np.unique(g, return_inverse=True)[1].astype(np.int64)


def _checked(
    scores: ArrayLike, labels: ArrayLike, *, groups: ArrayLike | None, weights: ArrayLike | None
) -> tuple[Array, Array, NDArray[np.int64], Array]:
    s, g = _checked_scores(scores, groups)
    y = np.asarray(labels, dtype=np.float64)
    w = np.ones_like(s) if weights is None else np.asarray(weights, dtype=np.float64)
    if y.shape != s.shape or w.shape != s.shape:
        raise ArgumentError(
            f"Scores, labels and weights must be of one length; got {s.shape}, {y.shape} "
            f"and {w.shape}.",
            field="labels",
        )
    if not np.isin(y, (0.0, 1.0)).all():
        raise ArgumentError("Labels must be 0 or 1.", field="labels")
    if not (np.isfinite(w) & (w > 0)).all():
        raise ArgumentError("Weights must be positive and finite.", field="weights")
    if y.min(initial=1.0) == y.max(initial=0.0) or len(y) == 0:
        raise EmptyInputError(
            f"Calibration needs pairs that became links and pairs that did not; got "
            f"{int(y.sum())} links among {len(y)} pairs.",
            field="labels",
            remedy="Calibrate on a longer window.",
        )
    return s, y, g, w


def _fitted(state: tuple[float, ...] | None, kind: str) -> tuple[float, ...]:
    if state is None:
        raise NotFittedError(
            f"The {kind} calibrator isn't fitted.", remedy="Call fit() or load a bundle."
        )
    return state


def _numbers(
    content: Mapping[str, Any], name: str, *, length: int | None = None
) -> tuple[float, ...]:
    values = content.get(name)
    if (
        not isinstance(values, list)
        or not values
        or not all(isinstance(value, int | float) and math.isfinite(value) for value in values)
        or len(values) != (length or len(values))
    ):
        raise _damaged(f"its {name} must be {length or 'some'} finite numbers; got {values!r}")
    return tuple(float(value) for value in values)


def _damaged(why: str) -> BundleDamagedError:
    return BundleDamagedError(
        f"The calibrator of the bundle is damaged: {why}.",
        remedy="Train again or restore the bundle.",
    )
