"""Columns of amounts."""

from __future__ import annotations

import pyarrow as pa

from data.amount_columns import read_amounts
from data.amounts import LARGEST_AMOUNT


def test_texts() -> None:
    column = read_amounts(pa.array(["500万美元", None, "abc", "数百万人民币", "abc"]))
    assert column.low_minor.to_pylist() == [500_0000_00, None, None, 100_0000_00, None]
    assert column.high_minor.to_pylist() == [500_0000_00, None, None, 1000_0000_00, None]
    assert column.currency.to_pylist() == ["USD", None, None, "CNY", None]
    assert [row for row, _ in column.bad] == [2, 4]
    assert "'abc'" in column.bad[0][1]
    assert column.exact_minor().to_pylist() == [500_0000_00, None, None, None, None]


def test_numbers() -> None:
    column = read_amounts(
        pa.array([1.5, None, -1.0, float("nan"), LARGEST_AMOUNT * 2.0]), unit=10, currency="USD"
    )
    assert column.low_minor.to_pylist() == [15_00, None, None, None, None]
    assert column.currency.to_pylist() == ["USD", None, None, None, None]
    assert column.bad[0] == (2, "The amount is negative.")
    assert "1,000,000,000,000 USD" in column.bad[1][1]


def test_dictionaries_whole_numbers_and_nothing() -> None:
    assert read_amounts(pa.array(["5", "5"]).dictionary_encode()).low_minor.to_pylist() == [500] * 2
    assert read_amounts(pa.array([5, 6])).low_minor.to_pylist() == [500, 600]
    assert read_amounts(pa.nulls(2)).low_minor.to_pylist() == [None, None]
    assert len(read_amounts(pa.array([], pa.string())).low_minor) == 0
