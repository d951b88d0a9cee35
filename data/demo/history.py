"""Three years of events drawn from the written preference model.

Months are simulated in turn. Inside a month every need gets a list, looks, asks, and is answered;
who found nothing gets another list some weeks later. What happened in earlier months feeds back as
relation and as momentum of popularity. Blocks of needs have a fixed size and a generator of their
own, so the result does not depend on how tables are read later.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from data.demo.arrays import Bools, Ints, Reals
from data.demo.bases import Bases
from data.demo.eligibility import eligible
from data.demo.exposure import NO_OFFER, Shortlists, top_columns
from data.demo.firms import Firms
from data.demo.funnel import Outcome, run_funnel
from data.demo.institutions import Institutions
from data.demo.needs import NO_FIRM, WINDOW_DAYS, Needs
from data.demo.offers import Offers
from data.demo.places import nearness
from data.demo.preferences import Preferences
from data.demo.size import DemoSize
from data.demo.streams import stream
from data.demo.utilities import FIRM_TERMS, INST_TERMS, Terms, static_terms, utility

_DAY = 86_400
_MONTH_DAYS = 30
_MOMENTUM_MONTHS = 12
_BLOCK = 20_000
"""Needs simulated together; bounds the memory of one step."""
_REMEMBERED = 6
"""How many past partners a firm and its institutions remember."""
_SESSION_DAYS = ((0, 4), (10, 30), (20, 45))
"""Days from the need, or from the last decision on it, to the next list."""


@dataclass(frozen=True)
class History:
    """Events as columns, in order of time; ``second`` counts from the first midnight.

    ``kind`` is a number into :class:`data.records.EventKind`, ``list_number`` the session of the
    need, ``position`` 0 where the event has no place in a list, ``amount`` in 万元 or 0, ``reason``
    a number into :data:`data.demo.material.event_words.REASONS` or -1.
    """

    kind: NDArray[np.int8]
    second: Ints
    firm: NDArray[np.int32]
    offer: NDArray[np.int32]
    need: NDArray[np.int32]
    list_number: NDArray[np.int8]
    position: NDArray[np.int8]
    amount: NDArray[np.int32]
    shuffled: Bools
    reason: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Ints | slice) -> History:
        """Return the given rows."""
        return History(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass
class Memory:
    """What earlier months left behind: partners of each firm, links of each offer by month."""

    partners: NDArray[np.int32]
    links: NDArray[np.int32]
    pending: dict[int, list[tuple[Ints, Ints]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def empty(cls, *, n_firms: int, n_offers: int, n_months: int) -> Memory:
        """Return the memory of the first day."""
        return cls(
            partners=np.full((n_firms, _REMEMBERED), NO_OFFER, dtype=np.int32),
            links=np.zeros((n_months + 1, n_offers), dtype=np.int32),
        )

    def settle(self, month: int, institution: Ints) -> None:
        """Take in the links that were funded before ``month`` began."""
        for funded in [m for m in self.pending if m < month]:
            for firm, offer in self.pending.pop(funded):
                np.add.at(self.links[min(funded, len(self.links) - 1)], offer, 1)
                for one_firm, house in zip(firm, institution[offer], strict=True):
                    self.partners[one_firm, 1:] = self.partners[one_firm, :-1]
                    self.partners[one_firm, 0] = house

    def momentum(self, month: int) -> Reals:
        """Return log(1 + links of the last twelve months) of each offer."""
        recent = self.links[max(0, month - _MOMENTUM_MONTHS) : month].sum(axis=0)
        momentum: Reals = np.log1p(recent).astype(np.float32)
        return momentum

    def knows(self, firm: Ints, house: Ints) -> Reals:
        """Return 1 where the firm (n,) has been financed or served by the institution (n, k)."""
        past = self.partners[firm]
        found = np.zeros(house.shape, dtype=bool)
        for column in range(_REMEMBERED):
            found |= house == past[:, column, None]
        return found.astype(np.float32)


@dataclass(frozen=True)
class Market:
    """Everything the simulation reads and never changes."""

    size: DemoSize
    preferences: Preferences
    firms: Firms
    bases: Bases
    institutions: Institutions
    offers: Offers
    needs: Needs


def simulate(market: Market, *, seed: int) -> History:
    """Draw the events of the whole window; nothing is dated after its last day."""
    needs = market.needs
    n_months = WINDOW_DAYS // _MONTH_DAYS + 1
    memory = Memory.empty(n_firms=len(market.firms), n_offers=len(market.offers), n_months=n_months)
    shortlists = Shortlists.of(market.offers, market.institutions, market.preferences)
    month_of = needs.day // _MONTH_DAYS
    parts = []
    for month in range(n_months):
        memory.settle(month, market.offers.institution)
        rows = np.flatnonzero((month_of == month) & (needs.firm != NO_FIRM))
        for block in range(0, len(rows), _BLOCK):
            rng = stream(seed, "history", month, block)
            chunk = rows[block : block + _BLOCK]
            parts += _simulate_block(
                rng, market, memory, shortlists=shortlists, rows=chunk, month=month
            )
    joined = _join(parts)
    joined = joined.take(np.flatnonzero(joined.second < WINDOW_DAYS * _DAY))
    return joined.take(np.lexsort((joined.kind, joined.position, joined.need, joined.second)))


def _join(parts: list[History]) -> History:
    return History(
        **{
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(History)
        }
    )


def _simulate_block(
    rng: np.random.Generator,
    market: Market,
    memory: Memory,
    *,
    shortlists: Shortlists,
    rows: Ints,
    month: int,
) -> list[History]:
    """Run all sessions of one block of needs and remember its links."""
    parts = []
    open_rows, free_day = rows, market.needs.day[rows]
    for session in range(market.size.sessions):
        if not len(open_rows):
            break
        low, high = _SESSION_DAYS[session]
        days = free_day + rng.integers(low, high, len(open_rows))
        outcome = _session(
            rng, market, memory, shortlists=shortlists, rows=open_rows, days=days,
            month=month, session=session,
        )  # fmt: skip
        parts.append(History(**outcome.events))
        firm = market.needs.firm[outcome.linked_need]
        for funded in np.unique(outcome.linked_day // _MONTH_DAYS):
            chosen = outcome.linked_day // _MONTH_DAYS == funded
            memory.pending[int(funded)].append((firm[chosen], outcome.linked_offer[chosen]))
        is_open = ~np.isin(open_rows, outcome.linked_need)
        open_rows, free_day = open_rows[is_open], outcome.free_day[is_open]
    return parts


def _session(
    rng: np.random.Generator,
    market: Market,
    memory: Memory,
    *,
    shortlists: Shortlists,
    rows: Ints,
    days: Ints,
    month: int,
    session: int,
) -> Outcome:
    """Show one list to every need and follow what comes of it."""
    needs, weights = market.needs, market.preferences
    firm = needs.firm[rows]
    city = market.firms.city[firm]
    candidates = shortlists.candidates(
        rng, kind=needs.kind[rows], city=city, k=market.size.considered
    )
    usable = (candidates != NO_OFFER) & market.offers.are_open(candidates, days[:, None])
    usable &= eligible(
        needs, market.firms, market.bases, market.offers, rows=rows, candidates=candidates
    )
    house = market.offers.institution[candidates]
    noise = rng.gumbel(size=candidates.shape).astype(np.float32)
    shuffled = rng.random(len(rows)) < weights.shuffled_share
    popularity = (
        weights.exposure_reputation * market.institutions.reputation[house]
        + weights.exposure_momentum * memory.momentum(month)[candidates]
        + weights.exposure_place * nearness(market.institutions.city[house], city[:, None])
    )
    score = np.where(shuffled[:, None], 0.0, popularity) + weights.exposure_noise * noise
    columns = top_columns(score, usable=usable, k=market.size.list_length)
    shown = np.where(columns < 0, NO_OFFER, np.take_along_axis(candidates, columns, axis=1))
    terms = pair_terms(market, memory, rows=rows, candidates=np.maximum(shown, 0))
    return run_funnel(
        rng, market.needs, market.offers, weights, rows=rows, shown=shown, terms=terms,
        firm_utility=utility(terms, FIRM_TERMS, weights),
        inst_utility=utility(terms, INST_TERMS, weights),
        days=days, shuffled=shuffled, session=session,
    )  # fmt: skip


def pair_terms(market: Market, memory: Memory, *, rows: Ints, candidates: Ints) -> Terms:
    """Return all terms of needs ``(n,)`` against offers ``(n, k)``, relations as of ``memory``."""
    terms = static_terms(
        market.needs, market.firms, market.institutions, market.offers, rows=rows,
        candidates=candidates,
    )  # fmt: skip
    known = memory.knows(market.needs.firm[rows], market.offers.institution[candidates])
    return terms | {"firm_relation": known, "inst_relation": known}
