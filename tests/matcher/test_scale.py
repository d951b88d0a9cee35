"""The match score: monotone, between 0 and 100."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ArgumentError, EmptyInputError
from matcher.scale import MatchScale


def log_odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


def test_the_ends_are_0_and_100_and_log_odds_are_even_between():
    scale = MatchScale(0.01, 0.5)
    expected = 100 * (log_odds(0.1) - log_odds(0.01)) / (log_odds(0.5) - log_odds(0.01))
    scores = scale.score([0.001, 0.01, 0.1, 0.5, 0.9])
    np.testing.assert_allclose(scores, [0, 0, expected, 100, 100])


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_a_likelier_pair_never_scores_less(probabilities):
    scores = MatchScale().score(sorted(probabilities))
    assert (np.diff(scores) >= 0).all()
    assert ((scores >= 0) & (scores <= 100)).all()


def test_it_spans_the_pairs_of_past_shortlists():
    values = np.linspace(0.001, 0.4, 10_001)
    scale = MatchScale.fit(values)
    assert scale.low == np.quantile(values, 0.05)
    assert scale.high == np.quantile(values, 0.999)


@pytest.mark.parametrize("values", [[], [0.1, 0.1, 0.1]])
def test_pairs_that_are_all_alike_give_no_scale(values):
    with pytest.raises(EmptyInputError, match="different probability"):
        MatchScale.fit(values)


@pytest.mark.parametrize("ends", [(0.0, 0.5), (0.5, 0.5), (0.2, 1.0), (0.6, 0.2)])
def test_ends_must_rise_inside_0_and_1(ends):
    with pytest.raises(ArgumentError, match="must rise inside"):
        MatchScale(*ends)
