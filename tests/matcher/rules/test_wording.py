"""Conditions and what is known, in words."""

from __future__ import annotations

import pytest

from data.rules.book import national_rules
from data.rules.conditions import Bounds, Group, Judged, Mode, Named, Never, OneOf, Op, Score, When
from data.rules.facts import Figure
from matcher.rules.wording import condition_text, value_words

WAN = 1_000_000.0


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        (Bounds("revenue", 300 * WAN, currency="CNY"),
         "营业收入≥300万元", "revenue ≥ CNY 3 million"),
        (Bounds("employees", 5, 9), "职工人数≥5人且≤9人", "staff ≥ 5 people and ≤ 9 people"),
        (Bounds("employees", 5, 5), "职工人数5人", "staff 5 people"),
        (Bounds("rd_share", 5, least_open=True), "研发费用占比>5%", "R&D share of revenue > 5%"),
        (Bounds("term", most=24, most_open=True), "申请期限<24个月", "term asked for < 24 months"),
        (Bounds("day", most=20544.0), "日期≤2026-04-01", "day ≤ 2026-04-01"),
        (OneOf("credential", ("high_tech",)),
         "创新资质：高新技术企业", "innovation titles: high tech"),
        (OneOf("veto", ("dishonest_debtor",), Mode.NONE), "负面记录不含：失信被执行人",
         "adverse records without: dishonest debtor"),
        (OneOf("collateral", ("房产抵押", "个人保证"), Mode.ALL),
         "可提供的担保同时有：房产抵押、个人保证",
         "security on offer with all of: 房产抵押, 个人保证"),
        (OneOf("resident", ("yes",)), "入驻双创基地", "resident of a base"),
        (OneOf("resident", ("no",)), "非入驻双创基地", "not resident of a base"),
        (Judged("地位", "Position"), "地位（人工认定）", "Position (for a person to judge)"),
        (Never("用完", "Used up."), "用完", "Used up."),
        (Named("cn.x"), "符合“cn.x”", "meets “cn.x”"),
        (Score(60, ()), "得分不低于60分", "score of at least 60"),
        (Score(70, (), open_end=True), "得分高于70分", "score above 70"),
        (When(OneOf("resident", ("yes",)), Bounds("employees", 1)),
         "若入驻双创基地，则职工人数≥1人", "if resident of a base: staff ≥ 1 people"),
        (Group(Op.ANY, (OneOf("resident", ("yes",)), OneOf("rd_body", ("yes",)))),
         "满足其一：（入驻双创基地；建有省级以上研发机构）",
         "any of: (resident of a base; has a provincial R&D body)"),
        (Group(Op.ALL, ()), "无限制", "no bounds"),
    ],
)  # fmt: skip
def test_conditions(condition, zh, en):
    assert condition_text(condition, "zh") == zh
    assert condition_text(condition, "en") == en


def test_long_groups_are_counted():
    group = Group(Op.ALL, tuple(Bounds("employees", float(n)) for n in range(9)))
    assert condition_text(group, "en").endswith("; 3 more")


def test_every_definition_can_be_said():
    for rule in national_rules():
        for language in ("zh", "en"):
            assert condition_text(rule.require, language), rule.rule_id


@pytest.mark.parametrize(
    ("fact", "value", "zh", "en"),
    [
        ("revenue", Figure(350 * WAN, "CNY"), "350万元", "CNY 3.5 million"),
        ("rd_share", Figure(4.6), "4.6%", "4.6%"),
        ("veto", (), "无", "none"),
        ("veto", None, "未知", "unknown"),
        ("tax_grade", ("M",), "M级", "M"),
        ("resident", ("yes",), "是", "yes"),
    ],
)
def test_what_is_known(fact, value, zh, en):
    assert value_words(fact, value, "zh") == zh
    assert value_words(fact, value, "en") == en


def test_a_rule_that_is_named_is_called_by_its_title():
    condition = Group(Op.ALL, (Named("cn.veto"), Named("cn.other")))
    titles = {"cn.veto": ("负面清单", "Veto list")}
    assert condition_text(condition, "zh", titles) == "符合“负面清单”；符合“cn.other”"
    assert condition_text(condition, "en", titles) == "meets “Veto list”; meets “cn.other”"
