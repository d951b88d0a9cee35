"""The catalogue: id maps, columns as arrays, order, and a fingerprint of the content."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, IdMap, Side
from data.errors import DuplicateIdError, MissingColumnError, UnknownIdError
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
from data.schema import table_from_records

MORNING = dt.datetime(2024, 5, 1, 8, tzinfo=dt.UTC)


def view(event_id: str, hours: int) -> Event:
    return Event(
        event_id=event_id,
        kind=EventKind.VIEW,
        occurred_at=MORNING + dt.timedelta(hours=hours),
        firm_id="firm_a",
        offer_id="offer_a",
    )


WORLD: list[Record] = [
    Base(base_id="base_a", name="园区"),
    Firm(firm_id="firm_a", name="A", base_id="base_a", sectors=("x", "y"), employees=3),
    Firm(firm_id="firm_b", name="B", founded_on=dt.date(2020, 1, 31), nonprofit=True),
    Firm(firm_id="firm_c", name="C", base_id="base_gone", sectors=("z",), nonprofit=False),
    Need(need_id="need_a", firm_id="firm_a", kind=NeedKind.DEBT, stated_on=dt.date(2024, 5, 1)),
    Institution(institution_id="inst_a", name="银行", kind=InstitutionKind.BANK),
    Offer(offer_id="offer_a", institution_id="inst_a", name="贷款", kind=NeedKind.DEBT),
    view("event_2", 1),
    view("event_1", 1),
    view("event_3", 0),
]


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue.from_records(WORLD)


def test_an_id_map_is_a_bijection():
    ids = IdMap(["a", "b"], label="firm_id")
    assert len(ids) == 2
    assert "b" in ids
    assert "c" not in ids
    assert (ids.get_row("b"), ids.find_row("c")) == (1, None)
    assert ids.ids == ("a", "b")


def test_rows_of_unknown_and_missing_ids_are_no_row():
    rows = IdMap(["a", "b"], label="firm_id").rows(["b", None, "zzz", "a"])
    assert rows.tolist() == [1, NO_ROW, NO_ROW, 0]
    assert rows.dtype == np.int64


def test_an_unknown_id_says_so_and_what_to_do():
    with pytest.raises(UnknownIdError, match=r"no firm_id 'c'.*import the record first"):
        IdMap(["a"], label="firm_id").get_row("c")


def test_a_repeated_id_is_refused_by_name():
    with pytest.raises(DuplicateIdError, match="firm_id 'b' occurs more than once") as caught:
        IdMap(["a", "b", "c", "b"], label="firm_id")
    assert caught.value.field == "firm_id"


@given(st.lists(st.text(max_size=4), unique=True, max_size=30))
def test_rows_and_ids_are_each_others_inverse(keys: list[str]):
    ids = IdMap(keys, label="firm_id")
    assert [ids.ids[row] for row in ids.rows(keys)] == keys


def test_records_come_back_by_id(catalogue: Catalogue):
    assert catalogue.firms.get("firm_b") == WORLD[2]
    assert catalogue.firms.find("firm_zzz") is None
    assert catalogue.firms.find("firm_a") == WORLD[1]
    assert catalogue.needs.record(0) == WORLD[4]


def test_getting_an_unknown_record_raises(catalogue: Catalogue):
    with pytest.raises(UnknownIdError, match="offer_zzz"):
        catalogue.offers.get("offer_zzz")


def test_sides_count_their_records(catalogue: Catalogue):
    assert [len(side) for side in catalogue.sides()] == [1, 3, 1, 1, 1, 3]


def test_events_are_in_order_of_time_then_id(catalogue: Catalogue):
    assert catalogue.events.ids.ids == ("event_3", "event_1", "event_2")


def test_strings_keep_unknown_as_none(catalogue: Catalogue):
    assert catalogue.firms.strings(col.BASE_ID).tolist() == ["base_a", None, "base_gone"]


def test_numbers_turn_unknown_into_nan(catalogue: Catalogue):
    np.testing.assert_array_equal(catalogue.firms.numbers(col.EMPLOYEES), [3.0, np.nan, np.nan])


def test_numbers_read_booleans_as_zero_and_one(catalogue: Catalogue):
    np.testing.assert_array_equal(catalogue.firms.numbers(col.NONPROFIT), [np.nan, 1.0, 0.0])


def test_dates_turn_unknown_into_nat(catalogue: Catalogue):
    dates = catalogue.firms.dates(col.FOUNDED_ON)
    assert dates.dtype == np.dtype("datetime64[D]")
    np.testing.assert_array_equal(dates, np.array(["NaT", "2020-01-31", "NaT"], "datetime64[D]"))


def test_instants_read_as_their_utc_day(catalogue: Catalogue):
    assert set(catalogue.events.dates(col.OCCURRED_AT)) == {np.datetime64("2024-05-01")}


def test_lists_are_offsets_and_values(catalogue: Catalogue):
    offsets, values = catalogue.firms.lists(col.SECTORS)
    assert offsets.tolist() == [0, 2, 2, 3]
    assert values.tolist() == ["x", "y", "z"]


def test_lists_of_nothing_have_one_offset():
    offsets, values = Catalogue.from_records([]).firms.lists(col.SECTORS)
    assert offsets.tolist() == [0]
    assert values.tolist() == []


def test_null_lists_are_empty():
    table = pa.table(
        {
            col.FIRM_ID: ["firm_a", "firm_b"],
            col.NAME: ["A", "B"],
            col.SECTORS: pa.array([None, ["x"]], pa.list_(pa.string())),
        }
    )
    offsets, values = Side.from_table(Firm, table).lists(col.SECTORS)
    assert offsets.tolist() == [0, 0, 1]
    assert values.tolist() == ["x"]


def test_references_are_rows_of_the_other_side(catalogue: Catalogue):
    rows = catalogue.firms.references(col.BASE_ID, catalogue.bases.ids)
    assert rows.tolist() == [0, NO_ROW, NO_ROW]


def test_an_absent_optional_column_is_unknown():
    side = Side.from_table(Firm, pa.table({col.FIRM_ID: ["firm_a"], col.NAME: ["A"]}))
    assert side.record(0) == Firm(firm_id="firm_a", name="A")


def test_an_absent_required_column_is_named():
    with pytest.raises(MissingColumnError, match="Firm records needs the column 'name'") as caught:
        Side.from_table(Firm, pa.table({col.FIRM_ID: ["firm_a"]}))
    assert caught.value.field == col.NAME


def test_chunked_tables_read_as_one():
    whole = table_from_records(Firm, [record for record in WORLD if isinstance(record, Firm)])
    chunked = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 2)])
    offsets, values = Side.from_table(Firm, chunked).lists(col.SECTORS)
    assert (offsets.tolist(), values.tolist()) == ([0, 2, 2, 3], ["x", "y", "z"])


def test_duplicates_are_refused_when_the_catalogue_is_built():
    with pytest.raises(DuplicateIdError, match="firm_a"):
        Catalogue.from_records([*WORLD, WORLD[1]])


def test_an_empty_catalogue_has_empty_sides():
    assert [len(side) for side in Catalogue.from_records([]).sides()] == [0] * 6


def test_ratings_are_no_side_of_the_catalogue():
    rating = Rating(
        rating_id="rating_a", firm_id="firm_a", offer_id="offer_a", score=5, rated_at=MORNING
    )
    with_rating = Catalogue.from_records([*WORLD, rating])
    assert with_rating.fingerprint() == Catalogue.from_records(WORLD).fingerprint()


def test_the_fingerprint_follows_the_content(catalogue: Catalogue):
    assert catalogue.fingerprint() == Catalogue.from_records(WORLD).fingerprint()
    fewer = Catalogue.from_records(WORLD[:-1])
    assert fewer.fingerprint() != catalogue.fingerprint()


def test_the_fingerprint_ignores_the_order_in_which_events_come(catalogue: Catalogue):
    shuffled = WORLD.copy()
    events = shuffled[7:]
    random.Random(0).shuffle(events)
    assert Catalogue.from_records(shuffled[:7] + events).fingerprint() == catalogue.fingerprint()
