"""Amounts of money written as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.amounts import (
    DECADE,
    LARGEST_AMOUNT,
    LONGEST_TEXT,
    MINOR_PER_UNIT,
    UNKNOWN_AMOUNT,
    Amount,
    largest_amount,
    parse_amount,
    parse_currency,
    parse_unit,
)
from data.errors import ParseError

WAN = 10**4 * MINOR_PER_UNIT
YI = 10**8 * MINOR_PER_UNIT


def exact(minor: int, currency: str | None) -> Amount:
    return Amount(minor, minor, currency)


class TestExactAmounts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1.35亿美元", exact(135 * YI // 100, "USD")),
            ("3亿人民币", exact(3 * YI, "CNY")),
            ("$149,986.00", exact(149_986 * MINOR_PER_UNIT, "USD")),
            ("$0.50", exact(50, "USD")),
            ("500万", exact(500 * WAN, None)),
            ("1.2百万港元", exact(120 * WAN, "HKD")),
            ("１２３．５万", exact(1235 * WAN // 10, None)),
            ("3.1000(万元)", exact(31 * WAN // 10, "CNY")),
            ("2,000(万)", exact(2000 * WAN, None)),
            ("3亿5000万元", exact(3 * YI + 5000 * WAN, "CNY")),
            ("5万6千", exact(5 * WAN + 6000 * MINOR_PER_UNIT, None)),
            ("三百五十万元", exact(350 * WAN, "CNY")),
            ("壹佰万元整", exact(100 * WAN, "CNY")),
            ("十五万", exact(15 * WAN, None)),
            ("€1.2bn", exact(12 * YI, "EUR")),
            ("JPY 5,000,000", exact(500 * WAN, "JPY")),
            ("£20k", exact(20_000 * MINOR_PER_UNIT, "GBP")),
            ("800(万香港元)", exact(800 * WAN, "HKD")),
            ("HK$ 5m", exact(500 * WAN, "HKD")),
            ("1 234 567.89", exact(123_456_789, None)),
            ("1.5e6", exact(150 * WAN, None)),
            ("约500万", exact(500 * WAN, None)),
            ("0", exact(0, None)),
        ],
    )
    def test_reads(self, text: str, expected: Amount) -> None:
        assert parse_amount(text) == expected

    def test_a_fraction_of_a_hundredth_is_rounded_half_to_even(self) -> None:
        assert parse_amount("0.125元").low_minor == 12
        assert parse_amount("0.135元").low_minor == 14

    def test_the_unit_of_the_column_counts_for_bare_numbers_only(self) -> None:
        assert parse_amount("500", unit=10_000).low_minor == 500 * WAN
        assert parse_amount("500万", unit=10_000).low_minor == 500 * WAN
        assert parse_amount("50-100", unit=10_000) == Amount(50 * WAN, 100 * WAN, None, "50-100")

    def test_the_currency_of_the_column_gives_way_to_the_text(self) -> None:
        assert parse_amount("500", currency="CNY").currency == "CNY"
        assert parse_amount("500万美元", currency="CNY").currency == "USD"
        assert parse_amount("3亿其他", currency="CNY").currency is None


class TestBands:
    @pytest.mark.parametrize(
        ("text", "low", "high", "currency"),
        [
            ("数十万人民币", 10 * WAN, 100 * WAN, "CNY"),
            ("数百万人民币", 100 * WAN, 1000 * WAN, "CNY"),
            ("数千万美元", 1000 * WAN, YI, "USD"),
            ("千万级", 1000 * WAN, YI, None),
            ("亿元及以上美元", YI, DECADE * YI, "USD"),
            ("亿元及以上其他", YI, DECADE * YI, None),
            ("超1亿元", YI, DECADE * YI, "CNY"),
            ("500万元以上", 500 * WAN, 5000 * WAN, "CNY"),
            ("5m+", 500 * WAN, 5000 * WAN, None),
            ("不超过500万元", 0, 500 * WAN, "CNY"),
            ("up to 2 million", 0, 200 * WAN, None),
            ("50-100万元", 50 * WAN, 100 * WAN, "CNY"),
            ("50万～100万", 50 * WAN, 100 * WAN, None),
            ("500万至1亿", 500 * WAN, YI, None),
            ("a $5-10 million", 500 * WAN, 1000 * WAN, "USD"),
            ("d $350,000-1 million", 35 * WAN, 100 * WAN, "USD"),
            ("e $150,000-350,000", 15 * WAN, 35 * WAN, "USD"),
        ],
    )
    def test_reads(self, text: str, low: int, high: int, currency: str | None) -> None:
        assert parse_amount(text) == Amount(low, high, currency, text)

    def test_a_band_is_known_and_not_exact(self) -> None:
        band = parse_amount("数百万人民币")
        assert band.is_known
        assert not band.is_exact
        assert parse_amount("3").is_exact
        assert not UNKNOWN_AMOUNT.is_known


class TestUnknownAmounts:
    @pytest.mark.parametrize(
        "text", ["", "  ", "未透露", "未披露", "-", "——", "N/A", "面议", "nan"]
    )
    def test_reads(self, text: str) -> None:
        assert parse_amount(text) == UNKNOWN_AMOUNT


class TestUnreadableAmounts:
    @pytest.mark.parametrize(
        "text",
        ["abc", "金额500", "1,23", "1.2.3", "5 6", "5万 6", "5e", "1-2-3万", "2-1万", "1e99"],
    )
    def test_refuses(self, text: str) -> None:
        with pytest.raises(ParseError) as caught:
            parse_amount(text)
        assert text in caught.value.message
        assert caught.value.remedy

    @pytest.mark.parametrize(
        "text", ["9" * 5000, "一" * 5000, "1e9999999999999999999", "1e-9999999999999999999"]
    )
    def test_monstrous_numbers_are_refused_in_few_words(self, text: str) -> None:
        with pytest.raises(ParseError) as caught:
            parse_amount(text)
        assert len(caught.value.message) < 2 * LONGEST_TEXT

    @pytest.mark.parametrize("text", ["-5", "(500)", "负5万", "-$5.00", "$-5", "－5万元"])
    def test_negative_amounts_are_named_so(self, text: str) -> None:
        with pytest.raises(ParseError, match="negative"):
            parse_amount(text)

    def test_absurd_amounts_name_the_bound_and_the_unit(self) -> None:
        with pytest.raises(ParseError, match=r"1,000,000,000,000 CNY.*unit"):
            parse_amount("99999999万亿元")
        with pytest.raises(ParseError, match="more than"):
            parse_amount("2000000000", unit=10_000)

    def test_the_bound_is_wider_where_the_unit_is_worth_little(self) -> None:
        assert parse_amount("2万亿日元").is_exact
        assert largest_amount("JPY") > largest_amount("CNY") == LARGEST_AMOUNT


class TestUnitsAndCurrencies:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("万元", (10**4, "CNY")),
            ("元", (1, "CNY")),
            ("亿美元", (10**8, "USD")),
            ("百万", (10**6, None)),
            ("CNY", (1, "CNY")),
            ("10k usd", (10**4, "USD")),
            ("必填", None),
            ("", None),
            ("5", None),
            ("5万元", None),
            ("1e9999999999999999999元", None),
        ],
    )
    def test_units_of_columns(self, text: str, expected: tuple[int, str | None] | None) -> None:
        assert parse_unit(text) == expected

    def test_currencies(self) -> None:
        assert parse_currency("人民币") == "CNY"
        assert parse_currency("us$") == "USD"
        assert parse_currency("sek") == "SEK"
        with pytest.raises(ParseError, match="currency"):
            parse_currency("贝壳")


MONEY_LIKE = "0123456789.,-~至万亿千百数元美$ k+上以下超几约()"
AMOUNTS = st.integers(min_value=0, max_value=LARGEST_AMOUNT * MINOR_PER_UNIT)


class TestProperties:
    @given(AMOUNTS)
    def test_what_is_written_is_read_back(self, minor: int) -> None:
        whole, cents = divmod(minor, MINOR_PER_UNIT)
        for text in (
            f"{whole}.{cents:02d}",
            f"¥{whole:,}.{cents:02d}",
            f"{whole:,}.{cents:02d} 元",
        ):
            assert parse_amount(text).low_minor == minor

    @given(AMOUNTS, AMOUNTS)
    def test_larger_numbers_give_larger_amounts(self, a: int, b: int) -> None:
        low, high = sorted((a, b))
        first, second = (parse_amount(f"{n // 100}.{n % 100:02d}元") for n in (low, high))
        assert first.low_minor is not None
        assert second.low_minor is not None
        assert first.low_minor <= second.low_minor

    @given(st.integers(1, 10**6), st.integers(1, 10**6))
    def test_ranges_keep_their_ends(self, a: int, b: int) -> None:
        low, high = sorted((a, b))
        amount = parse_amount(f"{low}-{high}万元")
        assert (amount.low_minor, amount.high_minor) == (low * WAN, high * WAN)

    @given(st.text(max_size=12) | st.text(alphabet=MONEY_LIKE, max_size=10))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        try:
            amount = parse_amount(text)
        except ParseError:
            return
        assert (amount.low_minor is None) == (amount.high_minor is None)
        if amount.low_minor is not None and amount.high_minor is not None:
            assert 0 <= amount.low_minor <= amount.high_minor
