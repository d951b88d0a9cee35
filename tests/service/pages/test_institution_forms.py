"""Forms of institutions, field by field: what is typed, what it means, what is wrong with it."""

from __future__ import annotations

import datetime as dt

import pytest
from starlette.datastructures import FormData, QueryParams

from data.records import NeedKind, Offer
from data.rules.files import rules_from_plain
from service.pages.need_filters import form_of, read_filters, read_wan, wan_text, words_in
from service.pages.offer_form import FIELDS, form_of_offer, read_offer_form
from service.pages.rule_form import RuleForm, read_rule_form, text_of
from service.serving.rule_texts import MOST_TEXT, read_rule_text


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("300", 300 * 10_000 * 100),
        ("1,000", 1_000 * 10_000 * 100),
        ("0.0001", 100),
        ("0.0000001", None),
        ("-1", None),
        ("abc", None),
        ("1e400", None),
        ("NaN", None),
        ("", None),
    ],
)
def test_ten_thousands_are_read_exactly(text: str, minor: int | None):
    assert read_wan(text) == minor


@pytest.mark.parametrize("minor", [0, 1, 100, 123_456_789, 300 * 10_000 * 100])
def test_ten_thousands_are_written_exactly(minor: int):
    assert read_wan(wan_text(minor)) == minor


def test_words_are_parted_by_commas_of_either_script():
    assert words_in(["苏州市、无锡市, 常州市；", "苏州市\n南京市"]) == [
        "苏州市",
        "无锡市",
        "常州市",
        "南京市",
    ]


def test_filters_survive_the_way_into_a_form_and_back():
    query = QueryParams(
        "region=苏州市、无锡市&size=micro&size=small&low=10&high=500&since=2026-01-02&kind=debt"
    )
    form = read_filters(query)
    assert form.faults == {}
    assert form.filters == {
        "regions": ["苏州市", "无锡市"],
        "size_classes": ["micro", "small"],
        "kinds": ["debt"],
        "amount_low_minor": 10 * 10_000 * 100,
        "amount_high_minor": 500 * 10_000 * 100,
        "currency": "CNY",
        "stated_since": "2026-01-02",
    }
    again = read_filters(QueryParams(form_of(form.filters).query()))
    assert again.filters == form.filters


def test_crossed_amounts_and_odd_values_restrict_nothing():
    form = read_filters(QueryParams("low=500&high=10&size=giant&since=31.12.2026"))
    assert form.filters == {}
    assert form.faults == {"high": "filters.crossed", "since": "filters.no_day"}


OFFER = Offer(
    offer_id="offer_1",
    institution_id="inst_1",
    name="科技贷",
    kind=NeedKind.DEBT,
    amount_min_minor=50_000_000,
    amount_max_minor=1_000_000_000,
    currency="CNY",
    term_max_months=36,
    rate_low_pct=3.25,
    regions=("江苏省", "上海市"),
    base_ids=("base_1",),
    size_classes=("micro", "small"),
    tax_grades=("A", "M"),
    resident_first=True,
    valid_from=dt.date(2026, 1, 1),
    description="两行\n说明",
)


def test_an_offer_survives_the_way_into_its_form_and_back():
    form = form_of_offer(OFFER)
    pairs = [(name, text) for name, texts in form.typed.items() for text in texts]
    read = read_offer_form(FormData(pairs))
    assert read.faults == {}
    assert read.values == {name: getattr(OFFER, name) for name in FIELDS}


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("name", " ", "product.fault.name"),
        ("name", "长" * 201, "product.fault.long"),
        ("kind", "gift", "product.fault.choose"),
        ("amount_max_minor", "many", "filters.no_amount"),
        ("term_max_months", "3.5", "product.fault.whole"),
        ("term_max_months", "²", "product.fault.whole"),
        ("rate_low_pct", "101", "product.fault.percent"),
        ("valid_to", "soon", "filters.no_day"),
    ],
)
def test_each_fault_is_told_at_its_field(name: str, text: str, fault: str):
    typed = {"name": "科技贷", "kind": "debt", "currency": "CNY", name: text}
    assert read_offer_form(FormData(typed)).faults == {name: fault}


def test_upper_ends_below_lower_ones_are_faults():
    typed = {
        "name": "-",
        "kind": "debt",
        "currency": "CNY",
        "amount_min_minor": "9",
        "amount_max_minor": "8",
        "employees_min": "9",
        "employees_max": "8",
        "rate_low_pct": "9",
        "rate_high_pct": "8",
        "valid_from": "2026-02-01",
        "valid_to": "2026-01-01",
    }
    assert set(read_offer_form(FormData(typed)).faults) == {
        "amount_max_minor",
        "employees_max",
        "rate_high_pct",
        "valid_to",
    }


def test_an_offer_without_amounts_has_no_currency():
    typed = {"name": "-", "kind": "equity", "currency": "CNY"}
    assert read_offer_form(FormData(typed)).values["currency"] is None


ROWS = [
    ("age", "min", "12个月", {"age": {"min": "12个月"}}),
    ("employees", "max", "300", {"employees": {"max": 300}}),
    ("debt_ratio", "below", "70%", {"debt_ratio": {"below": "70%"}}),
    ("amount", "max", "500万元", {"amount": {"max": "500万元"}}),
    ("region", "in", "苏州市、无锡市", {"region": {"in": ["苏州市", "无锡市"]}}),
    ("veto", "not_in", "失信被执行人", {"veto": {"not_in": ["失信被执行人"]}}),
    ("tax_grade", "in", "A、B", {"tax_grade": {"in": ["A", "B"]}}),
    ("resident", "no", "", {"resident": False}),
]


@pytest.mark.parametrize(("fact", "how", "value", "condition"), ROWS)
def test_each_row_becomes_a_condition_of_the_documented_form(
    fact: str, how: str, value: str, condition: dict[str, object]
):
    form = RuleForm(version="1", rows=[(fact, how, value)])
    body, faults = read_rule_text(text_of(form))
    assert form.faults == {}
    assert body["require"] == condition
    if fact != "veto":  # its words are a closed list, which the rule's reader checks
        assert faults == []
        rules_from_plain({"rules": [{"id": "x", **body}]})


def test_rows_that_cannot_be_conditions_are_faults():
    typed = {
        "fact0": "age", "how0": "in", "value0": "x",
        "fact1": "region", "how1": "min", "value1": "x",
        "fact2": "age", "how2": "min", "value2": "",
        "fact3": "no_such_fact", "how3": "min", "value3": "1",
    }  # fmt: skip
    form = read_rule_form(FormData(typed))
    text_of(form)
    assert form.faults == {
        "how0": "rule.fault.number",
        "how1": "rule.fault.list",
        "value2": "rule.fault.value",
        "fact3": "rule.fault.fact",
    }


def test_texts_of_rules_are_checked_to_the_line():
    text = "version: '1'\nid: mine\nrequire:\n  employees: {min: many}\n"
    _, faults = read_rule_text(text)
    assert {(fault.path, fault.line) for fault in faults} == {
        ("id", 2),
        ("require.employees.min", 4),
    }


@pytest.mark.parametrize("text", ["", "- a\n- b", "require: [", "a: b: c", "x" * (MOST_TEXT + 1)])
def test_texts_that_are_no_rule_have_a_fault(text: str):
    assert read_rule_text(text)[1]
