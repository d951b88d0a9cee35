"""Needs: all kinds, inside their bands, dated while the firm exists."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from data.demo.needs import whole_months
from data.demo.vocabulary import STAGE_BANDS_WAN, STAGES
from data.records import Need, NeedKind

from .conftest import TODAY

WAN = 1_000_000


@pytest.fixture(scope="module")
def needs(small) -> list[Need]:
    side = small.catalogue.needs
    return [side.record(row) for row in range(len(side))]


def test_each_firm_asks_several_times_on_different_days(small, needs):
    of_firms = [n for n in needs if n.firm_id]
    assert {n.kind for n in of_firms} == set(NeedKind)
    mean = len(of_firms) / len(small.catalogue.firms)
    assert 4 <= mean <= 6.5
    assert max(Counter((n.firm_id, n.stated_on) for n in of_firms).values()) == 1


def test_keys_name_the_asker_and_the_day_and_are_distinct(needs):
    assert len({n.source_key for n in needs}) == len(needs)
    assert all(n.source_key.endswith(f"@{n.stated_on}") for n in needs)


def test_some_bases_ask_for_the_conversion_of_buildings(needs):
    of_bases = [n for n in needs if n.base_id]
    assert len(of_bases) >= 2
    assert all(n.firm_id is None and n.purpose == "基地建设" for n in of_bases)
    assert all(n.term_months >= 60 for n in of_bases)


def test_needs_fall_between_founding_and_today(small, needs):
    founded = {f["firm_id"]: f["founded_on"] for f in small.catalogue.firms.table.to_pylist()}
    for need in needs:
        assert small.world.first_day <= need.stated_on <= TODAY
        if need.firm_id and founded[need.firm_id]:
            assert need.stated_on > founded[need.firm_id]


def test_equity_needs_have_a_round_and_an_amount_in_its_band(needs):
    for need in needs:
        if need.kind is not NeedKind.EQUITY:
            assert need.stage is None
            continue
        low, high = STAGE_BANDS_WAN[STAGES.index(need.stage)]
        assert 0.9 * low * WAN <= need.amount_low_minor <= 1.1 * high * WAN
        assert need.term_months is None


def test_amounts_are_exact_or_bands(needs):
    bands = np.mean([n.amount_low_minor < n.amount_high_minor for n in needs])
    assert 0.1 < bands < 0.4
    assert all(WAN <= n.amount_low_minor <= n.amount_high_minor for n in needs)


def test_only_loans_and_guarantees_speak_of_collateral(needs):
    secured = (NeedKind.DEBT, NeedKind.GUARANTEE)
    assert all(not n.collateral for n in needs if n.kind not in secured)
    share = np.mean([bool(n.collateral) for n in needs if n.kind in secured])
    assert 0.6 < share < 0.99


def test_later_rounds_follow_earlier_ones(needs):
    by_firm: dict[str, list[Need]] = {}
    for need in needs:
        if need.kind is NeedKind.EQUITY:
            by_firm.setdefault(need.firm_id, []).append(need)
    first, last = [], []
    for asked in by_firm.values():
        asked.sort(key=lambda n: n.stated_on)
        first.append(STAGES.index(asked[0].stage))
        last.append(STAGES.index(asked[-1].stage))
    assert np.mean(last) > np.mean(first)


def test_whole_months_count_completed_ones():
    start = np.array(["2024-01-31", "2024-01-15", "2024-01-15"], dtype="datetime64[D]")
    end = np.array(["2024-02-29", "2024-03-15", "2024-03-14"], dtype="datetime64[D]")
    assert whole_months(start, end).tolist() == [0, 2, 1]
