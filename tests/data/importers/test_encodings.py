"""Encodings of text files."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import ParseError
from data.importers import encodings
from data.importers.encodings import MIXED, UNDECODABLE, detect

TEXT = "企业名称,城市\n甲科技有限公司,苏州\n乙,南京\n"


def lines_of(path: Path) -> list[str]:
    with detect(path).lines() as lines:
        return list(lines)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_each_encoding_is_found_and_read(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "a.csv"
    text = TEXT + "plain ascii,x\n" * 20
    path.write_bytes(text.encode(encoding))
    assert detect(path).encoding == found
    assert "".join(lines_of(path)) == text


def test_ascii_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert detect(path).encoding == "utf-8"
    assert detect(path).n_lines == 2


def test_big5_is_recognised_by_its_look(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = (
        "企業名稱,城市,說明\n" + "臺灣積體電路製造股份有限公司,新竹,晶圓代工與半導體製造服務\n" * 20
    )
    path.write_bytes(text.encode("big5"))
    assert detect(path).encoding in ("big5", "gb18030", "big5hkscs", "cp950")


def test_a_file_joined_from_two_encodings_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode("utf-8") + "丙公司,无锡\n".encode("gb18030"))
    assert detect(path).encoding == MIXED
    assert lines_of(path) == [*TEXT.splitlines(keepends=True), "丙公司,无锡\n"]


def test_short_chance_matches_do_not_make_a_file_mixed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    chance = bytes.fromhex("d2a2")  # valid UTF-8, and one character of GBK
    path.write_bytes(("科技有限公司\n" * 50).encode("gbk") + chance + b"\n")
    assert detect(path).encoding == "gb18030"
    assert lines_of(path)[-1] == chance.decode("gbk") + "\n"


def test_damage_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("甲,乙\n".encode("utf-8-sig") + b"\xff\xfe,x\n")
    assert UNDECODABLE in lines_of(path)[1]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(ParseError, match="no text file") as caught:
        detect(path)
    assert caught.value.remedy is not None


def test_bytes_that_nobody_recognises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoGuess:
        def best(self) -> None:
            return None

    monkeypatch.setattr(encodings, "from_bytes", lambda _: NoGuess())
    path = tmp_path / "a.csv"
    path.write_bytes(bytes([0x80, 0xFF, 0x0A]) * 50)
    with pytest.raises(ParseError, match=r"encoding of a\.csv cannot be recognised"):
        detect(path)
