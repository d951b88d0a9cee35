"""The list of checks: what each is called, how bad its findings are, and what to do about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from data.catalogue import Catalogue
from data.records import Record
from data.validation.damage import damaged_text
from data.validation.identity import (
    company_codes,
    dangling_ids,
    duplicate_ids,
    one_asker,
    same_names,
)
from data.validation.money import (
    crossed_limits,
    guarantee_fees,
    impossible_amounts,
    unit_slips,
)
from data.validation.report import CheckResult, Finding, Status, Text, ValidationReport
from data.validation.tables import Tables
from data.validation.times import before_founding, in_the_future, young_grade_a
from data.validation.values import missing_values, unknown_values

ALWAYS_WARN = 1.0
"""Share up to which findings only warn, for checks that never fail."""

A_HANDFUL = 0.001
"""Share of slips that sources of good quality have."""


@dataclass(frozen=True)
class Check:
    """One named check.

    Findings up to the share ``warn_up_to`` of what was checked are a warning, more are a failure.
    """

    name: str
    run: Callable[[Tables, dt.date], Finding]
    warn_up_to: float
    title: Text
    remedy: Text

    def apply(self, tables: Tables, today: dt.date) -> CheckResult:
        """Run the check and judge what it finds."""
        finding = self.run(tables, today)
        status = Status.PASS
        if finding.count:
            status = Status.WARN if finding.share <= self.warn_up_to else Status.FAIL
        return CheckResult(self.name, status, finding, self.title, self.remedy)


CHECKS: dict[str, Check] = {
    check.name: check
    for check in (
        Check(
            "duplicate_ids",
            duplicate_ids,
            0.0,
            Text("重复的编号", "Duplicate ids"),
            Text("每个编号只保留一条记录。", "Keep one record for each id."),
        ),
        Check(
            "dangling_ids",
            dangling_ids,
            0.0,
            Text("引用了不存在的记录", "References to records that do not exist"),
            Text(
                "导入被引用的记录，或更正引用的编号、名称。",
                "Import the records referred to, or correct the ids and names.",
            ),
        ),
        Check(
            "one_asker",
            one_asker,
            0.0,
            Text("需求的提出方不唯一", "Needs with neither or both of firm and base"),
            Text("每条需求只填企业或只填基地。", "Name either a firm or a base in each need."),
        ),
        Check(
            "before_founding",
            before_founding,
            0.05,
            Text("早于企业成立日期", "Needs and events before the firm was founded"),
            Text("核对成立日期和发生日期。", "Check the founding dates and the dates of events."),
        ),
        Check(
            "in_the_future",
            in_the_future,
            0.0,
            Text("日期在未来", "Dates in the future"),
            Text(
                "更正日期；尚未发生的事不能导入。",
                "Correct the dates: only what has happened counts.",
            ),
        ),
        Check(
            "impossible_amounts",
            impossible_amounts,
            A_HANDFUL,
            Text("不可能的金额", "Impossible amounts"),
            Text("核对金额的正负号和单位。", "Check sign and unit of the amounts."),
        ),
        Check(
            "unit_slips",
            unit_slips,
            ALWAYS_WARN,
            Text("疑似金额单位错误（元/万元）", "Amounts that look ten thousand times off"),
            Text(
                "核对这些记录的单位是元还是万元。",
                "Check whether these rows are in yuan or in ten thousand yuan.",
            ),
        ),
        Check(
            "crossed_limits",
            crossed_limits,
            0.0,
            Text("下限大于上限", "Lower limits above upper limits"),
            Text("对调或更正两个界限。", "Swap or correct the two limits."),
        ),
        Check(
            "guarantee_fees",
            guarantee_fees,
            ALWAYS_WARN,
            Text("担保费率高于 1%", "Guarantee fees above 1 %"),
            Text(
                "政府性融资担保的费率不高于 1%；其他担保请核对。",
                "Government-backed guarantees take 1 % at most; check whether this one is.",
            ),
        ),
        Check(
            "company_codes",
            company_codes,
            ALWAYS_WARN,
            Text("统一社会信用代码校验不符", "Company codes that fail their check"),
            Text(
                "与营业执照核对；个别真实代码也不符合校验。",
                "Compare with the business licence; a few real codes fail as well.",
            ),
        ),
        Check(
            "young_grade_a",
            young_grade_a,
            ALWAYS_WARN,
            Text("成立不满三年的纳税信用A级企业", "Tax grade A under three years of operation"),
            Text(
                "核对成立日期和纳税信用级别：实际经营不满三年不能评为A级。",
                "Check founding date and grade: under three years of operation there is no A.",
            ),
        ),
        Check(
            "unknown_values",
            unknown_values,
            0.0,
            Text("取值不在代码表中", "Values that their list does not have"),
            Text("改用代码表中的取值。", "Use the values of the list."),
        ),
        Check(
            "same_names",
            same_names,
            ALWAYS_WARN,
            Text(
                "仅空格、全半角或大小写不同的名称",
                "Names that differ only in blanks, width or case",
            ),
            Text(
                "统一写法，避免同一主体重复。", "Write them alike, lest one party is there twice."
            ),
        ),
        Check(
            "missing_values",
            missing_values,
            ALWAYS_WARN,
            Text("匹配所需信息缺失过多", "Too much missing of what matching needs"),
            Text(
                "补充这些列；缺失会降低匹配质量。", "Fill these columns: gaps cost match quality."
            ),
        ),
        Check(
            "damaged_text",
            damaged_text,
            0.01,
            Text("乱码", "Text damaged by a wrong encoding"),
            Text(
                "用正确的编码（UTF-8 或 GB18030）重新导出并导入。",
                "Export the file again in UTF-8 or GB18030, and import it anew.",
            ),
        ),
    )
}
"""All checks by name, in the order of the report."""


def validate(catalogue: Catalogue, *, today: dt.date) -> ValidationReport:
    """Run every check over a catalogue.

    Parameters
    ----------
    catalogue
        What to check.
    today
        The day after which nothing can have happened.

    Relations
    ---------
    :func:`validate_tables` also takes tables with duplicate ids, which no catalogue holds.
    """
    return validate_tables(
        {side.record_type: side.table for side in catalogue.sides()}, today=today
    )


def validate_tables(tables: Mapping[type[Record], pa.Table], *, today: dt.date) -> ValidationReport:
    """Run every check over tables of records, in any state."""
    wrapped = Tables(tables)
    return ValidationReport(tuple(check.apply(wrapped, today) for check in CHECKS.values()))
