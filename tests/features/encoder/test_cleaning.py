"""Texts as people paste them."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import ArgumentError
from features.encoder.protocol import MAX_CHARACTERS, EncoderInfo, check_vectors, clean_text

INFO = EncoderInfo("toy", "f", 2)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        (" \t\n\u3000", ""),
        ("\x00\x01\x1f", ""),
        ("芯", "芯"),
        ("ＡＩ芯片", "AI芯片"),
        ("芯\x00片\r\n\r\n设计", "芯 片 设计"),
        ("a\u200bb", "a b"),
        ("лазер レーザー 레이저 ليزر", "лазер レーザー 레이저 ليزر"),
        ("lone \ud800 half", "lone half"),
    ],
)
def test_clean(text: str, cleaned: str):
    assert clean_text(text) == cleaned


def test_a_text_of_100_000_characters_is_cut():
    assert clean_text("长" * 100_000) == "长" * MAX_CHARACTERS


def test_vectors_of_the_wrong_dimension():
    with pytest.raises(ArgumentError, match=r"toy must give vectors of the shape \(1, 2\); got"):
        check_vectors(np.ones((1, 3), np.float32), 1, info=INFO)


@pytest.mark.parametrize("row", [(1.0, 1.0), (np.nan, 0.0), (np.inf, 0.0)])
def test_vectors_that_are_not_of_length_1(row: tuple[float, float]):
    with pytest.raises(ArgumentError, match="1 of 2 are not, the first is row 1"):
        check_vectors(np.array([(1, 0), row], np.float32), 2, info=INFO)


def test_zero_vectors_are_texts_without_content():
    assert not check_vectors(np.zeros((1, 2), np.float32), 1, info=INFO).any()
