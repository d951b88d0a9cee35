"""What a side shares is taken away, by language, where there is enough of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.errors import ArgumentError, BundleDamagedError
from features.encoder.centring import Centring, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("芯片设计", "zh"),
        ("AI 芯片", "zh"),
        ("a chip designer from 苏州, sold in forty countries", "en"),
        ("Seed fund", "en"),
        ("", "en"),
        ("2026", "en"),
    ],
)
def test_language(text: str, language: str):
    assert language_of(text) == language


def unit(*row: float) -> list[float]:
    return (np.array(row) / np.linalg.norm(row)).tolist()


def test_means_are_of_one_side_and_language():
    vectors = np.array([unit(3, 4), unit(4, 3), unit(0, 1), unit(1, 0)], np.float32)
    texts = ["甲", "乙", "x", "y"]
    centring = Centring.fit({"firm": (texts, vectors)}, fingerprint="f", fewest=2)
    np.testing.assert_allclose(centring.means["firm", "zh"], (0.7, 0.7), rtol=1e-6)
    centred = centring.apply("firm", texts, vectors)
    np.testing.assert_allclose(centred[0], unit(0.6 - 0.7, 0.8 - 0.7), rtol=1e-4)
    np.testing.assert_allclose(centred[2], unit(-0.5, 0.5), rtol=1e-5)


def test_a_small_side_takes_the_mean_of_both():
    firms = (["甲", "乙"], np.array([(1, 0), (1, 0)], np.float32))
    offers = (["丙"], np.array([(0, 1)], np.float32))
    centring = Centring.fit({"firm": firms, "offer": offers}, fingerprint="f", fewest=2)
    np.testing.assert_allclose(centring.means["firm", "zh"], (1, 0))
    np.testing.assert_allclose(centring.means["offer", "zh"], (2 / 3, 1 / 3), rtol=1e-6)


def test_with_too_few_texts_nothing_is_taken_away():
    vectors = np.array([(1, 0)], np.float32)
    centring = Centring.fit({"firm": (["甲"], vectors)}, fingerprint="f")
    assert centring.means == {}
    assert np.array_equal(centring.apply("firm", ["甲"], vectors), vectors)


def test_empty_texts_neither_count_nor_move():
    vectors = np.array([(1, 0), (0, 0)], np.float32)
    centring = Centring.fit({"firm": (["甲", "乙"], vectors)}, fingerprint="f", fewest=1)
    np.testing.assert_allclose(centring.means["firm", "zh"], (1, 0))
    assert not centring.apply("firm", ["乙"], vectors[1:]).any()


def test_vectors_of_the_wrong_dimension():
    centring = Centring("f", {("firm", "zh"): np.ones(3, np.float32)})
    with pytest.raises(ArgumentError, match="dimension 3; got vectors of 2"):
        centring.apply("firm", ["甲"], np.ones((1, 2), np.float32))


def test_it_is_kept_as_json():
    centring = Centring("f", {("firm", "zh"): np.array([0.5, 0.25], np.float32)})
    again = Centring.from_dict(json.loads(json.dumps(centring.to_dict())))
    assert again.fingerprint == "f"
    assert np.array_equal(again.means["firm", "zh"], centring.means["firm", "zh"])


@pytest.mark.parametrize("content", [{}, {"fingerprint": "f", "means": [1]}])
def test_other_json_is_refused(content: dict[str, object]):
    with pytest.raises(BundleDamagedError, match="centred"):
        Centring.from_dict(content)
