"""Tables for whoever asks, as far as they may see them: CSV, Excel, JSON lines, Parquet.

Columns are those of the records; firms and needs have a key, a view and their teaser before them,
and what the caller may not see is empty. A cell of CSV or Excel that a spreadsheet would take for a
formula is preceded by an apostrophe (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from data.errors import InputError
from data.records import Base, Firm, Institution, Need, Offer, Record
from data.schema import columns_of, schema_of
from service.access.logbook import Actor
from service.access.policy import Action
from service.access.seen import SeenFirm, SeenNeed
from service.access.sight import Sight
from service.access.teaser import Teaser

MOST_ROWS = 100_000
"""Rows of one export; a worker is busy for about a minute with so many in Excel."""
ROWS_AT_ONCE = 2_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LIST_MARK = "、"
TEASER = "teaser_"


class Format(StrEnum):
    """Kinds of file."""

    CSV = "csv"
    EXCEL = "xlsx"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON_LINES: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}

Row = dict[str, Any]


def export_table(sight: Sight, record_type: type[Record], kind: Format, path: Path) -> int:
    """Write every record that the caller may see to a file; return how many.

    Raises
    ------
    ForbiddenError
        The caller may not export.
    InputError
        There are more than :data:`MOST_ROWS`.
    """
    sight.require(Action.EXPORT_DATA)
    fields = _schema(record_type)
    with path.open("wb") as stream:
        count = _WRITERS[kind](stream, fields, _counted(_rows(sight, record_type)))
    detail = {"table": record_type.__name__.lower(), "format": kind.value, "rows": count}
    entry = Actor.of(sight).entry(Action.EXPORT_DATA.value, "table", None, detail=detail)
    sight.store.audit.append(entry)
    return count


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _counted(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise InputError(
                f"An export has at most {MOST_ROWS:,} rows; there are more.",
                field="table",
                remedy="Use finmatch export, or read the table in pages.",
            )
        yield row


# -- what is written -------------------------------------------------------------------------------


def _schema(record_type: type[Record]) -> pa.Schema:
    own = schema_of(record_type)
    if record_type not in (Firm, Need):
        return own
    seen = [pa.field("key", pa.string()), pa.field("view", pa.string())]
    whole = {"need_low_minor", "need_high_minor", "credentials_count"}
    teaser = [
        pa.field(TEASER + name, pa.int64() if name in whole else pa.string())
        for name in _TEASER_COLUMNS
    ]
    return pa.schema([*seen, *teaser, *(field.with_nullable(True) for field in own)])


_TEASER_COLUMNS = (
    *(field.name for field in dataclasses.fields(Teaser) if field.name != "need_band"),
    *("need_low_minor", "need_high_minor", "need_currency"),
)


def _rows(sight: Sight, record_type: type[Record]) -> Iterator[Row]:
    """Yield rows a page at a time; what is disclosed is on record before the page is used."""
    pages = {
        Base: sight.bases,
        Firm: sight.firms,
        Need: sight.needs,
        Institution: sight.institutions,
        Offer: sight.offers,
    }[record_type]
    after: str | None = None
    while True:
        page: Any = pages(after=after, n=ROWS_AT_ONCE)  # type: ignore[operator]
        for item in page.items:
            yield _seen_row(item) if isinstance(item, SeenFirm | SeenNeed) else _own_row(item)
        if page.after is None:
            return
        after = page.after


def _own_row(record: Any) -> Row:
    return {column.name: getattr(record, column.name) for column in columns_of(type(record))}


def _seen_row(seen: SeenFirm | SeenNeed) -> Row:
    teaser, band = seen.teaser, seen.teaser.need_band
    shown = {TEASER + name: getattr(teaser, name, None) for name in _TEASER_COLUMNS}
    if band is not None:
        shown |= {
            f"{TEASER}need_low_minor": band.low_minor,
            f"{TEASER}need_high_minor": band.high_minor,
            f"{TEASER}need_currency": band.currency,
        }
    return {"key": seen.key, "view": seen.view.value, **shown, **seen.fields}


# -- how -------------------------------------------------------------------------------------------


def _cells(fields: pa.Schema, row: Row) -> list[Any]:
    return [neutral(_cell(row.get(name))) for name in fields.names]


def _cell(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple | list):
        return LIST_MARK.join(str(item) for item in value)
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def _write_csv(stream: Any, fields: pa.Schema, rows: Iterator[Row]) -> int:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(fields.names)
        count = 0
        for row in rows:
            writer.writerow(_cells(fields, row))
            count += 1
    return count


def _write_excel(stream: Any, fields: pa.Schema, rows: Iterator[Row]) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("FinMatch")
    sheet.freeze_panes = "A2"
    sheet.append(list(fields.names))
    count = 0

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        text.data_type = "s"  # text, whatever it begins with
        return text

    try:
        for row in rows:
            sheet.append([cell(value) for value in _cells(fields, row)])
            count += 1
    finally:
        book.save(stream)  # also ends the worksheet's own temporary file
    return count


def _write_json_lines(stream: Any, fields: pa.Schema, rows: Iterator[Row]) -> int:
    count = 0
    for row in rows:
        plain = {name: row.get(name) for name in fields.names}
        stream.write(orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE))
        count += 1
    return count


def _write_parquet(stream: Any, fields: pa.Schema, rows: Iterator[Row]) -> int:
    import pyarrow.parquet as pq

    count = 0
    with pq.ParquetWriter(stream, fields) as writer:
        pending: list[Row] = []
        for row in rows:
            pending.append({name: row.get(name) for name in fields.names})
            if len(pending) == ROWS_AT_ONCE:
                writer.write_table(pa.Table.from_pylist(pending, schema=fields))
                count += len(pending)
                pending.clear()
        writer.write_table(pa.Table.from_pylist(pending, schema=fields))
    return count + len(pending)


_WRITERS = {
    Format.CSV: _write_csv,
    Format.EXCEL: _write_excel,
    Format.JSON_LINES: _write_json_lines,
    Format.PARQUET: _write_parquet,
}

TABLES: Mapping[str, type[Record]] = {
    "bases": Base,
    "firms": Firm,
    "needs": Need,
    "institutions": Institution,
    "offers": Offer,
}
"""What can be exported, by the name in the path."""
