"""Filters of the asker: what passes, and that nothing else is ranked."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from data import columns as col
from data.amount_bands import band_of
from data.catalogue import Catalogue
from data.errors import UnknownIdError
from data.records import Base, Need, NeedKind
from matcher.filters import NeedFilter, OfferFilter
from matcher.matcher import Matcher
from matcher.similar import similar_needs

from .serving import NOW, Served


@pytest.fixture(scope="module")
def matcher(served: Served) -> Matcher:
    return Matcher(served.model, served.catalogue)


@pytest.fixture(scope="module")
def needs(matcher: Matcher):
    return matcher.market.open_needs(NOW.date(), include_implied=True)


def test_an_empty_filter_lets_everything_pass(matcher, needs):
    assert OfferFilter().mask(matcher.market.items) is None
    assert NeedFilter().mask(needs) is None


def test_the_asker_brings_the_candidates(served, matcher):
    need_id = served.open_need_ids()[-1]
    every = matcher.match(need_id, now=NOW, k=50).items
    wanted = tuple(item.offer_id for item in every[1::2])
    among = OfferFilter(offer_ids=(*wanted, "offer_of_nobody"))
    found = matcher.match(need_id, now=NOW, k=50, among=among)
    assert {item.offer_id for item in found.items} == set(wanted)
    assert found.listed.n_eligible == len(wanted)
    none = matcher.match(need_id, now=NOW, k=50, among=OfferFilter(offer_ids=()))
    assert none.items == ()


def test_offers_pass_by_institution_and_rate(matcher):
    items = matcher.market.items
    owner = items.texts[col.INSTITUTION_ID][0]
    mask = OfferFilter(institution_ids=(owner,)).mask(items)
    np.testing.assert_array_equal(mask, items.texts[col.INSTITUTION_ID] == owner)
    kind = items.institution_texts[col.KIND][0]
    mask = OfferFilter(institution_kinds=(kind,)).mask(items)
    np.testing.assert_array_equal(mask, items.institution_texts[col.KIND] == kind)
    rates = items.prices[col.RATE_LOW_PCT]
    limit = float(np.nanmedian(rates))
    passed = OfferFilter(rate_max_pct=limit).mask(items)
    np.testing.assert_array_equal(passed, [not rate > limit for rate in rates])
    without = OfferFilter(without_offer_ids=(items.offer_ids.ids[0],)).mask(items)
    assert not without[0]
    assert without[1:].all()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [("regions", col.CITY), ("size_classes", col.SIZE_CLASS)],
)
def test_needs_pass_by_a_column_of_the_firm(needs, wanted, field):
    values = needs.catalogue.firms.strings(field)
    value = next(v for v in values if v is not None)
    mask = NeedFilter(**{wanted: (value,)}).mask(needs)
    expected = [row >= 0 and values[row] == value for row in needs.firm_rows.tolist()]
    np.testing.assert_array_equal(mask, expected)
    assert 0 < mask.sum() < len(mask)


def test_a_base_passes_with_its_residents(needs):
    bases = needs.catalogue.bases.ids.ids
    base_id = next(bases[row] for row in needs.base_rows.tolist() if row >= 0)
    residence = needs.catalogue.firms.strings(col.BASE_ID)
    mask = NeedFilter(base_ids=(base_id,)).mask(needs)
    resident = [row >= 0 and residence[row] == base_id for row in needs.firm_rows.tolist()]
    itself = [row >= 0 and bases[row] == base_id for row in needs.base_rows.tolist()]
    np.testing.assert_array_equal(mask, np.logical_or(resident, itself))


@pytest.mark.parametrize("name", [col.SECTORS, col.CREDENTIALS])
def test_needs_pass_by_a_value_among_several(needs, name):
    offsets, values = needs.catalogue.firms.lists(name)
    value = values[0]
    mask = NeedFilter(**{name: (value,)}).mask(needs)
    held = [value in values[offsets[i] : offsets[i + 1]] for i in range(len(offsets) - 1)]
    expected = [row >= 0 and held[row] for row in needs.firm_rows.tolist()]
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_needs_pass_by_the_band_that_a_teaser_shows(needs, shift):
    """Compared with the bands of the needs one by one, at their edges and beside them."""
    stated = needs.catalogue.needs
    bands = [band_of(stated.record(row)) for row in range(len(stated))]
    edges = sorted({band.low_minor for band in bands if band is not None})
    for edge in edges:
        asked = max(edge + shift, 0)
        mask = NeedFilter(amount_low_minor=asked).mask(needs)
        reach = [b is not None and (b.high_minor is None or b.high_minor >= asked) for b in bands]
        np.testing.assert_array_equal(mask, reach)
        mask = NeedFilter(amount_high_minor=asked).mask(needs)
        reach = [b is not None and b.low_minor <= asked for b in bands]
        np.testing.assert_array_equal(mask, reach)


def needs_of(*ends: tuple[int | None, int | None]) -> SimpleNamespace:
    """Stated needs of these amounts, as a filter looks at them."""
    rows = [
        Need(
            need_id=f"need_{at}",
            kind=NeedKind.DEBT,
            stated_on=dt.date(2026, 1, 1),
            base_id="base_a",
            amount_low_minor=low,
            amount_high_minor=high,
            currency="CNY",
        )
        for at, (low, high) in enumerate(ends)
    ]
    catalogue = Catalogue.from_records([Base(base_id="base_a", name="A"), *rows])
    return SimpleNamespace(catalogue=catalogue, implied=np.zeros(len(rows), np.bool_))


def test_no_filter_tells_amounts_of_one_band_apart():
    """400,000 and 999,999 are told as 300,000 … 1,000,000; so is 300,000 itself (an edge)."""
    same = needs_of((400_000, 400_000), (1_100_000, 2_900_000), (300_000, 2_000_000))
    edge, other = needs_of((300_000, 300_000)), needs_of((999_999, 999_999))
    for asked in (1, 299_999, 300_000, 300_001, 500_000, 999_999, 1_000_000, 1_000_001, 3_000_001):
        for name in ("amount_low_minor", "amount_high_minor"):
            among = NeedFilter(**{name: asked})
            np.testing.assert_array_equal(among.mask(edge), among.mask(other))
        low = NeedFilter(amount_low_minor=asked).mask(same).tolist()
        assert low == [asked <= 1_000_000, asked <= 3_000_000, asked <= 3_000_000]


def test_a_need_with_one_end_passes_by_it():
    ends = needs_of((None, 500_000), (500_000, None), (None, None))
    assert NeedFilter(amount_low_minor=2_000_000).mask(ends).tolist() == [False, True, False]
    assert NeedFilter(amount_high_minor=100_000).mask(ends).tolist() == [True, False, False]


def test_needs_pass_by_day(needs):
    stated = needs.catalogue.needs
    day = stated.dates(col.STATED_ON)[~needs.implied].max()
    mask = NeedFilter(stated_since=day.astype(dt.date)).mask(needs)
    assert mask.any()
    assert not mask[needs.implied].any()


def test_a_pipeline_holds_only_what_passes(served, matcher):
    item = matcher.pipeline(served.catalogue.institutions.ids.ids[0], now=NOW, k=50)
    firms = tuple(one.firm_id for one in item.items if one.firm_id)[:3]
    among = NeedFilter(firm_ids=firms)
    found = matcher.pipeline(item.institution_id, now=NOW, k=50, among=among)
    assert {one.firm_id for one in found.items} == set(firms)


def test_similar_needs_are_of_other_firms_and_in_order(needs):
    firm_id = needs.catalogue.firms.ids.ids[int(needs.firm_rows[0])]
    found = similar_needs(needs, firm_id, k=7)
    assert len(found) == 7
    assert firm_id not in {one.firm_id for one in found}
    assert [one.likeness for one in found] == sorted((o.likeness for o in found), reverse=True)
    assert all(one.likeness <= 1 + 1e-6 for one in found)
    with pytest.raises(UnknownIdError):
        similar_needs(needs, "firm_of_nobody", k=3)
