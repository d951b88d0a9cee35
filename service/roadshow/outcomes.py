"""The sheet of outcomes, filled in by the organizer, as reports."""

from __future__ import annotations

from pathlib import Path

from matcher.roadshow.lifecycle import Attendance, Outcome, Report
from service.roadshow.cells import RoadshowFileError, SheetRows
from service.roadshow.columns import REPORT_SHEET, REPORTS, choose


def read_reports(place: Path) -> list[Report]:
    """Return the rows of the sheet in which somebody filled in who came.

    The workbook may hold the other sheets of an export too.

    Raises
    ------
    RoadshowFileError
        Something is wrong; it lists all of it.
    """
    sheets = SheetRows([place], (REPORT_SHEET,), others_too=True)
    found: dict[tuple[str, str], Report] = {}
    for row in sheets.rows[REPORTS]:
        attendance = sheets.choose(row, "attendance", Attendance, choose)
        outcome = sheets.choose(row, "outcome", Outcome, choose)
        follow_up, note = row.get("follow_up_on"), row.get("note") or ""
        if attendance is None and (outcome is not None or follow_up is not None):
            attendance = Attendance.ATTENDED
        if attendance is None:
            continue
        pair = (row.get("firm_id"), row.get("institution_id"))
        if pair in found:
            sheets.report(row, "firm_id", "与前面的行重复。", "The pair is in an earlier row.")
        found[pair] = Report(
            firm_id=pair[0],
            institution_id=pair[1],
            attendance=attendance,
            outcome=outcome,
            outcome_on=row.get("outcome_on"),
            follow_up_on=follow_up,
            note=note,
        )
    if REPORTS not in sheets.names:
        text = (
            f"没有工作表“{REPORT_SHEET.zh}”。",
            f"There is no sheet {REPORT_SHEET.en!r}.",
        )
        sheets.report(None, REPORT_SHEET.zh, *text)
    if sheets.troubles:
        raise RoadshowFileError(sheets.troubles)
    return list(found.values())
