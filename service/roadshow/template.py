"""An empty roadshow workbook to fill in, with one example row in every sheet and notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matcher.roadshow import checking
from matcher.roadshow.problem import DEFAULT_TIME_ZONE
from service.roadshow.columns import EVENT_ITEMS, SHEETS, Column, Sheet
from service.sheets import whole_file

WIDTH = 16
HEADING_FILL, REQUIRED_FILL = "DCE6F1", "FFE699"

Examples = dict[str, tuple[dict[str, tuple[Any, Any]], ...]]
"""Rows by sheet; each cell as it is in Chinese and in English."""

EXAMPLES: Examples = {
    checking.FIRMS: (
        {
            "firm_id": ("f1", "f1"),
            "name": ("示例智能装备", "Example Robots"),
            "min_meetings": (1, 1),
        },
        {
            "firm_id": ("f2", "f2"),
            "name": ("示例新材料", "Example Materials"),
            "max_meetings": (2, 2),
            "arrives": ("09:20", "09:20"),
        },
    ),
    checking.INSTITUTIONS: (
        {
            "institution_id": ("i1", "i1"),
            "name": ("示例银行", "Example Bank"),
            "kind": ("银行", "bank"),
            "tables": (1, 1),
            "room_id": ("A", "A"),
        },
        {
            "institution_id": ("i2", "i2"),
            "name": ("示例创投", "Example Ventures"),
            "kind": ("基金", "fund"),
            "tables": (1, 1),
        },
    ),
    checking.SLOTS: tuple(
        {
            "slot_id": (f"s{number}", f"s{number}"),
            "date": ("2026-09-01", "2026-09-01"),
            "start": (start, start),
            "end": (end, end),
            "session": ("上午", "morning"),
        }
        for number, start, end in (
            (1, "09:00", "09:20"),
            (2, "09:20", "09:40"),
            (3, "09:40", "10:00"),
        )
    ),
    checking.ROOMS: ({"room_id": ("A", "A"), "name": ("一号厅", "Hall 1"), "tables": (4, 4)},),
    checking.SCORES: tuple(
        {
            "firm_id": (firm, firm),
            "institution_id": (institution, institution),
            "score": (score, score),
            "reason": ("行业对口", "works in this sector"),
        }
        for firm, institution, score in (
            ("f1", "i1", 80),
            ("f1", "i2", 65),
            ("f2", "i1", 55),
            ("f2", "i2", 70),
        )
    ),
    checking.WISHES: (
        {
            "firm_id": ("f2", "f2"),
            "institution_id": ("i2", "i2"),
            "by": ("企业", "firm"),
            "kind": ("希望", "wish"),
        },
    ),
    checking.KINDS: (
        {"rule_id": ("至少一家银行", "one bank"), "kinds": ("银行", "bank"), "minimum": (1, 1)},
    ),
}
"""Values of the example rows, Chinese and English."""

EVENT_EXAMPLES: dict[str, tuple[Any, Any]] = {
    "roadshow_id": ("roadshow_2026_09", "roadshow_2026_09"),
    "name": ("示例资本对接会", "Example roadshow"),
    "time_zone": (DEFAULT_TIME_ZONE, DEFAULT_TIME_ZONE),
    "fairness": ("均衡", "balanced"),
    "max_idle": (None, None),
    "seed": (7, 7),
}

NOTES_ZH = (
    "黄色列必填，其余可留空。各表中的示例行请改成自己的内容。",
    "评分表留空时，评分由当前模型包给出（企业和机构编号须与库中一致）；没有评分的组合视为不符合条件。",
    "公平档位：效率优先、均衡、公平优先。意愿：必见、希望、婉拒。提出方：企业、机构、主办方。",
    "到场、离场时间写 10:00（每天）或 2026-09-01 10:00（某天）。缺席场次用顿号隔开。",
    "机构类型：银行、基金、担保机构、保险机构、服务机构，也可写自己的类型。",
    "类型要求必须互相包含或没有共同类型；只对有符合条件机构的企业生效。",
    "不用的表可以留空或删除；没有场地表时不安排桌号。",
)
NOTES_EN = (
    "Yellow columns are required, all others may stay empty. Replace the example rows.",
    "Without scores, the serving model scores all pairs (ids must be those of the store); "
    "with scores, a pair without one is not eligible.",
    "Fairness: efficiency, balanced, equal. Wish: must, wish, no thanks. "
    "By: firm, institution, organizer.",
    "Arrives and leaves: 10:00 (every day) or 2026-09-01 10:00 (one day). "
    "Absent slots: ids with commas between.",
    "Kinds: bank, fund, guarantor, insurer, service provider, or words of your own.",
    "Kind rules must nest or have no kind in common; they hold where an institution is eligible.",
    "Sheets that you do not need may stay empty or go; without rooms no tables are given.",
)


def write_template(path: Path, *, chinese: bool, rows: Examples = EXAMPLES) -> None:
    """Write the template to ``path`` with some rows filled in."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    notes = book.create_sheet("说明" if chinese else "notes")
    for line in NOTES_ZH if chinese else NOTES_EN:
        notes.append([line])
    notes.column_dimensions["A"].width = 100
    for sheet in SHEETS:
        page = book.create_sheet(sheet.zh if chinese else sheet.en)
        _fill(page, sheet, rows, chinese=chinese)
    with whole_file(path) as aside:
        book.save(aside)


def _fill(page: Any, sheet: Sheet, rows: Examples, *, chinese: bool) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    page.append([column.zh if chinese else column.en for column in sheet.columns])
    for at, column in enumerate(sheet.columns, start=1):
        cell = page.cell(1, at)
        cell.font = Font(bold=True)
        colour = REQUIRED_FILL if column.required else HEADING_FILL
        cell.fill = PatternFill("solid", start_color=colour)
        hint = column.hint_zh if chinese else column.hint_en
        if hint:
            cell.comment = Comment(hint, "FinMatch")
        page.column_dimensions[get_column_letter(at)].width = WIDTH
    page.freeze_panes = "A2"
    for row in _rows(sheet, rows, chinese=chinese):
        page.append(row)


def _rows(sheet: Sheet, rows: Examples, *, chinese: bool) -> list[list[Any]]:
    side = 0 if chinese else 1
    if sheet.key == checking.EVENT:
        return [[EVENT_ITEMS[key][side], value[side]] for key, value in EVENT_EXAMPLES.items()]
    return [
        [_value(example, column, side) for column in sheet.columns]
        for example in rows.get(sheet.key, ())
    ]


def _value(example: dict[str, tuple[Any, Any]], column: Column, side: int) -> Any:
    return example[column.key][side] if column.key in example else None
