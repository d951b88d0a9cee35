"""Chinese and English headers of tables, and the targets that they stand for.

The first Chinese header of a target is the one that exports write. English headers are the names
of the targets themselves (blanks for underscores) and the synonyms given here.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass

from data import columns as col
from data.importers.targets import (
    AMOUNT,
    BASE_NAME,
    FIRM_NAME,
    INSTITUTION_NAME,
    OFFER_NAME,
    RATE,
    TARGETS,
    TERM,
)
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record

SHARED: dict[str, tuple[str, ...]] = {
    col.COUNTRY: ("国家", "国别", "国家/地区"),
    col.PROVINCE: ("省份", "省", "所在省", "所属省份", "省级行政区", "state"),
    col.CITY: ("城市", "市", "所在市", "所在城市", "地市"),
    col.DISTRICT: ("区县", "区", "县区", "所在区县", "区/县", "county"),
    col.DESCRIPTION: ("简介", "描述", "介绍", "说明", "经营范围", "intro", "profile"),
    col.CURRENCY: ("币种", "货币", "ccy"),
    col.SOURCE: ("数据来源", "来源"),
    col.SOURCE_KEY: ("来源编号", "原编号"),
    col.EMPLOYEES: ("从业人数", "员工人数", "员工数", "职工人数", "人数", "staff", "headcount"),
}
"""Headers that mean the same in every table that has the target."""

SPECIFIC: dict[type[Record], dict[str, tuple[str, ...]]] = {
    Base: {
        col.BASE_ID: ("基地编号", "基地id", "编号", "id"),
        col.NAME: ("基地名称", "名称", "双创基地", "base"),
        col.LEVEL: ("基地级别", "级别", "示范级别"),
        col.KIND: ("基地类型", "类型", "type"),
        col.OPERATOR: ("运营单位", "运营机构", "运营方", "管理单位"),
        col.FOUNDED_ON: ("成立日期", "设立日期", "成立时间", "founded", "founded date"),
        col.FOCUS_SECTORS: ("主导产业", "重点产业", "产业方向", "focus"),
    },
    Firm: {
        col.FIRM_ID: ("企业编号", "企业id", "编号", "id"),
        col.NAME: (
            "企业名称",
            "公司名称",
            "单位名称",
            "名称",
            "企业",
            "company",
            "company name",
            "firm",
        ),
        col.COMPANY_CODE: ("统一社会信用代码", "社会信用代码", "信用代码", "组织机构代码", "uscc"),
        col.BASE_ID: ("所属基地编号", "基地编号"),
        BASE_NAME: ("所属基地", "所在基地", "基地名称", "入驻基地", "base"),
        col.POSTCODE: ("邮政编码", "邮编", "zip", "zip code", "postal code"),
        col.METRO: ("城市群", "都市圈", "metropolitan area"),
        col.INDUSTRY: ("行业代码", "国民经济行业代码", "industry code", "naics"),
        col.INDUSTRY_SYSTEM: ("行业分类标准", "行业分类"),
        col.SECTORS: ("行业标签", "行业", "所属行业", "领域", "产业领域", "sector", "tags"),
        col.LEGAL_FORM: ("企业类型", "公司类型", "组织形式", "business type"),
        col.NONPROFIT: ("是否非营利", "非营利"),
        col.FOUNDED_ON: ("成立日期", "注册日期", "成立时间", "设立日期", "founded", "founded date"),
        col.SIZE_CLASS: ("企业规模", "规模", "划型", "企业划型", "size"),
        "revenue": ("营业收入", "年营业收入", "上年营业收入", "主营业务收入", "销售额", "turnover"),
        "assets": ("资产总额", "总资产", "资产总计", "total assets"),
        "liabilities": ("负债总额", "总负债", "负债合计", "total liabilities"),
        "rd_expense": ("研发费用", "研发投入", "研发支出", "r&d expense", "rd"),
        col.CREDENTIALS: ("企业资质", "资质", "荣誉资质", "创新资质", "titles"),
        col.TAX_GRADE: ("纳税信用等级", "纳税信用级别", "纳税等级", "纳税缴费信用级别"),
        col.CLASS_ONE_IP: ("一类知识产权", "i类知识产权", "发明专利数", "发明专利数量"),
        col.CLASS_TWO_IP: ("二类知识产权", "ii类知识产权", "实用新型专利数"),
        col.KEY_PROJECT: ("是否重点项目", "重点项目"),
    },
    Need: {
        col.NEED_ID: ("需求编号", "需求id", "编号", "id"),
        col.FIRM_ID: ("企业编号", "企业id"),
        FIRM_NAME: ("企业名称", "公司名称", "单位名称", "企业", "company", "company name", "firm"),
        col.COMPANY_CODE: ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
        col.BASE_ID: ("基地编号", "申请基地编号"),
        BASE_NAME: ("基地名称", "申请基地", "双创基地", "base"),
        col.KIND: ("需求类型", "需求类别", "融资方式", "融资类型", "type"),
        col.STATED_ON: ("提出日期", "申请日期", "需求日期", "登记日期", "填报日期", "date"),
        col.STAGE: ("融资轮次", "轮次", "发展阶段", "阶段", "round"),
        AMOUNT: ("融资金额", "金额", "需求金额", "融资需求", "融资额度", "资金需求", "贷款金额"),
        "amount_low": ("最低金额", "金额下限"),
        "amount_high": ("最高金额", "金额上限"),
        col.PURPOSE: ("资金用途", "用途", "融资用途", "贷款用途"),
        col.TERM_MONTHS: ("融资期限", "期限", "贷款期限", "需求期限", "term"),
        col.COLLATERAL: ("抵质押物", "抵押物", "担保方式", "增信措施", "抵押担保方式"),
        col.TEXT: ("需求描述", "需求说明", "描述", "说明", "备注", "description"),
        col.IMPLIED: ("是否推断", "隐含需求"),
    },
    Institution: {
        col.INSTITUTION_ID: ("机构编号", "机构id", "编号", "id"),
        col.NAME: ("机构名称", "单位名称", "名称", "机构", "institution", "institution name"),
        col.KIND: ("机构类型", "机构类别", "类型", "type"),
        col.NATURAL_PERSON: ("是否个人", "自然人", "是否自然人", "person"),
        col.REGISTRATION_NO: ("统一社会信用代码", "登记编号", "备案编号", "机构代码", "uscc"),
        col.REGIONS: ("服务区域", "投资地区", "展业区域", "偏好地区", "region"),
        col.SECTORS: ("关注行业", "偏好行业", "投资领域", "服务行业", "sector"),
        col.STAGES: ("投资阶段", "偏好阶段", "偏好轮次", "stage"),
        col.DECLARED_ON: ("申报日期", "填报日期", "更新日期"),
    },
    Offer: {
        col.OFFER_ID: ("产品编号", "产品id", "编号", "id"),
        col.INSTITUTION_ID: ("机构编号", "机构id"),
        INSTITUTION_NAME: ("机构名称", "所属机构", "提供机构", "机构", "银行名称", "institution"),
        col.REGISTRATION_NO: ("统一社会信用代码", "机构代码"),
        col.NAME: ("产品名称", "名称", "产品", "product", "product name", "offer", "offer name"),
        col.KIND: ("产品类型", "产品类别", "类型", "type"),
        AMOUNT: ("额度", "贷款额度", "产品额度", "金额", "投资金额", "单笔金额", "ticket"),
        "amount_min": ("最低额度", "最低金额", "额度下限", "min amount"),
        "amount_max": ("最高额度", "最高金额", "额度上限", "最大额度", "max amount"),
        TERM: ("期限", "贷款期限", "产品期限"),
        col.TERM_MIN_MONTHS: ("最短期限", "期限下限"),
        col.TERM_MAX_MONTHS: ("最长期限", "期限上限"),
        RATE: ("利率", "年利率", "年化利率", "利率范围", "interest rate"),
        col.RATE_LOW_PCT: ("最低利率", "利率下限"),
        col.RATE_HIGH_PCT: ("最高利率", "利率上限"),
        col.FEE_PCT: ("费率", "担保费率", "保险费率", "服务费率", "fee"),
        col.REGIONS: ("适用地区", "适用区域", "服务区域", "投资地区", "region"),
        col.BASE_IDS: ("适用基地编号", "适用基地"),
        col.BASE_LEVELS: ("适用基地级别", "基地级别"),
        col.INDUSTRIES: ("适用行业代码", "行业代码"),
        col.INDUSTRIES_EXCLUDED: ("禁入行业代码", "排除行业代码", "除外行业"),
        col.SECTORS: ("适用行业", "投资领域", "行业", "sector"),
        col.STAGES: ("适用阶段", "投资阶段", "轮次", "stage"),
        col.SIZE_CLASSES: ("适用规模", "企业规模", "适用企业规模"),
        col.CREDENTIALS_ANY: ("资质要求", "企业资质要求", "准入资质"),
        col.TAX_GRADES: ("纳税信用要求", "纳税等级要求", "纳税信用等级"),
        col.COLLATERAL_ANY: ("担保方式", "抵质押要求", "增信方式"),
        col.PURPOSES: ("适用用途", "资金用途", "用途"),
        col.FIRM_AGE_MIN_MONTHS: ("最短成立时间", "成立年限要求", "成立年限下限"),
        col.FIRM_AGE_MAX_MONTHS: ("最长成立时间", "成立年限上限"),
        col.EMPLOYEES_MIN: ("最少人数", "人数下限"),
        col.EMPLOYEES_MAX: ("最多人数", "人数上限"),
        "revenue_min": ("最低营业收入", "营业收入下限"),
        "revenue_max": ("最高营业收入", "营业收入上限"),
        col.CLASS_ONE_IP_MIN: ("最少一类知识产权", "一类知识产权要求", "发明专利要求"),
        col.RESIDENT_FIRST: ("优先基地内企业", "基地企业优先", "是否优先投资基地内企业"),
        col.VALID_FROM: ("生效日期", "有效期起", "起始日期"),
        col.VALID_TO: ("失效日期", "有效期止", "截止日期"),
    },
    Event: {
        col.EVENT_ID: ("行为编号", "记录编号", "编号", "id"),
        col.KIND: ("行为类型", "行为", "事件类型", "状态", "event", "type"),
        col.OCCURRED_AT: ("发生时间", "时间", "发生日期", "日期", "date", "time", "timestamp"),
        col.FIRM_ID: ("企业编号", "企业id"),
        FIRM_NAME: ("企业名称", "公司名称", "企业", "company", "company name", "firm"),
        col.COMPANY_CODE: ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
        col.OFFER_ID: ("产品编号", "产品id"),
        OFFER_NAME: ("产品名称", "产品", "product", "product name", "offer"),
        INSTITUTION_NAME: ("机构名称", "机构", "银行名称", "institution"),
        col.NEED_ID: ("需求编号", "需求id"),
        AMOUNT: ("金额", "放款金额", "投资金额", "成交金额"),
        col.RECOMMENDATION_ID: ("推荐编号", "推荐批次"),
        col.POSITION: ("位置", "排名", "名次", "rank"),
        col.MODEL_VERSION: ("模型版本", "model"),
        col.NOTE: ("备注", "说明", "remark"),
    },
    Rating: {
        col.RATING_ID: ("评价编号", "编号", "id"),
        col.FIRM_ID: ("企业编号", "企业id"),
        FIRM_NAME: ("企业名称", "公司名称", "企业", "company", "firm"),
        col.COMPANY_CODE: ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
        col.OFFER_ID: ("产品编号", "产品id"),
        OFFER_NAME: ("产品名称", "产品", "product", "offer"),
        INSTITUTION_NAME: ("机构名称", "机构", "institution"),
        col.SCORE: ("满意度", "评分", "评价分数", "得分", "rating"),
        col.RATED_AT: ("评价时间", "评价日期", "日期", "date"),
        col.COMMENT: ("评价内容", "意见", "备注", "remark"),
    },
}
"""Headers of the targets of each record type."""

LEFT_OUT = frozenset(
    {"序号", "行号", "no", "no.", "#", "联系人", "联系电话", "联系方式", "电话", "手机", "手机号"}
    | {"邮箱", "电子邮箱", "email", "phone", "mobile", "contact", "法定代表人", "法人", "法人代表"}
    | {"身份证号", "身份证", "银行账号", "开户行", "微信"}
)
"""Columns that are never read: running numbers, and personal data that matching has no use for."""

_UNIT = re.compile(r"[(\[](.*?)[)\]]|:(.*)$")
_BARE_UNIT = re.compile(r"(.+?)((?:百|千)?[万亿]?(?:元|美元|港元|欧元|人民币))")
_MARKS = re.compile(r"[\s_*＊-]")


@dataclass(frozen=True)
class Header:
    """A header as written, what is compared, and the remark in its brackets (often a unit)."""

    text: str
    plain: str
    remark: str


def read_header(text: str) -> Header:
    """Split a header into its name and the remark in brackets: ``金额（万元）``."""
    narrow = unicodedata.normalize("NFKC", text).lower()
    remarks = [a or b for a, b in _UNIT.findall(narrow)]
    return Header(text, _folded(_UNIT.sub("", narrow)), " ".join(remarks).strip())


def find_target(record_type: type[Record], text: str) -> tuple[str, str] | None:
    """Return the target that a header stands for and its remark; ``None`` where it is unknown.

    A unit may follow without brackets: ``融资金额万元``.
    """
    header = read_header(text)
    known = _KNOWN[record_type]
    if header.plain in known:
        return known[header.plain], header.remark
    bare = _BARE_UNIT.fullmatch(header.plain)
    if bare is not None and bare.group(1) in known:
        return known[bare.group(1)], bare.group(2)
    return None


def is_left_out(text: str) -> bool:
    """Return whether a header belongs to a column that is never read."""
    return read_header(text).plain in LEFT_OUT


def near_headers(record_type: type[Record], text: str) -> list[str]:
    """Return up to three known headers that are spelled like ``text``."""
    known = {_folded(header): header for header in _spellings(record_type)}
    near = difflib.get_close_matches(read_header(text).plain, list(known), n=3, cutoff=0.5)
    return [known[header] for header in near]


def accepted_headers(record_type: type[Record], column: str) -> list[str]:
    """Return the first header of each target that fills ``column``."""
    chinese = headers_of(record_type, chinese=True)
    filling = [name for name, t in TARGETS[record_type].items() if column in t.fills]
    return list(dict.fromkeys(chinese[name] for name in filling))


def headers_of(record_type: type[Record], *, chinese: bool) -> dict[str, str]:
    """Return the header that exports write for each column of ``record_type``."""
    zh = {**SHARED, **SPECIFIC[record_type]}
    return {name: zh[name][0] if chinese and name in zh else name for name in TARGETS[record_type]}


def _folded(text: str) -> str:
    return _MARKS.sub("", text)


def _spellings(record_type: type[Record]) -> dict[str, str]:
    """Return the target of each spelling; what is specific to the record type goes first."""
    found: dict[str, str] = {}
    targets = TARGETS[record_type]
    for spellings in (SPECIFIC[record_type], SHARED):
        for name, headers in spellings.items():
            if name in targets:
                for header in headers:
                    found.setdefault(header, name)
    return {**found, **{name: name for name in targets}}


_KNOWN: dict[type[Record], dict[str, str]] = {
    record_type: {
        _folded(unicodedata.normalize("NFKC", header).lower()): name
        for header, name in _spellings(record_type).items()
    }
    for record_type in SPECIFIC
}
