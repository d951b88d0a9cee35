"""The facts that a condition may ask about: name, kind, unit, words and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from data.records import BaseLevel, Credential, NeedKind, SizeClass, TaxGrade

EVERYWHERE = frozenset({"全国", "全国范围", "不限", "nationwide"})
"""Regions that restrict nothing."""


class FactKind(StrEnum):
    """How a fact is compared and how its values are written in a rule."""

    MONEY = "money"  # 300万元; hundredths of a currency
    COUNT = "count"  # 12
    MONTHS = "months"  # 36个月, 3年
    PERCENT = "percent"  # 5%; the number 5
    SCORE = "score"  # points
    FLAG = "flag"  # true / false
    WORD = "word"  # one value of a list
    WORDS = "words"  # several values
    PLACES = "places"  # names of places at any level
    CODE = "code"  # hierarchical code; a listed one holds those that begin with it
    DAY = "day"  # 2026-04-01; days since 1970-01-01


NUMERIC = frozenset(
    {
        FactKind.MONEY,
        FactKind.COUNT,
        FactKind.MONTHS,
        FactKind.PERCENT,
        FactKind.SCORE,
        FactKind.DAY,
    }
)
"""Kinds that are compared with bounds; all others with lists of values."""


class Origin(StrEnum):
    """Where the value of a fact comes from."""

    RECORD = "record"  # a field of firm, base or need
    DERIVED = "derived"  # computed from others
    STATED = "stated"  # kept beside the records, with the day it became known


class Veto(StrEnum):
    """Marks that most products exclude (DOMAIN 4.6)."""

    ABNORMAL_OPERATION = "abnormal_operation"  # 经营异常名录
    SERIOUS_DISHONESTY = "serious_dishonesty"  # 严重违法失信
    DISHONEST_DEBTOR = "dishonest_debtor"  # 失信被执行人
    MAJOR_INCIDENT = "major_incident"  # 重大安全、质量、环境事故
    RESTRICTED_INDUSTRY = "restricted_industry"  # 限制类、禁止类行业
    NO_FIXED_PLACE = "no_fixed_place"  # 无固定经营场所
    REAL_ESTATE_USE = "real_estate_use"  # 资金用于房地产


class Warrantor(StrEnum):
    """Who stands in for a loan."""

    GOVERNMENT_GUARANTOR = "government_guarantor"  # 政府性融资担保机构
    COMMERCIAL_GUARANTOR = "commercial_guarantor"  # 商业担保公司
    INSURER = "insurer"  # 贷款保证保险
    OWNER = "owner"  # 实际控制人
    THIRD_PARTY = "third_party"  # 第三方企业


class Borrower(StrEnum):
    """Legal nature of who asks."""

    PERSON = "person"  # 自然人
    INDIVIDUAL_BUSINESS = "individual_business"  # 个体工商户
    FIRM = "firm"  # 企业


class Award(StrEnum):
    """Awards that open a title directly."""

    NATIONAL_TOP3 = "national_top3"  # 国家级科技奖励前三（五年内）
    PROVINCIAL_TOP3 = "provincial_top3"  # 省级科技奖励前三（三年内）


CHOICE_WORDS: Mapping[StrEnum, str] = {
    Veto.ABNORMAL_OPERATION: "经营异常名录",
    Veto.SERIOUS_DISHONESTY: "严重违法失信",
    Veto.DISHONEST_DEBTOR: "失信被执行人",
    Veto.MAJOR_INCIDENT: "重大事故",
    Veto.RESTRICTED_INDUSTRY: "限制类行业",
    Veto.NO_FIXED_PLACE: "无固定经营场所",
    Veto.REAL_ESTATE_USE: "用于房地产",
    Warrantor.GOVERNMENT_GUARANTOR: "政府性融资担保机构",
    Warrantor.COMMERCIAL_GUARANTOR: "商业担保公司",
    Warrantor.INSURER: "保险公司",
    Warrantor.OWNER: "实际控制人",
    Warrantor.THIRD_PARTY: "第三方企业",
    Borrower.PERSON: "自然人",
    Borrower.INDIVIDUAL_BUSINESS: "个体工商户",
    Borrower.FIRM: "企业",
    Award.NATIONAL_TOP3: "国家级科技奖励前三",
    Award.PROVINCIAL_TOP3: "省级科技奖励前三",
}
"""The Chinese word of each value; those of the records are in :mod:`data.labels`."""


JUDGED_FACTS = frozenset({"expert_score"})
"""Facts that experts give: until they have, a person must judge; the firm cannot supply them."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact.

    Attributes
    ----------
    zh, en
        What it is called in sentences.
    unit_zh, unit_en
        Said after a number.
    choice
        The values it may have, where they are a closed list.
    """

    name: str
    kind: FactKind
    origin: Origin
    zh: str
    en: str
    unit_zh: str = ""
    unit_en: str = ""
    choice: type[StrEnum] | None = None

    @property
    def numeric(self) -> bool:
        """Whether it is compared with bounds."""
        return self.kind in NUMERIC


_R, _D, _S = Origin.RECORD, Origin.DERIVED, Origin.STATED
_K = FactKind


def _money(name: str, zh: str, en: str, origin: Origin = _S) -> FactSpec:
    return FactSpec(name, _K.MONEY, origin, zh, en)


def _count(name: str, zh: str, en: str, units: tuple[str, str], origin: Origin = _S) -> FactSpec:
    return FactSpec(name, _K.COUNT, origin, zh, en, *units)


def _months(name: str, zh: str, en: str, origin: Origin = _S) -> FactSpec:
    return FactSpec(name, _K.MONTHS, origin, zh, en, "个月", "months")


def _percent(name: str, zh: str, en: str, origin: Origin = _S) -> FactSpec:
    return FactSpec(name, _K.PERCENT, origin, zh, en, "%", "%")


def _flag(name: str, zh: str, en: str, origin: Origin = _S) -> FactSpec:
    return FactSpec(name, _K.FLAG, origin, zh, en)


_PEOPLE, _RIGHTS, _TIMES = ("人", "people"), ("项", "rights"), ("次", "times")

FACTS: Mapping[str, FactSpec] = {
    spec.name: spec
    for spec in (
        # -- what is asked for --------------------------------------------------------------
        FactSpec("kind", _K.WORD, _R, "业务类型", "kind of offer", choice=NeedKind),
        _money("amount", "申请金额", "amount asked for", _R),
        _months("term", "申请期限", "term asked for", _R),
        FactSpec("purpose", _K.WORD, _R, "资金用途", "purpose"),
        FactSpec("stage", _K.WORD, _R, "融资阶段", "stage"),
        FactSpec("collateral", _K.WORDS, _R, "可提供的担保", "security on offer"),
        # -- where --------------------------------------------------------------------------
        FactSpec("region", _K.PLACES, _R, "所在地区", "place"),
        FactSpec("base", _K.WORD, _R, "入驻基地", "base"),
        FactSpec("base_level", _K.WORD, _R, "基地级别", "level of the base", choice=BaseLevel),
        _flag("resident", "入驻双创基地", "resident of a base", _D),
        # -- the firm -----------------------------------------------------------------------
        FactSpec("industry", _K.CODE, _R, "行业", "industry"),
        FactSpec("sector", _K.WORDS, _R, "领域", "sector"),
        FactSpec("size_class", _K.WORD, _R, "企业划型", "size class", choice=SizeClass),
        FactSpec("legal_form", _K.WORD, _R, "企业类型", "legal form"),
        FactSpec("borrower", _K.WORD, _S, "借款主体", "kind of borrower", choice=Borrower),
        _flag("nonprofit", "非营利组织", "non-profit", _R),
        _flag("key_project", "重点项目", "key project", _R),
        _months("age", "成立年限", "age of the firm", _R),
        _months("operating_months", "实际经营时间", "time of actual operation"),
        _months("niche_months", "从事细分市场时间", "time in its niche"),
        _count("employees", "职工人数", "staff", _PEOPLE, _R),
        _count("sci_tech_staff", "科技人员数", "science and technology staff", _PEOPLE),
        _count("hired_eligible", "新招用重点就业群体", "eligible people hired", _PEOPLE),
        _count("jobs_created", "新增就业", "jobs created", _PEOPLE),
        _percent("sci_tech_share", "科技人员占比", "share of sci-tech staff", _D),
        _percent("hired_share", "新招用占职工比例", "share of eligible people hired", _D),
        # -- accounts -----------------------------------------------------------------------
        _money("revenue", "营业收入", "revenue", _R),
        _money("revenue_previous", "上年营业收入", "revenue of the year before"),
        _money("revenue_two_years_ago", "前年营业收入", "revenue two years before"),
        _money("revenue_three_years", "近三年销售收入合计", "revenue of three years"),
        _money("assets", "资产总额", "assets", _R),
        _money("liabilities", "负债总额", "liabilities", _R),
        _money("cost_expense", "成本费用总额", "costs and expenses"),
        _money("taxable_income", "应纳税所得额", "taxable income"),
        _percent("debt_ratio", "资产负债率", "debt ratio", _D),
        _percent("growth", "营业收入增长率", "revenue growth", _D),
        _percent("growth_two_years", "近两年营收复合增长率", "two-year growth rate", _D),
        _percent("main_business_share", "主营业务收入占比", "share of the main business"),
        _percent("market_share", "细分市场占有率", "market share"),
        # -- research and rights ------------------------------------------------------------
        _money("rd_expense", "研发费用", "R&D expense", _R),
        _money("rd_expense_previous", "上年研发费用", "R&D expense of the year before"),
        _money("rd_three_years", "近三年研发费用合计", "R&D expense of three years"),
        _money("rd_two_years", "近两年研发费用合计", "R&D expense of two years", _D),
        _percent("rd_share", "研发费用占比", "R&D share of revenue", _D),
        _percent("rd_share_previous", "上年研发费用占比", "R&D share the year before", _D),
        _percent("rd_share_three_years", "近三年研发费用占比", "three-year R&D share", _D),
        _percent("rd_cost_share", "研发费用占成本费用比", "R&D share of costs", _D),
        _percent("rd_in_china_share", "境内研发费用占比", "share of R&D in China"),
        _percent("high_tech_revenue_share", "高新技术产品收入占比", "high-tech share of revenue"),
        _count("class_one_ip", "一类知识产权", "class I rights", _RIGHTS, _R),
        _count("class_two_ip", "二类知识产权", "class II rights", _RIGHTS, _R),
        _flag("core_ip", "拥有核心知识产权", "owns its core rights"),
        _flag("high_tech_field", "属于国家重点支持的高新技术领域", "in a listed high-tech field"),
        _flag("strategic_industry", "属于战略性新兴产业", "in a strategic industry"),
        _flag("rd_body", "建有省级以上研发机构", "has a provincial R&D body"),
        _flag("lead_standard", "牵头制定标准（前五）", "led a standard (top five)"),
        _flag("key_link", "属于六基或产业链关键环节", "a key link of its chain"),
        FactSpec("award", _K.WORDS, _S, "科技奖励", "awards", choice=Award),
        FactSpec("platform_score", _K.SCORE, _S, "平台评价得分", "platform score", "分", "points"),
        FactSpec("expert_score", _K.SCORE, _S, "创新能力评价得分", "expert score", "分", "points"),
        _money("new_equity_two_years", "近两年新增股权融资", "new equity in two years"),
        _money("new_equity_three_years", "近三年新增股权融资", "new equity in three years"),
        _money("last_valuation", "上轮投后估值", "valuation of the last round"),
        # -- titles and record --------------------------------------------------------------
        FactSpec("credential", _K.WORDS, _R, "创新资质", "innovation titles", choice=Credential),
        FactSpec("tax_grade", _K.WORD, _R, "纳税信用级别", "tax credit grade", choice=TaxGrade),
        FactSpec(
            "previous_tax_grade", _K.WORD, _S, "上年纳税信用级别", "tax grade of last year",
            choice=TaxGrade,
        ),
        FactSpec("tax_score", _K.SCORE, _S, "纳税信用得分", "tax credit score", "分", "points"),
        FactSpec("veto", _K.WORDS, _S, "负面记录", "adverse records", choice=Veto),
        _flag("agricultural", "涉农", "agricultural"),
        # -- finance ------------------------------------------------------------------------
        FactSpec("guarantee_by", _K.WORDS, _S, "可提供的保证人", "guarantee by", choice=Warrantor),
        _money("total_credit", "现有授信总额", "existing credit"),
        _money("guaranteed_balance", "现有担保余额", "guaranteed balance"),
        _money("exposure", "本机构现有余额", "exposure of the institution"),
        _money("credit_after", "含本笔的授信总额", "credit including this one", _D),
        _money("guaranteed_after", "含本笔的担保余额", "guaranteed balance including this one", _D),
        _money("exposure_after", "含本笔的本机构余额", "exposure including this one", _D),
        _percent("valuation_share", "申请金额占上轮估值", "share of the last valuation", _D),
        _count("startup_loans", "已享受创业担保贷款次数", "start-up loans had", _TIMES),
        FactSpec("day", _K.DAY, _D, "日期", "day"),
    )
}  # fmt: skip
"""Every fact by name."""
