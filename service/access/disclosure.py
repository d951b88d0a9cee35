"""Disclosure: what a firm consented to, looked up for many firms at once, and put on record.

The record (a *provision*) is in the store before anything is sent: a request that fails afterwards
leaves a row too many, never one too few.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from data.consent import Basis, DataClass, Provision, Purpose, ordered_classes
from data.people import Role
from data.store import Store
from service.access.principal import Principal

PURPOSE_OF_ROLE: Mapping[Role, Purpose] = {
    Role.INSTITUTION: Purpose.MATCHING,
    Role.ORGANIZER: Purpose.ROADSHOW,
    Role.BASE_OPERATOR: Purpose.SERVICE,
    Role.ADMINISTRATOR: Purpose.SERVICE,
}
"""What a role looks at firms for, unless a request says otherwise."""

Permitted = Mapping[DataClass, str]
"""The consent under which each class may be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """Classes of data of one firm that are about to be sent, and why they may be."""

    firm_id: str
    classes: frozenset[DataClass]
    purpose: Purpose
    basis: Basis
    consents: Permitted = field(default_factory=dict)


def recipient_of(principal: Principal) -> str:
    """Return whom a firm consents to: the institution, or else the organisation itself."""
    return principal.institution_id or principal.organisation_id


class Disclosures:
    """The consents that a reader has, and the log of what it saw, for one request.

    Consents are read once a request: all of one answer goes by the same ones.

    Parameters
    ----------
    now
        Instant of the request: consents count as they are then.
    request_id
        Stands in every row.
    """

    def __init__(
        self, store: Store, principal: Principal, *, now: dt.datetime, request_id: str
    ) -> None:
        self._store = store
        self._principal = principal
        self._now = now
        self._request_id = request_id
        self._noted: set[tuple[str, DataClass, Purpose, Basis]] = set()
        self._permitted: dict[Purpose | None, dict[str, dict[DataClass, str]]] = {}

    def permitted(
        self, firm_ids: Iterable[str], *, purpose: Purpose | None
    ) -> dict[str, dict[DataClass, str]]:
        """Return what of each firm may be seen for a purpose, or for any; one query a thousand.

        Firms that consented to nothing are left out.
        """
        wanted = set(firm_ids)
        known = self._permitted.setdefault(purpose, {})
        new = wanted - known.keys()
        if new:
            found = self._store.consents.permitted(
                recipient_of(self._principal), new, at=self._now, purpose=purpose
            )
            known.update({firm_id: found.get(firm_id, {}) for firm_id in new})
        return {firm_id: given for firm_id in wanted if (given := known[firm_id])}

    def firms_permitting(self, classes: Iterable[DataClass], *, purpose: Purpose) -> list[str]:
        """Return the firms that let the reader see all of ``classes``."""
        needed = set(classes)
        by_firm: dict[str, set[DataClass]] = {}
        recipient = recipient_of(self._principal)
        for consent in self._store.consents.in_force(recipient, at=self._now, purpose=purpose):
            by_firm.setdefault(consent.firm_id, set()).add(consent.data_class)
        return sorted(firm_id for firm_id, given in by_firm.items() if needed <= given)

    def note(self, disclosed: Iterable[Disclosed], *, context: str) -> None:
        """Put what is about to be sent on record; what this request sent before is not repeated."""
        rows = [row for one in disclosed if (row := self._row(one, context)) is not None]
        self._store.provisions.append(rows)

    @property
    def any_noted(self) -> bool:
        """Whether more than teasers was put on record for this request."""
        return bool(self._noted)

    def _row(self, one: Disclosed, context: str) -> Provision | None:
        new = {
            kind
            for kind in one.classes
            if (one.firm_id, kind, one.purpose, one.basis) not in self._noted
        }
        if not new:
            return None
        self._noted |= {(one.firm_id, kind, one.purpose, one.basis) for kind in new}
        classes = ordered_classes(new)
        return Provision(
            firm_id=one.firm_id,
            recipient_id=recipient_of(self._principal),
            organisation_id=self._principal.organisation_id,
            person_id=self._principal.person_id,
            key_id=self._principal.key_id,
            data_classes=classes,
            purpose=one.purpose,
            basis=one.basis,
            consent_ids=tuple(one.consents[kind] for kind in classes if kind in one.consents),
            at=self._now,
            request_id=self._request_id,
            context=context,
        )
