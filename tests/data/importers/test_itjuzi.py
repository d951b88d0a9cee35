"""The IT桔子 importer on a hand-made folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.errors import EmptyInputError, MissingColumnError, ParseError
from data.importers.itjuzi import DECLARED_ON, read
from data.records import NeedKind

Write = Callable[..., Path]
D1, D2 = dt.datetime(2014, 5, 1), dt.datetime(2015, 6, 2)

EVENTS: dict[str, list[Any]] = {
    "event_url": ["u1", "u2", "u2", "u3", "u4", "u5"],
    "date": [D2, D1, D1, D1, D1, D2],
    "company": ["甲\t网", "甲 网", "甲 网", "乙", None, "丙"],
    "field": ["游戏", "教育", "教育", "上海", "旅游", "金融"],
    "place": ["上海", "北京", "北京", "A轮", "广东", "江苏"],
    "round": ["B轮", "A轮", "A轮", "某某网络", "天使轮", "不明确"],
    "amount": ["1.35亿美元", "数百万人民币", "数千万人民币", "未透露", "100万人民币", "乱写"],
    "investor": ["红杉", "红杉", "经纬  中国", "IDG", "IDG", "投资方未透露"],
    "undisclosed": [False, False, False, False, False, True],
}
PROFILES: dict[str, list[Any]] = {
    "investor": ["红杉", "没有交易", "红杉"],
    "fields": ["教育|游戏|教育", "旅游", ""],
    "stages": ["A轮|B轮", "", ""],
    "place": ["北京|上海", "广东", ""],
}


@pytest.fixture
def folder(write: Write) -> Path:
    return write("events.parquet", EVENTS)


def test_rounds_and_links(folder: Path) -> None:
    catalogue = read(folder).catalogue()
    assert catalogue.needs.strings("source_key").tolist() == [
        *("乙@2014-05-01", "甲_网@2014-05-01"),
        *("丙@2015-06-02", "甲_网@2015-06-02"),
    ]
    assert sorted(catalogue.events.ids.ids) == [
        "event_itjuzi_乙@2014-05-01~IDG",
        "event_itjuzi_甲_网@2014-05-01~红杉",
        "event_itjuzi_甲_网@2014-05-01~经纬_中国",
        "event_itjuzi_甲_网@2015-06-02~红杉",
    ]
    assert "inst_itjuzi_投资方未透露" not in catalogue.institutions.ids


def test_amounts_have_number_currency_and_band(folder: Path) -> None:
    needs = read(folder).catalogue().needs
    largest = needs.get("need_itjuzi_甲_网@2014-05-01")
    assert (largest.amount_low_minor, largest.amount_high_minor) == (10**7 * 100, 10**8 * 100)
    assert largest.currency == "CNY"
    dollars = needs.get("need_itjuzi_甲_网@2015-06-02")
    assert dollars.amount_low_minor == dollars.amount_high_minor == 135_000_000 * 100
    assert dollars.currency == "USD"
    assert dollars.kind is NeedKind.EQUITY
    unclear = needs.get("need_itjuzi_丙@2015-06-02")
    assert unclear.amount_low_minor is unclear.stage is None


def test_firms_are_what_their_first_round_says(folder: Path) -> None:
    firms = read(folder).catalogue().firms
    first = firms.get("firm_itjuzi_甲_网")
    assert (first.name, first.country, first.province) == ("甲 网", "CHN", "北京")
    assert first.sectors == ("教育",)


def test_a_shifted_row_keeps_its_round_and_loses_its_attributes(folder: Path) -> None:
    result = read(folder)
    firm = result.catalogue().firms.get("firm_itjuzi_乙")
    assert firm.province is None
    assert firm.sectors == ()
    assert result.catalogue().needs.get("need_itjuzi_乙@2014-05-01").stage is None
    assert [(r.line, r.column, r.value) for r in result.rejects] == [
        (4, "place", "A轮"),
        (5, "company", ""),
        (6, "amount", "乱写"),
    ]


def test_profiles_look_ahead_and_are_read_on_request_only(folder: Path, write: Write) -> None:
    write("institution_profiles.parquet", PROFILES)
    silent = read(folder).catalogue().institutions.get("inst_itjuzi_红杉")
    assert silent.sectors == ()
    assert silent.declared_on is None
    result = read(folder, declared=True)
    institutions = result.catalogue().institutions
    told = institutions.get("inst_itjuzi_红杉")
    assert told.sectors == ("教育", "游戏")
    assert told.stages == ("A轮", "B轮")
    assert told.regions == ("北京", "上海")
    assert told.declared_on == DECLARED_ON
    assert institutions.get("inst_itjuzi_IDG").declared_on is None
    assert "inst_itjuzi_没有交易" not in institutions.ids
    assert list(result.rejects)[-1].file == "institution_profiles.parquet"


def test_profiles_may_be_absent(folder: Path) -> None:
    institutions = read(folder, declared=True).catalogue().institutions
    assert institutions.get("inst_itjuzi_红杉").declared_on is None


def test_bad_input(tmp_path: Path, write: Write) -> None:
    with pytest.raises(EmptyInputError, match="events"):
        read(tmp_path)
    write("events.parquet", {**EVENTS, "undisclosed": ["no"] * 6})
    with pytest.raises(ParseError, match="not true or false"):
        read(tmp_path)
    write("events.parquet", {k: v for k, v in EVENTS.items() if k != "company"})
    with pytest.raises(MissingColumnError, match="company"):
        read(tmp_path)
