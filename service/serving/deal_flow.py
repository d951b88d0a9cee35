"""The pipeline (项目库) of an institution: which firms, how far, whose, and what is to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.audit import Entry
from data.consent import Purpose
from data.deal_flow import (
    EVENT_OF,
    DealEntry,
    DealMove,
    DealNote,
    DealReminder,
    Stage,
    assert_move,
)
from data.errors import ArgumentError, UnknownIdError
from data.records import Event, Firm, Need
from service.access.logbook import Actor
from service.access.policy import Action
from service.access.seen import Listed, SeenFirm
from service.access.sight import Sight
from service.serving.new_ids import new_id
from service.serving.recommending import SERVICE_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDeal:
    """An entry with its firm, as far as the institution may see it, and the name of its need."""

    entry: DealEntry
    firm: SeenFirm | None
    need_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealDetails:
    """An entry with everything that was done about it."""

    deal: SeenDeal
    moves: Sequence[DealMove]
    notes: Sequence[DealNote]
    reminders: Sequence[DealReminder]


# -- reading -------------------------------------------------------------------------------------


def deals(
    sight: Sight,
    institution_id: str,
    *,
    stages: Sequence[Stage] | None = None,
    assigned_to: str | None = None,
    after: str | None = None,
    n: int,
) -> Listed[SeenDeal]:
    """Return a page of an institution's pipeline; what is disclosed with it is on record."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    rows = sight.store.deal_flow.of(
        institution_id, stages=stages, assigned_to=assigned_to, after=after, limit=n + 1
    )
    following = rows[n - 1].entry_id if len(rows) > n else None
    return Listed(_seen(sight, rows[:n]), following)


def _seen(
    sight: Sight, entries: Sequence[DealEntry], *, purpose: Purpose | None = None
) -> list[SeenDeal]:
    """Return entries with their firms; the teasers speak of the entries' own needs."""
    context = Action.READ_PIPELINE.value
    firms = sight.store.find_many(Firm, [entry.firm_id for entry in entries])
    needs = sight.store.find_many(Need, [e.need_id for e in entries if e.need_id is not None])
    stated = {need.firm_id: need for need in needs.values() if need.firm_id is not None}
    latest = {
        need.firm_id: need
        for need in sight.store.needs_of_firms(set(firms) - set(stated))
        if need.firm_id is not None
    }
    seen = sight.see_firms(
        list(firms.values()), needs={**latest, **stated}, purpose=purpose, context=context
    )
    asked = sight.see_needs(list(needs.values()), firms=firms, purpose=purpose, context=context)
    return [
        SeenDeal(
            entry=entry,
            firm=seen.get(entry.firm_id),
            need_key=asked[entry.need_id].key if entry.need_id in asked else None,
        )
        for entry in entries
    ]


def stage_counts(sight: Sight, institution_id: str) -> dict[Stage, int]:
    """Return how many entries are in each stage; empty ones are left out."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    return sight.store.deal_flow.counts(institution_id)


def deal(
    sight: Sight, institution_id: str, entry_id: str, *, purpose: Purpose | None = None
) -> DealDetails:
    """Return an entry with its history, notes and reminders.

    Parameters
    ----------
    purpose
        For which the firm is looked at; a firm may show more for due diligence.
    """
    entry = own_deal(sight, institution_id, entry_id, Action.READ_PIPELINE)
    flow = sight.store.deal_flow
    return DealDetails(
        deal=_seen(sight, [entry], purpose=purpose)[0],
        moves=flow.moves_of(entry_id),
        notes=flow.notes_of(entry_id),
        reminders=flow.reminders_of(entry_id=entry_id),
    )


def own_deal(sight: Sight, institution_id: str, entry_id: str, action: Action) -> DealEntry:
    """Return an entry of an institution that the caller acts for.

    Raises
    ------
    UnknownIdError
        The institution or the entry is somebody else's, or there is none.
    """
    sight.own_institution(institution_id, action)
    entry = sight.store.deal_flow.find(entry_id)
    if entry is None or entry.institution_id != institution_id:
        raise UnknownIdError(
            f"There is no entry_id {entry_id!r}.",
            field="entry_id",
            remedy="List the pipeline.",
        )
    return entry


# -- moving --------------------------------------------------------------------------------------


def open_deal(
    sight: Sight,
    institution_id: str,
    firm_key: str,
    *,
    need_key: str | None = None,
    offer_id: str | None = None,
) -> SeenDeal:
    """Put a firm, with one of its needs or as a whole, into the pipeline.

    Raises
    ------
    UnknownIdError
        The firm, need or offer is not there or not within reach.
    DuplicateIdError
        It is in the pipeline.
    """
    sight.own_institution(institution_id, Action.WRITE_PIPELINE)
    firm_id = sight.resolve(firm_key)
    need = None if need_key is None else sight.store.get_need(sight.resolve_need(need_key))
    if need is not None and need.firm_id != firm_id:
        raise UnknownIdError(f"The firm has no need_id {need_key!r}.", field="need_id")
    if offer_id is not None:
        _own_offer(sight, institution_id, offer_id)
    entry = DealEntry(
        entry_id=new_id("deal", sight.now),
        institution_id=institution_id,
        firm_id=firm_id,
        need_id=None if need is None else need.need_id,
        offer_id=offer_id,
        opened_at=sight.now,
        opened_by=sight.principal.person_id,
        changed_at=sight.now,
    )
    sight.store.deal_flow.open(
        entry, _move(sight, entry.entry_id, None, Stage.NEW, ""), log=_log(sight, entry.entry_id)
    )
    return _seen(sight, [entry])[0]


def move_deal(
    sight: Sight,
    institution_id: str,
    entry_id: str,
    to: Stage,
    *,
    reason: str = "",
    offer_id: str | None = None,
    amount_minor: int | None = None,
    currency: str | None = None,
) -> DealDetails:
    """Move an entry on; what it says about firm and offer becomes an event to learn from.

    Parameters
    ----------
    reason
        Needed to pass on a firm.
    offer_id
        What the firm would get; needed once, where the institution has several offers.

    Raises
    ------
    ArgumentError
        The stage cannot follow, the reason or the offer is missing.
    ConflictError
        Somebody else moved it meanwhile.
    """
    entry = own_deal(sight, institution_id, entry_id, Action.WRITE_PIPELINE)
    assert_move(entry.stage, to, reason=reason)
    if (amount_minor is None) != (currency is None):
        raise ArgumentError("An amount needs its currency.", field="currency")
    kind = EVENT_OF.get(to)
    chosen = offer_id or entry.offer_id
    if chosen is not None:
        _own_offer(sight, institution_id, chosen)
    elif kind is not None:
        chosen = _only_offer(sight, entry)
    moved = replace(
        entry,
        stage=to,
        offer_id=chosen,
        amount_minor=entry.amount_minor if amount_minor is None else amount_minor,
        currency=currency or entry.currency,
        changed_at=sight.now,
    )
    event = None
    if kind is not None and chosen is not None:
        event = Event(
            event_id=new_id("event_deal", sight.now),
            kind=kind,
            occurred_at=sight.now,
            firm_id=entry.firm_id,
            offer_id=chosen,
            need_id=entry.need_id,
            amount_minor=moved.amount_minor if to is Stage.FUNDED else None,
            currency=moved.currency if to is Stage.FUNDED else None,
            source=f"{SERVICE_SOURCE}:{sight.principal.role.value}",
        )
    sight.store.deal_flow.move(
        moved,
        _move(sight, entry_id, entry.stage, to, reason),
        event=event,
        log=_log(sight, entry_id, before=entry.stage.value, after=to.value),
    )
    return deal(sight, institution_id, entry_id)


def _move(sight: Sight, entry_id: str, before: Stage | None, after: Stage, reason: str) -> DealMove:
    return DealMove(
        entry_id=entry_id,
        at=sight.now,
        person_id=sight.principal.person_id,
        key_id=sight.principal.key_id,
        before=before,
        after=after,
        reason=reason,
    )


def _log(sight: Sight, entry_id: str, **detail: str | None) -> Entry:
    return Actor.of(sight).entry(Action.WRITE_PIPELINE, "deal", entry_id, detail=detail)


def _own_offer(sight: Sight, institution_id: str, offer_id: str) -> None:
    if sight.offer(offer_id).institution_id != institution_id:
        raise UnknownIdError(f"You have no offer_id {offer_id!r}.", field="offer_id")


def _only_offer(sight: Sight, entry: DealEntry) -> str:
    """Return the offer that an event is about where there is one choice: of the need's kind."""
    need = None if entry.need_id is None else sight.store.find_need(entry.need_id)
    offers = sight.store.offers_of(entry.institution_id)
    fitting = [offer for offer in offers if need is None or offer.kind is need.kind]
    if len(fitting) != 1:
        raise ArgumentError(
            f"Which offer is it? There are {len(fitting)} to choose from.",
            field="offer_id",
            remedy="Name the offer_id; the entry keeps it.",
        )
    return fitting[0].offer_id


# -- working on it -------------------------------------------------------------------------------


def assign_deal(
    sight: Sight, institution_id: str, entry_id: str, person_id: str | None
) -> DealDetails:
    """Give an entry to a colleague, or to nobody.

    Raises
    ------
    UnknownIdError
        The person is not of the institution.
    """
    own_deal(sight, institution_id, entry_id, Action.WRITE_PIPELINE)
    _assert_colleague(sight, institution_id, person_id)
    sight.store.deal_flow.assign(
        entry_id, person_id, at=sight.now, log=_log(sight, entry_id, assigned_to=person_id)
    )
    return deal(sight, institution_id, entry_id)


def _assert_colleague(sight: Sight, institution_id: str, person_id: str | None) -> None:
    if person_id is None:
        return
    person = sight.store.people.find_person(person_id)
    mine = {o.organisation_id for o in sight.store.people.organisations_for(institution_id)}
    if person is None or person.organisation_id not in mine or person.disabled_at is not None:
        raise UnknownIdError(
            f"There is no person_id {person_id!r} of yours.",
            field="person_id",
            remedy="List the people of your organisation.",
        )


def add_note(sight: Sight, institution_id: str, entry_id: str, text: str) -> DealNote:
    """Write something down about an entry; only the institution reads it."""
    own_deal(sight, institution_id, entry_id, Action.WRITE_PIPELINE)
    note = DealNote(
        note_id=new_id("note", sight.now),
        entry_id=entry_id,
        at=sight.now,
        person_id=sight.principal.person_id,
        text=text,
    )
    sight.store.deal_flow.add_note(note, log=_log(sight, entry_id, note_id=note.note_id))
    return note


def add_reminder(
    sight: Sight,
    institution_id: str,
    entry_id: str,
    *,
    due_on: dt.date,
    text: str,
    assigned_to: str | None = None,
) -> DealReminder:
    """Ask to be reminded by a day."""
    own_deal(sight, institution_id, entry_id, Action.WRITE_PIPELINE)
    _assert_colleague(sight, institution_id, assigned_to)
    reminder = DealReminder(
        reminder_id=new_id("reminder", sight.now),
        entry_id=entry_id,
        institution_id=institution_id,
        due_on=due_on,
        text=text,
        assigned_to=assigned_to,
        made_at=sight.now,
        made_by=sight.principal.person_id,
    )
    log = _log(sight, entry_id, reminder_id=reminder.reminder_id)
    sight.store.deal_flow.add_reminder(reminder, log=log)
    return reminder


def finish_reminder(sight: Sight, institution_id: str, reminder_id: str) -> DealReminder:
    """Mark a reminder as done.

    Raises
    ------
    UnknownIdError
        There is none of the institution.
    ConflictError
        It is done.
    """
    sight.own_institution(institution_id, Action.WRITE_PIPELINE)
    flow = sight.store.deal_flow
    found = flow.find_reminder(reminder_id)
    if found is None or found.institution_id != institution_id:
        raise UnknownIdError(f"There is no reminder_id {reminder_id!r}.", field="reminder_id")
    log = _log(sight, found.entry_id, done=reminder_id)
    flow.finish_reminder(reminder_id, at=sight.now, by=sight.principal.person_id, log=log)
    return replace(found, done_at=sight.now, done_by=sight.principal.person_id)


def reminders(
    sight: Sight, institution_id: str, *, open_only: bool, due_by: dt.date | None, n: int
) -> list[DealReminder]:
    """Return reminders of an institution, the one due first first."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    return sight.store.deal_flow.reminders_of(
        institution_id=institution_id, open_only=open_only, due_by=due_by, limit=n
    )
