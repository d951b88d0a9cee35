"""Institutions and offers: all kinds, with conditions inside the rules of their business."""

from __future__ import annotations

import numpy as np
import pytest

from data.demo.product_columns import TRADE_SETS, trades_allowed
from data.demo.shelves import PRODUCTS
from data.demo.trades import TRADES
from data.demo.vocabulary import COLLATERAL, LPR_ONE_YEAR_PCT, PURPOSES, STAGES
from data.records import InstitutionKind, NeedKind, Offer

WAN = 1_000_000
KIND_OF = {
    InstitutionKind.BANK: NeedKind.DEBT,
    InstitutionKind.FUND: NeedKind.EQUITY,
    InstitutionKind.GUARANTOR: NeedKind.GUARANTEE,
    InstitutionKind.INSURER: NeedKind.INSURANCE,
    InstitutionKind.SERVICE_PROVIDER: NeedKind.SERVICE,
}


@pytest.fixture(scope="module")
def offers(medium) -> list[Offer]:
    side = medium.catalogue.offers
    return [side.record(row) for row in range(len(side))]


def of_kind(offers: list[Offer], kind: NeedKind) -> list[Offer]:
    return [offer for offer in offers if offer.kind is kind]


def test_every_kind_of_institution_sells_its_own_kind(medium, offers):
    houses = medium.catalogue.institutions
    assert {houses.get(o.institution_id).kind for o in offers} == set(InstitutionKind)
    assert all(KIND_OF[houses.get(o.institution_id).kind] is o.kind for o in offers)


def test_every_institution_has_an_offer_and_no_product_twice(medium):
    market = medium.world.market
    pairs = list(zip(market.offers.institution, market.offers.product, strict=True))
    shelf = [pair for pair in pairs if pair[1] >= 0]
    assert len(set(shelf)) == len(shelf)
    assert set(market.offers.institution) == set(range(len(market.institutions)))


def test_loans_are_priced_near_the_prime_rate(offers):
    for offer in of_kind(offers, NeedKind.DEBT):
        assert LPR_ONE_YEAR_PCT - 0.15 <= offer.rate_low_pct <= offer.rate_high_pct
        assert offer.rate_high_pct <= LPR_ONE_YEAR_PCT + 2.5


def test_guarantees_cost_at_most_one_percent_and_stay_below_their_cap(offers):
    for offer in of_kind(offers, NeedKind.GUARANTEE):
        assert 0 <= offer.fee_pct <= 1.0
        assert offer.amount_max_minor <= 3_000 * WAN


def test_start_up_loans_keep_to_the_rule(offers):
    loans = [o for o in of_kind(offers, NeedKind.DEBT) if "创业启动" in o.purposes]
    loans = [o for o in loans if "创业担保贷款" in o.description]
    assert loans
    assert all(o.amount_max_minor <= 400 * WAN and o.term_max_months <= 24 for o in loans)


def test_fund_mandates_have_stage_ticket_and_registration(medium, offers):
    funds = of_kind(offers, NeedKind.EQUITY)
    assert all(set(o.stages) <= set(STAGES) and o.stages for o in funds)
    assert all(o.amount_max_minor >= 3 * o.amount_min_minor for o in funds)
    assert 0.15 < np.mean([o.resident_first for o in funds]) < 0.6
    houses = medium.catalogue.institutions
    numbers = [houses.get(o.institution_id).registration_no for o in funds]
    assert all(number.startswith("P19") and len(number) == 8 for number in numbers)


def test_conditions_use_the_controlled_words(offers):
    for offer in offers:
        if offer.kind is not NeedKind.EQUITY:
            assert set(offer.purposes) <= set(PURPOSES[offer.kind])
            assert offer.purposes
        assert set(offer.collateral_any) <= set(COLLATERAL)
        assert offer.amount_min_minor < offer.amount_max_minor


def test_some_of_every_condition_occur(offers):
    for name in (
        "regions",
        "industries",
        "sectors",
        "size_classes",
        "credentials_any",
        "tax_grades",
        "collateral_any",
        "base_ids",
        "base_levels",
        "firm_age_min_months",
        "firm_age_max_months",
        "revenue_min_minor",
        "class_one_ip_min",
        "valid_to",
    ):
        stated = [getattr(o, name) not in (None, ()) for o in offers]
        assert 0 < sum(stated) < len(offers), name


def test_trade_sets_admit_what_their_prefixes_say():
    allowed = trades_allowed()
    for (only, never), row in zip(TRADE_SETS, allowed, strict=True):
        for trade, admitted in zip(TRADES, row, strict=True):
            expected = (not only or trade.code.startswith(only)) and not trade.code.startswith(
                never
            )
            assert admitted == expected
    assert len(PRODUCTS) >= 45


def test_declared_sectors_agree_with_real_taste_only_in_part(medium):
    houses = medium.world.market.institutions
    favourite = houses.taste > 0.4
    declares = houses.declared.any(axis=1)
    hit = (favourite & houses.declared)[declares].sum() / houses.declared[declares].sum()
    assert 0.35 < hit < 0.85
    assert (favourite & ~houses.declared)[declares].any(axis=1).mean() > 0.5
