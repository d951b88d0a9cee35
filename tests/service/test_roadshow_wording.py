"""What a plan says in words: the price of minimums, sessions of several days."""

from __future__ import annotations

import dataclasses

import pytest

from matcher.roadshow.planning import plan
from matcher.roadshow.result import Cause, Fix, Quality, Rule, Violation
from service.roadshow.wording import Words
from tests.matcher.roadshow.worlds import event, slots


def words(quality: Quality, *, chinese: bool) -> Words:
    problem = event([[5]])
    return Words(problem, dataclasses.replace(plan(problem), quality=quality), chinese)


@pytest.mark.parametrize(
    ("chinese", "remark", "lead"),
    [
        (
            True,
            "其中已付出多满足 12 项最少场数的代价：排序排会漏掉 14 项",
            "比按评分排序排会低 0.9%",
        ),
        (
            False,
            "after the price of 12 more required meetings: the spreadsheet misses 14",
            "0.9% below the sorted spreadsheet",
        ),
    ],
)
def test_a_value_below_the_spreadsheet_is_the_price_of_minimums(
    chinese: bool, remark: str, lead: str
) -> None:
    found = words(Quality(lead=-0.0094, shortfall=2, baseline_shortfall=14), chinese=chinese)
    assert found.lead() == lead
    assert remark in {text for _, _, text in found.figures()}


def test_nothing_is_said_of_a_price_that_nobody_paid() -> None:
    figures = words(Quality(lead=0.05), chinese=False).figures()
    assert [text for title, _, text in figures if title == "above the spreadsheet"] == [""]


def test_sessions_of_several_days_are_told_with_their_day() -> None:
    missed = Violation(
        rule=Rule.SESSION_MINIMUM,
        who=("f0",),
        detail="2026-09-01 morning",
        required=1,
        got=0,
        cause=Cause.CAPACITY,
        fix=Fix.MORE_SEATS,
    )
    one = event([[5]], slots=slots(2))
    assert Words(one, plan(one), False).rule(missed) == "minimum of a session (morning)"
    far = dataclasses.replace(
        slots(1)[0], slot_id="x", starts_at=slots(80)[79].starts_at, ends_at=slots(80)[79].ends_at
    )
    two = event([[5]], slots=(*slots(2), far))
    assert Words(two, plan(two), False).rule(missed) == "minimum of a session (2026-09-01 morning)"
