"""Editing single records in every backend: only as they were read, with their audit entry."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest

from data.audit import Entry
from data.errors import ConflictError, ParseError, UnknownIdError
from data.people import Organisation, Role
from data.records import (
    Base,
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
)
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
BASE = Base(base_id="base_a", name="创业园")
FIRM = Firm(firm_id="firm_a", name="甲", base_id="base_a", sectors=("软件",), employees=3)
NEED = Need(need_id="need_a", firm_id="firm_a", kind=NeedKind.DEBT, stated_on=NOON.date())
BANK = Institution(institution_id="inst_a", name="银行", kind=InstitutionKind.BANK)
OFFER = Offer(offer_id="offer_a", institution_id="inst_a", name="科技贷", kind=NeedKind.DEBT)
VIEW = Event(
    event_id="event_a", kind=EventKind.VIEW, occurred_at=NOON, firm_id="firm_a",
    offer_id="offer_a", need_id="need_a",
)  # fmt: skip


def entry() -> Entry:
    return Entry(at=NOON, action="firms.write", subject_type="firm", subject_id="firm_a")


def test_a_new_record_is_stored_with_its_entry(store: Store) -> None:
    assert store.edits.put(FIRM, expected=None, entry=entry())
    assert store.get_firm("firm_a") == FIRM
    assert [row.entry for row in store.audit.search()] == [entry()]


def test_a_record_is_replaced_as_it_was_read(store: Store) -> None:
    store.edits.put(FIRM, expected=None)
    renamed = dataclasses.replace(FIRM, name="乙", employees=None, sectors=())
    assert store.edits.put(renamed, expected=FIRM, entry=entry())
    assert store.get_firm("firm_a") == renamed


def test_equal_content_is_no_change_and_no_entry(store: Store) -> None:
    store.edits.put(FIRM, expected=None)
    assert not store.edits.put(FIRM, expected=FIRM, entry=entry())
    assert store.audit.head() is None


def test_what_came_in_between_is_not_overwritten(store: Store) -> None:
    store.edits.put(FIRM, expected=None)
    other = dataclasses.replace(FIRM, name="乙")
    store.upsert(Firm, [other])
    mine = dataclasses.replace(FIRM, name="丙")
    with pytest.raises(ConflictError, match="changed in the meantime"):
        store.edits.put(mine, expected=FIRM, entry=entry())
    with pytest.raises(ConflictError, match="is there already"):
        store.edits.put(mine, expected=None, entry=entry())
    with pytest.raises(UnknownIdError, match="any more"):
        store.edits.put(
            dataclasses.replace(mine, firm_id="firm_x"),
            expected=dataclasses.replace(FIRM, firm_id="firm_x"),
        )
    assert store.get_firm("firm_a") == other
    assert store.audit.head() is None


def test_a_value_that_cannot_be_stored_changes_nothing(store: Store) -> None:
    with pytest.raises(ParseError, match="NUL"):
        store.edits.put(dataclasses.replace(FIRM, name="a\0b"), expected=None, entry=entry())
    assert store.find_firm("firm_a") is None
    assert store.edits.put(FIRM, expected=None)


def test_of_writers_at_the_same_moment_one_wins(store: Store) -> None:
    store.edits.put(FIRM, expected=None)
    outcomes: list[str] = []

    def write(n: int) -> None:
        try:
            changed = store.edits.put(
                dataclasses.replace(FIRM, employees=100 + n), expected=FIRM, entry=entry()
            )
            outcomes.append("won" if changed else "nothing")
        except ConflictError:
            outcomes.append("lost")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost", "lost", "lost", "won"]
    assert len(store.audit.search()) == 1
    assert store.audit.verify() is None


def test_edits_are_in_the_change_feed(store: Store) -> None:
    before = store.changes.last_seq()
    store.edits.put(OFFER, expected=None)
    store.edits.remove(Offer, "offer_a", expected=OFFER)
    found = store.changes.since(before).rows
    assert [(row.kind.value, row.record_id) for row in found] == [("offer", "offer_a")] * 2


def test_a_record_that_nothing_refers_to_is_removed(store: Store) -> None:
    for record in (BASE, FIRM, NEED, BANK, OFFER):
        store.edits.put(record, expected=None)
    for kind, record in ((Need, NEED), (Offer, OFFER), (Institution, BANK)):
        key = next(iter(dataclasses.asdict(record).values()))
        store.edits.remove(kind, key, expected=record, entry=entry())  # type: ignore[type-var]
        assert store.find(kind, key) is None  # type: ignore[type-var]
    assert len(store.audit.search()) == 3


def test_what_something_refers_to_stays(store: Store) -> None:
    for record in (BASE, FIRM, NEED, BANK, OFFER):
        store.edits.put(record, expected=None)
    store.append_events([VIEW])
    with pytest.raises(ConflictError, match="Some events refer to 'need_a'"):
        store.edits.remove(Need, "need_a", expected=NEED)
    with pytest.raises(ConflictError, match="Some events refer to 'offer_a'"):
        store.edits.remove(Offer, "offer_a", expected=OFFER)
    with pytest.raises(ConflictError, match="Some offers refer to 'inst_a'"):
        store.edits.remove(Institution, "inst_a", expected=BANK)
    with pytest.raises(ConflictError, match="Some firms refer to 'base_a'"):
        store.edits.remove(Base, "base_a", expected=BASE)
    assert store.find_offer("offer_a") == OFFER


def test_a_base_named_by_an_offer_stays(store: Store) -> None:
    store.edits.put(BASE, expected=None)
    store.upsert(Offer, [dataclasses.replace(OFFER, base_ids=("base_b", "base_a"))])
    with pytest.raises(ConflictError, match="Some offers refer to 'base_a'"):
        store.edits.remove(Base, "base_a", expected=BASE)


def test_an_institution_with_people_stays_until_they_are_gone(store: Store) -> None:
    store.edits.put(BANK, expected=None)
    store.people.add_organisation(
        Organisation(
            organisation_id="org_a", name="银行", role=Role.INSTITUTION, subject_id="inst_a",
            created_at=NOON,
        )
    )  # fmt: skip
    with pytest.raises(ConflictError, match="Some organisations refer"):
        store.edits.remove(Institution, "inst_a", expected=BANK)
    store.people.close_organisation("org_a", at=NOON)
    store.edits.remove(Institution, "inst_a", expected=BANK)


def test_removing_needs_the_record_as_it_is(store: Store) -> None:
    store.edits.put(OFFER, expected=None)
    with pytest.raises(ConflictError, match="changed in the meantime"):
        store.edits.remove(Offer, "offer_a", expected=dataclasses.replace(OFFER, name="x"))
    with pytest.raises(UnknownIdError):
        store.edits.remove(
            Offer, "offer_x", expected=dataclasses.replace(OFFER, offer_id="offer_x")
        )
