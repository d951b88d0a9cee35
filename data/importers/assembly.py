"""From the columns that a table gives to whole records: currencies, references, ids."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import columns as col
from data.importers.references import (
    NameIndex,
    derived_ids,
    given_ids,
    named,
    own_key,
)
from data.importers.targets import INSTITUTION_NAME, TARGETS, naming_targets
from data.records import Institution, Offer, Record
from data.schema import ID_COLUMN, REFERENCES, schema_of

CODE_TARGETS = frozenset({col.COMPANY_CODE, col.REGISTRATION_NO})
"""Targets that name another record by a code, not by its name."""

AMBIGUOUS = "Several records go by this name: give the id or the code."

_TEXT = pa.string()


@dataclass
class Draft:
    """The columns of ``n`` rows on their way to records of one type.

    ``columns`` go by the names of record columns and of key targets; ``currencies`` holds, for
    each amount column, the currency that its texts named. ``faults`` are rows to be marked, with
    the target or column at fault and the reason.
    """

    record_type: type[Record]
    n: int
    columns: dict[str, pa.Array] = field(default_factory=dict)
    currencies: dict[str, pa.StringArray] = field(default_factory=dict)
    faults: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, name: str, array: pa.Array) -> None:
        """Add a column; where there is one already, only its gaps are filled."""
        known = self.columns.get(name)
        self.columns[name] = array if known is None else pc.coalesce(known, array)

    def note_currency(self, name: str, currency: pa.StringArray) -> None:
        """Remember the currency that the texts of amount column ``name`` named."""
        known = self.currencies.get(name)
        self.currencies[name] = currency if known is None else pc.coalesce(known, currency)

    def column(self, name: str) -> pa.Array:
        """Return a column; all unknown where there is none."""
        if name in self.columns:
            return self.columns[name]
        schema = schema_of(self.record_type)
        kind = schema.field(name).type if name in schema.names else _TEXT
        return pa.nulls(self.n, kind)

    def mark(self, rows: pa.BooleanArray, name: str, reason: str) -> None:
        """Add a fault for each of ``rows``."""
        at = np.flatnonzero(pc.fill_null(rows, False).to_numpy(zero_copy_only=False))
        self.faults.extend((int(row), name, reason) for row in at)


def complete(draft: Draft, index: NameIndex, *, currency: str, source: str) -> None:
    """Fill in what the table leaves open: one currency a row, references, ids, defaults."""
    names = schema_of(draft.record_type).names
    if col.CURRENCY in names:
        _settle_currency(draft, currency)
    for column, referred in REFERENCES.get(draft.record_type, {}).items():
        draft.columns[column] = _reference(draft, column, referred, index=index)
    _identify(draft)
    draft.add(col.SOURCE, pa.repeat(source, draft.n))
    for one in dataclasses.fields(draft.record_type):
        if isinstance(one.default, bool):
            known = draft.column(one.name)
            draft.columns[one.name] = pc.fill_null(known.cast(pa.bool_()), one.default)


def _settle_currency(draft: Draft, default: str) -> None:
    """Give each row one currency; amounts that name another one become unknown."""
    settled = draft.column(col.CURRENCY)
    for named_currency in draft.currencies.values():
        settled = pc.coalesce(settled, named_currency)
    known = pa.repeat(False, draft.n)
    for name in draft.currencies:
        known = pc.or_(known, pc.is_valid(draft.column(name)))
    settled = pc.if_else(pc.and_(known, pc.is_null(settled)), pa.scalar(default), settled)
    for name, named_currency in draft.currencies.items():
        other = pc.fill_null(pc.not_equal(named_currency, settled), False)
        other = pc.and_(other, pc.is_valid(draft.column(name)))
        draft.mark(other, name, "The amount is in another currency than the row.")
        draft.columns[name] = pc.if_else(other, pa.scalar(None, pa.int64()), draft.column(name))
    draft.columns[col.CURRENCY] = settled


def _reference(
    draft: Draft, column: str, referred: type[Record], *, index: NameIndex
) -> pa.StringArray:
    """Return the id of the record that each row refers to, by id, then code, then name."""
    result = given_ids(referred, draft.column(column))
    derived = pa.nulls(draft.n, _TEXT)
    ambiguous = pa.repeat(False, draft.n)
    for name in naming_targets(referred):
        target = TARGETS[draft.record_type].get(name)
        if name not in draft.columns or target is None or target.fills != (column,):
            continue
        keys = named("code" if name in CODE_TARGETS else "name", draft.columns[name])
        for key in _lookup_keys(draft, referred, keys, index=index):
            found, several = index.find(referred, key)
            unclear = pc.and_(several, pc.is_null(result))
            draft.mark(unclear, name, AMBIGUOUS)
            ambiguous = pc.or_(ambiguous, unclear)
            result = pc.coalesce(result, found)
            derived = pc.coalesce(derived, derived_ids(referred, key))
    derived = pc.if_else(ambiguous, pa.scalar(None, _TEXT), derived)
    return pc.coalesce(result, derived)


def _lookup_keys(
    draft: Draft, referred: type[Record], keys: pa.StringArray, *, index: NameIndex
) -> list[pa.StringArray]:
    """Return the keys to look up, the closest first: an offer with its institution, if named."""
    if referred is not Offer or INSTITUTION_NAME not in draft.columns:
        return [keys]
    institution = named("name", draft.columns[INSTITUTION_NAME])
    found, _ = index.find(Institution, institution)
    ids = pc.coalesce(found, derived_ids(Institution, institution))
    with_institution = pc.binary_join_element_wise(ids, keys, "/")
    alone = pc.if_else(pc.is_null(ids), keys, pa.scalar(None, _TEXT))
    return [with_institution, alone]


def _identify(draft: Draft) -> None:
    """Give each row an id: its own with the prefix, or one derived from what it is."""
    name = ID_COLUMN[draft.record_type]
    given = given_ids(draft.record_type, draft.column(name))
    if given.null_count == 0:
        draft.columns[name] = given
        return
    columns = {field.name: draft.column(field.name) for field in schema_of(draft.record_type)}
    derived = derived_ids(draft.record_type, own_key(draft.record_type, columns))
    draft.columns[name] = pc.coalesce(given, derived)
