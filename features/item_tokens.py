"""Item tokens: what an offer and its institution declare, as columns like the tokens of a query.

They give an offer without a single deal a place among the others: that of offers that declare the
same, and of the other offers of its institution.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data import columns as col
from features.batch import scaled_by_family
from features.items import Items
from features.list_index import code_key, code_prefixes, mapped
from features.money import log_of_band
from features.tokens import AMOUNT_STEPS_PER_DECADE, TokenLists, name_words

MIN_ITEMS = 2
"""A token of one item says nothing that its own vector does not."""


def _bands(items: Items, column: str) -> TokenLists:
    bound, currency = items.bounds[column], items.texts[col.CURRENCY]
    steps = np.floor(log_of_band(bound, bound, currency) * AMOUNT_STEPS_PER_DECADE / 2)
    return TokenLists.from_optional(None if s != s else str(int(s)) for s in steps)


def read_item_tokens(items: Items) -> dict[str, TokenLists]:
    """Return the tokens of every item by family."""
    optional = TokenLists.from_optional
    own, owner = items.texts, items.institution_texts
    found = {
        "kind": optional(own[col.KIND]),
        "institution": optional(own[col.INSTITUTION_ID]),
        "institution_kind": optional(owner[col.KIND]),
        "institution_province": optional(owner[col.PROVINCE]),
        "institution_city": optional(owner[col.CITY]),
        "amount_min": _bands(items, col.AMOUNT_MIN_MINOR),
        "amount_max": _bands(items, col.AMOUNT_MAX_MINOR),
        "industries": code_prefixes(mapped(items.lists[col.INDUSTRIES], code_key)),
        "resident_first": optional("yes" if flag else None for flag in items.resident_first),
        "name_words": TokenLists.from_lists([name_words(name) for name in own[col.NAME]]),
    }
    for name in (col.SIZE_CLASSES, col.CREDENTIALS_ANY, col.TAX_GRADES, col.COLLATERAL_ANY):
        found[name] = items.lists[name]
    found[col.PURPOSES] = items.lists[col.PURPOSES]
    return {**found, **items.preferences}


class ItemVocabulary:
    """The item tokens that several items share, and their columns, grouped by family."""

    def fit(self, tokens: Mapping[str, TokenLists]) -> ItemVocabulary:
        """Learn the columns; a token of all items or of one is none."""
        self.families_: tuple[str, ...] = tuple(tokens)
        self.columns_: tuple[dict[str, int], ...] = tuple(_numbered(tokens))
        self.family_starts_ = np.cumsum([0, *(len(c) for c in self.columns_)])
        return self

    @property
    def n_columns(self) -> int:
        """Number of tokens."""
        return int(self.family_starts_[-1])

    def transform(self, tokens: Mapping[str, TokenLists]) -> sp.csr_matrix:
        """Return the tokens of each item. Shape ``(n_items, n_columns)``, unit length by family."""
        n_items = len(next(iter(tokens.values())))
        rows: list[NDArray[np.int64]] = []
        columns: list[NDArray[np.int64]] = []
        for family, column_of in zip(self.families_, self.columns_, strict=True):
            lists = tokens[family]
            found = np.array([column_of.get(value, -1) for value in lists.values], np.int64)
            rows.append(np.repeat(np.arange(n_items), np.diff(lists.offsets))[found >= 0])
            columns.append(found[found >= 0])
        row, column = np.concatenate(rows), np.concatenate(columns)
        ones = np.ones(len(row), np.float32)
        matrix = sp.csr_matrix((ones, (row, column)), shape=(n_items, self.n_columns))
        matrix.sort_indices()
        matrix.data[:] = 1.0
        return scaled_by_family(matrix, self.family_starts_)


def _numbered(tokens: Mapping[str, TokenLists]) -> Iterator[dict[str, int]]:
    start = 0
    for lists in tokens.values():
        counts = Counter(value for row in lists.lists() for value in set(row))
        kept = sorted(v for v, n in counts.items() if MIN_ITEMS <= n < len(lists))
        yield {value: start + place for place, value in enumerate(kept)}
        start += len(kept)
