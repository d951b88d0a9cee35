"""What every backend of the store promises: records in, the same records out, nothing lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import columns as col
from data.catalogue import Catalogue
from data.errors import (
    ArgumentError,
    DuplicateIdError,
    InputError,
    MissingColumnError,
    ParseError,
    StoreError,
    UnknownIdError,
)
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
    Record,
)
from data.schema import ID_COLUMN, columns_of, table_from_records
from data.store import Counts, Store
from data.store.tables import TABLE_NAME

NEW_YEAR = dt.datetime(2013, 1, 1, tzinfo=dt.UTC)
RECORD_TYPES = tuple(TABLE_NAME)
WRITER = Path(__file__).with_name("concurrent_writer.py")


def full(record_type: type[Record], number: int = 1) -> Record:
    """A record with a telling value in every field."""
    fields: dict[str, Any] = {}
    for place, column in enumerate(columns_of(record_type)):
        if issubclass(column.python_type, str) and column.python_type is not str:
            fields[column.name] = list(column.python_type)[-1]
        else:
            fields[column.name] = {
                str: f"{column.name} “一” {number}",
                int: -(2**62) + place,
                float: 0.1 + place,
                bool: place % 2 == 0,
                dt.date: dt.date(1978, 12, 1) + dt.timedelta(days=place),
                dt.datetime: NEW_YEAR + dt.timedelta(microseconds=place),
                tuple: ("江苏", 'a "quoted", part', ""),
            }[column.python_type]
    return record_type(**fields)


def sparse(record_type: type[Record], number: int = 1) -> Record:
    """A record with the required fields only."""
    required = {c.name for c in columns_of(record_type) if c.required}
    whole = full(record_type, number)
    return record_type(**{name: getattr(whole, name) for name in required})


def add(store: Store, record_type: type[Record], rows: Any) -> Counts:
    return store.append_events(rows) if record_type is Event else store.upsert(record_type, rows)


def firm(key: str, **fields: Any) -> Firm:
    return Firm(**{"firm_id": f"firm_{key}", "name": key} | fields)


def viewed(key: str, **fields: Any) -> Event:
    given_fields = {
        "event_id": f"event_{key}",
        "kind": EventKind.VIEW,
        "occurred_at": NEW_YEAR,
        "firm_id": "firm_a",
        "offer_id": "offer_a",
    }
    return Event(**given_fields | fields)


class TestRoundTrip:
    @pytest.mark.parametrize("record_type", RECORD_TYPES)
    def test_every_field_comes_back(self, store: Store, record_type: type[Record]) -> None:
        rows = [full(record_type, 1), sparse(record_type, 2)]
        assert add(store, record_type, rows) == Counts(new=2)
        for row in rows:
            assert store.get(record_type, getattr(row, ID_COLUMN[record_type])) == row

    @pytest.mark.parametrize("record_type", RECORD_TYPES)
    def test_batches_give_back_the_table(self, store: Store, record_type: type[Record]) -> None:
        table = table_from_records(record_type, [full(record_type, n) for n in range(5)])
        add(store, record_type, table)
        batches = list(store.batches(record_type, size=2))
        assert [len(batch) for batch in batches] == [2, 2, 1]
        assert pa.concat_tables(batches).equals(table)

    def test_batches_sort_ids_byte_by_byte(self, store: Store) -> None:
        keys = ["b", "B", "a_", "aB", "é", "一", "a"]
        store.upsert(Firm, [firm(key) for key in keys])
        (batch,) = store.batches(Firm)
        ids = batch.column(col.FIRM_ID).to_pylist()
        assert ids == sorted((f"firm_{key}" for key in keys), key=str.encode)

    def test_an_empty_table_has_no_batches(self, store: Store) -> None:
        assert list(store.batches(Firm)) == []

    def test_batches_need_a_size(self, store: Store) -> None:
        with pytest.raises(ArgumentError, match="at least 1; got 0"):
            next(store.batches(Firm, size=0))

    def test_batches_show_one_moment(self, store: Store) -> None:
        store.upsert(Firm, [firm("a"), firm("c")])
        batches = store.batches(Firm, size=1)
        seen = next(batches).column(col.NAME).to_pylist()
        store.upsert(Firm, [firm("b"), firm("c", name="renamed")])
        for batch in batches:
            seen += batch.column(col.NAME).to_pylist()
        assert seen == ["a", "c"]

    @settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        texts=st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=4
        ),
        number=st.integers(-(2**63), 2**63 - 1),
        rate=st.floats(allow_nan=False, allow_infinity=False),
    )
    def test_any_text_and_number_comes_back(
        self, store: Store, texts: list[str], number: int, rate: float
    ) -> None:
        offer = Offer(
            offer_id="offer_a",
            institution_id="inst_a",
            name="".join(texts),
            kind=NeedKind.DEBT,
            amount_min_minor=number,
            rate_low_pct=rate,
            sectors=tuple(texts),
        )
        store.upsert(Offer, [offer])
        assert store.get_offer("offer_a") == offer

    @pytest.mark.parametrize(
        "text", ["", " ", "\\.", "a\n\\.\nb", "\\N", "NULL", '"', "a,b\r\n", "\t", "'; DROP", "😀"]
    )
    def test_awkward_text_comes_back(self, store: Store, text: str) -> None:
        odd = firm("a", city=text, sectors=(text,), description=None)
        store.upsert(Firm, [odd])
        assert store.get_firm("firm_a") == odd

    @pytest.mark.parametrize("year", [1, 1969, 9999])
    def test_far_dates_come_back(self, store: Store, year: int) -> None:
        moment = dt.datetime(year, 6, 1, 12, 30, 0, 1, tzinfo=dt.UTC)
        store.append_events([viewed("a", occurred_at=moment)])
        store.upsert(Firm, [firm("a", founded_on=moment.date())])
        assert store.get(Event, "event_a").occurred_at == moment
        assert store.get_firm("firm_a").founded_on == moment.date()

    def test_other_zones_become_utc(self, store: Store) -> None:
        beijing = dt.timezone(dt.timedelta(hours=8))
        store.append_events([viewed("a", occurred_at=dt.datetime(2013, 1, 1, 8, tzinfo=beijing))])
        stored = store.get(Event, "event_a").occurred_at
        assert stored == NEW_YEAR
        assert stored.utcoffset() == dt.timedelta(0)

    def test_absent_optional_columns_are_unknown(self, store: Store) -> None:
        store.upsert(
            Need,
            pa.table(
                {
                    col.NEED_ID: ["need_a"],
                    col.KIND: ["debt"],
                    col.STATED_ON: [dt.date(2013, 1, 1)],
                    col.FIRM_ID: ["firm_a"],
                }
            ),
        )
        need = store.get_need("need_a")
        assert (need.stage, need.collateral, need.implied) == (None, (), False)

    def test_nan_is_unknown(self, store: Store) -> None:
        offer = dataclasses.replace(sparse(Offer), fee_pct=float("nan"))
        store.upsert(Offer, [offer])
        assert store.get_offer(offer.offer_id).fee_pct is None


class TestFinding:
    def test_find_and_get_by_type(self, store: Store) -> None:
        rows: list[Record] = [sparse(kind) for kind in (Base, Firm, Need, Institution, Offer)]
        for row in rows:
            store.upsert(type(row), [row])
        pairs: list[tuple[Callable[[str], Any], Callable[[str], Any]]] = [
            (store.find_base, store.get_base),
            (store.find_firm, store.get_firm),
            (store.find_need, store.get_need),
            (store.find_institution, store.get_institution),
            (store.find_offer, store.get_offer),
        ]
        for row, (find, get) in zip(rows, pairs, strict=True):
            key = getattr(row, ID_COLUMN[type(row)])
            assert find(key) == get(key) == row
            assert find("nobody") is None
            with pytest.raises(UnknownIdError, match=r"no \w+_id 'nobody'.*import the record"):
                get("nobody")

    def test_needs_and_offers_of(self, store: Store) -> None:
        later, sooner = dt.date(2013, 2, 1), dt.date(2013, 1, 1)
        needs = [
            Need(need_id="need_1", firm_id="firm_a", kind=NeedKind.DEBT, stated_on=later),
            Need(need_id="need_2", firm_id="firm_a", kind=NeedKind.DEBT, stated_on=sooner),
            Need(need_id="need_3", firm_id="firm_b", kind=NeedKind.DEBT, stated_on=sooner),
        ]
        store.upsert(Need, needs)
        assert store.needs_of("firm_a") == [needs[1], needs[0]]
        offers = [
            Offer(offer_id=f"offer_{n}", institution_id=of, name="loan", kind=NeedKind.DEBT)
            for n, of in enumerate(["inst_b", "inst_a", "inst_b"])
        ]
        store.upsert(Offer, offers)
        assert store.offers_of("inst_b") == [offers[0], offers[2]]

    def test_events_of(self, store: Store) -> None:
        hour = dt.timedelta(hours=1)
        events = [
            viewed("1", occurred_at=NEW_YEAR + hour),
            viewed("2", offer_id="offer_b"),
            viewed("3", firm_id="firm_b"),
            viewed("4"),
        ]
        store.append_events(events)
        assert store.events_of(firm_id="firm_a") == [events[1], events[3], events[0]]
        assert store.events_of(offer_id="offer_a") == [events[2], events[3], events[0]]
        assert store.events_of(firm_id="firm_a", offer_id="offer_b") == [events[1]]
        # strictly before: the event at the instant itself is not seen
        assert store.events_of(firm_id="firm_a", before=NEW_YEAR + hour) == [events[1], events[3]]
        assert store.events_of(firm_id="firm_a", before=NEW_YEAR) == []

    def test_events_of_nobody_in_particular(self, store: Store) -> None:
        with pytest.raises(ArgumentError, match="Name a firm_id, an offer_id"):
            store.events_of()

    def test_before_needs_a_zone(self, store: Store) -> None:
        with pytest.raises(ArgumentError, match="time zone; got 2013-01-01T00:00:00"):
            store.events_of(firm_id="firm_a", before=dt.datetime(2013, 1, 1))

    def test_ratings_of(self, store: Store) -> None:
        ratings = [
            Rating(
                rating_id=f"rating_{n}",
                firm_id="firm_a",
                offer_id=f"offer_{n}",
                score=n,
                rated_at=NEW_YEAR - dt.timedelta(days=n),
            )
            for n in (1, 2, 3)
        ]
        store.upsert(Rating, ratings)
        assert store.ratings_of(firm_id="firm_a") == ratings[::-1]
        assert store.ratings_of(offer_id="offer_2") == [ratings[1]]
        cut = NEW_YEAR - dt.timedelta(days=2)
        assert store.ratings_of(firm_id="firm_a", before=cut) == [ratings[2]]


class TestUpsert:
    def test_counts(self, store: Store) -> None:
        assert store.upsert(Firm, [firm("a"), firm("b")]) == Counts(new=2)
        changed = [firm("a"), firm("b", city="南京"), firm("c")]
        assert store.upsert(Firm, changed) == Counts(new=1, changed=1, unchanged=1)
        assert store.upsert(Firm, changed) == Counts(unchanged=3)
        assert store.count(Firm) == 3

    def test_a_value_may_become_unknown_again(self, store: Store) -> None:
        store.upsert(Firm, [firm("a", city="南京")])
        assert store.upsert(Firm, [firm("a")]) == Counts(changed=1)
        assert store.get_firm("firm_a").city is None

    def test_nothing_to_write(self, store: Store) -> None:
        assert store.upsert(Firm, []) == Counts()

    def test_equal_repetitions_count_once(self, store: Store) -> None:
        assert store.upsert(Firm, [firm("a"), firm("a")]) == Counts(new=1)

    def test_two_contents_for_one_id(self, store: Store) -> None:
        rows = [firm("b"), firm("a"), firm("a", city="苏州"), firm("a")]
        with pytest.raises(DuplicateIdError, match="'firm_a' comes twice with different content"):
            store.upsert(Firm, rows)
        assert store.count(Firm) == 0

    def test_more_records_than_one_chunk(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("data.store.rows.CHUNK_ROWS", 2)
        assert store.upsert(Firm, (firm(str(n)) for n in range(5))) == Counts(new=5)
        table = table_from_records(Firm, [firm(str(n)) for n in range(3, 8)])
        assert store.upsert(Firm, table) == Counts(new=3, unchanged=2)

    def test_a_bad_record_late_in_the_stream(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("data.store.rows.CHUNK_ROWS", 1)
        with pytest.raises(InputError, match="must not be empty"):
            store.upsert(Firm, [firm("a"), firm("b", firm_id="")])
        assert store.count(Firm) == 0
        assert store.upsert(Firm, [firm("b")]) == Counts(new=1)

    def test_events_are_not_upserted(self, store: Store) -> None:
        with pytest.raises(ArgumentError, match="Use append_events"):
            store.upsert(Event, [viewed("a")])

    def test_records_of_another_type(self, store: Store) -> None:
        with pytest.raises(InputError, match="type Firm expected; got a Base"):
            store.upsert(Firm, [sparse(Base)])


class TestValues:
    """What the records do not allow is refused by name, on both backends alike."""

    def bad(self, **columns: Any) -> pa.Table:
        good: dict[str, Any] = {col.FIRM_ID: ["firm_a", "firm_b"], col.NAME: ["a", "b"]}
        return pa.table(good | columns)

    @pytest.mark.parametrize(
        ("columns", "error", "message"),
        [
            ({col.NAME: ["a", None]}, InputError, "name of a Firm must be known; row 2 has none"),
            ({col.FIRM_ID: ["firm_a", ""]}, ParseError, "firm_id must not be empty"),
            ({col.SIZE_CLASS: ["micro", "tiny"]}, ParseError, "micro, small, .*; got 'tiny'"),
            ({col.CITY: ["a", "b\0"]}, ParseError, "city must not hold NUL"),
            ({col.SECTORS: [[], ["\0"]]}, ParseError, "sectors must not hold NUL"),
            ({col.SECTORS: [[], [None]]}, ParseError, "sectors holds a list with an empty place"),
            ({col.EMPLOYEES: ["1", "many"]}, ParseError, "employees must be of type int64"),
            ({col.EMPLOYEES: [1.0, 1.5]}, ParseError, "employees must be of type int64"),
            ({col.FOUNDED_ON: [pa.scalar(10**7, pa.date32())] * 2}, ParseError, "1 to 9999"),
            ({"colour": ["a", "b"]}, InputError, "A Firm has no column 'colour'"),
        ],
    )
    def test_refused(
        self, store: Store, columns: dict[str, Any], error: type[InputError], message: str
    ) -> None:
        with pytest.raises(error, match=message) as caught:
            store.upsert(Firm, self.bad(**columns))
        assert caught.value.field == next(iter(columns))
        assert caught.value.remedy
        assert store.count(Firm) == 0

    def test_a_required_column_is_absent(self, store: Store) -> None:
        with pytest.raises(MissingColumnError, match="Firm records needs the column 'name'"):
            store.upsert(Firm, pa.table({col.FIRM_ID: ["firm_a"]}))

    def test_an_instant_without_a_zone(self, store: Store) -> None:
        table = table_from_records(Event, [viewed("a")])
        place = table.column_names.index(col.OCCURRED_AT)
        naive = table.column(col.OCCURRED_AT).cast(pa.timestamp("us"))
        with pytest.raises(ParseError, match="occurred_at must carry a time zone"):
            store.append_events(table.set_column(place, col.OCCURRED_AT, naive))

    def test_a_record_with_an_instant_without_a_zone(self, store: Store) -> None:
        naive = dt.datetime(2013, 1, 1)
        with pytest.raises(ArgumentError, match="occurred_at must carry a time zone; got 2013"):
            store.append_events([viewed("a", occurred_at=naive)])
        with pytest.raises(ArgumentError, match="erased_at must carry a time zone"):
            store.erase_firm("firm_a", erased_at=naive, reason="asked")
        with pytest.raises(ArgumentError, match="imported_at must carry a time zone"):
            store.import_session(source="s", fingerprint="1", imported_at=naive)

    @pytest.mark.parametrize("employees", [2**63, "many", 1.5])
    def test_a_record_with_a_value_of_another_type(self, store: Store, employees: Any) -> None:
        with pytest.raises(ParseError, match="employees must be of type int64") as caught:
            store.upsert(Firm, [firm("a", employees=employees)])
        assert caught.value.field == col.EMPLOYEES

    @pytest.mark.parametrize("record", [firm("a", name=None), viewed("a", occurred_at=None)])
    def test_a_record_without_a_required_value(self, store: Store, record: Record) -> None:
        with pytest.raises(InputError, match=r"must be known; row 1 has none"):
            add(store, type(record), [record])

    def test_an_infinite_rate(self, store: Store) -> None:
        offer = dataclasses.replace(sparse(Offer), fee_pct=float("inf"))
        with pytest.raises(ParseError, match="fee_pct must be a finite number; got 'inf'"):
            store.upsert(Offer, [offer])

    def test_the_database_itself_checks_enumerations(self, store: Store) -> None:
        statement = (
            "INSERT INTO institutions (institution_id, name, kind, regions, sectors, stages)"
        )
        with (
            pytest.raises(sa.exc.IntegrityError),
            store._engine.begin() as connection,
        ):
            connection.exec_driver_sql(statement + " VALUES ('i', 'n', 'usurer', '', '', '')")


class TestEvents:
    def test_posted_twice_counts_once(self, store: Store) -> None:
        assert store.append_events([viewed("a"), viewed("a")]) == Counts(new=1)
        assert store.append_events([viewed("a"), viewed("b")]) == Counts(new=1, unchanged=1)

    def test_other_content_under_a_stored_id(self, store: Store) -> None:
        store.append_events([viewed("a")])
        other = viewed("a", note="changed", position=2)
        with pytest.raises(
            DuplicateIdError, match="'event_a' is stored already with another position, note"
        ):
            store.append_events([viewed("b"), other])
        assert store.count(Event) == 1
        assert store.get(Event, "event_a") == viewed("a")

    def test_two_contents_in_one_call(self, store: Store) -> None:
        with pytest.raises(DuplicateIdError, match="'event_a' comes twice"):
            store.append_events([viewed("a"), viewed("a", note="changed")])

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE events SET note = 'forged'",
            "DELETE FROM events",
            "TRUNCATE events",
            "REPLACE INTO events SELECT * FROM events",
        ],
    )
    def test_the_database_refuses_to_change_them(self, store: Store, statement: str) -> None:
        store.append_events([viewed("a")])
        with pytest.raises(sa.exc.DBAPIError), store._engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert store.get(Event, "event_a") == viewed("a")


class TestErasure:
    def world(self, store: Store) -> None:
        store.upsert(Firm, [firm("a"), firm("b")])
        for key in ("a", "b"):
            need = dataclasses.replace(sparse(Need), need_id=f"need_{key}", firm_id=f"firm_{key}")
            store.upsert(Need, [need])
            store.append_events([viewed(key, firm_id=f"firm_{key}")])

    def test_a_firm_goes_with_all_that_is_stored_about_it(self, store: Store) -> None:
        self.world(store)
        gone = store.erase_firm("firm_a", erased_at=NEW_YEAR, reason="asked by the firm")
        assert gone == {Event: 1, Rating: 0, Need: 1, Firm: 1}
        assert store.find_firm("firm_a") is None
        assert store.find(Event, "event_a") is None
        assert [store.count(kind) for kind in (Firm, Need, Event)] == [1, 1, 1]

    def test_afterwards_events_are_guarded_again(self, store: Store) -> None:
        self.world(store)
        store.erase_firm("firm_a", erased_at=NEW_YEAR, reason="asked")
        store.append_events([viewed("late")])
        with pytest.raises(sa.exc.DBAPIError), store._engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM events WHERE firm_id = 'firm_a'")

    def test_the_erasure_is_noted(self, store: Store) -> None:
        self.world(store)
        store.erase_firm("firm_a", erased_at=NEW_YEAR, reason="asked")
        with store._engine.connect() as connection:
            noted = connection.exec_driver_sql("SELECT firm_id, reason FROM erasures").all()
        assert [tuple(row) for row in noted] == [("firm_a", "asked")]

    def test_imports_under_way_are_discarded(self, store: Store) -> None:
        self.world(store)
        session = store.import_session(source="s", fingerprint="f")
        session.__enter__()
        session.stage(Firm, [firm("a")])
        session.checkpoint(1)
        store.erase_firm("firm_a", erased_at=NEW_YEAR, reason="asked")
        with pytest.raises(StoreError, match="taken over or discarded"):
            session.__exit__(None, None, None)
        assert store.find_firm("firm_a") is None

    def test_an_unknown_firm(self, store: Store) -> None:
        with pytest.raises(UnknownIdError, match="no firm_id 'firm_x'"):
            store.erase_firm("firm_x", erased_at=NEW_YEAR, reason="asked")
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT * FROM erasures").all() == []


class TestCatalogue:
    def test_it_equals_the_one_of_the_records(self, store: Store) -> None:
        rows = [make(kind, n) for kind in RECORD_TYPES for n in (2, 1) for make in (full,)]
        for kind in RECORD_TYPES:
            add(store, kind, [row for row in rows if type(row) is kind])
        expected = Catalogue.from_records(sorted(rows, key=lambda r: getattr(r, _id(r))))
        assert store.load_catalogue().fingerprint() == expected.fingerprint()

    def test_an_empty_store(self, store: Store) -> None:
        assert [len(side) for side in store.load_catalogue().sides()] == [0] * 6

    def test_before(self, store: Store) -> None:
        day, tick = dt.timedelta(days=1), dt.timedelta(microseconds=1)
        for shift in (-day, -tick, 0 * day):
            store.append_events([viewed(f"{shift}", occurred_at=NEW_YEAR + shift)])
        for n in (-1, 0):
            stated = (NEW_YEAR + n * day).date()
            need = Need(need_id=f"need_{n}", kind=NeedKind.DEBT, stated_on=stated)
            store.upsert(Need, [need])

        def seen(before: dt.datetime) -> tuple[int, int]:
            catalogue = store.load_catalogue(before=before)
            return len(catalogue.events), len(catalogue.needs)

        assert seen(NEW_YEAR - day) == (0, 0)
        assert seen(NEW_YEAR) == (2, 1)
        assert seen(NEW_YEAR + tick) == (3, 2)  # a day counts as its first instant
        beijing = dt.timezone(dt.timedelta(hours=8))
        assert seen(dt.datetime(2013, 1, 1, 8, tzinfo=beijing)) == (2, 1)


def _id(record: Record) -> str:
    return ID_COLUMN[type(record)]


class TestTwoWriters:
    def test_nothing_is_lost(self, store: Store, url: str) -> None:
        n_writers, n_rounds = 3, 8
        writers = [
            subprocess.Popen(
                [sys.executable, WRITER, url, str(number), str(n_rounds)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(n_writers)
        ]
        counted = [json.loads(writer.communicate(timeout=120)[0]) for writer in writers]
        assert [writer.returncode for writer in writers] == [0] * n_writers
        # each writer has an event and a firm of its own in each round, and one event is shared
        assert store.count(Event) == n_writers * n_rounds + n_rounds
        assert store.count(Firm) == n_writers * n_rounds + 1
        assert sum(c["new_events"] for c in counted) == store.count(Event)
        assert sum(c["new_firms"] for c in counted) == store.count(Firm)


class TestLocked:
    def test_a_writer_gives_up_after_its_wait(self, store: Store, url: str) -> None:
        store.upsert(Firm, [firm("a")])
        with Store.open(url, lock_wait_s=0.1) as impatient:
            with store._engine.connect() as holder:
                if holder.dialect.name == "postgresql":
                    holder.exec_driver_sql("LOCK TABLE firms IN SHARE ROW EXCLUSIVE MODE")
                else:
                    holder.exec_driver_sql("UPDATE firms SET city = city")
                with pytest.raises(StoreError, match=r"locked by another process.*try again"):
                    impatient.upsert(Firm, [firm("b")])
                assert impatient.get_firm("firm_a") == firm("a")  # readers do not wait
            assert impatient.upsert(Firm, [firm("b")]) == Counts(new=1)


def test_institution_kinds_are_stored(store: Store) -> None:
    rows = [
        Institution(institution_id=f"inst_{kind}", name=kind, kind=kind) for kind in InstitutionKind
    ]
    assert store.upsert(Institution, rows) == Counts(new=len(InstitutionKind))
