"""Firms as Arrow tables, rendered for any slice of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from data import columns as col
from data.demo import vocabulary as words
from data.demo.arrays import Bools, Days, Ints
from data.demo.bases import Bases
from data.demo.company_codes import company_codes
from data.demo.firm_texts import Story, describe
from data.demo.firms import (
    DAYS_PER_YEAR,
    LEGAL_FORMS,
    NO_BASE,
    TEAM,
    Firms,
    area_codes,
    firm_ids,
)
from data.demo.offer_texts import TITLE_NAMES
from data.demo.phrases import Dice, row_seeds
from data.demo.places import PLACES
from data.demo.size_classes import SIZE_CLASSES
from data.demo.streams import members
from data.demo.titles import TAX_GRADES, TITLES
from data.demo.trades import TRADES
from data.records import Firm, SizeClass, TaxGrade
from data.schema import schema_of

INDUSTRY_SYSTEM = "gb4754-2017"
_UNKNOWN_SHARE = 0.06
"""Share of firms that do not disclose a figure (revenue, assets, R&D expense, each by itself)."""
_NO_TEXT_SHARE = 0.015
_PRINTED_TITLES = 3
_CODE_KIND = np.array(["91", "91", "92", "93", "91"])


class FirmWriter:
    """Renders rows of :class:`Firms`; what it writes for a row depends on that row alone."""

    def __init__(
        self,
        firms: Firms,
        bases: Bases,
        *,
        names: tuple[Sequence[str], Sequence[str]],
        base_names: Sequence[str],
        seed: int,
        today: dt.date,
    ) -> None:
        self.firms = firms
        self.bases = bases
        self.names, self.short_names = names
        self.base_names = base_names
        self.base_ids = bases.ids()
        self.base_years = bases.founded.astype("datetime64[Y]").astype(int) + 1970
        self.seed = seed
        self.today = today

    def _hidden(self, rows: Ints, field: str, share: float) -> Bools:
        draws = row_seeds(self.seed, stream=field, rows=rows) % np.uint64(10_000)
        return draws < np.uint64(round(share * 10_000))

    def table(self, rows: Ints) -> pa.Table:
        """Return the firms in ``rows`` as a table of :class:`data.records.Firm`."""
        at = self.firms.take(rows)
        team = at.form == TEAM
        places = [PLACES[p] for p in at.place.tolist()]
        founded = np.datetime64(self.today) - at.age_days.astype("timedelta64[D]")
        codes = company_codes(rows, kind=_CODE_KIND[at.form], area=area_codes(at), seed=self.seed)
        ids = firm_ids(rows)
        columns: dict[str, Any] = {
            col.FIRM_ID: ids,
            col.NAME: [self.names[row] for row in rows.tolist()],
            col.COMPANY_CODE: pa.array(codes.tolist(), mask=team),
            col.BASE_ID: [None if b == NO_BASE else self.base_ids[b] for b in at.base.tolist()],
            col.COUNTRY: [words.COUNTRY] * len(rows),
            col.PROVINCE: [words.PROVINCE] * len(rows),
            col.CITY: [place.city for place in places],
            col.DISTRICT: [place.district for place in places],
            col.POSTCODE: [place.postcode for place in places],
            col.METRO: [place.metro for place in places],
            col.INDUSTRY: [TRADES[t].code for t in at.trade.tolist()],
            col.INDUSTRY_SYSTEM: [INDUSTRY_SYSTEM] * len(rows),
            col.SECTORS: [(TRADES[t].group, TRADES[t].label) for t in at.trade.tolist()],
            col.LEGAL_FORM: [LEGAL_FORMS[form] for form in at.form.tolist()],
            col.NONPROFIT: [False] * len(rows),
            col.FOUNDED_ON: pa.array(founded.astype("datetime64[D]"), mask=team),
            col.EMPLOYEES: at.staff,
            col.SIZE_CLASS: [_size(number) for number in at.size_class.tolist()],
            col.CURRENCY: [words.CURRENCY] * len(rows),
            col.CREDENTIALS: [members(tuple(TITLES), bits) for bits in at.titles.tolist()],
            col.TAX_GRADE: [_grade(number) for number in at.tax_grade.tolist()],
            col.CLASS_ONE_IP: at.class_one_ip,
            col.CLASS_TWO_IP: at.class_two_ip,
            col.KEY_PROJECT: at.key_project,
            col.DESCRIPTION: self._descriptions(rows, at, founded),
            col.SOURCE: [words.SOURCE] * len(rows),
            col.SOURCE_KEY: [key.removeprefix(f"firm_{words.SOURCE}_") for key in ids],
        }
        for name in ("revenue", "assets", "liabilities", "rd"):
            hidden = self._hidden(rows, name, _UNKNOWN_SHARE) | (team & (name != "rd"))
            column = "rd_expense_minor" if name == "rd" else f"{name}_minor"
            columns[column] = pa.array(getattr(at, name) * words.FEN_PER_WAN, mask=hidden)
        schema = schema_of(Firm)
        return pa.Table.from_arrays(
            [pa.array(columns[field.name], type=field.type) for field in schema], schema=schema
        )

    def _descriptions(self, rows: Ints, at: Firms, founded: Days) -> list[str | None]:
        years = (founded.astype("datetime64[Y]").astype(int) + 1970).tolist()
        silent = self._hidden(rows, "text", _NO_TEXT_SHARE).tolist()
        seeds = row_seeds(self.seed, stream="firm", rows=rows).tolist()
        return [
            None
            if silent[i]
            else describe(
                self._story(int(row), at, i, year=years[i], dice=(dice := Dice(seeds[i]))),
                dice=dice,
            )
            for i, row in enumerate(rows)
        ]

    def _story(self, row: int, at: Firms, i: int, *, year: int, dice: Dice) -> Story:
        base = int(at.base[i])
        place = PLACES[at.place[i]]
        held = members(tuple(TITLES), int(at.titles[i]))
        titles = [TITLE_NAMES[title] for title in held[-_PRINTED_TITLES:]]
        opened = year if base == NO_BASE else max(year, int(self.base_years[base]))
        return Story(
            short=self.short_names[row],
            city=place.short_city,
            district=place.district,
            base=None if base == NO_BASE else self.base_names[base],
            trade=TRADES[at.trade[i]],
            year=year,
            joined=min(opened + dice.below(2), self.today.year),
            age=int(at.age_days[i] / DAYS_PER_YEAR),
            staff=int(at.staff[i]),
            revenue=int(at.revenue[i]),
            rd=int(at.rd[i]),
            class_one_ip=int(at.class_one_ip[i]),
            class_two_ip=int(at.class_two_ip[i]),
            titles="、".join(titles) or None,
            is_team=bool(at.form[i] == TEAM),
        )


def _size(number: int) -> SizeClass | None:
    return None if number < 0 else SIZE_CLASSES[number]


def _grade(number: int) -> TaxGrade | None:
    return None if number < 0 else TAX_GRADES[number]
