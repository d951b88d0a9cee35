"""Lists of ranked pairs: aligned figures, and lines that break where they may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from service.cli.layout import Block, Line, block, broken, head

WIDTH = 60


def rows_of(pair: Block) -> list[str]:
    return [row.plain for row in block(pair, width=WIDTH)]


def pair(name: str = "琼花渡·小微周转贷", *lines: Line) -> Block:
    return Block(3, name, "87", "3.2%", Text("✓ met", style="green"), lines)


def test_figures_stand_in_columns():
    heading = next(iter(head("score", "chance", "conditions", width=WIDTH))).plain
    first, second = rows_of(pair())[0], rows_of(pair("short"))[0]

    def column(row: str, text: str) -> int:
        return cell_len(row[: row.index(text) + len(text)])

    assert column(first, "87") == column(second, "87") == column(heading, "score")
    assert column(first, "3.2%") == column(heading, "chance")
    assert first.startswith("  3  琼花渡")


def test_a_long_name_is_cut_with_a_mark():
    row = rows_of(pair("很长的名字" * 20))[0]
    assert "…" in row
    assert cell_len(row) <= WIDTH


def test_a_line_hangs_below_its_sign():
    rows = rows_of(
        pair("甲", Line("把地区、行业、阶段和金额合起来看，与该机构的成交记录吻合。" * 2, "+"))
    )
    assert rows[1].startswith("     + 把")
    assert rows[2].startswith("       ")
    assert not rows[2].startswith("       +")


def test_chinese_breaks_between_characters_but_not_before_a_mark():
    words = "一二三四五六七八九十。"
    assert broken(words, 20) == ["一二三四五六七八九", "十。"]
    assert broken(words, 22) == [words]


def test_english_breaks_between_words():
    assert broken("one two three four", 9) == ["one two", "three", "four"]


def test_a_word_that_is_too_long_is_cut():
    assert broken("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]


def test_nothing_is_one_empty_row():
    assert broken("", 10) == [""]


@given(st.text(alphabet="一二三，。、 abc·%（）", max_size=80), st.integers(8, 40))
def test_no_row_is_too_wide_and_nothing_is_lost(words: str, width: int):
    rows = broken(words, width)
    assert max(map(cell_len, rows)) <= width
    assert "".join("".join(rows).split()) == "".join(words.split())


@pytest.mark.parametrize("width", [60, 100])
def test_every_row_fits(width: int):
    lines = [Line("需求：股权 · 900万元 · Pre-A轮 · 渠道拓展 · 2026-10-23 提出" * 3, "?", "yellow")]
    assert all(cell_len(row.plain) <= width for row in block(pair("甲", *lines), width=width))
