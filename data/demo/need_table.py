"""Needs as Arrow tables with their texts, rendered for any slice of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from data import columns as col
from data.demo import vocabulary as words
from data.demo.arrays import Ints
from data.demo.bases import Bases
from data.demo.firm_texts import usable
from data.demo.firms import NO_BASE, Firms, firm_ids
from data.demo.material import need_sentences as text
from data.demo.needs import NO_FIRM, Needs
from data.demo.phrases import Dice, expand, row_seeds
from data.demo.places import PLACES
from data.demo.product_columns import PURPOSES
from data.demo.shelves import KINDS
from data.demo.streams import members
from data.demo.trades import TRADES
from data.records import Need, NeedKind
from data.schema import schema_of

_SECURED = (NeedKind.DEBT, NeedKind.GUARANTEE)
_ROUND_YEARS = {12: "一年", 24: "两年", 36: "三年", 60: "五年", 120: "十年"}
_NO_BASE_SLOTS = frozenset({"base"})


class NeedWriter:
    """Renders rows of :class:`Needs`; what it writes for a row depends on that row alone."""

    def __init__(
        self,
        needs: Needs,
        firms: Firms,
        bases: Bases,
        *,
        short_names: Sequence[str],
        base_names: Sequence[str],
        seed: int,
        first_day: dt.date,
    ) -> None:
        self.needs = needs
        self.firms = firms
        self.base_city = [PLACES[p].short_city for p in bases.place.tolist()]
        self.short_names = short_names
        self.base_names = base_names
        self.base_ids = bases.ids()
        self.seed = seed
        self.first_day = first_day

    def table(self, rows: Ints) -> pa.Table:
        """Return the needs in ``rows`` as a table of :class:`data.records.Need`."""
        at = self.needs.take(rows)
        of_firm = at.firm != NO_FIRM
        days = np.datetime64(self.first_day) + at.day.astype("timedelta64[D]")
        seekers = [key.rsplit("_", 2)[-2] for key in self.needs.ids(rows)]
        columns: dict[str, Any] = {
            col.NEED_ID: self.needs.ids(rows),
            col.FIRM_ID: pa.array(firm_ids(np.maximum(at.firm, 0)), mask=~of_firm),
            col.BASE_ID: [None if b < 0 else self.base_ids[b] for b in at.base.tolist()],
            col.KIND: [KINDS[kind] for kind in at.kind.tolist()],
            col.STATED_ON: days.astype("datetime64[D]"),
            col.STAGE: [None if s < 0 else words.STAGES[s] for s in at.stage.tolist()],
            col.AMOUNT_LOW_MINOR: at.amount_low * words.FEN_PER_WAN,
            col.AMOUNT_HIGH_MINOR: at.amount_high * words.FEN_PER_WAN,
            col.CURRENCY: [words.CURRENCY] * len(rows),
            col.PURPOSE: [PURPOSES[p] for p in at.purpose.tolist()],
            col.TERM_MONTHS: pa.array(at.term, mask=at.term < 0),
            col.COLLATERAL: [members(words.COLLATERAL, bits) for bits in at.collateral.tolist()],
            col.EMPLOYEES: pa.array(at.staff, mask=at.staff < 0),
            col.TEXT: self._texts(rows, at),
            col.IMPLIED: [False] * len(rows),
            col.SOURCE: [words.SOURCE] * len(rows),
            col.SOURCE_KEY: [
                f"{seeker}@{day}" for seeker, day in zip(seekers, days.astype(str), strict=True)
            ],
        }
        schema = schema_of(Need)
        return pa.Table.from_arrays(
            [pa.array(columns[field.name], type=field.type) for field in schema], schema=schema
        )

    def _texts(self, rows: Ints, at: Needs) -> list[str]:
        seeds = row_seeds(self.seed, stream="need", rows=rows).tolist()
        return [
            self._of_base(at, i, Dice(seeds[i]))
            if at.firm[i] == NO_FIRM
            else self._of_firm(at, i, Dice(seeds[i]))
            for i in range(len(rows))
        ]

    def _slots(self, at: Needs, i: int) -> dict[str, str]:
        kind = KINDS[at.kind[i]]
        low, high = int(at.amount_low[i]), int(at.amount_high[i])
        term, stage = int(at.term[i]), int(at.stage[i])
        return {
            "amount": f"{low}万元" if low == high else f"{low}—{high}万元",
            "term": _term(term) if kind is not NeedKind.EQUITY else "",
            "stage": words.STAGES[stage] if stage >= 0 else "",
            "security": "、".join(members(words.COLLATERAL, int(at.collateral[i]))),
        }

    def _of_firm(self, at: Needs, i: int, dice: Dice) -> str:
        firm, kind = int(at.firm[i]), KINDS[at.kind[i]]
        trade = TRADES[self.firms.trade[firm]]
        base = int(self.firms.base[firm])
        products, customers = dice.several(trade.products, 2), dice.several(trade.customers, 2)
        slots = self._slots(at, i) | {
            "subject": self.short_names[firm] if dice.chance(30) else dice.pick(("公司", "企业")),
            "p1": products[0],
            "p2": products[1],
            "c1": customers[0],
            "c2": customers[1],
            "t1": dice.pick(trade.tech),
            "gear": dice.pick(trade.gear),
            "inputs": dice.pick(trade.inputs),
            "label": trade.label,
            "city": PLACES[self.firms.place[firm]].short_city,
            "staff": str(int(at.staff[i])),
            "act": text.ACTS[kind],
            "base": "" if base == NO_BASE else self.base_names[base],
        }
        missing = _NO_BASE_SLOTS if base == NO_BASE else frozenset()
        leads = usable(text.LEADS[PURPOSES[at.purpose[i]]], missing)
        if not leads:
            leads, slots["base"] = text.LEADS[PURPOSES[at.purpose[i]]], slots["city"]
        pieces = [dice.pick(leads), dice.pick(text.DETAIL[kind])]
        if kind in _SECURED:
            security = dice.pick(text.SECURITY if slots["security"] else text.NO_SECURITY)
            if dice.chance(50):
                pieces[-1] += "；" + security
            else:
                pieces[0] += "，" + security
        if dice.chance(65):
            pieces.insert(dice.below(2), dice.pick(usable(text.BACKGROUND, missing)))
        return "。".join(expand(piece, slots, dice=dice) for piece in pieces) + "。"

    def _of_base(self, at: Needs, i: int, dice: Dice) -> str:
        base = int(at.base[i])
        slots = self._slots(at, i) | {
            "base": self.base_names[base],
            "city": self.base_city[base],
        }
        pieces = (
            dice.pick(text.LEADS["基地建设"]),
            dice.pick(text.BASE_DETAIL),
            dice.pick(text.SECURITY_OF_BASE),
        )
        return "。".join(expand(piece, slots, dice=dice) for piece in pieces) + "。"


def _term(months: int) -> str:
    return _ROUND_YEARS.get(months, f"{months}个月")
