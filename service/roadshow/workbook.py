"""The organizer's Excel workbook: overview, match list, timetable, one sheet a participant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from matcher.roadshow.lifecycle import Attendance, Outcome, Report
from matcher.roadshow.problem import Pair
from matcher.roadshow.result import Difference, Meeting
from service.roadshow.columns import REPORT_SHEET, shown
from service.roadshow.wording import Words
from service.sheets import whole_file

LINE_POINTS = 15
"""Height of a line of text in a sheet."""

WIDEST_A4 = 210
"""Characters on a landscape A4 page that are still easy to read; wider tables go on A3."""

LONGEST_TITLE = 31
"""Characters of the name of a sheet (Excel specifications and limits, Microsoft)."""

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_WIDE, _NARROW, _MIDDLE = 46, 10, 22
NONE = ("无", "none")
HEADING_FILL = "DCE6F1"


class Workbook:
    """Writes sheets with one look."""

    def __init__(self) -> None:
        from openpyxl import Workbook as Book

        self.book = Book()
        self.book.remove(self.book.active)
        self.titles: set[str] = set()

    def sheet(
        self,
        title: str,
        headings: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        widths: Sequence[int],
        above: Sequence[str] = (),
        empty: str = "",
    ) -> str:
        """Add a sheet, with lines of text above the table; return its title.

        ``empty`` stands in a table without rows.
        """
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        name = self._free(title)
        page = self.book.create_sheet(name)
        for number, line in enumerate(above):
            page.append([plain(line)])
            page.cell(page.max_row, 1).font = Font(bold=not number, size=14 if not number else 11)
        if above:
            page.append([])
        page.append([plain(heading) for heading in headings])
        top = page.max_row
        for cell in page[top]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", start_color=HEADING_FILL)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.row_dimensions[top].height = LINE_POINTS * _most_lines(headings, widths)
        listed = [list(row) for row in rows] or [[empty]] * bool(empty)
        figures = {at for row in listed for at, value in enumerate(row) if _is_figure(value)}
        for at in figures:
            page.cell(top, at + 1).alignment = Alignment(
                horizontal="right", vertical="top", indent=1
            )
        for row in listed:
            page.append([plain(value) for value in row])
            for cell in page[page.max_row]:
                figure = _is_figure(cell.value)
                cell.alignment = Alignment(
                    wrap_text=not figure,
                    vertical="top",
                    horizontal="right" if figure else None,
                    indent=int(figure),
                )
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # a name that begins with = is a name, not a formula
            lines = _most_lines(row, widths)
            if lines > 1:
                page.row_dimensions[page.max_row].height = LINE_POINTS * lines
        for at, width in enumerate(widths, start=1):
            page.column_dimensions[get_column_letter(at)].width = width
        page.freeze_panes = f"A{top + 1}"
        page.page_setup.orientation = "landscape"
        wide = sum(widths) > WIDEST_A4
        page.page_setup.paperSize = page.PAPERSIZE_A3 if wide else page.PAPERSIZE_A4
        page.page_setup.fitToHeight = 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.print_options.gridLines = True
        page.print_title_rows = f"{top}:{top}"
        return name

    def _free(self, title: str) -> str:
        """Return a title that Excel takes and that no other sheet has."""
        base = _FORBIDDEN.sub(" ", title).strip() or "-"
        name, number = base[:LONGEST_TITLE], 1
        while name.casefold() in self.titles:
            number += 1
            tail = f" {number}"
            name = base[: LONGEST_TITLE - len(tail)] + tail
        self.titles.add(name.casefold())
        return name


def _most_lines(row: Sequence[object], widths: Sequence[int]) -> int:
    return max((_lines(v, w) for v, w in zip(row, widths, strict=False)), default=1)


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lines(value: object, width: int) -> int:
    """Return how many lines a text takes in a column; wide characters count twice."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, -(-cell_len(part) // (width - 1))) for part in value.split("\n"))


def plain(value: object) -> object:
    """Return a value without the control characters that a workbook refuses."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def write_workbook(
    path: Path,
    words: Words,
    *,
    reports: Mapping[Pair, Report] | None = None,
    change: Difference | None = None,
    state: str = "",
) -> None:
    """Write everything about a plan to ``path``.

    Parameters
    ----------
    path
        Where to.
    words
        The plan in one language.
    reports
        What is known of meetings already.
    change
        What changed since the version before, as a sheet of its own.
    state
        State of the roadshow, in words.
    """
    book = Workbook()
    titles = _agenda_titles(book, words)
    _overview(book, words, titles, state=state)
    _match_list(book, words)
    _timetable(book, words)
    if change is not None:
        _changes(book, words, change)
    _unmatched(book, words)
    _violations(book, words)
    _quality(book, words)
    _reports(book, words, reports or {})
    for key in titles:
        _agenda(book, words, key, titles[key])
    _link(book, words, titles)
    with whole_file(path) as aside:
        book.book.save(aside)


def _agenda_titles(book: Workbook, words: Words) -> dict[str, str]:
    """Choose the title of each participant's sheet, after those of the fixed sheets."""
    fixed = [title for title, _ in _FIXED.values()] + [title for _, title in _FIXED.values()]
    book.titles |= {title.casefold() for title in fixed}
    people = (*words.problem.institutions, *words.problem.firms)
    titles = {one.participant_id: book._free(one.name) for one in people}
    book.titles = set()
    return titles


_FIXED = {
    "overview": ("总览", "Overview"),
    "matches": ("匹配名单", "Match list"),
    "timetable": ("时间表", "Timetable"),
    "changes": ("变动", "Changes"),
    "unmatched": ("未匹配", "Unmatched"),
    "violations": ("未满足要求", "Missed requirements"),
    "quality": ("质量", "Quality"),
    "reports": (REPORT_SHEET.zh, REPORT_SHEET.en),
}


def _overview(book: Workbook, words: Words, titles: Mapping[str, str], *, state: str) -> None:
    pick, problem, plan = words.pick, words.problem, words.plan
    counts = {key: len(rows) for key, rows in plan.agendas().items()}
    values = {key: sum(one.value for one in rows) for key, rows in plan.agendas().items()}
    rows = [
        [
            pick(("企业", "firm")) if side == 0 else words.kind(one.participant_id),
            one.participant_id,
            one.name,
            counts.get(one.participant_id, 0),
            round(values.get(one.participant_id, 0.0), 1),
            titles[one.participant_id],
        ]
        for side, people in enumerate((problem.firms, problem.institutions))
        for one in people
    ]
    quality = plan.quality
    first, last = _days(words)
    above = [
        problem.name,
        pick(("时间：", "When: "))
        + (first if first == last else f"{first} – {last}")
        + f"（{problem.time_zone}）" * words.chinese
        + f" ({problem.time_zone})" * (not words.chinese),
        pick(
            (
                f"{len(problem.firms)} 家企业，{len(problem.institutions)} 家机构，"
                f"{len(problem.slots)} 个场次，{quality.meetings} 场会面",
                f"{len(problem.firms)} firms, {len(problem.institutions)} institutions, "
                f"{len(problem.slots)} slots, {quality.meetings} meetings",
            )
        ),
        pick(
            (
                f"总匹配值 {quality.value:,.1f}，与上界差 {quality.gap:.2%}，"
                f"{words.lead()}；未满足要求 {len(plan.violations)} 项，"
                f"没有会面的 {len(plan.unmatched)} 家",
                f"Match value {quality.value:,.1f}, {quality.gap:.2%} below the bound, "
                f"{words.lead()}; {len(plan.violations)} missed "
                f"requirements, {len(plan.unmatched)} without a meeting",
            )
        ),
    ]
    if state:
        above.insert(1, pick(("状态：", "State: ")) + state)
    above += [pick(("注意：", "Note: ")) + line for line in words.warnings()]
    headings = [
        pick(both)
        for both in (
            ("类别", "kind"),
            ("编号", "id"),
            ("名称", "name"),
            ("场数", "meetings"),
            ("匹配值", "value"),
            ("工作表", "sheet"),
        )
    ]
    widths = (14, _MIDDLE, 38, _NARROW, 12, 34)
    book.sheet(pick(_FIXED["overview"]), headings, rows, widths=widths, above=above)


def _days(words: Words) -> tuple[str, str]:
    days = sorted(words.day(slot.slot_id) for slot in words.problem.slots)
    return (days[0], days[-1]) if days else ("-", "-")


def _match_list(book: Workbook, words: Words) -> None:
    pick = words.pick
    meetings = sorted(words.plan.meetings, key=lambda m: (words.name(m.firm_id), -m.value))
    rows = [
        [
            words.name(one.firm_id),
            words.name(one.institution_id),
            words.kind(one.institution_id),
            round(one.value, 1),
            words.day(one.slot_id),
            words.time(one.slot_id),
            words.place(one),
            words.reason(one),
            pick(("是", "yes")) if one.locked else "",
        ]
        for one in meetings
    ]
    headings = [
        pick(both)
        for both in (
            ("企业", "firm"),
            ("机构", "institution"),
            ("类型", "kind"),
            ("匹配度", "score"),
            ("日期", "date"),
            ("时间", "time"),
            ("地点", "place"),
            ("理由", "reasons"),
            ("锁定", "settled"),
        )
    ]
    widths = (30, 40, 12, _NARROW, 12, 14, _MIDDLE, _WIDE, 8)
    book.sheet(pick(_FIXED["matches"]), headings, rows, widths=widths)


def _timetable(book: Workbook, words: Words) -> None:
    """One row a slot, one column an institution's delegate, the firm in the cell."""
    pick, problem = words.pick, words.problem
    desks = [
        (one.participant_id, desk)
        for one in problem.institutions
        for desk in range(1, one.tables + 1)
    ]
    cells = {(m.slot_id, m.institution_id, m.desk): m for m in words.plan.meetings}
    several = {one.participant_id for one in problem.institutions if one.tables > 1}
    headings = [
        pick(("日期", "date")),
        pick(("时间", "time")),
        *(
            f"{words.name(key)} {desk}" if key in several else words.name(key)
            for key, desk in desks
        ),
    ]
    rows = [
        [
            words.day(slot.slot_id),
            words.time(slot.slot_id),
            *(_cell(words, cells, (slot.slot_id, key, desk)) for key, desk in desks),
        ]
        for slot in sorted(problem.slots, key=lambda s: s.starts_at)
    ]
    widths = (12, 14, *(26 for _ in desks))
    book.sheet(pick(_FIXED["timetable"]), headings, rows, widths=widths)


def _desk_name(words: Words, key: str, desk: int | None) -> str:
    return words.name(key) if desk is None else f"{words.name(key)} {desk}"


def _cell(
    words: Words, cells: Mapping[tuple[str, str, int], Meeting], at: tuple[str, str, int]
) -> str:
    meeting, (slot_id, key, _) = cells.get(at), at
    if meeting is None:
        return "×" if slot_id in words.people[key].absent else ""
    place = words.place(meeting)
    return words.name(meeting.firm_id) + (f"\n{place}" if place else "")


def _changes(book: Workbook, words: Words, change: Difference) -> None:
    pick = words.pick
    book.sheet(
        pick(_FIXED["changes"]),
        change_headings(words),
        change_rows(words, change),
        widths=(18, 30, 40, 40, 40),
        empty=words.pick(NONE),
    )


def change_headings(words: Words) -> list[str]:
    """Return the headings of a list of changes."""
    return [
        words.pick(both)
        for both in (
            ("变动", "change"),
            ("企业", "firm"),
            ("机构", "institution"),
            ("原安排", "before"),
            ("新安排", "now"),
        )
    ]


def change_rows(words: Words, change: Difference) -> list[list[str]]:
    """Return one row for each meeting that is new, gone or elsewhere."""
    pick = words.pick
    rows = [[pick(("新增", "added")), one, "", when(words, one)] for one in change.added]
    removed = pick(("取消", "removed"))
    rows += [[removed, one, when(words, one), ""] for one in change.removed]
    rows += [
        [pick(("改期", "moved")), one.after, when(words, one.before), when(words, one.after)]
        for one in change.moved
    ]
    settled = pick(("（原已锁定）", " (was settled)"))
    return [
        [
            f"{kind}{settled}" if m.locked and kind == removed else str(kind),
            words.name(m.firm_id),
            words.name(m.institution_id),
            str(before),
            str(after),
        ]
        for kind, m, before, after in rows
        if isinstance(m, Meeting)
    ]


def when(words: Words, meeting: Meeting) -> str:
    """Say when and where a meeting is."""
    if meeting.slot_id not in words.slots:
        return meeting.slot_id
    parts = (words.day(meeting.slot_id), words.time(meeting.slot_id), words.place(meeting))
    return " ".join(part for part in parts if part)


def _unmatched(book: Workbook, words: Words) -> None:
    pick = words.pick
    rows = [
        [words.name(one.participant_id), one.participant_id, words.why(one), words.fix(one)]
        for one in words.plan.unmatched
    ]
    headings = [
        pick(b) for b in (("名称", "name"), ("编号", "id"), ("原因", "why"), ("建议", "what helps"))
    ]
    book.sheet(pick(_FIXED["unmatched"]), headings, rows, widths=(30, 22, 60, 40), empty=pick(NONE))


def _violations(book: Workbook, words: Words) -> None:
    pick = words.pick
    rows = [
        [words.rule(one), words.who(one), one.required, one.got, words.why(one), words.fix(one)]
        for one in words.plan.violations
    ]
    headings = [
        pick(b)
        for b in (
            ("要求", "requirement"),
            ("对象", "who"),
            ("应为", "required"),
            ("实为", "got"),
            ("原因", "why"),
            ("建议", "what helps"),
        )
    ]
    book.sheet(
        pick(_FIXED["violations"]),
        headings,
        rows,
        widths=(30, 38, 10, 8, 60, 36),
        empty=pick(NONE),
    )


def _quality(book: Workbook, words: Words) -> None:
    pick, stamp = words.pick, words.plan.stamp
    rows: list[list[str]] = [list(row) for row in words.figures()]
    seats = [
        [
            pick(
                (
                    f"多一个席位：{words.name(s.participant_id)}",
                    f"one more seat: {words.name(s.participant_id)}",
                )
            ),
            words.worth(s.worth, s.minimums),
            "",
        ]
        for s in words.plan.seats
    ]
    rows += [row for row in seats if row[1]]
    rows += [
        [pick(("评分来源", "scores from")), words.score_source(), ""],
        [pick(("输入指纹", "input hash")), stamp.input_hash, ""],
        [pick(("随机种子", "seed")), str(stamp.seed), ""],
        [pick(("算法版本", "solver version")), stamp.solver_version, ""],
    ]
    headings = [pick(b) for b in (("指标", "measure"), ("数值", "figure"), ("说明", "remark"))]
    book.sheet(pick(_FIXED["quality"]), headings, rows, widths=(46, 30, 60))


def _reports(book: Workbook, words: Words, reports: Mapping[Pair, Report]) -> None:
    """Add the sheet that comes back filled in; its columns are those that are read."""
    rows = [_report_row(words, one, reports.get(one.pair)) for one in words.plan.meetings]
    headings = [column.zh if words.chinese else column.en for column in REPORT_SHEET.columns]
    widths = (22, 22, 28, 28, 24, 16, 16, 14, 14, _WIDE)
    title = book.sheet(words.pick(_FIXED["reports"]), headings, rows, widths=widths)
    page = book.book[title]
    for at, column in enumerate(REPORT_SHEET.columns, start=1):
        if column.key in _CHOICES and rows:
            _offer_choices(page, at, len(rows) + 1, _CHOICES[column.key], words)


_CHOICES: dict[str, type[StrEnum]] = {"attendance": Attendance, "outcome": Outcome}


def _offer_choices(
    page: Any, column: int, last_row: int, choice: type[StrEnum], words: Words
) -> None:
    """Let the cells of a column offer the words that are understood."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = ",".join(shown(one, chinese=words.chinese) for one in choice)
    rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
    page.add_data_validation(rule)
    letter = get_column_letter(column)
    rule.add(f"{letter}2:{letter}{last_row}")


def _report_row(words: Words, meeting: Meeting, report: Report | None) -> list[Any]:
    who = [
        meeting.firm_id,
        meeting.institution_id,
        words.name(meeting.firm_id),
        words.name(meeting.institution_id),
        f"{words.day(meeting.slot_id)} {words.time(meeting.slot_id)}",
    ]
    if report is None:
        return [*who, "", "", "", "", ""]
    outcome = "" if report.outcome is None else shown(report.outcome, chinese=words.chinese)
    return [
        *who,
        shown(report.attendance, chinese=words.chinese),
        outcome,
        report.outcome_on.isoformat() if report.outcome_on else "",
        report.follow_up_on.isoformat() if report.follow_up_on else "",
        report.note,
    ]


def _agenda(book: Workbook, words: Words, key: str, title: str) -> None:
    pick = words.pick
    of_firm = any(one.participant_id == key for one in words.problem.firms)
    rows = [
        [
            words.day(one.slot_id),
            words.time(one.slot_id),
            words.name(words.other(one, key)),
            *([words.kind(one.institution_id)] if of_firm else []),
            words.place(one),
            words.reason(one),
        ]
        for one in words.plan.agenda(key)
    ]
    headings = [
        pick(b)
        for b in (
            ("日期", "date"),
            ("时间", "time"),
            ("会见", "meets"),
            *([("类型", "kind")] if of_firm else []),
            ("地点", "place"),
            ("理由", "reasons"),
        )
    ]
    above = [words.name(key), words.problem.name]
    if not rows:
        above += [words.why(one) for one in words.plan.unmatched if one.participant_id == key]
    widths = (12, 14, 40, *([12] if of_firm else []), _MIDDLE, _WIDE)
    book.sheet(title, headings, rows, widths=widths, above=above)


def _link(book: Workbook, words: Words, titles: Mapping[str, str]) -> None:
    """Let the overview's last column lead to the sheets."""
    from openpyxl.styles import Font

    page = book.book[words.pick(_FIXED["overview"])]
    known = set(titles.values())
    for (cell,) in page.iter_rows(min_col=6, max_col=6):
        if cell.value in known:
            cell.hyperlink = f"#'{cell.value}'!A1"
            cell.font = Font(color="0563C1", underline="single")
