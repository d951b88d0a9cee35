"""Small changes to a problem, as they come on the day: cancelled, late, not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from data.errors import UnknownIdError
from matcher.roadshow.problem import Lock, Participant, Problem, Released, Wish, WishKind


def cancelled(problem: Problem, ids: Iterable[str], *, now: dt.datetime | None) -> Problem:
    """Return the problem in which some participants are gone from ``now`` on, or altogether.

    Their minimums go with them; settled meetings and must pairs are released, which the plan tells.

    Raises
    ------
    UnknownIdError
        Nobody has the id.
    """
    gone = set(_known(problem, ids))
    slots = _from(problem, now)

    def left(one: Participant) -> Participant:
        if one.participant_id not in gone:
            return one
        return replace(one, absent=one.absent | slots, min_meetings=0, session_min=0)

    return _consistent(_people(problem, left), now)


def late(
    problem: Problem, participant_id: str, arrives: dt.time, *, now: dt.datetime | None
) -> Problem:
    """Return the problem in which one participant arrives later on the day under way.

    The day is that of ``now``, else every day of the event.

    Raises
    ------
    UnknownIdError
        Nobody has the id.
    """
    key = next(iter(_known(problem, [participant_id])))
    zone = _zone(problem)
    today = None if now is None else now.astimezone(zone).date()
    missed = frozenset(
        slot.slot_id
        for slot in problem.slots
        if slot.starts_at.astimezone(zone).time() < arrives
        and (today is None or slot.starts_at.astimezone(zone).date() == today)
        and (now is None or slot.starts_at >= now)
    )

    def later(one: Participant) -> Participant:
        if one.participant_id != key:
            return one
        return replace(one, absent=one.absent | missed)

    return _consistent(_people(problem, later), now)


def _people(problem: Problem, change: object) -> Problem:
    return replace(
        problem,
        firms=tuple(change(one) for one in problem.firms),  # type: ignore[operator]
        institutions=tuple(change(one) for one in problem.institutions),  # type: ignore[operator]
    )


def _known(problem: Problem, ids: Iterable[str]) -> list[str]:
    known = {one.participant_id for one in (*problem.firms, *problem.institutions)}
    found = list(ids)
    for key in found:
        if key not in known:
            raise UnknownIdError(
                f"There is no participant {key!r} in {problem.roadshow_id!r}.",
                field="participant_id",
                remedy="Check the id; finmatch roadshow show lists all.",
            )
    return found


def _from(problem: Problem, now: dt.datetime | None) -> frozenset[str]:
    slots = problem.slots
    return frozenset(s.slot_id for s in slots if now is None or s.starts_at >= now)


def _zone(problem: Problem) -> dt.tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(problem.time_zone)


def _consistent(problem: Problem, now: dt.datetime | None) -> Problem:
    """Release settled meetings and must pairs that absences have made impossible.

    Settled meetings of past slots go too, but without a word: they are kept as history.
    """
    away = {one.participant_id: one.absent for one in (*problem.firms, *problem.institutions)}
    slots = frozenset(slot.slot_id for slot in problem.slots)
    ahead = _from(problem, now)

    def holds(one: Lock) -> bool:
        return one.slot_id not in away[one.firm_id] | away[one.institution_id]

    def possible(one: Wish) -> bool:
        together = slots - away[one.firm_id] - away[one.institution_id]
        return one.kind is not WishKind.MUST or bool(together)

    to_come = [lock for lock in problem.locks if lock.slot_id in ahead]
    released = {
        *problem.released,
        *(
            Released(firm_id=k.firm_id, institution_id=k.institution_id, slot_id=k.slot_id)
            for k in to_come
            if not holds(k)
        ),
        *(
            Released(firm_id=w.firm_id, institution_id=w.institution_id)
            for w in problem.wishes
            if not possible(w)
        ),
    }
    return replace(
        problem,
        locks=tuple(filter(holds, to_come)),
        wishes=tuple(filter(possible, problem.wishes)),
        released=tuple(sorted(released, key=lambda one: (*one.pair, one.slot_id or ""))),
    )
