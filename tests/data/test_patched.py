"""Sides with some records changed: rows stay, and the table says what the records say."""

from __future__ import annotations

import pytest

from data.catalogue import NO_ROW, Side
from data.errors import UnknownIdError
from data.patched import MOST_SLICES, LongerTexts, PatchedSide, rows_table
from data.records import Firm
from data.schema import records_from_table, table_from_records


def firm(name: str, city: str = "苏州") -> Firm:
    return Firm(firm_id=f"firm_{name}", name=name, city=city)


def side(*names: str) -> Side:
    return Side.from_table(Firm, table_from_records(Firm, [firm(name) for name in names]))


def names_of(found: Side) -> list[str]:
    return [record.firm_id for record in records_from_table(Firm, found.table)]  # type: ignore[attr-defined]


def test_a_changed_record_stays_in_its_row_and_a_new_one_follows() -> None:
    changed = {"firm_z": firm("z"), "firm_b": firm("b", "无锡"), "firm_y": firm("y")}
    found = PatchedSide(side("a", "b", "c"), changed)
    assert names_of(found) == ["firm_a", "firm_b", "firm_c", "firm_z", "firm_y"]
    assert list(found.ids.ids) == names_of(found)
    assert [found.record(row) for row in range(5)] == list(records_from_table(Firm, found.table))
    assert found.get("firm_b") == firm("b", "无锡")
    assert found.strings("city").tolist() == ["苏州", "无锡", "苏州", "苏州", "苏州"]
    assert (len(found), found.ids.get_row("firm_y"), "firm_y" in found.ids) == (5, 4, True)
    assert found.ids.rows(["firm_c", None, "firm_q"]).tolist() == [2, NO_ROW, NO_ROW]


def test_what_is_gone_is_not_found_and_keeps_its_row() -> None:
    gone = frozenset({"firm_a", "firm_z"})
    found = PatchedSide(side("a", "b"), {"firm_z": firm("z"), "firm_y": firm("y")}, gone)
    assert found.find("firm_a") is None
    assert found.find("firm_z") is None
    assert found.ids.find_row("firm_y") == 3
    assert len(found) == 4
    with pytest.raises(UnknownIdError):
        found.get("firm_z")


def test_the_base_is_not_written_to() -> None:
    base = side("a", "b")
    PatchedSide(base, {"firm_a": firm("a", "无锡"), "firm_c": firm("c")})
    assert base.get("firm_a") == firm("a")
    assert len(base) == 2


def test_many_changed_rows_give_the_same_table() -> None:
    names = [f"{n:03d}" for n in range(3 * MOST_SLICES)]
    changed = {f"firm_{name}": firm(name, "无锡") for name in names[::2]}
    found = PatchedSide(side(*names), {**changed, "firm_z": firm("z")})
    assert len(found.changed) > MOST_SLICES
    assert names_of(found) == [*(f"firm_{name}" for name in names), "firm_z"]
    assert found.strings("city").tolist() == [*(["无锡", "苏州"] * (len(names) // 2)), "苏州"]


def test_some_rows_as_a_table() -> None:
    base = side("a", "b", "c")
    found = PatchedSide(base, {"firm_b": firm("b", "无锡"), "firm_z": firm("z")})
    assert rows_table(found, [3, 1, 0]).column("city").to_pylist() == ["苏州", "无锡", "苏州"]
    assert rows_table(found, [3, 1, 0]).column("firm_id").to_pylist() == [
        "firm_z",
        "firm_b",
        "firm_a",
    ]
    assert rows_table(base, [2]).column("firm_id").to_pylist() == ["firm_c"]
    assert len(rows_table(found, [])) == 0


def test_longer_texts_are_a_tuple_to_whoever_looks() -> None:
    texts = LongerTexts(("a", "b"), ("c",))
    assert (texts[0], texts[2], texts[-1], texts[1:]) == ("a", "c", "c", ("b", "c"))
    assert list(texts) == ["a", "b", "c"]
    assert texts == ("a", "b", "c")
    assert texts != ("a", "b")
    assert hash(texts) == hash(("a", "b", "c"))
    with pytest.raises(IndexError):
        texts[3]
