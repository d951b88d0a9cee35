"""What is wrong with a problem: all of it at once, each fault with the table and row it is in.

Faults are things nobody can plan around. Requirements that cannot be met are no faults: they
become warnings with numbers (:func:`warnings_of`), and violations of the plan.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from data.errors import InputError
from matcher.roadshow.problem import Participant, Problem, WishKind, pairs_said

EVENT, FIRMS, INSTITUTIONS, SLOTS = "event", "firms", "institutions", "slots"
ROOMS, SCORES, WISHES, LOCKS, MET, KINDS = "rooms", "scores", "wishes", "locks", "met", "kinds"
TABLES = (EVENT, FIRMS, INSTITUTIONS, SLOTS, ROOMS, SCORES, WISHES, LOCKS, MET, KINDS)
"""Parts of a problem; also the sheets of a file."""

WORDS = {
    "firm_id": ("企业", "firm"),
    "institution_id": ("机构", "institution"),
    "slot_id": ("场次", "slot"),
    "room_id": ("场地", "room"),
}
"""What ids are of, in Chinese and English."""

SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes
    ----------
    table, key, column
        Which part of the problem, the ids of the row, and the column; empty for the whole part.
    """

    table: str
    key: tuple[str, ...]
    column: str
    text_zh: str
    text_en: str


def check(problem: Problem) -> tuple[Fault, ...]:
    """Return every fault of ``problem``; those of ids alone where ids are wrong."""
    faults = [*_event(problem), *_ids(problem)]
    if any(fault.column.endswith("_id") or fault.column == "shape" for fault in faults):
        return tuple(faults)
    faults += [
        *_people(problem),
        *_slots(problem),
        *_rooms(problem),
        *_scores(problem),
        *_pairs(problem),
        *_locks(problem),
        *_lock_rooms(problem),
        *_kinds(problem),
    ]
    return tuple(faults)


def require_sound(problem: Problem) -> None:
    """Raise :class:`~data.errors.InputError` with all faults, if there are any."""
    faults = check(problem)
    if faults:
        listed = " ".join(fault.text_en for fault in faults[:SHOWN_FAULTS])
        more = len(faults) - SHOWN_FAULTS
        raise InputError(
            f"The roadshow has {len(faults)} faults: {listed}" + (f" {more} more." * (more > 0)),
            field="problem",
            remedy="Correct the input.",
        )


def warnings_of(problem: Problem) -> tuple[tuple[str, int, int], ...]:
    """Return requirements above what is free: who or which rule, required, free."""
    found = []
    n_slots = len(problem.slots)
    for people in (problem.firms, problem.institutions):
        for one in people:
            free = (n_slots - len(one.absent)) * one.tables
            if one.min_meetings > free:
                found.append((one.participant_id, one.min_meetings, free))
    seats = sum((n_slots - len(one.absent)) * one.tables for one in problem.institutions)
    tables = sum(room.tables * (n_slots - len(room.closed)) for room in problem.rooms)
    free = min(seats, tables) if problem.rooms else seats
    wanted = sum(one.min_meetings for one in problem.firms)
    if wanted > free:
        found.append((FIRMS, wanted, free))
    for rule in problem.kind_rules:
        of_kind = [one for one in problem.institutions if one.kind in rule.kinds]
        there = sum((n_slots - len(one.absent)) * one.tables for one in of_kind)
        firms = len(problem.firms) if rule.firm_ids is None else len(rule.firm_ids)
        if of_kind and firms * rule.minimum > there:
            found.append((rule.rule_id, firms * rule.minimum, there))
    return tuple(found)


def _event(problem: Problem) -> Iterator[Fault]:
    if not problem.time_zone:
        yield Fault(EVENT, (), "time_zone", "没有写明时区。", "The time zone is missing.")
        return
    try:
        ZoneInfo(problem.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Fault(
            EVENT,
            (),
            "time_zone",
            f"没有时区“{problem.time_zone}”，请写成 Asia/Shanghai 的样子。",
            f"There is no time zone {problem.time_zone!r}; write it like Asia/Shanghai.",
        )


def _ids(problem: Problem) -> Iterator[Fault]:
    firms = [one.participant_id for one in problem.firms]
    institutions = [one.participant_id for one in problem.institutions]
    slots = [slot.slot_id for slot in problem.slots]
    rooms = [room.room_id for room in problem.rooms]
    for table, ids, column in (
        (FIRMS, firms, "firm_id"),
        (INSTITUTIONS, institutions, "institution_id"),
        (SLOTS, slots, "slot_id"),
        (ROOMS, rooms, "room_id"),
        (KINDS, [rule.rule_id for rule in problem.kind_rules], "rule_id"),
    ):
        yield from _duplicates(table, ids, column)
    for key in set(firms) & set(institutions):
        text = f"编号 {key} 同时用于企业和机构。", f"The id {key} is a firm's and an institution's."
        yield Fault(INSTITUTIONS, (key,), "institution_id", *text)
    if problem.scores.shape != (len(firms), len(institutions)) and (firms and institutions):
        shape = problem.scores.shape
        yield Fault(
            SCORES,
            (),
            "shape",
            f"评分表应为 {len(firms)} × {len(institutions)}，实为 {shape}。",
            f"Scores must have the shape {(len(firms), len(institutions))}; got {shape}.",
        )
    yield from _references(problem, set(firms), set(institutions), set(slots), set(rooms))


def _duplicates(table: str, ids: list[str], column: str) -> Iterator[Fault]:
    for key, count in Counter(ids).items():
        if count > 1:
            text = f"编号 {key} 出现 {count} 次。", f"The id {key} occurs {count} times."
            yield Fault(table, (key,), column, *text)


def _references(
    problem: Problem, firms: set[str], institutions: set[str], slots: set[str], rooms: set[str]
) -> Iterator[Fault]:
    pairs = [(WISHES, w.firm_id, w.institution_id) for w in problem.wishes]
    pairs += [(LOCKS, lock.firm_id, lock.institution_id) for lock in problem.locks]
    pairs += [(MET, *pair) for pair in sorted(problem.met_before)]
    for table, firm_id, institution_id in pairs:
        key = (firm_id, institution_id)
        if firm_id not in firms:
            yield _unknown(table, key, "firm_id", firm_id)
        if institution_id not in institutions:
            yield _unknown(table, key, "institution_id", institution_id)
    for lock in problem.locks:
        key = (lock.firm_id, lock.institution_id)
        yield from _absentees(LOCKS, key, "slot_id", {lock.slot_id} - slots)
        yield from _absentees(LOCKS, key, "room_id", {lock.room_id} - rooms - {None})
    for rule in problem.kind_rules:
        yield from _absentees(KINDS, (rule.rule_id,), "firm_id", (rule.firm_ids or set()) - firms)
    for room in problem.rooms:
        yield from _absentees(ROOMS, (room.room_id,), "slot_id", room.closed - slots)
    for table, people in ((FIRMS, problem.firms), (INSTITUTIONS, problem.institutions)):
        for one in people:
            who = (one.participant_id,)
            yield from _absentees(table, who, "slot_id", one.absent - slots)
            yield from _absentees(table, who, "room_id", {one.room_id} - rooms - {None})


def _absentees(
    table: str, key: tuple[str, ...], column: str, unknown: Iterable[str | None]
) -> Iterator[Fault]:
    for value in sorted(str(one) for one in unknown):
        yield _unknown(table, key, column, value)


def _unknown(table: str, key: tuple[str, ...], column: str, value: str) -> Fault:
    zh, en = WORDS[column]
    return Fault(table, key, column, f"没有{zh} {value}。", f"There is no {en} {value!r}.")


def _people(problem: Problem) -> Iterator[Fault]:
    for table, people in ((FIRMS, problem.firms), (INSTITUTIONS, problem.institutions)):
        for one in people:
            yield from _person(table, one)


def _person(table: str, one: Participant) -> Iterator[Fault]:
    key = (one.participant_id,)
    for low, high, column in (
        (one.min_meetings, one.max_meetings, "max_meetings"),
        (one.session_min, one.session_max, "session_max"),
    ):
        if low < 0 or (high is not None and high < 0):
            yield Fault(
                table, key, column, f"{key[0]} 的场数为负。", f"{key[0]} has a negative limit."
            )
        elif high is not None and low > high:
            yield Fault(
                table,
                key,
                column,
                f"{key[0]} 至少 {low} 场，多于最多 {high} 场。",
                f"{key[0]} has a minimum of {low} above its maximum of {high}.",
            )
    if one.tables < 1:
        yield Fault(
            table,
            key,
            "tables",
            f"{key[0]} 的席位数应至少为 1，实为 {one.tables}。",
            f"{key[0]} needs at least 1 table; got {one.tables}.",
        )
    if one.fixed_tables and len(one.fixed_tables) < one.tables:
        yield Fault(
            table,
            key,
            "fixed_tables",
            f"{key[0]} 有 {one.tables} 个席位，只写了 {len(one.fixed_tables)} 张固定桌。",
            f"{key[0]} has {one.tables} tables but only {len(one.fixed_tables)} fixed ones.",
        )


def _slots(problem: Problem) -> Iterator[Fault]:
    naive = [s for s in problem.slots if s.starts_at.tzinfo is None or s.ends_at.tzinfo is None]
    for slot in naive:
        text = f"场次 {slot.slot_id} 没有时区。", f"Slot {slot.slot_id} has no time zone."
        yield Fault(SLOTS, (slot.slot_id,), "starts_at", *text)
    if naive:
        return
    for slot in problem.slots:
        if slot.ends_at <= slot.starts_at:
            text = (
                f"场次 {slot.slot_id} 的结束时间不晚于开始时间。",
                f"Slot {slot.slot_id} does not end after it starts.",
            )
            yield Fault(SLOTS, (slot.slot_id,), "ends_at", *text)
    ordered = sorted(problem.slots, key=lambda s: (s.starts_at, s.slot_id))
    for one, two in pairwise(ordered):
        if two.starts_at < one.ends_at:
            text = (
                f"场次 {two.slot_id} 与 {one.slot_id} 时间重叠。",
                f"Slot {two.slot_id} overlaps {one.slot_id}.",
            )
            yield Fault(SLOTS, (two.slot_id,), "starts_at", *text)


def _rooms(problem: Problem) -> Iterator[Fault]:
    rooms = {room.room_id: room for room in problem.rooms}
    for room in problem.rooms:
        if room.tables < 1:
            text = (
                f"场地 {room.room_id} 的桌数应至少为 1，实为 {room.tables}。",
                f"Room {room.room_id} needs at least 1 table; got {room.tables}.",
            )
            yield Fault(ROOMS, (room.room_id,), "tables", *text)
    owners: dict[tuple[str, int], str] = {}
    for one in problem.institutions:
        for number in one.fixed_tables:
            key, who = (one.room_id or "", number), one.participant_id
            if one.room_id is None or not 1 <= number <= rooms[one.room_id].tables:
                text = (
                    f"{who} 的固定桌 {number} 不在其场地内。",
                    f"{who} has no such table {number}.",
                )
                yield Fault(INSTITUTIONS, (who,), "fixed_tables", *text)
            elif key in owners:
                text = (
                    f"{who} 与 {owners[key]} 的固定桌相同（{number}）。",
                    f"{who} and {owners[key]} have the same fixed table {number}.",
                )
                yield Fault(INSTITUTIONS, (who,), "fixed_tables", *text)
            owners.setdefault(key, who)


def _scores(problem: Problem) -> Iterator[Fault]:
    wrong = np.isinf(problem.scores) | (problem.scores < 0)
    for f, i in np.argwhere(wrong).tolist():
        pair = (problem.firms[f].participant_id, problem.institutions[i].participant_id)
        value = float(problem.scores[f, i])
        text = (
            f"{pair[0]} 与 {pair[1]} 的评分应为不小于 0 的有限数，实为 {value}。",
            f"The score of {pair[0]} and {pair[1]} must be finite and at least 0; got {value}.",
        )
        yield Fault(SCORES, pair, "score", *text)


def _pairs(problem: Problem) -> Iterator[Fault]:
    firms = {one.participant_id: (at, one) for at, one in enumerate(problem.firms)}
    others = {one.participant_id: (at, one) for at, one in enumerate(problem.institutions)}
    declined = pairs_said(problem, WishKind.NO_THANKS)
    slots = {slot.slot_id for slot in problem.slots}
    for pair in sorted(pairs_said(problem, WishKind.MUST)):
        (f, firm), (i, other) = firms[pair[0]], others[pair[1]]
        named = f"{pair[0]} / {pair[1]}"
        if pair in declined:
            text = f"{named} 既必见又婉拒。", f"{named} must meet and is declined."
            yield Fault(WISHES, pair, "kind", *text)
        if math.isnan(problem.scores[f, i]) or (firm.group and firm.group == other.group):
            text = f"{named} 必见，但不符合条件。", f"{named} must meet but is not eligible."
            yield Fault(WISHES, pair, "kind", *text)
        if not slots - firm.absent - other.absent:
            text = f"{named} 必见，但没有共同时段。", f"{named} must meet but has no common slot."
            yield Fault(WISHES, pair, "kind", *text)


def _locks(problem: Problem) -> Iterator[Fault]:
    people = {one.participant_id: one for one in (*problem.firms, *problem.institutions)}
    rooms = {room.room_id: room for room in problem.rooms}
    seats: Counter[tuple[str, str]] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    sessions: Counter[tuple[str, str]] = Counter()
    session = {slot.slot_id: slot.session for slot in problem.slots}
    places: Counter[tuple[str, str, int]] = Counter()
    owners = {
        (one.room_id or "", number): one.participant_id
        for one in problem.institutions
        for number in one.fixed_tables
    }
    for lock in problem.locks:
        pair = (lock.firm_id, lock.institution_id)
        named = f"{pair[0]} / {pair[1]}"
        pairs[pair] += 1
        if pairs[pair] > 1:
            yield Fault(LOCKS, pair, "pair", f"{named} 锁定了两次。", f"{named} is locked twice.")
        for key in pair:
            seats[key, lock.slot_id] += 1
            total[key] += 1
            most = people[key].max_meetings
            if seats[key, lock.slot_id] > people[key].tables:
                text = (
                    f"{key} 在场次 {lock.slot_id} 的锁定会面多于其席位。",
                    f"{key} has more locked meetings in slot {lock.slot_id} than tables.",
                )
                yield Fault(LOCKS, pair, "slot", *text)
            if lock.slot_id in people[key].absent:
                text = (
                    f"{key} 不在场次 {lock.slot_id}，却有锁定会面。",
                    f"{key} is not there in slot {lock.slot_id} but locked.",
                )
                yield Fault(LOCKS, pair, "slot", *text)
            if most is not None and total[key] == most + 1:
                text = (
                    f"{key} 的锁定会面多于最多 {most} 场。",
                    f"{key} has more locked meetings than its maximum of {most}.",
                )
                yield Fault(LOCKS, pair, "pair", *text)
            sessions[key, session[lock.slot_id]] += 1
            most = people[key].session_max
            if most is not None and sessions[key, session[lock.slot_id]] == most + 1:
                text = (
                    f"{key} 在同一时段的锁定会面多于最多 {most} 场。",
                    f"{key} has more locked meetings in a session than its maximum of {most}.",
                )
                yield Fault(LOCKS, pair, "slot", *text)
        if lock.table is not None:
            place = (lock.slot_id, lock.room_id or "", lock.table)
            places[place] += 1
            fits = lock.room_id is not None and 1 <= lock.table <= rooms[lock.room_id].tables
            fits = fits and owners.get(place[1:], lock.institution_id) == lock.institution_id
            if not fits or places[place] > 1:
                text = (
                    f"{named} 的桌号 {lock.table} 不存在或已被占用。",
                    f"{named} is locked to table {lock.table}, which is taken or does not exist.",
                )
                yield Fault(LOCKS, pair, "table", *text)


def _lock_rooms(problem: Problem) -> Iterator[Fault]:
    """Settled meetings need tables: in their room, and in all rooms together."""
    if not problem.rooms:
        return
    home = {one.participant_id: one.room_id for one in problem.institutions}
    wanted: Counter[tuple[str, str | None]] = Counter()
    for lock in problem.locks:
        wanted[lock.slot_id, None] += 1
        room_id = lock.room_id or home[lock.institution_id]
        if room_id is not None:
            wanted[lock.slot_id, room_id] += 1
    for (slot_id, room_id), count in wanted.items():
        there = sum(
            room.tables
            for room in problem.rooms
            if room_id in (None, room.room_id) and slot_id not in room.closed
        )
        if count > there:
            keys = [(k.firm_id, k.institution_id) for k in problem.locks if k.slot_id == slot_id]
            text = (
                f"场次 {slot_id} 有 {count} 场锁定会面，只有 {there} 张桌。",
                f"Slot {slot_id} has {count} locked meetings and {there} tables.",
            )
            yield Fault(LOCKS, keys[-1], "slot", *text)


def _kinds(problem: Problem) -> Iterator[Fault]:
    for rule in problem.kind_rules:
        if rule.minimum < 1 or not rule.kinds:
            text = (
                f"规则 {rule.rule_id} 需要机构类型和至少 1 场。",
                f"Rule {rule.rule_id} needs kinds and a minimum of at least 1.",
            )
            yield Fault(KINDS, (rule.rule_id,), "minimum", *text)
    for one, two in combinations(problem.kind_rules, 2):
        shared = _shared(one.firm_ids, two.firm_ids)
        common = one.kinds & two.kinds
        if shared and common and not (one.kinds <= two.kinds or two.kinds <= one.kinds):
            text = (
                f"规则 {one.rule_id} 与 {two.rule_id} 的类型相交而不包含。",
                f"Rules {one.rule_id} and {two.rule_id} overlap without nesting.",
            )
            yield Fault(KINDS, (two.rule_id,), "kinds", *text)


def _shared(one: frozenset[str] | None, two: frozenset[str] | None) -> bool:
    return one is None or two is None or bool(one & two)


def texts(faults: Iterable[Fault], *, chinese: bool) -> list[str]:
    """Return the faults as sentences."""
    return [fault.text_zh if chinese else fault.text_en for fault in faults]
