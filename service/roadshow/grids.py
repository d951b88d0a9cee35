"""Timetables as tables: by institution, by firm, and by slot."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.roadshow.problem import Participant, Slot
from matcher.roadshow.result import Meeting
from service.roadshow.wording import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """What a participant does in a slot: meets, waits, or is away."""

    meetings: tuple[Meeting, ...] = ()
    away: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One participant with a cell for each slot."""

    one: Participant
    cells: tuple[Cell, ...]

    @property
    def n_meetings(self) -> int:
        """How many meetings it has."""
        return sum(len(cell.meetings) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Block:
    """A session: its slots, and the lines of everybody."""

    title: str
    slots: tuple[Slot, ...]
    lines: tuple[Line, ...]


def blocks(words: Words, people: tuple[Participant, ...]) -> list[Block]:
    """Return a table for each session, so that each fits on a page.

    Parameters
    ----------
    words
        The plan in one language.
    people
        The firms, or the institutions, of its problem.
    """
    at: dict[tuple[str, str], list[Meeting]] = {}
    for one in words.plan.meetings:
        for key in one.pair:
            at.setdefault((key, one.slot_id), []).append(one)
    found = []
    for session, slots in sessions(words).items():
        lines = tuple(
            Line(
                one,
                tuple(
                    Cell(
                        tuple(at.get((one.participant_id, slot.slot_id), ())),
                        slot.slot_id in one.absent,
                    )
                    for slot in slots
                ),
            )
            for one in people
        )
        found.append(Block(words.session_title(session), slots, lines))
    return found


def sessions(words: Words) -> dict[str, tuple[Slot, ...]]:
    """Return the slots of each session, in the order of time."""
    found: dict[str, list[Slot]] = {}
    for slot in sorted(words.problem.slots, key=lambda slot: slot.starts_at):
        found.setdefault(slot.session, []).append(slot)
    return {session: tuple(slots) for session, slots in found.items()}


def by_slot(words: Words) -> list[tuple[Slot, tuple[Meeting, ...]]]:
    """Return the meetings of each slot, in the order of time, by room and table."""
    found: dict[str, list[Meeting]] = {}
    for one in words.plan.meetings:
        found.setdefault(one.slot_id, []).append(one)
    return [
        (slot, tuple(sorted(found.get(slot.slot_id, ()), key=_place)))
        for slot in sorted(words.problem.slots, key=lambda slot: slot.starts_at)
    ]


def _place(one: Meeting) -> tuple[str, int, str]:
    return one.room_id or "", one.table or 0, one.institution_id
