"""The sheets of a roadshow file: their names and columns in Chinese and English, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.labels import WORDS, folded
from data.records import InstitutionKind
from matcher.roadshow import checking
from matcher.roadshow.lifecycle import Attendance, Outcome
from matcher.roadshow.problem import Fairness, Side, WishKind

REPORTS = "reports"


class Form(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    LIST = "list"
    COUNTS = "counts"
    DAY = "day"
    TIME = "time"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in the problem, its headings, and how its cells are read."""

    key: str
    zh: str
    en: str
    form: Form = Form.TEXT
    required: bool = False
    others: tuple[str, ...] = ()
    hint_zh: str = ""
    hint_en: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its names and columns; ``key`` is the part of the problem."""

    key: str
    zh: str
    en: str
    columns: tuple[Column, ...]

    def names(self) -> set[str]:
        """Return every name under which the sheet is found, folded."""
        return {folded(self.key), folded(self.zh), folded(self.en)}


def _people(prefix: str, zh: str, en: str) -> tuple[Column, ...]:
    return (
        Column(f"{prefix}_id", f"{zh}编号", f"{en} id", required=True, others=("编号", "id")),
        Column("name", f"{zh}名称", f"{en} name", others=("名称", "name")),
    )


_TIMES = (
    Column("min_meetings", "最少场数", "min meetings", Form.COUNT),
    Column("max_meetings", "最多场数", "max meetings", Form.COUNT),
    Column("session_min", "每时段最少", "min per session", Form.COUNT),
    Column("session_max", "每时段最多", "max per session", Form.COUNT),
    Column(
        "arrives",
        "到场时间",
        "arrives",
        Form.TIME,
        hint_zh="如 10:00，或 2026-09-01 10:00",
        hint_en="like 10:00, or 2026-09-01 10:00",
    ),
    Column("leaves", "离场时间", "leaves", Form.TIME),
    Column(
        "absent",
        "缺席场次",
        "absent slots",
        Form.LIST,
        hint_zh="场次编号，用顿号或逗号隔开",
        hint_en="slot ids with commas between",
    ),
    Column("max_idle", "最多连续空闲", "max idle", Form.COUNT),
    Column("group", "所属集团", "group"),
)

_PAIR = (
    Column("firm_id", "企业编号", "firm id", required=True, others=("企业", "firm")),
    Column(
        "institution_id",
        "机构编号",
        "institution id",
        required=True,
        others=("机构", "institution"),
    ),
)

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        checking.EVENT,
        "活动",
        "event",
        (
            Column("item", "项目", "item", required=True),
            Column("value", "内容", "value"),
        ),
    ),
    Sheet(checking.FIRMS, "企业", "firms", (*_people("firm", "企业", "firm"), *_TIMES)),
    Sheet(
        checking.INSTITUTIONS,
        "机构",
        "institutions",
        (
            *_people("institution", "机构", "institution"),
            Column("kind", "机构类型", "kind", Form.CHOICE, others=("类型",)),
            Column("tables", "席位数", "tables", Form.COUNT, others=("代表数", "delegates")),
            *_TIMES,
            Column("room_id", "场地编号", "room id"),
            Column("fixed_tables", "固定桌号", "fixed tables", Form.COUNTS),
        ),
    ),
    Sheet(
        checking.SLOTS,
        "场次",
        "slots",
        (
            Column("slot_id", "场次编号", "slot id", required=True, others=("编号", "id")),
            Column("date", "日期", "date", Form.DAY, required=True),
            Column("start", "开始时间", "start", Form.TIME, required=True, others=("开始",)),
            Column("end", "结束时间", "end", Form.TIME, required=True, others=("结束",)),
            Column("session", "时段", "session"),
        ),
    ),
    Sheet(
        checking.ROOMS,
        "场地",
        "rooms",
        (
            Column("room_id", "场地编号", "room id", required=True, others=("编号", "id")),
            Column("name", "场地名称", "room name", others=("名称", "name")),
            Column("tables", "桌数", "tables", Form.COUNT, required=True),
            Column("closed", "关闭场次", "closed slots", Form.LIST),
        ),
    ),
    Sheet(
        checking.SCORES,
        "评分",
        "scores",
        (
            *_PAIR,
            Column("score", "评分", "score", Form.NUMBER, required=True, others=("匹配度",)),
            Column("reason", "理由", "reason"),
            Column("offer_id", "产品编号", "offer id"),
            Column("need_id", "需求编号", "need id"),
        ),
    ),
    Sheet(
        checking.WISHES,
        "意愿",
        "wishes",
        (
            *_PAIR,
            Column("by", "提出方", "by", Form.CHOICE),
            Column("kind", "意愿", "wish", Form.CHOICE, required=True),
        ),
    ),
    Sheet(
        checking.LOCKS,
        "锁定",
        "locked",
        (
            *_PAIR,
            Column("slot_id", "场次编号", "slot id", required=True),
            Column("room_id", "场地编号", "room id"),
            Column("table", "桌号", "table", Form.COUNT),
        ),
    ),
    Sheet(checking.MET, "已见过", "met before", _PAIR),
    Sheet(
        checking.KINDS,
        "类型要求",
        "kind rules",
        (
            Column("rule_id", "规则名称", "rule", required=True),
            Column("kinds", "机构类型", "kinds", Form.LIST, required=True),
            Column("minimum", "最少场数", "minimum", Form.COUNT),
            Column("firm_ids", "适用企业", "firms", Form.LIST),
        ),
    ),
)
"""Every sheet that a file may have, in the order in which people fill them in."""

REPORT_SHEET = Sheet(
    REPORTS,
    "签到与结果",
    "outcomes",
    (
        *_PAIR,
        Column("firm_name", "企业名称", "firm name"),
        Column("institution_name", "机构名称", "institution name"),
        Column("when", "时间", "when"),
        Column("attendance", "到会情况", "attendance", Form.CHOICE),
        Column("outcome", "结果", "outcome", Form.CHOICE),
        Column("outcome_on", "结果日期", "outcome date", Form.DAY),
        Column("follow_up_on", "跟进日期", "follow-up date", Form.DAY),
        Column("note", "备注", "note"),
    ),
)
"""What the organizer fills in after the meetings."""

EVENT_ITEMS: dict[str, tuple[str, str]] = {
    "roadshow_id": ("活动编号", "roadshow id"),
    "name": ("活动名称", "name"),
    "time_zone": ("时区", "time zone"),
    "fairness": ("公平档位", "fairness"),
    "max_idle": ("最多连续空闲", "max idle"),
    "seed": ("随机种子", "seed"),
}
"""The rows of the sheet of the event."""

CHOICE_WORDS: dict[type[StrEnum], dict[StrEnum, tuple[str, ...]]] = {
    Fairness: {
        Fairness.EFFICIENCY: ("效率优先", "效率"),
        Fairness.BALANCED: ("均衡", "兼顾"),
        Fairness.EQUAL: ("公平优先", "平均"),
    },
    WishKind: {
        WishKind.MUST: ("必见", "must meet"),
        WishKind.WISH: ("希望", "想见", "meet"),
        WishKind.NO_THANKS: ("婉拒", "不见", "no thanks", "no"),
    },
    Side: {
        Side.FIRM: ("企业",),
        Side.INSTITUTION: ("机构",),
        Side.ORGANIZER: ("主办方", "组织者"),
    },
    Attendance: {
        Attendance.ATTENDED: ("已到会", "到会", "已见面", "yes"),
        Attendance.FIRM_ABSENT: ("企业缺席", "企业未到"),
        Attendance.INSTITUTION_ABSENT: ("机构缺席", "机构未到"),
        Attendance.CANCELLED: ("取消",),
    },
    Outcome: {
        Outcome.INTERESTED: ("有意向",),
        Outcome.FOLLOW_UP: ("约定再谈", "继续跟进"),
        Outcome.APPLICATION: ("提交申请", "申请"),
        Outcome.APPROVAL: ("批准", "授信"),
        Outcome.FUNDED: ("放款", "投资", "成交"),
        Outcome.DECLINED: ("婉拒", "不合适"),
    },
}
"""Words for each value beside its own name; the first is shown in Chinese."""


def choose(choice: type[StrEnum], text: str) -> StrEnum | None:
    """Return the value that ``text`` stands for, or ``None``."""
    wanted = folded(text)
    for member, words in CHOICE_WORDS[choice].items():
        if wanted in {folded(member.value), *(folded(word) for word in words)}:
            return member
    return None


def shown(value: StrEnum, *, chinese: bool) -> str:
    """Return the word for a value."""
    words = CHOICE_WORDS[type(value)][value]
    return words[0] if chinese else value.value.replace("_", " ")


def kind_word(kind: str, *, chinese: bool) -> str:
    """Return the word for a kind of institution, or the text itself for an unknown kind."""
    if kind in set(InstitutionKind):
        member = InstitutionKind(kind)
        return WORDS[member][0] if chinese else member.value.replace("_", " ")
    return kind


def kind_of(text: str) -> str:
    """Return the kind of institution that ``text`` names; other words are kinds of their own."""
    wanted = folded(text)
    for member in InstitutionKind:
        if wanted in {folded(member.value), *(folded(word) for word in WORDS[member])}:
            return member.value
    return text.strip()


def find_sheet(name: str, sheets: Iterable[Sheet] = SHEETS) -> Sheet | None:
    """Return the sheet with this name, or ``None``."""
    wanted = folded(name)
    return next((sheet for sheet in sheets if wanted in sheet.names()), None)


def find_column(sheet: Sheet, heading: str) -> Column | None:
    """Return the column with this heading, or ``None``."""
    wanted = folded(heading)
    for column in sheet.columns:
        if wanted in {folded(name) for name in (column.key, column.zh, column.en, *column.others)}:
            return column
    return None
