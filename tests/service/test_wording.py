"""Records in a few words."""

from __future__ import annotations

import datetime as dt

import pytest

from data.records import (
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    SizeClass,
)
from service.cli import wording
from service.console import Terminal
from service.settings import Language

ZH, EN = Terminal(Language.ZH), Terminal(Language.EN)

FIRM = Firm(
    firm_id="firm_1",
    name="甲",
    city="苏州市",
    district="吴中区",
    sectors=("软件", "芯片", "医疗", "新材料"),
    size_class=SizeClass.MICRO,
    founded_on=dt.date(2019, 5, 2),
)


def test_a_firm():
    assert wording.firm_words(ZH, FIRM, base="某基地") == (
        "某基地 · 苏州市吴中区 · 软件、芯片、医疗 · 微型 · 2019-05 成立"
    )
    assert wording.firm_words(EN, FIRM) == (
        "吴中区, 苏州市 · 软件, 芯片, 医疗 · micro · founded 2019-05"
    )


def test_a_firm_of_which_nothing_is_known():
    assert wording.firm_words(ZH, Firm(firm_id="firm_1", name="甲")) == ""


def test_a_need():
    need = Need(
        need_id="need_1",
        kind=NeedKind.DEBT,
        stated_on=dt.date(2026, 5, 1),
        amount_low_minor=100 * 10_000 * 100,
        amount_high_minor=200 * 10_000 * 100,
        currency="CNY",
        purpose="采购",
        term_months=12,
    )
    assert wording.need_words(ZH, need) == (
        "债权 · 100万元至200万元 · 采购 · 12 个月 · 2026-05-01 提出"
    )
    assert wording.need_words(EN, need).startswith("debt · CNY 1 million to CNY 2 million · ")


def test_an_offer_and_an_institution():
    offer = Offer(
        offer_id="offer_1",
        institution_id="inst_1",
        name="乙",
        kind=NeedKind.DEBT,
        amount_max_minor=300 * 10_000 * 100,
        currency="CNY",
        rate_low_pct=3.5,
        rate_high_pct=4.0,
    )
    assert wording.offer_words(ZH, offer) == "不超过300万元 · 年利率3.5%–4%"
    bare = Offer(offer_id="offer_2", institution_id="inst_1", name="丙", kind=NeedKind.SERVICE)
    assert wording.offer_words(EN, bare) == ""
    bank = Institution(institution_id="inst_1", name="丁", kind=InstitutionKind.SERVICE_PROVIDER)
    assert wording.institution_words(EN, bank) == "service provider"


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "<0.1%"),
        (0.0009, "<0.1%"),
        (0.001, "0.1%"),
        (0.0321, "3.2%"),
        (0.1, "10%"),
        (1, "100%"),
    ],
)
def test_probabilities(probability: float, text: str):
    assert wording.percent(probability) == text


def test_what_is_left_out_is_told_by_rule():
    excluded = {"offer.amount": 2, "firm.earlier_offer": 12, "offer.kind": 64}
    assert wording.excluded_words(ZH, excluded) == "业务类型 64、此前已成交 12、额度 2"
    assert wording.excluded_words(EN, {"some.rule": 1}) == "some.rule 1"
