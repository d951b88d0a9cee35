"""Lookup of shared values: which items list what a query brings.

Places and industry codes are compared by a key, because one place has several spellings and a code
holds all codes that begin with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.tokens import TokenLists
from features.value_table import ValueTable

Rows = NDArray[np.int64]

_PLACE_ENDINGS = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


def place_key(name: str) -> str:
    """Return what two spellings of one place share: 江苏省 and 江苏, Boston and BOSTON."""
    key = name.strip().casefold()
    for ending in _PLACE_ENDINGS:
        if key.endswith(ending) and len(key) > len(ending) + 1:
            return key.removesuffix(ending)
    return key


def code_key(code: str) -> str:
    """Return an industry code as it is compared."""
    return code.strip().upper()


def code_prefixes(codes: TokenLists) -> TokenLists:
    """Return every prefix of the codes of each row, the codes themselves included."""
    rows = codes.lists()
    return TokenLists.from_lists([[c[: n + 1] for c in row for n in range(len(c))] for row in rows])


def mapped(lists: TokenLists, key: Callable[[str], str]) -> TokenLists:
    """Return the lists with ``key`` of every value."""
    values = np.empty(len(lists.values), object)
    values[:] = [key(value) for value in lists.values]
    return TokenLists(lists.offsets, values)


def joined(parts: Sequence[TokenLists]) -> TokenLists:
    """Return the distinct values of several lists, row by row."""
    rows = zip(*(part.lists() for part in parts), strict=True)
    return TokenLists.from_lists(
        [list(dict.fromkeys(v for part in row for v in part)) for row in rows]
    )


class ListIndex:
    """Which items list which values, for fast lookup of shared ones."""

    def __init__(self, lists: TokenLists) -> None:
        self.stated = np.diff(lists.offsets) > 0
        self.values: dict[str, int] = {}
        codes = [self.values.setdefault(value, len(self.values)) for value in lists.values]
        rows = np.repeat(np.arange(len(lists)), np.diff(lists.offsets))
        shape = (len(self.values), len(lists))
        ones = np.ones(len(codes), np.float32)
        self.holders = sp.csr_matrix((ones, (np.array(codes, np.int64), rows)), shape=shape)
        self.holders.data[:] = 1.0  # a value that is listed twice counts once

    def shared(self, asked: TokenLists, query: Rows, item: Rows) -> NDArray[np.float32]:
        """Count the values that each pair shares. Shape ``(n_pairs,)``."""
        find = self.values.get
        codes = np.array([find(value, -1) for value in asked.values], np.int64)
        if len(asked) == 1:
            codes = codes[codes >= 0]
            if not len(codes):
                return np.zeros(len(item), np.float32)
            return np.asarray(self._held.at(codes, item).sum(axis=0), np.float32)
        rows = np.repeat(np.arange(len(asked)), np.diff(asked.offsets))
        known = codes >= 0
        if not known.any():
            return np.zeros(len(query), np.float32)
        shape = (len(asked), len(self.values))
        held = sp.csr_matrix((np.ones(known.sum(), np.float32), (rows[known], codes[known])), shape)
        return np.asarray((held @ self.holders).toarray()[query, item])

    @cached_property
    def _held(self) -> ValueTable:
        return ValueTable(self.holders)
