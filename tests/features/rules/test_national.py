"""The national definitions, each at its boundaries."""

from __future__ import annotations

import datetime as dt

import pytest

from data.rules.book import RuleBook
from data.rules.conditions import Named
from data.rules.facts import Figure
from data.rules.size_classes import size_rows
from features.rules.answers import Answer
from features.rules.program import Program
from features.rules.stated import table_of

WAN = 1_000_000  # hundredths in 万元
NOW, BEFORE = dt.date(2026, 4, 1), dt.date(2026, 3, 31)
BOOK = RuleBook.with_national()
MONEY = {
    "revenue", "assets", "liabilities", "rd_expense", "rd_expense_previous", "revenue_previous",
    "revenue_two_years_ago", "rd_three_years", "revenue_three_years", "new_equity_two_years",
    "new_equity_three_years", "total_credit", "guaranteed_balance", "amount", "cost_expense",
    "taxable_income",
}  # fmt: skip


def values(facts):
    """Money in 万元; flags as Booleans."""
    found = {}
    for name, value in facts.items():
        if value is None:
            continue
        if isinstance(value, bool):
            found[name] = ("yes" if value else "no",)
        elif isinstance(value, str):
            found[name] = (value,)
        elif isinstance(value, tuple):
            found[name] = value
        elif name in MONEY:
            found[name] = Figure(float(round(value * WAN)), "CNY")
        else:
            found[name] = Figure(float(value))
    return found


PROGRAMS: dict = {}


def ask(rule_id, facts, on=NOW):
    key = rule_id, BOOK.epoch(on)
    if key not in PROGRAMS:
        PROGRAMS[key] = Program([Named(rule_id)], BOOK.definitions(on))
    return Answer(int(PROGRAMS[key].answer(table_of(values(facts)))[0, 0])).name


def changed(base, **facts):
    return {**base, **facts}


# ---------------------------------------------------------------- 企业划型

ROWS = {row.number: row for row in size_rows()}
UNIT = {"employees": 1, "revenue": WAN, "assets": WAN}


def sizes(industry, **facts):
    """Every size rule that a firm meets."""
    found = {"industry": (industry,), **values(facts)}
    names = ("micro", "small", "medium", "large")
    program = Program([Named(f"cn.size.{n}") for n in names], BOOK.definitions(NOW))
    answers = program.answer(table_of(found))[:, 0]
    return [name for name, a in zip(names, answers, strict=True) if a == Answer.MET]


def plain(bounds):
    """Bounds of the table in persons and 万元."""
    return {fact: number // UNIT[fact] for fact, number in bounds.items()}


def test_the_table_has_its_sixteen_rows():
    assert sorted(ROWS) == list(range(1, 17))


@pytest.mark.parametrize("number", sorted(ROWS))
def test_every_row_at_every_boundary(number):
    row = ROWS[number]
    code = row.codes[0]
    small, medium, large = plain(row.small), plain(row.medium), plain(row.sme)
    just_below = {"employees": 1, "revenue": 0.01, "assets": 0.01}
    assert sizes(code, **small) == ["small"]  # 以上 includes the number
    assert sizes(code, **medium) == ["medium"]
    assert sizes(code, **{**medium, **large}) == ["large"]
    for fact in small:  # 微型: any bound not reached
        assert sizes(code, **{**small, fact: small[fact] - just_below[fact]}) == ["micro"]
        assert sizes(code, **{**medium, fact: small[fact] - just_below[fact]}) == ["micro"]
    for fact in medium:  # 中型 needs all; who fails one is a class lower
        assert sizes(code, **{**medium, fact: medium[fact] - just_below[fact]}) == ["small"]
    for fact in large:  # 中小微: any upper bound not reached
        lower = {**medium, **large, fact: large[fact] - just_below[fact]}
        assert sizes(code, **lower) == ["medium"]


@pytest.mark.parametrize(
    ("industry", "facts", "expected"),
    [
        ("C3971", {"employees": 300, "revenue": 2000}, ["medium"]),
        ("C3971", {"employees": 299, "revenue": 50_000}, ["small"]),
        ("C3971", {"employees": 1000, "revenue": 40_000}, ["large"]),
        ("C3971", {"employees": 999, "revenue": 400_000}, ["medium"]),
        ("C3971", {"employees": 19, "revenue": 300}, ["micro"]),
        ("F5111", {"employees": 20, "revenue": 5000}, ["medium"]),
        ("F5211", {"employees": 50, "revenue": 500}, ["medium"]),
        ("K7010", {"revenue": 1000, "assets": 5000}, ["medium"]),
        ("L7211", {"employees": 100, "assets": 8000}, ["medium"]),
        ("M7310", {"employees": 10}, ["small"]),
        ("A0111", {"revenue": 50}, ["small"]),
    ],
)
def test_examples_of_size(industry, facts, expected):
    assert sizes(industry, **facts) == expected


@pytest.mark.parametrize("industry", ["J6621", "P8310", "Q8411", "S9110", "T9700", "G5311"])
def test_outside_the_table_nothing_applies(industry):
    facts = {"industry": industry, "employees": 5, "revenue": 5, "assets": 5}
    assert ask("cn.size.micro", facts) == "NOT_APPLICABLE"
    assert ask("cn.size.sme", facts) == "NOT_APPLICABLE"


def test_what_is_missing_leaves_the_size_open_unless_it_does_not_matter():
    assert ask("cn.size.micro", {"industry": "C39", "employees": 19}) == "MET"  # any suffices
    assert ask("cn.size.small", {"industry": "C39", "employees": 50}) == "UNKNOWN"
    assert ask("cn.size.micro", {"employees": 3, "revenue": 3, "assets": 3}) == "UNKNOWN"


# ---------------------------------------------------------------- 科技型中小企业

TECH = {
    "employees": 100, "revenue": 1000, "assets": 1000, "veto": (), "credential": (), "award": (),
    "rd_body": False, "lead_standard": False, "sci_tech_staff": 10, "rd_expense": 60,
    "cost_expense": 100_000, "class_one_ip": 1, "class_two_ip": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "MET"),  # 4 + 50 + 30
        ({"employees": 500, "sci_tech_staff": 50}, "MET"),
        ({"employees": 501, "sci_tech_staff": 500}, "UNMET"),
        ({"revenue": 20_000, "rd_expense": 1200}, "MET"),
        ({"revenue": 20_000.01, "rd_expense": 1300}, "UNMET"),
        ({"assets": 20_000}, "MET"),
        ({"assets": 20_000.01}, "UNMET"),
        ({"sci_tech_staff": 9}, "UNMET"),  # under 10 %: that item is 0, whatever the sum
        ({"veto": ("serious_dishonesty",)}, "UNMET"),
        ({"veto": ("restricted_industry",)}, "UNMET"),
        ({"veto": ("major_incident",)}, "MET"),
        ({"veto": None}, "UNKNOWN"),
        ({"sci_tech_staff": 0, "credential": ("high_tech",)}, "MET"),  # directly
        ({"sci_tech_staff": 0, "award": ("national_top3",)}, "MET"),
        ({"sci_tech_staff": 0, "rd_body": True}, "MET"),
        ({"sci_tech_staff": 0, "lead_standard": True}, "MET"),
        # R&D 3 % = 20 points, IP 30: 4 + 20 + 30 = 54, 8 + 20 + 30 = 58, 12 + 20 + 30 = 62
        ({"rd_expense": 30, "sci_tech_staff": 15}, "UNMET"),
        ({"rd_expense": 30, "sci_tech_staff": 20}, "MET"),
        ({"rd_expense": 29.99, "sci_tech_staff": 30}, "MET"),  # 20 + 10 + 30 = 60
        ({"rd_expense": 19.99, "sci_tech_staff": 30}, "UNMET"),  # 20 + 0 + 30
        # IP of class II: 24 / 18 / 12 / 6
        ({"class_one_ip": 0, "class_two_ip": 4}, "MET"),  # 4 + 50 + 24
        ({"class_one_ip": 0, "class_two_ip": 1}, "MET"),  # 4 + 50 + 6 = 60
        ({"class_one_ip": 0, "class_two_ip": 0}, "UNMET"),  # 4 + 50
        ({"rd_expense": 0, "cost_expense": None, "class_one_ip": 0}, "UNMET"),
        ({"rd_expense": None, "cost_expense": None}, "UNKNOWN"),
        # R&D by costs: 30 % of them is as good as 6 % of revenue
        ({"rd_expense": 30, "cost_expense": 100, "sci_tech_staff": 10}, "MET"),
    ],
)
def test_tech_sme(facts, expected):
    assert ask("cn.tech_sme", changed(TECH, **facts)) == expected


@pytest.mark.parametrize(
    ("share", "points"),
    [(30, 20), (29, 16), (25, 16), (24, 12), (20, 12), (19, 8), (15, 8), (14, 4), (10, 4), (9, 0)],
)
def test_staff_points_of_a_tech_sme(share, points):
    # 40 points of R&D, and 0, 6, 12, 18, 24 of class II rights
    facts = {
        "sci_tech_staff": share, "employees": 100, "rd_expense": 50, "revenue": 1000,
        "cost_expense": 100_000, "class_one_ip": 0,
    }  # fmt: skip
    for n, worth in enumerate((0, 6, 12, 18, 24)):
        expected = "MET" if 40 + points + worth >= 60 else "UNMET"
        assert ask("cn.tech_sme.score", {**facts, "class_two_ip": n}) == expected


@pytest.mark.parametrize(
    ("on", "facts", "expected"),
    [
        (dt.date(2026, 6, 1), {"employees": 5}, "MANUAL_REVIEW"),
        (dt.date(2026, 8, 31), {"employees": 5}, "MANUAL_REVIEW"),
        (dt.date(2026, 9, 1), {"employees": 5}, "NOT_APPLICABLE"),
        (dt.date(2026, 6, 1), {"employees": 6, "rd_expense": 10}, "NOT_APPLICABLE"),
        (dt.date(2026, 6, 1), {"employees": 6, "rd_expense": 9.99}, "MANUAL_REVIEW"),
        (dt.date(2026, 6, 1), {"employees": 6, "class_one_ip": 0}, "MANUAL_REVIEW"),
    ],
)
def test_site_checks_are_no_failures(on, facts, expected):
    made = {"class_one_ip": 1, "class_two_ip": 0, "rd_expense": 50, **facts}
    assert ask("cn.tech_sme.site_check", made, on) == expected


# ---------------------------------------------------------------- 高新技术企业


@pytest.mark.parametrize(
    ("revenue", "share", "expected"),
    [
        (5000, 5, "MET"),
        (5000, 4.99, "UNMET"),
        (5000.01, 4, "MET"),
        (5000.01, 3.99, "UNMET"),
        (20_000, 4, "MET"),
        (20_000, 3.99, "UNMET"),
        (20_000.01, 3, "MET"),
        (20_000.01, 2.99, "UNMET"),
    ],
)
def test_research_bands_of_high_tech_firms(revenue, share, expected):
    facts = {"revenue": revenue, "rd_three_years": share * 100, "revenue_three_years": 10_000}
    assert ask("cn.high_tech.rd", facts) == expected


HIGH_TECH = {
    "age": 12, "core_ip": True, "high_tech_field": True, "sci_tech_staff": 10, "employees": 100,
    "revenue": 1000, "rd_three_years": 150, "revenue_three_years": 3000, "rd_in_china_share": 60,
    "high_tech_revenue_share": 60, "expert_score": 70.5, "veto": (),
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "MET"),
        ({"age": 11}, "UNMET"),
        ({"core_ip": False}, "UNMET"),
        ({"high_tech_field": False}, "UNMET"),
        ({"sci_tech_staff": 9}, "UNMET"),
        ({"rd_in_china_share": 59.99}, "UNMET"),
        ({"high_tech_revenue_share": 59.99}, "UNMET"),
        ({"expert_score": 70}, "UNMET"),  # above 70
        ({"expert_score": None}, "MANUAL_REVIEW"),  # experts judge
        ({"veto": ("major_incident",)}, "UNMET"),
        ({"rd_three_years": 149.99}, "UNMET"),
    ],
)
def test_high_tech(facts, expected):
    assert ask("cn.high_tech", changed(HIGH_TECH, **facts)) == expected


# ---------------------------------------------------------------- 创新型

INNOVATIVE = {
    "award": (), "credential": (), "rd_body": False, "new_equity_three_years": 0,
    "class_one_ip": 1, "class_two_ip": 0, "rd_expense": 30, "revenue": 1000,
    "revenue_previous": 1000 / 1.10, "liabilities": 55, "assets": 100, "strategic_industry": False,
    "main_business_share": 70,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "MET"),  # 20 + 15, 15 + 10, 5 + 20 = 85
        ({"award": ("provincial_top3",), "class_one_ip": 0, "rd_expense": 0}, "MET"),
        ({"credential": ("high_tech",), "main_business_share": 0}, "MET"),
        ({"rd_body": True, "main_business_share": 0}, "MET"),
        ({"new_equity_three_years": 500, "main_business_share": 0}, "MET"),
        ({"new_equity_three_years": 499.99, "main_business_share": 0}, "UNMET"),
        ({"class_one_ip": 0, "rd_expense": 50}, "MET"),  # innovation 20: enough; sum 70
        ({"class_one_ip": 0, "rd_expense": 49.99}, "UNMET"),  # innovation 15
        ({"liabilities": 75, "revenue_previous": 1000 / 1.05}, "MET"),  # growth 10 + 5 = 15
        ({"liabilities": 75.01, "revenue_previous": 1000 / 1.05}, "UNMET"),  # 10
        ({"main_business_share": 55}, "MET"),  # 10 + 5 = 15
        ({"main_business_share": 54.99}, "UNMET"),  # 5 + 5
        ({"main_business_share": 54.99, "strategic_industry": True}, "MET"),  # 5 + 10
        ({"main_business_share": 49.99, "strategic_industry": True}, "UNMET"),
        # innovation 5 + 20 = 25, growth 10 + 5 = 15, focus 5 + 10 = 15: only 55 in all
        ({"class_one_ip": 0, "class_two_ip": 1, "rd_expense": 50, "liabilities": 75,
          "main_business_share": 55, "revenue_previous": 1000 / 1.05}, "UNMET"),
        ({"class_one_ip": 0, "class_two_ip": 2, "rd_expense": 50, "liabilities": 75,
          "main_business_share": 55, "revenue_previous": 1000 / 1.05}, "MET"),  # 60
    ],
)  # fmt: skip
def test_innovative_sme(facts, expected):
    assert ask("cn.innovative_sme", changed(INNOVATIVE, **facts)) == expected


# ---------------------------------------------------------------- 专精特新, 小巨人

SPECIAL = {
    "credential": ("tech_sme",), "niche_months": 36, "revenue": 1500, "new_equity_two_years": 0,
    "main_business_share": 80, "liabilities": 80, "assets": 100, "rd_expense": 100,
    "rd_expense_previous": 100, "revenue_previous": 1500, "class_one_ip": 1, "award": (),
    "rd_body": False, "platform_score": 50,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "MANUAL_REVIEW"),  # its position in the niche is for a person to judge
        ({"credential": ("innovative_sme",)}, "MANUAL_REVIEW"),
        ({"credential": ()}, "UNMET"),
        ({"niche_months": 35}, "UNMET"),
        ({"revenue": 1499.99}, "UNMET"),
        ({"revenue": 1499.99, "new_equity_two_years": 2000}, "MANUAL_REVIEW"),
        ({"revenue": 1499.99, "new_equity_two_years": 1999.99}, "UNMET"),
        ({"main_business_share": 79.99}, "UNMET"),
        ({"liabilities": 80.01}, "UNMET"),
        ({"rd_expense": 99.99}, "UNMET"),
        ({"rd_expense_previous": 99.99}, "UNMET"),
        ({"revenue": 3333.33}, "MANUAL_REVIEW"),  # 100 / 3333.33 is 3.00000003 %
        ({"revenue": 3333.34}, "UNMET"),
        ({"revenue_previous": 3333.34}, "UNMET"),
        ({"class_one_ip": 0}, "UNMET"),
        ({"class_one_ip": 0, "award": ("provincial_top3",)}, "MANUAL_REVIEW"),
        ({"class_one_ip": 0, "rd_body": True}, "MANUAL_REVIEW"),
        ({"platform_score": 49.9}, "UNMET"),
        ({"platform_score": None}, "UNKNOWN"),
    ],
)
def test_specialised_sme_from_april_2026(facts, expected):
    assert ask("cn.specialised_sme", changed(SPECIAL, **facts)) == expected


def test_the_rules_of_before_hold_until_the_day_before():
    old = {
        "niche_months": 24, "rd_expense": 100, "revenue": 1000, "new_equity_two_years": 0,
        "platform_score": 60, "award": (),
    }  # fmt: skip
    assert ask("cn.specialised_sme", old, BEFORE) == "MET"
    assert ask("cn.specialised_sme", old, NOW) == "UNMET"
    assert BOOK.find("cn.specialised_sme", on=BEFORE).version == "2022"
    assert BOOK.find("cn.specialised_sme", on=NOW).version == "2026"
    assert BOOK.find("cn.little_giant", on=BEFORE).version == "2022"
    assert BOOK.find("cn.little_giant", on=NOW).version == "2026"
    for facts, expected in (
        ({"niche_months": 23}, "UNMET"),
        ({"rd_expense": 99.99}, "UNMET"),
        ({"revenue": 999.99, "rd_expense": 100}, "UNMET"),
        ({"revenue": 999.99, "new_equity_two_years": 2000}, "MET"),
        ({"platform_score": 59}, "UNMET"),
        ({"platform_score": 59, "award": ("provincial_top3",)}, "MET"),
    ):
        assert ask("cn.specialised_sme", changed(old, **facts), BEFORE) == expected


GIANT = {
    "credential": ("specialised_sme",), "niche_months": 36, "revenue": 5000,
    "main_business_share": 90, "revenue_two_years_ago": 5000 / 1.05**2, "liabilities": 75,
    "assets": 100, "rd_expense": 600, "rd_expense_previous": 600, "revenue_previous": 5000,
    "class_one_ip": 4, "market_share": 10, "key_link": True, "platform_score": 60,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "MET"),
        ({"credential": ("tech_sme",)}, "UNMET"),
        ({"niche_months": 35}, "UNMET"),
        ({"revenue": 4999.99}, "UNMET"),
        ({"main_business_share": 89.99}, "UNMET"),
        ({"revenue_two_years_ago": 5000 / 1.0499**2}, "UNMET"),
        ({"liabilities": 75.01}, "UNMET"),
        ({"rd_expense": 599.99}, "UNMET"),  # 1199.99 in two years
        ({"rd_expense": 150, "rd_expense_previous": 1050}, "MET"),  # 3 %
        ({"rd_expense": 149.99, "rd_expense_previous": 1051}, "UNMET"),
        ({"class_one_ip": 3}, "UNMET"),
        ({"market_share": 9.99}, "MANUAL_REVIEW"),  # unless among the national top three
        ({"key_link": None}, "MANUAL_REVIEW"),
        ({"key_link": False}, "UNMET"),
        ({"platform_score": 59.9}, "UNMET"),
    ],
)
def test_little_giant_from_april_2026(facts, expected):
    assert ask("cn.little_giant", changed(GIANT, **facts)) == expected


# ---------------------------------------------------------------- 纳税信用

TAX = {
    "tax_score": 90, "operating_months": 36, "previous_tax_grade": "B", "veto": (), "revenue": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "grade"),
    [
        ({}, "a"),
        ({"tax_score": 89.9}, "b"),
        ({"tax_score": 70}, "b"),
        ({"operating_months": 35}, "b"),  # no A under three years
        ({"previous_tax_grade": "D"}, "b"),
        ({"tax_score": 69.9}, "c"),
        ({"tax_score": 40}, "c"),
        ({"tax_score": 39.9}, "d"),
        ({"veto": ("serious_dishonesty",)}, "d"),
        ({"operating_months": 11}, "m"),
        ({"operating_months": 12, "revenue": 0, "tax_score": 70}, "m"),
    ],
)
def test_tax_grades(facts, grade):
    found = changed(TAX, **facts)
    met = [g for g in "abmcd" if ask(f"cn.tax.grade_{g}", found) == "MET"]
    assert met == [grade]


# ---------------------------------------------------------------- finance

SMALL = {"size_class": "small", "borrower": "firm", "agricultural": False}


@pytest.mark.parametrize(
    ("rule_id", "facts", "expected"),
    [
        ("cn.inclusive_loan", {"total_credit": 400, "amount": 600}, "MET"),  # 1000万 inclusive
        ("cn.inclusive_loan", {"total_credit": 400, "amount": 600.01}, "UNMET"),
        ("cn.inclusive_loan", {"size_class": "medium", "total_credit": 0, "amount": 1,
                               "industry": "C39", "employees": 400, "revenue": 3000}, "UNMET"),
        ("cn.inclusive_loan", {"size_class": "medium", "borrower": "individual_business",
                               "total_credit": 0, "amount": 1}, "MET"),
        ("cn.inclusive_loan", {"amount": 600}, "UNKNOWN"),
        ("cn.government_guarantee", {"guaranteed_balance": 0, "amount": 1000}, "MET"),
        ("cn.government_guarantee", {"guaranteed_balance": 0, "amount": 1000.01}, "UNMET"),
        ("cn.government_guarantee.small", {"guaranteed_balance": 200, "amount": 300}, "MET"),
        ("cn.government_guarantee.small", {"guaranteed_balance": 200, "amount": 300.01}, "UNMET"),
        ("cn.tech_guarantee", {"credential": ("tech_sme",), "guaranteed_balance": 0,
                               "amount": 3000, "veto": ()}, "MET"),
        ("cn.tech_guarantee", {"credential": ("tech_sme",), "guaranteed_balance": 0,
                               "amount": 3000.01, "veto": ()}, "UNMET"),
        ("cn.tech_guarantee", {"credential": (), "guaranteed_balance": 0, "amount": 1,
                               "veto": ()}, "UNMET"),
        ("cn.tech_guarantee.tier_40", {"credential": ("little_giant",)}, "MET"),
        ("cn.tech_guarantee.tier_40", {"credential": ("high_tech",)}, "MANUAL_REVIEW"),
        ("cn.tech_guarantee.tier_35", {"credential": ("high_tech",)}, "MET"),
        ("cn.tech_guarantee.tier_35", {"credential": ("tech_sme",)}, "UNMET"),
        ("cn.tech_guarantee.tier_30", {"credential": ("innovative_sme",)}, "MET"),
        ("cn.startup_loan.person", {"borrower": "person", "amount": 30, "term": 36,
                                    "startup_loans": 2}, "MET"),
        ("cn.startup_loan.person", {"borrower": "person", "amount": 30.01, "term": 36,
                                    "startup_loans": 2}, "UNMET"),
        ("cn.startup_loan.person", {"borrower": "person", "amount": 30, "term": 37,
                                    "startup_loans": 2}, "UNMET"),
        ("cn.startup_loan.person", {"borrower": "person", "amount": 30, "term": 36,
                                    "startup_loans": 3}, "UNMET"),
        ("cn.small_low_profit", {"taxable_income": 300, "employees": 300, "assets": 5000}, "MET"),
        ("cn.small_low_profit", {"taxable_income": 300.01, "employees": 300, "assets": 5000},
         "UNMET"),
        ("cn.young_tech", {"employees": 300, "assets": 5000, "revenue": 5000, "age": 60,
                           "rd_expense": 20, "cost_expense": 100}, "MET"),
        ("cn.young_tech", {"employees": 300, "assets": 5000, "revenue": 5000, "age": 61,
                           "rd_expense": 20, "cost_expense": 100}, "UNMET"),
        ("cn.veto", {"veto": (), "tax_grade": "C"}, "MET"),
        ("cn.veto", {"veto": (), "tax_grade": "D"}, "UNMET"),
        ("cn.veto", {"veto": ("no_fixed_place",), "tax_grade": "A"}, "UNMET"),
        ("cn.veto", {"tax_grade": "A"}, "UNKNOWN"),
    ],
)  # fmt: skip
def test_finance(rule_id, facts, expected):
    assert ask(rule_id, {**SMALL, **facts}) == expected


STARTUP = {
    **SMALL, "employees": 100, "hired_eligible": 10, "amount": 400, "term": 24, "startup_loans": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "MET"),
        ({"hired_eligible": 9}, "UNMET"),
        ({"employees": 101, "hired_eligible": 6}, "MET"),  # 5 % over a hundred people
        ({"employees": 101, "hired_eligible": 5}, "UNMET"),
        ({"amount": 400.01}, "UNMET"),
        ({"term": 25}, "UNMET"),
        ({"startup_loans": 3}, "UNMET"),
        ({"startup_loans": None}, "UNKNOWN"),
    ],
)
def test_startup_loans_of_firms(facts, expected):
    assert ask("cn.startup_loan.firm", changed(STARTUP, **facts)) == expected


# ---------------------------------------------------------------- all of them


def test_what_was_not_confirmed_is_marked():
    marked = {rule.rule_id for rule in BOOK.rules if rule.unconfirmed}
    assert {"cn.size.micro", "cn.young_tech", "cn.startup_loan.firm"} <= marked


def test_every_definition_names_its_source_and_both_titles():
    for rule in BOOK.rules:
        assert rule.source, rule.rule_id
        assert rule.title_zh, rule.rule_id
        assert rule.title_en, rule.rule_id


def test_a_rule_of_ones_own_replaces_a_definition():
    from data.rules.files import rules_from_plain

    own = rules_from_plain(
        [{"id": "cn.young_tech", "version": "mine", "require": {"employees": {"max": 1}}}]
    )
    book = RuleBook.with_national(own)
    assert [rule.version for rule in book.versions("cn.young_tech")] == ["mine"]
