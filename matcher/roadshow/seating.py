"""Where each meeting takes place: fixed tables first, then the same table all day where it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matcher.roadshow.board import Board
from matcher.roadshow.compaction import Agendas
from matcher.roadshow.problem import Lock
from matcher.roadshow.timetable import NOBODY, Timetable

Place = tuple[str, int]
"""Id of a room and number of a table in it."""


@dataclass
class _Floor:
    """The tables of all rooms, and who sits where in the slot under way."""

    board: Board
    reserved: set[Place]
    home: dict[int, Place] = field(default_factory=dict)

    def open_tables(self, slot: int, room: int | None) -> list[Place]:
        """Return the shared tables of one room, or of all, that are open in a slot."""
        rooms = self.board.rooms if room is None else (self.board.rooms[room],)
        slot_id = self.board.slots[slot].slot_id
        return [
            (one.room_id, number)
            for one in rooms
            if slot_id not in one.closed
            for number in range(1, one.tables + 1)
            if (one.room_id, number) not in self.reserved
        ]


def seat(
    table: Timetable, earlier: Mapping[tuple[int, int], Place] | None = None
) -> dict[tuple[int, int], tuple[int, Place | None]]:
    """Return the desk (from 1) and the table of each meeting, by firm row and slot.

    A delegate keeps a table as long as the rooms allow. Where the event has no rooms, the table
    is ``None``.

    Parameters
    ----------
    table
        Meetings and times.
    earlier
        Tables of an earlier plan, which meetings keep where they can.
    """
    board, agendas = table.board, Agendas(table)
    n = agendas.n_firms
    desks = {
        (firm, slot): desk - n
        for firm in range(n)
        for slot, desk in enumerate(agendas.partner[firm])
        if desk != NOBODY
    }
    number = {
        desk: desk - agendas.first[int(owner)] + 1 for desk, owner in enumerate(agendas.owner)
    }
    if not board.rooms:
        return {key: (number[desk], None) for key, desk in desks.items()}
    places = _places(board, agendas, desks, earlier or {})
    return {key: (number[desk], places.get(key)) for key, desk in desks.items()}


def _places(
    board: Board,
    agendas: Agendas,
    desks: dict[tuple[int, int], int],
    earlier: Mapping[tuple[int, int], Place],
) -> dict[tuple[int, int], Place]:
    own = {
        agendas.first[at] + k: (one.room_id or "", number)
        for at, one in enumerate(board.institutions)
        if board.own_table[at] and one.room_id
        for k, number in enumerate(one.fixed_tables)
        if k < max(one.tables, 1)
    }
    floor = _Floor(board, set(own.values()))
    ids = {firm.participant_id: at for at, firm in enumerate(board.firms)}
    slots = {slot.slot_id: at for at, slot in enumerate(board.slots)}
    wished = {
        (ids[lock.firm_id], slots[lock.slot_id]): lock
        for lock in board.problem.locks
        if lock.room_id is not None
    }
    found: dict[tuple[int, int], Place] = {}
    for slot in range(len(board.slots)):
        here = sorted((desk, firm) for (firm, s), desk in desks.items() if s == slot)
        taken: set[Place] = set()
        waiting = []
        for _, firm in here:  # settled tables first, whoever of the institution sits there
            lock = wished.get((firm, slot))
            if lock is not None and lock.table is not None:
                found[firm, slot] = (lock.room_id or "", lock.table)
                taken.add(found[firm, slot])
        for desk, firm in here:
            if (firm, slot) in found:
                continue
            lock = wished.get((firm, slot))
            place = _own_place(agendas, own, desk, taken)
            if place is None or (lock is not None and lock.room_id != place[0]):
                waiting.append((desk, firm))
                continue
            found[firm, slot] = place
            taken.add(place)
        waiting = _stay(floor, slot, waiting, taken, found, agendas, earlier)
        _fill(floor, slot, waiting, taken, found, agendas, wished_rooms=_rooms_of(board, wished))
    return found


def _own_place(
    agendas: Agendas, own: Mapping[int, Place], desk: int, taken: set[Place]
) -> Place | None:
    """Return a fixed table of a delegate, or a free one of another of the institution."""
    owner = agendas.owner[desk]
    others = (one for at, one in own.items() if agendas.owner[at] == owner and at != desk)
    choices = (*((own[desk],) if desk in own else ()), *others)
    return next((one for one in choices if one not in taken), None)


def _stay(
    floor: _Floor,
    slot: int,
    waiting: list[tuple[int, int]],
    taken: set[Place],
    found: dict[tuple[int, int], Place],
    agendas: Agendas,
    earlier: Mapping[tuple[int, int], Place],
) -> list[tuple[int, int]]:
    """Give meetings the table they had; return those that had none or have lost it.

    Those who can sit in one room only come first, and the others leave them what they need.
    """
    rest = []
    room = floor.board.room
    needed: dict[str, int] = {}
    for desk, firm in sorted(waiting, key=lambda one: int(room[int(agendas.owner[one[0]])]) < 0):
        own = int(room[int(agendas.owner[desk])])
        place = earlier.get((firm, slot))
        free = [
            one for one in floor.open_tables(slot, None if own < 0 else own) if one not in taken
        ]
        if place in free and own < 0:
            beside = sum(one[0] == place[0] for one in free)
            place = place if beside > needed.get(place[0], 0) else None
        if place is None or place not in free:
            rest.append((desk, firm))
            if own >= 0:
                name = floor.board.rooms[own].room_id
                needed[name] = needed.get(name, 0) + 1
            continue
        found[firm, slot] = place
        taken.add(place)
        floor.home.setdefault(desk, place)
    return rest


def _rooms_of(board: Board, wished: Mapping[tuple[int, int], Lock]) -> dict[tuple[int, int], int]:
    number = {room.room_id: at for at, room in enumerate(board.rooms)}
    return {key: number[lock.room_id or ""] for key, lock in wished.items()}


def _fill(
    floor: _Floor,
    slot: int,
    waiting: list[tuple[int, int]],
    taken: set[Place],
    found: dict[tuple[int, int], Place],
    agendas: Agendas,
    *,
    wished_rooms: dict[tuple[int, int], int],
) -> None:
    """Seat those without a table of their own: those bound to a room first."""
    board = floor.board
    free_to_sit: list[tuple[int, int, int | None]] = []
    bound: list[tuple[int, int, int | None]] = []
    for desk, firm in sorted(waiting):
        at = wished_rooms.get((firm, slot), int(board.room[int(agendas.owner[desk])]))
        if at < 0:
            free_to_sit.append((desk, firm, None))
        else:
            bound.append((desk, firm, at))
    for group in (bound, free_to_sit):
        _sit(floor, slot, group, taken, found)


def _sit(
    floor: _Floor,
    slot: int,
    waiting: list[tuple[int, int, int | None]],
    taken: set[Place],
    found: dict[tuple[int, int], Place],
) -> None:
    """Give everybody their home table, or a new one, if possible one that is nobody's home."""
    later = []
    for desk, firm, room in waiting:
        place = floor.home.get(desk)
        if place is not None and place in floor.open_tables(slot, room) and place not in taken:
            found[firm, slot] = place
            taken.add(place)
        else:
            later.append((desk, firm, room))
    homes = set(floor.home.values())
    for desk, firm, room in later:
        free = [one for one in floor.open_tables(slot, room) if one not in taken]
        if not free:
            continue
        place = next((one for one in free if one not in homes), free[0])
        found[firm, slot] = place
        floor.home[desk] = place
        homes.add(place)
        taken.add(place)
