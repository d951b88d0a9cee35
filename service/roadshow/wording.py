"""Plans in words: names, times, findings, figures, in Chinese and English."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from matcher.roadshow.problem import Participant, Problem, Slot
from matcher.roadshow.result import Cause, Fix, Meeting, Plan, Quality, Rule, Unmatched, Violation
from service.roadshow.columns import kind_word

Both = tuple[str, str]
"""Chinese and English."""

RULES: dict[Rule, Both] = {
    Rule.FIRM_MINIMUM: ("企业最少场数", "minimum of a firm"),
    Rule.INSTITUTION_MINIMUM: ("机构最少场数", "minimum of an institution"),
    Rule.SESSION_MINIMUM: ("每时段最少场数", "minimum of a session"),
    Rule.KIND_MINIMUM: ("机构类型要求", "kind rule"),
    Rule.MUST_MEET: ("必见", "must meet"),
    Rule.SETTLED: ("已锁定的会面", "settled meeting"),
    Rule.IDLE_LIMIT: ("连续空闲上限", "idle slots in a row"),
}
CAUSES: dict[Cause, Both] = {
    Cause.NOT_THERE: ("一方全程不在场（取消或未到）", "somebody is not there at all"),
    Cause.NO_ELIGIBLE_PAIR: ("没有其他符合条件的对象", "nobody else is eligible"),
    Cause.ALL_DECLINED: (
        "符合条件的对象均已婉拒或见过",
        "all eligible ones declined or met before",
    ),
    Cause.NO_COMMON_SLOT: ("没有共同在场的场次", "no slot in which both are there"),
    Cause.OWN_LIMIT: ("自己的场数或在场场次已用完", "its own maximum or presence is used up"),
    Cause.CAPACITY: ("对方席位已满", "the others are full"),
    Cause.TIMETABLE: ("有空席位，但时间错不开", "seats are free, but at times that clash"),
}
FIXES: dict[Fix, Both] = {
    Fix.SCORE_PAIRS: ("补充评分或邀请符合条件的对象", "score more pairs, or invite eligible ones"),
    Fix.ASK_AGAIN: ("与婉拒方再沟通一次", "ask those who declined again"),
    Fix.MORE_PRESENCE: ("延长在场时间", "stay for more slots"),
    Fix.OTHER_DATE: ("另约时间见面", "meet on another date"),
    Fix.RAISE_OWN_MAXIMUM: ("提高自己的最多场数", "raise its own maximum"),
    Fix.MORE_SEATS: ("增加一个席位：{who}", "one more seat at {who}"),
    Fix.MORE_SLOTS: ("增加一个场次", "one more slot"),
    Fix.LOWER_REQUIREMENT: ("放宽这项要求", "relax the requirement"),
}
NOBODY_ELIGIBLE: Both = ("没有符合条件的对象", "nobody is eligible")

FIGURES: tuple[tuple[str, Both, str, Both], ...] = (
    ("meetings", ("会面数", "meetings"), "count", ("", "")),
    (
        "value",
        ("总匹配值", "total match value"),
        "value",
        ("所有会面评分之和", "sum of all scores"),
    ),
    (
        "upper_bound",
        ("上界", "upper bound"),
        "value",
        (
            "同样要求下最好的匹配名单（线性规划最优值）",
            "best match list under the same rules: the optimum of the linear program",
        ),
    ),
    (
        "gap",
        ("与上界的差距", "gap to the bound"),
        "share",
        ("0 表示排期没有损失", "0: the timetable loses nothing"),
    ),
    (
        "baseline_value",
        ("按评分排序排会的总值", "sorted spreadsheet"),
        "value",
        ("同一份输入，从高分到低分依次安排", "the same input, from the highest score down"),
    ),
    ("lead", ("比排序排会高", "above the spreadsheet"), "share", ("", "")),
    (
        "fairness_cost",
        ("公平的代价", "cost of fairness"),
        "share",
        (
            "相对只看总值的名单，公平和最少场数减少的匹配值",
            "what the dial and the minimums cost beside value alone",
        ),
    ),
    ("lowest_firm_value", ("得分最低的企业", "lowest value of a firm"), "value", ("", "")),
    (
        "tenth_firm_value",
        ("企业得分第 10 百分位", "10th percentile of firms"),
        "value",
        ("", ""),
    ),
    ("gini_value", ("企业得分基尼系数", "Gini of values"), "ratio", ("0 为完全均等", "0: equal")),
    ("gini_meetings", ("企业场数基尼系数", "Gini of meetings"), "ratio", ("", "")),
    ("unserved", ("没有会面的企业", "firms without a meeting"), "count", ("", "")),
    ("baseline_unserved", ("排序排会：没有会面的企业", "the same, spreadsheet"), "count", ("", "")),
    ("shortfall", ("未满足的最少场数", "missed units of minimums"), "count", ("", "")),
    ("baseline_shortfall", ("排序排会：未满足", "the same, spreadsheet"), "count", ("", "")),
    ("breaks", ("日程中的空档", "breaks in agendas"), "count", ("", "")),
    ("baseline_breaks", ("排序排会：空档", "the same, spreadsheet"), "count", ("", "")),
    ("fill", ("席位利用率", "seats used"), "share", ("", "")),
    (
        "blocking_pairs",
        ("阻塞对", "blocking pairs"),
        "count",
        (
            "双方都更愿意彼此见面的组合，仅供诊断",
            "pairs who would both rather meet each other; a diagnostic",
        ),
    ),
    ("wishes_met", ("实现的意愿", "wishes met"), "count", ("", "")),
    ("wishes", ("提出的意愿", "wishes made"), "count", ("", "")),
)
"""Figures of :class:`~matcher.roadshow.result.Quality` with title, form and remark."""


@dataclass(frozen=True)
class Words:
    """Says a plan in one language."""

    problem: Problem
    plan: Plan
    chinese: bool

    def pick(self, both: Both) -> str:
        """Return one of two texts."""
        return both[0] if self.chinese else both[1]

    @cached_property
    def people(self) -> dict[str, Participant]:
        """Everybody by id."""
        everybody = (*self.problem.firms, *self.problem.institutions)
        return {one.participant_id: one for one in everybody}

    @cached_property
    def slots(self) -> dict[str, Slot]:
        """Slots by id."""
        return {slot.slot_id: slot for slot in self.problem.slots}

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of the event."""
        return ZoneInfo(self.problem.time_zone)

    @cached_property
    def room_names(self) -> dict[str, str]:
        """Names of rooms by id."""
        return {room.room_id: room.name for room in self.problem.rooms}

    def name(self, key: str) -> str:
        """Return a participant's name, its id where it is gone."""
        return self.people[key].name if key in self.people else key

    def kind(self, key: str) -> str:
        """Return the word for an institution's kind."""
        return kind_word(self.people[key].kind, chinese=self.chinese) if key in self.people else ""

    def session(self, slot: Slot) -> str:
        """Return the session's name without the day that it begins with."""
        return slot.session.partition(" ")[2] or slot.session

    @cached_property
    def several_days(self) -> bool:
        """Whether the event takes longer than a day."""
        return len({self.day(key) for key in self.slots}) > 1

    def session_title(self, session: str) -> str:
        """Return a session's name, with its day where the event has several."""
        return session if self.several_days else session.partition(" ")[2] or session

    def begins(self, slot_id: str) -> dt.datetime:
        """Return when a slot begins, in the zone of the event."""
        return self.slots[slot_id].starts_at.astimezone(self.zone)

    def day(self, slot_id: str) -> str:
        """Return the day of a slot."""
        return self.begins(slot_id).date().isoformat()

    def time(self, slot_id: str) -> str:
        """Return the hours of a slot."""
        end = self.slots[slot_id].ends_at.astimezone(self.zone)
        return f"{self.begins(slot_id):%H:%M}–{end:%H:%M}"

    def span(self, slots: Sequence[Slot]) -> str:
        """Return the hours from the first of some slots to the end of the last."""
        end = slots[-1].ends_at.astimezone(self.zone)
        return f"{self.begins(slots[0].slot_id):%H:%M}–{end:%H:%M}"

    def place(self, meeting: Meeting) -> str:
        """Return room and table; empty where the event has none."""
        if meeting.room_id is None:
            return ""
        room = self.room_names.get(meeting.room_id, meeting.room_id)
        if meeting.table is None:
            return room
        return f"{room} {meeting.table} 号桌" if self.chinese else f"{room}, table {meeting.table}"

    def reason(self, meeting: Meeting) -> str:
        """Return why the two should meet."""
        note = self.problem.notes.get(meeting.pair)
        if note is None:
            return ""
        return note.reason_zh if self.chinese else note.reason_en

    def score_source(self) -> str:
        """Say where the scores are from."""
        source = self.problem.score_source
        return self.pick(("文件", "the file")) if source == "file" else source

    def other(self, meeting: Meeting, key: str) -> str:
        """Return the id of the other side."""
        return meeting.institution_id if key == meeting.firm_id else meeting.firm_id

    # -- findings ------------------------------------------------------------------------------

    def rule(self, one: Violation) -> str:
        """Name the rule, with its session or its own name."""
        detail = one.detail
        if one.rule is Rule.SESSION_MINIMUM:
            detail = self.session_title(detail)
        if one.rule is Rule.SETTLED and detail in self.slots:
            detail = f"{self.day(detail)} {self.time(detail)}"
        title = self.pick(RULES[one.rule])
        return (
            f"{title}（{detail}）"
            if detail and self.chinese
            else (f"{title} ({detail})" if detail else title)
        )

    def who(self, one: Violation) -> str:
        """Name whom a violation is about."""
        return " – ".join(self.name(key) for key in one.who)

    def why(self, one: Violation | Unmatched) -> str:
        """Say why, naming who is full and what a seat there is worth."""
        text = self.pick(CAUSES[one.cause])
        nobody = isinstance(one, Unmatched) or one.got == 0
        if nobody and one.cause is Cause.NO_ELIGIBLE_PAIR:
            text = self.pick(NOBODY_ELIGIBLE)
        if one.full:
            listed = ("、" if self.chinese else ", ").join(self.name(key) for key in one.full)
            text += f"：{listed}" if self.chinese else f": {listed}"
            worth = self.worth(one.seat_worth, one.seat_minimums)
            if worth:
                text += f"；多一个席位{worth}" if self.chinese else f"; one more seat {worth}"
        return text

    def worth(self, value: float, minimums: int) -> str:
        """Say what one more seat is worth; empty where it is worth nothing."""
        parts = []
        if minimums:
            parts.append(
                f"可多满足 {minimums} 项要求" if self.chinese else f"mends {minimums} requirement"
            )
        if round(value, 1):
            parts.append(
                f"匹配值 {value:+.1f}" if self.chinese else f"changes the value by {value:+.1f}"
            )
        return ("，" if self.chinese else ", ").join(parts)

    def fix(self, one: Violation | Unmatched) -> str:
        """Say which one change would help."""
        first = self.name(one.full[0]) if one.full else ""
        return self.pick(FIXES[one.fix]).format(who=first)

    # -- figures -------------------------------------------------------------------------------

    def figures(self) -> list[tuple[str, str, str]]:
        """Return title, figure and remark of every measure."""
        return [
            (
                self.pick(title),
                figure_text(self.plan.quality, name, form),
                self._price() if name == "lead" else self.pick(remark),
            )
            for name, title, form, remark in FIGURES
        ]

    def _price(self) -> str:
        """Say what the plan holds that the spreadsheet misses: its value pays for that."""
        quality = self.plan.quality
        missed = quality.baseline_shortfall
        more = missed - quality.shortfall
        if more <= 0:
            return ""
        return (
            f"其中已付出多满足 {more} 项最少场数的代价：排序排会漏掉 {missed} 项"
            if self.chinese
            else f"after the price of {more} more required meetings: "
            f"the spreadsheet misses {missed}"
        )

    def lead(self) -> str:
        """Compare the value with the spreadsheet's, above or below."""
        lead = self.plan.quality.lead
        size = f"{abs(lead):.1%}"
        if self.chinese:
            return f"比按评分排序排会{'高' if lead >= 0 else '低'} {size}"
        return f"{size} {'above' if lead >= 0 else 'below'} the sorted spreadsheet"

    def warnings(self) -> list[str]:
        """Say which requirements are above what is free."""
        found = []
        for key, required, free in self.plan.warnings:
            name = self.name(key)
            if key == "firms":
                name = self.pick(("全部企业的最少场数", "the minimums of all firms"))
            found.append(
                f"{name}：要求 {required}，只有 {free}"
                if self.chinese
                else f"{name}: {required} required, {free} free"
            )
        return found


def figure_text(quality: Quality, name: str, form: str) -> str:
    """Return one figure as text."""
    value = getattr(quality, name)
    if form == "share":
        return f"{value:.2%}"
    if form == "value":
        return f"{value:,.1f}"
    return f"{value:.3f}" if form == "ratio" else f"{value:,}"
