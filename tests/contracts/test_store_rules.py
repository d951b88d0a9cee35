"""Rules, facts and answers in the store, on every backend."""

from __future__ import annotations

import datetime as dt

import pytest

from data.audit import Entry
from data.errors import ArgumentError, DuplicateIdError, StoreError, UnknownIdError
from data.records import Firm
from data.rules.facts import Fact, Figure
from data.rules.files import rules_from_plain
from data.rules.nodes import RuleFaultsError
from data.store import Counts, Store
from data.store.rule_store import StoredAnswer


def rules(*versions, **keys):
    """Versions of one rule: pairs of (version, first day, last day)."""
    return rules_from_plain(
        [
            {
                "id": "own.a",
                "version": version,
                "effective_from": start,
                "effective_to": end,
                "require": {"employees": {"min": 3}},
                **keys,
            }
            for version, start, end in versions
        ]
    )


def test_rules_come_back_as_they_went(store: Store) -> None:
    both = rules(("1", None, "2026-03-31"), ("2", "2026-04-01", None))
    assert store.rules.add(both) == Counts(new=2)
    assert store.rules.load() == both
    assert store.rules.add(both) == Counts(unchanged=2)


def test_a_version_never_changes_but_may_be_given_its_last_day(store: Store) -> None:
    store.rules.add(rules(("1", None, None)))
    with pytest.raises(DuplicateIdError, match="other content"):
        store.rules.add(rules(("1", None, None), require={"employees": {"min": 4}}))
    with pytest.raises(RuleFaultsError, match="common days"):
        store.rules.add(rules(("2", "2026-04-01", None)))
    closed = rules(("1", None, "2026-03-31"), ("2", "2026-04-01", None))
    assert store.rules.add(closed) == Counts(new=1, changed=1)
    assert store.rules.load() == closed
    with pytest.raises(DuplicateIdError):  # a last day that is set stays
        store.rules.add(rules(("1", None, "2026-02-28")))
    assert store.rules.load() == closed


def test_rules_are_added_and_withdrawn_with_their_entries(store: Store) -> None:
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    entry = Entry(at=now, action="offers.write", subject_type="rule", subject_id="own.a")
    both = rules(("1", None, "2026-03-31"), ("2", "2026-04-01", None))
    store.rules.add(both, entry=entry)
    with pytest.raises(ArgumentError, match="has held already"):
        store.rules.withdraw(both[0], today=now.date())
    with pytest.raises(ArgumentError, match="has held already"):
        store.rules.withdraw(both[1], today=dt.date(2026, 4, 1))
    store.rules.withdraw(both[1], today=now.date(), entry=entry)
    assert store.rules.load() == both[:1]
    with pytest.raises(UnknownIdError, match="no version '2'"):
        store.rules.withdraw(both[1], today=now.date(), entry=entry)
    assert len(store.audit.search()) == 2
    assert store.changes.since(0).rows[-1].record_id == "own.a"


def test_a_rule_that_another_names_is_not_withdrawn(store: Store) -> None:
    later = rules(("1", "2026-04-01", None))
    naming = rules_from_plain([{"id": "own.b", "version": "1", "require": {"rule": "own.a"}}])
    store.rules.add([*later, *naming])
    with pytest.raises(RuleFaultsError, match="does not exist"):
        store.rules.withdraw(later[0], today=dt.date(2026, 3, 1))
    assert len(store.rules.load()) == 2


def test_nothing_is_added_where_one_rule_is_wrong(store: Store) -> None:
    wrong = rules_from_plain([{"id": "x", "version": "1", "require": {"rule": "nowhere"}}])
    with pytest.raises(RuleFaultsError, match="does not exist"):
        store.rules.add([*rules(("1", None, None)), *wrong])
    assert store.rules.load() == []


def test_the_later_statement_of_a_day_replaces_the_earlier(store: Store) -> None:
    def fact(number, day=1, expires=None):
        return Fact(
            subject_id="firm_a",
            name="total_credit",
            value=Figure(number * 1_000_000, "CNY"),
            known_on=dt.date(2026, 1, day),
            expires_on=expires,
            source="银行",
        )

    flags = Fact(subject_id="firm_a", name="veto", value=(), known_on=dt.date(2026, 1, 1))
    assert store.rules.put_facts([fact(1), fact(2, day=2, expires=dt.date(2027, 1, 1)), flags]) == 3
    store.rules.put_facts([fact(5)])
    found = store.rules.load_facts()
    assert found == [fact(5), fact(2, day=2, expires=dt.date(2027, 1, 1)), flags]
    assert store.rules.facts_of("firm_a") == found
    assert store.rules.facts_of("firm_b") == []
    assert store.rules.put_facts([]) == 0


def answer(**fields) -> StoredAnswer:
    made = {
        "answer_id": "answer_1",
        "answered_on": dt.date(2026, 7, 1),
        "need_id": "need_1",
        "firm_id": "firm_a",
        "offer_id": "offer_1",
        "verdict": "met",
        "content": {"规则": [1, None]},
    }
    return StoredAnswer(**{**made, **fields})


def test_answers_are_kept_once(store: Store) -> None:
    store.rules.add_answer(answer())
    store.rules.add_answer(answer())
    assert store.rules.get_answer("answer_1") == answer()
    with pytest.raises(UnknownIdError, match="no answer 'answer_2'"):
        store.rules.get_answer("answer_2")


def test_erasing_a_firm_takes_its_facts_and_answers_along(store: Store) -> None:
    store.upsert(Firm, [Firm(firm_id="firm_a", name="甲"), Firm(firm_id="firm_b", name="乙")])
    kept = Fact(
        subject_id="firm_b", name="total_credit", value=Figure(1, "CNY"),
        known_on=dt.date(2026, 1, 1),
    )  # fmt: skip
    gone = Fact(
        subject_id="firm_a", name="total_credit", value=Figure(1, "CNY"),
        known_on=dt.date(2026, 1, 1),
    )  # fmt: skip
    store.rules.put_facts([kept, gone])
    store.rules.add_answer(answer())
    store.rules.add_answer(answer(answer_id="answer_b", firm_id="firm_b"))
    store.erase_firm("firm_a", erased_at=dt.datetime(2026, 7, 2, tzinfo=dt.UTC), reason="asked")
    assert store.rules.load_facts() == [kept]
    assert store.rules.get_answer("answer_b").firm_id == "firm_b"
    with pytest.raises(UnknownIdError):
        store.rules.get_answer("answer_1")


def test_a_store_of_before_gets_the_tables(url: str) -> None:
    from data.store.database import make_engine, writing
    from data.store.migrating import downgrade

    engine = make_engine(url, create=True, lock_wait_s=5)
    with engine.connect() as connection, writing(connection):
        downgrade(connection, "0001")
    engine.dispose()
    with pytest.raises(StoreError, match="'0001'"):
        Store.open(url, migrate=False)
    with Store.open(url) as store:
        assert store.rules.load() == []
