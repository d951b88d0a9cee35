"""What organisations and institutions are called, for many at once."""

from __future__ import annotations

from collections.abc import Iterable

from data.consent import DataClass
from data.records import Institution
from service.access.sight import Sight


def recipient_names(sight: Sight, recipient_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of recipients: institutions, or organisations that stand for none."""
    wanted = set(recipient_ids)
    found = {
        key: institution.name
        for key, institution in sight.store.find_many(Institution, wanted).items()
    }
    for key in sorted(wanted - set(found)):
        organisation = sight.store.people.find_organisation(key)
        if organisation is not None:
            found[key] = organisation.name
    return found


def contacts(sight: Sight, firm_key: str) -> list[dict[str, str | None]]:
    """Return the people of a firm's organisations, where it consented to be contacted.

    Raises
    ------
    ForbiddenError
        The firm did not consent.
    UnknownIdError
        The caller knows no firm by this name.
    """
    firm_id = sight.resolve(firm_key)
    people = sight.store.people
    sight.disclose(firm_id, [DataClass.CONTACT], context="contacts.read")
    return [
        {
            "display_name": person.display_name,
            "email": person.login if "@" in person.login else None,
        }
        for organisation in people.organisations_for(firm_id)
        for person in people.people_of(organisation.organisation_id)
        if person.disabled_at is None
    ]
