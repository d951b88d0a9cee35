"""Headers, targets and units."""

from __future__ import annotations

import pytest

from data import columns as col
from data.errors import ParseError
from data.importers.conversions import header_unit
from data.importers.headers import (
    SHARED,
    SPECIFIC,
    accepted_headers,
    find_target,
    headers_of,
    is_left_out,
    near_headers,
    read_header,
)
from data.importers.targets import TARGETS
from data.labels import WORDS, folded, words_of
from data.records import Base, Event, Firm, Institution, InstitutionKind, Need, Offer, Record
from data.schema import ID_COLUMN, columns_of

TYPES = sorted(SPECIFIC, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("record_type", TYPES)
def test_every_column_has_a_chinese_header(record_type: type[Record]) -> None:
    known = {**SHARED, **SPECIFIC[record_type]}
    filled = {
        name
        for header in known
        if header in TARGETS[record_type]
        for name in (header, *TARGETS[record_type][header].fills)
    }
    missing = {column.name for column in columns_of(record_type)} - filled
    assert missing <= {col.AMOUNT_LOW_MINOR, col.AMOUNT_HIGH_MINOR} | {col.CURRENCY}


@pytest.mark.parametrize("record_type", TYPES)
def test_every_target_of_the_dictionary_exists(record_type: type[Record]) -> None:
    assert set(SPECIFIC[record_type]) <= set(TARGETS[record_type])


@pytest.mark.parametrize("record_type", TYPES)
def test_headers_find_their_own_target_in_both_languages(record_type: type[Record]) -> None:
    for name, headers in SPECIFIC[record_type].items():
        for header in headers:
            assert find_target(record_type, header) is not None, header
        assert find_target(record_type, name) == (name, "")
    for chinese in (True, False):
        for name, header in headers_of(record_type, chinese=chinese).items():
            found = find_target(record_type, header)
            assert found is not None
            assert found[0] == name


def test_no_header_of_a_type_means_two_things() -> None:
    for record_type, targets in SPECIFIC.items():
        seen: dict[str, str] = {}
        for name, headers in targets.items():
            for header in headers:
                assert seen.setdefault(read_header(header).plain, name) == name, (
                    record_type,
                    header,
                )


def test_records_are_all_covered() -> None:
    assert set(SPECIFIC) == set(TARGETS) == set(ID_COLUMN)


@pytest.mark.parametrize(
    ("record_type", "header", "expected"),
    [
        (Need, "融资金额（万元）", ("amount", "万元")),
        (Need, "融资金额万元", ("amount", "万元")),
        (Need, "金额[亿美元]", ("amount", "亿美元")),
        (Need, "金额：元", ("amount", "元")),
        (Firm, " 企业 名称 * ", (col.NAME, "")),
        (Firm, "Company_Name", (col.NAME, "")),
        (Firm, "成立日期(必填)", (col.FOUNDED_ON, "必填")),
        (Need, "企业名称", ("firm_name", "")),
        (Institution, "名称", (col.NAME, "")),
        (Offer, "机构名称", ("institution_name", "")),
        (Event, "amount_minor", (col.AMOUNT_MINOR, "")),
        (Base, "不存在", None),
    ],
)
def test_find_target(
    record_type: type[Record], header: str, expected: tuple[str, str] | None
) -> None:
    assert find_target(record_type, header) == expected


def test_personal_data_is_left_out() -> None:
    assert is_left_out("联系电话")
    assert is_left_out("法定代表人（必填）")
    assert not is_left_out("企业名称")


def test_near_headers() -> None:
    assert "成立日期" in near_headers(Firm, "成立的日期")
    assert near_headers(Firm, "qqqqqq") == []


def test_accepted_headers_name_what_would_fill_a_column() -> None:
    assert accepted_headers(Need, col.FIRM_ID) == ["企业编号", "统一社会信用代码", "企业名称"]
    assert accepted_headers(Event, col.OFFER_ID) == ["产品编号", "产品名称"]


class TestUnits:
    @pytest.mark.parametrize(
        ("remark", "expected"),
        [
            ("万元", (10**4, "CNY")),
            ("单位:万元", (10**4, "CNY")),
            ("必填,亿美元", (10**8, "USD")),
            ("必填", (1, None)),
            ("", (1, None)),
            ("usd", (1, "USD")),
        ],
    )
    def test_read(self, remark: str, expected: tuple[int, str | None]) -> None:
        assert header_unit("金额", remark) == expected

    def test_a_unit_that_cannot_be_read_is_refused(self) -> None:
        with pytest.raises(ParseError, match="unit '大约几万元吧' of the column '金额'"):
            header_unit("金额", "大约几万元吧")


class TestLabels:
    def test_every_value_has_words(self) -> None:
        for member, words in WORDS.items():
            assert words
            assert words_of(type(member))[folded(words[0])] == member.value

    def test_words_are_compared_without_blanks_quotes_and_width(self) -> None:
        words = words_of(InstitutionKind)
        assert words[folded(" “银行” ")] == words[folded("ＢＡＮＫ")] == "bank"

    def test_no_word_means_two_values(self) -> None:
        for choice in {type(member) for member in WORDS}:
            seen: dict[str, str] = {}
            for member in choice:
                for word in WORDS[member]:
                    assert seen.setdefault(folded(word), member) == member
