from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eval.charts import INSET, Axis, curve, lorenz_curve, nice_ticks, tick_digits
from eval.intervals import Interval


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, (0.0, 0.25, 0.5, 0.75, 1.0)),
        (0, 0.24, (0.0, 0.1, 0.2, 0.3)),
        (-0.03, 0.05, (-0.04, -0.02, 0.0, 0.02, 0.04, 0.06)),
        (3, 3, (1.0, 2.0, 3.0, 4.0, 5.0)),
    ],
)
def test_ticks_are_round_and_enclose_the_values(low: float, high: float, ticks: tuple[float, ...]):
    assert nice_ticks(low, high) == ticks


@given(low=st.floats(-1e3, 1e3), width=st.floats(0, 1e3))
@example(low=0.0, width=5e-324)
def test_ticks_always_enclose_and_stay_few(low: float, width: float):
    ticks = nice_ticks(low, low + width)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= low + width - 1e-6
    assert 2 <= len(ticks) <= 8


def test_an_axis_maps_its_ends_inside_the_cell():
    axis = Axis.spanning([Interval(0.2, 0.1, 0.3)], with_zero=True)
    assert axis.low == 0
    assert axis.percent(axis.low) == INSET
    assert axis.percent(axis.high) == 100 - INSET
    assert axis.percent(99) == 100 - INSET  # never outside


def test_an_axis_of_nothing_is_the_unit_axis():
    assert (Axis.spanning([]).low, Axis.spanning([]).high) == (0.0, 1.0)


def test_digits_tell_ticks_apart():
    assert tick_digits((0.0, 0.25)) == 2
    assert tick_digits((0.0, 5.0)) == 0
    assert tick_digits((0.0, 0.5, 1.0)) == 1


def test_curves_have_their_origin_at_the_lower_left():
    assert curve([0, 1], [0, 1], size=100) == "0.0,100.0 100.0,0.0"
    assert lorenz_curve([0, 0.2, 1], size=10) == "0.0,10.0 5.0,8.0 10.0,0.0"
