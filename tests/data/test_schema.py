"""Records become Arrow tables and come back unchanged."""

from __future__ import annotations

import datetime as dt
import typing

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import columns as col
from data.records import Event, EventKind, Firm, Need, NeedKind, Offer, Record, SizeClass
from data.schema import ID_COLUMN, columns_of, records_from_table, schema_of, table_from_records

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)

FULL_FIRM = Firm(
    firm_id="firm_a",
    name="江苏甲科技有限公司",
    sectors=("软件", "人工智能"),
    nonprofit=False,
    founded_on=dt.date(2019, 2, 28),
    employees=12,
    size_class=SizeClass.MICRO,
    revenue_minor=123_456_789_01,
    credentials=("tech_sme",),
)


def test_every_record_type_has_an_id_column_which_is_required():
    assert set(ID_COLUMN) == set(typing.get_args(Record))
    for kind, name in ID_COLUMN.items():
        assert columns_of(kind)[0].name == name
        assert columns_of(kind)[0].required


def test_arrow_types_follow_the_annotations():
    schema = schema_of(Firm)
    assert schema.field(col.EMPLOYEES).type == pa.int64()
    assert schema.field(col.NONPROFIT).type == pa.bool_()
    assert schema.field(col.FOUNDED_ON).type == pa.date32()
    assert schema.field(col.SIZE_CLASS).type == pa.string()
    assert schema.field(col.SECTORS).type == pa.list_(pa.string())
    assert schema_of(Event).field(col.OCCURRED_AT).type == pa.timestamp("us", tz="UTC")
    assert schema_of(Offer).field(col.RATE_LOW_PCT).type == pa.float64()


def test_only_required_fields_refuse_null():
    assert not schema_of(Need).field(col.STATED_ON).nullable
    assert schema_of(Need).field(col.FIRM_ID).nullable


@pytest.mark.parametrize(
    "record",
    [
        FULL_FIRM,
        Firm(firm_id="firm_b", name="B"),
        Need(need_id="need_a", firm_id="firm_a", kind=NeedKind.DEBT, stated_on=dt.date(2024, 1, 2)),
        Event(
            event_id="event_a",
            kind=EventKind.FUNDED,
            occurred_at=NOON,
            firm_id="firm_a",
            offer_id="offer_a",
        ),
    ],
)
def test_a_record_survives_the_table(record: Record):
    kind = type(record)
    assert list(records_from_table(kind, table_from_records(kind, [record]))) == [record]


def test_no_records_make_an_empty_table_of_the_same_schema():
    table = table_from_records(Firm, [])
    assert len(table) == 0
    assert table.schema == schema_of(Firm)


def test_a_null_list_comes_back_as_none_known():
    table = table_from_records(Firm, [FULL_FIRM])
    position = table.schema.get_field_index(col.SECTORS)
    table = table.set_column(
        position, table.schema.field(position), pa.nulls(1, pa.list_(pa.string()))
    )
    assert next(records_from_table(Firm, table)).sectors == ()


def test_a_value_outside_an_enum_is_refused():
    table = table_from_records(Firm, [FULL_FIRM])
    position = table.schema.get_field_index(col.SIZE_CLASS)
    table = table.set_column(position, table.schema.field(position), pa.array(["gigantic"]))
    with pytest.raises(ValueError, match="gigantic"):
        next(records_from_table(Firm, table))


def test_a_value_of_the_wrong_type_is_refused():
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        table_from_records(Firm, [Firm(firm_id="firm_a", name="A", employees="many")])  # type: ignore[arg-type]


@given(
    name=st.text(max_size=20),
    employees=st.none() | st.integers(0, 10**6),
    revenue=st.none() | st.integers(-(2**60), 2**60),
    founded_on=st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    sectors=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    size_class=st.none() | st.sampled_from(SizeClass),
)
def test_any_firm_survives_the_table(name, employees, revenue, founded_on, sectors, size_class):
    firm = Firm(
        firm_id="firm_x",
        name=name,
        employees=employees,
        revenue_minor=revenue,
        founded_on=founded_on,
        sectors=sectors,
        size_class=size_class,
    )
    assert list(records_from_table(Firm, table_from_records(Firm, [firm]))) == [firm]
