"""Ids of records that have none, and references by name.

Ids are derived from what stays the same about a record, so that a second import of the same table
finds the same records. A reference by name or code finds a record of this import or of the store;
where there is none, it gets the id that such a record would get.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from data import columns as col
from data.importers.keys import joined
from data.importers.record_tables import column_of
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record
from data.schema import ID_COLUMN

PREFIXES: dict[type[Record], str] = {
    Base: "base_",
    Firm: "firm_",
    Need: "need_",
    Institution: "inst_",
    Offer: "offer_",
    Event: "event_",
    Rating: "rating_",
}
"""What the ids of each record type begin with."""

IDENTITY: dict[type[Record], tuple[str, ...]] = {
    Need: (col.FIRM_ID, col.BASE_ID, col.STATED_ON, col.KIND, col.STAGE, col.PURPOSE),
    Event: (
        *(col.FIRM_ID, col.OFFER_ID, col.KIND, col.OCCURRED_AT),
        *(col.NEED_ID, col.RECOMMENDATION_ID),
    ),
    Rating: (col.FIRM_ID, col.OFFER_ID, col.RATED_AT),
}
"""What makes two records without an id the same; for the other types it is :func:`own_key`."""

DIGEST_CHARACTERS = 20
"""80 bits: among a million records two equal digests have a chance of 4e-13."""

_BETWEEN = "\x1f"
_AMBIGUOUS = ""


def name_keys(names: pa.StringArray) -> pa.StringArray:
    """Return names as they are compared: narrow, lower case, without blanks; null stays."""
    narrow = pc.utf8_lower(pc.utf8_normalize(names, form="NFKC"))
    return pc.replace_substring_regex(narrow, r"[\s\p{Z}]+", "")


def given_ids(record_type: type[Record], ids: pa.StringArray) -> pa.StringArray:
    """Return the ids of a table, with the prefix of their record type."""
    prefix = PREFIXES[record_type]
    return pc.if_else(pc.starts_with(ids, prefix), ids, joined(prefix, ids))


def derived_ids(record_type: type[Record], keys: pa.StringArray) -> pa.StringArray:
    """Return an id for each key; null where the key is."""
    prefix = PREFIXES[record_type]
    digests = [
        None
        if key is None
        else prefix + hashlib.sha256(key.encode()).hexdigest()[:DIGEST_CHARACTERS]
        for key in keys.to_pylist()
    ]
    return pa.array(digests, type=pa.string())


def row_keys(columns: Sequence[pa.Array]) -> pa.StringArray:
    """Return one key a row of all ``columns``; unknown values count as such."""
    parts = [pc.fill_null(column.cast(pa.string()), "") for column in columns]
    return pc.binary_join_element_wise(*parts, _BETWEEN)


def named(kind: str, names: pa.StringArray) -> pa.StringArray:
    """Return the keys by which records of that ``kind`` of name are found."""
    return joined(f"{kind}:", name_keys(names))


class NameIndex:
    """Which record goes by which name or code, for the record types that somebody refers to.

    What the import itself holds goes before what was stored earlier.
    """

    def __init__(self, wanted: Iterable[type[Record]]) -> None:
        self.wanted = tuple(wanted)
        self._imported: dict[type[Record], dict[str, str]] = {kind: {} for kind in self.wanted}
        self._stored: dict[type[Record], dict[str, str]] = {kind: {} for kind in self.wanted}

    def learn(self, record_type: type[Record], table: pa.Table, *, stored: bool = False) -> None:
        """Take in the names and codes of records; a name of two records is ambiguous."""
        known = (self._stored if stored else self._imported).get(record_type)
        if known is None:
            return
        ids = column_of(table, ID_COLUMN[record_type]).to_pylist()
        for keys in _naming_keys(record_type, table):
            for key, record_id in zip(keys.to_pylist(), ids, strict=True):
                if key is not None and known.setdefault(key, record_id) != record_id:
                    known[key] = _AMBIGUOUS

    def find(
        self, record_type: type[Record], keys: pa.StringArray
    ) -> tuple[pa.StringArray, pa.BooleanArray]:
        """Return the id for each key, null where there is none, and which keys are ambiguous."""
        imported = self._imported.get(record_type, {})
        stored = self._stored.get(record_type, {})
        found = [imported.get(key, stored.get(key)) for key in keys.to_pylist()]
        ambiguous = pa.array([value == _AMBIGUOUS for value in found], type=pa.bool_())
        return pa.array([value or None for value in found], type=pa.string()), ambiguous


def _naming_keys(record_type: type[Record], table: pa.Table) -> list[pa.StringArray]:
    """Return the ways in which others refer to the records of ``table``."""
    name = named("name", column_of(table, col.NAME))
    if record_type is Firm:
        return [name, named("code", column_of(table, col.COMPANY_CODE))]
    if record_type is Institution:
        return [name, named("code", column_of(table, col.REGISTRATION_NO))]
    if record_type is Offer:
        return [name, joined(column_of(table, col.INSTITUTION_ID), "/", name)]
    return [name]


def own_key(record_type: type[Record], table: dict[str, pa.Array]) -> pa.StringArray:
    """Return what identifies the records of ``table`` that have no id.

    A firm is its code, else its name; a base and an institution are their names; an offer is its
    institution and name.
    """
    if record_type in IDENTITY:
        return row_keys([table[name] for name in IDENTITY[record_type]])
    name = named("name", table[col.NAME])
    if record_type is Firm:
        return pc.coalesce(named("code", table[col.COMPANY_CODE]), name)
    if record_type is Offer:
        return joined(table[col.INSTITUTION_ID], "/", name)
    return name
