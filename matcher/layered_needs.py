"""Open needs of which some changed: those of a few firms and bases anew, the others as they were.

The needs of a *tail* are read by the same code as all of them. A subject (a firm, or a base that
asks itself) keeps its place; what nobody asks any more keeps one that no offer admits; new ones
come after the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.catalogue import NO_ROW, Catalogue, IdMap, Side
from data.patched import LongerTexts, patched_table
from data.records import Record
from features.layers import NO_PLACE, LayeredQueries, layered_facts, places_of
from features.pairs import PairFeatures
from features.rules.columns import ListColumn
from features.rules.fact_table import FactTable
from features.rules.patching import patched
from matcher.open_needs import NeedBook, OpenNeeds

Rows = NDArray[np.int64]
GONE_KIND = "gone"
"""Kind of what nobody asks any more: no offer is of it."""


class LayeredIds(IdMap):
    """Ids of rows of which some are called otherwise, and of some after them."""

    def __init__(self, base: IdMap, tail: IdMap, rows: Rows, shut: frozenset[int]) -> None:
        self.label = base.label
        self._base, self._tail, self._rows, self._shut = base, tail, rows, shut
        n = len(base)
        new = [tail.ids[place] for place in np.flatnonzero(rows >= n).tolist()]
        old = {row: tail.ids[place] for place, row in enumerate(rows.tolist()) if row < n}
        self.ids = _Renamed(base.ids, tuple(new), old)  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.find_row(key) is not None

    def find_row(self, key: str) -> int | None:
        """Return the row of ``key``, or ``None``."""
        place = self._tail.find_row(key)
        if place is not None:
            return int(self._rows[place])
        found = self._base.find_row(key)
        return None if found is None or found in self._shut else found

    def get_row(self, key: str) -> int:
        """Return the row of ``key``; raise :class:`UnknownIdError` where there is none."""
        found = self.find_row(key)
        if found is not None:
            return found
        nothing = IdMap((), label=self.label)
        return nothing.get_row(key)

    def rows(self, keys: Iterable[str | None]) -> Rows:
        """Return the row of each key, ``NO_ROW`` for unknown or missing ones."""
        found = (None if key is None else self.find_row(key) for key in keys)
        return np.fromiter((NO_ROW if row is None else row for row in found), dtype=np.int64)


class _Renamed(LongerTexts):
    """Ids of which some rows are called otherwise."""

    def __init__(self, first: Sequence[str], more: tuple[str, ...], named: dict[int, str]) -> None:
        super().__init__(first, more)
        self.named = named

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            found = self.named.get(at + len(self) if at < 0 else at)
            if found is not None:
                return found
        return super().__getitem__(at)

    def __iter__(self) -> Any:
        return (self[row] for row in range(len(self)))


class LayeredSide(Side):
    """A side of which some rows hold other records, and of some after them."""

    base: Side
    tail: Side
    rows: Rows
    places: Rows

    def __init__(self, base: Side, tail: Side, rows: Rows, shut: frozenset[int]) -> None:
        n = max(len(base), int(rows.max(initial=-1)) + 1)
        self.__dict__.update(
            record_type=base.record_type,
            base=base,
            tail=tail,
            rows=rows,
            places=places_of(n, rows),
            ids=LayeredIds(base.ids, tail.ids, rows, shut),
        )

    def record(self, row: int) -> Record:
        """Return the record at ``row``."""
        place = int(self.places[row])
        return self.base.record(row) if place == NO_PLACE else self.tail.record(place)

    @cached_property
    def table(self) -> pa.Table:
        """All rows as one table."""
        order = np.argsort(self.rows, kind="stable")
        tail = self.tail.table.take(pa.array(order))
        changed = self.rows[order][: np.count_nonzero(self.rows < len(self.base))]
        return patched_table(self.base.table, tail, changed.tolist())


@dataclass(frozen=True)
class Touched:
    """Whose needs are read anew: rows of a catalogue, ascending."""

    firms: Rows
    bases: Rows


@dataclass(frozen=True)
class ItemMass:
    """What changed items add to the softmax denominator of each need of the base.

    Attributes
    ----------
    share
        Sum of their exponentials as a share of the old denominator. Shape ``(n,)``.
    vectors, bias
        Vector and bias of each item that is in ``share``, by item number.
    """

    share: NDArray[np.float64]
    held: dict[int, tuple[NDArray[np.float32], float]]

    @classmethod
    def nothing(cls, n: int) -> ItemMass:
        """Return the mass of no item for ``n`` needs."""
        return cls(np.zeros(n), {})

    def moved_to(
        self, needs: OpenNeeds, before: PairFeatures, after: PairFeatures, items: Rows
    ) -> ItemMass:
        """Return the mass of ``items`` as ``after`` has them, in place of ``before``."""
        share, held = self.share.copy(), dict(self.held)
        old, new = before.content_model_, after.content_model_
        n_before = len(before.items_)
        for item in items.tolist():
            vector, bias = new.item_vectors_[item], float(np.take(new.item_bias_, item))
            if item in held:
                if held[item][1] == bias and np.array_equal(held[item][0], vector):
                    continue
                share -= _mass(needs, *held[item])
            elif item < n_before:
                first = old.item_vectors_[item], float(np.take(old.item_bias_, item))
                if first[1] == bias and np.array_equal(first[0], vector):
                    continue
                share -= _mass(needs, *first)
            share += _mass(needs, vector, bias)
            held[item] = (vector, bias)
        return ItemMass(share, held)


def _mass(needs: OpenNeeds, vector: NDArray[np.float32], bias: float) -> NDArray[np.float64]:
    scores = needs.vectors @ vector + np.float32(bias) - needs.log_total
    return np.exp(scores.astype(np.float64))


class LayeredNeeds(OpenNeeds):
    """Open needs of a day, those of some subjects read anew.

    Parameters
    ----------
    base
        Of the day, before anything changed.
    tail
        Of the subjects that changed, with rows of ``catalogue``.
    catalogue
        All records as they are now.
    touched
        The subjects that changed.
    mass
        Of the items that changed.
    """

    base: OpenNeeds
    tail: OpenNeeds
    rows: Rows
    shut: Rows

    def __init__(
        self,
        base: OpenNeeds,
        tail: OpenNeeds,
        catalogue: Catalogue,
        *,
        touched: Touched,
        mass: ItemMass,
    ) -> None:
        rows, shut = _laid(base, tail, touched)
        firm_rows = patched(base.firm_rows, tail.firm_rows, rows)
        base_rows = patched(base.base_rows, tail.base_rows, rows)
        implied = patched(base.implied, tail.implied, rows)
        firm_rows[shut] = base_rows[shut] = NO_ROW
        implied[shut] = False
        side = LayeredSide(
            base.catalogue.needs, tail.catalogue.needs, rows, frozenset(shut.tolist())
        )
        log_total = (base.log_total + np.log1p(mass.share)).astype(np.float32)
        self.__dict__.update(
            base=base,
            tail=tail,
            rows=rows,
            shut=shut,
            catalogue=replace(catalogue, needs=side),
            queries=LayeredQueries(base.queries, tail.queries, rows),
            firm_rows=firm_rows,
            base_rows=base_rows,
            implied=implied,
            log_total=patched(log_total, tail.log_total, rows),
        )

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Content vectors, put together on demand. Shape ``(n, dims)``."""
        return patched(self.base.vectors, self.tail.vectors, self.rows)

    def log_shares(self, features: PairFeatures, item: int) -> NDArray[np.float32]:
        """Return the content model's log-probability of one item for every need. Shape ``(n,)``."""
        model = features.content_model_
        vector = model.item_vectors_[item]
        scores = patched(self.base.vectors @ vector, self.tail.vectors @ vector, self.rows)
        return np.asarray(scores + np.take(model.item_bias_, item) - self.log_total, np.float32)

    def facts_over(self, base: FactTable, tail: FactTable) -> FactTable:
        """Join the facts of the needs before and of those read anew; see :func:`layered_facts`."""
        found = layered_facts(base, tail, self.rows, len(self))
        if not len(self.shut):
            return found
        kinds = found.lists("kind")
        codes = kinds.codes.copy()
        codes[self.shut] = len(kinds.rows)
        known = np.append(kinds.known, True)
        return found.with_columns({"kind": ListColumn(codes, (*kinds.rows, (GONE_KIND,)), known)})


def _laid(base: OpenNeeds, tail: OpenNeeds, touched: Touched) -> tuple[Rows, Rows]:
    """Return where each need of the tail stands, and the places that nobody holds any more."""
    mine = np.isin(base.firm_rows, touched.firms) & (base.firm_rows != NO_ROW)
    mine |= np.isin(base.base_rows, touched.bases) & (base.base_rows != NO_ROW)
    free = {
        (int(base.firm_rows[place]), int(base.base_rows[place])): place
        for place in np.flatnonzero(mine).tolist()
    }
    rows, end = np.empty(len(tail), np.int64), len(base)
    pairs = zip(tail.firm_rows.tolist(), tail.base_rows.tolist(), strict=True)
    for place, subject in enumerate(pairs):
        row = free.pop(subject, None)
        if row is None:
            row, end = end, end + 1
        rows[place] = row
    return rows, np.array(sorted(free.values()), np.int64)


class LayeredBook(NeedBook):
    """When needs were stated and funded, those of some firms and bases read anew.

    Parameters
    ----------
    base
        Of all needs, before anything changed.
    tail
        Of the needs of the subjects that changed, in a catalogue of theirs alone.
    need_rows
        Row of each need of the tail in the whole catalogue.
    firm_rows
        Row of each firm of the tail in the whole catalogue.
    touched
        The subjects that changed.
    """

    def __init__(
        self,
        base: NeedBook,
        tail: NeedBook,
        *,
        need_rows: Rows,
        firm_rows: Rows,
        touched: Touched,
    ) -> None:
        place_of = {row: place for place, row in enumerate(firm_rows.tolist())}
        self.__dict__.update(
            base=base, tail=tail, need_rows=need_rows, touched=touched, place_of=place_of
        )

    base: NeedBook
    tail: NeedBook
    need_rows: Rows
    touched: Touched
    place_of: dict[int, int]

    def find_open(self, firm_row: int, on: np.datetime64) -> int | None:
        """Return the latest open need of a firm on a day, or ``None``."""
        place = self.place_of.get(firm_row)
        if place is None:
            return self.base.find_open(firm_row, on)
        found = self.tail.find_open(place, on)
        return None if found is None else int(self.need_rows[found])
