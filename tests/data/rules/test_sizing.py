"""The size class that figures give; 以上 includes the number."""

from __future__ import annotations

import pytest

from data.records import SizeClass
from data.rules.size_classes import WAN_MINOR
from data.rules.sizing import size_class_of


@pytest.mark.parametrize(
    ("employees", "revenue_wan", "expected"),
    [
        (19, 5_000, SizeClass.MICRO),  # staff below 20
        (20, 299, SizeClass.MICRO),  # revenue below 300
        (20, 300, SizeClass.SMALL),
        (300, 1_999, SizeClass.SMALL),
        (300, 2_000, SizeClass.MEDIUM),
        (999, 50_000, SizeClass.MEDIUM),  # staff below 1,000
        (1_000, 40_000, SizeClass.LARGE),
        (19, None, SizeClass.MICRO),  # one figure settles it
        (20, None, None),
        (None, None, None),
    ],
)
def test_industry(employees: int | None, revenue_wan: int | None, expected: SizeClass | None):
    revenue = None if revenue_wan is None else revenue_wan * WAN_MINOR
    assert size_class_of("C3311", {"employees": employees, "revenue": revenue}) is expected


def test_the_longest_code_decides():
    figures = {"employees": 50, "revenue": 60 * WAN_MINOR}
    assert size_class_of("I6513", figures) is SizeClass.SMALL  # software: 10 people, 50 万元
    assert size_class_of("I6311", figures) is SizeClass.MICRO  # telecommunications: 100 万元


@pytest.mark.parametrize("code", ["J66", "", "541511"])
def test_what_the_table_does_not_name_has_no_class(code: str):
    assert size_class_of(code, {"employees": 5, "revenue": 1}) is None
