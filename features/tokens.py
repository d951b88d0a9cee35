"""Attribute tokens: what a firm that asks for something knows, as short texts by family.

A *family* is one attribute (``city``) or the cross of two (``city*stage``). Rounds with equal
tokens are alike in that attribute. The content model and the affinity features learn from tokens
alone, so that every source and every kind of firm goes through the same code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, Side
from features.money import log_amounts

CROSS = "*"
"""Joins the names of two families, and their values, in a cross."""

AMOUNT_STEPS_PER_DECADE = 4
"""Fine amount bands: a factor of 1.8; the coarse ones are twice as wide."""

INDUSTRY_PREFIXES = {
    "gb4754-2017": {"industry_group": 1, "industry_division": 3},
    "naics-2017": {"industry_group": 2, "industry_division": 4},
}
"""Length of the code prefixes that form the coarser families, by industry system."""

MAX_AGE_YEARS = 12
"""Older firms share one age band: the youngest decade separates financing stages."""

PLAIN_FAMILIES = (
    "need_kind",
    "country",
    "province",
    "metro",
    "city",
    "district",
    "postcode",
    "base",
    "industry_group",
    "industry_division",
    "industry",
    "sector_main",
    "sectors",
    "stage",
    "currency",
    "amount",
    "amount_coarse",
    "age",
    "size",
    "legal_form",
    "nonprofit",
    "size_class",
    "tax_grade",
    "credentials",
    "purpose",
    "collateral",
    "name_words",
)
"""Families of one attribute, in the order of their columns."""

CROSSES = (
    ("metro", "sector_main"),
    ("metro", "sectors"),
    ("metro", "stage"),
    ("metro", "amount_coarse"),
    ("province", "sector_main"),
    ("province", "stage"),
    ("province", "amount_coarse"),
    ("country", "sectors"),
    ("stage", "sector_main"),
    ("stage", "amount_coarse"),
    ("stage", "age"),
    ("stage", "currency"),
    ("sector_main", "amount_coarse"),
    ("city", "industry_group"),
    ("city", "amount_coarse"),
    ("city", "legal_form"),
    ("city", "size"),
    ("postcode", "industry_group"),
    ("postcode", "amount_coarse"),
    ("postcode", "legal_form"),
    ("industry_group", "amount_coarse"),
    ("industry_division", "legal_form"),
    ("amount_coarse", "legal_form"),
    ("need_kind", "purpose"),
    ("need_kind", "industry_group"),
    ("need_kind", "city"),
)
"""Pairs of families whose combination says more than both: place with trade, stage with amount."""

FAMILIES = PLAIN_FAMILIES + tuple(CROSS.join(pair) for pair in CROSSES)


@cache
def _ends(n: int) -> NDArray[np.int64]:
    """Return the offsets of a single row of ``n`` tokens, shared by all that have as many."""
    ends = np.array([0, n], np.int64)
    ends.flags.writeable = False
    return ends


@dataclass(frozen=True)
class TokenLists:
    """The tokens of one family: row ``r`` has ``values[offsets[r]:offsets[r + 1]]``."""

    offsets: NDArray[np.int64]
    values: NDArray[np.object_]

    @classmethod
    def from_lists(cls, lists: Sequence[Sequence[str]]) -> TokenLists:
        """Lay out one short list of distinct texts for each row."""
        if len(lists) == 1:
            return cls.of_row(lists[0])
        lengths = np.fromiter((len(row) for row in lists), np.int64, len(lists))
        offsets = np.zeros(len(lists) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        values = np.empty(offsets[-1], object)
        values[:] = _shared(chain.from_iterable(lists))
        return cls(offsets, values)

    @classmethod
    def of_row(cls, row: Sequence[str]) -> TokenLists:
        """Return the list of a single row: what each request reads dozens of."""
        values = np.empty(len(row), object)
        values[:] = row
        return cls(_ends(len(row)), values)

    @classmethod
    def from_optional(cls, values: Iterable[str | None]) -> TokenLists:
        """Lay out at most one text for each row; ``None`` and blanks are no token."""
        return cls.from_lists([(value,) if value else () for value in values])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: NDArray[np.int64]) -> TokenLists:
        """Return the lists of ``rows``; ``NO_ROW`` gives an empty list."""
        if len(rows) == 1:
            row = int(rows[0])
            there = row != NO_ROW and len(self) > 0
            ends = slice(*self.offsets[row : row + 2].tolist()) if there else slice(0, 0)
            return self.of_row(self.values[ends].tolist())
        known = rows != NO_ROW
        safe = np.where(known, rows, 0)
        lengths = np.where(known, np.diff(self.offsets)[safe], 0) if len(self) else rows * 0
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        if not offsets[-1]:
            return TokenLists(offsets, np.empty(0, object))
        starts = np.repeat(self.offsets[safe] - offsets[:-1], lengths)
        return TokenLists(offsets, self.values[starts + np.arange(offsets[-1])])

    def lists(self) -> list[list[str]]:
        """Return the tokens as one Python list a row."""
        if len(self) == 1:
            return [self.values.tolist()]
        values, ends = self.values.tolist(), self.offsets.tolist()
        return [values[a:b] for a, b in pairwise(ends)]


def _shared(texts: Iterable[str]) -> list[str]:
    """Return the texts, equal ones as one object: a million firms share a few thousand."""
    known: dict[str, str] = {}
    return [known.setdefault(text, text) for text in texts]


_LATIN_WORD = re.compile(r"[a-z]{3,}")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,}")


def name_words(name: str | None) -> list[str]:
    """Return the distinct words of a name: Latin words of 3+ letters, pairs of Han characters."""
    if not name:
        return []
    text = name.lower()
    pairs = (run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1))
    return sorted({*_LATIN_WORD.findall(text), *pairs})


def _strings(side: Side, name: str, rows: NDArray[np.int64]) -> list[str | None]:
    values = side.strings(name)
    if not len(values):
        return [None] * len(rows)
    if len(rows) == 1:
        return [None if rows[0] == NO_ROW else values[rows[0]]]
    taken = values[np.maximum(rows, 0)]
    taken[rows == NO_ROW] = None
    return list(taken)


def _numbers(side: Side, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    values = side.numbers(name)
    if not len(values):
        return np.full(len(rows), np.nan)
    return np.where(rows == NO_ROW, np.nan, values[np.maximum(rows, 0)])


def _lists(side: Side, name: str, rows: NDArray[np.int64]) -> TokenLists:
    return TokenLists(*side.lists(name)).take(rows)


def _bands(values: NDArray[np.float64], width: float) -> list[str | None]:
    return [None if value != value else str(int(np.floor(value / width))) for value in values]


@dataclass(frozen=True)
class _Source:
    """The rows of a catalogue that tokens are read from."""

    catalogue: Catalogue
    need_rows: NDArray[np.int64]
    firm_rows: NDArray[np.int64]

    def firm(self, name: str) -> TokenLists:
        return TokenLists.from_optional(_strings(self.catalogue.firms, name, self.firm_rows))

    def firm_or_base(self, name: str) -> TokenLists:
        """Read what a firm and a base both have; a need without a firm is a base's own."""
        values = _strings(self.catalogue.firms, name, self.firm_rows)
        own = np.flatnonzero(self.firm_rows == NO_ROW)
        if len(own):
            bases = self.catalogue.bases
            rows = self.catalogue.needs.references(col.BASE_ID, bases.ids)[self.need_rows[own]]
            for place, value in zip(own.tolist(), _strings(bases, name, rows), strict=True):
                values[place] = value
        return TokenLists.from_optional(values)

    def need(self, name: str) -> TokenLists:
        return TokenLists.from_optional(_strings(self.catalogue.needs, name, self.need_rows))

    def firm_list(self, name: str) -> TokenLists:
        return _lists(self.catalogue.firms, name, self.firm_rows)

    @cached_property
    def log_amount(self) -> NDArray[np.float64]:
        return log_amounts(self.catalogue.needs, self.need_rows)

    def amount(self, steps: float) -> TokenLists:
        return TokenLists.from_optional(_bands(self.log_amount, 1 / steps))

    def industry(self, part: str) -> TokenLists:
        codes = _strings(self.catalogue.firms, col.INDUSTRY, self.firm_rows)
        systems = _strings(self.catalogue.firms, col.INDUSTRY_SYSTEM, self.firm_rows)
        lengths = [INDUSTRY_PREFIXES.get(system or "", {}).get(part) for system in systems]
        return TokenLists.from_optional(
            code[:length] if code and length else None
            for code, length in zip(codes, lengths, strict=True)
        )

    def age(self) -> TokenLists:
        years = ages_in_years(self.catalogue, self.need_rows, self.firm_rows)
        return TokenLists.from_optional(_bands(np.clip(years, 0, MAX_AGE_YEARS), 1.0))

    def size(self) -> TokenLists:
        people = _numbers(self.catalogue.needs, col.EMPLOYEES, self.need_rows)
        firm_people = _numbers(self.catalogue.firms, col.EMPLOYEES, self.firm_rows)
        people = np.where(np.isnan(people), firm_people, people)
        return TokenLists.from_optional(_bands(np.log2(1 + np.maximum(people, 0)), 1.0))

    def nonprofit(self) -> TokenLists:
        flags = _numbers(self.catalogue.firms, col.NONPROFIT, self.firm_rows)
        return TokenLists.from_optional("yes" if flag == 1 else None for flag in flags)

    def sector_main(self) -> TokenLists:
        lists = self.firm_list(col.SECTORS).lists()
        return TokenLists.from_optional(row[0] if row else None for row in lists)

    def name_words(self) -> TokenLists:
        names = _strings(self.catalogue.firms, col.NAME, self.firm_rows)
        return TokenLists.from_lists([name_words(name) for name in names])


def ages_in_years(
    catalogue: Catalogue, need_rows: NDArray[np.int64], firm_rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the age of the firm when the need was stated, in years; NaN where unknown."""
    if not len(catalogue.firms):
        return np.full(len(need_rows), np.nan)
    founded = catalogue.firms.dates(col.FOUNDED_ON)[np.maximum(firm_rows, 0)]
    days = (catalogue.needs.dates(col.STATED_ON)[need_rows] - founded).astype("timedelta64[D]")
    years = np.where(np.isnat(days) | (firm_rows == NO_ROW), np.nan, days.astype(np.float64))
    return years / 365.25


_READERS: Mapping[str, Callable[[_Source], TokenLists]] = {
    "need_kind": lambda s: s.need(col.KIND),
    "country": lambda s: s.firm_or_base(col.COUNTRY),
    "province": lambda s: s.firm_or_base(col.PROVINCE),
    "metro": lambda s: s.firm(col.METRO),
    "city": lambda s: s.firm_or_base(col.CITY),
    "district": lambda s: s.firm_or_base(col.DISTRICT),
    "postcode": lambda s: s.firm(col.POSTCODE),
    "base": lambda s: s.firm_or_base(col.BASE_ID),
    "industry_group": lambda s: s.industry("industry_group"),
    "industry_division": lambda s: s.industry("industry_division"),
    "industry": lambda s: s.firm(col.INDUSTRY),
    "sector_main": _Source.sector_main,
    "sectors": lambda s: s.firm_list(col.SECTORS),
    "stage": lambda s: s.need(col.STAGE),
    "currency": lambda s: s.need(col.CURRENCY),
    "amount": lambda s: s.amount(AMOUNT_STEPS_PER_DECADE),
    "amount_coarse": lambda s: s.amount(AMOUNT_STEPS_PER_DECADE / 2),
    "age": _Source.age,
    "size": _Source.size,
    "legal_form": lambda s: s.firm(col.LEGAL_FORM),
    "nonprofit": _Source.nonprofit,
    "size_class": lambda s: s.firm(col.SIZE_CLASS),
    "tax_grade": lambda s: s.firm(col.TAX_GRADE),
    "credentials": lambda s: s.firm_list(col.CREDENTIALS),
    "purpose": lambda s: s.need(col.PURPOSE),
    "collateral": lambda s: _lists(s.catalogue.needs, col.COLLATERAL, s.need_rows),
    "name_words": _Source.name_words,
}


def _crossed(left: TokenLists, right: TokenLists) -> TokenLists:
    if len(left) == 1:
        others = right.values.tolist()
        return TokenLists.of_row([a + CROSS + b for a in left.values.tolist() for b in others])
    n_left, n_right = np.diff(left.offsets), np.diff(right.offsets)
    if n_left.max(initial=0) <= 1 and n_right.max(initial=0) <= 1:
        both = (n_left == 1) & (n_right == 1)
        offsets = np.concatenate([[0], np.cumsum(both)]).astype(np.int64)
        values = left.values[both[n_left == 1]] + CROSS + right.values[both[n_right == 1]]
        values[:] = _shared(values)
        return TokenLists(offsets, values)
    pairs = zip(left.lists(), right.lists(), strict=True)
    return TokenLists.from_lists(
        [[a + CROSS + b for a in row for b in other] for row, other in pairs]
    )


def read_tokens(
    catalogue: Catalogue, need_rows: NDArray[np.int64], firm_rows: NDArray[np.int64]
) -> dict[str, TokenLists]:
    """Return the tokens of every family for some needs and their firms, each ``(n,)`` lists."""
    source = _Source(catalogue, need_rows, firm_rows)
    found = {name: _READERS[name](source) for name in PLAIN_FAMILIES}
    for left, right in CROSSES:
        found[left + CROSS + right] = _crossed(found[left], found[right])
    return found


def _equal(left: TokenLists, right: TokenLists) -> bool:
    return np.array_equal(left.offsets, right.offsets) and bool((left.values == right.values).all())


class Vocabulary:
    """The tokens of a history and their columns, grouped by family.

    Columns are sorted by family, then text, so that equal histories give equal columns whatever
    comes after them.

    Parameters
    ----------
    min_count
        Tokens of fewer rounds are left out.
    """

    def __init__(self, *, min_count: int = 3) -> None:
        self.min_count = min_count

    def fit(self, tokens: Mapping[str, TokenLists]) -> Vocabulary:
        """Learn the columns from the rounds of a history."""
        columns: list[dict[str, int]] = []
        n_columns = 0
        kept_families: list[str] = []
        for family in FAMILIES:
            parents = family.split(CROSS)
            if len(parents) == 2 and not set(parents) <= set(kept_families):
                continue
            counts = Counter(tokens[family].values.tolist())
            kept = sorted(value for value, count in counts.items() if count >= self.min_count)
            repeats = any(_equal(tokens[family], tokens[other]) for other in kept_families)
            if len(kept) < 2 or repeats:  # one value common to all separates nothing
                continue
            kept_families.append(family)
            columns.append({value: n_columns + i for i, value in enumerate(kept)})
            n_columns += len(kept)
        self.families_: tuple[str, ...] = tuple(kept_families)
        self.columns_: tuple[dict[str, int], ...] = tuple(columns)
        self.family_starts_ = np.cumsum([0, *(len(c) for c in columns)])
        return self

    @property
    def n_columns(self) -> int:
        """Number of tokens."""
        return int(self.family_starts_[-1])

    def transform(self, tokens: Mapping[str, TokenLists]) -> sp.csr_matrix:
        """Return the tokens of each row as ones. Shape ``(n_rows, n_columns)``, sorted columns."""
        n_rows = len(tokens[FAMILIES[0]])
        if n_rows == 1:
            return self._transform_one(tokens)
        rows, columns = [], []
        for family, column_of in zip(self.families_, self.columns_, strict=True):
            lists = tokens[family]
            find = column_of.get
            found = np.fromiter(
                (find(value, NO_ROW) for value in lists.values), np.int64, len(lists.values)
            )
            known = found != NO_ROW
            rows.append(np.repeat(np.arange(n_rows), np.diff(lists.offsets))[known])
            columns.append(found[known])
        row, column = np.concatenate(rows or [[]]), np.concatenate(columns or [[]])
        matrix = sp.csr_matrix(
            (np.ones(len(row), np.float32), (row.astype(np.int64), column.astype(np.int64))),
            shape=(n_rows, self.n_columns),
        )
        matrix.sort_indices()
        matrix.data[:] = 1.0  # a token that occurs twice in a row counts once
        return matrix

    def _transform_one(self, tokens: Mapping[str, TokenLists]) -> sp.csr_matrix:
        """Return the tokens of a single row."""
        found = {
            column_of[value]
            for family, column_of in zip(self.families_, self.columns_, strict=True)
            for value in tokens[family].values.tolist()
            if value in column_of
        }
        ones, ends = np.ones(len(found), np.float32), np.array([0, len(found)], np.int32)
        columns = np.array(sorted(found), np.int32)
        return sp.csr_matrix((ones, columns, ends), shape=(1, self.n_columns))
