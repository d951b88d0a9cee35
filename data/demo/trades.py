"""All trades of the demo world and the figures that hold for each way of earning a living."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from data.demo.arrays import Bools, Floats, Ints
from data.demo.material import (
    commerce,
    electronics,
    energy,
    equipment,
    health,
    services,
    software,
    substances,
    textiles,
)
from data.demo.material.trade import Mode, Trade

_MODULES = (
    equipment,
    electronics,
    software,
    health,
    substances,
    energy,
    textiles,
    services,
    commerce,
)

TRADES: tuple[Trade, ...] = tuple(trade for module in _MODULES for trade in module.TRADES)
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(trade.group for trade in TRADES))
MODES: tuple[Mode, ...] = tuple(Mode)


@dataclass(frozen=True, slots=True)
class Economics:
    """Typical figures of a mode: medians in 万元 and persons, shares in percent."""

    staff: float
    revenue_per_head: float
    assets_per_revenue: float
    rd_share: float
    before_revenue: float
    class_one_ip: float
    class_two_ip: float


ECONOMICS: MappingProxyType[Mode, Economics] = MappingProxyType(
    {
        Mode.MAKE: Economics(28, 58, 0.95, 4.6, 0.10, 1.3, 9.0),
        Mode.SOFT: Economics(16, 42, 0.80, 14.0, 0.16, 1.1, 10.0),
        Mode.BIO: Economics(18, 30, 1.90, 22.0, 0.38, 2.2, 4.0),
        Mode.SERVE: Economics(14, 34, 0.60, 3.8, 0.08, 0.5, 4.0),
        Mode.FARM: Economics(9, 26, 1.20, 0.8, 0.08, 0.1, 1.0),
        Mode.TRADE: Economics(9, 115, 0.45, 0.5, 0.06, 0.1, 1.5),
        Mode.BUILD: Economics(19, 62, 0.70, 2.4, 0.05, 0.4, 5.0),
    }
)

TRADE_GROUP: Ints = np.array([GROUPS.index(trade.group) for trade in TRADES])
TRADE_MODE: Ints = np.array([MODES.index(trade.mode) for trade in TRADES])
TRADE_WEIGHT: Floats = np.array([trade.weight for trade in TRADES])

HIGH_TECH_GROUPS: frozenset[str] = frozenset(
    (
        "高端装备",
        "电子信息",
        "集成电路",
        "软件与人工智能",
        "生物医药",
        "医疗器械",
        "新材料",
        "新能源",
        "节能环保",
        "汽车零部件",
        "科技服务",
    )
)
"""Groups inside the fields that the state supports as high technology (国科发火〔2016〕32号)."""

GROUP_IS_HIGH_TECH: Bools = np.array([group in HIGH_TECH_GROUPS for group in GROUPS])


def economics_of(trade: Ints, field: str) -> Floats:
    """Return one figure of :class:`Economics` for every trade number. Shape ``(n,)``."""
    by_mode = np.array([getattr(ECONOMICS[mode], field) for mode in MODES])
    return by_mode[TRADE_MODE[trade]]


def trades_with_prefix(prefixes: Iterable[str]) -> Bools:
    """Return which trades have a code with one of ``prefixes``. Shape ``(n_trades,)``."""
    wanted = tuple(prefixes)
    return np.array([trade.code.startswith(wanted) for trade in TRADES])
