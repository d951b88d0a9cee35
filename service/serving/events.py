"""Feedback: what people did with what they were shown, row by row.

An event is taken once by its id, whenever it comes. A row that cannot be taken is rejected alone;
the others of the batch are stored in one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from data.errors import FinMatchError, ForbiddenError, InputError, UnknownIdError
from data.people import Role
from data.records import Event, EventKind, Need, Offer
from service.access.logbook import Actor
from service.access.naming import NEED_HANDLE
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.recommending import SERVICE_SOURCE
from service.serving.state import ServiceState

MOST_EVENTS = 1_000
"""Rows of one batch."""
CLOCK_SKEW = dt.timedelta(minutes=5)
"""How far a client's clock may run ahead of ours."""

KINDS_OF_ROLE: Mapping[Role, frozenset[EventKind]] = {
    Role.FIRM: frozenset(
        {
            EventKind.VIEW,
            EventKind.SAVE,
            EventKind.CONTACT,
            EventKind.MEETING,
            EventKind.APPLICATION,
            EventKind.WITHDRAWN,
        }
    ),
    Role.INSTITUTION: frozenset(
        {
            EventKind.VIEW,
            EventKind.SAVE,
            EventKind.CONTACT,
            EventKind.MEETING,
            EventKind.APPROVAL,
            EventKind.FUNDED,
            EventKind.DECLINED,
        }
    ),
    Role.BASE_OPERATOR: frozenset({EventKind.CONTACT, EventKind.MEETING, EventKind.APPLICATION}),
    Role.ADMINISTRATOR: frozenset(EventKind) - {EventKind.IMPRESSION},
}
"""Who may say that what happened; impressions are logged by the service alone."""


class Taken(StrEnum):
    """What became of one row."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class EventResult:
    """What became of one row, in the order of the batch; a rejected one says why."""

    event_id: str
    outcome: Taken
    code: str | None = None
    message: str | None = None
    field: str | None = None


def take_events(
    state: ServiceState, sight: Sight, events: Sequence[Event]
) -> tuple[EventResult, ...]:
    """Store the rows that may be stored, and say of each what became of it.

    ``firm_id`` and ``need_id`` of a row may be handles of what the caller sees as a teaser.
    """
    sight.require(Action.WRITE_EVENTS)
    stored = state.store.find_many(Event, [event.event_id for event in events])
    checks = _Checks(state, sight, events, stored=frozenset(stored))
    results: list[EventResult] = []
    accepted: dict[str, Event] = {}
    for event in events:
        try:
            read = checks.checked(event)
            known = accepted.get(read.event_id) or stored.get(read.event_id)
            if known is None:
                accepted[read.event_id] = read
                results.append(EventResult(read.event_id, Taken.ACCEPTED))
            elif _same(known, read):
                results.append(EventResult(read.event_id, Taken.DUPLICATE))
            else:
                raise InputError("Another event has this id.", field="event_id")
        except FinMatchError as error:
            results.append(
                EventResult(event.event_id, Taken.REJECTED, error.code, str(error), error.field)
            )
    if accepted:
        state.store.append_events(list(accepted.values()))
        counts = Counter(event.kind.value for event in accepted.values())
        entry = Actor.of(sight).entry(Action.WRITE_EVENTS, "event", None, detail=dict(counts))
        state.store.audit.append(entry)
    for event, result in zip(events, results, strict=True):
        state.metrics.events.labels(event.kind.value, result.outcome.value).inc()
    return tuple(results)


class _Checks:
    """What decides over rows, looked up once a batch."""

    def __init__(
        self,
        state: ServiceState,
        sight: Sight,
        events: Sequence[Event],
        *,
        stored: frozenset[str],
    ) -> None:
        self._sight = sight
        self._stored = stored  # repeating them is no error, though the clock was set back since
        self._latest = state.clock() + CLOCK_SKEW
        store = state.store
        self._offers = store.find_many(Offer, [event.offer_id for event in events])
        named = {event.need_id for event in events if event.need_id is not None}
        self._need_ids = {key: self._need_id(key) for key in named}
        self._needs = store.find_many(Need, self._need_ids.values())
        lists = {event.recommendation_id for event in events if event.recommendation_id}
        self._owners = store.shown.owners(lists)

    def _need_id(self, key: str) -> str:
        """Return the id of a need that may stand under a handle."""
        try:
            return self._sight.resolve_need(key) if key.startswith(NEED_HANDLE) else key
        except UnknownIdError:
            return key  # rejected with its row

    def checked(self, event: Event) -> Event:
        """Return the event as it is stored; raise where it may not be."""
        role = self._sight.principal.role
        if event.kind not in KINDS_OF_ROLE.get(role, frozenset()):
            raise ForbiddenError(
                f"The role {role.value} cannot report {event.kind.value!r}.", field="kind"
            )
        if event.occurred_at > self._latest and event.event_id not in self._stored:
            raise InputError(
                f"occurred_at lies in the future: {event.occurred_at.isoformat()}.",
                field="occurred_at",
                remedy="Check the clock of the sender.",
            )
        offer = self._offers.get(event.offer_id)
        if offer is None:
            raise UnknownIdError(f"There is no offer_id {event.offer_id!r}.", field="offer_id")
        if role is Role.INSTITUTION:
            self._sight.own_institution(offer.institution_id, Action.WRITE_EVENTS)
            firm_id = self._sight.resolve(event.firm_id)
        else:
            firm_id = self._sight.own_firm(event.firm_id, Action.WRITE_EVENTS).firm_id
        need = self._needs.get(self._need_ids.get(event.need_id or "", ""))
        if event.need_id is not None and (need is None or need.firm_id != firm_id):
            raise UnknownIdError(f"The firm has no need_id {event.need_id!r}.", field="need_id")
        need_id = None if need is None else need.need_id
        self._check_list(event)
        source = f"{SERVICE_SOURCE}:{role.value}"
        return replace(event, firm_id=firm_id, need_id=need_id, source=source)

    def _check_list(self, event: Event) -> None:
        """Raise unless an event names no list, or one that the caller was shown."""
        key, mine = event.recommendation_id, self._sight.principal
        if key is None or event.event_id in self._stored:  # what was taken stays taken
            return
        owner, everybodys = self._owners.get(key), mine.role is Role.ADMINISTRATOR
        if owner is None or not (everybodys or owner == mine.organisation_id):
            raise UnknownIdError(
                f"You were shown no recommendation_id {key!r}.", field="recommendation_id"
            )


def _same(known: Event, read: Event) -> bool:
    return replace(known, source=None) == replace(read, source=None)
