"""What an organizer brings: participants, slots, rooms, scores, and everybody's conditions.

A problem is plain data. :mod:`matcher.roadshow.checking` says what is wrong with one; the planner
expects that nothing is. Participants are known by their ids, and a pair is always
``(firm_id, institution_id)``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.choices import Fairness as Fairness
from matcher.roadshow.choices import Side as Side
from matcher.roadshow.choices import WishKind as WishKind

Pair = tuple[str, str]
"""The ids of a firm and of an institution."""

DEFAULT_SEED = 7
DEFAULT_TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One time slot; both ends are aware instants and ``session`` groups neighbouring slots."""

    slot_id: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room with numbered tables; in the slots of ``closed`` nobody meets there."""

    room_id: str
    name: str
    tables: int
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A firm or an institution.

    Attributes
    ----------
    kind
        Of an institution: ``bank``, ``fund``, …; rules refer to it.
    group
        Legal group (集团); a firm and an institution of one group never meet.
    min_meetings, max_meetings
        Of the whole event; no maximum means as many as there is time for.
    session_min, session_max
        Of every session in which the participant is there.
    absent
        Slots in which the participant is not there: late arrival, early leave, breaks.
    max_idle
        At most so many idle slots in a row between two meetings of a session.
    tables
        Of an institution: delegates who meet at the same time.
    room_id, fixed_tables
        Of an institution: where it sits all day; the numbers of its tables in that room.
    """

    participant_id: str
    name: str
    kind: str = ""
    group: str | None = None
    min_meetings: int = 0
    max_meetings: int | None = None
    session_min: int = 0
    session_max: int | None = None
    absent: frozenset[str] = frozenset()
    max_idle: int | None = None
    tables: int = 1
    room_id: str | None = None
    fixed_tables: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """At least ``minimum`` meetings with institutions of ``kinds``, for each firm concerned.

    Two rules for one firm must nest or have no kind in common. ``firm_ids`` is ``None`` for all.
    """

    rule_id: str
    kinds: frozenset[str]
    minimum: int = 1
    firm_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one side says about one pair."""

    firm_id: str
    institution_id: str
    by: Side
    kind: WishKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A meeting that is settled: this pair, in this slot, and in this room where one is named."""

    firm_id: str
    institution_id: str
    slot_id: str
    room_id: str | None = None
    table: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A promise that an absence has made impossible: it no longer binds, but it is told.

    ``slot_id`` is that of a settled meeting, ``None`` for a pair that must have met.
    """

    firm_id: str
    institution_id: str
    slot_id: str | None = None

    @property
    def pair(self) -> Pair:
        """Who was promised to each other."""
        return (self.firm_id, self.institution_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairNote:
    """What is known of a pair beside its score."""

    reason_zh: str = ""
    reason_en: str = ""
    offer_id: str | None = None
    need_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to plan.

    Attributes
    ----------
    fairness
        The dial.
    max_idle
        For every participant without a value of its own; ``None`` does not limit.
    seed
        Of the improvement pass.
    agenda_rounds
        Length of the improvement pass: tried moves for each meeting, and two million altogether
        at most; 0 leaves it out.
    """

    fairness: Fairness = Fairness.BALANCED
    max_idle: int | None = None
    seed: int = DEFAULT_SEED
    agenda_rounds: int = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Everything the planner needs to know.

    Attributes
    ----------
    scores
        Value of each pair, at least 0; NaN for a pair that is not eligible. Shape
        ``(n_firms, n_institutions)``, in the order of ``firms`` and ``institutions``.
    met_before
        Pairs that met at an earlier event; they do not meet again.
    released
        Settled meetings and must pairs that somebody's absence has made impossible.
    notes
        Reasons, offers and needs of pairs, for printing and for recording outcomes.
    score_source
        ``file``, or the version of the model that gave the scores.
    """

    roadshow_id: str
    name: str
    time_zone: str = DEFAULT_TIME_ZONE
    firms: tuple[Participant, ...] = ()
    institutions: tuple[Participant, ...] = ()
    slots: tuple[Slot, ...] = ()
    rooms: tuple[Room, ...] = ()
    scores: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    kind_rules: tuple[KindRule, ...] = ()
    wishes: tuple[Wish, ...] = ()
    locks: tuple[Lock, ...] = ()
    released: tuple[Released, ...] = ()
    met_before: frozenset[Pair] = frozenset()
    notes: Mapping[Pair, PairNote] = field(default_factory=dict)
    options: Options = Options()
    score_source: str = "file"

    def with_options(self, **changes: object) -> Problem:
        """Return the problem with other options."""
        return replace(self, options=replace(self.options, **changes))  # type: ignore[arg-type]


def pairs_said(problem: Problem, kind: WishKind) -> frozenset[Pair]:
    """Return the pairs about which somebody said ``kind``."""
    return frozenset((w.firm_id, w.institution_id) for w in problem.wishes if w.kind is kind)
