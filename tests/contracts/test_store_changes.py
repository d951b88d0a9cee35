"""The change feed: what each write notes, that nothing is missed, and what a reader gets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from data.errors import ArgumentError, StoreError
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
    Rating,
)
from data.rules.conditions import Bounds
from data.rules.facts import Fact, Figure
from data.rules.rule import Rule, Scope
from data.store import Change, ChangeKind, Store, change_log
from data.store.change_log import note_changes
from data.store.database import writing
from data.store.tables import CHANGES

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


def firm(number: int, **fields: object) -> Firm:
    return Firm(firm_id=f"firm_{number}", name="甲", **fields)  # type: ignore[arg-type]


def event(name: str, firm_id: str = "firm_1") -> Event:
    return Event(
        event_id=f"event_{name}",
        kind=EventKind.FUNDED,
        occurred_at=NOON,
        firm_id=firm_id,
        offer_id="offer_1",
    )


def fact(subject_id: str, number: float, day: int = 1) -> Fact:
    return Fact(
        subject_id=subject_id,
        name="employees",
        value=Figure(number),
        known_on=dt.date(2026, 1, day),
    )


def named(rows: tuple[Change, ...]) -> list[tuple[str, str | None]]:
    return [(row.kind.value, row.record_id) for row in rows]


def news_of(store: Store, seq: int = 0) -> list[tuple[str, str | None]]:
    return named(store.changes.since(seq).rows)


def test_a_store_without_writes_has_no_changes(store: Store) -> None:
    assert store.changes.last_seq() == 0
    assert store.changes.since(0).rows == ()
    assert not store.changes.since(0).lost
    assert store.changes.news(0).empty


def test_each_changed_record_is_noted_once_in_the_order_of_the_writes(store: Store) -> None:
    store.upsert(Firm, [firm(1), firm(2)])
    store.upsert(Firm, [firm(1), firm(2, city="苏州"), firm(3)])
    assert news_of(store) == [
        ("firm", "firm_1"),
        ("firm", "firm_2"),
        ("firm", "firm_2"),
        ("firm", "firm_3"),
    ]


def test_every_kind_of_record_is_noted(store: Store) -> None:
    store.upsert(Base, [Base(base_id="base_1", name="b")])
    store.upsert(
        Institution, [Institution(institution_id="inst_1", name="i", kind=InstitutionKind.BANK)]
    )
    store.upsert(
        Offer,
        [Offer(offer_id="offer_1", institution_id="inst_1", name="o", kind=NeedKind.DEBT)],
    )
    store.upsert(
        Need, [Need(need_id="need_1", firm_id="firm_1", kind=NeedKind.DEBT, stated_on=NOON.date())]
    )
    store.append_events([event("a")])
    store.upsert(
        Rating,
        [Rating(rating_id="rating_1", firm_id="f", offer_id="o", score=5, rated_at=NOON)],
    )
    assert [kind for kind, _ in news_of(store)] == [
        "base",
        "institution",
        "offer",
        "need",
        "event",
        "rating",
    ]


def test_what_is_written_again_is_no_change(store: Store) -> None:
    store.upsert(Firm, [firm(1)])
    store.append_events([event("a")])
    store.rules.put_facts([fact("firm_1", 3)])
    seq = store.changes.last_seq()
    store.upsert(Firm, [firm(1)])
    store.append_events([event("a")])
    store.rules.put_facts([fact("firm_1", 3)])
    assert store.changes.last_seq() == seq


def test_impressions_and_views_are_stored_and_not_noted(store: Store) -> None:
    seen = [
        dataclasses.replace(event("a"), kind=EventKind.IMPRESSION),
        dataclasses.replace(event("b"), kind=EventKind.VIEW),
        event("c"),
    ]
    assert store.append_events(seen).new == 3
    assert news_of(store) == [("event", "event_c")]
    assert store.changes.everything().catalogue.events.ids.ids == ("event_c",)
    assert store.count(Event) == 3


def test_a_write_that_fails_notes_nothing(store: Store) -> None:
    store.append_events([event("a")])
    with pytest.raises(Exception, match="stored already"):
        store.append_events([event("b"), event("a", firm_id="firm_2")])
    assert news_of(store) == [("event", "event_a")]


def test_above_the_bound_one_row_stands_for_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "MANY", 3)
    monkeypatch.setattr("data.store.merging.MANY", 3)
    store.upsert(Firm, [firm(n) for n in range(3)])
    assert len(news_of(store)) == 3
    counts = store.upsert(Firm, [firm(n) for n in range(1, 9)])
    assert (counts.new, counts.unchanged) == (6, 2)
    assert news_of(store, 3) == [("firm", None)]
    # two changed and two new are four, and each half alone is below the bound
    counts = store.upsert(Firm, [firm(n, city="北京") for n in (0, 1, 20, 21)])
    assert (counts.new, counts.changed) == (2, 2)
    assert news_of(store, 4) == [("firm", None)]
    assert store.changes.news(4).too_much


def test_an_import_notes_what_it_merged(store: Store) -> None:
    store.upsert(Firm, [firm(1)])
    with store.import_session(source="s", fingerprint="1") as run:
        run.stage(Firm, [firm(1), firm(2)])
        run.stage(Base, [Base(base_id="base_1", name="b")])
        assert news_of(store) == [("firm", "firm_1")]
    assert news_of(store, 1) == [("base", "base_1"), ("firm", "firm_2")]
    with store.plan_import(source="s", fingerprint="2") as run:
        run.stage(Firm, [firm(3)])
    assert store.changes.last_seq() == 3


def test_an_erased_firm_is_noted_and_its_other_ids_are_forgotten(store: Store) -> None:
    store.upsert(Firm, [firm(1), firm(2)])
    store.upsert(
        Need, [Need(need_id="need_1", firm_id="firm_1", kind=NeedKind.DEBT, stated_on=NOON.date())]
    )
    store.append_events([event("a"), event("b", firm_id="firm_2")])
    store.rules.put_facts([fact("firm_1", 3)])
    seq = store.changes.last_seq()
    store.erase_firm("firm_1", erased_at=NOON, reason="asked")
    assert news_of(store, seq) == [("firm", "firm_1"), ("fact", "firm_1")]
    assert not {"need_1", "event_a"} & {key for _, key in news_of(store)}
    found = store.changes.news(seq)
    assert found.gone == {Firm: frozenset({"firm_1"})}
    assert found.facts == {"firm_1": ()}


def rule(version: str, least: float, *, last: dt.date | None = None) -> Rule:
    return Rule(
        rule_id="bank.age",
        version=version,
        require=Bounds("age", least, None),
        scope=Scope(institutions=("inst_1",)),
        source="bank",
        title_zh="成立年限",
        title_en="Age",
        effective_to=last,
    )


def test_rules_and_facts_are_noted(store: Store) -> None:
    store.rules.add([rule("1", 12)])
    store.rules.add([rule("1", 12)])
    store.rules.put_facts([fact("firm_1", 3), fact("firm_1", 4, day=2), fact("base_1", 5)])
    assert news_of(store) == [("rule", "bank.age"), ("fact", "base_1"), ("fact", "firm_1")]
    found = store.changes.news(0)
    assert found.rules is not None
    assert [r.version for r in found.rules] == ["1"]
    assert [f.value for f in found.facts["firm_1"]] == [Figure(3), Figure(4)]


def test_facts_that_differ_replace_those_of_the_day(store: Store) -> None:
    store.rules.put_facts([fact("firm_1", 3), fact("firm_2", 3)])
    store.rules.put_facts([fact("firm_1", 7), fact("firm_2", 3)])
    assert news_of(store, 2) == [("fact", "firm_1")]
    assert [f.value for f in store.rules.load_facts()] == [Figure(7), Figure(3)]


def test_news_are_the_records_as_they_are_now(store: Store) -> None:
    store.upsert(Firm, [firm(1)])
    seq = store.changes.last_seq()
    store.upsert(Firm, [firm(1, city="北京"), firm(2)])
    store.upsert(Firm, [firm(1, city="苏州")])
    found = store.changes.news(seq)
    assert found.records == {Firm: [firm(1, city="苏州"), firm(2)]}
    assert found.seq == store.changes.last_seq() == seq + 3
    assert found.changed_at is not None
    assert found.changed_at[0] <= found.changed_at[1]
    assert store.changes.news(found.seq).empty


def test_a_limit_is_kept_and_said(store: Store) -> None:
    store.upsert(Firm, [firm(n) for n in range(1, 6)])
    first = store.changes.news(0, limit=3)
    assert (first.more, len(first.records[Firm])) == (True, 3)
    rest = store.changes.news(first.seq, limit=3)
    assert (rest.more, len(rest.records[Firm])) == (False, 2)
    assert len(store.changes.since(0, limit=2).rows) == 2


@pytest.mark.parametrize(("seq", "limit", "field"), [(0, 0, "limit"), (-1, 5, "seq")])
def test_arguments_out_of_range_are_refused(store: Store, seq: int, limit: int, field: str) -> None:
    for read in (store.changes.since, store.changes.news):
        with pytest.raises(ArgumentError) as caught:
            read(seq, limit)
        assert caught.value.field == field


def test_pruned_changes_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_log, "KEPT", 4)
    for number in range(1, 8):
        store.upsert(Firm, [firm(number)])
    with store._engine.connect() as connection:
        kept = connection.execute(sa.select(CHANGES.c.seq)).scalars().all()
    assert len(kept) == 4
    oldest = min(kept)
    assert store.changes.since(oldest - 2).lost
    assert store.changes.news(oldest - 2).too_much
    assert not store.changes.since(oldest - 1).lost
    assert len(store.changes.news(oldest - 1).records[Firm]) == 4


def test_a_number_that_the_store_never_drew_is_told(store: Store) -> None:
    store.upsert(Firm, [firm(1)])
    assert store.changes.since(99).lost
    assert store.changes.news(99).seq == store.changes.last_seq()


def test_everything_is_complete_up_to_its_number(store: Store) -> None:
    store.upsert(Firm, [firm(1)])
    store.rules.put_facts([fact("firm_1", 3)])
    store.rules.add([rule("1", 12)])
    found = store.changes.everything()
    assert found.seq == store.changes.last_seq() == 3
    assert found.catalogue.firms.ids.ids == ("firm_1",)
    assert [f.subject_id for f in found.facts] == ["firm_1"]
    assert [r.rule_id for r in found.rules] == ["bank.age"]


def test_changes_are_dated_by_the_database(store: Store) -> None:
    store.upsert(Firm, [firm(1)])
    (row,) = store.changes.since(0).rows
    age = dt.datetime.now(dt.UTC) - row.changed_at
    assert abs(age) < dt.timedelta(minutes=5)
    assert row == Change(row.seq, ChangeKind.FIRM, "firm_1", row.changed_at)


def test_a_later_number_waits_for_the_commit_of_an_earlier_one(
    store: Store, url: str, backend: str
) -> None:
    """A reader may not pass a number that is drawn and not yet there."""
    if backend == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    done = threading.Event()

    def write() -> None:
        with Store.open(url) as other:
            other.upsert(Firm, [firm(2)])
        done.set()

    with store._engine.connect() as connection:
        with writing(connection):
            note_changes(connection, {ChangeKind.FIRM: ["firm_1"]})
            writer = threading.Thread(target=write)
            writer.start()
            assert not done.wait(0.5)
            assert store.changes.since(0).rows == ()
        writer.join(timeout=30)
    assert news_of(store) == [("firm", "firm_1"), ("firm", "firm_2")]


def test_a_reader_that_follows_writers_misses_nothing(store: Store, url: str) -> None:
    n_writers, n_rounds = 3, 12

    def write(writer: int) -> None:
        with Store.open(url) as own:
            for n in range(n_rounds):
                own.upsert(Firm, [firm(1000 * writer + n), firm(1, employees=100 * writer + n)])

    writers = [threading.Thread(target=write, args=(n,)) for n in range(1, n_writers + 1)]
    for writer in writers:
        writer.start()
    seen: dict[str, Firm] = {}
    seq = 0
    while True:
        alive = any(writer.is_alive() for writer in writers)
        found = store.changes.news(seq, limit=5)
        for record in found.records.get(Firm, ()):
            assert isinstance(record, Firm)
            seen[record.firm_id] = record
        seq = found.seq
        if not alive and found.empty:
            break
    assert len(seen) == n_writers * n_rounds + 1
    assert seen["firm_1"] == store.get_firm("firm_1")


def test_a_database_that_is_gone_is_a_store_error(new_url: Callable[[], str]) -> None:
    store = Store.open(new_url())
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE changes")
    with pytest.raises(StoreError):
        store.changes.news(0)
    store.close()
