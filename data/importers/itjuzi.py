"""IT桔子: Chinese venture rounds (``events*.parquet``), one row a disclosed funder.

A row whose columns are shifted (a round where the place belongs) keeps its round and funder, and
loses field, place and round type. Profiles of institutions (``institution_profiles*.parquet``) were
written down in September 2016: for any test before that day they look ahead, so that they are read
only on request.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import columns as col
from data.errors import ParseError
from data.importers.keys import joined, keys, texts
from data.importers.parquet_sets import SetTable, find_files, read_set, unique_rows
from data.importers.people import with_persons
from data.importers.record_tables import column_of, constant, record_table
from data.importers.rejects import Rejects
from data.importers.result import Importer, ImportResult
from data.importers.rounds import FundingRows, tables_of_rounds, usable_rows
from data.records import Firm, Institution, InstitutionKind, NeedKind

SOURCE = "itjuzi"
EVENTS = "events*.parquet"
PROFILES = "institution_profiles*.parquet"
COUNTRY = "CHN"
SEPARATOR = "|"

COMPANY = "company"
DATE = "date"
FIELD = "field"
PLACE = "place"
ROUND = "round"
AMOUNT = "amount"
INVESTOR = "investor"
UNDISCLOSED = "undisclosed"
FIELDS = "fields"
STAGES = "stages"

DECLARED_ON = dt.date(2016, 9, 1)
"""Month in which the profiles of institutions were written down."""

ROUND_NAME = r"轮$|^战略投资$|^新三板$|^IPO|^不明确$"
"""What a round type looks like; a *place* that looks like one gives a shifted row away."""

UNCLEAR_ROUND = "不明确"


def read(folder: Path, *, declared: bool = False) -> ImportResult:
    """Read the files of the set in ``folder``.

    Parameters
    ----------
    folder
        Holds ``events*.parquet`` and, optionally, ``institution_profiles*.parquet``.
    declared
        Whether to add the regions, sectors and stages that institutions declare. They are dated
        :data:`DECLARED_ON` and look ahead of any earlier day.

    Raises
    ------
    InputError
        Where there is no folder, no matching file, no row, or a file lacks a column.
    """
    rejects = Rejects()
    table = read_set(
        folder,
        EVENTS,
        required=(COMPANY, DATE, INVESTOR, UNDISCLOSED),
        optional=(FIELD, PLACE, ROUND, AMOUNT),
    )
    shifted = _shifted_rows(table, rejects)
    date, firm_key = table.dates(DATE), keys(table.column(COMPANY))
    usable = usable_rows(
        date, firm_key, table=table, rejects=rejects, firm_column=COMPANY, date_column=DATE
    )
    rows = _funding_rows(table, shifted, rejects).take(usable)
    tables = tables_of_rounds(
        rows, SOURCE, need_kind=NeedKind.EQUITY, institution_kind=InstitutionKind.FUND
    )
    tables[Institution] = with_persons(tables[Institution])
    if declared:
        tables[Institution] = _with_profiles(tables[Institution], folder, rejects)
    field, place = (_unless(shifted, table, name).take(usable) for name in (FIELD, PLACE))
    return ImportResult(SOURCE, {Firm: _firms(rows, field, place), **tables}, rejects)


def _shifted_rows(table: SetTable, rejects: Rejects) -> pa.BooleanArray:
    """Return which rows have a round type where the place belongs, and reject their attributes."""
    place = texts(table.column(PLACE))
    shifted = pc.fill_null(pc.match_substring_regex(place, ROUND_NAME), False)
    for row in np.flatnonzero(shifted.to_numpy(zero_copy_only=False)):
        reason = "This is no place: the columns of the row are shifted; field, place and round are"
        value = place[int(row)].as_py()
        rejects.add(table.reject(int(row), PLACE, value, reason=f"{reason} left out."))
    return shifted


def _unless(shifted: pa.BooleanArray, table: SetTable, name: str) -> pa.StringArray:
    return pc.if_else(shifted, pa.scalar(None, pa.string()), texts(table.column(name)))


def _funding_rows(table: SetTable, shifted: pa.BooleanArray, rejects: Rejects) -> FundingRows:
    amount = table.amounts(AMOUNT, rejects)
    stage = _unless(shifted, table, ROUND)
    unclear = pc.fill_null(pc.equal(stage, UNCLEAR_ROUND), False)
    undisclosed = _flags(table, UNDISCLOSED)
    return FundingRows(
        firm_key=keys(table.column(COMPANY)),
        firm_name=texts(table.column(COMPANY)),
        date=table.dates(DATE),
        funder_key=pc.if_else(undisclosed, "", keys(table.column(INVESTOR))),
        funder_name=texts(table.column(INVESTOR)),
        stage=pc.if_else(unclear, pa.scalar(None, pa.string()), stage),
        low_minor=amount.low_minor,
        high_minor=amount.high_minor,
        currency=amount.currency,
        employees=pa.nulls(len(table), pa.int64()),
    )


def _flags(table: SetTable, name: str) -> pa.BooleanArray:
    """Return a column of yes and no; unknown counts as no."""
    cells = table.column(name)
    if not (pa.types.is_boolean(cells.type) or pa.types.is_integer(cells.type)):
        raise ParseError(
            f"The column {name!r} of {table.files[0].name} holds {cells.type}, not true or false.",
            field=name,
            remedy="Write it as a Boolean column of the Parquet file.",
        )
    return pc.fill_null(cells.cast(pa.bool_()), False)


def _firms(rows: FundingRows, field: pa.StringArray, place: pa.StringArray) -> pa.Table:
    """Return the firms with the field and place of their first round."""
    first = rows.earliest_of_firms()
    key, n = rows.firm_key.take(first), len(first)
    return record_table(
        Firm,
        {
            col.FIRM_ID: joined(f"firm_{SOURCE}_", key),
            col.NAME: pc.coalesce(rows.firm_name.take(first), key),
            col.COUNTRY: constant(COUNTRY, n),
            col.PROVINCE: place.take(first),
            col.SECTORS: _lists(field.take(first)),
            col.SOURCE: constant(SOURCE, n),
            col.SOURCE_KEY: key,
        },
    )


def _lists(cells: pa.StringArray) -> pa.ListArray:
    """Split cells at the separator of the source; unknown and empty cells give empty lists."""
    coded = pc.fill_null(cells, "").dictionary_encode()
    labels = [
        list(dict.fromkeys(label.strip() for label in text.split(SEPARATOR) if label.strip()))
        for text in coded.dictionary.to_pylist()
    ]
    return pa.array(labels, type=pa.list_(pa.string())).take(coded.indices)


def _with_profiles(institutions: pa.Table, folder: Path, rejects: Rejects) -> pa.Table:
    """Return ``institutions`` with what they declare; institutions without profile as they are."""
    if not find_files(folder, PROFILES):
        return institutions
    table = read_set(folder, PROFILES, required=(INVESTOR,), optional=(FIELDS, STAGES, PLACE))
    key = keys(table.column(INVESTOR))
    kept = unique_rows(key, table=table, column=INVESTOR, rejects=rejects)
    at = pc.index_in(column_of(institutions, col.SOURCE_KEY), value_set=key.take(kept))
    declared = {
        col.SECTORS: _lists(texts(table.column(FIELDS)).take(kept)).take(at),
        col.STAGES: _lists(texts(table.column(STAGES)).take(kept)).take(at),
        col.REGIONS: _lists(texts(table.column(PLACE)).take(kept)).take(at),
        col.DECLARED_ON: pc.if_else(
            pc.is_valid(at), pa.scalar(DECLARED_ON), pa.scalar(None, pa.date32())
        ),
    }
    arrays = {name: column_of(institutions, name) for name in institutions.column_names}
    return record_table(Institution, {**arrays, **declared})


IMPORTER = Importer(SOURCE, (EVENTS, PROFILES), read)
