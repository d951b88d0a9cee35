"""Keys, texts, and telling persons from organisations."""

from __future__ import annotations

import pyarrow as pa
import pytest

from data.importers.keys import joined, keys, texts
from data.importers.people import natural_person, natural_persons


def test_keys_hold_no_blank_of_any_kind() -> None:
    names = pa.array([" a  b ", "a\tb\n c", "a\u00a0b\u3000c", "", None, "一 二"])
    assert keys(names).to_pylist() == ["a_b", "a_b_c", "a_b_c", "", "", "一_二"]


def test_texts_keep_single_blanks_and_know_emptiness() -> None:
    names = pa.array([" a  b ", "  ", None, "a\u3000b"], pa.large_string())
    assert texts(names).to_pylist() == ["a b", None, None, "a b"]


def test_joined_is_null_where_a_part_is() -> None:
    assert joined("x_", pa.array(["a", None])).to_pylist() == ["x_a", None]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Peter Thiel", True),
        ("David L. Smith", True),
        ("david le hénaff", True),
        ("Charles River Ventures", False),
        ("Allen & Company", False),
        ("500 Startups", False),
        ("First Round Capital", False),
        ("Steve", None),
        ("Zed", None),
        ("Aweida Zorn", None),
        ("John Paul George Ringo", None),
        ("天使投资人王某", True),
        ("红杉资本中国", False),
        ("某某天使投资", False),
        ("苏宁", None),
        ("", None),
    ],
)
def test_persons_are_told_by_name_only_where_it_is_clear(name: str, expected: bool | None) -> None:
    assert natural_person(name) is expected


def test_a_column_of_names() -> None:
    assert natural_persons(pa.array(["Tom Smith", "X Fund", "X"])).to_pylist() == [
        True,
        False,
        None,
    ]
