"""Pipelines of institutions in every backend, and a firm that is erased from them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from data.audit import Entry
from data.consent import Basis, Consent, DataClass, Dispute, DisputedKind, Provision, Purpose
from data.deal_flow import (
    DealEntry,
    DealMove,
    DealNote,
    DealReminder,
    Stage,
    Thesis,
    assert_move,
    next_stages,
)
from data.errors import ArgumentError, ConflictError, DuplicateIdError, UnknownIdError
from data.ledger import LedgerEntry
from data.records import Event, EventKind, Firm, NeedKind, Offer
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LOG = Entry(at=NOON, action="pipeline.write", subject_type="deal")


def entry(entry_id: str = "deal_1", **changes: object) -> DealEntry:
    fields = {
        "entry_id": entry_id,
        "institution_id": "inst_x",
        "firm_id": "firm_a",
        "opened_at": NOON,
        "opened_by": "person_1",
        "changed_at": NOON,
    }
    return DealEntry(**{**fields, **changes})  # type: ignore[arg-type]


def step(before: Stage | None, after: Stage, entry_id: str = "deal_1", **more: object) -> DealMove:
    fields = {"entry_id": entry_id, "at": NOON, "person_id": "p", "before": before, "after": after}
    return DealMove(**{**fields, **more})  # type: ignore[arg-type]


def opened(store: Store, one: DealEntry | None = None) -> DealEntry:
    one = one or entry()
    store.deal_flow.open(one, step(None, one.stage, one.entry_id), log=LOG)
    return one


def event(event_id: str = "event_1", **changes: object) -> Event:
    fields = {
        "event_id": event_id,
        "kind": EventKind.CONTACT,
        "occurred_at": NOON,
        "firm_id": "firm_a",
        "offer_id": "offer_x",
    }
    return Event(**{**fields, **changes})  # type: ignore[arg-type]


# -- stages --------------------------------------------------------------------------------------


def test_stages_go_forward_and_one_may_pass_until_the_end() -> None:
    assert next_stages(Stage.TERM_SHEET) == (Stage.APPROVED, Stage.FUNDED, Stage.PASSED)
    assert next_stages(Stage.FUNDED) == ()
    assert next_stages(Stage.PASSED) == (Stage.SCREENING,)
    assert_move(Stage.NEW, Stage.MEETING, reason="")
    assert_move(Stage.MEETING, Stage.PASSED, reason="超出授信范围")
    for before, after in (
        (Stage.MEETING, Stage.NEW),
        (Stage.NEW, Stage.NEW),
        (Stage.FUNDED, Stage.PASSED),
        (Stage.PASSED, Stage.FUNDED),
    ):
        with pytest.raises(ArgumentError, match="cannot come"):
            assert_move(before, after, reason="x")
    with pytest.raises(ArgumentError, match="needs a reason"):
        assert_move(Stage.NEW, Stage.PASSED, reason=" ")


# -- entries -------------------------------------------------------------------------------------


def test_a_firm_and_need_stand_in_a_pipeline_once(store: Store) -> None:
    opened(store)
    opened(store, entry("deal_2", need_id="need_1"))
    opened(store, entry("deal_3", institution_id="inst_y"))
    for again in (entry("deal_4"), entry("deal_5", need_id="need_1"), entry("deal_1")):
        with pytest.raises(DuplicateIdError):
            opened(store, again)
    assert [one.entry_id for one in store.deal_flow.of("inst_x")] == ["deal_1", "deal_2"]
    assert store.deal_flow.find("deal_1") == entry()
    assert store.deal_flow.find("deal_4") is None
    assert len(store.audit.search()) == 3


def test_a_move_is_in_the_history_and_its_event_in_the_log_or_neither(store: Store) -> None:
    first = opened(store)
    contacted = dataclasses.replace(first, stage=Stage.CONTACTED, changed_at=NOON + DAY)
    move = step(Stage.NEW, Stage.CONTACTED, reason="")
    store.deal_flow.move(contacted, move, event=event(), log=LOG)
    assert store.deal_flow.find("deal_1") == contacted
    history = store.deal_flow.moves_of("deal_1")
    assert [(m.before, m.after) for m in history] == [
        (None, Stage.NEW),
        (Stage.NEW, Stage.CONTACTED),
    ]
    assert store.events_of(firm_id="firm_a") == [event()]
    with pytest.raises(ConflictError, match="not in 'new' any more"):
        store.deal_flow.move(contacted, move, event=event("event_2"), log=LOG)
    assert len(store.events_of(firm_id="firm_a")) == 1
    assert len(store.deal_flow.moves_of("deal_1")) == 2
    assert len(store.audit.search()) == 2
    seen = store.changes.since(0).rows
    assert [row.record_id for row in seen] == ["event_1"]


def test_entries_are_chosen_by_stage_person_and_firm(store: Store) -> None:
    opened(store)
    opened(store, entry("deal_2", firm_id="firm_b", stage=Stage.MEETING))
    store.deal_flow.assign("deal_2", "person_7", at=NOON + DAY, log=LOG)

    def ids(**wanted: object) -> list[str]:
        return [e.entry_id for e in store.deal_flow.of("inst_x", **wanted)]  # type: ignore[arg-type]

    assert ids(stages=[Stage.MEETING]) == ids(assigned_to="person_7") == ["deal_2"]
    assert ids(firm_id="firm_b") == ids(after="deal_1", limit=1) == ["deal_2"]
    assert ids(stages=[]) == []
    assert store.deal_flow.counts("inst_x") == {Stage.NEW: 1, Stage.MEETING: 1}
    assert store.deal_flow.counts("inst_z") == {}


def test_notes_and_reminders_belong_to_an_entry(store: Store) -> None:
    opened(store)
    note = DealNote(note_id="n1", entry_id="deal_1", at=NOON, person_id="p", text="约谈")
    store.deal_flow.add_note(note, log=LOG)
    assert store.deal_flow.notes_of("deal_1") == [note]
    later, sooner = (
        DealReminder(
            reminder_id=f"r{number}",
            entry_id="deal_1",
            institution_id="inst_x",
            due_on=(NOON + days * DAY).date(),
            text="回访",
            made_at=NOON,
            made_by="p",
        )
        for number, days in ((1, 9), (2, 3))
    )
    for reminder in (later, sooner):
        store.deal_flow.add_reminder(reminder, log=LOG)
    due = store.deal_flow.reminders_of
    assert due(institution_id="inst_x") == [sooner, later]
    assert due(entry_id="deal_1", due_by=sooner.due_on) == [sooner]
    assert due(institution_id="inst_x", limit=1) == [sooner]
    store.deal_flow.finish_reminder("r2", at=NOON, by="p", log=LOG)
    assert due(institution_id="inst_x", open_only=True) == [later]
    with pytest.raises(ConflictError, match="'r2' is not open"):
        store.deal_flow.finish_reminder("r2", at=NOON, by="p")
    done = store.deal_flow.find_reminder("r2")
    assert done is not None
    assert (done.done_at, done.done_by) == (NOON, "p")
    assert store.deal_flow.find_reminder("r9") is None


def test_theses_have_names_of_their_own(store: Store) -> None:
    thesis = Thesis(
        thesis_id="t1",
        institution_id="inst_x",
        name="苏南智造",
        filters={"regions": ["江苏省"], "amount_low_minor": 100},
        made_at=NOON,
        made_by="p",
        changed_at=NOON,
    )
    flow = store.deal_flow
    flow.put_thesis(thesis, log=LOG)
    assert flow.get_thesis("inst_x", "t1") == thesis
    changed = dataclasses.replace(thesis, filters={}, changed_at=NOON + DAY)
    flow.put_thesis(changed, log=LOG)
    assert flow.theses_of("inst_x") == [changed]
    with pytest.raises(DuplicateIdError, match="苏南智造"):
        flow.put_thesis(dataclasses.replace(thesis, thesis_id="t2"))
    flow.put_thesis(dataclasses.replace(thesis, thesis_id="t2", institution_id="inst_y"))
    for institution_id, thesis_id in (("inst_y", "t1"), ("inst_x", "t9")):
        with pytest.raises(UnknownIdError, match="no thesis_id"):
            flow.get_thesis(institution_id, thesis_id)
    flow.remove_thesis("t1", log=LOG)
    assert flow.find_thesis("t1") is None


def test_deeds_are_the_events_of_all_its_offers_before_an_instant(store: Store) -> None:
    offers = [
        Offer(offer_id=f"offer_{n}", institution_id=owner, name="o", kind=NeedKind.DEBT)
        for n, owner in (("x", "inst_x"), ("z", "inst_x"), ("y", "inst_y"))
    ]
    store.upsert(Offer, offers)
    store.append_events(
        [
            event("e1", kind=EventKind.FUNDED),
            event("e2", offer_id="offer_z", occurred_at=NOON - DAY),
            event("e3", offer_id="offer_y"),
            event("e4", kind=EventKind.IMPRESSION),
            event("e5", occurred_at=NOON + DAY),
        ]
    )
    kinds = (EventKind.FUNDED, EventKind.CONTACT)
    found = store.deal_flow.deeds_of("inst_x", kinds, before=NOON + DAY)
    assert [one.event_id for one in found] == ["e2", "e1"]


# -- erasing -------------------------------------------------------------------------------------


def test_an_erased_firm_leaves_nothing_but_what_the_law_keeps(store: Store) -> None:
    store.upsert(Firm, [Firm(firm_id="firm_a", name="甲"), Firm(firm_id="firm_b", name="乙")])
    for firm_id in ("firm_a", "firm_b"):
        key = f"deal_{firm_id}"
        opened(store, entry(key, firm_id=firm_id))
        store.deal_flow.add_note(
            DealNote(note_id=f"n_{firm_id}", entry_id=key, at=NOON, person_id="p", text="t")
        )
        store.deal_flow.add_reminder(
            DealReminder(
                reminder_id=f"r_{firm_id}",
                entry_id=key,
                institution_id="inst_x",
                due_on=NOON.date(),
                text="t",
                made_at=NOON,
                made_by="p",
            )
        )
        store.ledger.open(
            LedgerEntry(
                entry_id=f"l_{firm_id}",
                firm_id=firm_id,
                institution_id="inst_x",
                offer_id="offer_x",
                subject="s",
                opened_on=NOON.date(),
                opened_by="p",
            )
        )
        store.disputes.open(
            Dispute(
                dispute_id=f"d_{firm_id}",
                firm_id=firm_id,
                kind=DisputedKind.RECORD,
                subject_id=firm_id,
                statement="s",
                opened_at=NOON,
                opened_by="p",
                due_on=NOON.date(),
            )
        )
        store.consents.grant(
            [
                Consent(
                    consent_id=f"c_{firm_id}",
                    firm_id=firm_id,
                    recipient_id="inst_x",
                    purpose=Purpose.MATCHING,
                    data_class=DataClass.IDENTITY,
                    notice_version="1",
                    notice_sha256="0",
                    granted_at=NOON,
                    granted_by="p",
                    expires_at=NOON + 90 * DAY,
                )
            ]
        )
        store.provisions.append(
            [
                Provision(
                    firm_id=firm_id,
                    recipient_id="inst_x",
                    organisation_id="org_x",
                    person_id="p",
                    data_classes=(DataClass.IDENTITY,),
                    purpose=Purpose.MATCHING,
                    basis=Basis.CONSENT,
                    at=NOON,
                    request_id="r",
                    context="c",
                )
            ]
        )
    handles = store.handles.handles(
        "inst_x", {"firm_a": "firm_a", "firm_b": "firm_b", "need_a": "firm_a"}, prefix="t_"
    )
    store.erase_firm("firm_a", erased_at=NOON + DAY, reason="asked")
    flow = store.deal_flow
    assert [one.entry_id for one in flow.of("inst_x")] == ["deal_firm_b"]
    assert flow.moves_of("deal_firm_a") == flow.notes_of("deal_firm_a") == []
    assert [r.reminder_id for r in flow.reminders_of(institution_id="inst_x")] == ["r_firm_b"]
    assert [one.entry_id for one in store.ledger.of()] == ["l_firm_b"]
    assert [one.dispute_id for one in store.disputes.of()] == ["d_firm_b"]
    assert list(store.handles.find_all("inst_x", handles.values()).values()) == ["firm_b"]
    assert [c.firm_id for c in store.consents.in_force("inst_x", at=NOON + DAY)] == ["firm_b"]
    assert [c.revoked_by for c in store.consents.of(firm_id="firm_a")] == ["erasure"]
    assert len(store.provisions.of(firm_id="firm_a")) == 1
