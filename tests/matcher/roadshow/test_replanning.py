"""Changed events: little moves, the past stays, and foreign plans are refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from data.errors import InputError
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Participant, Problem
from matcher.roadshow.replanning import Change, changes, difference, replan
from matcher.roadshow.verify import verify

from .worlds import event, slots


def fair(n_firms: int = 30, n_institutions: int = 8, n_slots: int = 8) -> Problem:
    rng = np.random.default_rng(3)
    return event(
        rng.random((n_firms, n_institutions)) * 100,
        n_slots=n_slots,
        firms={f"f{a}": {"max_meetings": 2, "min_meetings": 1} for a in range(n_firms)},
    )


def without(problem: Problem, *gone: str, slots_: frozenset[str] | None = None) -> Problem:
    every = slots_ or frozenset(slot.slot_id for slot in problem.slots)

    def left(one: Participant) -> Participant:
        if one.participant_id not in gone:
            return one
        return dataclasses.replace(one, absent=one.absent | every, min_meetings=0)

    return dataclasses.replace(
        problem,
        firms=tuple(left(one) for one in problem.firms),
        institutions=tuple(left(one) for one in problem.institutions),
    )


def test_a_cancelled_firm_moves_nobody_else() -> None:
    problem = fair()
    before = plan(problem)
    changed = without(problem, "f3")
    after = replan(changed, before)
    assert verify(changed, after) == ()
    assert changes(changed, before, after) <= 2
    assert {one.firm_id for one in difference(before, after).removed} >= {"f3"}


def test_an_institution_that_cancels_gives_its_firms_other_meetings() -> None:
    problem = fair(n_firms=12)
    before = plan(problem)
    changed = without(problem, "i1")
    after = replan(changed, before)
    assert all(one.institution_id != "i1" for one in after.meetings)
    assert after.violations == ()
    assert after.quality.value >= 0.99 * plan(changed).quality.value


def test_slots_that_have_begun_stay_as_they_are() -> None:
    problem = fair()
    before = plan(problem)
    now = slots(8)[4].starts_at
    past = {f"s{at}" for at in range(4)}
    changed = without(problem, "i0", slots_=frozenset(f"s{at}" for at in range(4, 8)))
    after = replan(changed, before, Change(now=now))
    assert verify(changed, after) == ()
    assert [m for m in after.meetings if m.slot_id in past] == [
        m for m in before.meetings if m.slot_id in past
    ]
    assert after.frozen_until == now


def test_a_firm_that_joins_is_fitted_in() -> None:
    small = fair(n_firms=12)
    before = plan(small)
    rng = np.random.default_rng(5)
    joined = dataclasses.replace(
        small,
        firms=(*small.firms, dataclasses.replace(small.firms[0], participant_id="new", name="NEW")),
        scores=np.vstack([small.scores, rng.random((1, 8)) * 100]),
    )
    after = replan(joined, before)
    assert len(after.agenda("new")) == 2
    assert changes(joined, before, after) <= 2


def test_more_slots_are_used() -> None:
    problem = event([[5], [4], [3]], n_slots=2)
    before = plan(problem)
    assert len(before.meetings) == 2
    longer = dataclasses.replace(problem, slots=slots(3))
    after = replan(longer, before)
    assert len(after.meetings) == 3
    assert len(difference(before, after).added) == 1
    assert not difference(before, after).moved


def test_fill_keeps_everything_and_fills_what_is_empty() -> None:
    problem = event([[9, 1], [8, 7]], firms={"f0": {"max_meetings": 1}, "f1": {"max_meetings": 1}})
    before = plan(problem)
    richer = dataclasses.replace(
        problem, firms=tuple(dataclasses.replace(one, max_meetings=2) for one in problem.firms)
    )
    after = replan(richer, before, Change(fill=True))
    diff = difference(before, after)
    assert not diff.removed
    assert not diff.moved
    assert len(diff.added) == 2


def test_at_most_so_many_changes() -> None:
    problem = fair(n_institutions=4, n_slots=8)
    before = plan(problem)
    rng = np.random.default_rng(9)
    other = dataclasses.replace(problem, scores=rng.random(problem.scores.shape) * 100)
    free = replan(other, before, Change(inertia=0.0))
    assert changes(other, before, free) > 3
    bound = replan(other, before, Change(inertia=0.0, max_changes=3))
    assert changes(other, before, bound) <= 3


def test_inertia_is_a_dial() -> None:
    problem = fair()
    before = plan(problem)
    other = dataclasses.replace(problem, scores=problem.scores[:, ::-1].copy())
    counts = [
        changes(other, before, replan(other, before, Change(inertia=dial)))
        for dial in (0.0, 0.5, 5.0)
    ]
    assert counts[0] > counts[1] > counts[2] == 0


def test_a_plan_of_another_event_is_refused() -> None:
    problem = fair()
    other = dataclasses.replace(problem, roadshow_id="another")
    with pytest.raises(InputError, match=r"of the roadshow 'r', not of 'another'"):
        replan(other, plan(problem))
