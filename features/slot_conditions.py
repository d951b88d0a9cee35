"""The columns of one offer as conditions, in the form in which rules are written."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from data import columns as col
from data.rules.conditions import Bounds, Condition, Mode, OneOf
from data.rules.vocabulary import EVERYWHERE
from features.conditions import BOUNDS_OF, CONDITION_NAMES, FACT_OF, LIST_OF, MONEY_SLOTS
from features.items import Items


def slot_conditions(items: Items, item: int) -> Mapping[str, Condition]:
    """Return what an offer states, by slot; slots that it leaves open are left out."""
    found: dict[str, Condition] = {}
    for name in CONDITION_NAMES:
        condition = _condition(items, item, name)
        if condition is not None:
            found[name] = condition
    return found


def _condition(items: Items, item: int, name: str) -> Condition | None:
    if name == "kind":
        return OneOf("kind", (str(items.texts[col.KIND][item]),))
    if name == "validity":
        least, most = (_day_number(day) for day in (items.valid_from[item], items.valid_to[item]))
        return None if least is None and most is None else Bounds("day", least, most)
    if name in BOUNDS_OF:
        return _bounds(items, item, name)
    values = items.lists[LIST_OF[name]]
    listed = tuple(values.values[values.offsets[item] : values.offsets[item + 1]].tolist())
    everywhere = name == "region" and EVERYWHERE & {v.strip().casefold() for v in listed}
    if not listed or everywhere:
        return None
    mode = Mode.NONE if name == "industry_excluded" else Mode.ANY
    return OneOf(FACT_OF[name], listed, mode)


def _bounds(items: Items, item: int, name: str) -> Condition | None:
    columns = BOUNDS_OF[name]
    ends = [None if c is None else float(items.bounds[c][item]) for c in columns]
    least, most = (None if end is None or end != end else end for end in ends)
    if least is None and most is None:
        return None
    currency = items.texts[col.CURRENCY][item] if name in MONEY_SLOTS else None
    return Bounds(FACT_OF[name], least, most, currency=currency)


def _day_number(day: np.datetime64) -> float | None:
    return None if np.isnat(day) else float(day.astype("datetime64[D]").astype(np.int64))
