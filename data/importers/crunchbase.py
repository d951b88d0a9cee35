"""Crunchbase: US venture rounds, one row a funder.

Reads ``investments*.parquet`` and, where there is one, ``companies*.parquet``. Firms take their
attributes from the companies; a firm that is absent there exists all the same. The attributes were
exported after the rounds: a mild look-ahead that every method shares.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data import columns as col
from data.importers.keys import joined, keys, texts
from data.importers.parquet_sets import find_files, read_set, unique_rows
from data.importers.people import with_persons
from data.importers.record_tables import column_of, constant, record_table
from data.importers.rejects import Rejects
from data.importers.result import Importer, ImportResult
from data.importers.rounds import FundingRows, tables_of_rounds, usable_rows
from data.records import Firm, Institution, InstitutionKind, NeedKind
from data.schema import schema_of

SOURCE = "crunchbase"
INVESTMENTS = "investments*.parquet"
COMPANIES = "companies*.parquet"
INDUSTRY_SYSTEM = "crunchbase-2013"
CURRENCY = "USD"

COMPANY_KEY = "company_key"
COMPANY_NAME = "company_name"
INVESTOR_KEY = "investor_key"
INVESTOR_NAME = "investor_name"
FUNDED_AT = "funded_at"
AMOUNT = "amount_usd"
ROUND_TYPE = "funding_round_type"

COMPANY_COLUMNS = {
    "name": col.NAME,
    "country_code": col.COUNTRY,
    "state_code": col.PROVINCE,
    "region": col.METRO,
    "city": col.CITY,
    "category_code": col.INDUSTRY,
}
"""Text columns of the companies file, and where they go."""

MARKET = "market"
CATEGORY_LIST = "category_list"
FOUNDED_AT = "founded_at"
SEPARATOR = "|"

_NO_COMPANIES = pa.table(
    {
        name: pa.nulls(0, schema_of(Firm).field(name).type)
        for name in (col.SOURCE_KEY, *COMPANY_COLUMNS.values(), col.SECTORS, col.FOUNDED_ON)
    }
)


def read(folder: Path) -> ImportResult:
    """Read the files of the set in ``folder``.

    Raises
    ------
    InputError
        Where there is no folder, no matching file, no row, or a file lacks a column.
    """
    rejects = Rejects()
    rows = _funding_rows(folder, rejects)
    tables = tables_of_rounds(
        rows, SOURCE, need_kind=NeedKind.EQUITY, institution_kind=InstitutionKind.FUND
    )
    tables[Institution] = with_persons(tables[Institution])
    return ImportResult(SOURCE, {Firm: _firms(folder, rows, rejects), **tables}, rejects)


def _funding_rows(folder: Path, rejects: Rejects) -> FundingRows:
    table = read_set(
        folder,
        INVESTMENTS,
        required=(COMPANY_KEY, INVESTOR_KEY, FUNDED_AT),
        optional=(COMPANY_NAME, INVESTOR_NAME, AMOUNT, ROUND_TYPE),
    )
    firm_key, date = keys(table.column(COMPANY_KEY)), table.dates(FUNDED_AT)
    amount = table.amounts(AMOUNT, rejects, currency=CURRENCY)
    rows = FundingRows(
        firm_key=firm_key,
        firm_name=texts(table.column(COMPANY_NAME)),
        date=date,
        funder_key=keys(table.column(INVESTOR_KEY)),
        funder_name=texts(table.column(INVESTOR_NAME)),
        stage=texts(table.column(ROUND_TYPE)),
        low_minor=amount.low_minor,
        high_minor=amount.high_minor,
        currency=amount.currency,
        employees=pa.nulls(len(table), pa.int64()),
    )
    usable = usable_rows(
        date, firm_key, table=table, rejects=rejects, firm_column=COMPANY_KEY, date_column=FUNDED_AT
    )
    return rows.take(usable)


def _firms(folder: Path, rows: FundingRows, rejects: Rejects) -> pa.Table:
    """Return the companies, and after them the firms that only the investments name."""
    first = rows.earliest_of_firms()
    funded_key = rows.firm_key.take(first)
    funded_name = pc.coalesce(rows.firm_name.take(first), funded_key)
    companies = _companies(folder, rejects)
    listed = companies.column(col.SOURCE_KEY).combine_chunks()
    absent = pc.invert(pc.is_in(funded_key, value_set=listed))
    names = companies.column(col.NAME).combine_chunks()
    from_rounds = funded_name.take(pc.index_in(listed, value_set=funded_key))
    companies = companies.set_column(
        companies.column_names.index(col.NAME),
        col.NAME,
        pc.coalesce(names, from_rounds, listed),
    )
    others = pa.table(
        {col.SOURCE_KEY: funded_key.filter(absent), col.NAME: funded_name.filter(absent)}
    )
    whole = pa.concat_tables([companies, others], promote_options="default").combine_chunks()
    arrays = {name: column_of(whole, name) for name in whole.column_names}
    arrays[col.FIRM_ID] = joined(f"firm_{SOURCE}_", arrays[col.SOURCE_KEY])
    arrays[col.SOURCE] = constant(SOURCE, len(whole))
    arrays[col.INDUSTRY_SYSTEM] = pc.if_else(
        pc.is_valid(arrays[col.INDUSTRY]), INDUSTRY_SYSTEM, pa.scalar(None, pa.string())
    )
    return record_table(Firm, arrays)


def _companies(folder: Path, rejects: Rejects) -> pa.Table:
    """Return key and attributes of each company of the companies files; possibly none."""
    if not find_files(folder, COMPANIES):
        return _NO_COMPANIES
    table = read_set(
        folder,
        COMPANIES,
        required=(COMPANY_KEY,),
        optional=(*COMPANY_COLUMNS, MARKET, CATEGORY_LIST, FOUNDED_AT),
    )
    key = keys(table.column(COMPANY_KEY))
    columns = {column: texts(table.column(name)) for name, column in COMPANY_COLUMNS.items()}
    columns[col.SOURCE_KEY] = key
    columns[col.SECTORS] = _sectors(table.column(MARKET), table.column(CATEGORY_LIST))
    columns[col.FOUNDED_ON] = table.dates(FOUNDED_AT)
    table.reject_unread(FOUNDED_AT, columns[col.FOUNDED_ON], rejects, reason="This is not a date.")
    kept = unique_rows(key, table=table, rejects=rejects, column=COMPANY_KEY)
    return pa.table(columns).take(kept)


def _sectors(market: pa.Array, category_list: pa.Array) -> pa.ListArray:
    """Return market and categories of each company, each label once."""
    coded = pc.binary_join_element_wise(
        pc.fill_null(texts(market), ""), pc.fill_null(texts(category_list), ""), SEPARATOR
    ).dictionary_encode()
    labels = [
        list(dict.fromkeys(label.strip() for label in text.split(SEPARATOR) if label.strip()))
        for text in coded.dictionary.to_pylist()
    ]
    return pa.array(labels, type=pa.list_(pa.string())).take(coded.indices)


IMPORTER = Importer(SOURCE, (INVESTMENTS, COMPANIES), read)
