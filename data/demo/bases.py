"""Innovation bases of three levels and all kinds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.demo import vocabulary as words
from data.demo.arrays import Bools, Days, Floats, Ints
from data.demo.material import base_words as text
from data.demo.phrases import Dice, expand, row_seeds
from data.demo.places import PLACE_CITY, PLACE_WEIGHT, PLACES
from data.demo.size import DemoSize
from data.demo.streams import draw, stream
from data.demo.trades import GROUPS, TRADE_GROUP, TRADE_WEIGHT
from data.records import Base, BaseKind, BaseLevel
from data.schema import table_from_records

LEVELS: tuple[BaseLevel, ...] = tuple(BaseLevel)
KINDS: tuple[BaseKind, ...] = tuple(BaseKind)
_LEVEL_WEIGHT = np.array([20.0, 300.0, 600.0])  # targets of 苏中小综合﹝2017﹞203号
_KIND_WEIGHT = np.array([26.0, 18.0, 20.0, 18.0, 10.0, 8.0])
_FOCUS_GROUPS = 3


@dataclass(frozen=True)
class Bases:
    """All bases as columns; ``focus`` tells which groups each favours. Shape ``(n, n_groups)``."""

    place: Ints
    level: Ints
    kind: Ints
    focus: Bools
    weight: Floats
    founded: Days
    seed: int

    def __len__(self) -> int:
        return len(self.place)

    @property
    def city(self) -> Ints:
        """City number of each base."""
        return PLACE_CITY[self.place]

    def ids(self) -> list[str]:
        """Return the id of every base."""
        return [f"base_{words.SOURCE}_{row:04d}" for row in range(len(self))]


def make_bases(size: DemoSize, *, seed: int, today: dt.date) -> Bases:
    """Draw the bases: every level and kind occurs, large ones are rarer and higher."""
    rng = stream(seed, "bases")
    n = size.bases
    level = np.concatenate([[0, 1, 2], draw(rng, _LEVEL_WEIGHT, n - 3)])
    kind = np.concatenate([np.arange(len(KINDS)), draw(rng, _KIND_WEIGHT, n - len(KINDS))])
    rng.shuffle(level)
    rng.shuffle(kind)
    age_days = rng.integers(3 * 365, 14 * 365, n)
    return Bases(
        place=draw(rng, PLACE_WEIGHT, n),
        level=level,
        kind=kind,
        focus=_focus(rng, n),
        weight=rng.lognormal(np.array([1.1, 0.5, 0.0])[level], 0.5),
        founded=np.datetime64(today) - age_days.astype("timedelta64[D]"),
        seed=seed,
    )


def _focus(rng: np.random.Generator, n: int) -> Bools:
    group_weight = np.bincount(TRADE_GROUP, weights=TRADE_WEIGHT, minlength=len(GROUPS))
    keys = np.log(group_weight)[None, :] + rng.gumbel(size=(n, len(GROUPS)))
    chosen = np.argsort(-keys, axis=1)[:, :_FOCUS_GROUPS]
    focus = np.zeros((n, len(GROUPS)), dtype=bool)
    np.put_along_axis(focus, chosen, True, axis=1)
    return focus


def base_names(bases: Bases) -> list[str]:
    """Return distinct names: place, theme and kind word."""
    seen: set[str] = set()
    names = []
    for row, seed in enumerate(row_seeds(bases.seed, stream="bname", rows=np.arange(len(bases)))):
        dice, place = Dice(int(seed)), PLACES[bases.place[row]]
        where = place.district.removesuffix("市") if place.is_county_city else place.short_city
        name = ""
        while not name or name in seen:
            middle = "" if place.is_county_city or dice.chance(40) else _short(place.district)
            word = dice.pick(text.KIND_WORDS[KINDS[bases.kind[row]]])
            name = f"{where}{middle}{dice.pick(text.THEMES)}{word}"
            where = place.short_city if dice.chance(50) else where
        seen.add(name)
        names.append(name)
    return names


def _short(district: str) -> str:
    if district.endswith("工业园区"):
        return "园区"
    return district[:-1] if len(district) > 2 else district


def base_table(bases: Bases) -> pa.Table:
    """Return the bases as a table of :class:`data.records.Base`."""
    seeds = row_seeds(bases.seed, stream="base", rows=np.arange(len(bases)))
    records = [
        _base(bases, row=row, base_id=base_id, name=name, dice=Dice(int(seed)))
        for row, (base_id, name, seed) in enumerate(
            zip(bases.ids(), base_names(bases), seeds, strict=True)
        )
    ]
    return table_from_records(Base, records)


def _base(bases: Bases, *, row: int, base_id: str, name: str, dice: Dice) -> Base:
    place, kind = PLACES[bases.place[row]], KINDS[bases.kind[row]]
    focus = tuple(np.array(GROUPS)[bases.focus[row]].tolist())
    founded = bases.founded[row].astype(dt.date)
    operator = f"{place.short_city}{dice.pick(text.THEMES)}{dice.pick(text.OPERATORS[kind])}"
    slots = {
        "name": name,
        "city": place.short_city,
        "district": place.district,
        "year": str(founded.year),
        "operator": operator,
        "focus": "、".join(dice.several(focus, 2)),
    }
    plan = (dice.pick(text.OPENINGS), dice.pick(text.FOCUS), *dice.several(text.SERVICES, 2))
    return Base(
        base_id=base_id,
        name=name,
        level=LEVELS[bases.level[row]],
        kind=kind,
        country=words.COUNTRY,
        province=words.PROVINCE,
        city=place.city,
        district=place.district,
        operator=operator,
        founded_on=founded,
        focus_sectors=focus,
        description="。".join(expand(sentence, slots, dice=dice) for sentence in plan) + "。",
        source=words.SOURCE,
        source_key=base_id.removeprefix(f"base_{words.SOURCE}_"),
    )
