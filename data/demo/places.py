"""Jiangsu: 13 cities with their districts, area codes (GB/T 2260), weights and neighbourhoods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo.arrays import Floats, Ints, Reals

SOUTH, CAPITAL, NORTH, COAST = "苏锡常都市圈", "南京都市圈", "淮海经济区", "沿海城市带"


@dataclass(frozen=True, slots=True)
class Place:
    """A district, county or county-level city and the city it belongs to."""

    city: str
    district: str
    area_code: str
    metro: str
    postcode: str
    weight: float

    @property
    def short_city(self) -> str:
        """Name of the city without 市, as used in firm names."""
        return self.city.removesuffix("市")

    @property
    def is_county_city(self) -> bool:
        """Whether the district is itself a city (昆山市), whose name firms prefer."""
        return self.district.endswith("市") and self.district != self.city


_CITIES: tuple[tuple[str, str, str, float, str], ...] = (
    (
        "南京市",
        CAPITAL,
        "210000",
        15.0,
        "玄武区320102 秦淮区320104 建邺区320105 鼓楼区320106 浦口区320111 栖霞区320113 "
        "雨花台区320114 江宁区320115 六合区320116 溧水区320117 高淳区320118",
    ),
    (
        "无锡市",
        SOUTH,
        "214000",
        12.0,
        "锡山区320205 惠山区320206 滨湖区320211 梁溪区320213 新吴区320214 江阴市320281 "
        "宜兴市320282",
    ),
    (
        "徐州市",
        NORTH,
        "221000",
        7.0,
        "云龙区320303 贾汪区320305 泉山区320311 铜山区320312 丰县320321 沛县320322 睢宁县320324 "
        "新沂市320381 邳州市320382",
    ),
    (
        "常州市",
        SOUTH,
        "213000",
        9.0,
        "天宁区320402 钟楼区320404 新北区320411 武进区320412 金坛区320413 溧阳市320481",
    ),
    (
        "苏州市",
        SOUTH,
        "215000",
        20.0,
        "虎丘区320505 吴中区320506 相城区320507 姑苏区320508 吴江区320509 苏州工业园区320576 "
        "常熟市320581 张家港市320582 昆山市320583 太仓市320585",
    ),
    (
        "南通市",
        COAST,
        "226000",
        9.0,
        "通州区320612 崇川区320613 海门区320614 如东县320623 启东市320681 如皋市320682 "
        "海安市320685",
    ),
    (
        "连云港市",
        NORTH,
        "222000",
        3.0,
        "连云区320703 海州区320706 赣榆区320707 东海县320722 灌云县320723 灌南县320724",
    ),
    (
        "淮安市",
        CAPITAL,
        "223000",
        4.0,
        "淮安区320803 淮阴区320804 清江浦区320812 洪泽区320813 涟水县320826 盱眙县320830 "
        "金湖县320831",
    ),
    (
        "盐城市",
        COAST,
        "224000",
        6.0,
        "亭湖区320902 盐都区320903 大丰区320904 响水县320921 滨海县320922 阜宁县320923 "
        "射阳县320924 "
        "建湖县320925 东台市320981",
    ),
    (
        "扬州市",
        CAPITAL,
        "225000",
        5.0,
        "广陵区321002 邗江区321003 江都区321012 宝应县321023 仪征市321081 高邮市321084",
    ),
    (
        "镇江市",
        CAPITAL,
        "212000",
        4.0,
        "京口区321102 润州区321111 丹徒区321112 丹阳市321181 扬中市321182 句容市321183",
    ),
    (
        "泰州市",
        COAST,
        "225300",
        5.0,
        "海陵区321202 高港区321203 姜堰区321204 兴化市321281 靖江市321282 泰兴市321283",
    ),
    (
        "宿迁市",
        NORTH,
        "223800",
        3.0,
        "宿城区321302 宿豫区321311 沭阳县321322 泗阳县321323 泗洪县321324",
    ),
)


def _places() -> tuple[Place, ...]:
    found = []
    for city, metro, postcode, weight, districts in _CITIES:
        names = districts.split()
        for rank, entry in enumerate(names):
            share = weight / len(names) * (1.4 - 0.8 * rank / len(names))
            found.append(Place(city, entry[:-6], entry[-6:], metro, postcode, share))
    return tuple(found)


PLACES: tuple[Place, ...] = _places()
CITIES: tuple[str, ...] = tuple(city for city, *_ in _CITIES)
METROS: tuple[str, ...] = (SOUTH, CAPITAL, NORTH, COAST)

OUTSIDE: tuple[tuple[str, str], ...] = (
    ("上海市", "上海市"),
    ("北京市", "北京市"),
    ("浙江省", "杭州市"),
    ("广东省", "深圳市"),
)
"""Province and city of the few institutions that come from outside Jiangsu."""

PLACE_CITY: Ints = np.array([CITIES.index(place.city) for place in PLACES])
PLACE_WEIGHT: Floats = np.array([place.weight for place in PLACES])
PLACE_WEIGHT /= PLACE_WEIGHT.sum()
CITY_METRO: Ints = np.array([METROS.index(metro) for _, metro, *_ in _CITIES])
CITY_WEIGHT: Floats = np.array([weight for _, _, _, weight, _ in _CITIES])
CITY_WEIGHT /= CITY_WEIGHT.sum()
OUTSIDE_CITY = len(CITIES)
"""City number of every place outside Jiangsu."""


def nearness(city_a: Ints, city_b: Ints) -> Reals:
    """Return 1 for the same city, .4 for the same city cluster, .15 inside Jiangsu, else 0.

    Numbers are positions in :data:`CITIES`; :data:`OUTSIDE_CITY` is near to nobody. Arrays
    broadcast.
    """
    return _NEARNESS[city_a, city_b]


def _nearness_table() -> Reals:
    n = len(CITIES)
    table = np.full((n + 1, n + 1), 0.15, dtype=np.float32)
    same_metro = CITY_METRO[:, None] == CITY_METRO[None, :]
    table[:n, :n][same_metro] = 0.4
    np.fill_diagonal(table, 1.0)
    table[n, :] = 0.0
    table[:, n] = 0.0
    return table


_NEARNESS = _nearness_table()
