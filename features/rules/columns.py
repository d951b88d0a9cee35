"""Columns of facts: numbers with two ends, and lists of texts as numbers of distinct lists."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.tokens import TokenLists

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NumberColumn:
    """A number of each row, or a band; NaN where unknown. Shape ``(n,)``.

    ``currency`` is that of money: a number into ``currencies``, -1 where unknown.
    """

    low: Floats
    high: Floats
    currency: NDArray[np.int32] | None = None
    currencies: tuple[str, ...] = ()

    def take(self, rows: NDArray[np.int64]) -> NumberColumn:
        """Return the column at ``rows``."""
        currency = None if self.currency is None else self.currency[rows]
        same = self.high is self.low
        low = self.low[rows]
        return NumberColumn(low, low if same else self.high[rows], currency, self.currencies)

    def slice(self, rows: slice) -> NumberColumn:
        """Return consecutive rows, without a copy."""
        currency = None if self.currency is None else self.currency[rows]
        low = self.low[rows]
        high = low if self.high is self.low else self.high[rows]
        return NumberColumn(low, high, currency, self.currencies)

    @classmethod
    def exact(cls, values: Floats, texts: NDArray[np.object_] | None = None) -> NumberColumn:
        """Return a column of exact numbers, with the currency of each where they are money."""
        if texts is None:
            return cls(values, values)
        return cls(values, values, *numbered(texts))

    @classmethod
    def unknown(cls, n: int) -> NumberColumn:
        """Return a column of which nothing is known."""
        values = np.full(n, np.nan)
        return cls(values, values)


@dataclass(frozen=True)
class ListColumn:
    """A list of texts of each row.

    Rows share few distinct lists: ``codes`` ``(n,)`` counts into ``rows``; ``known`` says of each
    distinct list whether it is all there is.
    """

    codes: NDArray[np.int64]
    rows: tuple[tuple[str, ...], ...]
    known: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64]) -> ListColumn:
        """Return the column at ``rows``."""
        return ListColumn(self.codes[rows], self.rows, self.known)

    def slice(self, rows: slice) -> ListColumn:
        """Return consecutive rows, without a copy."""
        return ListColumn(self.codes[rows], self.rows, self.known)

    def of(self, row: int) -> tuple[str, ...] | None:
        """Return the list of one row; ``None`` where nothing is known."""
        code = int(self.codes[row])
        return self.rows[code] if self.rows[code] or self.known[code] else None

    @classmethod
    def from_lists(
        cls, lists: Sequence[Sequence[str]], known: Sequence[bool] | None = None
    ) -> ListColumn:
        """Return a column of lists; an empty list is unknown unless ``known`` says otherwise."""
        numbers: dict[Hashable, int] = {}
        sure = [bool(row) for row in lists] if known is None else known
        pairs = [(tuple(row), bool(k)) for row, k in zip(lists, sure, strict=True)]
        codes = np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], np.int64)
        distinct = [pair for pair in numbers if isinstance(pair, tuple)]
        return cls(
            codes,
            tuple(row for row, _ in distinct),
            np.array([k for _, k in distinct], np.bool_),
        )

    @classmethod
    def from_tokens(cls, tokens: TokenLists) -> ListColumn:
        """Return the values of a token family as a column."""
        return cls.from_lists(tokens.lists())

    @classmethod
    def unknown(cls, n: int) -> ListColumn:
        """Return a column of which nothing is known."""
        return cls(np.zeros(n, np.int64), ((),), np.zeros(1, np.bool_))

    @classmethod
    def flags(cls, flags: Floats, yes: str, no: str) -> ListColumn:
        """Return 1 and 0 as words; NaN is unknown."""
        codes = np.where(np.isnan(flags), 0, np.where(flags > 0, 1, 2)).astype(np.int64)
        return cls(codes, ((), (yes,), (no,)), np.array([False, True, True]))


Column = NumberColumn | ListColumn


def numbered(texts: NDArray[np.object_]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return texts as numbers, -1 for ``None``, and the texts that they count."""
    found: dict[str, int] = {}
    codes = np.array(
        [-1 if text is None else found.setdefault(text, len(found)) for text in texts.tolist()],
        np.int32,
    )
    return codes, tuple(found)
