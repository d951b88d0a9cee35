"""What the planner returns: meetings, agendas, and how good they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Rule(StrEnum):
    """What a plan may fall short of."""

    FIRM_MINIMUM = "firm_minimum"
    INSTITUTION_MINIMUM = "institution_minimum"
    SESSION_MINIMUM = "session_minimum"
    KIND_MINIMUM = "kind_minimum"
    MUST_MEET = "must_meet"
    IDLE_LIMIT = "idle_limit"
    SETTLED = "settled"


class Cause(StrEnum):
    """Why something did not come about; the first that applies, in this order."""

    NOT_THERE = "not_there"
    NO_ELIGIBLE_PAIR = "no_eligible_pair"
    ALL_DECLINED = "all_declined"
    NO_COMMON_SLOT = "no_common_slot"
    OWN_LIMIT = "own_limit"
    CAPACITY = "capacity"
    TIMETABLE = "timetable"


class Fix(StrEnum):
    """The one change that would help."""

    SCORE_PAIRS = "score_pairs"
    ASK_AGAIN = "ask_again"
    MORE_PRESENCE = "more_presence"
    OTHER_DATE = "other_date"
    RAISE_OWN_MAXIMUM = "raise_own_maximum"
    MORE_SEATS = "more_seats"
    MORE_SLOTS = "more_slots"
    LOWER_REQUIREMENT = "lower_requirement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting; ``room_id`` and ``table`` are ``None`` where the event names no rooms."""

    firm_id: str
    institution_id: str
    slot_id: str
    room_id: str | None = None
    table: int | None = None
    desk: int = 1
    value: float = 0.0
    locked: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """Who meets."""
        return (self.firm_id, self.institution_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that was asked for and did not come about.

    Attributes
    ----------
    who
        Ids: one participant, or the firm and the institution of a pair.
    detail
        Session or rule concerned; the slot of a settled meeting that fell through.
    required, got
        Counts; of idle slots for the idle limit.
    full
        Institutions (or firms) that would fit and have no seat left, the most valuable first.
    seat_worth, seat_minimums
        What one more seat at the first of ``full`` would add to the objective, in score units, and
        how many missed units of minimums it would mend besides.
    """

    rule: Rule
    who: tuple[str, ...]
    detail: str = ""
    required: int
    got: int
    cause: Cause
    fix: Fix
    full: tuple[str, ...] = ()
    seat_worth: float = 0.0
    seat_minimums: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A participant without any meeting, and why."""

    participant_id: str
    cause: Cause
    fix: Fix
    full: tuple[str, ...] = ()
    seat_worth: float = 0.0
    seat_minimums: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one more seat at a participant with all seats taken is worth, in score units."""

    participant_id: str
    worth: float
    minimums: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good a plan is.

    Attributes
    ----------
    value
        Sum of the meetings' scores.
    upper_bound
        Value of the best match list under the same rules and dial, before the timetable: the
        optimum of its linear program, which the flow attains.
    gap
        How far the objective (value and dial) is below that of the linear program, as a share.
    baseline_value, baseline_meetings
        Of the sorted spreadsheet on the same input.
    lead
        Value above the baseline, as a share of it.
    baseline_shortfall
        Missed minimum units of the baseline (participants, kinds), as ``shortfall`` counts ours.
    efficiency_value
        Value of the best match list without dial, minimums and kind rules.
    fairness_cost
        How far ``upper_bound`` is below it, as a share: what the dial and the minimums cost.
    lowest_firm_value, tenth_firm_value
        Least sum of scores of a firm, and the 10th percentile.
    gini_value, gini_meetings
        Over firms; 0 is equal.
    breaks
        Runs of idle slots between two meetings of a participant's session, firms and delegates.
    fill
        Meetings as a share of what the institutions' seats and rooms could hold.
    blocking_pairs
        Pairs who would both rather meet than keep what they have; a diagnostic, not a goal.
    shortfall
        Missed units of minimums.
    wishes_met, wishes
        Of the pairs that somebody wished for or must meet.
    """

    meetings: int = 0
    value: float = 0.0
    upper_bound: float = 0.0
    gap: float = 0.0
    baseline_value: float = 0.0
    baseline_meetings: int = 0
    baseline_shortfall: int = 0
    baseline_unserved: int = 0
    lead: float = 0.0
    efficiency_value: float = 0.0
    fairness_cost: float = 0.0
    lowest_firm_value: float = 0.0
    tenth_firm_value: float = 0.0
    gini_value: float = 0.0
    gini_meetings: float = 0.0
    breaks: int = 0
    baseline_breaks: int = 0
    fill: float = 0.0
    blocking_pairs: int = 0
    shortfall: int = 0
    unserved: int = 0
    wishes_met: int = 0
    wishes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """From what a plan was made: equal stamps mean equal bytes."""

    input_hash: str = ""
    seed: int = 0
    solver_version: str = ""
    fairness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A match list with its timetable.

    Attributes
    ----------
    meetings
        By slot, then institution, then firm.
    warnings
        Requirements above what is free, as ``(participant or rule id, required, free)``.
    frozen_until
        Slots that had begun by then were not touched when the plan was made.
    """

    roadshow_id: str
    meetings: tuple[Meeting, ...] = ()
    quality: Quality = Quality()
    violations: tuple[Violation, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    seats: tuple[Seat, ...] = ()
    warnings: tuple[tuple[str, int, int], ...] = ()
    stamp: Stamp = Stamp()
    frozen_until: dt.datetime | None = None

    def agenda(self, participant_id: str) -> tuple[Meeting, ...]:
        """Return the meetings of one participant in the order of time."""
        return tuple(m for m in self.meetings if participant_id in (m.firm_id, m.institution_id))

    def agendas(self) -> dict[str, tuple[Meeting, ...]]:
        """Return the meetings of every participant that has any, in the order of time."""
        found: dict[str, list[Meeting]] = {}
        for meeting in self.meetings:
            found.setdefault(meeting.firm_id, []).append(meeting)
            found.setdefault(meeting.institution_id, []).append(meeting)
        return {key: tuple(rows) for key, rows in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A kept pair that meets elsewhere or at another time."""

    before: Meeting
    after: Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed from one plan to the next."""

    added: tuple[Meeting, ...] = ()
    removed: tuple[Meeting, ...] = ()
    moved: tuple[Moved, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved)
