"""A batch of queries as the features see it: encoded once against a history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
    """

    queries: Queries
    tokens: sp.csr_matrix
    earlier: sp.csr_matrix
    n_earlier: NDArray[np.int64]
    days_since: NDArray[np.float64]
    horizon_days: NDArray[np.float64]
    vectors: NDArray[np.float32]
    content: ContentModel

    def __len__(self) -> int:
        return len(self.queries)

    @cached_property
    def content_scores(self) -> NDArray[np.float32]:
        """Log-odds of every item by the content model. Shape ``(n, n_items)``."""
        return self.content.score(self.vectors)

    @cached_property
    def content_log_total(self) -> NDArray[np.float32]:
        """Log of the softmax denominator of each query. Shape ``(n, 1)``."""
        top = self.content_scores.max(axis=1, keepdims=True)
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
    columns = [scaled_by_family(tokens, family_starts)]
    columns.append(scaled_by_family(earlier, np.array([0, earlier.shape[1]])))
    bucket = np.minimum(n_earlier, MAX_EARLIER_ROUNDS)
    ones = np.ones(len(bucket), np.float32)
    shape = (len(bucket), MAX_EARLIER_ROUNDS + 1)
    columns.append(sp.csr_matrix((ones, (np.arange(len(bucket)), bucket)), shape=shape))
    return sp.csr_matrix(sp.hstack(columns, format="csr"))


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
