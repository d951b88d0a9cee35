"""Damaged text is found, sound text is not."""

from __future__ import annotations

import datetime as dt

import pytest

from data.catalogue import Catalogue
from data.records import Firm
from data.validation import Status, validate
from data.validation.damage import is_damaged

SOUND = [
    "中文公司",
    "联通",
    "江苏省苏州市工业园区人工智能与机器人有限公司",
    "（有限合伙）",
    "鑫鑫鑫淼",
    "涓涓细流",
    "龘靐齉",
    "David Le Hénaff",
    "Société Générale",
    "Strauß–Kahn",
    "SÃO PAULO",
    "CAFÉ»",
    "Crédit Agricole’s",
    "naïve – x",
    "plain",
    "",
]
CHINESE = ["中文公司", "江苏省苏州市", "科技有限公司", "研发、生产与销售（软件）"]


@pytest.mark.parametrize("text", SOUND)
def test_sound_text(text: str) -> None:
    assert not is_damaged(text)


@pytest.mark.parametrize("text", [*CHINESE, "é", "Société"])
def test_utf_8_read_as_latin(text: str) -> None:
    assert is_damaged(text.encode().decode("latin-1"))
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    windows = "".join(
        chr(byte) if byte in undefined else bytes([byte]).decode("cp1252") for byte in text.encode()
    )
    assert is_damaged(windows)


@pytest.mark.parametrize("text", CHINESE)
def test_utf_8_read_as_gbk(text: str) -> None:
    assert is_damaged(text.encode().decode("gb18030", "ignore"))
    assert is_damaged(text.encode().decode("gb18030", "replace"))


@pytest.mark.parametrize("text", ["a\ufffdb", "公司锟斤拷", "烫烫烫烫"])
def test_lost_bytes(text: str) -> None:
    assert is_damaged(text)


def test_the_check_counts_rows_and_shows_texts() -> None:
    names = [*CHINESE, *(text.encode().decode("latin-1") for text in CHINESE[:2])]
    firms = [Firm(firm_id=f"firm_{i}", name=name) for i, name in enumerate(names)]
    report = validate(Catalogue.from_records(firms), today=dt.date(2024, 1, 1))
    result = report.get("damaged_text")
    assert result.status is Status.FAIL
    assert result.finding.count == 2
    assert result.finding.examples[0].startswith("firm.name ")
