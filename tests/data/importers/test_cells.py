"""Single cells."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ParseError
from data.importers import cells


class TestDates:
    @pytest.mark.parametrize(
        "text",
        [
            "2020-01-02",
            "2020/1/2",
            "2020.1.2",
            "2020年1月2日",
            "2020年01月02号",
            "２０２０年１月２日",
            "20200102",
            "43832",
            "43832.0",
            "2020-01-02 10:11:12",
            "2020-01-02T10:11:12.5Z",
        ],
    )
    def test_forms(self, text: str) -> None:
        assert cells.parse_date(text) == dt.date(2020, 1, 2)

    @pytest.mark.parametrize(
        "text",
        ["2020-13-01", "2020-02-30", "2020", "2020-05", "x", "2020-1-2x", "99", "0000-01-01"],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ParseError, match="2020-01-31"):
            cells.parse_date(text)

    def test_day_and_month_that_cannot_be_told_apart_are_said_so(self) -> None:
        with pytest.raises(ParseError, match="cannot be told apart"):
            cells.parse_date("1/2/2020")

    def test_months_and_years_where_they_will_do(self) -> None:
        assert cells.parse_date("2020年", partial=True) == dt.date(2020, 1, 1)
        assert cells.parse_date("2020年3月", partial=True) == dt.date(2020, 3, 1)
        assert cells.parse_date("2020-03", partial=True) == dt.date(2020, 3, 1)

    @given(st.dates(min_value=dt.date(1000, 1, 1)))
    def test_every_date_in_every_form(self, day: dt.date) -> None:
        for text in (
            day.isoformat(),
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day:%Y%m%d}".rjust(8, "0"),
        ):
            assert cells.parse_date(text) == day

    @given(st.integers(cells.EXCEL_SERIALS.start, cells.EXCEL_SERIALS.stop - 1))
    def test_excel_serials_follow_each_other(self, serial: int) -> None:
        assert cells.parse_date(str(serial)) == cells.EXCEL_DAY_ZERO + dt.timedelta(days=serial)


class TestInstants:
    def test_without_a_zone(self) -> None:
        china = cells.parse_offset("+08:00")
        at = cells.parse_instant("2020-01-02 10:00", zone=china)
        assert at == dt.datetime(2020, 1, 2, 2, tzinfo=dt.UTC)
        assert cells.parse_instant("2020/1/2 10:00:30") == dt.datetime(
            2020, 1, 2, 10, 0, 30, tzinfo=dt.UTC
        )

    def test_a_zone_of_its_own_counts(self) -> None:
        at = cells.parse_instant("2020-01-02T10:11:12.25-0130", zone=cells.parse_offset("+08:00"))
        assert at == dt.datetime(2020, 1, 2, 11, 41, 12, 250_000, tzinfo=dt.UTC)

    def test_a_date_stays_that_date(self) -> None:
        at = cells.parse_instant("2020-01-02", zone=cells.parse_offset("+08:00"))
        assert at == dt.datetime(2020, 1, 2, tzinfo=dt.UTC)

    @pytest.mark.parametrize("text", ["2020-01-02 25:00", "2020-01-02 10:99", "10:00"])
    def test_refused(self, text: str) -> None:
        with pytest.raises(ParseError):
            cells.parse_instant(text)

    def test_offsets(self) -> None:
        with pytest.raises(ParseError, match=r"\+08:00"):
            cells.parse_offset("Asia/Shanghai")


class TestNumbers:
    def test_counts(self) -> None:
        assert cells.parse_count("1,234") == 1234
        assert cells.parse_count("约50人") == 50
        assert cells.parse_count("12.0") == 12
        for text in ("12.5", "abc", "1e-30", ""):
            with pytest.raises(ParseError, match="whole number"):
                cells.parse_count(text)
        with pytest.raises(ParseError, match="between 0"):
            cells.parse_count("-3")
        with pytest.raises(ParseError, match="between 0"):
            cells.parse_count("1e30")

    def test_hundredths(self) -> None:
        assert cells.parse_hundredths("150000") == 150_000
        with pytest.raises(ParseError, match="hundredths"):
            cells.parse_hundredths("1.5")
        with pytest.raises(ParseError, match="negative"):
            cells.parse_hundredths("-1")

    def test_percentages(self) -> None:
        assert cells.parse_percent("4.35%") == cells.parse_percent("年化 4.35") == 4.35
        assert cells.parse_percent("3‰") == 0.3
        assert cells.parse_percent_range("3.85%-4.5%") == (3.85, 4.5)
        assert cells.parse_percent_range("4%") == (4.0, 4.0)
        for text in ("LPR+40bp", "150%", "-1%"):
            with pytest.raises(ParseError):
                cells.parse_percent(text)
        with pytest.raises(ParseError, match="downwards"):
            cells.parse_percent_range("5%-4%")
        with pytest.raises(ParseError, match="range"):
            cells.parse_percent_range("1%-2%-3%")

    def test_terms(self) -> None:
        assert cells.parse_months("36") == cells.parse_months("3年") == 36
        assert cells.parse_months("90天") == 3
        assert cells.parse_months("不超过36个月") == 36
        assert cells.parse_month_range("1-3年") == (12, 36)
        assert cells.parse_month_range("6个月-3年") == (6, 36)
        assert cells.parse_month_range("3年以内") == (None, 36)
        assert cells.parse_month_range("1年以上") == (12, None)
        for text in ("1-3年", "long", "1-2-3"):
            with pytest.raises(ParseError):
                cells.parse_months(text)
        with pytest.raises(ParseError, match="downwards"):
            cells.parse_month_range("3-1年")
        with pytest.raises(ParseError, match="century"):
            cells.parse_months("1000年")


READERS = [
    cells.parse_date,
    cells.parse_instant,
    cells.parse_offset,
    cells.parse_count,
    cells.parse_hundredths,
    cells.parse_percent,
    cells.parse_percent_range,
    cells.parse_months,
    cells.parse_month_range,
    cells.parse_flag,
    cells.parse_list,
]


class TestAnyText:
    @pytest.mark.parametrize("reader", READERS)
    @given(text=st.text(max_size=15) | st.text("0123456789.-+/:年月日e%‰个以上至 Tz", max_size=15))
    def test_is_read_or_refused(self, reader: Callable[[str], object], text: str) -> None:
        with contextlib.suppress(ParseError):
            reader(text)

    @pytest.mark.parametrize("reader", READERS)
    @pytest.mark.parametrize("text", ["9" * 5000, "1e9999999999999999999", "+99:00", "1e-99"])
    def test_monstrous_numbers(self, reader: Callable[[str], object], text: str) -> None:
        with contextlib.suppress(ParseError):
            reader(text)


class TestOthers:
    def test_yes_and_no(self) -> None:
        assert all(cells.parse_flag(text) for text in ("是", "有", "Yes", "TRUE", "1", "√"))
        assert not any(cells.parse_flag(text) for text in ("否", "无", "no", "F", "0", "×"))
        with pytest.raises(ParseError, match="neither"):
            cells.parse_flag("maybe")

    def test_lists(self) -> None:
        assert cells.parse_list("a、b，c；a|d\ne") == ("a", "b", "c", "d", "e")
        assert cells.parse_list(" 、 ") == ()

    def test_unknown(self) -> None:
        assert cells.is_unknown(" 未披露 ")
        assert cells.is_unknown("－")
        assert not cells.is_unknown("0")
