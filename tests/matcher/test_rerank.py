from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import NO_ROW
from data.errors import ArgumentError
from matcher.index import unit_rows
from matcher.rerank import Likeness, RerankSettings, exposure_penalty, rerank

FREE = {"max_shift": 10**6, "max_loss": 1.0}
"""No bounds: the dials alone decide."""


def kinds(*values: int) -> Likeness:
    return Likeness(groups=np.array(values)[:, None], weights=(1.0,))


def test_with_both_dials_at_zero_the_list_stays_as_it_is():
    scores = [0.1, 0.9, 0.5, 0.5]
    off = RerankSettings()
    assert rerank(scores, 3, settings=off).tolist() == [1, 2, 3]
    assert rerank(
        scores, 9, settings=off, likeness=kinds(1, 1, 1, 1), penalty=[0, 1, 1, 0]
    ).tolist() == [1, 2, 3, 0]


def test_a_dial_without_anything_to_act_on_changes_nothing():
    full = RerankSettings(diversity=1, guard=1, **FREE)
    assert rerank([0.1, 0.9, 0.5], 3, settings=full).tolist() == [1, 2, 0]
    assert rerank([0.1, 0.9, 0.5], 3, settings=full, penalty=[0, 0, 0]).tolist() == [1, 2, 0]


def test_a_second_bank_gives_way_to_a_fund():
    """Banks 0, 1, 2 and fund 3: after one bank the fund is worth .5·.6/.9, a bank .5·.8/.9 - .5."""
    scores, likeness = [0.9, 0.8, 0.7, 0.6], kinds(1, 1, 1, 2)
    half = RerankSettings(diversity=0.5, **FREE)
    assert rerank(scores, 4, settings=half, likeness=likeness).tolist() == [0, 3, 1, 2]


def test_vectors_and_groups_count_by_the_larger_likeness():
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0]])
    likeness = Likeness(vectors, np.array([[7, 1], [8, 1], [7, NO_ROW]]), (1.0, 0.3))
    np.testing.assert_allclose(likeness.to(0), [1, max(0.8, 0.3), max(0, 1.0)])
    np.testing.assert_allclose(likeness.to(2), [1.0, 0, 1.0])
    nothing_known = Likeness(groups=np.array([[NO_ROW], [NO_ROW]]), weights=(1.0,))
    assert nothing_known.to(0).tolist() == [0, 0]


def test_the_loss_bound_holds_the_list_back():
    scores, likeness = [0.5, 0.5, 0.1], kinds(1, 1, 2)
    free = RerankSettings(diversity=1, max_shift=100, max_loss=1.0)
    assert rerank(scores, 2, settings=free, likeness=likeness).tolist() == [0, 2]
    held = RerankSettings(diversity=1, max_shift=100, max_loss=0.39)  # 0.4 would be lost
    assert rerank(scores, 2, settings=held, likeness=likeness).tolist() == [0, 1]
    just = RerankSettings(diversity=1, max_shift=100, max_loss=0.4)
    assert rerank(scores, 2, settings=just, likeness=likeness).tolist() == [0, 2]


def test_no_item_falls_further_than_it_may():
    scores, likeness = [0.9, 0.8, 0.7, 0.6, 0.5], kinds(1, 1, 2, 3, 4)
    one = RerankSettings(diversity=1, max_shift=1, max_loss=1.0)
    assert rerank(scores, 5, settings=one, likeness=likeness).tolist() == [0, 2, 1, 3, 4]


def test_the_guard_lowers_what_was_shown_too_often():
    penalty = exposure_penalty([30, 0, 0])
    np.testing.assert_allclose(penalty, [1 - 10 / 30, 0, 0])
    scores = [0.5, 0.4, 0.1]
    strong = RerankSettings(guard=1.0, **FREE)
    assert rerank(scores, 3, settings=strong, penalty=penalty).tolist() == [1, 0, 2]
    weak = RerankSettings(guard=0.2, **FREE)
    assert rerank(scores, 3, settings=weak, penalty=penalty).tolist() == [0, 1, 2]


def test_fair_shares_may_follow_merit():
    np.testing.assert_allclose(exposure_penalty([30, 2, 0], fair=[30, 1, 1]), [0, 1 - 1 / 2, 0])
    np.testing.assert_allclose(exposure_penalty([30, 2, 0], fair=15), [1 - 15 / 30, 0, 0])


def test_nothing_shown_yet_or_nobody_to_show_gives_no_penalty():
    assert exposure_penalty([0, 0]).tolist() == [0, 0]
    assert exposure_penalty([]).shape == (0,)
    assert exposure_penalty([5, 5, 5]).tolist() == [0, 0, 0]


def test_no_candidates_and_scores_of_zero_are_fine():
    full = RerankSettings(diversity=1, guard=1)
    assert rerank([], 3, settings=full, likeness=kinds(), penalty=[]).tolist() == []
    assert rerank([0.2, 0.1], 3, settings=full, likeness=Likeness()).tolist() == [0, 1]
    assert rerank([0.0, 0.0], 2, settings=full, likeness=kinds(1, 1)).tolist() == [0, 1]


@st.composite
def cases(draw):
    n = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    scores = rng.permutation(np.geomspace(1e-3, 0.9, n))
    likeness = Likeness(
        unit_rows(rng.normal(size=(n, 3))), rng.integers(-1, 4, size=(n, 2)), (1.0, 0.5)
    )
    dials = RerankSettings(
        diversity=draw(st.sampled_from([0.0, 0.2, 0.7, 1.0])),
        guard=draw(st.sampled_from([0.0, 0.5, 1.0])),
        max_shift=draw(st.sampled_from([0, 1, 3, 100])),
        max_loss=draw(st.sampled_from([0.0, 0.05, 0.3, 1.0])),
    )
    return scores, likeness, rng.random(n), dials, draw(st.integers(1, 30)), rng.permutation(n)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_promises_hold_for_any_candidates_and_dials(case):
    scores, likeness, penalty, dials, k, mixed = case
    got = rerank(scores, k, settings=dials, likeness=likeness, penalty=penalty)
    best = np.argsort(-scores)
    # a subset without repeats
    assert len(got) == min(k, len(scores))
    assert len(set(got.tolist())) == len(got)
    # no prefix loses more than its share
    held, could_hold = np.cumsum(scores[got]), np.cumsum(scores[best])[: len(got)]
    assert (held >= (1 - dials.max_loss) * could_hold - 1e-9).all()
    # nobody falls too far
    place = {row: at for at, row in enumerate(got.tolist())}
    for rank, row in enumerate(best.tolist()):
        assert place.get(row, len(got)) <= max(rank + dials.max_shift, 0) or (
            rank + dials.max_shift >= len(got)
        )
    # the order in which candidates come does not matter
    mixed_likeness = Likeness(likeness.vectors[mixed], likeness.groups[mixed], likeness.weights)
    again = rerank(
        scores[mixed], k, settings=dials, likeness=mixed_likeness, penalty=penalty[mixed]
    )
    assert mixed[again].tolist() == got.tolist()
    # either bound at 0 forbids every change
    if dials.max_shift == 0 or dials.max_loss == 0:
        assert got.tolist() == best[:k].tolist()


def test_the_guard_spreads_exposure_over_a_season_of_queries(rng):
    """Popular items lead every list; guarded lists reach more items and lose little."""
    popularity = np.sort(rng.pareto(1.5, size=200))[::-1]
    dials = RerankSettings(guard=1.0, max_loss=0.1, max_shift=20)
    shown, plain, lost = np.zeros(200), np.zeros(200), []
    for _ in range(300):
        scores = popularity * rng.lognormal(sigma=0.8, size=200) / 100
        top = rerank(scores, 10, settings=RerankSettings())
        got = rerank(scores, 10, settings=dials, penalty=exposure_penalty(shown))
        plain[top] += 1
        shown[got] += 1
        lost.append(1 - scores[got].sum() / scores[top].sum())
    assert max(lost) <= 0.1 + 1e-9
    assert (shown > 0).sum() > (plain > 0).sum()
    assert np.sort(shown)[-20:].sum() < 0.9 * np.sort(plain)[-20:].sum()


def test_more_diversity_never_makes_the_list_less_varied_here(rng):
    scores = np.sort(rng.random(60))[::-1]
    groups = np.repeat([0, 1, 2, 3, 4, 5], 10)
    found = []
    for dial in (0.0, 0.3, 0.6, 1.0):
        dials = RerankSettings(diversity=dial, **FREE)
        got = rerank(scores, 10, settings=dials, likeness=kinds(*groups))
        found.append(len(set(groups[got].tolist())))
    assert found == sorted(found)
    assert found[-1] == 6


@pytest.mark.parametrize(
    ("name", "value"), [("diversity", 1.1), ("guard", -0.1), ("max_loss", float("nan"))]
)
def test_dials_outside_their_range_are_refused(name, value):
    with pytest.raises(ArgumentError, match=f"{name} must lie in 0 … 1; got {value}"):
        RerankSettings(**{name: value})


def test_bad_arguments_are_named():
    on = RerankSettings(diversity=1)
    with pytest.raises(ArgumentError, match="max_shift must be at least 0; got -1"):
        RerankSettings(max_shift=-1)
    with pytest.raises(ArgumentError, match="positive integer; got 0"):
        rerank([0.1], 0, settings=on)
    with pytest.raises(ArgumentError, match="finite and at least 0"):
        rerank([0.1, -0.1], 1, settings=on)
    with pytest.raises(ArgumentError, match=r"got \(2,\) and \(1,\)"):
        rerank([0.1, 0.1], 1, settings=on, penalty=[0])
    with pytest.raises(ArgumentError, match="Penalties must lie in 0 … 1"):
        rerank([0.1], 1, settings=on, penalty=[2])
    with pytest.raises(ArgumentError, match=r"describe 2 candidates; got shape \(1, 1\)"):
        rerank([0.1, 0.1], 1, settings=on, likeness=kinds(1))
    with pytest.raises(ArgumentError, match=r"1 groupings needs a weight in 0 … 1; got \(2\.0,\)"):
        Likeness(groups=np.zeros((2, 1), dtype=int), weights=(2.0,))
    with pytest.raises(ArgumentError, match="counts must be a line of numbers"):
        exposure_penalty([-1])
    with pytest.raises(ArgumentError, match="must be positive"):
        exposure_penalty([1, 2], fair=[1, 0])
