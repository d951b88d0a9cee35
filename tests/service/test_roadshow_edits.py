"""Changes on the day: who cancels, comes late, or does not come; what was promised is told."""

from __future__ import annotations

import pytest

from data.errors import UnknownIdError
from matcher.roadshow.checking import check
from matcher.roadshow.documents import hash_of, problem_document, problem_from
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Problem, Released, WishKind
from matcher.roadshow.replanning import replan
from matcher.roadshow.result import Cause, Fix, Rule
from matcher.roadshow.verify import verify
from service.roadshow.edits import cancelled, late
from tests.matcher.roadshow.worlds import NINE, event, lock, wish


def settled() -> Problem:
    """f0 and i0 are settled for the first slot and must meet; everybody may meet everybody."""
    return event(
        [[9, 5], [5, 9]],
        n_slots=3,
        locks=(lock("f0", "i0", "s0"),),
        wishes=(wish("f0", "i0", WishKind.MUST),),
    )


def test_a_settled_meeting_that_is_cancelled_is_told_with_its_must_wish() -> None:
    problem = settled()
    changed = cancelled(problem, ["i0"], now=None)
    assert changed.locks == () == changed.wishes
    assert changed.released == (
        Released(firm_id="f0", institution_id="i0"),
        Released(firm_id="f0", institution_id="i0", slot_id="s0"),
    )
    assert check(changed) == ()
    found = replan(changed, plan(problem))
    told = {v.rule: v for v in found.violations}
    assert set(told) == {Rule.MUST_MEET, Rule.SETTLED}
    assert all(v.who == ("f0", "i0") and (v.required, v.got) == (1, 0) for v in told.values())
    assert {(v.cause, v.fix) for v in told.values()} == {(Cause.NOT_THERE, Fix.OTHER_DATE)}
    assert told[Rule.SETTLED].detail == "s0"
    assert verify(changed, found) == ()
    (nobody,) = found.unmatched
    assert (nobody.participant_id, nobody.cause) == ("i0", Cause.NOT_THERE)


def test_a_plan_that_keeps_it_to_itself_is_found_out() -> None:
    from dataclasses import replace

    changed = cancelled(settled(), ["i0"], now=None)
    found = replace(plan(changed), violations=())
    assert [fault.code for fault in verify(changed, found)].count("not_admitted") == 2


def test_a_settled_meeting_finds_another_time_when_somebody_is_late() -> None:
    problem = settled()
    changed = late(problem, "f0", NINE.replace(minute=20).time(), now=None)
    assert [one.slot_id for one in changed.released] == ["s0"]  # the must wish is still possible
    found = replan(changed, plan(problem))
    assert found.violations == ()
    assert ("f0", "i0") in {one.pair for one in found.meetings}


def test_what_was_released_is_stored_and_changes_the_hash() -> None:
    problem = settled()
    changed = cancelled(problem, ["i0"], now=None)
    assert problem_from(problem_document(changed)).released == changed.released
    assert "released" not in problem_document(problem)
    assert hash_of(changed) != hash_of(problem)


def test_after_the_meeting_nothing_is_released() -> None:
    changed = cancelled(settled(), ["i0"], now=NINE.replace(minute=20))
    assert changed.released == ()
    assert changed.locks == ()  # history


def test_nobody_unknown_is_cancelled() -> None:
    with pytest.raises(UnknownIdError, match="no participant 'f9'"):
        cancelled(settled(), ["f9"], now=None)
