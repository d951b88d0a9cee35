"""An independent checker: it reads a problem and a plan, and trusts neither's maker.

It shares no code with the planner and works on ids alone, by counting. A plan without faults keeps
every hard rule, and admits every requirement that it misses.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from matcher.roadshow.problem import Participant, Problem, Slot, WishKind
from matcher.roadshow.result import Meeting, Plan, Rule

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: which, and who or what breaks it."""

    code: str
    message: str


def verify(problem: Problem, plan: Plan) -> tuple[Fault, ...]:
    """Return everything that is wrong with ``plan``; empty for a good one."""
    if plan.roadshow_id != problem.roadshow_id:
        return (
            Fault("event", f"The plan is of {plan.roadshow_id}, not of {problem.roadshow_id}."),
        )
    facts = _Facts(problem)
    unknown = tuple(_unknown(facts, plan.meetings))
    if unknown:
        return unknown
    checks = (
        _pairs(facts, plan.meetings, facts.open_meetings(plan)),
        _presence(facts, facts.open_meetings(plan)),
        _bookings(facts, plan.meetings),
        _limits(facts, plan.meetings),
        _places(facts, plan.meetings),
        _locks(problem, plan.meetings),
        _values(facts, plan),
        _admitted(facts, plan),
    )
    return tuple(fault for check in checks for fault in check)


class _Facts:
    """The problem by id."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.firms = {one.participant_id: one for one in problem.firms}
        self.institutions = {one.participant_id: one for one in problem.institutions}
        self.slots = {slot.slot_id: slot for slot in problem.slots}
        self.rooms = {room.room_id: room for room in problem.rooms}
        self.row = {one.participant_id: at for at, one in enumerate(problem.firms)}
        self.column = {one.participant_id: at for at, one in enumerate(problem.institutions)}
        self.said: dict[WishKind, set[tuple[str, str]]] = defaultdict(set)
        for wish in problem.wishes:
            self.said[wish.kind].add((wish.firm_id, wish.institution_id))
        self.released = {(one.pair, one.slot_id) for one in problem.released}
        self.locked = {(lock.firm_id, lock.institution_id) for lock in problem.locks}
        self.in_order = sorted(problem.slots, key=lambda slot: slot.starts_at)

    def open_meetings(self, plan: Plan) -> tuple[Meeting, ...]:
        """Return the meetings that had not begun when the plan was made."""
        until = plan.frozen_until
        if until is None:
            return plan.meetings
        return tuple(m for m in plan.meetings if self.slots[m.slot_id].starts_at >= until)

    def score(self, firm_id: str, institution_id: str) -> float:
        return float(self.problem.scores[self.row[firm_id], self.column[institution_id]])

    def person(self, key: str) -> Participant:
        return self.firms.get(key) or self.institutions[key]

    def may_meet(self, firm_id: str, institution_id: str) -> bool:
        """Whether no rule about the pair itself forbids it."""
        return self.why_not(firm_id, institution_id) is None

    def why_not(self, firm_id: str, institution_id: str) -> str | None:
        pair = (firm_id, institution_id)
        if math.isnan(self.score(*pair)):
            return "not_eligible"
        if pair in self.said[WishKind.NO_THANKS]:
            return "declined"
        left, right = self.firms[firm_id].group, self.institutions[institution_id].group
        if left and left == right:
            return "same_group"
        if pair in self.problem.met_before and pair not in self.said[WishKind.MUST]:
            return "met_before"
        return None


def _unknown(facts: _Facts, meetings: tuple[Meeting, ...]) -> Iterator[Fault]:
    for one in meetings:
        for kind, key, known in (
            ("firm", one.firm_id, facts.firms),
            ("institution", one.institution_id, facts.institutions),
            ("slot", one.slot_id, facts.slots),
        ):
            if key not in known:
                yield Fault("unknown_id", f"There is no {kind} {key!r}.")
        if one.room_id is not None and one.room_id not in facts.rooms:
            yield Fault("unknown_id", f"There is no room {one.room_id!r}.")


def _pairs(
    facts: _Facts, meetings: tuple[Meeting, ...], open_: tuple[Meeting, ...]
) -> Iterator[Fault]:
    for pair, count in Counter(one.pair for one in meetings).items():
        if count > 1:
            yield Fault("pair_twice", f"{pair[0]} and {pair[1]} meet {count} times.")
    for pair in dict.fromkeys(one.pair for one in open_):
        reason = facts.why_not(*pair)
        if reason is not None and pair not in facts.locked:
            yield Fault(reason, f"{pair[0]} and {pair[1]} must not meet ({reason}).")


def _presence(facts: _Facts, meetings: tuple[Meeting, ...]) -> Iterator[Fault]:
    for one in meetings:
        for key in one.pair:
            if one.slot_id in facts.person(key).absent:
                yield Fault("absent", f"{key} is not there in slot {one.slot_id}.")


def _bookings(facts: _Facts, meetings: tuple[Meeting, ...]) -> Iterator[Fault]:
    firms = Counter((one.firm_id, one.slot_id) for one in meetings)
    for (key, slot), count in firms.items():
        if count > 1:
            yield Fault("double_booking", f"{key} has {count} meetings in slot {slot}.")
    seats = Counter((one.institution_id, one.slot_id) for one in meetings)
    for (key, slot), count in seats.items():
        if count > facts.institutions[key].tables:
            yield Fault(
                "double_booking",
                f"{key} has {count} meetings in slot {slot} and "
                f"{facts.institutions[key].tables} tables.",
            )
    desks = Counter((one.institution_id, one.slot_id, one.desk) for one in meetings)
    for (key, slot, desk), count in desks.items():
        if count > 1 or not 1 <= desk <= max(facts.institutions[key].tables, 1):
            yield Fault("desk", f"Delegate {desk} of {key} has {count} meetings in slot {slot}.")


def _limits(facts: _Facts, meetings: tuple[Meeting, ...]) -> Iterator[Fault]:
    whole = Counter(key for one in meetings for key in one.pair)
    session = Counter(
        (key, facts.slots[one.slot_id].session) for one in meetings for key in one.pair
    )
    for key, count in whole.items():
        most = facts.person(key).max_meetings
        if most is not None and count > most:
            yield Fault("maximum", f"{key} has {count} meetings, at most {most} are allowed.")
    for (key, name), count in session.items():
        most = facts.person(key).session_max
        if most is not None and count > most:
            yield Fault("session_maximum", f"{key} has {count} meetings in {name}, at most {most}.")


def _places(facts: _Facts, meetings: tuple[Meeting, ...]) -> Iterator[Fault]:
    if not facts.rooms:
        return
    taken = Counter((one.slot_id, one.room_id, one.table) for one in meetings)
    for (slot, room_id, table), count in taken.items():
        if room_id is None or table is None:
            yield Fault("no_table", f"{count} meetings in slot {slot} have no table.")
        elif count > 1:
            yield Fault("table_twice", f"Table {table} of {room_id} has {count} in slot {slot}.")
    for one in meetings:
        if one.room_id is not None and one.table is not None:
            yield from _place(facts, one, one.room_id, one.table)


def _place(facts: _Facts, one: Meeting, room_id: str, table: int) -> Iterator[Fault]:
    room, host = facts.rooms[room_id], facts.institutions[one.institution_id]
    if not 1 <= table <= room.tables:
        yield Fault("no_such_table", f"{room_id} has no table {table}.")
    if one.slot_id in room.closed:
        yield Fault("room_closed", f"{room_id} is closed in slot {one.slot_id}.")
    if one.pair in facts.locked:
        return
    if host.room_id is not None and host.room_id != room_id:
        yield Fault("wrong_room", f"{one.institution_id} sits in {host.room_id}.")
    if len(host.fixed_tables) >= host.tables and table not in host.fixed_tables:
        yield Fault("wrong_table", f"{one.institution_id} does not sit at {table}.")


def _locks(problem: Problem, meetings: tuple[Meeting, ...]) -> Iterator[Fault]:
    held = {(one.firm_id, one.institution_id, one.slot_id): one for one in meetings}
    for lock in problem.locks:
        one = held.get((lock.firm_id, lock.institution_id, lock.slot_id))
        pair = f"{lock.firm_id} and {lock.institution_id}"
        if one is None:
            yield Fault("lock", f"{pair} are settled for slot {lock.slot_id} and are not there.")
        elif not one.locked:
            yield Fault("lock", f"{pair} are settled and not marked so.")
        elif lock.room_id is not None and lock.room_id != one.room_id:
            yield Fault("lock", f"{pair} are settled for room {lock.room_id}.")
        elif lock.table is not None and lock.table != one.table:
            yield Fault("lock", f"{pair} are settled for table {lock.table}.")


def _values(facts: _Facts, plan: Plan) -> Iterator[Fault]:
    total = 0.0
    for one in plan.meetings:
        score = facts.score(*one.pair)
        worth = 0.0 if math.isnan(score) else score
        total += worth
        if not math.isclose(one.value, worth, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield Fault("value", f"{one.firm_id} and {one.institution_id} are worth {worth}.")
    if not math.isclose(plan.quality.value, total, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        yield Fault("value", f"The meetings add up to {total}, not to {plan.quality.value}.")
    if plan.quality.meetings != len(plan.meetings):
        yield Fault("count", f"There are {len(plan.meetings)} meetings.")


def _admitted(facts: _Facts, plan: Plan) -> Iterator[Fault]:
    """Compare the requirements that are missed with those that the plan admits."""
    said = {(v.rule, v.who, v.detail): v.got for v in plan.violations}
    missed = {(rule, who, detail): got for rule, who, detail, got in _missed(facts, plan)}
    for rule, who, detail in sorted(missed.keys() - said.keys()):
        yield Fault("not_admitted", f"{rule.value} of {', '.join(who)} {detail} is missed.")
    for rule, who, detail in sorted(said.keys() - missed.keys()):
        yield Fault("not_missed", f"{rule.value} of {', '.join(who)} {detail} is kept.")
    for told in sorted(said.keys() & missed.keys()):
        if said[told] != missed[told]:
            yield Fault("count", f"{', '.join(told[1])} got {missed[told]}, not {said[told]}.")
    nobody = {
        key
        for key in (*facts.firms, *facts.institutions)
        if not any(key in one.pair for one in plan.meetings)
    }
    named = {one.participant_id for one in plan.unmatched}
    for key in sorted(nobody ^ named):
        yield Fault("unmatched", f"{key} is {'not ' if key in nobody else ''}told as unmatched.")


Missed = tuple[Rule, tuple[str, ...], str, int]


def _missed(facts: _Facts, plan: Plan) -> Iterator[Missed]:
    met = [one.pair for one in plan.meetings]
    counts = Counter(key for pair in met for key in pair)
    for rule, people in (
        (Rule.FIRM_MINIMUM, facts.firms),
        (Rule.INSTITUTION_MINIMUM, facts.institutions),
    ):
        for key, one in people.items():
            if counts[key] < one.min_meetings:
                yield rule, (key,), "", counts[key]
    for pair in facts.said[WishKind.MUST]:
        if pair not in met:
            yield Rule.MUST_MEET, pair, "", 0
    for pair, slot_id in facts.released:
        if pair in met:
            continue
        if slot_id is not None:
            yield Rule.SETTLED, pair, slot_id, 0
        elif pair not in facts.said[WishKind.MUST]:
            yield Rule.MUST_MEET, pair, "", 0
    yield from _missed_sessions(facts, plan)
    yield from _missed_kinds(facts, plan)
    yield from _missed_idle(facts, plan)


def _missed_sessions(facts: _Facts, plan: Plan) -> Iterator[Missed]:
    counts = Counter(
        (key, facts.slots[one.slot_id].session) for one in plan.meetings for key in one.pair
    )
    names = {slot.session for slot in facts.in_order}
    for key, one in (facts.firms | facts.institutions).items():
        for name in names if one.session_min else ():
            there = any(s.session == name and s.slot_id not in one.absent for s in facts.in_order)
            if there and counts[key, name] < one.session_min:
                yield Rule.SESSION_MINIMUM, (key,), name, counts[key, name]


def _missed_kinds(facts: _Facts, plan: Plan) -> Iterator[Missed]:
    with_whom = defaultdict(set)
    for meeting in plan.meetings:
        with_whom[meeting.firm_id].add(meeting.institution_id)
    until = plan.frozen_until
    ahead = [s.slot_id for s in facts.in_order if until is None or s.starts_at >= until]
    for rule in facts.problem.kind_rules:
        of_kind = [k for k, one in facts.institutions.items() if one.kind in rule.kinds]
        for key in facts.firms if rule.firm_ids is None else rule.firm_ids:
            possible = sum(
                other in with_whom[key] or _could_meet(facts, key, other, ahead)
                for other in of_kind
            )
            got = len(with_whom[key].intersection(of_kind))
            if got < min(rule.minimum, possible):
                yield Rule.KIND_MINIMUM, (key,), rule.rule_id, got


def _could_meet(facts: _Facts, firm_id: str, institution_id: str, ahead: list[str]) -> bool:
    if (firm_id, institution_id) in facts.locked:
        return True
    gone = facts.firms[firm_id].absent | facts.institutions[institution_id].absent
    return facts.may_meet(firm_id, institution_id) and any(s not in gone for s in ahead)


def _missed_idle(facts: _Facts, plan: Plan) -> Iterator[Missed]:
    busy = defaultdict(set)
    for meeting in plan.meetings:
        for key in meeting.pair:
            busy[key].add(meeting.slot_id)
    for key, one in (facts.firms | facts.institutions).items():
        limit = one.max_idle
        if limit is None:
            limit = facts.problem.options.max_idle
        if limit is not None:
            longest = _longest_wait(facts.in_order, busy[key], one.absent)
            if longest > limit:
                yield Rule.IDLE_LIMIT, (key,), "", longest


def _longest_wait(slots: list[Slot], busy: set[str], absent: frozenset[str]) -> int:
    longest = 0
    for name in dict.fromkeys(slot.session for slot in slots):
        marks = "".join(
            "x" if slot.slot_id in busy else "-"
            for slot in slots
            if slot.session == name and (slot.slot_id in busy or slot.slot_id not in absent)
        ).strip("-")
        longest = max([longest, *(len(run) for run in marks.split("x"))])
    return longest
