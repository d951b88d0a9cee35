"""What a need is for: weights by how the firm earns its living, its age and its sales."""

from __future__ import annotations

import numpy as np

from data.demo import vocabulary as words
from data.demo.arrays import Bools, Floats, Ints
from data.demo.firms import TEAM, Firms
from data.demo.material.trade import Mode
from data.demo.product_columns import PURPOSE_NUMBER, PURPOSES
from data.demo.shelves import KINDS
from data.demo.trades import GROUP_IS_HIGH_TECH, GROUPS, MODES, TRADE_MODE, TRADES

_PURPOSE_KIND = np.array(
    [KINDS.index(next(k for k, p in words.PURPOSES.items() if name in p)) for name in PURPOSES]
)


def _factors(text: str) -> dict[str, float]:
    """Read alternating purposes and numbers."""
    words_and_numbers = text.split()
    return {
        purpose: float(number)
        for purpose, number in zip(words_and_numbers[::2], words_and_numbers[1::2], strict=True)
    }


_USUAL = _factors(
    "流动资金周转 20 采购原材料 13 购置设备 8 订单备货 10 研发投入 5 厂房装修改造 4 "
    "发放工资与社保 4 市场拓展 6 出口备货 5 技术改造 3 续贷周转 6 购置厂房 2 绿色改造 2 "
    "创业启动 3 基地建设 0 产品研发 10 产能建设 6 渠道拓展 6 临床与注册 0.2 团队扩充 5 "
    "贷款增信 14 创业贷款增信 3 投标保函 3 履约保函 3 订单融资增信 5 贷款保证保险 5 "
    "企业财产险 8 产品责任险 5 专利保险 1 首台套保险 0.3 出口信用保险 3 雇主责任险 6 "
    "网络安全险 0.7 研发费用损失险 1 种植养殖险 0 临床试验责任险 0 知识产权代理 5 高企申报 4 "
    "财税代理 6 法律服务 4 体系认证 4 检验检测 3 技术成果转化 2.5 数字化诊断 4 人才招聘 5 "
    "创业培训 2 融资顾问 5 绿色诊断 2 跨境电商运营 2"
)
"""Weight of each purpose among its kind, before anything is known of the firm."""

_BY_MODE: dict[Mode, dict[str, float]] = {
    Mode.MAKE: _factors(
        "购置设备 1.8 技术改造 2.5 绿色改造 2 首台套保险 5 产能建设 1.5 体系认证 1.6 "
        "投标保函 0.4 网络安全险 0.2"
    ),
    Mode.SOFT: _factors(
        "研发投入 4 采购原材料 0.1 订单备货 0.2 出口备货 0.05 技术改造 0 发放工资与社保 3.5 "
        "购置厂房 0.3 网络安全险 10 产品责任险 0.2 绿色改造 0 投标保函 2.5 履约保函 2.5 "
        "产能建设 0.1 团队扩充 2.5 跨境电商运营 0.1 绿色诊断 0.1 企业财产险 0.3 "
        "出口信用保险 0.05"
    ),
    Mode.BIO: _factors(
        "研发投入 6 订单备货 0.3 临床与注册 60 临床试验责任险 8 研发费用损失险 6 "
        "市场拓展 0.4 出口备货 0.4 投标保函 0.2 跨境电商运营 0.1"
    ),
    Mode.SERVE: _factors(
        "采购原材料 0.4 购置设备 1.2 出口备货 0.05 技术改造 0.1 产能建设 0.3 投标保函 2 "
        "履约保函 2 出口信用保险 0.1 订单备货 0.3 绿色改造 0"
    ),
    Mode.FARM: _factors(
        "采购原材料 2 种植养殖险 40 出口备货 0.2 研发投入 0.2 投标保函 0.2 高企申报 0.2 "
        "网络安全险 0.1 绿色改造 0.3 购置厂房 0.2"
    ),
    Mode.TRADE: _factors(
        "购置设备 0.5 研发投入 0.05 订单备货 2 出口备货 2 技术改造 0 绿色改造 0.1 "
        "高企申报 0.1 跨境电商运营 5 首台套保险 0 产品研发 0.3 渠道拓展 3 产能建设 0.2 "
        "专利保险 0.1"
    ),
    Mode.BUILD: _factors(
        "投标保函 6 履约保函 6 出口备货 0 雇主责任险 2.5 发放工资与社保 2 出口信用保险 0.02 "
        "跨境电商运营 0 产能建设 0.3"
    ),
}
"""What the way of earning a living multiplies the weights with."""

_EXPORTERS = np.array([t.code.startswith(("C", "F519")) for t in TRADES])
_GLOBAL_TRADE = np.array([t.label == "跨境电商" for t in TRADES])
_DEVICES = np.array([group == "医疗器械" for group in GROUPS])


def _mode_table() -> Floats:
    usual = np.array([_USUAL[p] for p in PURPOSES])
    return np.array(
        [usual * np.array([_BY_MODE[mode].get(p, 1.0) for p in PURPOSES]) for mode in MODES]
    )


_MODE_TABLE = _mode_table()


def _weights(at: Firms, *, age_months: Ints, revenue: Ints) -> Floats:
    """Return a weight for every need and purpose. Shape ``(n, n_purposes)``."""
    weight = _MODE_TABLE[TRADE_MODE[at.trade]].copy()

    def scale(purpose: str, factor: Floats | Bools) -> None:
        weight[:, PURPOSE_NUMBER[purpose]] *= factor

    young = age_months < 18
    scale("创业启动", np.where(young, 6.0, 0.1))
    scale("创业贷款增信", np.where(young, 6.0, 0.3))
    scale("续贷周转", age_months >= 24)
    scale("购置厂房", revenue >= 800)
    for purpose in (
        "订单备货",
        "出口备货",
        "采购原材料",
        "履约保函",
        "订单融资增信",
        "贷款保证保险",
    ):
        scale(purpose, np.where(revenue > 0, 1.0, 0.02))
    for purpose in ("出口备货", "出口信用保险"):
        scale(purpose, np.where(_EXPORTERS[at.trade], 1.0, 0.03))
    scale("跨境电商运营", np.where(_GLOBAL_TRADE[at.trade], 6.0, 1.0))
    tech = GROUP_IS_HIGH_TECH[at.group]
    for purpose in ("研发投入", "高企申报", "知识产权代理", "技术成果转化", "研发费用损失险"):
        scale(purpose, np.where(tech, 1.5, 0.3))
    scale("首台套保险", tech)
    scale("专利保险", np.where(at.class_one_ip > 0, 3.0, 0.0))
    scale("临床与注册", np.where(_DEVICES[at.group], 20.0, 1.0))
    scale("临床试验责任险", np.where(_DEVICES[at.group], 4.0, 1.0))
    team = at.form == TEAM
    for purpose in PURPOSES:
        wanted = purpose in (
            "创业启动",
            "创业贷款增信",
            "创业培训",
            "融资顾问",
            "产品研发",
            "团队扩充",
        )
        scale(purpose, np.where(team, 4.0 if wanted else 0.05, 1.0))
    return weight


def draw_purposes(
    rng: np.random.Generator,
    kind: Ints,
    *,
    firms: Firms,
    age_months: Ints,
    revenue: Ints,
    served: Ints,
) -> Ints:
    """Draw the purpose number of every need, among those that some offer serves.

    Parameters
    ----------
    firms
        The seekers, one row for each need.
    served
        Purpose bits of all offers; kinds whose offers name no purpose serve all.
    """
    known = int(np.bitwise_or.reduce(served))
    open_kind = np.array([not known & _kind_mask(k) for k in range(len(KINDS))])
    available = np.array([bool(known >> p & 1) for p in range(len(PURPOSES))])
    available |= open_kind[_PURPOSE_KIND]
    chosen = np.zeros(len(kind), dtype=np.int64)
    for number in range(len(KINDS)):
        rows = np.flatnonzero(kind == number)
        options = np.flatnonzero((number == _PURPOSE_KIND) & available)
        weight = _weights(firms.take(rows), age_months=age_months[rows], revenue=revenue[rows])[
            :, options
        ]
        steps = np.cumsum(weight + 1e-9, axis=1)
        u = rng.random(len(rows)) * steps[:, -1]
        chosen[rows] = options[np.minimum((steps < u[:, None]).sum(axis=1), len(options) - 1)]
    return chosen


def _kind_mask(number: int) -> int:
    return sum(1 << p for p in np.flatnonzero(number == _PURPOSE_KIND).tolist())
