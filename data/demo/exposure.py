"""Which offers a need gets to see: candidates by city and kind, then a list of a few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo.arrays import Bools, Floats, Ints, Reals
from data.demo.institutions import Institutions
from data.demo.offers import Offers
from data.demo.places import CITIES
from data.demo.preferences import Preferences
from data.demo.shelves import KINDS

NO_OFFER = -1


@dataclass(frozen=True)
class Shortlists:
    """Offers by (kind, city), concatenated, with cumulative weights by reputation.

    Bucket b holds ``offers[starts[b]:starts[b + 1]]``; ``steps`` runs from b to b + 1 inside it.
    """

    offers: Ints
    starts: Ints
    steps: Floats

    @classmethod
    def of(cls, offers: Offers, institutions: Institutions, preferences: Preferences) -> Shortlists:
        """Bucket all offers; better known institutions weigh more."""
        weight = np.exp(
            preferences.exposure_reputation * institutions.reputation[offers.institution]
        )
        members, steps, starts = [], [], [0]
        for kind in range(len(KINDS)):
            for city in range(len(CITIES)):
                rows = np.flatnonzero((offers.kind == kind) & (offers.city_bits >> city & 1 == 1))
                cumulative = np.cumsum(weight[rows], dtype=np.float64)
                if len(rows):
                    steps.append(len(starts) - 1 + cumulative / cumulative[-1])
                members.append(rows)
                starts.append(starts[-1] + len(rows))
        return cls(np.concatenate(members), np.array(starts), np.concatenate(steps))

    def candidates(self, rng: np.random.Generator, *, kind: Ints, city: Ints, k: int) -> Ints:
        """Return up to ``k`` distinct offers for each need, ``NO_OFFER`` in unused places.

        A bucket of at most ``k`` offers is returned whole; from a larger one ``k`` are drawn by
        weight and repetitions dropped.
        """
        bucket = kind * len(CITIES) + city
        size = self.starts[bucket + 1] - self.starts[bucket]
        k = min(k, int(size.max(initial=1)))
        column = np.arange(k)
        whole = np.minimum(self.starts[bucket][:, None] + column, len(self.offers) - 1)
        drawn = np.searchsorted(self.steps, bucket[:, None] + rng.random((len(kind), k)))
        drawn = np.minimum(drawn, self.starts[bucket + 1][:, None] - 1)
        drawn = np.sort(np.maximum(drawn, 0), axis=1)
        twice = np.zeros(drawn.shape, dtype=bool)
        twice[:, 1:] = drawn[:, 1:] == drawn[:, :-1]
        fits = (size <= k)[:, None]
        position = np.where(fits, whole, drawn)
        unused = np.where(fits, column >= size[:, None], twice)
        return np.where(unused, NO_OFFER, self.offers[position])


def top_columns(score: Reals, *, usable: Bools, k: int) -> Ints:
    """Return the columns of the ``k`` best usable entries of each row, best first; -1 where none.

    Shape ``(n, min(k, width))``.
    """
    masked = np.where(usable, score, -np.inf)
    k = min(k, masked.shape[1])
    if k < masked.shape[1]:
        best = np.argpartition(-masked, k - 1, axis=1)[:, :k]
    else:
        best = np.broadcast_to(np.arange(k), masked.shape).copy()
    best_scores = np.take_along_axis(masked, best, axis=1)
    order = np.argsort(-best_scores, axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    return np.where(np.isfinite(np.take_along_axis(best_scores, order, axis=1)), best, -1)
