"""The protocol: from a catalogue and two dates to the queries, candidates and positives.

History is every event dated before ``split_at``, frozen for the whole window. A query is a need
(a round) stated in the window; its positives are the offers that funded it in the window, that are
candidates, and that never funded the firm before. See ``docs/evaluation.md``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, Side
from data.errors import ArgumentError, DateRangeError, DuplicateIdError, EmptyInputError
from eval.pairs import PairSet
from features.links import Links, Rounds

MIN_ROUNDS = {"crunchbase": 3, "itjuzi": 3, "ppp": 1}
"""Rounds before the split that make an institution a candidate, by source of the data."""

DEFAULT_MIN_ROUNDS = 3

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Protocol:
    """The dates of an evaluation; both ends of the window belong to it.

    ``min_rounds`` is the number of distinct rounds before ``split_at`` that an offer needs to be
    ranked at all.
    """

    split_at: dt.date
    until: dt.date
    min_rounds: int = DEFAULT_MIN_ROUNDS

    def __post_init__(self) -> None:
        if self.until < self.split_at:
            raise DateRangeError(
                f"The window must end on or after its start {self.split_at}; got {self.until}.",
                field="until",
                remedy="Give an end date that is not before the split date.",
            )
        if self.min_rounds < 1:
            raise ArgumentError(
                f"min_rounds must be a positive integer; got {self.min_rounds}.", field="min_rounds"
            )

    def in_window(self, dates: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Say which days lie in the window. Same shape as ``dates``."""
        return (dates >= np.datetime64(self.split_at)) & (dates <= np.datetime64(self.until))

    def before_split(self, dates: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Say which days belong to the history. Same shape as ``dates``."""
        return dates < np.datetime64(self.split_at)


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """Queries, candidates and what counts as right, in row numbers of one catalogue.

    Queries are sorted by date, then firm key. Candidates are sorted by their printed id, so that
    "candidate index ascending" is the last tie-break everywhere.

    Attributes
    ----------
    query_ids, need_rows, firm_rows, dates, cold
        One entry a query: printed id, rows of need and firm, day, and whether the firm was unseen
        before the split. Shape ``(n_queries,)``.
    firm_groups
        Rank of the firm's key among the firms of the queries: the unit that intervals resample.
    candidate_ids, offer_rows, institution_rows, n_rounds
        One entry a candidate: printed id, rows of the offer and of its institution, distinct
        rounds before the split. Shape ``(n_candidates,)``.
    positives, excluded
        Query → candidate pairs: what is right, and what the firm had before and is taken out.
    n_history_links
        Links dated before the split.
    """

    protocol: Protocol
    query_ids: tuple[str, ...]
    need_rows: NDArray[np.int64]
    firm_rows: NDArray[np.int64]
    firm_groups: NDArray[np.int64]
    dates: NDArray[np.datetime64]
    cold: NDArray[np.bool_]
    candidate_ids: tuple[str, ...]
    offer_rows: NDArray[np.int64]
    institution_rows: NDArray[np.int64]
    n_rounds: NDArray[np.int64]
    positives: PairSet
    excluded: PairSet
    n_history_links: int

    @property
    def n_queries(self) -> int:
        """Number of queries."""
        return len(self.query_ids)

    @property
    def n_candidates(self) -> int:
        """Number of candidates."""
        return len(self.candidate_ids)

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue, protocol: Protocol) -> EvaluationSet:
        """Apply ``protocol`` to ``catalogue``.

        Raises
        ------
        DateRangeError
            The split date leaves no history before it or nothing to test after it.
        EmptyInputError
            There are no links, no candidates, or no query with a positive in the window.
        """
        links, rounds = Links.from_catalogue(catalogue), Rounds.from_catalogue(catalogue)
        _check_dates(protocol, links, rounds)
        history = links.where(protocol.before_split(links.dates))
        offer_rows, n_rounds = _candidates(catalogue, history, protocol)
        need_rows, offers = _new_links(links, history, rounds, protocol, offer_rows)
        queries = _ordered_queries(catalogue, rounds, need_rows)
        if not len(queries):
            raise EmptyInputError(
                f"No round from {protocol.split_at} to {protocol.until} has a funder that is a "
                f"candidate and new to the firm; the data covers {_covered(links.dates)}.",
                field="split_at",
                remedy="Choose another window, or lower the number of rounds a candidate needs.",
            )
        firm_rows = rounds.firm_rows[queries]
        firm_keys = np.array(printed_ids(catalogue.firms), dtype=object)
        candidate_of = _positions(offer_rows, len(catalogue.offers))
        institutions = catalogue.offers.references(col.INSTITUTION_ID, catalogue.institutions.ids)
        shape = (len(queries), len(offer_rows))
        positives = _positions(queries, len(catalogue.needs))[need_rows]
        return cls(
            protocol=protocol,
            query_ids=_take(printed_ids(catalogue.needs), queries),
            need_rows=_frozen(queries),
            firm_rows=_frozen(firm_rows),
            firm_groups=_frozen(np.unique(firm_keys[firm_rows], return_inverse=True)[1]),
            dates=_frozen(rounds.dates[queries]),
            cold=_frozen(~_known_firms(catalogue, rounds, protocol)[firm_rows]),
            candidate_ids=_take(printed_ids(catalogue.offers), offer_rows),
            offer_rows=_frozen(offer_rows),
            institution_rows=_frozen(institutions[offer_rows]),
            n_rounds=_frozen(n_rounds),
            positives=PairSet.from_pairs(positives, candidate_of[offers], shape=shape),
            excluded=_excluded(firm_rows, history, candidate_of, n_candidates=len(offer_rows)),
            n_history_links=len(history),
        )


def printed_ids(side: Side) -> tuple[str, ...]:
    """Return the id of each record as TREC files print it: its source key, else its own id.

    Blanks become ``_``. A source key that several records share prints as their own ids instead.

    Raises
    ------
    DuplicateIdError
        Two records would still print the same.
    """
    source_keys: Sequence[str | None] = side.strings(col.SOURCE_KEY).tolist()
    wanted = ["_".join((key or "").split()) for key in source_keys]
    times = Counter(wanted)
    printed = tuple(
        key if key and times[key] == 1 else "_".join(record_id.split())
        for key, record_id in zip(wanted, side.ids.ids, strict=True)
    )
    if len(set(printed)) != len(printed):
        twice = Counter(printed).most_common(1)[0][0]
        raise DuplicateIdError(
            f"Two records print as {twice!r} in TREC files.",
            field=col.SOURCE_KEY,
            remedy="Give them source keys that differ in more than blanks.",
        )
    return printed


def _check_dates(protocol: Protocol, links: Links, rounds: Rounds) -> None:
    if not len(links):
        raise EmptyInputError(
            "The data has no funded event of a known firm and offer.",
            remedy="Import a funding history first.",
        )
    days = np.concatenate([links.dates, rounds.dates[rounds.firm_rows != NO_ROW]])
    split_at = np.datetime64(protocol.split_at)
    if not links.dates.min() < split_at <= days.max():
        raise DateRangeError(
            f"The split date must lie inside the data, which covers {_covered(days)}; "
            f"got {protocol.split_at}.",
            field="split_at",
            remedy="Choose a date after the first funded event and not after the last round.",
        )


def _covered(days: NDArray[np.datetime64]) -> str:
    return f"{days.min()} to {days.max()}"


def _candidates(
    catalogue: Catalogue, history: Links, protocol: Protocol
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the candidate offers in the order of their printed ids, and their rounds."""
    n_rounds = history.rounds_per_offer(len(catalogue.offers))
    rows = np.flatnonzero(n_rounds >= protocol.min_rounds)
    if not len(rows):
        raise EmptyInputError(
            f"No offer has the {protocol.min_rounds} rounds before {protocol.split_at} that a "
            f"candidate needs; the most is {n_rounds.max(initial=0)}.",
            field="min_rounds",
            remedy="Choose a later split date, or lower the number of rounds.",
        )
    printed = printed_ids(catalogue.offers)
    rows = np.array(sorted(rows.tolist(), key=lambda row: printed[row]), np.int64)
    return rows, n_rounds[rows]


def _new_links(
    links: Links,
    history: Links,
    rounds: Rounds,
    protocol: Protocol,
    offer_rows: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return need and offer rows of the window's links to candidates that are new to the firm."""
    kept = protocol.in_window(links.dates) & (links.need_rows != NO_ROW)
    window = links.where(kept & np.isin(links.offer_rows, offer_rows))
    stride = int(links.offer_rows.max()) + 1
    had = history.firm_rows * stride + history.offer_rows
    new = ~np.isin(window.firm_rows * stride + window.offer_rows, had)
    window = window.where(new & protocol.in_window(rounds.dates[window.need_rows]))
    window = window.where(rounds.firm_rows[window.need_rows] == window.firm_rows)
    return window.need_rows, window.offer_rows


def _ordered_queries(
    catalogue: Catalogue, rounds: Rounds, need_rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the distinct needs by date, then firm key, then the need's own id."""
    firm_keys, need_ids = printed_ids(catalogue.firms), catalogue.needs.ids.ids
    days = rounds.dates.astype(np.int64)
    ordered = sorted(
        np.unique(need_rows).tolist(),
        key=lambda row: (days[row], firm_keys[rounds.firm_rows[row]], need_ids[row]),
    )
    return np.array(ordered, np.int64)


def _known_firms(catalogue: Catalogue, rounds: Rounds, protocol: Protocol) -> NDArray[np.bool_]:
    """Say of each firm whether anything happened to it before the split. Shape ``(n_firms,)``."""
    known = np.zeros(len(catalogue.firms) + 1, np.bool_)  # the last place takes NO_ROW
    stated = protocol.before_split(rounds.dates) & ~rounds.implied
    known[rounds.firm_rows[stated]] = True
    past = protocol.before_split(catalogue.events.dates(col.OCCURRED_AT))
    known[catalogue.events.references(col.FIRM_ID, catalogue.firms.ids)[past]] = True
    return known[:-1]


def _excluded(
    firm_rows: NDArray[np.int64],
    history: Links,
    candidate_of: NDArray[np.int64],
    *,
    n_candidates: int,
) -> PairSet:
    """Pair each query with the candidates that funded its firm before the split."""
    candidates = candidate_of[history.offer_rows]
    kept = (candidates != NO_ROW) & np.isin(history.firm_rows, firm_rows)
    n_firms = int(max(history.firm_rows.max(initial=0), firm_rows.max(initial=0))) + 1
    by_firm = PairSet.from_pairs(
        history.firm_rows[kept], candidates[kept], shape=(n_firms, n_candidates)
    )
    return by_firm.take_rows(firm_rows)


def _positions(rows: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    """Invert ``rows``: the position of each row in it, ``NO_ROW`` for the others."""
    positions = np.full(n_rows, NO_ROW, np.int64)
    positions[rows] = np.arange(len(rows))
    return positions


def _take(values: Sequence[str], rows: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(values[row] for row in rows.tolist())


def _frozen(array: NDArray[_T]) -> NDArray[_T]:
    array.setflags(write=False)
    return array
