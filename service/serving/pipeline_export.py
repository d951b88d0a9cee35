"""A ranked list as a table for a spreadsheet: what the reader sees, and nothing it would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from service.access.logbook import Actor
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.exporting import Format, neutral


def export_rows(
    sight: Sight, kind: Format, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> bytes:
    """Return a table as CSV or Excel; cells that look like a formula are made plain text.

    That it left the service stands in the audit log.

    Raises
    ------
    ForbiddenError
        The caller may not export.
    """
    sight.require(Action.EXPORT_DATA)
    cells = [[neutral(cell) for cell in row] for row in rows]
    written = _csv(header, cells) if kind is Format.CSV else _excel(header, cells)
    detail = {"table": "pipeline", "format": kind.value, "rows": len(cells)}
    entry = Actor.of(sight).entry(Action.EXPORT_DATA.value, "table", None, detail=detail)
    sight.store.audit.append(entry)
    return written


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")  # Excel takes a CSV without the mark for GBK


def _excel(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("FinMatch")
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for row in rows:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
