"""Ranked lists that are kept for a while, for the person for whom they were made."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.access.teaser import Teaser

if TYPE_CHECKING:
    from matcher.match_list import Listed, MatchItem

KEPT_S = 180
"""For how long a list is kept: a morning's look through a pipeline, not a day's."""
MOST_KEPT = 64
"""Lists of one worker, the one used longest ago goes first; some 200 kB each."""


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One ranked pair with what every institution may know of who asks.

    Attributes
    ----------
    words
        What a search looks at, in lower case.
    name
        The firm's name in lower case; never shown, and searched only where
        :func:`service.serving.ranked_lists.names_known` says that the reader may know it.
    """

    item: MatchItem
    teaser: Teaser
    stated_on: dt.date | None
    words: str
    name: str


@dataclass(frozen=True, slots=True)
class RankedList:
    """A list, best first.

    Attributes
    ----------
    whole
        Nothing that could be shown lies behind the last row.
    """

    key: str
    made_at: dt.datetime
    rows: tuple[RankedRow, ...]
    listed: Listed
    whole: bool


Key = tuple[Hashable, ...]


class RankedLists:
    """The lists of one worker; threads share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, RankedList] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Key, threading.Lock] = {}

    def get(
        self,
        key: Key,
        *,
        now: dt.datetime,
        whole: bool,
        make: Callable[[RankedList | None], RankedList],
    ) -> RankedList:
        """Return the list that is kept under ``key``, or make it; two who ask wait for one.

        Parameters
        ----------
        make
            Makes it, from its first page where that is kept.
        """
        found = self._find(key, now, whole=whole)
        if found is not None:
            return found
        with self._lock:
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            found = self._find(key, now, whole=whole)
            if found is None:
                found = make(self._find(key, now, whole=False))
                with self._lock:
                    self._kept[key] = found
                    self._kept.move_to_end(key)
                    while len(self._kept) > MOST_KEPT:
                        self._making.pop(self._kept.popitem(last=False)[0], None)
        return found

    def find_row(
        self, person_id: str, institution_id: str, firm_id: str, *, offer_id: str | None
    ) -> RankedRow | None:
        """Return the row of a firm in the list that a person looked at last and that has it.

        Parameters
        ----------
        offer_id
            Of this offer only, where not ``None``.
        """
        with self._lock:
            kept = [
                found for key, found in self._kept.items() if key[:2] == (person_id, institution_id)
            ]
        rows = (row for found in reversed(kept) for row in found.rows)
        return next(
            (
                row
                for row in rows
                if row.item.firm_id == firm_id and offer_id in (None, row.item.offer_id)
            ),
            None,
        )

    def forget(self, institution_id: str) -> None:
        """Drop the lists of an institution: what it offers, or to whom, has changed."""
        with self._lock:
            for key in [one for one in self._kept if institution_id in one]:
                del self._kept[key]

    def _find(self, key: Key, now: dt.datetime, *, whole: bool) -> RankedList | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or (now - found.made_at).total_seconds() > KEPT_S:
                return None
            if whole and not found.whole:
                return None
            self._kept.move_to_end(key)
            return found
