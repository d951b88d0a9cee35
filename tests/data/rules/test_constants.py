"""National figures: caps at their boundaries, shares that add up, marks."""

from __future__ import annotations

import pytest

from data.rules.constants import (
    guarantee_fee_allowed,
    national_constants,
    national_risk_share,
    reguarantee_fee_cap,
)

FIGURES = national_constants()


def test_the_fee_of_government_guarantees_is_capped_at_one_per_cent():
    assert guarantee_fee_allowed(1.0)
    assert not guarantee_fee_allowed(1.01)


def test_the_fee_of_reguarantees_depends_on_the_amount():
    assert reguarantee_fee_cap(500) == 0.3
    assert reguarantee_fee_cap(500.01) == 0.5


@pytest.mark.parametrize(
    ("titles", "share"),
    [
        (("little_giant", "tech_sme"), 40),
        (("specialised_sme",), 40),
        (("high_tech", "tech_sme"), 35),
        (("tech_sme",), 30),
        (("innovative_sme",), 30),
        ((), None),
    ],
)
def test_the_national_share_of_risk_has_three_tiers(titles, share):
    assert national_risk_share(titles) == share


def test_the_usual_split_adds_up_and_is_marked():
    parts = [FIGURES[f"risk_share_{who}"] for who in ("national", "province", "guarantor", "bank")]
    assert sum(part.value for part in parts) == 20 + 20 + 40 + 20
    assert not all(part.confirmed for part in parts)


def test_every_figure_names_its_source():
    assert all(figure.source and figure.unit for figure in FIGURES.values())
