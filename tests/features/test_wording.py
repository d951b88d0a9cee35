"""Amounts, days and terms in words."""

from __future__ import annotations

import numpy as np
import pytest

from data.records import Credential, SizeClass
from features.wording import (
    amount_text,
    band_text,
    deals_text,
    listed_text,
    month_text,
    number_band_text,
    percent_text,
    price_text,
    value_text,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("minor", "currency", "zh", "en"),
    [
        (350_000_000, "CNY", "350万元", "CNY 3.5 million"),
        (12_000_000_000, "CNY", "1.2亿元", "CNY 120 million"),
        (250_000_000_000, "USD", "25亿美元", "USD 2.5 billion"),
        (14_998_600, "USD", "15万美元", "USD 149,986"),
        (500_000, "CNY", "5,000元", "CNY 5,000"),
        (100_000_000_000, None, "10亿元", "CNY 1 billion"),
    ],
)
def test_amounts(minor, currency, zh, en):
    assert amount_text(minor, currency, "zh") == zh
    assert amount_text(minor, currency, "en") == en


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        (1e8, 1e8, "100万元", "CNY 1 million"),
        (1e8, 2e8, "100万元至200万元", "CNY 1 million to CNY 2 million"),
        (1e8, NAN, "100万元起", "at least CNY 1 million"),
        (NAN, 2e8, "不超过200万元", "up to CNY 2 million"),
        (NAN, NAN, None, None),
    ],
)
def test_bands(low, high, zh, en):
    assert band_text(low, high, "CNY", "zh") == zh
    assert band_text(low, high, "CNY", "en") == en


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        (6, 36, "6至36个月", "6 to 36 months"),
        (12, 12, "12个月", "12 months"),
        (6, NAN, "不少于6个月", "at least 6 months"),
        (NAN, 36, "不超过36个月", "up to 36 months"),
    ],
)
def test_plain_bounds(low, high, zh, en):
    assert number_band_text(low, high, "个月", "zh") == zh
    assert number_band_text(low, high, "months", "en") == en


def test_rates_come_before_fees():
    assert price_text(3.0, 4.5, 1.0, "zh") == "年利率3%–4.5%"
    assert price_text(3.0, NAN, NAN, "en") == "3% a year"
    assert price_text(NAN, NAN, 0.8, "zh") == "费率0.8%"
    assert price_text(NAN, NAN, NAN, "zh") is None
    assert percent_text(3.85, 3.85) == "3.85%"


def test_small_words():
    assert month_text(np.datetime64("2012-11-30"), "zh") == "2012年11月"
    assert month_text(np.datetime64("2012-11-30"), "en") == "Nov 2012"
    assert deals_text(1, "en") == "1 deal"
    assert deals_text(1200, "en") == "1,200 deals"
    assert listed_text(["a", "b"], "zh") == "a、b"
    assert listed_text(["a", "b"], "en") == "a, b"


def test_values_of_enumerations_have_words_and_others_stay():
    assert value_text("micro", SizeClass, "zh") == "微型"
    assert value_text("high_tech", Credential, "en") == "high tech"
    assert value_text("其他", SizeClass, "zh") == "其他"
    assert value_text("苏州市", None, "en") == "苏州市"
