"""What an organizer changes at once, applied to a problem."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from matcher.roadshow.choices import Fairness
from matcher.roadshow.problem import Pair, Problem
from matcher.roadshow.result import Plan
from service.roadshow import arranging
from service.roadshow.edits import cancelled, late

Step = Callable[[Problem], Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Changes to a plan; all of them hold together.

    Attributes
    ----------
    cancel
        Participants who are not there any more.
    arrive_late
        When participants arrive instead.
    settle, unsettle
        Meetings that stay where they are, and those that may be moved again.
    rule_out, promise, unsay
        Pairs that do not meet, that must meet, and of which the organizer says nothing any more.
    move, exchange
        Meetings to another slot, and pairs of meetings that change their times.
    fairness
        Another place of the dial.
    """

    cancel: tuple[str, ...] = ()
    arrive_late: Mapping[str, dt.time] = field(default_factory=dict)
    settle: tuple[Pair, ...] = ()
    unsettle: tuple[Pair, ...] = ()
    rule_out: tuple[Pair, ...] = ()
    promise: tuple[Pair, ...] = ()
    unsay: tuple[Pair, ...] = ()
    move: tuple[tuple[Pair, str], ...] = ()
    exchange: tuple[tuple[Pair, Pair], ...] = ()
    fairness: Fairness | None = None


def changed(problem: Problem, plan: Plan, changes: Changes, *, now: dt.datetime | None) -> Problem:
    """Return the problem with changes.

    Parameters
    ----------
    problem, plan
        As they are.
    changes
        What is different.
    now
        Slots that began before are past; ``None`` where the event has not begun.

    Raises
    ------
    UnknownIdError
        A participant, meeting or slot is not there.
    """
    if changes.cancel:
        problem = cancelled(problem, changes.cancel, now=now)
    for key, arrives in changes.arrive_late.items():
        problem = late(problem, key, arrives, now=now)
    problem = _arranged(problem, plan, changes)
    if changes.fairness is not None:
        problem = problem.with_options(fairness=changes.fairness)
    return problem


def _arranged(problem: Problem, plan: Plan, changes: Changes) -> Problem:
    """Return the problem with what changes of single meetings."""
    steps: list[Step] = [
        *(partial(arranging.unsettled, pair=pair) for pair in changes.unsettle),
        *(partial(arranging.settled, plan=plan, pair=pair) for pair in changes.settle),
        *(partial(arranging.moved, plan=plan, pair=p, slot_id=s) for p, s in changes.move),
        *(partial(arranging.exchanged, plan=plan, first=a, second=b) for a, b in changes.exchange),
        *(partial(arranging.unsaid, pair=pair) for pair in changes.unsay),
        *(partial(arranging.ruled_out, pair=pair) for pair in changes.rule_out),
        *(partial(arranging.promised, pair=pair) for pair in changes.promise),
    ]
    for step in steps:
        problem = step(problem)
    return problem
