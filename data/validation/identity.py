"""Checks on ids, references and names."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import columns as col
from data.company_code import find_fault
from data.records import Base, Firm, Institution, Need, Offer
from data.schema import ID_COLUMN, REFERENCES
from data.validation.report import Finding
from data.validation.tables import Tables, Tally, rows_where


def duplicate_ids(tables: Tables, _today: dt.date) -> Finding:
    """Find rows whose id an earlier row of the same type has."""
    tally = Tally()
    for record_type in ID_COLUMN:
        ids = tables.ids(record_type)
        codes = ids.dictionary_encode().indices
        _, first = np.unique(pc.fill_null(codes, -1).to_numpy(), return_index=True)
        again = np.ones(len(ids), dtype=bool)
        again[first] = False
        wrong = rows_where(again)
        tally.add(len(ids), wrong, (str(ids[int(row)]) for row in wrong))
    return tally.finding()


def dangling_ids(tables: Tables, _today: dt.date) -> Finding:
    """Find references to records that do not exist."""
    tally = Tally()
    for record_type, references in REFERENCES.items():
        ids = tables.ids(record_type)
        for name, target in references.items():
            column = tables.column(record_type, name)
            known = pc.is_in(column, value_set=tables.ids(target))
            wrong = rows_where(pc.and_(pc.invert(known), pc.is_valid(column)))
            tally.add(
                len(column) - column.null_count,
                wrong,
                (f"{ids[int(row)]}: {name} {column[int(row)]}" for row in wrong),
            )
    bases = tables.column(Offer, col.BASE_IDS)
    flat = pc.list_flatten(bases)
    wrong = rows_where(pc.invert(pc.is_in(flat, value_set=tables.ids(Base))))
    tally.add(len(flat), wrong, (f"{col.BASE_IDS} {flat[int(row)]}" for row in wrong))
    return tally.finding()


def one_asker(tables: Tables, _today: dt.date) -> Finding:
    """Find needs that name both a firm and a base, or neither."""
    firm, base = (pc.is_valid(tables.column(Need, name)) for name in REFERENCES[Need])
    wrong = rows_where(pc.equal(firm, base))
    ids, tally = tables.ids(Need), Tally()
    tally.add(len(ids), wrong, (str(ids[int(row)]) for row in wrong))
    return tally.finding()


def company_codes(tables: Tables, _today: dt.date) -> Finding:
    """Find company codes of a wrong length, with wrong characters or a wrong check digit."""
    codes, ids = tables.column(Firm, col.COMPANY_CODE), tables.ids(Firm)
    faults = [None if code is None else find_fault(code) for code in codes.to_pylist()]
    wrong = rows_where(np.array([fault is not None for fault in faults], dtype=bool))
    tally = Tally()
    tally.add(
        len(codes) - codes.null_count,
        wrong,
        (f"{ids[int(row)]}: {codes[int(row)]} ({faults[int(row)]})" for row in wrong),
    )
    return tally.finding()


def same_names(tables: Tables, _today: dt.date) -> Finding:
    """Find names that differ from another one only in blanks, width or case."""
    tally = Tally()
    for record_type in (Base, Firm, Institution):
        names = pc.unique(pc.drop_null(tables.column(record_type, col.NAME)))
        plain = pc.utf8_lower(pc.utf8_normalize(names, form="NFKC"))
        folded = pc.replace_substring_regex(plain, r"[\s\p{Z}]+", "")
        grouped = (
            pa.table({"folded": folded, "name": names})
            .group_by("folded")
            .aggregate([("name", "count"), ("name", "list")])
        )
        wrong = rows_where(pc.greater(grouped.column("name_count").combine_chunks(), 1))
        spellings = grouped.column("name_list")
        tally.add(len(names), wrong, (" / ".join(spellings[int(row)].as_py()) for row in wrong))
    return tally.finding()
