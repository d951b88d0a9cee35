"""Controlled words of the demo world: purposes, collateral, stages, as records have them."""

from __future__ import annotations

from types import MappingProxyType

from data.records import NeedKind

CURRENCY = "CNY"
SOURCE = "demo"
COUNTRY = "CHN"
PROVINCE = "江苏省"
FEN_PER_WAN = 1_000_000
"""Hundredths of a yuan in 万元 (10,000 CNY)."""

PURPOSES: MappingProxyType[NeedKind, tuple[str, ...]] = MappingProxyType(
    {
        NeedKind.DEBT: (
            "流动资金周转",
            "采购原材料",
            "购置设备",
            "订单备货",
            "研发投入",
            "厂房装修改造",
            "发放工资与社保",
            "市场拓展",
            "出口备货",
            "技术改造",
            "续贷周转",
            "购置厂房",
            "绿色改造",
            "创业启动",
            "基地建设",
        ),
        NeedKind.EQUITY: ("产品研发", "产能建设", "渠道拓展", "临床与注册", "团队扩充"),
        NeedKind.GUARANTEE: ("贷款增信", "创业贷款增信", "投标保函", "履约保函", "订单融资增信"),
        NeedKind.INSURANCE: (
            "贷款保证保险",
            "企业财产险",
            "产品责任险",
            "专利保险",
            "首台套保险",
            "出口信用保险",
            "雇主责任险",
            "网络安全险",
            "研发费用损失险",
            "种植养殖险",
            "临床试验责任险",
        ),
        NeedKind.SERVICE: (
            "知识产权代理",
            "高企申报",
            "财税代理",
            "法律服务",
            "体系认证",
            "检验检测",
            "技术成果转化",
            "数字化诊断",
            "人才招聘",
            "创业培训",
            "融资顾问",
            "绿色诊断",
            "跨境电商运营",
        ),
    }
)
"""What money, a guarantee, a cover or a service is for; ``Need.purpose`` and ``Offer.purposes``."""

COLLATERAL: tuple[str, ...] = (
    "房产抵押",
    "土地厂房抵押",
    "设备抵押",
    "应收账款质押",
    "专利权质押",
    "存货质押",
    "股权质押",
    "订单质押",
    "个人保证",
    "担保公司保证",
)
"""Forms of security; ``Need.collateral`` (what the firm can give), ``Offer.collateral_any``."""

STAGES: tuple[str, ...] = ("种子轮", "天使轮", "Pre-A轮", "A轮", "B轮", "C轮")
"""Equity rounds in order; ``Need.stage`` and ``Offer.stages``."""

STAGE_BANDS_WAN: tuple[tuple[int, int], ...] = (
    (50, 300),
    (100, 1000),
    (500, 2000),
    (1000, 5000),
    (3000, 20000),
    (10000, 30000),
)
"""Usual size of a round by stage in 万元; the bands overlap, the last one is open above."""

LPR_ONE_YEAR_PCT = 3.0
"""Loan prime rate of one year, unchanged from May 2025 to July 2026."""
