from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ArgumentError
from matcher.reciprocal import COMBINATIONS, combine

PROBABILITY = st.floats(1e-6, 1)
WEIGHT = st.floats(0.05, 0.95)


def test_each_combination_by_hand():
    got = {name: combine([0.2], [0.8], combination=name).score[0] for name in COMBINATIONS}
    assert got["product"] == pytest.approx(0.2 * 0.8)
    assert got["geometric_mean"] == pytest.approx(math.sqrt(0.2 * 0.8))
    assert got["harmonic_mean"] == pytest.approx(2 * 0.2 * 0.8 / (0.2 + 0.8))


def test_weights_by_hand():
    got = {
        name: combine([0.2], [0.8], combination=name, firm_weight=0.75).score[0]
        for name in COMBINATIONS
    }
    assert got["product"] == pytest.approx(0.2**1.5 * 0.8**0.5)
    assert got["geometric_mean"] == pytest.approx(0.2**0.75 * 0.8**0.25)
    assert got["harmonic_mean"] == pytest.approx(1 / (0.75 / 0.2 + 0.25 / 0.8))


def test_both_halves_are_shown():
    both = combine([0.1, 0.2], [0.3, 0.4])
    assert both.firm_side.tolist() == [0.1, 0.2]
    assert both.institution_side.tolist() == [0.3, 0.4]
    assert both.combination == "geometric_mean"
    assert len(both) == 2


def test_a_match_that_one_side_does_not_want_is_none():
    for name in COMBINATIONS:
        assert combine([0.0, 1.0, 0.0], [1.0, 0.0, 0.0], combination=name).score.tolist() == [0] * 3
        assert combine([1.0], [1.0], combination=name).score.tolist() == [1]


@pytest.mark.parametrize("name", COMBINATIONS)
@given(a=PROBABILITY, b=PROBABILITY, more=PROBABILITY, weight=WEIGHT)
def test_more_of_either_half_is_never_worse(name, a, b, more, weight):
    def score(one, other):
        return combine([one], [other], combination=name, firm_weight=weight).score[0]

    low, high = sorted((a, more))
    assert score(high, b) >= score(low, b) * (1 - 1e-12)
    assert score(b, high) >= score(b, low) * (1 - 1e-12)
    assert 0 <= score(a, b) <= 1


@given(a=PROBABILITY, b=PROBABILITY, weight=WEIGHT)
def test_means_lie_between_the_halves_the_harmonic_one_lower(a, b, weight):
    harmonic = combine([a], [b], combination="harmonic_mean", firm_weight=weight).score[0]
    geometric = combine([a], [b], combination="geometric_mean", firm_weight=weight).score[0]
    rounding = 1 + 1e-9
    assert min(a, b) <= harmonic * rounding
    assert harmonic <= geometric * rounding
    assert geometric <= max(a, b) * rounding


@pytest.mark.parametrize("name", COMBINATIONS)
@given(a=PROBABILITY, b=PROBABILITY)
def test_even_weights_do_not_care_which_side_is_which(name, a, b):
    there, back = combine([a], [b], combination=name), combine([b], [a], combination=name)
    assert there.score[0] == pytest.approx(back.score[0])


@given(st.permutations(range(5)))
def test_permuting_the_pairs_permutes_the_scores(order):
    firm, institution = np.linspace(0.1, 0.9, 5), np.array([0.5, 0.1, 0.3, 0.9, 0.2])
    order = list(order)
    np.testing.assert_array_equal(
        combine(firm[order], institution[order]).score, combine(firm, institution).score[order]
    )


def test_bad_arguments_are_named():
    with pytest.raises(ArgumentError, match=r"firm_side must be probabilities; 2 of 3 .* is -0\.1"):
        combine([0.1, -0.1, np.nan], [0.1, 0.1, 0.1])
    with pytest.raises(ArgumentError, match=r"institution_side .* first is 1\.5"):
        combine([0.1], [1.5])
    with pytest.raises(ArgumentError, match=r"one shape; got \(1,\) and \(2,\)"):
        combine([0.1], [0.1, 0.2])
    for weight in (0, 1, np.nan):
        with pytest.raises(ArgumentError, match=f"between 0 and 1; got {weight}"):
            combine([0.1], [0.1], firm_weight=weight)
    with pytest.raises(ArgumentError, match="geometric_mean, harmonic_mean, product; got 'sum'"):
        combine([0.1], [0.1], combination="sum")
