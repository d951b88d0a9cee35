"""Keeps what was shown before the answer leaves: many requests share one transaction.

A commit costs one flush of the disk whatever it holds, so requests that come together are written
together: whoever comes first while nobody writes, writes for all who wait.
"""

from __future__ import annotations

from threading import Condition
from typing import TYPE_CHECKING

from data.errors import FinMatchError, StoreError
from data.shown import Showing

if TYPE_CHECKING:
    from data.store import Store

MOST_TOGETHER = 64
"""Lists of one transaction; more would let the first of them wait for long."""


class Keeper:
    """Writes lists that were shown. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = Condition()
        self._waiting: list[_Place] = []
        self._writing = False

    def keep(self, showing: Showing) -> None:
        """Return once ``showing`` is in the database; raises as the store does."""
        place = _Place(showing)
        with self._turn:
            self._waiting.append(place)
        while not place.done:
            batch = self._take_turn(place)
            if batch:
                self._write(batch)
        if place.error is not None:
            raise place.error

    def _take_turn(self, place: _Place) -> list[_Place]:
        """Wait until ``place`` is written or it is our turn; return what is ours to write."""
        with self._turn:
            while self._writing and not place.done:
                self._turn.wait()
            if place.done:
                return []
            self._writing = True
            batch = self._waiting[:MOST_TOGETHER]
            del self._waiting[:MOST_TOGETHER]
            return batch

    def _write(self, batch: list[_Place]) -> None:
        error: FinMatchError | None = StoreError("What was shown could not be kept.")
        try:
            self._store.shown.add([place.showing for place in batch])
            error = None
        except FinMatchError as raised:
            error = raised
        finally:
            with self._turn:
                for place in batch:
                    place.error, place.done = error, True
                self._writing = False
                self._turn.notify_all()


class _Place:
    """One list on its way."""

    __slots__ = ("done", "error", "showing")

    def __init__(self, showing: Showing) -> None:
        self.showing = showing
        self.done = False
        self.error: FinMatchError | None = None
