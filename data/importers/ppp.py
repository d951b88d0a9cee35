"""PPP: loans of the US Paycheck Protection Program (``loans*.parquet``), one row a loan.

The release names no borrower below 150,000 USD, so that every loan is its own firm, known by its
row in the files. Amounts are exact or one of five bands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import columns as col
from data.importers.keys import joined, keys, texts
from data.importers.parquet_sets import SetTable, read_set
from data.importers.record_tables import constant, record_table
from data.importers.rejects import Rejects
from data.importers.result import Importer, ImportResult
from data.importers.rounds import FundingRows, tables_of_rounds, usable_rows
from data.records import Firm, Institution, InstitutionKind, NeedKind

SOURCE = "ppp"
LOANS = "loans*.parquet"
COUNTRY = "USA"
INDUSTRY_SYSTEM = "naics-2017"
CURRENCY = "USD"

LOAN = "loan"
LENDER = "lender"
DATE = "date"
BUSINESS_NAME = "BusinessName"
JOBS = "jobs"
NONPROFIT = "nonprofit"
NAICS = "naics"

TEXT_COLUMNS = {
    "state": col.PROVINCE,
    "city": col.CITY,
    "area": col.DISTRICT,
    "zip": col.POSTCODE,
    "business_type": col.LEGAL_FORM,
}
"""Text columns of the loan files, and where they go."""

MOST_JOBS = 500
"""The programme takes firms of at most 500 staff at a place; more is a slip."""


def read(folder: Path) -> ImportResult:
    """Read the files of the set in ``folder``.

    Raises
    ------
    InputError
        Where there is no folder, no matching file, no row, or a file lacks a column.
    """
    rejects = Rejects()
    table = read_set(
        folder,
        LOANS,
        required=(LOAN, LENDER, DATE),
        optional=(BUSINESS_NAME, *TEXT_COLUMNS, JOBS, NONPROFIT, NAICS),
    )
    rows = _funding_rows(table, rejects)
    usable = _usable(table, rows, rejects)
    rows = rows.take(usable)
    tables = tables_of_rounds(
        rows, SOURCE, need_kind=NeedKind.DEBT, institution_kind=InstitutionKind.BANK
    )
    banks = tables[Institution]
    at = banks.column_names.index(col.NATURAL_PERSON)
    banks = banks.set_column(at, banks.schema.field(at), constant(False, len(banks)))
    return ImportResult(
        SOURCE, {Firm: _firms(table, rows, usable), **tables, Institution: banks}, rejects
    )


def _usable(table: SetTable, rows: FundingRows, rejects: Rejects) -> pa.Int64Array:
    """Return the rows that have a lender and a date, and reject the others."""
    at = usable_rows(
        rows.date, rows.firm_key, table=table, rejects=rejects, firm_column=LOAN, date_column=DATE
    )
    named = pc.not_equal(rows.funder_key.take(at), "")
    for row in at.filter(pc.invert(named)).to_pylist():
        reason, value = "The name of the lender is missing.", table.column(LENDER)[row].as_py()
        rejects.add(table.reject(row, LENDER, value, reason=reason, whole_row=True))
    return at.filter(named)


def _funding_rows(table: SetTable, rejects: Rejects) -> FundingRows:
    numbers = pa.array(np.arange(len(table))).cast(pa.string())
    key = joined("loan", numbers)
    amount = table.amounts(LOAN, rejects, currency=CURRENCY)
    return FundingRows(
        firm_key=key,
        firm_name=pc.coalesce(texts(table.column(BUSINESS_NAME)), key),
        date=table.dates(DATE),
        funder_key=keys(table.column(LENDER)),
        funder_name=texts(table.column(LENDER)),
        stage=pa.nulls(len(table), pa.string()),
        low_minor=amount.low_minor,
        high_minor=amount.high_minor,
        currency=amount.currency,
        employees=_jobs(table, rejects),
    )


def _jobs(table: SetTable, rejects: Rejects) -> pa.Int64Array:
    """Return the staff of each loan; what is no number, or impossible, is unknown and rejected."""
    cells = table.column(JOBS)
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        number = pc.match_substring_regex(cells, r"^\s*-?\d+(\.0*)?\s*$")
        unreadable = pc.and_(pc.invert(number), pc.not_equal(pc.utf8_trim_whitespace(cells), ""))
        texts_only = pc.if_else(number, pc.utf8_trim_whitespace(cells), None)
        jobs = texts_only.cast(pa.float64())
    else:
        jobs = cells.cast(pa.float64())
        jobs = pc.if_else(pc.is_nan(jobs), pa.scalar(None, pa.float64()), jobs)
        unreadable = pa.repeat(False, len(table))
    outside = pc.or_(pc.less(jobs, 0), pc.greater(jobs, MOST_JOBS))
    bad = pc.or_(pc.fill_null(outside, False), pc.fill_null(unreadable, False))
    for row in np.flatnonzero(bad.to_numpy(zero_copy_only=False)).tolist():
        reason = f"The number of jobs is not between 0 and {MOST_JOBS}."
        rejects.add(table.reject(row, JOBS, cells[row].as_py(), reason=reason))
    return pc.if_else(bad, pa.scalar(None, pa.float64()), pc.round(jobs)).cast(pa.int64())


def _firms(table: SetTable, rows: FundingRows, usable: pa.Int64Array) -> pa.Table:
    """Return one firm a loan, in the order of the loans."""
    n = len(usable)
    arrays = {
        column: texts(table.column(name)).take(usable) for name, column in TEXT_COLUMNS.items()
    }
    nonprofit = pc.utf8_upper(texts(table.column(NONPROFIT)).take(usable))
    arrays[col.FIRM_ID] = joined(f"firm_{SOURCE}_", rows.firm_key)
    arrays[col.NAME] = rows.firm_name
    arrays[col.COUNTRY] = constant(COUNTRY, n)
    arrays[col.INDUSTRY] = texts(table.column(NAICS)).take(usable)
    arrays[col.INDUSTRY_SYSTEM] = pc.if_else(
        pc.is_valid(arrays[col.INDUSTRY]), INDUSTRY_SYSTEM, pa.scalar(None, pa.string())
    )
    arrays[col.NONPROFIT] = pc.is_in(nonprofit, value_set=pa.array(["Y", "YES", "TRUE"]))
    arrays[col.EMPLOYEES] = rows.employees
    arrays[col.SOURCE] = constant(SOURCE, n)
    arrays[col.SOURCE_KEY] = rows.firm_key
    return record_table(Firm, arrays)


IMPORTER = Importer(SOURCE, (LOANS,), read)
