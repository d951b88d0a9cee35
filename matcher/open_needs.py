"""Open needs: who asks for something today, stated or implied.

A need is open from the day it is stated until an offer funded it. Of each firm and of each base the
latest open need counts. A firm without one has an implied need: it asks for nothing in particular,
so every kind of offer may suit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, IdMap, Side
from data.records import Firm, Need, NeedKind
from features.links import Links
from features.pairs import CHUNK_QUERIES, PairFeatures
from features.queries import Queries

IMPLIED_PREFIX = "implied_"
"""Begins the id of an implied need; the firm's id follows."""


def implied_id(firm_id: str) -> str:
    """Return the id of the implied need of a firm."""
    return f"{IMPLIED_PREFIX}{firm_id}"


def implied_need(firm_id: str, *, kind: NeedKind, on: dt.date) -> Need:
    """Return the need of a firm that stated none."""
    return Need(need_id=implied_id(firm_id), firm_id=firm_id, kind=kind, stated_on=on, implied=True)


def usual_kind(catalogue: Catalogue) -> NeedKind:
    """Return the kind that is asked for most, ``DEBT`` where nobody asked."""
    kinds, counts = np.unique(catalogue.needs.strings(col.KIND).astype(str), return_counts=True)
    return NeedKind(str(kinds[np.argmax(counts)])) if len(kinds) else NeedKind.DEBT


@dataclass(frozen=True)
class NeedBook:
    """When each need of a catalogue was stated, by whom, and when it was funded.

    Attributes
    ----------
    days, funded_on
        Days; ``funded_on`` is NaT while nobody funded the need. Shape ``(n_needs,)``.
    firm_rows, base_rows
        Who stated it; ``NO_ROW`` where that does not apply.
    by_firm, firm_offsets
        Needs of firm ``f`` in order of time: ``by_firm[firm_offsets[f]:firm_offsets[f + 1]]``.
    """

    days: NDArray[np.datetime64]
    funded_on: NDArray[np.datetime64]
    firm_rows: NDArray[np.int64]
    base_rows: NDArray[np.int64]
    by_firm: NDArray[np.int64]
    firm_offsets: NDArray[np.int64]

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue, links: Links) -> NeedBook:
        """Read the needs of ``catalogue``; ``links`` are its links."""
        needs = catalogue.needs
        days, firms = needs.dates(col.STATED_ON), needs.references(col.FIRM_ID, catalogue.firms.ids)
        bases = needs.references(col.BASE_ID, catalogue.bases.ids)
        funded_on = np.full(len(days), np.datetime64("NaT", "D"))
        of_need = links.need_rows != NO_ROW
        backwards = slice(None, None, -1)  # links are in order of time: the first is written last
        funded_on[links.need_rows[of_need][backwards]] = links.dates[of_need][backwards]
        order = np.lexsort((days, firms))
        return cls(
            days=days,
            funded_on=funded_on,
            firm_rows=firms,
            base_rows=np.where(firms == NO_ROW, bases, NO_ROW),
            by_firm=order,
            firm_offsets=np.searchsorted(firms[order], np.arange(len(catalogue.firms) + 1)),
        )

    def is_open(self, rows: NDArray[np.int64], on: np.datetime64) -> NDArray[np.bool_]:
        """Return which needs are stated and not yet funded on a day."""
        return (self.days[rows] <= on) & ~(self.funded_on[rows] <= on)

    def find_open(self, firm_row: int, on: np.datetime64) -> int | None:
        """Return the latest open need of a firm on a day, or ``None``."""
        start, end = self.firm_offsets[firm_row : firm_row + 2]
        rows = self.by_firm[start:end]
        found = rows[self.is_open(rows, on)]
        return int(found[-1]) if len(found) else None

    def open_rows(self, on: np.datetime64) -> NDArray[np.int64]:
        """Return the latest open need of each firm and each base on a day, ascending."""
        n_firms = len(self.firm_offsets) - 1
        asker = np.where(self.firm_rows != NO_ROW, self.firm_rows, n_firms + self.base_rows)
        known = (self.firm_rows != NO_ROW) | (self.base_rows != NO_ROW)
        rows = np.flatnonzero(known & self.is_open(np.arange(len(self.days)), on))
        rows = rows[np.argsort(self.days[rows], kind="stable")][::-1]
        return np.sort(rows[np.unique(asker[rows], return_index=True)[1]])


@dataclass(frozen=True)
class OpenNeeds:
    """All open needs of a day, encoded once.

    Attributes
    ----------
    catalogue
        The given one, with these needs alone.
    queries
        The needs, firms numbered as the features do. All others are of its length.
    firm_rows, base_rows
        Rows in the catalogue, ``NO_ROW`` where that does not apply.
    implied
        True where nobody stated the need.
    vectors
        Content vectors. Shape ``(n, dims)``.
    log_total
        Log of the softmax denominator of each need over all items.
    """

    catalogue: Catalogue
    queries: Queries
    firm_rows: NDArray[np.int64]
    base_rows: NDArray[np.int64]
    implied: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    log_total: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.queries)

    @classmethod
    def on_day(
        cls,
        catalogue: Catalogue,
        book: NeedBook,
        features: PairFeatures,
        *,
        on: dt.date,
        include_implied: bool = True,
        usual: NeedKind | None = None,
    ) -> OpenNeeds:
        """Collect the open needs of the day ``on``; implied ones are of the kind ``usual``."""
        day = np.datetime64(on, "D")
        rows = book.open_rows(day)
        firm_rows, base_rows = book.firm_rows[rows], book.base_rows[rows]
        implied_firms = np.empty(0, np.int64)
        if include_implied:
            implied_firms = _firms_without(catalogue, firm_rows, day)
        stated = catalogue.needs.table.take(pa.array(rows))
        kind = usual or usual_kind(catalogue)
        added = _implied_table(catalogue, implied_firms, on=on, kind=kind)
        open_side = Side.from_table(Need, pa.concat_tables([stated, added]))
        narrowed = replace(catalogue, needs=open_side)
        queries = Queries.from_catalogue(narrowed, firm_ids=features.firm_history_.firm_ids)
        vectors, log_total = _encoded(features, queries)
        none = np.full(len(implied_firms), NO_ROW, np.int64)
        return cls(
            catalogue=narrowed,
            queries=queries,
            firm_rows=np.concatenate([firm_rows, implied_firms]),
            base_rows=np.concatenate([base_rows, none]),
            implied=np.arange(len(queries)) >= len(rows),
            vectors=vectors,
            log_total=log_total,
        )

    @property
    def ids(self) -> IdMap:
        """Ids of the needs."""
        return self.catalogue.needs.ids

    def subject_ids(self) -> list[str | None]:
        """Return the id of the firm or base that states each need."""
        firms, bases = self.catalogue.firms.ids.ids, self.catalogue.bases.ids.ids
        pairs = zip(self.firm_rows.tolist(), self.base_rows.tolist(), strict=True)
        return [
            firms[firm] if firm != NO_ROW else bases[base] if base != NO_ROW else None
            for firm, base in pairs
        ]

    def records(self, at: int) -> tuple[Need, Firm | None]:
        """Return a need and the firm that states it."""
        need, row = self.catalogue.needs.record(at), int(self.firm_rows[at])
        firm = None if row == NO_ROW else self.catalogue.firms.record(row)
        assert isinstance(need, Need)
        assert firm is None or isinstance(firm, Firm)
        return need, firm

    def log_shares(self, features: PairFeatures, item: int) -> NDArray[np.float32]:
        """Return the content model's log-probability of one item for every need. Shape ``(n,)``."""
        model = features.content_model_
        scores = self.vectors @ model.item_vectors_[item] + np.take(model.item_bias_, item)
        return np.asarray(scores - self.log_total, np.float32)


def _firms_without(
    catalogue: Catalogue, firm_rows: NDArray[np.int64], on: np.datetime64
) -> NDArray[np.int64]:
    """Return the firms that exist on a day and have no open need."""
    without = ~(catalogue.firms.dates(col.FOUNDED_ON) > on)  # an unknown day does not exclude
    without[firm_rows[firm_rows != NO_ROW]] = False
    return np.flatnonzero(without)


def _implied_table(
    catalogue: Catalogue, firm_rows: NDArray[np.int64], *, on: dt.date, kind: NeedKind
) -> pa.Table:
    firm_ids = [catalogue.firms.ids.ids[row] for row in firm_rows.tolist()]
    n = len(firm_ids)
    columns = {
        col.NEED_ID: pa.array([implied_id(key) for key in firm_ids], pa.string()),
        col.FIRM_ID: pa.array(firm_ids, pa.string()),
        col.KIND: pa.array([kind.value] * n, pa.string()),
        col.STATED_ON: pa.array([on] * n, pa.date32()),
        col.IMPLIED: pa.array([True] * n, pa.bool_()),
    }
    schema = catalogue.needs.table.schema
    arrays = [columns.get(field.name, pa.nulls(n, field.type)) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _encoded(
    features: PairFeatures, queries: Queries
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    model = features.content_model_
    vectors = np.empty((len(queries), model.token_vectors_.shape[1]), np.float32)
    log_total = np.empty(len(queries), np.float32)
    for start in range(0, len(queries), CHUNK_QUERIES):
        rows = np.arange(start, min(start + CHUNK_QUERIES, len(queries)))
        batch = features.encode(queries.take(rows))
        vectors[rows], log_total[rows] = batch.vectors, batch.content_log_total[:, 0]
    return vectors, log_total
