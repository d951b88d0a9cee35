"""One number determines how big a world is."""

from __future__ import annotations

import pytest

from data.demo import PRESETS, DemoSize
from data.demo.size import MAX_BASES, size_from
from data.errors import ArgumentError


@pytest.mark.parametrize(
    ("name", "firms", "offers"),
    [
        ("small", 300, 80),
        ("medium", 3_000, 400),
        ("large", 100_000, 20_000),
        ("huge", 1_000_000, 20_000),
    ],
)
def test_presets_are_the_documented_points(name, firms, offers):
    assert (PRESETS[name].firms, PRESETS[name].offers) == (firms, offers)


def test_between_two_points_the_curve_is_straight_in_logarithms():
    firms = round((300 * 3_000) ** 0.5)
    assert DemoSize.of_firms(firms).offers == round((80 * 400) ** 0.5)


def test_offers_and_bases_never_shrink_as_firms_grow():
    sizes = [DemoSize.of_firms(n) for n in (20, 100, 300, 1_000, 10_000, 100_000, 2_000_000)]
    assert sorted(s.offers for s in sizes) == [s.offers for s in sizes]
    assert sizes[-1].bases == MAX_BASES


def test_every_way_of_naming_a_size():
    assert size_from("medium") == size_from(3_000) == DemoSize.of_firms(3_000)
    assert size_from(PRESETS["small"]) is PRESETS["small"]
    assert size_from((300, 40)).offers == 40


@pytest.mark.parametrize("bad", [0, -5, 19, 10**9, "gigantic", (300,), (300, 5), True, (300, 80.5)])
def test_impossible_sizes_say_what_to_do(bad):
    with pytest.raises(ArgumentError) as caught:
        size_from(bad)
    assert caught.value.remedy
