"""Consents, provisions, disputes and handles in every backend."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from data.audit import Entry
from data.consent import (
    RETENTION_YEARS,
    Basis,
    Consent,
    ConsentRequest,
    DataClass,
    Dispute,
    DisputedKind,
    DisputeOutcome,
    Notice,
    Provision,
    Purpose,
    assert_expiry,
    due_on,
    ordered_classes,
)
from data.errors import ArgumentError, ConflictError, StoreError, UnknownIdError
from data.records import Firm
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
NOTICE = Notice(version="2026-09", text="您的信息将提供给……", published_at=NOON - DAY)


def consent(consent_id: str = "consent_1", **changes: object) -> Consent:
    fields = {
        "consent_id": consent_id,
        "firm_id": "firm_a",
        "recipient_id": "inst_x",
        "purpose": Purpose.MATCHING,
        "data_class": DataClass.IDENTITY,
        "notice_version": NOTICE.version,
        "notice_sha256": NOTICE.sha256,
        "granted_at": NOON,
        "granted_by": "person_1",
        "expires_at": NOON + 30 * DAY,
    }
    return Consent(**{**fields, **changes})  # type: ignore[arg-type]


def request(request_id: str = "ask_1", **changes: object) -> ConsentRequest:
    fields = {
        "request_id": request_id,
        "firm_id": "firm_a",
        "recipient_id": "inst_x",
        "organisation_id": "org_x",
        "person_id": "person_2",
        "purpose": Purpose.DUE_DILIGENCE,
        "data_classes": (DataClass.FINANCIALS, DataClass.CONTACT),
        "message": "想进一步了解",
        "asked_at": NOON,
    }
    return ConsentRequest(**{**fields, **changes})  # type: ignore[arg-type]


def provision(**changes: object) -> Provision:
    fields = {
        "firm_id": "firm_a",
        "recipient_id": "inst_x",
        "organisation_id": "org_x",
        "person_id": "person_2",
        "data_classes": (DataClass.IDENTITY, DataClass.PROFILE),
        "purpose": Purpose.MATCHING,
        "basis": Basis.CONSENT,
        "consent_ids": ("consent_1", "consent_2"),
        "at": NOON,
        "request_id": "req_1",
        "context": "firms.read",
    }
    return Provision(**{**fields, **changes})  # type: ignore[arg-type]


def dispute(dispute_id: str = "dispute_1", **changes: object) -> Dispute:
    fields = {
        "dispute_id": dispute_id,
        "firm_id": "firm_a",
        "kind": DisputedKind.RECORD,
        "subject_id": "firm_a",
        "field": "employees",
        "statement": "人数有误",
        "opened_at": NOON,
        "opened_by": "person_1",
        "due_on": due_on(NOON),
    }
    return Dispute(**{**fields, **changes})  # type: ignore[arg-type]


# -- notices -----------------------------------------------------------------------------------


def test_a_notice_is_published_once_and_never_changes(store: Store) -> None:
    assert store.consents.publish(NOTICE) is True
    assert store.consents.publish(NOTICE) is False
    later = Notice(version="2027-01", text="新文本", published_at=NOON)
    store.consents.publish(later)
    assert store.consents.notices() == [later, NOTICE]
    assert store.consents.get_notice("2026-09") == NOTICE
    with pytest.raises(ConflictError, match="another text"):
        store.consents.publish(dataclasses.replace(NOTICE, text="x"))
    with pytest.raises(UnknownIdError, match="no notice '1'"):
        store.consents.get_notice("1")


# -- consents ----------------------------------------------------------------------------------


def test_a_consent_holds_for_its_recipient_purpose_and_time(store: Store) -> None:
    given = consent()
    store.consents.grant([given])
    find = store.consents.in_force
    assert find("inst_x", at=NOON) == [given]
    assert find("inst_x", at=NOON, purpose=Purpose.MATCHING, firm_ids=["firm_a"]) == [given]
    assert find("inst_x", at=NOON, firm_ids=["firm_b"]) == []
    assert find("inst_x", at=NOON, firm_ids=[]) == []
    assert find("inst_y", at=NOON) == []
    assert find("inst_x", at=NOON, purpose=Purpose.ROADSHOW) == []
    assert find("inst_x", at=NOON - dt.timedelta(seconds=1)) == []
    assert find("inst_x", at=NOON + 30 * DAY) == []  # the end is outside
    last = NOON + 30 * DAY - dt.timedelta(microseconds=1)
    assert find("inst_x", at=last) == [given]
    held = {"firm_a": {DataClass.IDENTITY: "consent_1"}}
    both, may = ["firm_a", "firm_b"], store.consents.permitted
    assert may("inst_x", both, at=NOON) == held
    assert may("inst_x", both, at=last, purpose=Purpose.MATCHING) == held
    assert may("inst_x", both, at=NOON, purpose=Purpose.ROADSHOW) == {}
    assert may("inst_x", both, at=NOON + 30 * DAY) == may("inst_y", both, at=NOON) == {}
    assert may("inst_x", ["firm_b"], at=NOON) == may("inst_x", [], at=NOON) == {}
    assert [given.in_force(at) for at in (NOON, last, NOON + 30 * DAY)] == [True, True, False]


def test_a_consent_is_revoked_once_and_its_past_stays_known(store: Store) -> None:
    store.consents.grant([consent(), consent("consent_2", data_class=DataClass.PROFILE)])
    revoke = store.consents.revoke
    assert revoke("firm_a", ["consent_1"], at=NOON + DAY, by="person_1") == ["consent_1"]
    assert revoke("firm_a", ["consent_1"], at=NOON + 2 * DAY, by="person_9") == []
    assert [c.consent_id for c in store.consents.in_force("inst_x", at=NOON + DAY)] == ["consent_2"]
    before = store.consents.in_force("inst_x", at=NOON)
    assert [c.consent_id for c in before] == ["consent_1", "consent_2"]
    ended = store.consents.of(firm_id="firm_a")[0]
    assert (ended.revoked_at, ended.revoked_by) == (NOON + DAY, "person_1")
    assert not ended.in_force(NOON + DAY)


def test_only_the_firm_itself_revokes(store: Store) -> None:
    store.consents.grant([consent(), consent("consent_2", firm_id="firm_b")])
    with pytest.raises(UnknownIdError, match="no consent 'consent_2'"):
        store.consents.revoke("firm_a", ["consent_1", "consent_2"], at=NOON, by="p")
    assert len(store.consents.in_force("inst_x", at=NOON)) == 2


def test_consents_are_listed_in_pages(store: Store) -> None:
    store.consents.grant(
        [
            consent("consent_1"),
            consent("consent_2", recipient_id="inst_y"),
            consent("consent_3", firm_id="firm_b", expires_at=NOON + DAY),
        ]
    )
    ids = [c.consent_id for c in store.consents.of()]
    assert ids == ["consent_1", "consent_2", "consent_3"]
    assert [c.consent_id for c in store.consents.of(after="consent_1", limit=1)] == ["consent_2"]
    assert [c.consent_id for c in store.consents.of(recipient_id="inst_x", at=NOON + DAY)] == [
        "consent_1"
    ]
    store.consents.grant([])
    assert len(store.consents.of()) == 3


def test_a_new_consent_takes_the_place_of_the_one_in_force(store: Store) -> None:
    later = NOON + DAY
    store.consents.grant([consent(), consent("consent_x", data_class=DataClass.PROFILE)])
    renewed = consent("consent_2", granted_at=later, expires_at=later + 30 * DAY)
    store.consents.grant([renewed])
    held = store.consents.in_force("inst_x", at=later)
    assert [c.consent_id for c in held] == ["consent_2", "consent_x"]
    old = store.consents.of(firm_id="firm_a")[0]
    assert (old.consent_id, old.revoked_at) == ("consent_1", later)


def test_what_is_done_is_audited_with_it_or_not_done(store: Store) -> None:
    entry = Entry(at=NOON, action="consents.write", subject_type="firm", subject_id="firm_a")
    store.consents.grant([consent()], entry=entry)
    store.disputes.open(dispute(), entry=entry)
    with pytest.raises(ConflictError):
        store.disputes.open(dispute("dispute_2"), entry=entry)
    assert len(store.audit.search()) == 2
    assert store.audit.verify() is None


def test_two_consents_with_one_id_are_refused_whole(store: Store) -> None:
    with pytest.raises(StoreError):
        store.consents.grant([consent("consent_1"), consent("consent_1")])
    assert store.consents.of() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consents SET expires_at = granted_at",
        "UPDATE consents SET data_class = 'contact', revoked_at = granted_at",
        "DELETE FROM consents",
        "UPDATE provisions SET context = 'x'",
        "DELETE FROM provisions",
        "UPDATE notices SET text = 'x'",
        "DELETE FROM notices",
    ],
)
def test_the_database_itself_refuses_to_rewrite_what_was_agreed_and_sent(
    store: Store, statement: str
) -> None:
    store.consents.publish(NOTICE)
    store.consents.grant([consent()])
    store.provisions.append([provision(at=dt.datetime.now(dt.UTC))])
    with store._engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text(statement))
    assert len(store.provisions.of()) == len(store.consents.of()) == 1


def test_a_revoked_consent_is_final(store: Store) -> None:
    store.consents.grant([consent()])
    store.consents.revoke("firm_a", ["consent_1"], at=NOON, by="p")
    with store._engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text("UPDATE consents SET revoked_at = NULL, revoked_by = NULL"))


def test_an_end_that_is_past_or_too_far_is_refused() -> None:
    assert_expiry(NOON, NOON + DAY)
    for wrong in (NOON, NOON - DAY, NOON + 4 * 366 * DAY):
        with pytest.raises(ArgumentError, match="expires_at must lie after now"):
            assert_expiry(NOON, wrong)


def test_classes_have_one_order() -> None:
    some = [DataClass.CONTACT, DataClass.IDENTITY, DataClass.CONTACT]
    assert ordered_classes(some) == (DataClass.IDENTITY, DataClass.CONTACT)


# -- requests ----------------------------------------------------------------------------------


def test_a_request_waits_and_is_answered_once(store: Store) -> None:
    store.consents.ask(request())
    assert store.consents.requests_of(firm_id="firm_a", waiting=True) == [request()]
    with pytest.raises(ConflictError, match="waits for its answer"):
        store.consents.ask(request("ask_2"))
    store.consents.ask(request("ask_3", purpose=Purpose.MATCHING))
    given = consent(purpose=Purpose.DUE_DILIGENCE, data_class=DataClass.FINANCIALS)
    store.consents.answer_request("ask_1", [given], at=NOON + DAY, by="person_1")
    found = store.consents.find_request("ask_1")
    assert found is not None
    assert (found.granted, found.answered_at, found.answered_by) == (True, NOON + DAY, "person_1")
    assert store.consents.of() == [given]
    with pytest.raises(ConflictError, match="does not wait"):
        store.consents.answer_request("ask_1", [consent("c2")], at=NOON, by="person_1")
    assert store.consents.of() == [given]
    store.consents.answer_request("ask_3", [], at=NOON, by="person_1")
    declined = store.consents.find_request("ask_3")
    assert declined is not None
    assert declined.granted is False
    assert store.consents.requests_of(recipient_id="inst_x", waiting=True) == []
    assert [r.request_id for r in store.consents.requests_of(after="ask_1", limit=5)] == ["ask_3"]
    assert store.consents.find_request("ask_9") is None


# -- provisions --------------------------------------------------------------------------------


def test_provisions_come_back_newest_first_in_pages(store: Store) -> None:
    store.provisions.append([])
    store.provisions.append([provision(), provision(firm_id="firm_b", key_id="key_1")])
    store.provisions.append([provision(recipient_id="inst_y", consent_ids=(), basis=Basis.BASE)])
    of = store.provisions.of
    assert [p.recipient_id for p in of(firm_id="firm_a")] == ["inst_y", "inst_x"]
    assert [p.firm_id for p in of(recipient_id="inst_x")] == ["firm_b", "firm_a"]
    newest = of(limit=1)[0]
    rest = of(before=newest.seq)
    assert [p.firm_id for p in rest] == ["firm_b", "firm_a"]
    assert dataclasses.replace(rest[1], seq=None) == provision()
    assert newest.basis is Basis.BASE
    assert rest[0].key_id == "key_1"


def test_only_what_is_older_than_three_years_is_purged(store: Store) -> None:
    now = dt.datetime.now(dt.UTC)
    old = now - RETENTION_YEARS * 366 * DAY - DAY
    store.provisions.append([provision(at=old - DAY), provision(at=now)])
    with pytest.raises(ArgumentError, match="kept for 3 years"):
        store.provisions.purge(now - 100 * DAY, now=now)
    with pytest.raises(StoreError):  # somebody who lies about the day meets the database's clock
        store.provisions.purge(now + DAY, now=now + 4 * 366 * DAY)
    assert len(store.provisions.of()) == 2
    assert store.provisions.purge(old, now=now) == 1
    assert len(store.provisions.of()) == 1


# -- disputes ----------------------------------------------------------------------------------


def test_a_dispute_marks_its_subject_until_it_is_answered(store: Store) -> None:
    assert dispute().due_on == dt.date(2026, 9, 21)
    store.disputes.open(dispute())
    assert store.disputes.get("dispute_1") == dispute()
    assert store.disputes.disputed(["firm_a", "firm_b"]) == {"firm_a"}
    with pytest.raises(ConflictError, match="about 'firm_a' is open"):
        store.disputes.open(dispute("dispute_2"))
    store.disputes.open(dispute("dispute_3", field=None))
    answered = {"outcome": DisputeOutcome.CORRECTED, "answer": "已更正", "at": NOON, "by": "p"}
    store.disputes.answer("dispute_1", **answered)  # type: ignore[arg-type]
    with pytest.raises(ConflictError, match="not open"):
        store.disputes.answer("dispute_1", **answered)  # type: ignore[arg-type]
    assert store.disputes.disputed(["firm_a"]) == {"firm_a"}  # the other one is open
    store.disputes.answer("dispute_3", **answered)  # type: ignore[arg-type]
    assert store.disputes.disputed(["firm_a"]) == frozenset()
    closed = store.disputes.get("dispute_1")
    assert (closed.outcome, closed.answer) == (DisputeOutcome.CORRECTED, "已更正")
    with pytest.raises(UnknownIdError, match="no dispute 'x'"):
        store.disputes.get("x")


def test_overdue_disputes_are_those_open_after_their_last_day(store: Store) -> None:
    store.disputes.open(dispute())
    store.disputes.open(dispute("dispute_2", firm_id="firm_b", recipient_id="inst_x"))
    last = dispute().due_on
    assert store.disputes.of(overdue_on=last) == []
    assert len(store.disputes.of(overdue_on=last + DAY)) == 2
    store.disputes.answer("dispute_1", outcome=DisputeOutcome.REJECTED, answer="x", at=NOON, by="p")
    assert [d.dispute_id for d in store.disputes.of(overdue_on=last + DAY)] == ["dispute_2"]
    assert [d.dispute_id for d in store.disputes.of(open_only=True)] == ["dispute_2"]
    assert [d.dispute_id for d in store.disputes.of(recipient_id="inst_x")] == ["dispute_2"]
    assert [d.dispute_id for d in store.disputes.of(firm_id="firm_a", limit=3)] == ["dispute_1"]
    assert [d.dispute_id for d in store.disputes.of(after="dispute_1")] == ["dispute_2"]


# -- handles -----------------------------------------------------------------------------------


def test_a_handle_that_was_erased_is_stored_anew_when_it_is_shown_again(store: Store) -> None:
    firm = Firm(firm_id="firm_a", name="a")
    for _ in range(2):  # erased, and imported again
        store.upsert(Firm, [firm])
        found = store.handles.handles("inst_x", {"firm_a": "firm_a"}, prefix="teaser_")
        assert store.handles.find("inst_x", found["firm_a"]) == "firm_a"
        store.erase_firm("firm_a", erased_at=NOON, reason="asked")
        assert store.handles.find("inst_x", found["firm_a"]) is None


def test_a_handle_is_stable_opaque_and_of_one_recipient(url: str) -> None:
    subjects = {"firm_a": "firm_a", "firm_b": "firm_b"}
    with Store.open(url) as store:
        first = store.handles.handles("inst_x", subjects, prefix="teaser_")
        assert store.handles.handles("inst_x", subjects, prefix="teaser_") == first
        other = store.handles.handles("inst_y", subjects, prefix="teaser_")
        assert store.handles.handles("inst_x", {}, prefix="teaser_") == {}
    with Store.open(url) as again:
        assert again.handles.handles("inst_x", subjects, prefix="teaser_") == first
        assert again.handles.find("inst_x", first["firm_a"]) == "firm_a"
        assert again.handles.find("inst_y", first["firm_a"]) is None
        assert again.handles.find("inst_x", "teaser_0") is None
        found = again.handles.find_all("inst_x", [*first.values(), "teaser_0"])
        assert found == {handle: firm_id for firm_id, handle in first.items()}
    everything = [*first.values(), *other.values()]
    assert len(set(everything)) == 4
    assert all(h.startswith("teaser_") and "firm" not in h for h in everything)
