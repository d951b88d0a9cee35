"""The learned content model: which institutions fund firms like this one, from attributes alone.

A two-tower softmax regression. A query is the sum of the vectors of its tokens, an item has one
vector and a bias, and the probability that an item is the one that links is the softmax of their
inner products over all items. It is the multinomial logistic regression of items on tokens with a
low-rank weight matrix, trained by Adam (Kingma & Ba 2015) with dropout of tokens (Srivastava et
al. 2014). Several members with different seeds are averaged by laying their vectors side by side,
so that the ensemble is again one inner product and one dense index serves it.

What is wanted drifts. Rounds lose weight with age, and those among the latest tenth, fifth, ... of
all rounds carry tokens that say so. A query is always among the latest, so what these tokens add to
an item is added to its bias after the fit, and serving does not know of them. Ages are measured
against the history itself, because some histories span ten years and some four weeks.

An item may have tokens, too: what it declares. Its vector is then its own plus those of its tokens.
The own vector of an item with few links stays small (``l2``), and an item without links has none
and takes no part in the softmax, so that it stands where its tokens put it.

Relations: :mod:`features.affinity` counts what this model generalises. Where a firm has attributes
that few others share, the model smooths better; where counts are rich, affinities are sharper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.errors import EmptyInputError, NotFittedError
from features.follows import follows

ADAM_DECAY_MEAN, ADAM_DECAY_SQUARE, ADAM_EPSILON = 0.9, 0.999, 1e-8  # Kingma & Ba 2015
WARM_UP_STEPS = 20
FINAL_RATE_SHARE = 0.1  # the learning rate falls linearly to this share of its start
INITIAL_SCALE = 0.1
COLD_QUANTILE = 0.5
"""An item without links has the bias of this quantile of the others: new is not unwanted."""
SHORT_HISTORY = 10_000
"""Rounds below which twice as many members are averaged: it steadies them and costs a second."""
MIN_STEPS_PER_EPOCH = 12
SMALLEST_BATCH = 64
"""Histories of a thousand rounds were given 24 steps in all before, and learned too little."""
PRIOR_COUNT = 0.1  # pseudo-links of each item, so that none has the log-popularity of zero


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """Hyper-parameters of :class:`ContentModel`; defaults were chosen on the windows before T."""

    members: int = 8
    """Models averaged; twice as many on a short history."""
    dims: int = 32
    epochs: int = 8
    learning_rate: float = 0.035
    l2: float = 0.05
    """Divided by the square root of the number of rounds: long histories need less."""
    token_dropout: float = 0.5
    batch_size: int = 512
    """Rounds of one step, at the most; a short history is cut into smaller batches."""
    half_life: float = 1.0
    """Age at which a round weighs half, as a multiple of the median age of the rounds."""
    latest_shares: tuple[float, ...] = (0.1, 0.2, 0.4, 0.7)
    """A round is told by a token to be among the latest share of all rounds."""


class ContentModel:
    """Low-rank softmax regression from tokens to items.

    Parameters
    ----------
    settings
        Size and training of the model.
    """

    def __init__(self, settings: ContentSettings | None = None) -> None:
        self.settings = settings or ContentSettings()

    def fit(
        self,
        tokens: sp.csr_matrix,
        links: sp.csr_matrix,
        ages: NDArray[np.float64],
        *,
        rng: np.random.Generator,
        item_tokens: sp.csr_matrix | None = None,
    ) -> ContentModel:
        """Learn from past rounds.

        Parameters
        ----------
        tokens
            Tokens of the rounds, scaled within families. Shape ``(n_rounds, n_tokens)``.
        links
            Which items each round linked with, ones; each row has at least one.
            Shape ``(n_rounds, n_items)``.
        ages
            Days from each round to the end of the history, ≥ 0. Shape ``(n_rounds,)``.
        rng
            Source of the initial vectors, the order of rounds and the dropout.
        item_tokens
            What items declare, scaled within families. Shape ``(n_items, n_item_tokens)``; without
            it every item stands for itself.

        Raises
        ------
        EmptyInputError
            There is no round to learn from.
        """
        if not tokens.shape[0]:
            raise EmptyInputError(
                "The content model needs at least one past round with a link.",
                remedy="Import a funding history first, or choose a later date.",
            )
        settings = self.settings
        weights = 0.5 ** (ages / max(settings.half_life * float(np.median(ages)), 1.0))
        inputs = sp.csr_matrix(sp.hstack([tokens, _latest(ages, settings.latest_shares)]))
        linked = np.arange(links.shape[1])
        if item_tokens is not None:
            linked = np.flatnonzero(np.asarray(links.sum(axis=0)).ravel())
        declared = None if item_tokens is None else item_tokens[linked]
        held = links if item_tokens is None else links[:, linked]
        members = [
            _fit_member(inputs, held, weights, settings, rng, item_tokens=declared)
            for _ in range(settings.members * (2 if len(ages) < SHORT_HISTORY else 1))
        ]
        share = np.float32(1 / len(members))
        vectors = np.hstack([m[0] for m in members])
        self.token_vectors_ = vectors[: tokens.shape[1]]
        now = vectors[tokens.shape[1] :].sum(axis=0)
        self.item_vectors_ = np.hstack([m[1] * share for m in members])
        self.item_bias_ = np.sum([m[2] for m in members], axis=0, dtype=np.float32) * share
        self.item_token_vectors_ = np.hstack([m[3] * share for m in members])
        if declared is not None:
            self.item_vectors_ += declared @ self.item_token_vectors_
        self.item_bias_ += self.item_vectors_ @ now
        self.cold_bias_ = float(np.quantile(self.item_bias_, COLD_QUANTILE))
        if item_tokens is not None:
            known, bias = self.item_vectors_, self.item_bias_
            self.item_vectors_, self.item_bias_ = self.cold_items(item_tokens)
            self.item_vectors_[linked] = known
            self.item_bias_[linked] = bias
        return self

    def cold_items(
        self, item_tokens: sp.csr_matrix
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return vectors and biases of items without links, from what they declare.

        Shapes ``(n_items, members · dims)`` and ``(n_items,)``.
        """
        vectors = np.asarray(item_tokens @ self.item_token_vectors_, dtype=np.float32)
        return vectors, np.full(len(vectors), self.cold_bias_, np.float32)

    def encode(self, tokens: sp.csr_matrix) -> NDArray[np.float32]:
        """Return the vectors of queries. Shape ``(n_queries, members · dims)``."""
        self._check_fitted()
        return np.asarray(tokens @ self.token_vectors_, dtype=np.float32)

    def score(self, encoded: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the log-odds of every item, up to a constant by query. ``(n, n_items)``."""
        self._check_fitted()
        if len(encoded) == 1:
            return encoded @ self._by_dimension + self.item_bias_
        return encoded @ self.item_vectors_.T + self.item_bias_

    @follows("item_vectors_")
    def _by_dimension(self) -> NDArray[np.float32]:
        """Return the item vectors, a line for each dimension: three times faster for one query.

        Shape ``(members · dims, n_items)``.
        """
        return np.ascontiguousarray(self.item_vectors_.T)

    def _check_fitted(self) -> None:
        if not hasattr(self, "item_vectors_"):
            raise NotFittedError("The content model isn't fitted; call fit() or load a bundle.")


def _latest(ages: NDArray[np.float64], shares: tuple[float, ...]) -> sp.csr_matrix:
    """Return ones where a round is among the latest of ``shares``. ``(n_rounds, n_shares)``."""
    limits = np.quantile(ages, shares)
    return sp.csr_matrix((ages[:, None] <= limits).astype(np.float32))


def _fit_member(
    tokens: sp.csr_matrix,
    links: sp.csr_matrix,
    weights: NDArray[np.float64],
    settings: ContentSettings,
    rng: np.random.Generator,
    *,
    item_tokens: sp.csr_matrix | None,
) -> tuple[NDArray[np.float32], ...]:
    """Return vectors of tokens, own vectors of items, their biases, vectors of item tokens."""
    n_rounds = tokens.shape[0]
    n_links = np.asarray(links.sum(axis=1)).ravel()
    weight = (weights * n_links / np.mean(weights * n_links)).astype(np.float32)
    targets = sp.csr_matrix(sp.diags_array((1 / n_links).astype(np.float32)) @ links)
    popularity = np.asarray((sp.diags_array(weight) @ links).sum(axis=0)).ravel() + PRIOR_COUNT
    parameters = [
        _initial(rng, tokens.shape[1], settings),
        _initial(rng, links.shape[1], settings),
        np.log(popularity / popularity.sum()).astype(np.float32),
        _initial(rng, 0 if item_tokens is None else item_tokens.shape[1], settings),
    ]
    l2 = settings.l2 / n_rounds**0.5
    size = _batch_size(n_rounds, settings)
    rate = settings.learning_rate * (size / settings.batch_size) ** 0.5  # smaller steps, too
    optimiser = _Adam(parameters, rate, settings.epochs * -(-n_rounds // size))
    for _ in range(settings.epochs):
        order = rng.permutation(n_rounds)
        for start in range(0, n_rounds, size):
            rows = order[start : start + size]
            batch = tokens[rows]
            kept = rng.random(len(batch.data), dtype=np.float32) >= settings.token_dropout
            batch.data = batch.data * kept / np.float32(1 - settings.token_dropout)
            gradients = _gradients(parameters, batch, targets[rows], weight[rows], item_tokens)
            optimiser.step(gradients, l2)
    return tuple(parameters)


def _batch_size(n_rounds: int, settings: ContentSettings) -> int:
    smallest = min(SMALLEST_BATCH, settings.batch_size)
    return min(settings.batch_size, max(smallest, n_rounds // MIN_STEPS_PER_EPOCH))


def _initial(rng: np.random.Generator, n: int, settings: ContentSettings) -> NDArray[np.float32]:
    return rng.standard_normal((n, settings.dims)).astype(np.float32) * INITIAL_SCALE


def _gradients(
    parameters: list[NDArray[np.float32]],
    batch: sp.csr_matrix,
    targets: sp.csr_matrix,
    weight: NDArray[np.float32],
    item_tokens: sp.csr_matrix | None,
) -> list[NDArray[np.float32]]:
    """Return the gradient of the weighted cross-entropy of one batch."""
    token_vectors, item_vectors, bias, declared = parameters
    if item_tokens is not None:
        item_vectors = item_vectors + item_tokens @ declared
    encoded = batch @ token_vectors
    error = encoded @ item_vectors.T
    error += bias
    error -= error.max(axis=1, keepdims=True)
    np.exp(error, out=error)
    error /= error.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(weight)), np.diff(targets.indptr))
    error[rows, targets.indices] -= targets.data
    error *= (weight / len(weight))[:, None]
    of_items = error.T @ encoded
    of_declared = declared if item_tokens is None else item_tokens.T @ of_items
    return [batch.T @ (error @ item_vectors), of_items, error.sum(axis=0), of_declared]


class _Adam:
    def __init__(
        self, parameters: list[NDArray[np.float32]], learning_rate: float, n_steps: int
    ) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.n_steps = n_steps
        self.mean = [np.zeros_like(p) for p in parameters]
        self.square = [np.zeros_like(p) for p in parameters]
        self.n_done = 0

    def step(self, gradients: list[NDArray[np.float32]], l2: float) -> None:
        self.n_done += 1
        fall = 1 - (1 - FINAL_RATE_SHARE) * self.n_done / self.n_steps
        rate = self.learning_rate * min(1, self.n_done / WARM_UP_STEPS) * fall
        mean_scale = 1 - ADAM_DECAY_MEAN**self.n_done
        square_scale = 1 - ADAM_DECAY_SQUARE**self.n_done
        moments = zip(self.parameters, gradients, self.mean, self.square, strict=True)
        for parameter, gradient, mean, square in moments:
            if parameter.ndim == 2:  # the bias is popularity and is not pulled to zero
                gradient = gradient + l2 * parameter
            mean += (1 - ADAM_DECAY_MEAN) * (gradient - mean)
            square += (1 - ADAM_DECAY_SQUARE) * (gradient * gradient - square)
            parameter -= (
                rate * (mean / mean_scale) / (np.sqrt(square / square_scale) + ADAM_EPSILON)
            )
