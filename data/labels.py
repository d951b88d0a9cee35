"""The Chinese and English words for the values of enumerations."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from data import columns as col
from data.records import (
    Base,
    BaseKind,
    BaseLevel,
    Credential,
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    Record,
    SizeClass,
    TaxGrade,
)

WORDS: dict[StrEnum, tuple[str, ...]] = {
    BaseLevel.NATIONAL: ("国家级", "国家"),
    BaseLevel.PROVINCIAL: ("省级", "省"),
    BaseLevel.MUNICIPAL: ("市级", "市"),
    BaseKind.ENTREPRENEURSHIP_BASE: ("创业基地",),
    BaseKind.ENTREPRENEURSHIP_PARK: ("创业园", "创业园区"),
    BaseKind.MAKER_SPACE: ("众创空间",),
    BaseKind.INCUBATOR: ("孵化器", "科技企业孵化器"),
    BaseKind.PARK_IN_PARK: ("园中园",),
    BaseKind.ANCHOR_FIRM_BASE: ("龙头企业基地", "龙头企业设立的基地"),
    NeedKind.DEBT: ("债权", "债权融资", "贷款", "银行贷款", "loan"),
    NeedKind.EQUITY: ("股权", "股权融资", "股权投资", "投资"),
    NeedKind.GUARANTEE: ("担保", "融资担保"),
    NeedKind.INSURANCE: ("保险",),
    NeedKind.SERVICE: ("服务", "专业服务"),
    InstitutionKind.BANK: ("银行",),
    InstitutionKind.GUARANTOR: ("担保机构", "担保公司", "担保", "融资担保公司"),
    InstitutionKind.INSURER: ("保险机构", "保险公司", "保险"),
    InstitutionKind.FUND: ("基金", "投资机构", "创投机构", "创业投资机构", "股权投资机构"),
    InstitutionKind.SERVICE_PROVIDER: ("服务机构", "服务商", "中介机构"),
    EventKind.IMPRESSION: ("曝光", "展示"),
    EventKind.VIEW: ("浏览", "查看"),
    EventKind.SAVE: ("收藏", "关注"),
    EventKind.CONTACT: ("联系", "沟通"),
    EventKind.MEETING: ("会面", "面谈", "洽谈"),
    EventKind.APPLICATION: ("申请", "提交申请"),
    EventKind.APPROVAL: ("批准", "审批通过", "授信"),
    EventKind.FUNDED: ("放款", "已放款", "投资", "融资成功", "成交"),
    EventKind.DECLINED: ("拒绝", "婉拒", "未通过"),
    EventKind.WITHDRAWN: ("撤回", "撤销"),
    SizeClass.MICRO: ("微型", "微型企业"),
    SizeClass.SMALL: ("小型", "小型企业"),
    SizeClass.MEDIUM: ("中型", "中型企业"),
    SizeClass.LARGE: ("大型", "大型企业"),
    TaxGrade.A: ("A级",),
    TaxGrade.B: ("B级",),
    TaxGrade.M: ("M级",),
    TaxGrade.C: ("C级",),
    TaxGrade.D: ("D级",),
    Credential.TECH_SME: ("科技型中小企业", "科小"),
    Credential.HIGH_TECH: ("高新技术企业", "高企", "国家高新技术企业"),
    Credential.INNOVATIVE_SME: ("创新型中小企业",),
    Credential.SPECIALISED_SME: ("专精特新中小企业", "专精特新"),
    Credential.LITTLE_GIANT: ("专精特新小巨人", "专精特新小巨人企业", "小巨人"),
}
"""The words for each value beside its own name; the first is the one that is shown."""

CHOICES: dict[tuple[type[Record], str], type[StrEnum]] = {
    (Base, col.LEVEL): BaseLevel,
    (Base, col.KIND): BaseKind,
    (Firm, col.SIZE_CLASS): SizeClass,
    (Firm, col.TAX_GRADE): TaxGrade,
    (Firm, col.CREDENTIALS): Credential,
    (Need, col.KIND): NeedKind,
    (Institution, col.KIND): InstitutionKind,
    (Offer, col.KIND): NeedKind,
    (Offer, col.BASE_LEVELS): BaseLevel,
    (Offer, col.SIZE_CLASSES): SizeClass,
    (Offer, col.CREDENTIALS_ANY): Credential,
    (Offer, col.TAX_GRADES): TaxGrade,
    (Event, col.KIND): EventKind,
}
"""The columns whose values, or whose items, come from an enumeration."""

_MARKS = re.compile(r"[\s\"'“”‘’「」_-]")


def folded(text: str) -> str:
    """Return ``text`` as labels are compared: narrow, lower case, without blanks and quotes."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).lower())


def words_of(choice: type[StrEnum]) -> dict[str, str]:
    """Return the value for each folded word of an enumeration."""
    found: dict[str, str] = {}
    for member in choice:
        for word in (member.value, *WORDS.get(member, ())):
            found[folded(word)] = member.value
    return found
