"""Logistic regression on a few columns and very many, weighted, mostly negative rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-3  # on standardised slopes, in rows: only keeps constant columns at 0
MAX_ROUNDS = 100  # Newton needs about 10; imbalance at 1e-5 about 20
TOLERANCE = 1e-10  # of the penalised mean log loss
HALVINGS = 30


def log_odds_to_probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0, small) / (1.0 + small)


def fit_logistic(
    X: NDArray[np.float64], y: NDArray[np.float64], *, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit the probability of ``y`` by Newton's method.

    Parameters
    ----------
    X
        Columns of shape ``(n, f)``; scale and constant columns do not matter.
    y
        0 or 1, both present, shape ``(n,)``.
    weights
        Rows that each row stands for, shape ``(n,)``.

    Returns
    -------
    Intercept and slopes, shape ``(1 + f,)``. Targets are pulled in as Platt (1999) does it, by
    one row of each class, so that separable data have finite slopes.
    """
    total = weights.sum()
    n_links = (weights * y).sum()
    targets = np.where(y == 1, (n_links + 1) / (n_links + 2), 1 / (total - n_links + 2))
    mean = weights @ X / total
    spread = np.sqrt(weights @ np.square(X - mean) / total)
    # rounding leaves a constant column a spread of about its size times 1e-16
    spread = np.where(spread > 1e-9 * (np.abs(mean) + 1e-300), spread, np.inf)
    Z = np.column_stack([np.ones(len(X)), (X - mean) / spread])
    rate = (weights * targets).sum() / total
    start = np.zeros(Z.shape[1])
    start[0] = np.log(rate / (1 - rate))
    solution = _newton(Z, targets, weights, start=start)
    slopes = solution[1:] / spread
    return np.concatenate([[solution[0] - slopes @ mean], slopes])


def _newton(
    Z: NDArray[np.float64],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    penalty = np.full(Z.shape[1], RIDGE)
    penalty[0] = 0.0
    total = weights.sum()

    def loss(at: NDArray[np.float64]) -> float:
        log_odds = Z @ at
        cross = np.logaddexp(0.0, log_odds) - targets * log_odds
        return float((weights @ cross + penalty @ np.square(at) / 2) / total)

    solution, value = start, loss(start)
    for _ in range(MAX_ROUNDS):
        p = log_odds_to_probability(Z @ solution)
        gradient = Z.T @ (weights * (p - targets)) + penalty * solution
        curvature = (Z * (weights * p * (1 - p))[:, None]).T @ Z + np.diag(penalty)
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        for _ in range(HALVINGS):
            if (tried := loss(solution - step)) <= value:
                break
            step = step / 2
        else:
            return solution
        solution, gain, value = solution - step, value - tried, tried
        if gain <= TOLERANCE * value:
            break
    return solution
