"""What a firm did about offers, and what came of it: saved, contacted, met, applied, decided."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from data.consent import Consent
from data.errors import ArgumentError
from data.records import Event, EventKind, Institution, Offer
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.consents import Terms, grant
from service.serving.events import Taken, take_events
from service.serving.own_data import OWN_EVENTS
from service.serving.state import ServiceState

QUIET = frozenset({EventKind.IMPRESSION, EventKind.VIEW})
"""What makes no story."""
ENDED = frozenset({EventKind.FUNDED, EventKind.DECLINED, EventKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Story:
    """One offer and what happened between it and the firm, oldest first."""

    offer: Offer | None
    institution: Institution | None
    offer_id: str
    events: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """What happened last."""
        return self.events[-1]

    @property
    def status(self) -> str:
        """``saved``, ``running`` or ``ended``."""
        kinds = {event.kind for event in self.events}
        if self.last.kind in ENDED:
            return "ended"
        return "saved" if kinds == {EventKind.SAVE} else "running"


def stories(sight: Sight, firm_id: str) -> list[Story]:
    """Return every offer that the firm dealt with, the latest first.

    What institutions wrote down for themselves is left out.
    """
    firm = sight.own_firm(firm_id, Action.READ_FIRMS)
    by_offer: dict[str, list[Event]] = {}
    for event in sight.store.events_of(firm_id=firm.firm_id):
        if event.kind not in QUIET:
            noted = dataclasses.replace(event, note=None) if event.source == OWN_EVENTS else event
            by_offer.setdefault(event.offer_id, []).append(noted)
    offers = sight.store.find_many(Offer, by_offer)
    owners = sight.store.find_many(Institution, {o.institution_id for o in offers.values()})
    found = []
    for offer_id, events in by_offer.items():
        offer = offers.get(offer_id)
        owner = None if offer is None else owners.get(offer.institution_id)
        found.append(Story(offer, owner, offer_id, tuple(events)))
    return sorted(found, key=lambda story: story.last.occurred_at, reverse=True)


def story_of(sight: Sight, firm_id: str, offer_id: str) -> tuple[Event, ...]:
    """Return what happened between a firm and one offer, oldest first."""
    sight.own_firm(firm_id, Action.READ_FIRMS)
    events = sight.store.events_of(firm_id=firm_id, offer_id=offer_id)
    return tuple(
        dataclasses.replace(event, note=None) if event.source == OWN_EVENTS else event
        for event in events
        if event.kind not in QUIET
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a firm does about an offer, and the list and place in which it was shown."""

    kind: EventKind
    offer_id: str
    need_id: str | None = None
    recommendation_id: str | None = None
    position: int | None = None
    note: str | None = None


def take_step(state: ServiceState, sight: Sight, firm_id: str, step: Step) -> bool:
    """Put a step of a firm into the event log; return whether it is new.

    Saving again what is saved changes nothing. A list that was not shown to the firm is not named.

    Raises
    ------
    ArgumentError
        The event cannot be taken.
    """
    once = step.kind in (EventKind.SAVE, EventKind.VIEW)
    named = _was_shown(sight, firm_id, step.recommendation_id)
    if once and _is_there(sight, firm_id, step):
        return False
    event = Event(
        event_id=f"event_page_{secrets.token_hex(12)}",
        kind=step.kind,
        occurred_at=sight.now,
        firm_id=firm_id,
        offer_id=step.offer_id,
        need_id=step.need_id,
        recommendation_id=step.recommendation_id if named else None,
        position=step.position if named else None,
        note=step.note,
    )
    (result,) = take_events(state, sight, [event])
    if result.outcome is Taken.REJECTED:
        raise ArgumentError(result.message or "The event was rejected.", field=result.field)
    return result.outcome is Taken.ACCEPTED


def _was_shown(sight: Sight, firm_id: str, recommendation_id: str | None) -> bool:
    if recommendation_id is None:
        return False
    shown = sight.store.shown.find(recommendation_id)
    return shown is not None and shown.firm_id == firm_id


def _is_there(sight: Sight, firm_id: str, step: Step) -> bool:
    there = sight.store.events_of(firm_id=firm_id, offer_id=step.offer_id)
    return any(
        event.kind is step.kind
        and (step.kind is EventKind.SAVE or event.recommendation_id == step.recommendation_id)
        for event in there
    )


def contact(
    state: ServiceState, sight: Sight, firm_id: str, step: Step, *, terms: Terms
) -> Sequence[Consent]:
    """Let the institution behind an offer see what the firm consents to, and contact it.

    Raises
    ------
    ConflictError
        The notice that was read is not the newest one.
    ArgumentError
        No class of data is named, or the end is too far ahead.
    """
    offer = sight.offer(step.offer_id)
    given = grant(sight, firm_id, offer.institution_id, terms)
    take_step(state, sight, firm_id, step)
    return given
