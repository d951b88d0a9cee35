"""Names, numbers and descriptions of institutions, as a table of records."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pyarrow as pa

from data.demo import vocabulary as words
from data.demo.institutions import Institutions
from data.demo.material import institution_words as text
from data.demo.material import name_words
from data.demo.offers import Offers
from data.demo.phrases import Dice, expand, row_seeds
from data.demo.places import CITIES, OUTSIDE, OUTSIDE_CITY, PLACES
from data.demo.product_columns import PURPOSES
from data.demo.shelves import FIRST_PRODUCT, INSTITUTION_OF, KINDS
from data.demo.streams import members
from data.demo.trades import GROUPS
from data.records import Institution, NeedKind
from data.schema import table_from_records

_BRANDS: dict[NeedKind, tuple[str, ...]] = {
    NeedKind.DEBT: name_words.BANK_BRANDS,
    NeedKind.GUARANTEE: name_words.GUARANTOR_BRANDS,
    NeedKind.INSURANCE: name_words.INSURER_BRANDS,
    NeedKind.EQUITY: name_words.FUND_BRANDS,
}
_ENDINGS: dict[NeedKind, tuple[str, ...]] = {
    NeedKind.DEBT: text.BANK_ENDINGS,
    NeedKind.GUARANTEE: text.GUARANTOR_ENDINGS,
    NeedKind.INSURANCE: text.INSURER_ENDINGS,
    NeedKind.EQUITY: text.FUND_ENDINGS,
}
_CITY_DISTRICTS: tuple[tuple[str, ...], ...] = tuple(
    tuple(place.district for place in PLACES if place.city == city) for city in CITIES
)
_SAID_PURPOSES = 5
_PLACE_FIRST = (NeedKind.GUARANTEE, NeedKind.SERVICE)
_TRIES_WITH_LISTED_BRANDS = 12
_FUND_NUMBER = "P19{:05d}"
"""Registration numbers of fund managers begin with P1; the block of 19 is not in use."""
_LICENCES = {
    NeedKind.DEBT: "B9{:04d}S332",
    NeedKind.GUARANTEE: "苏329{:05d}",
    NeedKind.INSURANCE: "999{:05d}",
}


def brands_and_names(
    institutions: Institutions, offers: Offers, *, seed: int
) -> tuple[list[str], list[str]]:
    """Return the brand and the full name of every institution; names are distinct.

    A service provider with one product is named after it, the others after their kind.
    """
    seen: set[str] = set()
    endings = _endings_of(institutions, offers)
    brands, names = [], []
    seeds = row_seeds(seed, stream="iname", rows=np.arange(len(institutions)))
    for row, row_seed in enumerate(seeds.tolist()):
        dice, kind = Dice(row_seed), KINDS[institutions.kind[row]]
        for attempt in itertools.count():
            brand = _brand(kind, dice, attempt=attempt)
            name = _spell(brand, endings[row], institutions, row=row, dice=dice)
            if name not in seen:
                break
        seen.add(name)
        brands.append(brand)
        names.append(name)
    return brands, names


def _endings_of(institutions: Institutions, offers: Offers) -> list[tuple[str, ...]]:
    count = np.bincount(offers.institution, minlength=len(institutions))
    product = np.zeros(len(institutions), dtype=np.int64)
    product[offers.institution] = offers.product
    endings = []
    for row, number in enumerate(institutions.kind.tolist()):
        found = _ENDINGS.get(KINDS[number], text.MIXED_SERVICE_ENDINGS)
        if KINDS[number] is NeedKind.SERVICE and count[row] == 1:
            found = (text.SERVICE_ENDINGS[product[row] - FIRST_PRODUCT[NeedKind.SERVICE]],)
        endings.append(found)
    return endings


def _brand(kind: NeedKind, dice: Dice, *, attempt: int) -> str:
    """Take an invented brand from the list; compose one where there is none or it is used up."""
    listed = _BRANDS.get(kind)
    if listed and attempt < _TRIES_WITH_LISTED_BRANDS:
        return dice.pick(listed)
    while True:
        brand = dice.pick(name_words.FIRST) + dice.pick(name_words.SECOND)
        if brand not in name_words.AVOIDED and brand[0] != brand[1]:
            return (
                brand
                if attempt < 4 * _TRIES_WITH_LISTED_BRANDS
                else brand + dice.pick(name_words.THIRD)
            )


def _spell(
    brand: str, endings: tuple[str, ...], institutions: Institutions, *, row: int, dice: Dice
) -> str:
    kind = KINDS[institutions.kind[row]]
    city_number = int(institutions.city[row])
    if city_number == OUTSIDE_CITY:
        city = OUTSIDE[institutions.outside[row]][1].removesuffix("市")
        district = city
    else:
        city = CITIES[city_number].removesuffix("市")
        district = dice.pick(_CITY_DISTRICTS[city_number])
    if kind is NeedKind.INSURANCE and city_number == OUTSIDE_CITY:
        endings = endings[1:3]
    ending = dice.pick(endings).format(city=city, district=district)
    if kind in _PLACE_FIRST or (kind is NeedKind.EQUITY and dice.chance(30)):
        return f"{city}{brand}{ending}"
    return f"{brand}{ending}"


def institution_table(
    institutions: Institutions, offers: Offers, *, names: list[str], seed: int, today: dt.date
) -> pa.Table:
    """Return the institutions as a table of :class:`data.records.Institution`."""
    stages = np.zeros(len(institutions), dtype=np.int64)
    np.bitwise_or.at(stages, offers.institution, offers.stage_bits)
    reach, scope = np.zeros_like(stages), np.zeros_like(stages)
    np.bitwise_or.at(reach, offers.institution, offers.city_bits)
    np.bitwise_or.at(scope, offers.institution, offers.purpose_bits)
    seeds = row_seeds(seed, stream="inst", rows=np.arange(len(institutions)))
    ids = institutions.ids()
    records = [
        _record(
            institutions, row=row, institution_id=ids[row], name=names[row],
            stages=int(stages[row]), reach=int(reach[row]), scope=int(scope[row]),
            dice=Dice(row_seed), today=today,
        )
        for row, row_seed in enumerate(seeds.tolist())
    ]  # fmt: skip
    return table_from_records(Institution, records)


def _record(
    institutions: Institutions,
    *,
    row: int,
    institution_id: str,
    name: str,
    stages: int,
    reach: int,
    scope: int,
    dice: Dice,
    today: dt.date,
) -> Institution:
    kind, city_number = KINDS[institutions.kind[row]], int(institutions.city[row])
    is_outside = city_number == OUTSIDE_CITY
    province, city = OUTSIDE[institutions.outside[row]] if is_outside else (
        words.PROVINCE, CITIES[city_number]
    )  # fmt: skip
    sectors = tuple(np.array(GROUPS)[institutions.declared[row]].tolist())
    local = members(CITIES, reach)
    whole = len(local) == len(CITIES)
    slots = {"name": name, "where": "全省" if whole else "、".join(c[:-1] for c in local[:3])}
    sentences = [expand(dice.pick(text.DESCRIPTIONS[kind]), slots, dice=dice)]
    slots["stages"] = "、".join(members(words.STAGES, stages))
    slots["scope"] = "、".join(dice.several(members(PURPOSES, scope), _SAID_PURPOSES))
    said = text.STAGES_SAID if kind is NeedKind.EQUITY else text.BUSINESS
    sentences.append(expand(dice.pick(said), slots, dice=dice))
    if sectors:
        slots["sectors"] = "、".join(sectors)
        sentences.append(expand(dice.pick(text.DECLARES), slots, dice=dice))
    return Institution(
        institution_id=institution_id,
        name=name,
        kind=INSTITUTION_OF[kind],
        natural_person=False,
        registration_no=_registration(kind, row),
        country=words.COUNTRY,
        province=province,
        city=city,
        district=None if is_outside else dice.pick(_CITY_DISTRICTS[city_number]),
        regions=(words.PROVINCE,) if whole else local,
        sectors=sectors,
        stages=members(words.STAGES, stages),
        declared_on=today - dt.timedelta(days=3 * 365 + dice.below(700)),
        description="。".join(sentences) + "。",
        source=words.SOURCE,
        source_key=institution_id.removeprefix(f"inst_{words.SOURCE}_"),
    )


def _registration(kind: NeedKind, row: int) -> str | None:
    if kind is NeedKind.EQUITY:
        return _FUND_NUMBER.format(row)
    pattern = _LICENCES.get(kind)
    return pattern.format(row) if pattern else None
