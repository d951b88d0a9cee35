"""A batch of queries as the features see it: encoded once against a history."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.content_model import ContentModel
from features.queries import Queries

MAX_EARLIER_ROUNDS = 5
"""Firms with more earlier rounds share one token."""


@dataclass(frozen=True)
class QueryBatch:
    """Queries with everything that several features need of them.

    Attributes
    ----------
    tokens
        Vocabulary tokens as ones. Shape ``(n, n_tokens)``.
    earlier
        Items the firm linked with before. Shape ``(n, n_items)``, ones.
    n_earlier, days_since
        Earlier rounds of the firm, and days since the last one (NaN where none). Shape ``(n,)``.
    horizon_days
        Days from the freezing of the history to the query, at least 0.
    vectors
        Query vectors of the content model. Shape ``(n, dims)``.
    kept
        What several readers of a batch share, by what it is of.
    """

    queries: Queries
    tokens: sp.csr_matrix
    earlier: sp.csr_matrix
    n_earlier: NDArray[np.int64]
    days_since: NDArray[np.float64]
    horizon_days: NDArray[np.float64]
    vectors: NDArray[np.float32]
    content: ContentModel
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.queries)

    @cached_property
    def content_scores(self) -> NDArray[np.float32]:
        """Log-odds of every item by the content model. Shape ``(n, n_items)``."""
        return self.content.score(self.vectors)

    @cached_property
    def content_best(self) -> NDArray[np.float32]:
        """The largest of each query's content scores. Shape ``(n, 1)``."""
        best: NDArray[np.float32] = self.content_scores.max(axis=1, keepdims=True)
        return best

    @cached_property
    def content_log_total(self) -> NDArray[np.float32]:
        """Log of the softmax denominator of each query. Shape ``(n, 1)``."""
        top = self.content_best
        total = np.exp(self.content_scores - top).sum(axis=1, keepdims=True)
        return np.asarray(top + np.log(total), dtype=np.float32)


def content_input(
    tokens: sp.csr_matrix,
    family_starts: NDArray[np.int64],
    earlier: sp.csr_matrix,
    n_earlier: NDArray[np.int64],
) -> sp.csr_matrix:
    """Lay tokens, earlier items and the number of earlier rounds side by side.

    Several tokens of one family share a weight of 1 in the square, and so do several earlier items:
    a firm with ten category labels is not ten times as much a firm.
    """
    if len(n_earlier) == 1:
        return _content_row(tokens, family_starts, earlier, int(n_earlier[0]))
    columns = [scaled_by_family(tokens, family_starts)]
    columns.append(scaled_by_family(earlier, np.array([0, earlier.shape[1]])))
    bucket = np.minimum(n_earlier, MAX_EARLIER_ROUNDS)
    ones = np.ones(len(bucket), np.float32)
    shape = (len(bucket), MAX_EARLIER_ROUNDS + 1)
    columns.append(sp.csr_matrix((ones, (np.arange(len(bucket)), bucket)), shape=shape))
    return sp.csr_matrix(sp.hstack(columns, format="csr"))


def _content_row(
    tokens: sp.csr_matrix,
    family_starts: NDArray[np.int64],
    earlier: sp.csr_matrix,
    n_earlier: int,
) -> sp.csr_matrix:
    """Return :func:`content_input` of one row."""
    _, _, lengths = families_of(tokens, family_starts)
    each = np.repeat(lengths, lengths)
    n_items = np.full(len(earlier.indices), len(earlier.indices))
    scale = np.concatenate([each, n_items, [1]]) ** -0.5
    width = tokens.shape[1] + earlier.shape[1]
    columns = (
        tokens.indices,
        tokens.shape[1] + np.sort(earlier.indices),
        [width + min(n_earlier, MAX_EARLIER_ROUNDS)],
    )
    return one_row(np.concatenate(columns), width + MAX_EARLIER_ROUNDS + 1, scale)


def families_of(
    tokens: sp.csr_matrix, family_starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the families of a single row, where the tokens of each begin, and how many it has."""
    family = np.searchsorted(family_starts, tokens.indices, side="right") - 1
    starts = np.flatnonzero(np.diff(family, prepend=-1))
    return family[starts], starts, np.diff(starts, append=len(family))


def one_row(
    columns: NDArray[np.integer], width: int, values: NDArray[np.floating] | None = None
) -> sp.csr_matrix:
    """Return a matrix of a single row, of ones by default; columns ascend."""
    data = np.ones(len(columns), np.float32) if values is None else values.astype(np.float32)
    ends = np.array([0, len(columns)], np.int32)
    return sp.csr_matrix((data, columns.astype(np.int32), ends), shape=(1, width))


def family_rows(tokens: sp.csr_matrix, family_starts: NDArray[np.int64]) -> sp.csr_matrix:
    """Split each row by family: shape ``(n · n_families, n_tokens)``, query-major.

    Columns of a row are sorted and families are contiguous, so only the row ends change.
    """
    n, n_families = tokens.shape[0], len(family_starts) - 1
    rows = np.repeat(np.arange(n), np.diff(tokens.indptr))
    family = np.searchsorted(family_starts, tokens.indices, side="right") - 1
    counts = np.bincount(rows * n_families + family, minlength=n * n_families)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_matrix(
        (tokens.data, tokens.indices, indptr), shape=(n * n_families, tokens.shape[1])
    )


def scaled_by_family(matrix: sp.csr_matrix, family_starts: NDArray[np.int64]) -> sp.csr_matrix:
    """Scale the ones of each row so that those of one family have length 1 together."""
    split = family_rows(matrix, family_starts)
    lengths = np.diff(split.indptr)
    scale = np.repeat(np.maximum(lengths, 1) ** -0.5, lengths).astype(np.float32)
    return sp.csr_matrix((matrix.data * scale, matrix.indices, matrix.indptr), shape=matrix.shape)
