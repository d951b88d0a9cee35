"""Pages of records, and many at once, in every backend."""

from __future__ import annotations

import datetime as dt

import pytest

from data.errors import ArgumentError
from data.records import Firm, Need, NeedKind
from data.store import Store

DAY = dt.date(2026, 1, 1)


def need(need_id: str, **of: str) -> Need:
    return Need(need_id=need_id, kind=NeedKind.DEBT, stated_on=DAY, **of)  # type: ignore[arg-type]


@pytest.fixture
def filled(store: Store) -> Store:
    store.upsert(
        Firm,
        [
            Firm(firm_id="firm_a", name="a", base_id="base_1", city="苏州", sectors=("软件", "AI")),
            Firm(firm_id="firm_b", name="b", base_id="base_1", city="无锡", sectors=('5"显示',)),
            Firm(firm_id="firm_c", name="c", base_id="base_2", city="苏州"),
        ],
    )
    store.upsert(
        Need,
        [
            need("need_1", firm_id="firm_a"),
            need("need_2", firm_id="firm_c"),
            need("need_3", base_id="base_1"),
        ],
    )
    return store


def ids(firms: list[Firm]) -> list[str]:
    return [firm.firm_id for firm in firms]


def test_pages_follow_each_other(filled: Store) -> None:
    assert ids(filled.page(Firm, limit=2)) == ["firm_a", "firm_b"]
    assert ids(filled.page(Firm, after="firm_b", limit=2)) == ["firm_c"]
    assert filled.page(Firm, after="firm_c") == []


def test_a_column_is_a_value_or_one_of_several(filled: Store) -> None:
    assert ids(filled.page(Firm, wanted={"city": "苏州"})) == ["firm_a", "firm_c"]
    assert ids(filled.page(Firm, wanted={"city": "苏州", "base_id": "base_2"})) == ["firm_c"]
    assert ids(filled.page(Firm, wanted={"firm_id": ["firm_b", "firm_c"]})) == ["firm_b", "firm_c"]
    assert filled.page(Firm, wanted={"firm_id": []}) == []


def test_a_list_holds_a_value_whole(filled: Store) -> None:
    assert ids(filled.page(Firm, wanted={"sectors": "AI"})) == ["firm_a"]
    assert ids(filled.page(Firm, wanted={"sectors": 'AI", "x'})) == []
    assert ids(filled.page(Firm, wanted={"sectors": '5"显示'})) == ["firm_b"]
    assert ids(filled.page(Firm, wanted={"sectors": "A"})) == []
    assert ids(filled.page(Firm, wanted={"sectors": "%"})) == []


def test_needs_of_a_base_are_its_own_and_its_residents(filled: Store) -> None:
    found = filled.page(Need, wanted={"in_base": "base_1"})
    assert [n.need_id for n in found] == ["need_1", "need_3"]


@pytest.mark.parametrize("name", ["employees", "in_base", "name; DROP TABLE firms"])
def test_other_columns_are_refused(filled: Store, name: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be chosen by"):
        filled.page(Firm, wanted={name: "x"})


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_page_has_bounds(filled: Store, limit: int) -> None:
    with pytest.raises(ArgumentError, match="limit must be from 1"):
        filled.page(Firm, limit=limit)


def test_many_come_at_once(filled: Store) -> None:
    many = [f"firm_{n}" for n in range(6_000)]
    assert set(filled.find_many(Firm, ["firm_a", "firm_c", *many])) == {"firm_a", "firm_c"}
    assert [n.need_id for n in filled.needs_of_firms(["firm_a", "firm_c"])] == ["need_1", "need_2"]
    assert filled.find_many(Firm, []) == {}
