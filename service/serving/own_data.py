"""Everything about one organisation: handed over as a file, held, or deleted (PIPL, art. 44–47).

The file holds what the organisation itself may see: firms in an institution's file are called as
the institution calls them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from data.consent import DataClass
from data.errors import ConflictError
from data.people import Organisation, Role
from data.records import Base, Event, EventKind, Firm, Institution, Need, Offer
from data.store.store import Store
from service.access.logbook import Actor
from service.access.own_organisation import get_organisation
from service.access.policy import Action
from service.access.principal import Principal
from service.access.seen import plain_value
from service.access.sight import Sight
from service.serving.ledger import hide_base
from service.serving.recommending import SERVICE_SOURCE

ROWS_AT_ONCE = 500
MANIFEST = "manifest.json"
SECRET_FIELDS = frozenset({"password_hash", "digest", "csrf_token"})
ERASED = "asked for by the organisation"

ONE_SIDED = frozenset({EventKind.IMPRESSION, EventKind.VIEW, EventKind.SAVE})
"""What one side does without the other."""
OWN_EVENTS = f"{SERVICE_SOURCE}:{Role.INSTITUTION.value}"

Rows = Iterator[Mapping[str, Any]]


# -- handing over --------------------------------------------------------------------------------


def export_data(sight: Sight, organisation_id: str, target: Path) -> dict[str, Any]:
    """Write everything about an organisation to a ZIP archive; return its manifest.

    One file of JSON lines a kind of data; ``manifest.json`` has the number of rows and the SHA-256
    of each.

    Raises
    ------
    UnknownIdError
        The organisation is not the caller's.
    """
    organisation = get_organisation(sight, Action.EXPORT_DATA, organisation_id)
    own = _as_organisation(sight, organisation)
    firm_id = own.principal.firm_id
    if firm_id not in (None, sight.principal.firm_id) and sight.store.find_firm(firm_id or ""):
        sight.disclose(str(firm_id), DataClass, context=Action.EXPORT_DATA.value)
    manifest: dict[str, Any] = {
        "organisation_id": organisation.organisation_id,
        "role": organisation.role.value,
        "made_at": sight.now.isoformat(),
        "files": {},
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in _parts(own, organisation).items():
            with archive.open(f"{name}.jsonl", "w", force_zip64=True) as file:
                manifest["files"][f"{name}.jsonl"] = _write(file, rows)
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    entry = Actor.of(sight).entry(
        Action.EXPORT_DATA,
        "organisation",
        organisation_id,
        detail={name: part["rows"] for name, part in manifest["files"].items()},
    )
    sight.store.audit.append(entry)
    return manifest


def _as_organisation(sight: Sight, organisation: Organisation) -> Sight:
    """Return the sight of the organisation itself, whoever writes the file for it."""
    principal = Principal(
        organisation_id=organisation.organisation_id,
        organisation_name=organisation.name,
        role=organisation.role,
        subject_id=organisation.subject_id,
        person_id=sight.principal.person_id,
        display_name=sight.principal.display_name,
        key_id=sight.principal.key_id,
    )
    return Sight(principal, sight.store, now=sight.now, request_id=sight.request_id)


def _write(file: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        line = json.dumps(plain_value(row), ensure_ascii=False, sort_keys=True).encode() + b"\n"
        digest.update(line)
        file.write(line)
        count += 1
    return {"rows": count, "sha256": digest.hexdigest()}


def _parts(own: Sight, organisation: Organisation) -> dict[str, Rows]:
    store = own.store
    parts: dict[str, Rows] = {
        "organisation": _plain([organisation]),
        "people": _plain(store.people.people_of(organisation.organisation_id)),
        "keys": _plain(store.people.keys_of(organisation.organisation_id)),
        "shown_lists": _shown(store, organisation.organisation_id),
        "audit": _audit(store, organisation.organisation_id),
    }
    makers: dict[Role, Callable[[Sight, str], dict[str, Rows]]] = {
        Role.FIRM: _of_firm,
        Role.INSTITUTION: _of_institution,
        Role.BASE_OPERATOR: _of_base,
    }
    maker = makers.get(organisation.role)
    if maker is not None and organisation.subject_id is not None:
        parts |= maker(own, organisation.subject_id)
    elif organisation.role is Role.ORGANIZER:
        parts |= _received(own)
    return parts


def _of_firm(own: Sight, firm_id: str) -> dict[str, Rows]:
    store = own.store
    firm = store.find_firm(firm_id)
    return {
        "firm": _plain([] if firm is None else [firm]),
        "needs": _plain(store.needs_of(firm_id)),
        "events": _plain(_without_notes(store.events_of(firm_id=firm_id))),
        "ratings": _plain(store.ratings_of(firm_id=firm_id)),
        "facts": _plain(store.rules.facts_of(firm_id)),
        "consents": _plain(store.consents.of(firm_id=firm_id)),
        "consent_requests": _plain(store.consents.requests_of(firm_id=firm_id)),
        "provisions": _plain(store.provisions.of(firm_id=firm_id)),
        "disputes": _plain(store.disputes.of(firm_id=firm_id)),
        "ledger": _plain(store.ledger.of(firm_id=firm_id)),
    }


def _without_notes(events: Iterable[Event]) -> Iterator[Event]:
    """Yield events without what institutions wrote down for themselves."""
    for event in events:
        yield dataclasses.replace(event, note=None) if event.source == OWN_EVENTS else event


def _received(own: Sight) -> dict[str, Rows]:
    """Return what a recipient was permitted, asked for and got."""
    store, recipient_id = own.store, own.recipient_id
    return {
        "consents": _named(own, store.consents.of(recipient_id=recipient_id)),
        "consent_requests": _named(own, store.consents.requests_of(recipient_id=recipient_id)),
        "provisions": _named(own, store.provisions.of(recipient_id=recipient_id)),
    }


def _of_institution(own: Sight, institution_id: str) -> dict[str, Rows]:
    store, flow = own.store, own.store.deal_flow
    institution = store.find(Institution, institution_id)
    offers = store.offers_of(institution_id)
    deals = flow.of(institution_id)
    ids = [deal.entry_id for deal in deals]
    return {
        **_received(own),
        "institution": _plain([] if institution is None else [institution]),
        "offers": _plain(offers),
        "events": _named(own, _both_sides(e for o in offers for e in _events(store, o))),
        "ratings": _named(own, (r for o in offers for r in store.ratings_of(offer_id=o.offer_id))),
        "ledger": _named(own, map(hide_base, store.ledger.of(institution_id=institution_id))),
        "pipeline": _named(own, deals),
        "pipeline_moves": _plain(move for key in ids for move in flow.moves_of(key)),
        "pipeline_notes": _plain(note for key in ids for note in flow.notes_of(key)),
        "reminders": _plain(flow.reminders_of(institution_id=institution_id)),
        "theses": _plain(flow.theses_of(institution_id)),
    }


def _events(store: Store, offer: Offer) -> list[Event]:
    return store.events_of(offer_id=offer.offer_id)


def _both_sides(events: Iterable[Event]) -> Iterator[Event]:
    """Yield what an institution did or took part in; what firms look at is not its to know."""
    for event in events:
        own = event.source == OWN_EVENTS
        if own or event.kind not in ONE_SIDED:
            yield event if own else dataclasses.replace(event, note=None)


def _of_base(own: Sight, base_id: str) -> dict[str, Rows]:
    store = own.store
    base = store.find(Base, base_id)
    return {
        "base": _plain([] if base is None else [base]),
        "needs": _plain(_pages(store, Need, {"base_id": base_id})),
        "ledger": _plain(store.ledger.of(base_id=base_id)),
        "residents": (
            {"firm_id": firm.firm_id} for firm in _pages(store, Firm, {"base_id": base_id})
        ),
    }


def _pages(store: Store, kind: type[Any], wanted: Mapping[str, str]) -> Iterator[Any]:
    after = None
    while True:
        rows = store.page(kind, wanted=wanted, after=after, limit=ROWS_AT_ONCE)
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = getattr(rows[-1], f"{kind.__name__.lower()}_id")


def _shown(store: Store, organisation_id: str) -> Rows:
    before = None
    while True:
        rows = store.shown.of_organisation(organisation_id, before=before, n=ROWS_AT_ONCE)
        yield from _plain(rows)
        if len(rows) < ROWS_AT_ONCE:
            return
        before = (rows[-1].shown_at, rows[-1].recommendation_id)


def _audit(store: Store, organisation_id: str) -> Rows:
    before = None
    while True:
        rows = store.audit.search(organisation_id=organisation_id, before=before, n=ROWS_AT_ONCE)
        yield from _plain(rows)
        if len(rows) < ROWS_AT_ONCE:
            return
        before = rows[-1].seq


def _plain(rows: Iterable[Any]) -> Rows:
    for row in rows:
        values = {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
        yield {name: value for name, value in values.items() if name not in SECRET_FIELDS}


def _named(own: Sight, rows: Iterable[Any]) -> Rows:
    """Yield rows in which firms and needs are called as the recipient calls them."""
    block: list[Any] = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS_AT_ONCE:
            yield from _named_block(own, block)
            block = []
    yield from _named_block(own, block)


def _named_block(own: Sight, rows: Sequence[Any]) -> Rows:
    names = own.names_of(row.firm_id for row in rows)
    for values, row in zip(_plain(rows), rows, strict=True):
        known = names[row.firm_id] == row.firm_id
        hidden = {} if known or "need_id" not in values else {"need_id": None}
        yield {**values, "firm_id": names[row.firm_id], **hidden}


# -- holding and deleting --------------------------------------------------------------------------


def set_legal_hold(sight: Sight, organisation_id: str, *, held: bool, reason: str) -> Organisation:
    """Let the data of an organisation be kept, or no longer; the reason is in the audit log."""
    sight.require(Action.HOLD_DATA)
    people = sight.store.people
    people.get_organisation(organisation_id)
    entry = Actor.of(sight).entry(
        Action.HOLD_DATA,
        "organisation",
        organisation_id,
        detail={"held": held, "reason": reason},
    )
    people.set_legal_hold(organisation_id, held=held, entry=entry)
    return people.get_organisation(organisation_id)


def delete_data(sight: Sight, organisation_id: str) -> dict[str, int]:
    """Delete an organisation's data and close it; return how much went, by kind.

    A firm goes with everything that is known of it. What the law wants kept stays, with ids only:
    consents, the log of provisions and the audit log. Doing it again does no harm.

    Raises
    ------
    UnknownIdError
        The organisation is not the caller's.
    ConflictError
        It is under a legal hold, runs the service, or others stand for the same firm.
    """
    organisation = get_organisation(sight, Action.DELETE_DATA, organisation_id)
    store, gone = sight.store, dict[str, int]()
    if organisation.legal_hold:
        raise ConflictError(
            "The data of this organisation must be kept at present (legal hold).",
            field="organisation_id",
            remedy="Ask the administrator of the service.",
        )
    firm_id = organisation.subject_id if organisation.role is Role.FIRM else None
    if firm_id is not None and store.find_firm(firm_id) is not None:
        others = [
            one
            for one in store.people.organisations_for(firm_id)
            if one.organisation_id != organisation_id and one.closed_at is None
        ]
        if others:
            raise ConflictError(
                "Another organisation stands for the same firm.",
                field="organisation_id",
                remedy="Close the other one first.",
            )
        erased = store.erase_firm(firm_id, erased_at=sight.now, reason=ERASED)
        gone = {kind.__name__.lower(): rows for kind, rows in erased.items()}
    entry = Actor.of(sight).entry(Action.DELETE_DATA, "organisation", organisation_id, detail=gone)
    gone["person"] = store.people.erase_people(organisation_id, at=sight.now, entry=entry)
    return gone
