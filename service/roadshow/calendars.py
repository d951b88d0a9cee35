"""One calendar file (``.ics``, RFC 5545) for each participant."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from service.roadshow.wording import Words
from service.sheets import whole_file

PRODUCT = "-//FinMatch//roadshow//ZH"
SUFFIX = ".ics"


def calendar_of(words: Words, key: str, *, stamped: dt.datetime, version: int) -> bytes:
    """Return the agenda of one participant as a calendar.

    Parameters
    ----------
    words
        The plan in one language.
    key
        The participant.
    stamped
        When the plan was made; equal plans give equal bytes.
    version
        Of the plan: a calendar program replaces entries of an earlier one.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", words.problem.name)
    for one in words.plan.agenda(key):
        slot, other = words.slots[one.slot_id], words.other(one, key)
        event = Event()
        identity = "|".join((words.plan.roadshow_id, *one.pair, key))
        event.add("uid", hashlib.sha256(identity.encode()).hexdigest()[:32] + "@finmatch")
        event.add("dtstamp", stamped.astimezone(dt.UTC))
        event.add("sequence", version)
        event.add("dtstart", slot.starts_at.astimezone(dt.UTC))
        event.add("dtend", slot.ends_at.astimezone(dt.UTC))
        event.add("summary", f"{words.problem.name}: {words.name(other)}")
        if words.place(one):
            event.add("location", words.place(one))
        if words.reason(one):
            event.add("description", words.reason(one))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def write_calendars(
    folder: Path, words: Words, *, stamped: dt.datetime, version: int
) -> list[Path]:
    """Write a calendar for everybody who meets somebody; return the files."""
    found = []
    for key in sorted(words.plan.agendas()):
        path = folder / f"{file_name(key)}{SUFFIX}"
        with whole_file(path) as aside:
            aside.write_bytes(calendar_of(words, key, stamped=stamped, version=version))
        found.append(path)
    return found


def file_name(key: str) -> str:
    """Return an id as a file name: other characters than letters and digits become _."""
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in key).strip(".") or "_"
    if safe == key:
        return safe
    return f"{safe}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"
