"""Workbooks of small roadshows for the tests of pages and routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matcher.roadshow import checking
from service.roadshow.template import Examples, write_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def row(**values: Any) -> dict[str, tuple[Any, Any]]:
    return {key: (value, value) for key, value in values.items()}


def small_event(**sheets: tuple) -> Examples:
    """Four firms, two institutions and four slots; everybody suits everybody."""
    rows: Examples = {
        checking.FIRMS: tuple(
            row(firm_id=f"f{n}", name=f"示例企业{n}", min_meetings=1) for n in range(4)
        ),
        checking.INSTITUTIONS: (
            row(institution_id="i0", name="示例银行", kind="bank"),
            row(institution_id="i1", name="示例基金", kind="fund"),
        ),
        checking.SLOTS: tuple(
            row(
                slot_id=f"s{n}",
                date="2026-07-01",
                start=f"17:{n * 10:02d}",
                end=f"17:{n * 10 + 10:02d}",
                session="下午",
            )
            for n in range(4)
        ),
        checking.SCORES: tuple(
            row(firm_id=f"f{f}", institution_id=f"i{i}", score=50 + 10 * f + i, reason="行业对口")
            for f in range(4)
            for i in range(2)
        ),
        checking.ROOMS: (row(room_id="A", name="一号厅", tables=2),),
    }
    return {**rows, **sheets}


def workbook(folder: Path, rows: Examples | None = None) -> bytes:
    path = folder / "event.xlsx"
    write_template(path, chinese=True, rows=small_event() if rows is None else rows)
    return path.read_bytes()
