"""What a plan falls short of, why, and which one change would help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.kind_tree import required_of, trees
from matcher.roadshow.result import Cause, Fix, Rule, Seat, Unmatched, Violation
from matcher.roadshow.timetable import NOBODY, Timetable

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_NAMED = 5
"""Full participants that a finding names."""

WORTH_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Why:
    cause: Cause
    fix: Fix
    full: tuple[str, ...] = ()
    worth: float = 0.0
    minimums: int = 0


class Findings:
    """Explains one timetable.

    Parameters
    ----------
    table
        Meetings and times.
    seat_worth
        Shadow price of one more seat at each institution, in weight. Shape ``(I,)``.
    """

    def __init__(self, table: Timetable, seat_worth: Ints) -> None:
        self.table, self.board = table, table.board
        self.met = table.meets()
        self.worth = seat_worth
        board = self.board
        self.to_come = board.firm_there & board.ahead, board.institution_there & board.ahead
        left, right = (there.astype(np.float32) for there in self.to_come)
        self.there = left @ right.T > 0
        self.counts = self.met.sum(axis=1), self.met.sum(axis=0)
        lock_f = np.bincount(board.locks[:, 0], minlength=len(board.firms))
        lock_i = np.bincount(board.locks[:, 1], minlength=len(board.institutions))
        self.most = board.firm_most + lock_f, board.institution_most + lock_i

    def unmatched(self) -> tuple[Unmatched, ...]:
        """Return firms, then institutions, that meet nobody."""
        found = []
        for axis, people in enumerate((self.board.firms, self.board.institutions)):
            for row in np.flatnonzero(self.counts[axis] == 0).tolist():
                why = self._why(axis, row, np.ones(self.met.shape[1 - axis], np.bool_))
                found.append(
                    Unmatched(
                        participant_id=people[row].participant_id,
                        cause=why.cause,
                        fix=why.fix,
                        full=why.full,
                        seat_worth=why.worth,
                        seat_minimums=why.minimums,
                    )
                )
        return tuple(sorted(found, key=lambda one: one.participant_id))

    def seats(self) -> tuple[Seat, ...]:
        """Return the institutions where one more seat would gain something, best first."""
        found = []
        for row in np.flatnonzero(self.worth > 0).tolist():
            worth, minimums = self._priced(int(self.worth[row]))
            one = self.board.institutions[row].participant_id
            found.append(Seat(participant_id=one, worth=worth, minimums=minimums))
        return tuple(sorted(found, key=lambda s: (-s.minimums, -s.worth, s.participant_id)))

    def violations(self) -> tuple[Violation, ...]:
        """Return everything that was asked for and did not come about."""
        found = [*self._minimums(0), *self._minimums(1), *self._sessions(0), *self._sessions(1)]
        found += [*self._kinds(), *self._musts(), *self._released(), *self._idle()]
        return tuple(sorted(found, key=lambda v: (v.rule.value, v.who, v.detail)))

    def _minimums(self, axis: int) -> list[Violation]:
        people = (self.board.firms, self.board.institutions)[axis]
        rule = (Rule.FIRM_MINIMUM, Rule.INSTITUTION_MINIMUM)[axis]
        found = []
        for row, one in enumerate(people):
            got = int(self.counts[axis][row])
            if got < one.min_meetings:
                why = self._why(axis, row, np.ones(self.met.shape[1 - axis], np.bool_))
                found.append(_violation(rule, (one.participant_id,), one.min_meetings, got, why))
        return found

    def _sessions(self, axis: int) -> list[Violation]:
        board, found = self.board, []
        people = (board.firms, board.institutions)[axis]
        there = (board.firm_there, board.institution_there)[axis]
        for row, one in enumerate(people):
            if not one.session_min:
                continue
            for at in range(int(board.session.max(initial=-1)) + 1):
                inside = board.session == at
                if not there[row][inside].any():
                    continue
                if axis:
                    got = int((self.table.partner[:, inside] == row).sum())
                else:
                    got = int((self.table.partner[row, inside] != NOBODY).sum())
                if got < one.session_min:
                    name = board.slots[int(np.flatnonzero(inside)[0])].session
                    why = self._why_in(axis, row, inside)
                    who = (one.participant_id,)
                    wanted = one.session_min
                    found.append(
                        _violation(Rule.SESSION_MINIMUM, who, wanted, got, why, detail=name)
                    )
        return found

    def _kinds(self) -> list[Violation]:
        found = []
        for rows, tree in trees(self.board):
            if not tree.rules:
                continue
            had = tree.covers.astype(np.int64) @ self.met[rows].T.astype(np.int64)
            wanted = required_of(self.board, tree, rows)
            for at, place in np.argwhere(had < wanted).tolist():
                row, rule = int(rows[place]), tree.rules[at]
                why = self._why(0, row, tree.covers[at])
                found.append(
                    _violation(
                        Rule.KIND_MINIMUM,
                        (self.board.firms[row].participant_id,),
                        int(wanted[at, place]),
                        int(had[at, place]),
                        why,
                        detail=rule.rule_id,
                    )
                )
        return found

    def _musts(self) -> list[Violation]:
        board, found = self.board, []
        for f, i in np.argwhere(board.must & ~self.met).tolist():
            only = np.zeros(len(board.institutions), np.bool_)
            only[i] = True
            pair = (board.firms[f].participant_id, board.institutions[i].participant_id)
            found.append(_violation(Rule.MUST_MEET, pair, 1, 0, self._why(0, f, only)))
        return found

    def _released(self) -> list[Violation]:
        """Return what was promised before somebody was absent, and has no other time."""
        board, found = self.board, []
        rows = {one.participant_id: at for at, one in enumerate(board.firms)}
        columns = {one.participant_id: at for at, one in enumerate(board.institutions)}
        for one in board.problem.released:
            f, i = rows[one.firm_id], columns[one.institution_id]
            if self.met[f, i] or (one.slot_id is None and board.must[f, i]):
                continue
            rule = Rule.MUST_MEET if one.slot_id is None else Rule.SETTLED
            gone = self._gone(0, f) or self._gone(1, i)
            only = np.arange(len(board.institutions)) == i
            why = _Why(Cause.NOT_THERE, Fix.OTHER_DATE) if gone else self._why(0, f, only)
            found.append(_violation(rule, one.pair, 1, 0, why, detail=one.slot_id or ""))
        return found

    def _idle(self) -> list[Violation]:
        board, found = self.board, []
        default = board.problem.options.max_idle
        for axis, people in enumerate((board.firms, board.institutions)):
            there = (board.firm_there, board.institution_there)[axis]
            for row, one in enumerate(people):
                limit = default if one.max_idle is None else one.max_idle
                if limit is None:
                    continue
                if axis:
                    busy = (self.table.partner == row).any(axis=0)
                else:
                    busy = self.table.partner[row] != NOBODY
                longest = longest_idle(busy, there[row], board.session)
                if longest > limit:
                    why = _Why(Cause.TIMETABLE, Fix.LOWER_REQUIREMENT)
                    who = (one.participant_id,)
                    found.append(_violation(Rule.IDLE_LIMIT, who, limit, longest, why))
        return found

    def _why(self, axis: int, row: int, among: Flags) -> _Why:
        """Find the first reason that keeps participant ``row`` from one more of ``among``."""
        board = self.board
        pairs = [board.eligible, board.declined, board.allowed, self.there, self.met]
        eligible, declined, allowed, there, met = (
            m[row] if axis == 0 else m[:, row] for m in pairs
        )
        open_ = among & eligible & ~met
        if not (among & eligible).any():
            return _Why(Cause.NO_ELIGIBLE_PAIR, Fix.SCORE_PAIRS)
        if not open_.any():
            return _Why(Cause.NO_ELIGIBLE_PAIR, Fix.LOWER_REQUIREMENT)
        if not (open_ & ~declined).any():
            return _Why(Cause.ALL_DECLINED, Fix.ASK_AGAIN)
        if not (open_ & ~declined & there).any() and self._gone(axis, row):
            return _Why(Cause.NOT_THERE, Fix.OTHER_DATE)
        if not (open_ & ~declined & there).any():
            return _Why(Cause.NO_COMMON_SLOT, Fix.MORE_PRESENCE)
        open_ &= allowed
        if not open_.any():
            return _Why(Cause.ALL_DECLINED, Fix.ASK_AGAIN)
        one = (board.firms, board.institutions)[axis][row]
        if self.counts[axis][row] >= self.most[axis][row]:
            given = one.max_meetings
            presence = (board.firm_there, board.institution_there)[axis][row].sum() * one.tables
            limited = given is not None and given < presence
            return _Why(Cause.OWN_LIMIT, Fix.RAISE_OWN_MAXIMUM if limited else Fix.MORE_PRESENCE)
        full = open_ & (self.counts[1 - axis] >= self.most[1 - axis])
        if full.sum() < open_.sum():
            return _Why(Cause.TIMETABLE, Fix.MORE_SLOTS)
        return self._full(axis, row, full)

    def _why_in(self, axis: int, row: int, inside: Flags) -> _Why:
        """Find the first reason that keeps a participant from one more meeting in a session."""
        board, anybody = self.board, np.ones(self.met.shape[1 - axis], np.bool_)
        whole = self._why(axis, row, anybody)
        if whole.fix in (Fix.OTHER_DATE, Fix.SCORE_PAIRS, Fix.ASK_AGAIN):
            return whole
        f, s = np.nonzero(self.table.partner != NOBODY)
        i = self.table.partner[f, s]
        here = inside[s]
        met = np.unique((i[here & (f == row)]) if axis == 0 else f[here & (i == row)])
        together = (board.allowed[row] if axis == 0 else board.allowed[:, row]).copy()
        together[met] = False  # whoever meets in another session only could move
        mine, others = self.to_come[axis][row] & inside, self.to_come[1 - axis]
        together &= others[:, mine].any(axis=1)
        if not together.any():
            return _Why(Cause.NO_COMMON_SLOT, Fix.MORE_PRESENCE)
        if whole.cause is Cause.OWN_LIMIT:
            return whole
        busy = np.zeros(others.shape, np.int64)
        np.add.at(busy, (i if axis == 0 else f, s), 1)
        tables = np.array([one.tables for one in (board.institutions, board.firms)[axis]], np.int64)
        free = others & (busy < tables[:, None])
        ended = self.counts[1 - axis] >= self.most[1 - axis]
        full = together & (ended | ~free[:, mine].any(axis=1))
        if full.sum() < together.sum():
            return _Why(Cause.TIMETABLE, Fix.MORE_SLOTS)
        return self._full(axis, row, full)

    def _gone(self, axis: int, row: int) -> bool:
        """Return whether somebody is in no slot to come, though there are some."""
        return bool(self.board.ahead.any() and not self.to_come[axis][row].any())

    def _full(self, axis: int, row: int, full: Flags) -> _Why:
        board = self.board
        weights = board.weights[row] if axis == 0 else board.weights[:, row]
        worth = self.worth if axis == 0 else np.zeros(len(board.firms), np.int64)
        rows = np.flatnonzero(full)
        rows = rows[np.lexsort((rows, -weights[rows], -worth[rows]))][:MOST_NAMED]
        people = (board.institutions, board.firms)[axis]
        names = tuple(people[at].participant_id for at in rows.tolist())
        value, minimums = self._priced(int(worth[rows[0]]))
        return _Why(Cause.CAPACITY, Fix.MORE_SEATS, names, value, minimums)

    def _priced(self, worth: int) -> tuple[float, int]:
        """Split a shadow price into score units and mended minimums."""
        bonus = self.board.minimum_bonus
        minimums = (worth + bonus // 2) // bonus
        value = (worth - minimums * bonus) * self.board.unit
        return round(value, WORTH_DIGITS), int(minimums)


def longest_idle(busy: Flags, there: Flags, session: Ints) -> int:
    """Return the longest run of idle slots between two meetings of a session."""
    longest = 0
    for at in np.unique(session).tolist():
        run, begun = 0, False
        for slot in np.flatnonzero(session == at).tolist():
            if busy[slot]:
                longest = max(longest, run) if begun else longest
                run, begun = 0, True
            elif there[slot]:
                run += 1
    return longest


def _violation(
    rule: Rule, who: tuple[str, ...], required: int, got: int, why: _Why, *, detail: str = ""
) -> Violation:
    return Violation(
        rule=rule,
        who=who,
        detail=detail,
        required=required,
        got=got,
        cause=why.cause,
        fix=why.fix,
        full=why.full,
        seat_worth=why.worth,
        seat_minimums=why.minimums,
    )
