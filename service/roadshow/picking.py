"""A problem from participants that somebody picked, and hours that somebody named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from data.errors import ArgumentError
from data.records import Institution
from matcher.roadshow.problem import DEFAULT_TIME_ZONE, Participant, Problem, Room, Slot

MOST_SLOTS = 60
SHORTEST_MIN, LONGEST_MIN = 5, 120
FIRM_MINIMUM = 1
"""Every firm that is invited meets somebody, where anybody is eligible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A part of a day: when it begins, and of how many slots it is."""

    title: str
    begins: dt.time
    n_slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a roadshow takes place.

    Attributes
    ----------
    slot_minutes
        Of each meeting, the change of tables included.
    """

    day: dt.date
    sessions: tuple[Session, ...]
    slot_minutes: int


def picked(
    roadshow_id: str,
    name: str,
    *,
    firms: Sequence[tuple[str, str]],
    institutions: Sequence[Institution],
    hours: Hours,
    tables: int = 0,
) -> Problem:
    """Return a problem without scores, which the model gives.

    Parameters
    ----------
    roadshow_id, name
        Of the event.
    firms
        Ids and names.
    institutions
        Who they meet.
    hours
        When.
    tables
        In one room; 0 where no table is to be given.

    Raises
    ------
    ArgumentError
        Nobody was picked on one side, or the hours are none.
    """
    for side, field in ((firms, "firms"), (institutions, "institutions")):
        if not side:
            raise ArgumentError(
                f"Pick at least one of the {field}.", field=field, remedy="Tick whom to invite."
            )
    room = (Room(room_id="1", name="1", tables=tables),) if tables else ()
    return Problem(
        roadshow_id=roadshow_id,
        name=name,
        firms=tuple(
            Participant(participant_id=key, name=called, min_meetings=FIRM_MINIMUM)
            for key, called in firms
        ),
        institutions=tuple(
            Participant(participant_id=one.institution_id, name=one.name, kind=one.kind.value)
            for one in institutions
        ),
        slots=tuple(_slots(hours)),
        rooms=room,
        scores=np.full((len(firms), len(institutions)), np.nan),
    )


def _slots(hours: Hours) -> list[Slot]:
    if not SHORTEST_MIN <= hours.slot_minutes <= LONGEST_MIN:
        raise ArgumentError(
            f"A slot takes {SHORTEST_MIN} to {LONGEST_MIN} minutes; got {hours.slot_minutes}.",
            field="slot_minutes",
        )
    total = sum(one.n_slots for one in hours.sessions)
    if not 1 <= total <= MOST_SLOTS:
        raise ArgumentError(f"A roadshow has 1 to {MOST_SLOTS} slots; got {total}.", field="slots")
    length = dt.timedelta(minutes=hours.slot_minutes)
    found: list[Slot] = []
    for session in hours.sessions:
        zone = ZoneInfo(DEFAULT_TIME_ZONE)
        begins = dt.datetime.combine(hours.day, session.begins, tzinfo=zone)
        for number in range(session.n_slots):
            starts = begins + number * length
            found.append(
                Slot(
                    slot_id=f"s{len(found) + 1:02d}",
                    starts_at=starts,
                    ends_at=starts + length,
                    session=f"{hours.day.isoformat()} {session.title}",
                )
            )
    return found
