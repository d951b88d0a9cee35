"""Changes of single meetings by the organizer: settled, moved, exchanged, ruled out, promised."""

from __future__ import annotations

from dataclasses import replace

from data.errors import UnknownIdError
from matcher.roadshow.problem import Lock, Pair, Problem, Side, Wish, WishKind
from matcher.roadshow.result import Meeting, Plan


def get_meeting(plan: Plan, pair: Pair) -> Meeting:
    """Return the meeting of a pair; raise :class:`UnknownIdError` where it has none."""
    for one in plan.meetings:
        if one.pair == pair:
            return one
    raise UnknownIdError(
        f"{pair[0]} and {pair[1]} have no meeting.",
        field="firm_id",
        remedy="Look at the latest plan.",
    )


def settled(problem: Problem, plan: Plan, pair: Pair) -> Problem:
    """Return the problem in which a meeting stays where it is, table and all."""
    one = get_meeting(plan, pair)
    return _with_locks(problem, [_lock(one, slot_id=one.slot_id, seated=True)])


def unsettled(problem: Problem, pair: Pair) -> Problem:
    """Return the problem in which a meeting may be moved again."""
    return replace(problem, locks=_others(problem.locks, {pair}))


def moved(problem: Problem, plan: Plan, pair: Pair, slot_id: str) -> Problem:
    """Return the problem in which a pair meets in another slot.

    Raises
    ------
    UnknownIdError
        There is no such meeting or slot.
    """
    if slot_id not in {slot.slot_id for slot in problem.slots}:
        raise UnknownIdError(
            f"There is no slot {slot_id!r}.", field="slot_id", remedy="Choose one of the slots."
        )
    one = get_meeting(plan, pair)
    return _with_locks(problem, [_lock(one, slot_id=slot_id, seated=False)])


def exchanged(problem: Problem, plan: Plan, first: Pair, second: Pair) -> Problem:
    """Return the problem in which two meetings change their times."""
    one, other = get_meeting(plan, first), get_meeting(plan, second)
    return _with_locks(
        problem,
        [
            _lock(one, slot_id=other.slot_id, seated=False),
            _lock(other, slot_id=one.slot_id, seated=False),
        ],
    )


def ruled_out(problem: Problem, pair: Pair) -> Problem:
    """Return the problem in which a pair does not meet."""
    return _said(unsettled(problem, pair), pair, WishKind.NO_THANKS)


def promised(problem: Problem, pair: Pair) -> Problem:
    """Return the problem in which a pair must meet."""
    return _said(problem, pair, WishKind.MUST)


def unsaid(problem: Problem, pair: Pair) -> Problem:
    """Return the problem without what the organizer said of a pair."""
    kept = tuple(
        one
        for one in problem.wishes
        if (one.firm_id, one.institution_id) != pair or one.by is not Side.ORGANIZER
    )
    return replace(problem, wishes=kept)


def _said(problem: Problem, pair: Pair, kind: WishKind) -> Problem:
    known = (
        {one.participant_id for one in problem.firms},
        {one.participant_id for one in problem.institutions},
    )
    for key, ids, name in zip(pair, known, ("firm_id", "institution_id"), strict=True):
        if key not in ids:
            raise UnknownIdError(
                f"There is no {name} {key!r} in the roadshow.",
                field=name,
                remedy="Choose one of its participants.",
            )
    wish = Wish(firm_id=pair[0], institution_id=pair[1], by=Side.ORGANIZER, kind=kind)
    without = unsaid(problem, pair)
    return replace(without, wishes=(*without.wishes, wish))


def _lock(one: Meeting, *, slot_id: str, seated: bool) -> Lock:
    return Lock(
        firm_id=one.firm_id,
        institution_id=one.institution_id,
        slot_id=slot_id,
        room_id=one.room_id if seated else None,
        table=one.table if seated else None,
    )


def _with_locks(problem: Problem, locks: list[Lock]) -> Problem:
    pairs = {(one.firm_id, one.institution_id) for one in locks}
    return replace(problem, locks=(*_others(problem.locks, pairs), *locks))


def _others(locks: tuple[Lock, ...], pairs: set[Pair]) -> tuple[Lock, ...]:
    return tuple(one for one in locks if (one.firm_id, one.institution_id) not in pairs)
