"""Firms obey the thresholds of the policy, and look like those of innovation bases."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from stdnum.cn import uscc

from data.demo.firms import TEAM
from data.demo.places import CITIES, PLACES
from data.demo.size_classes import SIZE_CLASSES, size_class_numbers, thresholds_of
from data.demo.trades import GROUPS, TRADES
from data.records import Credential, Firm, SizeClass, TaxGrade

from .conftest import TODAY

WAN = 1_000_000


@pytest.fixture(scope="module")
def firms(medium) -> list[Firm]:
    side = medium.catalogue.firms
    return [side.record(row) for row in range(len(side))]


def years(firm: Firm) -> float:
    return (TODAY - firm.founded_on).days / 365.25


def test_there_are_enough_distinct_trades_cities_and_districts(firms):
    assert len({f.industry for f in firms}) >= 95
    assert {f.city for f in firms} == set(CITIES)
    assert len({(f.city, f.district) for f in firms}) > 60
    assert len(GROUPS) == len({f.sectors[0] for f in firms}) == 18


def test_no_grade_a_under_three_years_and_m_in_the_first(firms):
    graded = [f for f in firms if f.tax_grade is not None]
    assert min(years(f) for f in graded if f.tax_grade is TaxGrade.A) >= 3
    assert {f.tax_grade for f in graded if years(f) < 0.99} == {TaxGrade.M}
    assert {f.tax_grade for f in graded} == set(TaxGrade)


def test_residents_are_micro_or_small(firms):
    assert {f.size_class for f in firms} == {SizeClass.MICRO, SizeClass.SMALL, None}


def test_size_class_follows_from_industry_staff_revenue_and_assets(medium):
    at = medium.world.market.firms
    rows = np.flatnonzero(at.form != TEAM)
    bounds = np.array([thresholds_of(TRADES[t].code) for t in at.trade[rows]])
    expected = size_class_numbers(
        bounds, staff=at.staff[rows], revenue=at.revenue[rows], assets=at.assets[rows]
    )
    assert np.array_equal(expected, at.size_class[rows])
    assert SIZE_CLASSES[:2] == (SizeClass.MICRO, SizeClass.SMALL)


def test_titles_are_held_only_where_the_visible_conditions_hold(firms):
    held = {title: [f for f in firms if title in f.credentials] for title in Credential}
    assert len(held[Credential.TECH_SME]) > len(held[Credential.SPECIALISED_SME]) > 10
    for firm in held[Credential.HIGH_TECH]:
        assert years(firm) >= 0.99
        assert firm.class_one_ip >= 1 or firm.class_two_ip >= 5
    for firm in held[Credential.SPECIALISED_SME]:
        assert years(firm) >= 2.99
        assert firm.class_one_ip >= 1
        assert firm.revenue_minor is None or firm.revenue_minor >= 1_500 * WAN
        assert firm.rd_expense_minor is None or firm.rd_expense_minor >= 100 * WAN
        if None not in (firm.liabilities_minor, firm.assets_minor):
            assert firm.liabilities_minor <= 0.80 * firm.assets_minor
        if None not in (firm.rd_expense_minor, firm.revenue_minor):
            assert firm.rd_expense_minor >= 0.03 * firm.revenue_minor


def test_high_tech_firms_spend_the_required_share_on_research(firms):
    for firm in firms:
        if Credential.HIGH_TECH not in firm.credentials:
            continue
        if None in (firm.rd_expense_minor, firm.revenue_minor):
            continue
        revenue = firm.revenue_minor / WAN
        needed = 0.05 if revenue <= 5_000 else 0.04 if revenue <= 20_000 else 0.03
        assert firm.rd_expense_minor >= needed * firm.revenue_minor


def test_only_teams_lack_a_code_and_the_codes_are_valid_and_distinct(firms):
    without = [f for f in firms if f.company_code is None]
    assert {f.legal_form for f in without} == {"创业团队"}
    assert 0.01 < len(without) / len(firms) < 0.08
    coded = [f.company_code for f in firms if f.company_code]
    assert all(uscc.is_valid(code) for code in coded)
    assert len(set(coded)) == len(coded)
    area = {(p.city, p.district): p.area_code for p in PLACES}
    assert all(f.company_code[2:8] == area[f.city, f.district] for f in firms if f.company_code)


def test_figures_are_plausible(firms):
    staff = np.array([f.employees for f in firms])
    assert 10 <= np.median(staff) <= 30
    known = [f for f in firms if f.assets_minor is not None and f.liabilities_minor is not None]
    assert all(0 <= f.liabilities_minor <= f.assets_minor for f in known)
    hidden = np.mean([f.revenue_minor is None for f in firms])
    assert 0.05 < hidden < 0.15


def test_trades_cluster_where_they_do(firms):
    def share(city: str, label: str) -> float:
        of_trade = [f for f in firms if f.sectors[1] == label]
        return sum(f.city == city for f in of_trade) / len(of_trade)

    everywhere = sum(f.city == "南通市" for f in firms) / len(firms)
    assert share("南通市", "家纺") > 2 * everywhere


def test_firms_of_a_base_lean_to_its_focus(medium, firms):
    bases = medium.catalogue.bases
    focus = {b.base_id: b.focus_sectors for b in map(bases.record, range(len(bases)))}
    inside = [f for f in firms if f.base_id]
    share = np.mean([f.sectors[0] in focus[f.base_id] for f in inside])
    assert share > 2 * 3 / len(GROUPS)
    assert 0.9 < len(inside) / len(firms) < 0.99


@pytest.mark.real_data
def test_codes_and_names_agree_with_the_national_lists(real_data_dir):
    with (real_data_dir / "codes" / "gb4754_2017.csv").open(encoding="utf-8") as file:
        names = {row["code"]: row["name"] for row in csv.DictReader(file)}
    assert {t.code: t.name for t in TRADES} == {t.code: names[t.code] for t in TRADES}
    with (real_data_dir / "codes" / "cn_areas.csv").open(encoding="utf-8") as file:
        areas = {row["code"]: row["name"] for row in csv.DictReader(file)}
    assert all(areas[place.area_code] == place.district for place in PLACES)
