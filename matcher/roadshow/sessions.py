"""Meetings of every session: what chains of moves do to minima and maxima of sessions.

A chain swaps two slots, and only its two ends get another one: so only they can change their
meetings of a session. Everything in between keeps both slots busy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.roadshow.timetable import NOBODY, Timetable

Ints = NDArray[np.int64]

Changes = list[tuple[int, int, int]]
"""Person, session, and by how much its meetings change."""


class SessionCount:
    """Movable meetings of everybody in each session; persons are firms, then institutions."""

    def __init__(self, table: Timetable, owner: list[int]) -> None:
        board = table.board
        self.n_firms = len(board.firms)
        self.owner = owner
        self.session = board.session.tolist()
        self.counts = np.concatenate(table.session_counts()).tolist()
        self.most = _stacked(board.firm_session_most, board.institution_session_most)
        self.least = _stacked(board.firm_session_least, board.institution_session_least)

    def person(self, node: int) -> int:
        """Return whose agenda a node is: a firm's, or that of a delegate's institution."""
        return node if node < self.n_firms else self.n_firms + self.owner[node - self.n_firms]

    def fits(self, person: int, slot: int) -> bool:
        """Return whether a person may have one more meeting in the session of a slot."""
        at = self.session[slot]
        return bool(self.counts[person][at] < self.most[person][at])

    def add(self, person: int, slot: int) -> None:
        """Count one more meeting."""
        self.counts[person][self.session[slot]] += 1

    def short(self, person: int) -> int:
        """Return how many meetings a person lacks, over all sessions."""
        pairs = zip(self.least[person], self.counts[person], strict=True)
        return sum(max(least - count, 0) for least, count in pairs)

    def shortage(self) -> int:
        """Return how many meetings of a session's minimum are missing altogether."""
        return sum(self.short(person) for person in range(len(self.counts)))

    def changes(self, partner: list[list[int]], chain: list[int], a: int, b: int) -> Changes:
        """Return what swapping two slots along a chain does to its ends."""
        one, two = self.session[a], self.session[b]
        if one == two:
            return []
        found: Changes = []
        for node in (chain[0], chain[-1]):
            old, new = (one, two) if partner[node][a] != NOBODY else (two, one)
            person = self.person(node)
            found += [(person, old, -1), (person, new, 1)]
        return found

    def gain(self, changes: Changes) -> int | None:
        """Return how many missing meetings changes bring, ``None`` where a maximum forbids them."""
        if not changes:
            return 0
        persons = {person for person, _, _ in changes}
        before = sum(map(self.short, persons))
        self.apply(changes)
        fine = all(self.counts[p][at] <= self.most[p][at] for p, at, _ in changes)
        after = sum(map(self.short, persons))
        self.apply([(p, at, -step) for p, at, step in changes])
        return before - after if fine else None

    def apply(self, changes: Changes) -> None:
        """Count changes."""
        for person, at, step in changes:
            self.counts[person][at] += step


def _stacked(firms: Ints, institutions: Ints) -> list[list[int]]:
    found: list[list[int]] = np.concatenate([firms, institutions]).tolist()
    return found
