"""Changes of single meetings: settled, moved, exchanged, ruled out, promised; orders, drafts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from data.errors import InputError, UnknownIdError
from matcher.roadshow.documents import hash_of
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import Lock, Side, Wish, WishKind
from matcher.roadshow.replanning import Change, replan
from service.roadshow import arranging
from service.roadshow.carrying import check_problem, is_scored
from service.roadshow.cells import RoadshowFileError
from service.roadshow.changes import Changes, changed
from service.roadshow.drafts import MOST_DRAFTS, Drafts
from service.roadshow.order import Order, read_order, write_order
from tests.matcher.roadshow.worlds import event

PROBLEM = event([[9, 5], [5, 9]], n_slots=3)
"""Two firms, two institutions, three slots: everybody meets everybody."""
PLAN = plan(PROBLEM)
PAIR = ("f0", "i0")
NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def slot_of(found, pair):
    return {one.pair: one.slot_id for one in found.meetings}.get(pair)


def test_a_settled_meeting_stays_whatever_else_changes() -> None:
    settled = arranging.settled(PROBLEM, PLAN, PAIR)
    assert settled.locks == (
        Lock(firm_id="f0", institution_id="i0", slot_id=slot_of(PLAN, PAIR) or ""),
    )
    found = replan(arranging.ruled_out(settled, ("f1", "i0")), PLAN)
    assert slot_of(found, PAIR) == slot_of(PLAN, PAIR)
    assert arranging.unsettled(settled, PAIR).locks == ()


def test_a_moved_meeting_is_in_its_new_slot() -> None:
    free = next(s.slot_id for s in PROBLEM.slots if s.slot_id != slot_of(PLAN, PAIR))
    found = replan(arranging.moved(PROBLEM, PLAN, PAIR, free), PLAN)
    assert slot_of(found, PAIR) == free
    assert len(found.meetings) == 4


def test_two_meetings_change_their_times() -> None:
    other = ("f0", "i1")
    found = replan(arranging.exchanged(PROBLEM, PLAN, PAIR, other), PLAN)
    assert slot_of(found, PAIR) == slot_of(PLAN, other)
    assert slot_of(found, other) == slot_of(PLAN, PAIR)


def test_what_is_ruled_out_does_not_meet_until_it_is_unsaid() -> None:
    without = arranging.ruled_out(arranging.settled(PROBLEM, PLAN, PAIR), PAIR)
    assert without.locks == ()
    assert slot_of(replan(without, PLAN), PAIR) is None
    promised = arranging.promised(without, PAIR)
    wish = Wish(firm_id="f0", institution_id="i0", by=Side.ORGANIZER, kind=WishKind.MUST)
    assert promised.wishes == (wish,)
    assert hash_of(arranging.unsaid(promised, PAIR)) == hash_of(PROBLEM)


@pytest.mark.parametrize(
    "change",
    [
        Changes(settle=(("f0", "nobody"),)),
        Changes(rule_out=(("nobody", "i0"),)),
        Changes(move=((PAIR, "no slot"),)),
        Changes(exchange=((PAIR, ("f9", "i9")),)),
        Changes(cancel=("nobody",)),
        Changes(arrive_late={"nobody": dt.time(10)}),
    ],
)
def test_what_is_not_there_is_refused(change: Changes) -> None:
    with pytest.raises(UnknownIdError):
        changed(PROBLEM, PLAN, change, now=None)


def test_contradictions_are_told_as_faults() -> None:
    first, second = (("f0", "i0"), "s0"), (("f0", "i1"), "s0")
    both = changed(PROBLEM, PLAN, Changes(move=(first, second)), now=None)
    with pytest.raises(RoadshowFileError) as caught:
        check_problem(both)
    assert {one.sheet for one in caught.value.troubles} == {"locks"}


def test_a_problem_without_scores_is_sound_but_not_scored() -> None:
    bare = event([[np.nan, np.nan]], n_slots=2)
    assert not is_scored(bare)
    check_problem(bare)


def test_an_order_comes_back_as_it_was(tmp_path: Path) -> None:
    order = Order(
        problem=PROBLEM,
        version=3,
        change=Change(fill=True, max_changes=2, now=NOW),
        organisation_id="org_a",
        person_id="person_a",
        told=frozenset({"f0"}),
    )
    write_order(tmp_path / "order.json", order)
    found = read_order(tmp_path / "order.json")
    assert hash_of(found.problem) == hash_of(PROBLEM)
    assert (found.version, found.change, found.told) == (3, order.change, order.told)
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="no order"):
        read_order(tmp_path / "other.json")


def test_drafts_are_ones_own_and_few(tmp_path: Path) -> None:
    mine, others = Drafts(tmp_path, "org_a"), Drafts(tmp_path, "org_b")
    draft_id = mine.keep(PROBLEM, frozenset({"f0"}), now=NOW)
    found = mine.get(draft_id)
    assert hash_of(found.problem) == hash_of(PROBLEM)
    assert found.told == frozenset({"f0"})
    for drafts, key in ((others, draft_id), (mine, "../../etc/passwd"), (mine, "draft_x")):
        with pytest.raises(UnknownIdError):
            drafts.get(key)
    mine.drop(draft_id)
    with pytest.raises(UnknownIdError):
        mine.get(draft_id)
    ids = [mine.keep(PROBLEM, None, now=NOW) for _ in range(MOST_DRAFTS + 2)]
    kept = [key for key in ids if _there(mine, key)]
    assert len(kept) == MOST_DRAFTS


def _there(drafts: Drafts, key: str) -> bool:
    try:
        drafts.get(key)
    except UnknownIdError:
        return False
    return True
