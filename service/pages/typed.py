"""Values of forms: texts as people type them, read or told to be wrong beside their field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import HTTPException
from starlette.datastructures import FormData

MOST_TEXT = 200


class FormReader:
    """Reads the fields of a form; what is wrong is gathered by field, as a key of a sentence.

    Attributes
    ----------
    values
        What was typed, to be shown again.
    faults
        Keys of sentences by field; empty where everything could be read.
    """

    def __init__(self, form: FormData | Mapping[str, str]) -> None:
        self.values = {name: text for name, text in form.items() if isinstance(text, str)}
        self.faults: dict[str, str] = {}

    def typed(self, name: str, *, required: bool = False, most: int = MOST_TEXT) -> str | None:
        """Return a text without outer blanks, ``None`` for an empty one."""
        found = self.values.get(name, "").strip()
        if len(found) > most or not found.isprintable():
            self.faults[name] = "typed.text"
        elif not found and required:
            self.faults[name] = "typed.required"
        return found or None

    def count(self, name: str, *, least: int = 0, most: int, required: bool = False) -> int | None:
        """Return a whole number from ``least`` to ``most``, ``None`` for an empty field."""
        text = self.typed(name, required=required)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit() or not least <= int(text[:12]) <= most:
            self.faults[name] = "typed.count"
            return None
        return int(text)

    def day(self, name: str, *, required: bool = False) -> dt.date | None:
        """Return a date, ``None`` for an empty field."""
        text = self.typed(name, required=required)
        try:
            return None if text is None else dt.date.fromisoformat(text)
        except ValueError:
            self.faults[name] = "typed.day"
            return None

    def time(self, name: str, *, required: bool = False) -> dt.time | None:
        """Return a time of day, ``None`` for an empty field."""
        text = self.typed(name, required=required)
        try:
            return None if text is None else dt.time.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            self.faults[name] = "typed.time"
            return None


def status_fault(error: HTTPException) -> str:
    """Return the key of what is wrong with a body that could not be received."""
    return "typed.too_large" if error.status_code == 413 else "typed.unreadable"
