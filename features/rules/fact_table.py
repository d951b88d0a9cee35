"""What is known of those who ask, a column a fact, computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from data.rules.values import NO, YES
from data.rules.vocabulary import FACTS
from features.list_index import code_key, joined, mapped, place_key
from features.queries import Queries
from features.rules.columns import Column, Floats, ListColumn, NumberColumn
from features.rules.derived import DERIVED
from features.rules.patching import stated_over
from features.tokens import TokenLists

Rows = NDArray[np.int64]
PLACE_FAMILIES = ("country", "province", "metro", "city", "district")

_FAMILY_OF: Mapping[str, str] = {
    "kind": "need_kind",
    "purpose": "purpose",
    "stage": "stage",
    "collateral": "collateral",
    "base": "base",
    "sector": "sectors",
    "size_class": "size_class",
    "legal_form": "legal_form",
    "credential": "credentials",
    "tax_grade": "tax_grade",
    "nonprofit": "nonprofit",
}
"""The token family behind a fact."""


_OF_THE_DAY = ("age", "day")
"""Facts that depend on the day on which a need is looked at."""


def whole_months(start: NDArray[np.datetime64], end: NDArray[np.datetime64]) -> Floats:
    """Return the completed calendar months from ``start`` to ``end``; NaN where one is NaT."""
    first, last = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    unfinished = (end - last.astype("datetime64[D]")) < (start - first.astype("datetime64[D]"))
    months = (last - first).astype(np.float64) - unfinished
    return np.asarray(np.where(np.isnat(start) | np.isnat(end), np.nan, months), np.float64)


class FactTable:
    """Facts of ``n`` rows by name.

    Parameters
    ----------
    n
        Rows.
    make
        How each column comes about; a fact that has none is unknown everywhere, unless it can be
        derived from others.
    """

    def __init__(self, n: int, make: Mapping[str, Callable[[], Column]]) -> None:
        self.n = n
        self._make = make
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return self.n

    def column(self, fact: str) -> Column:
        """Return a column."""
        found = self._columns.get(fact)
        if found is None:
            found = self._columns[fact] = self._made(fact)
        return found

    def numbers(self, fact: str) -> NumberColumn:
        """Return a column of numbers."""
        return cast(NumberColumn, self.column(fact))

    def lists(self, fact: str) -> ListColumn:
        """Return a column of lists."""
        return cast(ListColumn, self.column(fact))

    def _made(self, fact: str) -> Column:
        make = self._make.get(fact)
        if make is not None:
            return make()
        derive = DERIVED.get(fact)
        if derive is not None:
            return derive(self)
        return (NumberColumn if FACTS[fact].numeric else ListColumn).unknown(self.n)

    @property
    def given(self) -> frozenset[str]:
        """Names of the facts that are not derived from others."""
        return frozenset(self._make)

    def take(self, rows: Rows) -> FactTable:
        """Return the facts of some rows."""
        make = {name: self._taking(name, rows) for name in {*self._make, *self._columns}}
        return FactTable(len(rows), make)

    def slice(self, rows: slice) -> FactTable:
        """Return consecutive rows; columns are computed here once, for all slices."""
        return FactTable(rows.stop - rows.start, _Slices(self, rows))

    def _taking(self, name: str, rows: Rows) -> Callable[[], Column]:
        return lambda: self.column(name).take(rows)

    def with_columns(self, columns: Mapping[str, Column]) -> FactTable:
        """Return the facts with some columns replaced or added; derived ones follow them."""
        return FactTable(self.n, {**self._make, **{k: _given(v) for k, v in columns.items()}})

    @classmethod
    def from_queries(
        cls,
        queries: Queries,
        days: NDArray[np.datetime64],
        stated: Mapping[str, Column] | None = None,
    ) -> FactTable:
        """Read needs and their firms.

        Parameters
        ----------
        queries
            The needs.
        days
            Day on which ages and days count, for each query. Shape ``(n,)``.
        stated
            Columns of what is known beside the records; where they know nothing, these count.
        """
        asked = queries.asked

        def tokens(family: str) -> Callable[[], Column]:
            return lambda: ListColumn.from_tokens(queries.tokens[family])

        def exact(
            values: Floats, currency: NDArray[np.object_] | None = None
        ) -> Callable[[], Column]:
            return lambda: NumberColumn.exact(values, currency)

        money = asked.firm_currency
        make: dict[str, Callable[[], Column]] = {
            **{fact: tokens(family) for fact, family in _FAMILY_OF.items()},
            "region": lambda: _places(queries),
            "base_level": lambda: ListColumn.from_tokens(asked.base_level),
            "industry": lambda: ListColumn.from_tokens(
                mapped(queries.tokens["industry"], code_key)
            ),
            "amount": lambda: _amounts(queries),
            "term": exact(asked.term_months),
            "employees": exact(asked.employees),
            "revenue": exact(asked.revenue, money),
            "assets": exact(asked.assets, money),
            "liabilities": exact(asked.liabilities, money),
            "rd_expense": exact(asked.rd_expense, money),
            "class_one_ip": exact(asked.class_one_ip),
            "class_two_ip": exact(asked.class_two_ip),
            "key_project": lambda: ListColumn.flags(asked.key_project, YES, NO),
            "age": lambda: NumberColumn.exact(whole_months(asked.founded_on, days)),
            "day": lambda: NumberColumn.exact(days.astype("datetime64[D]").astype(np.float64)),
        }
        if len(queries) == 1:  # one need is read for its eligibility and for its features
            make = {
                name: one if name in _OF_THE_DAY else _once(queries.kept, name, one)
                for name, one in make.items()
            }
        for name, column in (stated or {}).items():
            of_records = make.get(name)
            make[name] = _given(column) if of_records is None else _over(of_records, column)
        return cls(len(queries), make)


class _Slices(Mapping[str, Callable[[], Column]]):
    """Every column of a table, cut to some of its rows when it is asked for."""

    def __init__(self, table: FactTable, rows: slice) -> None:
        self.table = table
        self.rows = rows

    def __getitem__(self, fact: str) -> Callable[[], Column]:
        return lambda: self.table.column(fact).slice(self.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)


def _over(of_records: Callable[[], Column], stated: Column) -> Callable[[], Column]:
    return lambda: stated_over(of_records(), stated)


def _once(kept: dict[str, Column], name: str, make: Callable[[], Column]) -> Callable[[], Column]:
    """Return what makes a column, or finds it where it was made before."""

    def column() -> Column:
        found = kept.get(name)
        if found is None:
            found = kept[name] = make()
        return found

    return column


def _given(column: Column) -> Callable[[], Column]:
    return lambda: column


def _amounts(queries: Queries) -> NumberColumn:
    asked = queries.asked
    both = NumberColumn.exact(asked.amount_low, asked.currency)
    return NumberColumn(asked.amount_low, asked.amount_high, both.currency, both.currencies)


def _places(queries: Queries) -> ListColumn:
    """Return every place of a row by its key; sure where province and city are known."""
    parts = [mapped(queries.tokens[name], place_key) for name in PLACE_FAMILIES]
    return place_column(joined(parts), *(_stated(queries, name) for name in ("province", "city")))


def place_column(
    places: TokenLists, province: NDArray[np.bool_], city: NDArray[np.bool_]
) -> ListColumn:
    """Return places as a column, given where province and city are known."""
    return ListColumn.from_lists(places.lists(), (province & city).tolist())


def _stated(queries: Queries, family: str) -> NDArray[np.bool_]:
    return np.diff(queries.tokens[family].offsets) > 0
