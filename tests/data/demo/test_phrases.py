"""The phrase grammar does what its brackets say."""

from __future__ import annotations

import numpy as np
import pytest

from data.demo.phrases import Dice, expand, row_seeds
from data.errors import ArgumentError


def every(template: str, **slots: str) -> set[str]:
    return {expand(template, slots, dice=Dice(seed * 7919)) for seed in range(400)}


def test_plain_text_and_slots():
    assert every("在{city}做模具", city="无锡") == {"在无锡做模具"}


def test_a_slot_value_is_final():
    assert every("{city}", city="<甲|乙>") == {"<甲|乙>"}


def test_choices_may_nest_and_may_be_empty():
    assert every("<甲|乙<丙|丁>|>。") == {"甲。", "乙丙。", "乙丁。", "。"}


def test_numbers_with_step_decimals_and_leading_zero():
    assert every("<2-4>") == {"2", "3", "4"}
    assert every("<10-30/10>万") == {"10万", "20万", "30万"}
    assert every("<0.2-0.4>") == {"0.2", "0.3", "0.4"}
    assert every("0.<02-04>") == {"0.02", "0.03", "0.04"}


def test_a_word_with_a_hyphen_is_no_range():
    assert every("<Pre-A轮|A轮>") == {"Pre-A轮", "A轮"}


@pytest.mark.parametrize("template", ["<甲|乙", "甲>", "甲|乙", "<甲<乙>"])
def test_unpaired_brackets_are_an_error(template):
    with pytest.raises(ArgumentError, match="do not pair"):
        expand(template, {}, dice=Dice(1))


def test_an_unknown_slot_is_an_error():
    with pytest.raises(KeyError):
        expand("{nobody}", {}, dice=Dice(1))


def test_dice_cover_their_range_evenly():
    dice = Dice(3)
    counts = np.bincount([dice.below(6) for _ in range(6_000)], minlength=6)
    assert counts.min() > 850
    assert counts.max() < 1_150


def test_several_are_different_and_at_most_all():
    drawn = Dice(5).several(["a", "b", "c"], 5)
    assert sorted(drawn) == ["a", "b", "c"]


def test_row_seeds_depend_on_seed_stream_and_row_alone():
    rows = np.arange(1_000)
    seeds = row_seeds(7, stream="firm", rows=rows)
    assert len(np.unique(seeds)) == 1_000
    assert np.array_equal(row_seeds(7, stream="firm", rows=rows[500:]), seeds[500:])
    assert not np.array_equal(row_seeds(7, stream="need", rows=rows), seeds)
    assert not np.array_equal(row_seeds(8, stream="firm", rows=rows), seeds)
