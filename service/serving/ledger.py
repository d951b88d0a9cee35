"""The service ledger (服务台帐): opened by either side, closed, and rated once by the firm."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from data.errors import ArgumentError, ForbiddenError, UnknownIdError
from data.ledger import HIGHEST_SCORE, LOWEST_SCORE, LedgerEntry, LedgerOutcome, Satisfaction
from data.people import Role
from data.records import Firm, Offer, Rating
from service.access.logbook import Actor
from service.access.policy import Action, Reach
from service.access.seen import Listed
from service.access.sight import Sight
from service.serving.new_ids import new_id
from service.serving.recommending import SERVICE_SOURCE


def open_entry(
    sight: Sight,
    *,
    firm_key: str,
    offer_id: str | None,
    institution_id: str | None,
    subject: str,
    opened_on: dt.date | None = None,
) -> LedgerEntry:
    """Open an entry for a service of a provider to a firm.

    Parameters
    ----------
    offer_id, institution_id
        What is provided; a provider alone will do where it has one offer only.

    Raises
    ------
    UnknownIdError
        The firm, offer or provider is not there or not within reach.
    ArgumentError
        The provider has several offers, or the day lies ahead.
    """
    firm, offer = _parties(sight, firm_key, offer_id, institution_id)
    today = sight.now.date()
    if opened_on is not None and opened_on > today:
        raise ArgumentError(
            f"opened_on must not lie ahead; got {opened_on.isoformat()}.", field="opened_on"
        )
    entry = LedgerEntry(
        entry_id=new_id("service", sight.now),
        firm_id=firm.firm_id,
        institution_id=offer.institution_id,
        offer_id=offer.offer_id,
        base_id=firm.base_id,
        subject=subject,
        opened_on=opened_on or today,
        opened_by=sight.principal.person_id,
    )
    log = Actor.of(sight).entry(Action.WRITE_LEDGER, "ledger_entry", entry.entry_id)
    sight.store.ledger.open(entry, log=log)
    return entry


def _parties(
    sight: Sight, firm_key: str, offer_id: str | None, institution_id: str | None
) -> tuple[Firm, Offer]:
    offer = _offer(sight, offer_id, institution_id)
    if sight.principal.role is Role.INSTITUTION:
        sight.own_institution(offer.institution_id, Action.WRITE_LEDGER)
        return sight.store.get_firm(sight.resolve(firm_key)), offer
    return sight.own_firm(firm_key, Action.WRITE_LEDGER), offer


def _offer(sight: Sight, offer_id: str | None, institution_id: str | None) -> Offer:
    if offer_id is not None:
        offer = sight.offer(offer_id)
        if institution_id not in (None, offer.institution_id):
            raise UnknownIdError(f"The provider has no offer_id {offer_id!r}.", field="offer_id")
        return offer
    if institution_id is None:
        raise ArgumentError("Name an offer_id or an institution_id.", field="offer_id")
    offers = sight.store.offers_of(sight.institution(institution_id).institution_id)
    if len(offers) != 1:
        raise ArgumentError(
            f"The provider has {len(offers)} offers; name one of them.",
            field="offer_id",
            remedy="List its offers.",
        )
    return offers[0]


def entry_within(sight: Sight, entry_id: str, action: Action) -> LedgerEntry:
    """Return an entry that the caller takes part in.

    Raises
    ------
    UnknownIdError
        There is none, or it is somebody else's.
    """
    limit = sight.require(action)
    entry, mine = sight.store.ledger.find(entry_id), sight.principal
    sides = () if entry is None else (entry.firm_id, entry.institution_id, entry.base_id)
    subject = (mine.firm_id, mine.institution_id, mine.base_id)
    within = limit is Reach.ALL or any(
        side is not None and side == own for side, own in zip(sides, subject, strict=False)
    )
    if entry is None or not within:
        raise UnknownIdError(
            f"There is no entry_id {entry_id!r}.",
            field="entry_id",
            remedy="List the entries of the ledger.",
        )
    return entry


def hide_base(entry: LedgerEntry) -> LedgerEntry:
    """Return an entry as a provider sees it: in which base a firm resides is the firm's to tell."""
    return replace(entry, base_id=None)


def seen_by(sight: Sight, entry: LedgerEntry) -> LedgerEntry:
    """Return an entry as the caller may see it."""
    return hide_base(entry) if sight.principal.role is Role.INSTITUTION else entry


def close_entry(sight: Sight, entry_id: str, outcome: LedgerOutcome) -> LedgerEntry:
    """End a service; from now on the firm may rate it.

    Raises
    ------
    ConflictError
        It is closed.
    """
    entry_within(sight, entry_id, Action.WRITE_LEDGER)
    log = Actor.of(sight).entry(
        Action.WRITE_LEDGER, "ledger_entry", entry_id, detail={"outcome": outcome.value}
    )
    sight.store.ledger.close(
        entry_id,
        outcome=outcome,
        on=sight.now.date(),
        by=sight.principal.person_id,
        log=log,
    )
    return sight.store.ledger.get(entry_id)


def rate_entry(sight: Sight, entry_id: str, *, score: int, comment: str | None) -> Rating:
    """Store the firm's verdict on a service.

    Raises
    ------
    ArgumentError
        The score is out of range.
    ConflictError
        The service is not closed, or has its verdict.
    """
    entry = entry_within(sight, entry_id, Action.WRITE_RATINGS)
    if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
        raise ArgumentError(
            f"score must be from {LOWEST_SCORE} to {HIGHEST_SCORE}; got {score}.", field="score"
        )
    if sight.principal.firm_id != entry.firm_id:
        raise ForbiddenError("Only the firm that was served may rate a service.")
    rating = Rating(
        rating_id=f"rating_{entry.entry_id}",
        firm_id=entry.firm_id,
        offer_id=entry.offer_id,
        score=score,
        rated_at=sight.now,
        comment=comment,
        source=f"{SERVICE_SOURCE}:{sight.principal.role.value}",
    )
    log = Actor.of(sight).entry(Action.WRITE_RATINGS, "ledger_entry", entry_id)
    sight.store.ledger.rate(entry_id, rating, log=log)
    return rating


def entries(
    sight: Sight,
    *,
    institution_id: str | None = None,
    open_only: bool = False,
    after: str | None = None,
    n: int,
) -> Listed[tuple[LedgerEntry, str | None]]:
    """Return a page of entries within reach, each with the caller's name for the firm."""
    limit, mine = sight.require(Action.READ_LEDGER), sight.principal
    every = limit is Reach.ALL
    own = mine.institution_id
    if own is not None and institution_id not in (None, own):
        raise UnknownIdError(
            f"There is no institution_id {institution_id!r} to read the ledger of.",
            field="institution_id",
        )
    rows = sight.store.ledger.of(
        firm_id=None if every else mine.firm_id,
        institution_id=own if own is not None and not every else institution_id,
        base_id=None if every else mine.base_id,
        open_only=open_only,
        after=after,
        limit=n + 1,
    )
    names = sight.names_of(row.firm_id for row in rows[:n])
    following = rows[n - 1].entry_id if len(rows) > n else None
    return Listed([(seen_by(sight, row), names[row.firm_id]) for row in rows[:n]], following)


def satisfaction(sight: Sight, institution_id: str | None = None) -> list[Satisfaction]:
    """Return how content firms are with providers.

    A firm or provider reads all or one; the operator of a base what the firms of its base say.
    """
    limit = sight.require(Action.READ_LEDGER)
    wanted = None if institution_id is None else [institution_id]
    base_id = sight.principal.base_id if limit is Reach.BASE else None
    return sight.store.ledger.satisfaction(wanted, base_id=base_id)
