"""Reports on meetings in a log that only grows: what is new, and what corrects what was logged.

Every event about a meeting carries a note of a fixed form: who came, what it corrects, and what was
written beside it. A report that says something else than before appends: the changed event under
the next number, or a withdrawal that says which event never was. Nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from data.records import Event, EventKind

KINDS = (
    EventKind.MEETING,
    EventKind.SAVE,
    EventKind.CONTACT,
    EventKind.APPLICATION,
    EventKind.APPROVAL,
    EventKind.DECLINED,
    EventKind.FUNDED,
    EventKind.WITHDRAWN,
)
"""What is logged of a meeting; of outcomes in the order in which one may follow another."""

_OUTCOMES = KINDS[1:-1]
_ATTENDANCE, _CORRECTS, _VOID, _REMARK = "attendance", "corrects", "void", "remark"
_BETWEEN, _IS = "; ", "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the note of an event says.

    Attributes
    ----------
    attendance
        Who came: ``attended``, ``firm_absent``, ``institution_absent`` or ``cancelled``.
    corrects
        Id of the event in whose place this one stands.
    void
        Whether the corrected event never was; nothing stands in its place.
    remark
        What somebody wrote, always last.
    """

    attendance: str
    corrects: str | None = None
    void: bool = False
    remark: str = ""

    def text(self) -> str:
        """Return the note as it is logged."""
        parts = [f"{_ATTENDANCE}{_IS}{self.attendance}"]
        if self.corrects is not None:
            parts.append(f"{_CORRECTS}{_IS}{self.corrects}")
        if self.void:
            parts.append(f"{_VOID}{_IS}yes")
        if self.remark:
            parts.append(f"{_REMARK}{_IS}{self.remark}")
        return _BETWEEN.join(parts)


def note_of(event: Event) -> Note:
    """Return what the note of a roadshow's event says; a free text is a remark."""
    text = event.note or ""
    found: dict[str, str] = {}
    while text:
        name, is_, rest = text.partition(_IS)
        if not is_ or name not in (_ATTENDANCE, _CORRECTS, _VOID, _REMARK):
            found.setdefault(_REMARK, text)
            break
        value, _, text = (rest, "", "") if name == _REMARK else rest.partition(_BETWEEN)
        found[name] = value
    return Note(
        attendance=found.get(_ATTENDANCE, ""),
        corrects=found.get(_CORRECTS),
        void=_VOID in found,
        remark=found.get(_REMARK, ""),
    )


def standing(events: Iterable[Event]) -> list[Event]:
    """Return the events that hold: neither corrected nor mere corrections."""
    rows = list(events)
    corrected = {note_of(one).corrects for one in rows}
    return [one for one in rows if one.event_id not in corrected and not note_of(one).void]


def to_append(wanted: Iterable[Event], logged: Mapping[str, Event]) -> list[Event]:
    """Return the events that bring the log up to what reports say now.

    Parameters
    ----------
    wanted
        What the reports amount to, by :func:`matcher.roadshow.lifecycle.events_of`.
    logged
        The events of the same meetings that are in the log, by id.

    Notes
    -----
    An outcome that was logged stays when a later one is reported (interest, then an application):
    it is how it went. Any other difference is a correction.
    """
    found: list[Event] = []
    meetings: dict[str, dict[EventKind, Event]] = {}
    for one in wanted:
        meetings.setdefault(one.event_id.rpartition(".")[0], {})[one.kind] = one
    for stem, now in meetings.items():
        furthest = max((_OUTCOMES.index(kind) for kind in now if kind in _OUTCOMES), default=-1)
        for kind in KINDS:
            chain = _chain(f"{stem}.{kind.value}", logged)
            stays = kind in _OUTCOMES and _OUTCOMES.index(kind) < furthest
            if kind in now:
                found += _brought_up(now[kind], chain)
            elif chain and not note_of(chain[-1]).void and not stays:
                found.append(_withdrawn(chain, next(iter(now.values()))))
    return found


def _chain(event_id: str, logged: Mapping[str, Event]) -> list[Event]:
    """Return what was logged of one kind, the first version before those that correct it."""
    found: list[Event] = []
    while (one := logged.get(_numbered(event_id, len(found) + 1))) is not None:
        found.append(one)
    return found


def _numbered(event_id: str, number: int) -> str:
    return event_id if number == 1 else f"{event_id}.{number}"


def _brought_up(one: Event, chain: list[Event]) -> list[Event]:
    if not chain:
        return [one]
    last, said = chain[-1], note_of(chain[-1])
    held = replace(last, event_id=one.event_id, note=replace(said, corrects=None).text())
    if held == one:
        return []
    note = replace(note_of(one), corrects=last.event_id)
    return [
        replace(one, event_id=_numbered(one.event_id, len(chain) + 1), note=note.text()),
    ]


def _withdrawn(chain: list[Event], now: Event) -> Event:
    """Return the event by which the last of a chain never was."""
    first, last = chain[0], chain[-1]
    note = Note(attendance=note_of(now).attendance, corrects=last.event_id, void=True)
    return replace(
        last,
        event_id=_numbered(first.event_id, len(chain) + 1),
        kind=EventKind.WITHDRAWN,
        note=note.text(),
    )
