"""Names and texts of offers; every structured condition is also said in words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from data.demo import vocabulary as words
from data.demo.bases import LEVELS
from data.demo.institutions import Institutions
from data.demo.material import institution_words as text
from data.demo.offers import PROVINCE_WIDE, SOME_CITIES, Offers
from data.demo.phrases import Dice, expand, row_seeds
from data.demo.places import CITIES
from data.demo.product_columns import NO_BOUND, PURPOSES, TRADE_SETS
from data.demo.shelves import KINDS, NO_PRODUCT, PRODUCTS, SHELVES
from data.demo.size_classes import SIZE_CLASSES
from data.demo.streams import members
from data.demo.titles import TAX_GRADES, TITLES
from data.demo.trades import GROUPS, TRADE_GROUP, TRADES
from data.labels import WORDS
from data.records import NeedKind, Offer
from data.schema import table_from_records

TITLE_NAMES: dict[str, str] = {title: WORDS[title][0] for title in TITLES}
_BOUNDS = {NeedKind.SERVICE: text.PRICE_OF_SERVICE, NeedKind.INSURANCE: text.COVER_AND_TERM}
_LONG_LIST = 5
"""More groups than this are called a broad mandate instead of being listed."""


def offer_table(
    offers: Offers,
    institutions: Institutions,
    *,
    brands: list[str],
    base_ids: list[str],
    base_names: list[str],
    first_day: dt.date,
    seed: int,
) -> pa.Table:
    """Return the offers as a table of :class:`data.records.Offer`."""
    writer = _Writer(
        offers, institutions, brands=brands, base_ids=base_ids, base_names=base_names,
        first_day=first_day,
    )  # fmt: skip
    seeds = row_seeds(seed, stream="offer", rows=np.arange(len(offers))).tolist()
    return table_from_records(Offer, (writer.record(row, Dice(s)) for row, s in enumerate(seeds)))


class _Writer:
    """Turns rows of :class:`Offers` into records."""

    def __init__(
        self,
        offers: Offers,
        institutions: Institutions,
        *,
        brands: list[str],
        base_ids: list[str],
        base_names: list[str],
        first_day: dt.date,
    ) -> None:
        self.offers = offers
        self.institutions = institutions
        self.house_ids = institutions.ids()
        self.brands = brands
        self.base_ids = base_ids
        self.base_names = base_names
        self.first_day = first_day

    def record(self, row: int, dice: Dice) -> Offer:
        """Return one offer with its conditions, name and text."""
        o = self.offers
        kind, house = KINDS[o.kind[row]], int(o.institution[row])
        product = PRODUCTS[o.product[row]] if o.product[row] != NO_PRODUCT else None
        only, never = TRADE_SETS[o.trade_set[row]]
        named = np.flatnonzero(o.bases_allowed[o.base_set[row]]) if o.base_set[row] else ()
        is_loan = kind is NeedKind.DEBT
        price = (float(o.price_low[row]), float(o.price_high[row]))
        priced = not np.isnan(price[0])
        number = f"{row:05d}"
        return Offer(
            offer_id=f"offer_{words.SOURCE}_{number}",
            institution_id=self.house_ids[house],
            name=self._name(row, dice),
            kind=kind,
            amount_min_minor=int(o.amount_min[row]) * words.FEN_PER_WAN,
            amount_max_minor=int(o.amount_max[row]) * words.FEN_PER_WAN,
            currency=words.CURRENCY,
            term_min_months=_bound(o.term_min[row]),
            term_max_months=_bound(o.term_max[row]),
            rate_low_pct=price[0] if is_loan else None,
            rate_high_pct=price[1] if is_loan else None,
            fee_pct=round(sum(price) / 2, 2) if priced and not is_loan else None,
            regions=self._regions(row),
            base_ids=tuple(self.base_ids[b] for b in named),
            base_levels=members(tuple(LEVELS), int(o.level_bits[row])),
            industries=only,
            industries_excluded=never,
            sectors=members(GROUPS, int(o.group_bits[row])),
            stages=members(words.STAGES, int(o.stage_bits[row])),
            size_classes=members(tuple(SIZE_CLASSES), int(o.size_bits[row])),
            credentials_any=members(tuple(TITLES), int(o.title_bits[row])),
            tax_grades=members(tuple(TAX_GRADES), int(o.tax_bits[row])),
            collateral_any=members(words.COLLATERAL, int(o.collateral_bits[row])),
            purposes=members(PURPOSES, int(o.purpose_bits[row])),
            firm_age_min_months=_bound(o.age_min[row]),
            firm_age_max_months=_bound(o.age_max[row]),
            employees_min=_bound(o.staff_min[row]),
            revenue_min_minor=_fen(o.revenue_min[row]),
            class_one_ip_min=_bound(o.class_one_ip_min[row]),
            resident_first=bool(o.resident_first[row]),
            valid_from=self.first_day + dt.timedelta(days=int(o.valid_from[row])),
            valid_to=None
            if o.valid_to[row] == NO_BOUND
            else self.first_day + dt.timedelta(days=int(o.valid_to[row])),
            description=self._mandate(row, dice)
            if product is None
            else self._product_text(row, dice),
            source=words.SOURCE,
            source_key=number,
        )

    def _name(self, row: int, dice: Dice) -> str:
        brand = self.brands[self.offers.institution[row]]
        if self.offers.product[row] == NO_PRODUCT:
            stage = members(words.STAGES, int(self.offers.stage_bits[row]))[0].removesuffix("轮")
            middle = dice.pick(("一期", "二期", "三期", "", ""))
            return f"{brand}{dice.pick(text.FUND_NAMES)}{middle}（{stage}起投）"
        return f"{brand}·{dice.pick(PRODUCTS[self.offers.product[row]].names)}"

    def _cities(self, row: int) -> tuple[str, ...]:
        return members(CITIES, int(self.offers.city_bits[row]))

    def _regions(self, row: int) -> tuple[str, ...]:
        reach = self.offers.reach[row]
        if reach == SOME_CITIES:
            return self._cities(row)
        return (words.PROVINCE,) if reach == PROVINCE_WIDE else ()

    def _where(self, row: int) -> str:
        reach = self.offers.reach[row]
        if reach == SOME_CITIES:
            return "、".join(city.removesuffix("市") for city in self._cities(row))
        return "江苏省内" if reach == PROVINCE_WIDE else "全国"

    def _common_slots(self, row: int) -> dict[str, str]:
        o = self.offers
        low, high = o.price_low[row], o.price_high[row]
        band = "" if np.isnan(low) else f"{low:.2f}%—{high:.2f}%"
        return {
            "brand": self.brands[o.institution[row]],
            "min": str(o.amount_min[row]),
            "max": str(o.amount_max[row]),
            "term_min": str(o.term_min[row]),
            "term_max": str(o.term_max[row]),
            "region": self._where(row),
            "where": self._where(row),
            "rate": band,
            "fee": band if low != high else f"{low:.2f}%",
        }

    def _limits(self, row: int, dice: Dice) -> str:
        """Return the conditions in words, as one sentence; empty where there are none."""
        o = self.offers
        named = np.flatnonzero(o.bases_allowed[o.base_set[row]]) if o.base_set[row] else ()
        slots = {
            "titles": "、".join(
                TITLE_NAMES[c] for c in members(tuple(TITLES), int(o.title_bits[row]))
            ),
            "tax": "、".join(members(tuple(TAX_GRADES), int(o.tax_bits[row]))),
            "age_min": _word(o.age_min[row]),
            "age_max": _word(o.age_max[row]),
            "revenue_min": _word(o.revenue_min[row]),
            "collateral": "、".join(members(words.COLLATERAL, int(o.collateral_bits[row]))),
            "ip": _word(o.class_one_ip_min[row]),
            "levels": "示范" if o.level_bits[row] else "",
            "bases": "、".join(self.base_names[b] for b in named),
        }
        clauses = [
            expand(dice.pick(text.LIMITS[name]), slots, dice=dice)
            for name, said in slots.items()
            if said
        ]
        return dice.pick(("，", "；")).join(clauses)

    def _product_text(self, row: int, dice: Dice) -> str:
        o = self.offers
        shelf, product = SHELVES[KINDS[o.kind[row]]], PRODUCTS[o.product[row]]
        slots = self._common_slots(row)
        bounds = _BOUNDS.get(shelf.kind, text.AMOUNT_AND_TERM)
        pieces = [expand(dice.pick(product.leads), slots, dice=dice)]
        pieces.append(expand(dice.pick(bounds), slots, dice=dice))
        if shelf.extras:
            pieces.append(expand(dice.pick(shelf.extras), slots, dice=dice))
        pieces.append("用途：" + "、".join(members(PURPOSES, int(o.purpose_bits[row]))))
        pieces.append(self._limits(row, dice))
        pieces += [
            expand(t, slots, dice=dice) for t in dice.several(shelf.process, 1 + dice.below(2))
        ]
        if o.resident_first[row]:
            pieces.append(expand(dice.pick(text.RESIDENT), slots, dice=dice))
        return "。".join(piece for piece in pieces if piece) + "。"

    def _mandate(self, row: int, dice: Dice) -> str:
        """Return the text of a fund mandate; it names products of the sectors it declares."""
        o = self.offers
        house = int(o.institution[row])
        said = np.flatnonzero(self.institutions.declared[house])
        open_to = members(GROUPS, int(o.group_bits[row]))
        focus = "、".join(np.array(GROUPS)[said].tolist())
        trades = np.flatnonzero(np.isin(TRADE_GROUP, said))
        liked = [dice.pick(TRADES[t].products) for t in dice.several(trades.tolist(), 2)]
        slots = self._common_slots(row) | {
            "stages": "、".join(members(words.STAGES, int(o.stage_bits[row]))),
            "focus": focus or "科技",
            "p1": liked[0] if liked else "关键零部件",
            "p2": liked[-1] if liked else "新材料",
        }
        pieces = [expand(dice.pick(text.FUND_LEADS), slots, dice=dice)]
        pieces += [expand(t, slots, dice=dice) for t in dice.several(text.FUND_LIKES, 2)]
        if not open_to:
            pieces.append("其他行业有亮点也可以看")
        elif len(open_to) <= _LONG_LIST:
            pieces.append("行业限于" + "、".join(open_to))
        else:
            pieces.append("可投范围较宽：" + "、".join(open_to))
        pieces.append(self._limits(row, dice))
        if o.resident_first[row]:
            pieces.append(expand(dice.pick(text.FUND_RESIDENT), slots, dice=dice))
        pieces.append(expand(dice.pick(text.FUND_PROCESS), slots, dice=dice))
        return "。".join(piece for piece in pieces if piece) + "。"


def _bound(value: int) -> int | None:
    return None if value == NO_BOUND else int(value)


def _fen(value: int) -> int | None:
    return None if value == NO_BOUND else int(value) * words.FEN_PER_WAN


def _word(value: int) -> str:
    return "" if value == NO_BOUND else str(value)
