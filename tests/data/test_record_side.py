"""A side made of records reads as one made of a table."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from data import columns as col
from data.catalogue import IdMap, Side
from data.record_side import RecordSide
from data.records import Firm, Need, NeedKind
from data.schema import columns_of, table_from_records

NEEDS = (
    Need(
        need_id="need_1",
        firm_id="firm_1",
        kind=NeedKind.DEBT,
        stated_on=dt.date(2020, 2, 1),
        amount_low_minor=100,
        collateral=("credit",),
        implied=True,
    ),
    Need(need_id="need_2", base_id="base_1", kind=NeedKind.EQUITY, stated_on=dt.date(2020, 2, 2)),
)


@pytest.mark.parametrize("records", [NEEDS, NEEDS[:1], ()])
def test_every_column_reads_as_that_of_a_table(records):
    ours = RecordSide(Need, records)
    theirs = Side.from_table(Need, table_from_records(Need, records))
    assert len(ours) == len(theirs)
    for column in columns_of(Need):
        name, kind = column.name, column.python_type
        if kind is tuple:
            pairs = zip(ours.lists(name), theirs.lists(name), strict=True)
            assert all(np.array_equal(a, b) for a, b in pairs)
        elif kind in (int, float, bool):
            assert np.array_equal(ours.numbers(name), theirs.numbers(name), equal_nan=True)
        elif kind is dt.date:
            assert np.array_equal(ours.dates(name), theirs.dates(name), equal_nan=True)
        else:
            found = ours.strings(name).tolist()
            assert found == theirs.strings(name).tolist()
            assert {type(value) for value in found} <= {str, type(None)}


def test_records_references_and_table():
    side = RecordSide(Need, NEEDS)
    assert side.record(1) is NEEDS[1]
    assert side.get("need_1") is NEEDS[0]
    assert side.references(col.FIRM_ID, IdMap(["firm_0", "firm_1"], label="firm_id")).tolist() == [
        1,
        -1,
    ]
    assert side.table == table_from_records(Need, NEEDS)
    assert len(RecordSide(Firm, ())) == 0
