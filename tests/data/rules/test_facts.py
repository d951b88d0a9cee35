"""Facts beside the records: values with units, days on which they hold, levers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data.errors import InputError, ParseError
from data.rules.effort import read_efforts
from data.rules.facts import Fact, FactBook, Figure, read_value, spec_of, value_text
from data.rules.vocabulary import FACTS, JUDGED_FACTS, Origin


def day(number: int) -> dt.date:
    return dt.date(2026, 1, number)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("现有授信总额", "300万元", Figure(300_000_000, "CNY")),
        ("sci_tech_staff", 12, Figure(12)),
        ("main_business_share", "80%", Figure(80)),
        ("niche_months", "3年", Figure(36)),
        ("rd_body", "是", ("yes",)),
        ("rd_body", False, ("no",)),
        ("veto", "无", ()),
        ("veto", [], ()),
        ("veto", "失信被执行人、major_incident", ("dishonest_debtor", "major_incident")),
        ("veto", "未知", None),
        ("total_credit", "", None),
        ("platform_score", 61.5, Figure(61.5)),
    ],
)
def test_values(name, text, expected):
    spec = spec_of(name)
    value = read_value(spec, text)
    assert value == expected
    if value is not None:
        assert read_value(spec, value_text(spec, value)) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("total_credit", 300), ("main_business_share", "80"), ("veto", "gold"), ("rd_body", "maybe")],
)
def test_values_that_mean_nothing(name, text):
    with pytest.raises(ParseError):
        read_value(spec_of(name), text)


def test_a_fact_that_nobody_knows():
    with pytest.raises(InputError, match="There is no fact 'colour'"):
        spec_of("colour")


def test_the_latest_statement_counts_from_its_day_until_it_expires():
    def stated(number, value, expires=None):
        return Fact(
            subject_id="f", name="sci_tech_staff", value=Figure(value), known_on=day(number),
            expires_on=expires,
        )  # fmt: skip

    book = FactBook([stated(9, 9), stated(3, 3), stated(20, 20, day(25))])
    assert book.known("f", on=day(2)) == {}
    assert book.known("f", on=day(3)) == {"sci_tech_staff": Figure(3)}
    assert book.known("f", on=day(10)) == {"sci_tech_staff": Figure(9)}
    assert book.known("f", on=day(25)) == {"sci_tech_staff": Figure(20)}
    assert book.known("f", on=day(26)) == {}
    assert book.statements("f", on=day(26))["sci_tech_staff"].expires_on == day(25)
    assert book.known("g", on=day(9)) == {}
    assert len(book) == 3


def test_the_vocabulary_is_whole():
    for name, spec in FACTS.items():
        assert spec.name == name
        assert spec.zh
        assert spec.en
    assert set(FACTS) >= JUDGED_FACTS
    assert {spec.origin for spec in FACTS.values()} == set(Origin)


def test_nothing_immutable_has_a_lever():
    efforts = read_efforts()
    assert not {"veto", "industry", "stage", "region", "kind", "legal_form"} & set(efforts.levers)
    assert efforts.levers["rd_expense"].unit == 1_000_000
    assert set(efforts.through.values()) <= set(efforts.levers)
    assert set(efforts.through) <= set(FACTS)


@pytest.mark.parametrize(
    "text",
    ["changes: [", "changes: {gold: {effort: 1}}", "changes: {age: {often: 1}}", "nothing: 1"],
)
def test_a_wrong_file_of_efforts_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "effort.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"effort\.yaml"):
        read_efforts(path)
