"""Columns, items and queries of which some rows are replaced or added."""

from __future__ import annotations

import numpy as np

from data.catalogue import Catalogue
from data.records import Institution, InstitutionKind, NeedKind, Offer
from features.items import Items
from features.layers import NO_PLACE, patched_items, patched_lists, places_of
from features.rules.columns import Column, ListColumn, NumberColumn
from features.rules.fact_table import FactTable
from features.rules.patching import patched, patched_column, stated_over
from features.tokens import TokenLists

BANK = Institution(institution_id="inst_1", name="银行", kind=InstitutionKind.BANK)


def items_of(*offers: Offer) -> Items:
    return Items.from_catalogue(Catalogue.from_records([BANK, *offers]))


def offer(name: str, amount: int | None = None, *regions: str) -> Offer:
    return Offer(
        offer_id=f"offer_{name}",
        institution_id="inst_1",
        name=name,
        kind=NeedKind.DEBT,
        amount_max_minor=amount,
        regions=regions,
    )


def test_places_say_where_a_row_stands_in_the_tail() -> None:
    assert places_of(5, np.array([3, 0])).tolist() == [1, NO_PLACE, NO_PLACE, 0, NO_PLACE]


def test_rows_are_replaced_and_added() -> None:
    base = np.array([10, 11, 12])
    assert patched(base, np.array([7, 8, 9]), np.array([1, 4, 3])).tolist() == [10, 7, 12, 9, 8]
    assert base.tolist() == [10, 11, 12]
    texts = patched(np.array(["a", None], object), np.array(["bc"], object), np.array([1]))
    assert texts.tolist() == ["a", "bc"]


def test_lists_are_replaced_and_added() -> None:
    base = TokenLists.from_lists([["a", "b"], [], ["c"]])
    tail = TokenLists.from_lists([["x"], ["y", "z"]])
    found = patched_lists(base, tail, places_of(4, np.array([0, 3])))
    assert found.lists() == [["x"], [], ["c"], ["y", "z"]]
    none = TokenLists.from_lists([[], []])
    assert patched_lists(none, none, places_of(3, np.array([0, 2]))).lists() == [[], [], []]


def test_items_read_as_if_all_had_been_read_at_once() -> None:
    base = items_of(offer("a", 5, "江苏省"), offer("b"), offer("c", None, "上海市"))
    tail = items_of(offer("b", 7, "无锡市"), offer("d", 9))
    found = patched_items(base, tail, np.array([1, 3]))
    anew = items_of(
        offer("a", 5, "江苏省"), offer("b", 7, "无锡市"), offer("c", None, "上海市"), offer("d", 9)
    )
    assert found.offer_ids.ids == anew.offer_ids.ids
    for name in anew.lists:
        assert found.lists[name].lists() == anew.lists[name].lists()
    for mine, theirs in (
        (found.texts, anew.texts),
        (found.bounds, anew.bounds),
        (found.institution_texts, anew.institution_texts),
    ):
        for name, values in theirs.items():
            np.testing.assert_array_equal(mine[name], values)
    np.testing.assert_array_equal(found.valid_from, anew.valid_from)
    assert patched_items(base, tail.take(np.array([0])), np.array([1])).offer_ids is base.offer_ids


def money(values: list[float], currencies: list[str | None]) -> NumberColumn:
    return NumberColumn.exact(np.array(values), np.array(currencies, object))


def said(column: Column) -> list[object]:
    if isinstance(column, ListColumn):
        return [column.of(row) for row in range(len(column.codes))]
    names = (*column.currencies, None)
    codes = column.currency if column.currency is not None else [-1] * len(column.low)
    return [(low, names[code]) for low, code in zip(column.low.tolist(), codes, strict=True)]


def test_money_keeps_its_currency() -> None:
    base, tail = money([1, 2], ["CNY", "USD"]), money([5, 6], ["EUR", "CNY"])
    found = patched_column(base, tail, np.array([0, 2]))
    assert said(found) == [(5.0, "EUR"), (2.0, "USD"), (6.0, "CNY")]
    plain = NumberColumn.exact(np.array([8.0]))
    assert said(patched_column(base, plain, np.array([1]))) == [(1.0, "CNY"), (8.0, None)]
    assert said(patched_column(plain, tail, np.array([1, 2]))) == [
        (8.0, None),
        (5.0, "EUR"),
        (6.0, "CNY"),
    ]


def test_lists_of_facts_keep_what_is_known() -> None:
    base = ListColumn.from_lists([["a"], []])
    tail = ListColumn.from_lists([[], ["b"]], [True, True])
    assert said(patched_column(base, tail, np.array([1, 2]))) == [("a",), (), ("b",)]


def test_what_is_stated_wins_and_elsewhere_the_record_counts() -> None:
    record, nan = NumberColumn.exact(np.array([1.0, 2.0, 3.0])), np.nan
    stated = NumberColumn.exact(np.array([nan, 9.0, nan]))
    assert said(stated_over(record, stated)) == [(1.0, None), (9.0, None), (3.0, None)]
    lists = ListColumn.from_lists([["a"], ["b"]])
    empty = ListColumn.from_lists([[], []], [False, True])
    assert said(stated_over(lists, empty)) == [("a",), ()]
    whole = NumberColumn.exact(np.array([7.0, 8.0, 9.0]))
    assert stated_over(record, whole) is whole


def test_given_facts_are_those_that_are_not_derived() -> None:
    column = NumberColumn.exact(np.array([1.0]))
    assert FactTable(1, {"employees": lambda: column}).given == {"employees"}
