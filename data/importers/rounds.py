"""Funding histories as records: rounds become needs, disclosed funders events with their offers.

A *round* is a firm and a date. A real set lists one row for each funder of a round, and one row
for a round without a disclosed funder.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data import columns as col
from data.importers.keys import joined
from data.importers.parquet_sets import SetTable
from data.importers.record_tables import column_of, constant, record_table
from data.importers.rejects import Rejects
from data.records import (
    Event,
    EventKind,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    Record,
)

DAY_SPAN = 1 << 32
"""Larger than any number of days, to put a firm and a day into one integer."""


@dataclass(frozen=True)
class FundingRows:
    """The ``n`` rows of a funding history as Arrow arrays of length ``n``.

    ``firm_key`` and ``date`` are known in every row; ``funder_key`` is empty where the funder is
    not disclosed. Amounts are hundredths. ``employees`` and ``natural_person`` may be all unknown.
    """

    firm_key: pa.StringArray
    firm_name: pa.StringArray
    date: pa.Date32Array
    funder_key: pa.StringArray
    funder_name: pa.StringArray
    stage: pa.StringArray
    low_minor: pa.Int64Array
    high_minor: pa.Int64Array
    currency: pa.StringArray
    employees: pa.Int64Array

    def __len__(self) -> int:
        return len(self.firm_key)

    def take(self, at: pa.Array) -> FundingRows:
        """Return the rows at the positions ``at``."""
        return FundingRows(**{f.name: getattr(self, f.name).take(at) for f in fields(self)})

    def earliest_of_firms(self) -> pa.Int64Array:
        """Return the first row of the first date of each firm, in order of firm keys.

        What is known of a firm from its rounds is read there: a later round must not change what
        an earlier one saw.
        """
        days = self.date.cast(pa.int32()).to_numpy()
        by_date = np.argsort(days, kind="stable")
        _, first = np.unique(_codes(self.firm_key)[by_date], return_index=True)
        return pa.array(by_date[first])


def usable_rows(
    date: pa.Date32Array,
    firm_key: pa.StringArray,
    *,
    table: SetTable,
    rejects: Rejects,
    firm_column: str,
    date_column: str,
) -> pa.Int64Array:
    """Return the rows that have a firm and a date, and reject the others."""
    for column, bad, reason in (
        (firm_column, pc.equal(firm_key, ""), "The name of the firm is missing."),
        (date_column, pc.is_null(date), "The date is missing or unreadable."),
    ):
        cells = table.column(column)
        rejects.extend(
            table.reject(int(row), column, cells[int(row)].as_py(), reason=reason, whole_row=True)
            for row in np.flatnonzero(bad.to_numpy(zero_copy_only=False))
        )
    good = pc.and_(pc.not_equal(firm_key, ""), pc.is_valid(date))
    return pa.array(np.flatnonzero(good.to_numpy(zero_copy_only=False)))


@dataclass(frozen=True)
class _Rounds:
    """Rounds in order of date, then firm key: row and attributes of each, round of each row."""

    of_row: NDArray[np.int64]
    first_row: NDArray[np.int64]
    amount_row: pa.Int64Array
    stage: pa.StringArray
    key: pa.StringArray


def tables_of_rounds(
    rows: FundingRows, source: str, *, need_kind: NeedKind, institution_kind: InstitutionKind
) -> dict[type[Record], pa.Table]:
    """Lay a funding history out as needs, institutions, implied offers and funded events.

    The stage of a round is the one that most of its rows name, its amount the largest of its
    rows. Every institution gets exactly one offer, without conditions: what it did is known, what
    it would do is not. Needs and events come in order of their dates.
    """
    rounds = _rounds(rows)
    needs = _needs(rows, rounds, source=source, kind=need_kind)
    institutions, offers = _institutions(rows, source, kind=institution_kind, offer_kind=need_kind)
    return {
        Need: needs,
        Institution: institutions,
        Offer: offers,
        Event: _events(rows, rounds, source=source, needs=needs),
    }


def _codes(keys: pa.StringArray) -> NDArray[np.int64]:
    """Return the rank of each key among the distinct keys in order."""
    coded = keys.dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    codes: NDArray[np.int64] = rank[coded.indices.to_numpy()]
    return codes


def _rounds(rows: FundingRows) -> _Rounds:
    days = rows.date.cast(pa.int32()).to_numpy().astype(np.int64)
    packed = (days + DAY_SPAN // 2) * DAY_SPAN + _codes(rows.firm_key)
    _, first_row, of_row = np.unique(packed, return_index=True, return_inverse=True)
    days_text = rows.date.take(pa.array(first_row)).cast(pa.string())
    return _Rounds(
        of_row=of_row,
        first_row=first_row,
        amount_row=_largest_amounts(rows, of_row, len(first_row)),
        stage=_usual_stages(rows, of_row, len(first_row)),
        key=joined(rows.firm_key.take(pa.array(first_row)), "@", days_text),
    )


def _largest_amounts(rows: FundingRows, of_row: NDArray[np.int64], n: int) -> pa.Int64Array:
    """Return for each round the row with its largest amount, null where none is known."""
    low = pc.fill_null(rows.low_minor, -1).to_numpy()
    high = pc.fill_null(rows.high_minor, -1).to_numpy()
    order = np.lexsort((np.arange(len(low))[::-1], low, high, of_row))
    last_of_round = np.searchsorted(of_row[order], np.arange(n), side="right") - 1
    best = order[last_of_round]
    return pa.array(best, mask=low[best] < 0)


def _usual_stages(rows: FundingRows, of_row: NDArray[np.int64], n: int) -> pa.StringArray:
    """Return for each round the stage that most rows name, the first named of equal ones."""
    coded = rows.stage.dictionary_encode()
    known = np.flatnonzero(coded.indices.is_valid().to_numpy(zero_copy_only=False))
    codes = coded.indices.fill_null(0).to_numpy().astype(np.int64)[known]
    n_codes = max(len(coded.dictionary), 1)
    pairs, first, counts = np.unique(
        of_row[known] * n_codes + codes, return_index=True, return_counts=True
    )
    order = np.lexsort((first, -counts, pairs // n_codes))
    named, at = np.unique((pairs // n_codes)[order], return_index=True)
    chosen = np.zeros(n, dtype=np.int64)
    chosen[named] = (pairs % n_codes)[order][at]
    unknown = np.ones(n, dtype=bool)
    unknown[named] = False
    return coded.dictionary.take(pa.array(chosen, mask=unknown))


def _needs(rows: FundingRows, rounds: _Rounds, *, source: str, kind: NeedKind) -> pa.Table:
    first = pa.array(rounds.first_row)
    n = len(first)
    return record_table(
        Need,
        {
            col.NEED_ID: joined(f"need_{source}_", rounds.key),
            col.FIRM_ID: joined(f"firm_{source}_", rows.firm_key.take(first)),
            col.KIND: constant(kind.value, n),
            col.STATED_ON: rows.date.take(first),
            col.STAGE: rounds.stage,
            col.AMOUNT_LOW_MINOR: rows.low_minor.take(rounds.amount_row),
            col.AMOUNT_HIGH_MINOR: rows.high_minor.take(rounds.amount_row),
            col.CURRENCY: rows.currency.take(rounds.amount_row),
            col.EMPLOYEES: rows.employees.take(first),
            col.IMPLIED: constant(False, n),
            col.SOURCE: constant(source, n),
            col.SOURCE_KEY: rounds.key,
        },
    )


def _institutions(
    rows: FundingRows, source: str, *, kind: InstitutionKind, offer_kind: NeedKind
) -> tuple[pa.Table, pa.Table]:
    """Return institutions and offers in order of their keys, named as in their first round."""
    disclosed = np.flatnonzero(pc.not_equal(rows.funder_key, "").to_numpy(zero_copy_only=False))
    days = rows.date.cast(pa.int32()).to_numpy()[disclosed]
    by_date = disclosed[np.argsort(days, kind="stable")]
    codes = _codes(rows.funder_key.take(pa.array(by_date)))
    _, first = np.unique(codes, return_index=True)
    at = pa.array(by_date[first])
    key, n = rows.funder_key.take(at), len(first)
    shared = {
        col.INSTITUTION_ID: joined(f"inst_{source}_", key),
        col.NAME: pc.coalesce(rows.funder_name.take(at), key),
        col.SOURCE: constant(source, n),
        col.SOURCE_KEY: key,
    }
    institutions = record_table(Institution, {**shared, col.KIND: constant(kind.value, n)})
    offers = record_table(
        Offer,
        {
            **shared,
            col.OFFER_ID: joined(f"offer_{source}_", key),
            col.KIND: constant(offer_kind.value, n),
            col.RESIDENT_FIRST: constant(False, n),
        },
    )
    return institutions, offers


def _events(rows: FundingRows, rounds: _Rounds, *, source: str, needs: pa.Table) -> pa.Table:
    """Return one funded event for each round and disclosed funder, in order of rounds.

    The amount stays with the need, which a later export may correct; an event never changes.
    """
    disclosed = np.flatnonzero(pc.not_equal(rows.funder_key, "").to_numpy(zero_copy_only=False))
    codes = _codes(rows.funder_key.take(pa.array(disclosed)))
    n_codes = int(codes.max(initial=0)) + 1
    _, first = np.unique(rounds.of_row[disclosed] * n_codes + codes, return_index=True)
    at = disclosed[first]
    of_round = pa.array(rounds.of_row[at])
    funder = rows.funder_key.take(pa.array(at))
    midnight = rows.date.take(pa.array(at)).cast(pa.timestamp("us"))
    return record_table(
        Event,
        {
            col.EVENT_ID: joined(f"event_{source}_", rounds.key.take(of_round), "~", funder),
            col.KIND: constant(EventKind.FUNDED.value, len(at)),
            col.OCCURRED_AT: pc.assume_timezone(midnight, "UTC"),
            col.FIRM_ID: joined(f"firm_{source}_", rows.firm_key.take(pa.array(at))),
            col.OFFER_ID: joined(f"offer_{source}_", funder),
            col.NEED_ID: column_of(needs, col.NEED_ID).take(of_round),
            col.SOURCE: constant(source, len(at)),
        },
    )
