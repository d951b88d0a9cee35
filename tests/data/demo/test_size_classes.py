"""Size classes follow the table of 工信部联企业〔2011〕300号 at its boundaries."""

from __future__ import annotations

import numpy as np
import pytest

from data.demo.size_classes import size_class_numbers, thresholds_of

MICRO, SMALL, MEDIUM = range(3)


def size_of(code: str, staff: int, revenue: float, assets: float = 10_000) -> int:
    bounds = np.array([thresholds_of(code)])
    return int(
        size_class_numbers(
            bounds,
            staff=np.array([staff]),
            revenue=np.array([revenue]),
            assets=np.array([assets]),
        )[0]
    )


@pytest.mark.parametrize(
    ("code", "staff", "revenue", "expected"),
    [
        ("C3491", 20, 300, SMALL),
        ("C3491", 19, 300, MICRO),
        ("C3491", 20, 299, MICRO),
        ("C3491", 300, 2_000, MEDIUM),
        ("C3491", 299, 9_000, SMALL),
        ("I6513", 10, 50, SMALL),
        ("I6513", 99, 9_000, SMALL),
        ("I6513", 100, 1_000, MEDIUM),
        ("F5174", 20, 5_000, MEDIUM),
        ("F5292", 10, 100, SMALL),
        ("A0141", 1, 50, SMALL),
        ("A0141", 1, 500, MEDIUM),
        ("M7320", 10, 0, SMALL),
        ("G5920", 100, 1_000, MEDIUM),
        ("G5432", 100, 1_000, SMALL),
    ],
)
def test_boundaries_belong_to_the_larger_class(code, staff, revenue, expected):
    assert size_of(code, staff, revenue) == expected


def test_construction_looks_at_assets():
    assert size_of("E4910", 50, 6_000, assets=4_999) == SMALL
    assert size_of("E4910", 50, 6_000, assets=5_000) == MEDIUM


def test_finance_and_education_have_no_class():
    assert thresholds_of("J6620") is None
    assert thresholds_of("P8391") is None
