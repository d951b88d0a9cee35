"""Carrying out an order: score where scores are missing, plan, add reasons, store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from data.audit import Entry
from data.errors import ConflictError, InputError
from data.store import Store
from matcher.roadshow import checking
from matcher.roadshow.choices import State
from matcher.roadshow.planning import plan as find_plan
from matcher.roadshow.problem import Problem
from matcher.roadshow.replanning import difference
from matcher.roadshow.replanning import replan as find_near_plan
from matcher.roadshow.result import Difference, Plan
from matcher.roadshow.scoring import reasons_of, score_pairs
from service.roadshow.cells import RoadshowFileError, Trouble
from service.roadshow.desk import Desk
from service.roadshow.order import Order

if TYPE_CHECKING:
    from matcher.matcher import Matcher

FROM_FILE = "file"
PLANNED = "roadshows.plan"
"""What the audit log calls a new version."""

Told = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Done:
    """What came of an order; ``version`` is the old one where nothing changed."""

    problem: Problem
    plan: Plan
    version: int
    difference: Difference


def is_scored(problem: Problem) -> bool:
    """Return whether any pair has a score: without, the model gives them all."""
    return bool((~np.isnan(problem.scores)).any())


def check_problem(problem: Problem) -> None:
    """Raise :class:`RoadshowFileError` with everything that is wrong with a problem.

    Where scores are still to come, that no pair has one is no fault.
    """
    looked = problem
    if not is_scored(problem):
        looked = replace(problem, scores=np.zeros_like(problem.scores))
    troubles = [
        Trouble("", one.table, 0, " / ".join(one.key) or one.column, one.text_zh, one.text_en)
        for one in checking.check(looked)
    ]
    if troubles:
        raise RoadshowFileError(troubles)


def carry_out(
    store: Store,
    order: Order,
    *,
    matcher: Callable[[], Matcher],
    now: dt.datetime,
    told: Told | None = None,
) -> Done:
    """Plan and store the next version.

    Parameters
    ----------
    matcher
        Gives the matcher; asked only where the model has to score or to give reasons.
    now
        Instant of the plan; the model scores as of it.
    told
        Told how far it is: step, done, of how many.

    Raises
    ------
    RoadshowFileError
        The problem has faults.
    ConflictError
        Somebody changed the plan meanwhile.
    """
    tell = told or (lambda _step, _done, _total: None)
    problem = order.problem
    check_problem(problem)
    desk = Desk(store)
    before = desk.load(problem.roadshow_id) if order.version else None
    if before is not None and before.version != order.version:
        raise ConflictError(
            f"The plan was changed meanwhile: version {before.version} is the latest.",
            field="version",
            remedy="Look at the latest plan and change that one.",
        )
    if before is not None and before.state is State.CLOSED:
        raise InputError(
            "The roadshow is closed; its plan stays as it is.",
            field="state",
            remedy="Plan a new one.",
        )
    if not is_scored(problem):
        problem = _scored(problem, matcher(), now, tell)
    tell("roadshow", 0, 1)
    found = (
        find_plan(problem) if before is None else find_near_plan(problem, before.plan, order.change)
    )
    tell("roadshow", 1, 1)
    changed = Difference() if before is None else difference(before.plan, found)
    if before is not None and not changed and found.stamp == before.plan.stamp:
        return Done(before.problem, before.plan, before.version, changed)
    problem = _with_reasons(problem, found, order, matcher, now, tell)
    version = desk.save(
        problem,
        found,
        created_at=now,
        organisation_id=order.organisation_id,
        entry=_entry(order, now, (before.version if before else 0) + 1),
    )
    return Done(problem, found, version, changed)


def _scored(problem: Problem, matcher: Matcher, now: dt.datetime, tell: Told) -> Problem:
    scored = score_pairs(
        matcher,
        [one.participant_id for one in problem.firms],
        [one.participant_id for one in problem.institutions],
        now=now,
        told=lambda done, total: tell("roadshow_scores", done, total),
    )
    return replace(
        problem, scores=scored.scores, notes=scored.notes, score_source=scored.model_version
    )


def _with_reasons(
    problem: Problem,
    found: Plan,
    order: Order,
    matcher: Callable[[], Matcher],
    now: dt.datetime,
    tell: Told,
) -> Problem:
    """Add the model's reasons for pairs that meet, as far as the firms let them be told."""
    if problem.score_source == FROM_FILE:
        return problem
    pairs = [
        one.pair
        for one in found.meetings
        if (order.told is None or one.firm_id in order.told)
        and one.pair in problem.notes
        and not problem.notes[one.pair].reason_en
    ]
    if not pairs:
        return problem
    notes = reasons_of(
        matcher(),
        dict(problem.notes),
        pairs,
        now=now,
        told=lambda done, total: tell("roadshow_reasons", done, total),
    )
    return replace(problem, notes=notes)


def _entry(order: Order, now: dt.datetime, version: int) -> Entry:
    return Entry(
        at=now,
        organisation_id=order.organisation_id,
        person_id=order.person_id,
        action=PLANNED,
        subject_type="roadshow",
        subject_id=order.problem.roadshow_id,
        detail={"version": version},
        request_id=order.request_id,
    )
