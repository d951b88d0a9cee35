"""Forgetting the people of an organisation, in every backend."""

from __future__ import annotations

import datetime as dt

import pytest

from data.audit import Entry
from data.deal_flow import DealEntry, DealMove, DealNote, Stage, Thesis
from data.errors import ConflictError, UnknownIdError
from data.people import ApiKey, Organisation, Person, Role, Scope, SignedIn
from data.records import Firm
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LOG = Entry(at=NOON, action="data.delete", subject_type="organisation")


def add(store: Store, key: str, role: Role = Role.INSTITUTION, subject: str | None = None) -> None:
    """One organisation with one person, a key and a session."""
    store.people.add_organisation(
        Organisation(
            organisation_id=f"org_{key}", name=key, role=role, subject_id=subject, created_at=NOON
        )
    )
    store.people.add_person(
        Person(
            person_id=f"person_{key}",
            organisation_id=f"org_{key}",
            login=f"{key}@example.org",
            display_name=f"王{key}",
            password_hash="hash",
            created_at=NOON,
        )
    )
    store.people.add_key(
        ApiKey(
            key_id=f"key_{key}",
            organisation_id=f"org_{key}",
            person_id=f"person_{key}",
            name="crm",
            digest="0",
            scopes=(Scope.READ,),
            created_at=NOON,
            expires_at=NOON + DAY,
        )
    )
    store.people.open_session(
        SignedIn(
            digest=f"digest_{key}",
            person_id=f"person_{key}",
            csrf_token="t",
            created_at=NOON,
            expires_at=NOON + DAY,
        )
    )


def fill_pipeline(store: Store, institution_id: str) -> None:
    entry = DealEntry(
        entry_id=f"deal_{institution_id}",
        institution_id=institution_id,
        firm_id="firm_a",
        opened_at=NOON,
        opened_by="p",
        changed_at=NOON,
    )
    first = DealMove(entry_id=entry.entry_id, at=NOON, person_id="p", before=None, after=Stage.NEW)
    store.deal_flow.open(entry, first)
    note = DealNote(
        note_id=f"n_{institution_id}", entry_id=entry.entry_id, at=NOON, person_id="p", text="t"
    )
    store.deal_flow.add_note(note)
    thesis = Thesis(
        thesis_id=f"t_{institution_id}",
        institution_id=institution_id,
        name="t",
        filters={},
        made_at=NOON,
        made_by="p",
        changed_at=NOON,
    )
    store.deal_flow.put_thesis(thesis)


def test_names_and_sign_ins_go_and_ids_stay(store: Store) -> None:
    add(store, "a", subject="inst_a")
    add(store, "b", subject="inst_b")
    for institution_id in ("inst_a", "inst_b"):
        fill_pipeline(store, institution_id)
    before = store.people.version
    assert store.people.erase_people("org_a", at=NOON + DAY, entry=LOG) == 1
    assert store.people.version > before  # who is signed in is looked up anew
    (person,) = store.people.people_of("org_a")
    assert (person.person_id, person.display_name) == ("person_a", "(erased)")
    assert person.login == "erased:person_a"
    assert (person.password_hash, person.disabled_at) == (None, NOON + DAY)
    gone = store.people.get_organisation("org_a")
    assert (gone.name, gone.closed_at) == ("(erased)", NOON + DAY)
    assert store.people.find_key("key_a") is None
    assert store.people.find_session("digest_a") is None
    assert store.deal_flow.of("inst_a") == store.deal_flow.theses_of("inst_a") == []
    assert store.deal_flow.notes_of("deal_inst_a") == []
    assert len(store.audit.search()) == 1

    assert store.people.find_login("b@example.org") is not None
    assert store.people.find_key("key_b") is not None
    assert len(store.deal_flow.of("inst_b")) == len(store.deal_flow.theses_of("inst_b")) == 1
    assert store.people.erase_people("org_a", at=NOON + 2 * DAY) == 1  # again: nothing changes
    assert store.people.get_organisation("org_a").closed_at == NOON + DAY


def test_a_pipeline_stays_while_another_organisation_stands_for_the_institution(
    store: Store,
) -> None:
    add(store, "a", subject="inst_a")
    add(store, "branch", subject="inst_a")
    fill_pipeline(store, "inst_a")
    store.people.erase_people("org_a", at=NOON)
    assert len(store.deal_flow.of("inst_a")) == 1
    store.people.erase_people("org_branch", at=NOON)
    assert store.deal_flow.of("inst_a") == []


def test_a_legal_hold_keeps_people_and_the_firm(store: Store) -> None:
    store.upsert(Firm, [Firm(firm_id="firm_a", name="甲")])
    add(store, "a", Role.FIRM, "firm_a")
    store.people.set_legal_hold("org_a", held=True)
    with pytest.raises(ConflictError, match="legal hold"):
        store.people.erase_people("org_a", at=NOON, entry=LOG)
    with pytest.raises(ConflictError, match="legal hold"):
        store.erase_firm("firm_a", erased_at=NOON, reason="asked")
    assert store.find_firm("firm_a") is not None
    assert store.people.find_key("key_a") is not None
    assert store.audit.search() == []
    store.people.set_legal_hold("org_a", held=False)
    store.erase_firm("firm_a", erased_at=NOON, reason="asked")
    assert store.find_firm("firm_a") is None


def test_nobody_erases_what_is_not_there_or_runs_the_service(store: Store) -> None:
    add(store, "a", Role.ADMINISTRATOR)
    with pytest.raises(ConflictError, match="run the service"):
        store.people.erase_people("org_a", at=NOON)
    with pytest.raises(UnknownIdError, match="no organisation_id 'org_x'"):
        store.people.erase_people("org_x", at=NOON)
